import ArgumentParser
import Encoding

/// Whether somebody is asked before what can't be undone.
struct ConfirmationOptions: ParsableArguments {
    @Flag(help: "Don't ask.")
    var yes = false

    /// Asks on the terminal, and not on standard output, which may be a file.
    ///
    /// - Throws: unless the answer is yes. Without a terminal nobody can answer, and `--yes` must.
    func ask(_ question: TerminalText) throws {
        if yes { return }
        guard isTerminal(0) else {
            throw CommandError("there is no terminal to ask on; confirm with --yes", status: .validationFailure)
        }
        writeToStandardError("\(question.description) Type yes: ")
        guard readLine()?.trimmed == "yes" else { throw CommandError("nothing was changed") }
    }
}
