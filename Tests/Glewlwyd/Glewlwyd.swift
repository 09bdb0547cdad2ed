import Foundation
import TestSupport

/// A real OpenID Connect provider, in which anna is a survey editor and ben is not. It ends with the last reference to it.
package final class Glewlwyd: Sendable {
    package static let clientSecret = "client-secret-of-tests"

    package let port: Int
    private let directory = TemporaryDirectory()
    private let process: ChildProcess

    package var issuer: String { "http://127.0.0.1:\(port)/api/oidc" }

    /// What it signs with.
    package enum Keys: String, Sendable, CaseIterable {
        case rsa, ecdsa, eddsa
    }

    /// - Parameter redirectURI: the only one that it sends browsers to.
    package init(redirectURI: String, keys: Keys = .ecdsa) async throws {
        port = freePort()
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "glewlwyd.py").path
        _ = try await ChildProcess.output(of: "/usr/bin/python3", [script, "prepare", directory.root, "\(port)"])
        process = try ChildProcess(
            "glewlwyd", ["-c", directory.path("glewlwyd.conf")], in: directory.root, errors: directory.path("errors"))
        _ = try await ChildProcess.output(
            of: "/usr/bin/python3", [script, "fill", "\(port)", redirectURI, keys.rawValue])
    }

    deinit { process.send(SIGKILL) }
}
