import Glibc

/// Prints a line to standard output.
func print(_ text: TerminalText, terminator: String = "\n") {
    Swift.print(text.description, terminator: terminator)
}

/// Prints data for programs to standard output, as they are.
func printData(_ text: String, terminator: String = "") {
    Swift.print(text, terminator: terminator)
}

/// In the place of Swift's: a value that is printed goes through ``TerminalText``.
@available(*, unavailable, message: "print a literal with the value in it, or data with printData")
func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {}

/// Past the buffer of stdio, whose handle is a variable that no thread may rely on.
func writeToStandardError(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
