import Encoding

extension PageBrand {
    /// The HTML document of a page.
    ///
    /// - Parameter style: the whole style sheet.
    func html(of page: Page, in language: Language, style: String) -> String {
        let translation = translations[language] ?? .none
        let words = translation.applied(to: language.words(page), of: page)
        let heading = words.heading.markupEscaped
        let image =
            logo.map {
                "<img class=\"logo\" src=\"\($0)\" alt=\"\((translation.organization ?? "").markupEscaped)\">\n"
            } ?? ""
        let form =
            page.hasButton
            ? "<form method=\"post\"><button type=\"submit\">\((words.button ?? "").markupEscaped)</button></form>" : ""
        return """
            <!doctype html>
            <html lang="\(language.tag)" dir="\(language.direction)">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="robots" content="noindex, nofollow, noarchive">
            <meta name="referrer" content="no-referrer">
            <meta name="color-scheme" content="light dark">
            <link rel="icon" href="data:,">
            <title>\(heading)</title>
            <style>\(style)</style>
            </head>
            <body>
            <main class="\(page.symbol.rawValue)">
            \(image)<svg class="symbol" width="52" height="52" viewBox="0 0 48 48" aria-hidden="true" focusable="false">
            <circle cx="24" cy="24" r="24" class="disc"/>
            <path d="\(page.symbol.path)"/>
            </svg>
            <h1>\(heading)</h1>
            <p>\(words.message.markupEscaped)</p>
            \(form)
            </main>
            </body>
            </html>

            """
    }
}

extension Page.Symbol {
    /// Its outline in a square of 48 units (SVG 2 §9.3).
    fileprivate var path: String {
        switch self {
        case .open:
            "M15 17.5h18a1.5 1.5 0 0 1 1.5 1.5v11.5a1.5 1.5 0 0 1-1.5 1.5H15a1.5 1.5 0 0 1-1.5-1.5V19a1.5 1.5 0 0 1"
                + " 1.5-1.5zm-1 2 10 7 10-7"
        case .done: "m15.5 24.5 6 6 11-12.5"
        case .wait: "M24 14.5a9.5 9.5 0 1 1 0 19 9.5 9.5 0 0 1 0-19zm0 4.5v5.5l3.5 2.5"
        case .closed: "M17.5 17.5l13 13m0-13-13 13"
        }
    }
}
