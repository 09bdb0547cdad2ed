import ArgumentParser
import EdgeService

/// The command line. Each command parses its arguments, calls a function of a module below, and prints what came of it.
@main
struct Linkseal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "linkseal",
        abstract: "Personal links for any survey tool: signed, expiring, single-use.",
        discussion: """
            Exit status: 0 done, 1 refused or failed, 64 wrong usage. With --json, results are JSON on standard output, and \
            warnings and errors are JSON on standard error, one object to a line.

            Try everything in a minute:
              linkseal demo

            The main job:
              linkseal init
              linkseal generate --contacts people.csv --name "NPS Q4" \\
                --survey-url 'https://survey.example/s?c={contact_id}&r={session}' \\
                --base-url https://links.example/l/ --out links.csv
              linkseal serve --listen 127.0.0.1:8080
              linkseal download "NPS Q4" --out links-with-status.csv
            """,
        version: "linkseal \(BuildInfo.current)",
        groupedSubcommands: [
            CommandGroup(
                name: "Links",
                subcommands: [InitCommand.self, GenerateCommand.self, VerifyCommand.self, DemoCommand.self]),
            CommandGroup(name: "Serving", subcommands: [ServeCommand.self, EdgesCommand.self, ConsoleCommand.self]),
            CommandGroup(
                name: "Distributions",
                subcommands: [
                    ContactsCommand.self, DistributionsCommand.self, DownloadCommand.self, ReminderCommand.self,
                    RevokeCommand.self, ReopenCommand.self, TestLinkCommand.self,
                    ExpireCommand.self, DeleteCommand.self, RegenerateCommand.self,
                    ResultsCommand.self,
                ]),
            CommandGroup(
                name: "Keys and trust", subcommands: [KeysCommand.self, PublishCommand.self, BundleCommand.self]),
            CommandGroup(name: "Maintenance", subcommands: [LogCommand.self, StoreCommand.self]),
        ]
    )

    static func main() async {
        protectMemory()
        do {
            var command = try await asyncParseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            Diagnostics.exit(with: error)
        }
    }
}
