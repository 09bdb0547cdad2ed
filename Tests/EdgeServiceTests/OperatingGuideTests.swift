import Foundation
import Testing

/// The operator's guide is complete: it has every alert, and every message that asks for action.
@Suite struct OperatingGuideTests {
    static let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources")
        .standardized
    static let catalog = sources.appending(path: "EdgeService/EdgeService.docc")

    static func guide() throws -> String {
        try String(contentsOf: catalog.appending(path: "Operating.md"), encoding: .utf8)
    }

    /// What the sources log as warnings and errors, each up to the first value in it.
    static func messages() throws -> Set<String> {
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var messages: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let code = try String(contentsOf: file, encoding: .utf8)
            for call in code.matches(of: /logger\.(?:warning|error|critical|log)\(/) {
                // Up to the metadata or the end of the statement: a call may choose between two messages.
                let arguments = code[call.range.upperBound...].prefix(400)
                let end = arguments.firstRange(of: /metadata:|\)\n/)?.lowerBound ?? arguments.endIndex
                for literal in arguments[..<end].matches(of: /"(?<text>(?:[^"\\]|\\.)*)"/) {
                    let text = literal.text.firstRange(of: "\\(").map { literal.text[..<$0.lowerBound] } ?? literal.text
                    messages.insert(text.trimmingCharacters(in: .whitespaces))
                }
            }
        }
        return messages
    }

    @Test("every warning and error is in the guide, word for word")
    func everyMessage() throws {
        let (guide, messages) = (try Self.guide(), try Self.messages())
        #expect(messages.count >= 12)
        #expect(messages.filter { !guide.contains("`\($0)") } == [])
    }

    @Test("every alert has a section, and no section is of an alert that is gone")
    func everyAlert() throws {
        let rules = try String(contentsOf: Self.catalog.appending(path: "linkseal-alerts.yml"), encoding: .utf8)
        let alerts = Set(rules.matches(of: /- alert: (\w+)/).map { String($0.1) })
        let sections = Set(try Self.guide().matches(of: /\n### (Linkseal\w+)\n/).map { String($0.1) })
        #expect(!alerts.isEmpty && alerts == sections)
    }
}
