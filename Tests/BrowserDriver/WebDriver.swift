import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationEssentialsCompat
import TestSupport

/// Debian's chromedriver as a child process, on a port of its own choosing.
public final class WebDriver: Sendable {
    private let process: ChildProcess
    private let directory: TemporaryDirectory
    private let endpoint: String

    /// It may take minutes until a busy machine has a browser.
    private static let patience = TimeAmount.seconds(300)

    /// - Throws: ``WebDriverError`` when it does not start.
    public init() async throws {
        directory = TemporaryDirectory()
        var said = ""
        // It exits when the port that it chose for IPv4 is somebody's for IPv6.
        for attempt in 1...6 {
            let process = try ChildProcess("chromedriver", ["--port=0"], output: directory.path("output-\(attempt)"))
            let end = ContinuousClock.now.advanced(by: .seconds(30))
            while ContinuousClock.now < end {
                said = String(decoding: (try? directory.read("output-\(attempt)")) ?? [], as: UTF8.self)
                if let port = said.firstMatch(of: /started successfully on port ([0-9]+)/)?.1 {
                    self.process = process
                    endpoint = "http://127.0.0.1:\(port)"
                    return
                }
                if said.contains("Exiting") { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            process.send(SIGKILL)
            _ = await process.end()
        }
        throw WebDriverError(
            name: "not started", message: "chromedriver (Debian's chromium-driver) names no port: \(said)")
    }

    /// Ends it; it ends its browsers.
    public func stop() async {
        // It leaves SIGTERM unheard, and killing it alone would leave its browsers.
        _ = try? await send(.get, "/shutdown")
        process.send(SIGKILL)
        _ = await process.end()
    }

    /// Opens a headless browser with a profile of its own, runs the body in it, and closes it.
    ///
    /// - Parameters:
    ///   - language: the value of `Accept-Language`.
    ///   - waitsForPages: whether commands wait until a page has loaded. Without it, whatever asks nothing of a page can
    ///     be done meanwhile: navigating, and ``Browser/click(at:times:)``.
    public func browse<Value>(
        language: String = "en-US", waitsForPages: Bool = true, _ body: (Browser) async throws -> Value
    ) async throws -> Value {
        let options: JSON = [
            "args": [
                // Containers have no user namespaces for its sandbox, and a /dev/shm too small for it.
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
                "--disable-background-networking", "--window-size=1280,900", "--force-device-scale-factor=1",
            ],
            "prefs": ["intl.accept_languages": .string(language)],
        ]
        let capabilities: JSON = [
            "capabilities": [
                "alwaysMatch": [
                    "browserName": "chrome", "goog:chromeOptions": options,
                    "pageLoadStrategy": waitsForPages ? "normal" : "none",
                    "timeouts": ["pageLoad": 120_000, "script": 120_000, "implicit": 0],
                ]
            ]
        ]
        let session = try await send(.post, "/session", capabilities)["sessionId"].string
        let browser = Browser(driver: self, session: session)
        return try await always {
            _ = try? await send(.delete, "/session/\(session)")
        } after: {
            try await body(browser)
        }
    }

    /// A command of W3C WebDriver §6.1; gives its `value`.
    func send(_ method: Method, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        var request = HTTPClientRequest(url: endpoint + path)
        request.method = method == .get ? .GET : method == .delete ? .DELETE : .POST
        if method == .post {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(data: try JSONEncoder().encode(body ?? [:])))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: Self.patience)
        let bytes = try await response.body.collect(upTo: 64 << 20)
        let value = try JSONDecoder().decode(JSON.self, from: Data(bytes.readableBytesView))["value"]
        if response.status != .ok {
            throw WebDriverError(name: value["error"].string, message: value["message"].string)
        }
        return value
    }

    enum Method { case get, post, delete }
}

/// An error of W3C WebDriver §6.6.
public struct WebDriverError: Error, CustomStringConvertible {
    /// The error code, such as `no such element`.
    public var name: String
    public var message: String

    public init(name: String, message: String) {
        (self.name, self.message) = (name, message)
    }

    public var description: String { "\(name): \(message)" }
}
