enum BrowserTestsPlaceholder {}
