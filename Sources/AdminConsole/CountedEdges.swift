import Distributions
import LinkToken

/// Counting what was consumed on edges of other machines.
extension ConsoleService {
    /// Fetches from the registered edges each minute, until it is cancelled. What fails is logged once for each reason, and
    /// shown beside the numbers.
    func keepFetchingEdges() async {
        guard configuration.accounts == nil, configuration.fetchesEdges else { return }
        var failures: [String: String] = [:]
        while !Task.isCancelled {
            do {
                let edges = try jobWorkspace.edges.all().filter { !$0.isRetired }
                let standings = try await jobWorkspace.edges.fetch(edges, patience: 15, clock: clock)
                for (edge, standing) in zip(edges, standings) where standing.failure != failures[edge.name] {
                    failures[edge.name] = standing.failure
                    guard let failure = standing.failure else { continue }
                    logger.warning(
                        "could not fetch what was consumed on an edge: \(failure)", metadata: ["edge": "\(edge.name)"])
                }
            } catch {
                logger.warning("could not fetch what was consumed on edges: \(error)")
            }
            try? await Task.sleep(for: .seconds(60))
        }
    }

    /// What the numbers of a page are counted from, as of when, and which edges they lack.
    func countedFields(at now: UnixTime) -> [String: Any] {
        guard configuration.accounts == nil else {
            return ["counted": configuration.countedFrom, "missing": [String]()]
        }
        var (counted, missing) = (["the log of this workspace"], [String]())
        do throws(DistributionsError) {
            for edge in try workspace.edges.all() {
                let standing = try workspace.edges.standing(of: edge)
                if let asOf = standing.asOf { counted.append("\(edge.name) as of \(asOf.short)") }
                if !edge.isRetired, standing.isStale(at: now) { missing.append(Self.warning(about: edge, standing)) }
            }
        } catch {
            missing.append("Which edges there are is not known: \(error).")
        }
        return ["counted": counted.joined(separator: ", "), "missing": missing]
    }

    private static func warning(about edge: RemoteEdge, _ standing: EdgeStanding) -> String {
        let problem =
            standing.failure.map { " could not be fetched: \($0)." }
            ?? (standing.asOf == nil ? " was never fetched." : " was not fetched for more than an hour.")
        return edge.name + problem
            + (standing.asOf == nil
                ? " Nothing that was consumed there is counted."
                : " People who have started or finished there since look as if they had not.")
    }
}
