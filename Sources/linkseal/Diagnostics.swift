import ArgumentParser
import Distributions
import FoundationEssentials
import Glibc

/// What a command reports on standard error, apart from its result: lines of text, or, with `--json`, one JSON object to a line.
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
        var error = error
        var details: [String] = []
        if let refusal = error as? DistributionsError {
            if !areJSON { details = refusal.details }
            let words = details.isEmpty ? refusal.description : refusal.headline
            error = CommandError([words, refusal.advice].compactMap(\.self).joined(separator: "; "))
        } else if error is any AdvisableError || error is any ContactSourceError {
            error = CommandError(advised(error))
        }
        let status = (error as? CommandError)?.status ?? Linkseal.exitCode(for: error)
        let message = Linkseal.message(for: error)
        if areJSON, !status.isSuccess, !message.isEmpty {
            write(Line(error: message, status: status.rawValue))
        } else {
            show(Linkseal.fullMessage(for: error), status)
            for detail in details { note("  \(detail)") }
        }
        Glibc.exit(status.rawValue)
    }

    /// As the argument parser does it, but for characters that would control the terminal.
    private static func show(_ message: String, _ status: ExitCode) {
        guard !message.isEmpty else { return }
        switch status {
        case .success: printData(message, terminator: "\n")
        // Below what is wrong is the usage, if it is of use.
        case .validationFailure: writeToStandardError(TerminalText(lines: message).description + "\n")
        default: note("\(message)")
        }
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
func note(_ text: TerminalText) {
    Diagnostics.areJSON
        ? Diagnostics.write(.init(note: text.description)) : writeToStandardError(text.description + "\n")
}

/// Tells the user about progress. Prints nothing with `--json`.
func narrate(_ text: TerminalText) {
    if !Diagnostics.areJSON { print(text) }
}

/// Warns of something that may be wrong, while the command continues.
func warn(_ text: TerminalText) {
    Diagnostics.areJSON
        ? Diagnostics.write(.init(warning: text.description)) : writeToStandardError("warning: \(text.description)\n")
}
