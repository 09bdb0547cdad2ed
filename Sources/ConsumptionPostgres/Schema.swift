#if PostgreSQL
    /// The tables, and how they came to be.
    ///
    /// Everything is `bigint`, which every engine with PostgreSQL's protocol has under the same name, size and object ID. The
    /// 64 bits of a distribution ID are taken as a signed number: the same 8 bytes, in an order that no one depends on.
    /// `bytea` would take a ninth byte per copy and compare more slowly. Times are UNIX seconds.
    enum Schema {
        /// The version that this module works with.
        static let version: Int64 = 3

        /// What brings a database from each version to the next, the first from nothing. Every statement may run twice: some
        /// engines don't roll the definition of a table back, so they don't run in one transaction.
        static let migrations: [[String]] = [
            [
                // Keyed so that a distribution's links lie together: a range in PostgreSQL and CockroachDB, a tablet in
                // YugabyteDB (which hashes the first column), a shard in Citus.
                """
                CREATE TABLE IF NOT EXISTS linkseal_link (
                    distribution bigint NOT NULL,
                    serial bigint NOT NULL,
                    started_at bigint NOT NULL,
                    finished_at bigint,
                    start_attempt bigint NOT NULL,
                    finish_attempt bigint,
                    PRIMARY KEY (distribution, serial)
                )
                """,
                """
                CREATE TABLE IF NOT EXISTS linkseal_reset (
                    distribution bigint NOT NULL,
                    serial bigint NOT NULL,
                    attempt bigint NOT NULL,
                    started_at bigint NOT NULL,
                    finished_at bigint,
                    reset_at bigint NOT NULL,
                    PRIMARY KEY (distribution, serial, attempt)
                )
                """,
            ],
            [
                "ALTER TABLE linkseal_link ADD COLUMN IF NOT EXISTS started_by bigint NOT NULL DEFAULT 0",
                "ALTER TABLE linkseal_reset ADD COLUMN IF NOT EXISTS started_by bigint NOT NULL DEFAULT 0",
            ],
            [
                // When the link had been reopened as of its start, 0 for never: no earlier start is taken over.
                "ALTER TABLE linkseal_link ADD COLUMN IF NOT EXISTS reopened_at bigint NOT NULL DEFAULT 0",
                // As in a log: 3 reset by an administrator, 4 reopened by the trust bundle.
                "ALTER TABLE linkseal_reset ADD COLUMN IF NOT EXISTS event bigint NOT NULL DEFAULT 3",
            ],
        ]

        static let createVersions = """
            CREATE TABLE IF NOT EXISTS linkseal_schema (
                version bigint NOT NULL,
                connections bigint NOT NULL,
                PRIMARY KEY (version)
            )
            """
        static let recordVersion =
            "INSERT INTO linkseal_schema (version, connections) VALUES ($1, 0) ON CONFLICT (version) DO NOTHING"
        static let readVersion = "SELECT coalesce(max(version), 0) FROM linkseal_schema"

        /// A write that everything before it in the write-ahead log is replicated with.
        ///
        /// It is one row for all on purpose: while a standby is missing the first waits for it, the next wait for that one
        /// until their statement times out, and no more connections pile up.
        static let barrier =
            "UPDATE linkseal_schema SET connections = connections + 1 WHERE version = $1 RETURNING version"
    }
#endif
