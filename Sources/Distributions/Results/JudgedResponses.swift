import Consumption
import Encoding
import LinkToken

/// What was found out about one response of an export, in a few bytes, since there may be millions.
struct JudgedResponse {
    /// Columns with contact IDs that are held against the session.
    static let mostContactIDs = 8

    var match: ResponseMatch
    /// Which of the columns with contact IDs name another contact, a bit each.
    var others: UInt8 = 0
    /// The index of its distribution in ``JudgedResponses/distributions``.
    var distribution: UInt32 = 0
    var serial = Serial(rawValue: 0)
    /// For a repeated response, the line of the link's first.
    var firstLine: UInt32 = 0
    let line: UInt32
    /// When its survey was started, by its session or by the records.
    var startedAt: UnixTime?

    init(_ match: ResponseMatch, line: Int) {
        self.match = match
        self.line = UInt32(clamping: line)
    }
}

extension JudgedResponse: CustomStringConvertible {
    /// What the column Match says.
    var description: String {
        match == .contact(.repeated) ? "\(match.name): first in line \(firstLine)" : match.name
    }
}

/// What was found out about every response of an export, in order.
///
/// All of them are judged before the first is written: which columns hold contact IDs, and which distributions the
/// responses belong to, is known only at the end.
struct JudgedResponses {
    private(set) var responses: [JudgedResponse] = []
    /// Those that responses belong to.
    private(set) var distributions: [Distribution] = []
    /// Names of those of which no start is recorded.
    private(set) var unchecked: [String] = []
    /// Why the times of the responses are not known, if a column has them.
    private(set) var timeFault: ResponseTimeError?

    /// - Parameter times: how the responses' times are read; nil if it doesn't matter whether they came too late.
    init(
        _ export: ResponseExport, _ columns: ResponseColumns, _ matcher: ResponseMatcher, of asked: [Distribution],
        key: ResponseKey, uses: [DistributionID: DistributionHistory], times: ResponseTimeOptions?,
        at now: UnixTime
    ) throws(DistributionsError) {
        var submissions: ResponseFinishes?
        do throws(ResponseTimeError) {
            submissions = try times.map { (times) throws(ResponseTimeError) in
                try ResponseFinishes(
                    headings: export.headings, furtherHeadings: export.furtherHeadings, times, at: now)
            }
        } catch {
            throw .responseTimes(file: export.path, fault: error)
        }
        if times?.isNow == true || submissions?.column == nil { submissions = nil }
        let inLink = InLinkColumns(headings: export.headings, of: asked)
        var indices: [DistributionID: UInt32] = [:]
        var hasStarts: [Bool] = []
        var agreements = Array(repeating: (same: 0, other: 0), count: columns.contactIDs.count)
        try export.forEachResponse { (row) throws(DistributionsError) in
            let link: ResponseMatcher.Match
            switch try matcher.match(row[columns.key]) {
            case .success(let match): link = match
            case .failure(let mismatch):
                responses.append(JudgedResponse(.none(mismatch), line: row.line))
                return
            }
            guard inLink.agree(row, with: link) else {
                responses.append(JudgedResponse(.none(.embeddedDataMismatch), line: row.line))
                return
            }
            let uses = uses[link.distribution.id]
            let index = indices[link.distribution.id] ?? UInt32(distributions.count)
            if index == distributions.count {
                indices[link.distribution.id] = index
                distributions.append(link.distribution)
                hasStarts.append((uses?.counts.started ?? 0) > 0)
            }
            let use = uses?[link.nonce.serial]
            var response = JudgedResponse(.contact(.matched), line: row.line)
            response.distribution = index
            response.serial = link.nonce.serial
            response.startedAt = link.startedAt ?? use?.startedAt
            let wasStarted = use != nil || key == .contact || !hasStarts[Int(index)]
            if columns.submission?.isUnsubmitted(row) == true {
                response.match = .contact(.notSubmitted)
            } else {
                let remark =
                    link.distribution.wasReopened(link.nonce.serial, after: link.startedAt)
                    ? .beforeReopening
                    : link.distribution.remark(onResponseTo: link.nonce.serial, noEarlierThan: response.startedAt)
                response.match = .contact(remark ?? (wasStarted ? .matched : .neverStarted))
                _ = submissions?.add(row, of: link.nonce, startedAt: response.startedAt)
            }
            for (position, column) in columns.contactIDs.enumerated() {
                switch matcher.names(row[column], link.contact) {
                case nil: break
                case true?: agreements[position].same += 1
                case false?:
                    agreements[position].other += 1
                    response.others |= 1 << position
                }
            }
            responses.append(response)
        }
        unchecked = key == .contact ? [] : zip(distributions, hasStarts).filter { !$1 }.map(\.0.name)
        // A column that mostly says something else does not hold contact IDs, whatever is above it.
        let proven = agreements.enumerated().reduce(UInt8(0)) {
            $1.element.same > $1.element.other ? $0 | 1 << $1.offset : $0
        }
        markOthers(in: proven)
        do throws(ResponseTimeError) {
            if let submissions { markLate(try submissions.resolved().finishes) }
        } catch {
            timeFault = error
        }
        markRepetitions()
    }

