/// What is recorded of a start besides its time.
///
/// Stores, events and histories pass it on as a whole, and tables and exports list its fields. So a new detail is a
/// property and a field here, a byte in the log (`LogFormat.md`) and a column in PostgreSQL.
///
/// ```swift
/// let details = StartDetails(startedBy: .mobileBrowser)
/// let outcome = try await store.start(link.nonce, at: now, details: details, terms: terms)
/// ```
///
/// Keep it small: the history of a distribution has one for each link.
public struct StartDetails: Hashable, Sendable {
    /// What kind of program started the survey.
    public var startedBy: UserAgentClass

    @inlinable
    public init(startedBy: UserAgentClass = .unknown) {
        self.startedBy = startedBy
    }

    /// Nothing is known of the start.
    @inlinable public static var unknown: StartDetails { StartDetails() }

    /// What two logs know of starts in the same second: a program that is known counts before one that is not.
    func merged(with other: StartDetails) -> StartDetails {
        StartDetails(startedBy: max(startedBy, other.startedBy))
    }
}

extension StartDetails {
    /// The details as columns of spreadsheets, results and exports, in their order there.
    ///
    /// The raw value is the name in exports of events.
    public enum Field: String, Hashable, Sendable, CaseIterable {
        case startedBy = "started_by"

        /// The heading over it in spreadsheets and results.
        public var heading: String {
            switch self {
            case .startedBy: "Started By"
            }
        }

        /// The label before it on a page.
        public var label: String {
            switch self {
            case .startedBy: "Started by"
            }
        }
    }

    /// A detail in words: letters, digits, hyphens and spaces, so that it needs no quotes in CSV or JSON.
    public subscript(field: Field) -> String {
        switch field {
        case .startedBy: startedBy.name
        }
    }
}
