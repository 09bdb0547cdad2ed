#if PostgreSQL
    import Consumption
    import ConsumptionPostgres
    import LinkToken
    import PostgresCluster
    import Testing

    extension `PostgreSQL` {
        @Suite struct `The schema` {
            static let server = Result { try PostgresServer.start() }

            @Test func `a database without a store is refused until it is migrated, by several at once`() async throws {
                let server = try Self.server.get()
                try server.sql("CREATE DATABASE fresh")
                let address = try StoreAddress(PostgresServer.uri(server.directory, database: "fresh"))
                do throws(ConsumptionError) {
                    _ = try await PostgresStore.open(address)
                    Issue.record("a database without tables was opened")
                } catch {
                    #expect(error == .schemaMismatch(store: "\(address)", found: nil, needed: 3))
                    #expect("\(error)".contains("holds no consumption store"))
                }
                try await withThrowingTaskGroup(of: Migration.self) { group in
                    for _ in 0..<8 { group.addTask { try await PostgresStore.migrate(address) } }
                    for try await migration in group { #expect(migration.version == 3) }
                }
                #expect(try await PostgresStore.migrate(address).versionBefore == 3)
                let store = try await PostgresStore.open(address)
                #expect(try await store.start(Nonce(1), at: .second(1), terms: .once) == .started(at: .second(1)))
                await store.close()
            }

            @Test func `a schema of a later version is refused by serving and by migrating`() async throws {
                let database = try await Database(on: Self.server.get())
                try database.sql("INSERT INTO linkseal_schema VALUES (4, 0)")
                let address = try StoreAddress(database.uri)
                let mismatch = ConsumptionError.schemaMismatch(store: "\(address)", found: 4, needed: 3)
                await #expect(throws: mismatch) { try await PostgresStore.open(address) }
                await #expect(throws: mismatch) { try await PostgresStore.migrate(address) }
            }

            @Test func `an edge's role needs no right to delete`() async throws {
                let database = try await Database(on: Self.server.get())
                try database.sql(
                    """
                    CREATE ROLE edge LOGIN;
                    GRANT SELECT, INSERT, UPDATE ON linkseal_link TO edge;
                    GRANT SELECT, UPDATE ON linkseal_schema TO edge;
                    GRANT SELECT, INSERT ON linkseal_reset TO edge;
                    """)
                let uri = "postgres://edge@/\(database.name)?host=\(database.server.directory)"
                let store = try await PostgresStore.open(StoreAddress(uri))
                #expect(try await store.start(Nonce(1), at: .second(1), terms: .once) == .started(at: .second(1)))
                #expect(try await store.finish(Nonce(1), at: .second(2)) == .finished(startedAt: .second(1)))
                #expect(try await store.counts(of: .first) == ConsumptionCounts(started: 1, finished: 1))
                let reopened = StartTerms(mayBegin: true, resume: .never, reopenedAt: .second(2))
                #expect(try await store.start(Nonce(1), at: .second(3), terms: reopened) == .started(at: .second(3)))
                do throws(ConsumptionError) {
                    _ = try await store.reset(Nonce(1), at: .second(3))
                    Issue.record("a role without the right to delete reset a link")
                } catch {
                    #expect("\(error)".contains("lacks a privilege"))
                }
                await store.close()
            }
        }
    }

    @Suite struct `Addresses` {
        @Test(arguments: [
            "postgres://linkseal:s3cret@db/linkseal", "postgresql://db/linkseal?password=s3cret",
            "postgres://db/linkseal?sslpassword=s3cret", "mysql://linkseal:s3cret@db/linkseal", "s3cret",
            "postgres://linkseal:s3cret@db:notaport:/x?y", "postgres://db/linkseal?s3cret=1", "",
        ])
        func `one with a password, or that is none, is refused without quoting it`(text: String) {
            do throws(ConsumptionError) {
                _ = try StoreAddress(text)
                Issue.record("\(text) was taken")
            } catch {
                guard case .invalidStoreAddress = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(!"\(error)".contains("s3cret"))
            }
        }

        @Test func `hosts and database are named, the user and the parameters are not`() throws {
            let address = try StoreAddress(
                "postgres://linkseal@db1.example.com:5433,db2.example.com/surveys?sslmode=require")
            #expect("\(address)" == "db1.example.com,db2.example.com/surveys")
        }
    }
#endif