    private mutating func markOthers(in columns: UInt8) {
        for index in responses.indices where responses[index].others & columns != 0 {
            responses[index].match = .none(.otherContact)
        }
    }

    /// - Parameter submissions: when responses were submitted, in their order.
    private mutating func markLate(_ submissions: [ResponseFinish]) {
        var index = 0
        for submission in submissions {
            while responses[index].line != submission.line { index += 1 }
            guard case .contact(let remark) = responses[index].match, remark == .matched || remark == .neverStarted
            else {
                continue
            }
            let distribution = distributions[Int(responses[index].distribution)]
            if distribution.wasReopened(responses[index].serial, after: submission.finishedAt) {
                responses[index].match = .contact(.beforeReopening)
            } else if let late = distribution.remark(
                onResponseTo: responses[index].serial, noEarlierThan: submission.finishedAt)
            {
                responses[index].match = .contact(late)
            } else if case .within(let seconds) = distribution.resume, let start = responses[index].startedAt,
                submission.finishedAt.rawValue > start.adding(seconds: seconds).rawValue
            {
                responses[index].match = .contact(.tooLate)
            }
        }
    }

    private mutating func markRepetitions() {
        var firstLines = distributions.map { [UInt32](repeating: 0, count: $0.contacts) }
        for index in responses.indices where responses[index].match == .contact(.matched) {
            let (distribution, serial) = (Int(responses[index].distribution), Int(responses[index].serial.rawValue))
            let firstLine = firstLines[distribution][serial]
            if firstLine == 0 {
                firstLines[distribution][serial] = responses[index].line
            } else {
                responses[index].match = .contact(.repeated)
                responses[index].firstLine = firstLine
            }
        }
    }
}

extension Distribution {
    /// Whether a link was reopened after that time.
    fileprivate func wasReopened(_ serial: Serial, after time: UnixTime?) -> Bool {
        guard let time, let reopenedAt = linkChanges[serial]?.reopenedAt else { return false }
        return time < reopenedAt
    }

    /// Whether a response was given when its link was broken already, as far as its time tells.
    fileprivate func remark(onResponseTo serial: Serial, noEarlierThan time: UnixTime?) -> ResponseRemark? {
        guard let time else { return nil }
        if let deletedAt, time >= deletedAt { return .linkDeleted }
        if let revokedAt = revocations[serial], time >= revokedAt { return .linkRevoked }
        return nil
    }
}

/// Columns of an export that are named as fields that travel in links.
private struct InLinkColumns {
    private let columns: [String: Int]

    init(headings: [String], of distributions: [Distribution]) {
        columns = Set(distributions.flatMap(\.embeddedData.inLinkFields)).reduce(into: [:]) { (columns, name) in
            columns[name] = headings.firstIndex { $0.trimmed == name }
        }
    }

    /// Whether what the response says of the fields that its link carried is what they were.
    func agree(_ row: CSVRow, with link: ResponseMatcher.Match) -> Bool {
        link.distribution.embeddedData.inLinkFields.allSatisfy { name in
            guard let column = columns[name],
                let field = try? DataField(name, embeddedNames: link.distribution.embeddedNames)
            else { return true }
            return FormulaGuard.removed(from: row[column]) == field.value(of: link.contact)
        }
    }
}
