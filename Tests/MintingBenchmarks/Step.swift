import Consumption
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
    /// How often it is done.
    private let times: Int
    private let now = UnixTime(rawValue: 1_800_000_000)

    init(_ arguments: [String]) {
        name = arguments[1]
        workspace = arguments[2]
        isP256 = arguments.contains("p256")
        times = arguments.count > 4 ? Int(arguments[4])! : 1
    }

    func run() async throws {
        let workspace = try Workspace(opening: workspace)
        let file = ContactFile(workspace.root + "/people.csv")
        let key = try PrivateKey(pem: SecretFile.read(workspace.root + "/key.pem"))
        let sessions = try SessionKeyring(current: SecretFile.read(workspace.root + "/session.key"))
        if name == "join" { try writeResponses(in: workspace, sessions) }
        let clock = ContinuousClock()
        var rows = 0
        let start = clock.now
        let before = processorTime()
        let written = try writtenBytes()
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
                baseURL: try LinkBaseURL("https://links.example/l/"), expiry: now.adding(seconds: 86400),
                output: workspace.root + "/links.csv")
            request.spreadsheet.csv.byteOrderMark = true
            rows = try await workspace.distributions.generate(request, key: key, at: now).distribution.contacts
        case "add":
            let distribution = try workspace.distributions.all()[0]
            for time in 0..<times {
                // Placeholders are all different people.
                let request = AddRequest(
                    source: times == 1 ? .file(file) : .dummies(1), output: workspace.root + "/new-\(time).csv")
                rows += try await workspace.distributions.add(request, to: distribution.id, key: key, at: now).added
            }
        case "join":
            rows =
                try workspace.distributions.joinResults(
                    ResultsJoin(
                        responses: workspace.root + "/responses.csv", by: .session,
                        output: workspace.root + "/joined.csv"),
                    of: workspace.distributions.all(), keys: [], sessions: sessions, at: now
                ).counts[.contact(.matched)] ?? 0
        default:
            let distribution = try workspace.distributions.all().last!
            rows = try await workspace.distributions.download(
                distribution.id, uses: DistributionHistory(), key: key, output: workspace.root + "/again.csv",
                at: now
            ).rows
        }
        let wall = (clock.now - start) / .seconds(1)
        print(rows, wall, processorTime() - before, usage().ru_maxrss, try writtenBytes() - written)
    }

    /// What this process has given to write(2) so far (proc_pid_io(5)).
    private func writtenBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/io", encoding: .utf8)
        return text.split(separator: "\n").first { $0.hasPrefix("wchar: ") }.flatMap { Int($0.dropFirst(7)) } ?? 0
    }

    private func usage() -> rusage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage
    }

    /// Seconds of this process.
    private func processorTime() -> Double {
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        let usage = usage()
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// One response of every contact, in no order of theirs.
    private func writeResponses(in workspace: Workspace, _ sessions: SessionKeyring) throws {
        let distribution = try workspace.distributions.all().last!
        let path = workspace.root + "/responses.csv"
        try Data("\"id\",\"submitdate\",\"lastpage\",\"startlanguage\",\"session\",\"Q1\"\r\n".utf8).write(
            to: URL(filePath: path))
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        file.seekToEndOfFile()
        let count = UInt64(distribution.contacts)
        var text = ""
        for index in 0..<count {
            // A prime that divides no size, so that each comes once.
            let nonce = Nonce(
                distribution: distribution.id, serial: Serial(rawValue: UInt32(index * 7_919 % count)))
            let session = try sessions.issue(SessionReceipt(nonce: nonce, startedAt: now, epoch: .initial))
            text += "\"\(index + 1)\",\"2027-01-15 09:15:01\",\"2\",\"en\",\"\(session)\",\"\(index % 11)\"\r\n"
            if text.utf8.count > 1 << 20 || index == count - 1 {
                file.write(Data(text.utf8))
                text = ""
            }
        }
        try file.close()
    }
}
