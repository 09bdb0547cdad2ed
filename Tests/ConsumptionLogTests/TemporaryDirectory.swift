import Glibc
import LinkToken

@testable import ConsumptionLog

/// A directory that goes away with its last reference.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/linkseal-log-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    var log: String { "\(path)/consumption.log" }

    var names: [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

extension DistributionID {
    static let first = DistributionID(rawValue: 0xA1)!
    static let second = DistributionID(rawValue: 0xB2)!
}

extension Nonce {
    init(_ serial: UInt32) {
        self.init(.first, serial)
    }

    init(_ distribution: DistributionID, _ serial: UInt32) {
        self.init(distribution: distribution, serial: Serial(rawValue: serial))
    }
}

extension UnixTime {
    /// Seconds after 2026-01-01T00:00:00Z.
    static func second(_ seconds: UInt32) -> UnixTime { UnixTime(rawValue: 1_767_225_600 + seconds) }
}

extension StartTerms {
    static let standard = StartTerms(mayBegin: true, resume: .standard)
    static let expired = StartTerms(mayBegin: false, resume: .standard)
}
