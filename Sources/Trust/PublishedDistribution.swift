import LinkToken

/// What edges are told of a distribution.
public struct PublishedDistribution: Hashable, Sendable, Identifiable {
    public let id: DistributionID
    /// The admin's name for it, which pages may show.
    public var name: String
    /// Where its started surveys are sent.
    public var surveyURL: SurveyURLTemplate
    /// What has changed for its links since they were minted.
    public var changes: DistributionChanges
    /// How long a started survey may be resumed.
    public var resume: ResumePolicy
    public var embeddedData: EmbeddedDataMode
    /// The expiry of its last link, also of those that were deleted.
    public var lastExpiry: UnixTime

    public init(
        id: DistributionID, name: String, surveyURL: SurveyURLTemplate, changes: DistributionChanges = .none,
        resume: ResumePolicy = .standard, embeddedData: EmbeddedDataMode = .sealed, lastExpiry: UnixTime
    ) {
        self.id = id
        self.name = name
        self.surveyURL = surveyURL
        self.changes = changes
        self.resume = resume
        self.embeddedData = embeddedData
        self.lastExpiry = lastExpiry
    }

    /// When its links expire, apart from those that have an expiry of their own.
    public var expiry: LinkExpiry { changes.expiry.map { .ofBundle($0) } ?? .ofToken(lastExpiry) }

    /// Whether edges still have to know the distribution.
    ///
    /// They have to until none of its links could be started or resumed by an edge that doesn't know it and therefore
    /// goes by the token and `ResumePolicy.standard`. If edges forgot a deleted or ended distribution sooner, they would
    /// accept its links again.
    public func isNeeded(at now: UnixTime) -> Bool {
        let latest = changes.links.values.lazy.compactMap(\.expiry).max() ?? lastExpiry
        let lastStart = max(lastExpiry, expiry.time, latest).adding(seconds: Self.margin)
        return [resume, .standard].contains { $0.allowsResuming(startedAt: lastStart, at: now) }
    }

    /// One day: more than any edge's leeway, and than clocks differ by.
    private static let margin: UInt32 = 86400
}
