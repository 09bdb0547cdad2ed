import Cryptography
import Distributions
import Foundation
import LinkToken
import Trust

/// One thing that is measured, in a process of its own.
struct Step {
    let name: String
    let workspace: String
    let isP256: Bool
    private let now = UnixTime(rawValue: 1_800_000_000)

    init(_ arguments: [String]) {
        name = arguments[1]
        workspace = arguments[2]
        isP256 = arguments.contains("p256")
    }

    func run() async throws {
        let workspace = try Workspace(opening: workspace)
        let file = ContactFile(workspace.root + "/people.csv")
        let key = try PrivateKey(pem: SecretFile.read(workspace.root + "/key.pem"))
        let clock = ContinuousClock()
        var rows = 0
        let start = clock.now
        switch name {
        case "read":
            var reader = try file.reader()
            while try reader.next() != nil { rows += 1 }
        case "import":
            rows = try workspace.contacts.importList(file, name: "list", replacing: true, at: now).list.contacts
        case "generate from file", "generate from list":
            var request = GenerateRequest(
                name: "benchmark", source: name == "generate from file" ? .file(file) : .list("list"),
                surveyURL: try SurveyURLTemplate("https://survey.example/s?c={contact_id}&r={session}"),
                baseURL: try LinkBaseURL("https://links.example/l/"), expiresAt: now.adding(seconds: 86400),
                output: workspace.root + "/links.csv")
            request.spreadsheet.byteOrderMark = true
            rows = try await workspace.distributions.generate(request, key: key, at: now).distribution.contacts
        default:
            let distribution = try workspace.distributions.all().last!
            rows = try await workspace.distributions.download(
                distribution.id, uses: LinkUses(of: distribution), key: key, output: workspace.root + "/again.csv",
                at: now
            ).rows
        }
        let wall = (clock.now - start) / .seconds(1)
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        print(rows, wall, seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss)
    }
}
