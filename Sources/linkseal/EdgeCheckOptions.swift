import AdminConsole
import ArgumentParser
import Cryptography
import Distributions
import LinkToken

struct EdgeCheckOptions: ParsableArguments {
    @Option(
        defaultAsFlag: "",
        help: ArgumentHelp(
            """
            Make links only if an edge opens them: the one at the base URL, or at another address. It is asked about an \
            expired link, which uses up nothing.
            """, valueName: "url"))
    var checkEdge: String?

    /// - Returns: whether an edge was asked, and opens the links.
    func run(of base: LinkBaseURL, signedBy key: PrivateKey, at now: UnixTime) async throws -> Bool {
        guard let checkEdge else { return false }
        let check: EdgeCheck
        do throws(DistributionsError) {
            check = try EdgeCheck(of: base, at: checkEdge.isEmpty ? nil : checkEdge)
        } catch {
            throw CommandError("--check-edge \"\(checkEdge)\" can't be used; expected http:// or https:// with a host")
        }
        do {
            try await check.run(signedBy: key, at: now)
        } catch let error as EdgeCheckError {
            let advice = if case .linksUnknown = error { " with `linkseal publish`" } else { "" }
            throw CommandError("no links were made: \(error)\(advice)")
        }
        return true
    }
}
