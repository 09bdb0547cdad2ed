import Consumption
import Cryptography
import Encoding
import LinkToken

/// Who gets a reminder: people whose link still leads to the survey.
public enum ReminderAudience: String, Hashable, Sendable, Codable, CaseIterable {
    /// Those who have not started.
    case notStarted = "not-started"
    /// Those who have started, and can still come back to finish.
    case started
    /// Both.
    case notFinished = "not-finished"

    /// `had not started`, after "recipients who".
    var clause: String {
        switch self {
        case .notStarted: "had not started"
        case .started: "had started and not finished"
        case .notFinished: "had not finished"
        }
    }

    /// The statuses of their links. None if a link can't open the survey of anybody.
    public func statuses(under resume: ResumePolicy) -> Set<LinkStatus> {
        // Without resuming, a link can't open a survey that was started.
        let started: Set<LinkStatus> = resume == .never ? [] : [.surveyStarted]
        return switch self {
        case .notStarted: [.emailNotSent]
        case .started: started
        case .notFinished: started.union([.emailNotSent])
        }
    }
}

extension DistributionLibrary {
    /// Writes the links that people have already, for those who have not answered. Unless nobody is left, the distribution's
    /// history records it.
    ///
    /// It is recorded when the spreadsheet is complete on disk, which gets its name right after: if that is interrupted
    /// between the two, a reminder counts that nobody got, and not the other way around.
    ///
    /// - Parameters:
    ///   - id: the distribution.
    ///   - audience: who gets the reminder.
    ///   - limit: how many reminders the distribution may have had at the end, if that is limited.
    ///   - uses: which links were started and finished, as far as known.
    ///   - spreadsheet: the columns and format of the spreadsheet.
    ///   - key: the distribution's key (``key(for:in:passphrase:)``).
    ///   - path: where the spreadsheet is written. `-` is standard output.
    ///   - now: the time that statuses refer to.
    ///   - progress: called after each batch.
    /// - Throws: ``DistributionsError``; ``DistributionsError/refused(_:reason:)`` when the limit is reached, nobody can
    ///   come back, the distribution's key no longer signs links, or it was changed in the meantime.
    public func remind(
        _ id: DistributionID, _ audience: ReminderAudience, limit: Int? = nil, uses: DistributionHistory? = nil,
        spreadsheet: SpreadsheetLayout = SpreadsheetLayout(), key: PrivateKey, output path: String, at now: UnixTime,
        progress: MintingProgress.Report? = nil
    ) async throws(DistributionsError) -> Reminder {
        let before = try distribution(id)
        try before.checkReminders(limit)
        let statuses = audience.statuses(under: before.resume)
        guard !statuses.isEmpty else {
            throw .refused(id, reason: "nobody can come back to a survey that was started")
        }
        var layout = spreadsheet
        layout.showsTimes = true
        let minting = try minting(of: before, layout: layout, statuses: statuses, uses: uses, key: key, at: now)
        let output = try OutputFile(path, outsideOf: workspace, format: spreadsheet.format)
        let counts = try await minting.write(progress: progress) { try output.write($0) }
        try output.complete()
        let after = try recordReminder(audience, recipients: counts.links, by: minting, limit: limit, at: now)
        try output.commit()
        return Reminder(
            distribution: after, rows: counts.links, leftOut: counts.leftOut, warnings: counts.lengthWarnings)
    }

    /// Records a reminder when all of its rows are written.
    ///
    /// - Parameters:
    ///   - audience: who gets it.
    ///   - recipients: how many people get it. If nobody does, nothing is recorded.
    ///   - minting: what wrote the rows.
    ///   - limit: how many reminders the distribution may have had at the end, if that is limited.
    ///   - now: the current time.
    /// - Returns: the distribution.
    /// - Throws: ``DistributionsError/refused(_:reason:)`` when the limit is reached, or the distribution was changed since
    ///   it began.
    @discardableResult
    public func recordReminder(
        _ audience: ReminderAudience, recipients: Int, by minting: LinkMinting, limit: Int? = nil, at now: UnixTime
    ) throws(DistributionsError) -> Distribution {
        let minted = minting.distribution
        guard recipients > 0 else { return minted }
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        return try update(minted.id) { (distribution) throws(DistributionsError) in
            guard distribution.published == minted.published, distribution.keyID == minted.keyID else {
                throw .refused(
                    minted.id, reason: "it was changed while the reminder was written; write the reminder again")
            }
            try distribution.checkReminders(limit)
            distribution.record(.reminded(recipients: recipients, to: audience), at: now)
        }
    }
}

/// What came of writing a reminder.
public struct Reminder: Hashable, Sendable {
    public let distribution: Distribution
    /// The number of people who get it.
    public let rows: Int
    /// How many get none, by the status of their link.
    public let leftOut: [LinkStatus: Int]
    /// What a person should know of the links before they are sent.
    public let warnings: [LinkWarning]
}

extension Distribution {
    /// When reminders were written, the earliest first.
    public var reminders: [UnixTime] {
        history.compactMap { if case .reminded = $0.action { $0.at } else { nil } }
    }

    /// - Throws: ``DistributionsError/refused(_:reason:)`` when it has had as many reminders as it may.
    public func checkReminders(_ limit: Int?) throws(DistributionsError) {
        guard let limit, reminders.count >= limit else { return }
        throw .refused(
            id,
            reason: "it has had \(counted(reminders.count, "reminder", "reminders"))"
                + " (\(reminders.map(\.description).joined(separator: ", "))), and may have no more than \(limit)")
    }
}
