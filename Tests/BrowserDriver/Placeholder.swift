enum BrowserDriverPlaceholder {}
