import ArgumentParser
import Distributions
import LinkToken

extension DistributionsCommand {
    struct Archive: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Leave a distribution out of the list.",
            discussion: """
                Its links work as before; `linkseal expire` and `linkseal delete` end them. `linkseal distributions --archived` \
                lists it.

                  linkseal distributions archive "NPS Q4"
                """)
        @OptionGroup var filing: FilingOptions

        func run() throws {
            try filing.change { (library, id) throws(DistributionsError) in
                try library.archive(id, at: .now)
            } text: {
                $0.deletedAt == nil
                    ? "Archived \"\($0.name)\" (\($0.id)); its links work as before."
                    : "Archived \"\($0.name)\" (\($0.id))."
            }
        }
    }

    struct Unarchive: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List an archived distribution again.",
            discussion: """
                  linkseal distributions unarchive "NPS Q4"
                """)
        @OptionGroup var filing: FilingOptions

        func run() throws {
            try filing.change { (library, id) throws(DistributionsError) in
                try library.unarchive(id, at: .now)
            } text: {
                "\"\($0.name)\" (\($0.id)) is no longer archived."
            }
        }
    }
}

/// What a command works with that keeps distributions in order. Edges need not learn of it.
struct FilingOptions: ParsableArguments {
    @OptionGroup var chosen: DistributionOptions

    private struct Filed: Encodable {
        var id, name: String
        var note, archived: String?
    }

    func change(
        _ change: (DistributionLibrary, DistributionID) throws(DistributionsError) -> Distribution,
        text: (Distribution) -> TerminalText
    ) throws {
        let (workspace, distribution) = try chosen.find()
        let filed = try change(workspace.distributions, distribution.id)
        let report = Filed(
            id: filed.id.description, name: filed.name, note: filed.note, archived: filed.archivedAt?.description)
        try chosen.result.show(report) { print(text(filed)) }
    }
}
