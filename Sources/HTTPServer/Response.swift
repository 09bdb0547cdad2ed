import Glibc
import NIOCore
import NIOHTTP1
import Synchronization

/// An answer, whole. Its framing (RFC 9112 §6, §9) is added when it is written.
package struct Response: Sendable {
    package var status: HTTPResponseStatus
    package var headers: HTTPHeaders
    package var body: ByteBuffer?

    package init(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer? = nil) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

extension HTTPHeaders {
    /// For every response: nothing is stored, nothing is guessed, and no address with a token in it travels on.
    package static let guarded: HTTPHeaders = [
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    ]

    package static func guarded(contentType: String) -> HTTPHeaders {
        var fields = guarded
        fields.add(name: "Content-Type", value: contentType)
        return fields
    }
}

/// The time of day as the field `Date` has it (RFC 9110 §5.6.7), written once a second.
final class HTTPDate: Sendable {
    private let last = Mutex((second: 0, text: ""))

    var now: String {
        let second = time(nil)
        return last.withLock {
            if $0.second != second { $0 = (second, Self.text(second)) }
            return $0.text
        }
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// - Parameter second: UNIX time.
    static func text(_ second: time_t) -> String {
        var (second, parts) = (second, tm())
        gmtime_r(&second, &parts)
        func digits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(days[Int(parts.tm_wday)]), \(digits(parts.tm_mday)) \(months[Int(parts.tm_mon)]) "
            + "\(parts.tm_year + 1900) \(digits(parts.tm_hour)):\(digits(parts.tm_min)):\(digits(parts.tm_sec)) GMT"
    }
}
