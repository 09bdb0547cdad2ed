import ArgumentParser
import Consumption
import ConsumptionPostgres

struct StoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "The PostgreSQL store that edges on more than one machine share.",
        subcommands: [Migrate.self])

    struct Migrate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the tables, or bring them up to date.",
            discussion: """
                  linkseal store migrate postgres://owner@db.example.com/linkseal
                """)
        @OptionGroup var result: ResultOptions
        @Argument(help: ArgumentHelp("The database, without a password.", valueName: "postgres-url"))
        var url: String

        private struct Migrated: Encodable {
            var versionBefore, version: Int64
        }

        func run() async throws {
            #if PostgreSQL
                let migration = try await PostgresStore.migrate(StoreAddress(url))
                let report = Migrated(versionBefore: migration.versionBefore, version: migration.version)
                try result.show(report) {
                    print(
                        migration.version == migration.versionBefore
                            ? "The store is up to date (version \(migration.version))."
                            : "The store is at version \(migration.version) now.")
                }
            #else
                throw CommandError.withoutPostgreSQL
            #endif
        }
    }
}
