enum AdminConsoleTestsPlaceholder {}
