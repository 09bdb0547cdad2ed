/// What a page says after a change that led to it, and whether edges know of it.
extension ConsoleService {
    private static let suffix = "-unpublished"

    /// - Parameter done: what ``finish(_:_:_:detail:to:)`` says was done. Empty if nothing was.
    static func note(for done: String) -> String {
        let isPublished = !done.hasSuffix(suffix)
        let change = isPublished ? done : String(done.dropLast(suffix.count))
        if let note = ownNotes[change] { return note }
        guard let note = notes[change] else { return "" }
        return note
            + (isPublished
                ? " It is published, so edges know it as soon as they read the new bundle."
                : " So far this is known here only: " + unpublished + ".")
    }

    /// Changes that edges learn of.
    private static let notes = [
        "ended": "The expiration is changed.",
        "revoked": "The link is revoked.",
        "restored": "The link can be used again.",
        "reopened": "The survey can be started once more.",
        "renewed": "The recipient has a new link, and the one before is revoked.",
        "edited": "The changes are saved.",
    ]

    /// Changes that concern nobody else.
    private static let ownNotes = [
        "archived": "The distribution is archived. Its links work as before.",
        "unarchived": "The distribution is listed again.",
        "noted": "The note is saved.",
    ]
}
