import LinkToken

extension ContactID {
    /// A new ID of 12 characters, more than 2^56 of them, for a contact that has none.
    ///
    /// It begins with a letter and has no vowels, so that no spreadsheet takes it for a number, a date or a formula and
    /// no reader for a word, and none of the characters that are taken for each other (0 O, 1 l I).
    static func made(using generator: inout some RandomNumberGenerator) -> ContactID {
        let text = String(unsafeUninitializedCapacity: 12) { buffer in
            buffer[0] = madeLetters.randomElement(using: &generator)!
            for index in 1..<12 { buffer[index] = madeCharacters.randomElement(using: &generator)! }
            return 12
        }
        guard let id = try? ContactID(text) else { preconditionFailure("letters and digits are a contact ID") }
        return id
    }
}

private let madeLetters = Array("bcdfghjkmnpqrstvwxz".utf8)
private let madeCharacters = madeLetters + Array("23456789".utf8)
