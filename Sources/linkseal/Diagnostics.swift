import ArgumentParser
import FoundationEssentials

/// What a command says besides its result, on standard error: lines of text, or, with `--json`, one JSON object to a line.
///
/// ```
/// {"note":"…"}
/// {"warning":"…"}
/// {"error":"there is no workspace in …","status":1}
/// ```
enum Diagnostics {
    /// Whether the command line has `--json`. The parser can't tell: its own errors are written in the same way.
    static let areJSON = CommandLine.arguments.prefix { $0 != "--" }.contains("--json")

    /// Ends the process with what went wrong, or with the help that was asked for.
    static func exit(with error: any Error) -> Never {
        let status = Linkseal.exitCode(for: error)
        let message = Linkseal.message(for: error)
        guard areJSON, !status.isSuccess, !message.isEmpty else { Linkseal.exit(withError: error) }
        write(Line(error: message, status: status.rawValue))
        Linkseal.exit(withError: status)
    }

    fileprivate static func write(_ line: Line) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(line) else { return }
        writeToStandardError(String(decoding: json, as: UTF8.self) + "\n")
    }

    fileprivate struct Line: Encodable {
        var note, warning, error: String?
        var status: Int32?
    }
}

/// Says something in passing.
func note(_ text: String) {
    Diagnostics.areJSON ? Diagnostics.write(.init(note: text)) : writeToStandardError(text + "\n")
}

/// Tells a person who watches what goes on. With `--json` only the result is printed.
func narrate(_ text: String) {
    if !Diagnostics.areJSON { print(text) }
}

/// Says what may be wrong although the command goes on.
func warn(_ text: String) {
    Diagnostics.areJSON ? Diagnostics.write(.init(warning: text)) : writeToStandardError("warning: \(text)\n")
}
