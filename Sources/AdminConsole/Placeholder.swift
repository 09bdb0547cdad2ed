enum AdminConsolePlaceholder {}
