import ConsumptionLog
import Distributions
import LinkToken

/// The row of a distribution.
struct DistributionReport: Encodable {
    var id, name, source, selection, created, expires, status: String
    var seed: UInt64?
    var links, started, finished: Int

    init(_ row: DistributionRow, at now: UnixTime) {
        let distribution = row.distribution
        id = distribution.id.description
        name = distribution.name
        source = distribution.origin.source
        selection = distribution.origin.selection.rawValue
        seed = distribution.origin.seed
        created = distribution.createdAt.description
        expires = distribution.effectiveExpiry.description
        links = distribution.contacts
        started = row.counts.started
        finished = row.counts.finished
        status = row.standing(at: now).rawValue
    }
}

extension DistributionReport {
    /// Where the contacts came from, in a word or two.
    var contactsText: String {
        switch selection {
        case "list": source
        case "sample": "sample of \(source)"
        case "individual": "individuals of \(source)"
        default: "some of \(source)"
        }
    }
}

/// Columns as wide as what stands in them; numbers to the right.
func printTable(_ headings: [String], _ rows: [[String]], numbers: Set<Int> = []) {
    let widths = headings.indices.map { column in ([headings] + rows).map { $0[column].count }.max() ?? 0 }
    for row in [headings] + rows {
        let cells = row.enumerated().map { (column, cell) in
            let padding = String(repeating: " ", count: widths[column] - cell.count)
            return numbers.contains(column) ? padding + cell : cell + padding
        }
        var line = cells.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        print(line)
    }
}
