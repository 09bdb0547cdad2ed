import ArgumentParser
import Distributions
import LinkToken

extension DistributionsCommand {
    struct Note: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Note something about a distribution.",
            discussion: """
                `linkseal distributions` shows the note with the distribution. It replaces the one before; an empty text \
                removes it.

                  linkseal distributions note "NPS Q4" "Second mailing on 12 January"
                """)
        @OptionGroup var filing: FilingOptions

        @Argument(help: "The note, in one line.")
        var text: String

        func run() throws {
            try filing.change { (library, id) throws(DistributionsError) in
                try library.note(text, on: id, at: .now)
            } text: {
                $0.note == nil
                    ? "\"\($0.name)\" (\($0.id)) has no note." : "Noted on \"\($0.name)\" (\($0.id))."
            }
        }
    }
}
