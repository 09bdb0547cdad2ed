extension Unicode.Scalar {
    /// Whether it isn't for reading: control characters (ECMA-48), line separators, and what controls the direction of
    /// text (UAX #9).
    ///
    /// In a terminal or a log they could rewrite what is on the screen, forge a line, or show another text than the one
    /// that is there. All of them have at most four hexadecimal digits.
    package var controlsText: Bool {
        switch self {
        case "\0"..<" ", "\u{7F}"..<"\u{A0}", "\u{2028}", "\u{2029}": true
        case ..."\u{7F}": false
        default: properties.isBidiControl
        }
    }
}
