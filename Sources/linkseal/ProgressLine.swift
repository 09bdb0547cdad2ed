import Distributions
import Glibc
import Synchronization

/// One line on the terminal that tells how far a long job has come. Nothing is printed where nobody looks on, nor in
/// the first second.
final class ProgressLine: Sendable {
    private let noun: String
    private let isShown = Atomic(false)
    private let isWanted = isTerminal(STDERR_FILENO)

    init(_ noun: String) {
        self.noun = noun
    }

    var report: MintingProgress.Report? {
        guard isWanted else { return nil }
        return { [self] (progress) in
            guard progress.elapsed >= .seconds(1) else { return }
            isShown.store(true, ordering: .relaxed)
            var line = "\r\(progress.done)"
            if let total = progress.total, total > 0 {
                line += " of \(total) \(noun), \(progress.done * 100 / total) %"
            } else {
                line += " \(noun)"
            }
            line += ", \(Int(progress.rate)) per second"
            if let left = progress.timeLeft { line += ", \(left.secondsRoundedUp) s left" }
            // Erases what a longer line left behind (ECMA-48, EL).
            writeToStandardError(line + "\u{1B}[K")
        }
    }

    func end() {
        if isShown.load(ordering: .relaxed) { writeToStandardError("\r\u{1B}[K") }
    }
}
