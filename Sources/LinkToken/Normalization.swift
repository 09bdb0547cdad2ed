import Foundation

extension String {
    /// The text in Unicode Normalization Form C (UAX #15). ASCII is in it already, and most text never gets further.
    var normalizationFormC: String {
        utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCanonicalMapping
    }
}
