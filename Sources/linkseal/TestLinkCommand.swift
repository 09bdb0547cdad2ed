import ArgumentParser
import Distributions
import LinkToken

struct TestLinkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test-link",
        abstract: "Make a link that goes through real edges, any number of times, and is counted nowhere.",
        discussion: """
            Try the whole path before the mailing: the link opens the page, starts the survey and finishes it, and still can \
            be opened again. --like gives it the contact ID and the data of a recipient, as the survey tool will see them; \
            without it the contact ID is "test" and there is no data. \
            Responses that came through it are reported as "test link" where results are joined by session or link; joined \
            by contact ID they can't be told from those of the recipient, so delete them in the survey tool.

              linkseal test-link "NPS Q4"
              linkseal test-link "NPS Q4" --like C-0042
            """)
    @OptionGroup var options: LinkChangeOptions

    @Option(
        help: ArgumentHelp("The recipient whose data it carries, by contact ID or e-mail address.", valueName: "id"))
    var like: String?

    private struct Made: Encodable {
        var id, name, link: String
        var expires: String
    }

    func run() throws {
        let (workspace, distribution) = try options.find()
        let library = workspace.distributions
        let contact = try like.map { try Self.recipient($0, of: distribution, in: library) }
        let key = try library.key(for: distribution, in: workspace.keyring(), passphrase: options.passphrase.read())
        let link = try library.minting(of: distribution, key: key, at: .now).testLink(like: contact)
        let made = Made(
            id: distribution.id.description, name: distribution.name, link: link,
            expires: distribution.expiry.description)
        if distribution.expiry.hasPassed(at: .now) {
            warn("the links of \"\(distribution.name)\" expired at \(distribution.expiry), and so has this one")
        }
        try options.chosen.result.show(made) { print("\(link)") }
    }

    private static func recipient(
        _ text: String, of distribution: Distribution, in library: DistributionLibrary
    ) throws -> Contact {
        let found = try library.recipients(called: [text], of: distribution)
        guard found.count == 1, let contact = found.values.first else {
            throw CommandError(
                "\(found.count) recipients of \"\(distribution.name)\" have the address \(text); name one by contact ID"
            )
        }
        return contact
    }
}
