import Foundation
import Glibc

/// A terminal with a test at its keyboard (pty(7)). A program has it as its own when it is started through
/// `setsid --ctty` with ``path`` as its input.
public final class PseudoTerminal: Sendable {
    public let path: String
    private let keyboard: Int32
    private let screen: Int32

    public init() throws {
        keyboard = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        // TIOCSPTLCK and TIOCGPTN of ioctl_tty(2), macros that Swift does not see.
        var (locked, number): (CInt, CInt) = (0, 0)
        guard ioctl(keyboard, 0x4004_5431, &locked) == 0, ioctl(keyboard, 0x8004_5430, &number) == 0 else {
            throw POSIXError(.ENOTTY)
        }
        path = "/dev/pts/\(number)"
        // Without one that is open here, reading fails until the program has opened it.
        screen = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
    }

    deinit {
        close(keyboard)
        close(screen)
    }

    /// Waits until the program has asked something, which ends with a space, and gives what it showed.
    @discardableResult
    public func question() async throws -> String {
        var shown: [UInt8] = []
        while shown.last != UInt8(ascii: " ") {
            var bytes = [UInt8](repeating: 0, count: 1000)
            let count = read(keyboard, &bytes, bytes.count)
            if count > 0 { shown += bytes[..<count] } else { try await Task.sleep(for: .milliseconds(10)) }
        }
        return String(decoding: shown, as: UTF8.self)
    }

    /// Types a line and presses Enter.
    public func type(_ line: String) {
        _ = (line + "\n").withCString { write(keyboard, $0, strlen($0)) }
    }
}
