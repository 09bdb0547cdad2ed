import Fetching
import Foundation
import Testing
import Trust

@testable import BundleFollowing

/// What an operator is told where no bundle comes: the address, and what is wrong, in words.
@Suite(.timeLimit(.minutes(10))) struct FetchFailureTests {
    private func failure(_ url: String) async throws -> String {
        var fetcher = BundleFetcher(try BundleSource(url), limits: .patient)
        do {
            _ = try await fetcher.fetch()
            return "a bundle came"
        } catch {
            #expect(error.isFetchFailure)
            return error.description
        }
    }

    /// No name of a type or a case of Swift, and no address of a source file.
    private func expectWords(_ text: String) {
        #expect(text.firstMatch(of: /[a-z][A-Z]|\w\(|\.swift|errno|error set/) == nil, "\(text)")
    }

    @Test func `a server that is not there`() async throws {
        let server = LoopbackServer { (_, _) in }
        server.stop()
        let text = try await failure(server.url)
        #expect(text == "the trust bundle can't be fetched from \(server.url): Connection refused")
    }

    @Test func `a name that has no address`() async throws {
        let text = try await failure("http://nowhere.invalid/b")
        #expect(text.contains("http://nowhere.invalid/b: the name nowhere.invalid can't be resolved"))
        expectWords(text.replacing("the trust bundle can't be fetched from http://nowhere.invalid/b", with: ""))
    }

    @Test func `a server that speaks no TLS`() async throws {
        let server = LoopbackServer(isImpatient: true) { (connection, _) in
            connection.respond("400 Bad Request")
            connection.waitForClose()
        }
        let text = try await failure(server.url.replacing("http://", with: "https://"))
        #expect(text.contains("https://127.0.0.1:\(server.port)/bundle.json: "))
        #expect(text.contains("TLS"))
        expectWords(text.replacing("TLS", with: ""))
    }

    @Test func `a server that speaks no HTTP`() async throws {
        let server = LoopbackServer { (connection, _) in connection.send("220 mail.example ESMTP\r\n\r\n") }
        let text = try await failure(server.url)
        #expect(text.hasSuffix("the server's answer is not HTTP"), "\(text)")
    }

    @Test func `a server that resets the connection, or closes it`() async throws {
        let reset = LoopbackServer { (connection, _) in
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection.descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        }
        let closed = LoopbackServer { (connection, _) in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        }
        for server in [reset, closed] {
            let text = try await failure(server.url)
            #expect(text.contains(server.url))
            expectWords(text)
        }
    }

    @Test func `a status, and a redirect`() async throws {
        let missing = LoopbackServer { (connection, _) in connection.respond("404 Not Found") }
        #expect(try await failure(missing.url).hasSuffix("\(missing.url): the server answers with the status 404"))
        let moved = LoopbackServer { (connection, _) in connection.respond("301 Moved", headers: ["Location: /x"]) }
        #expect(try await failure(moved.url).contains("redirects (status 301)"))
    }

    @Test(
        arguments: [
            ("me:hunter2@", "Basic bWU6aHVudGVyMg=="), ("me@", "Basic bWU6"), ("%C3%BC:p%40%3A@", "Basic w7w6cEA6"),
        ])
    func `a user name and password are sent, and shown nowhere`(credentials: String, field: String) async throws {
        let server = LoopbackServer { (connection, _) in connection.respond("403 Forbidden") }
        let address = server.url.replacing("http://", with: "http://" + credentials) + "?key=hunter3"
        let text = try await failure(address)
        #expect(server.heads.count == 1)
        let head = try #require(server.heads.first)
        #expect(head.hasPrefix("GET /bundle.json?key=hunter3 HTTP/1.1\r\n"))
        #expect(head.contains("Authorization: \(field)\r\n"), "\(head)")
        #expect(head.lowercased().contains("\r\nhost: 127.0.0.1:\(server.port)\r\n"), "\(head)")
        #expect(!text.contains("hunter") && !text.contains("p%40"))
    }

    @Test func `the scheme counts in any case`() async throws {
        let server = LoopbackServer { (connection, _) in connection.respond("404 Not Found") }
        _ = try await failure(server.url.replacing("http://", with: "HTTP://"))
        #expect(server.heads.count == 1)
    }
}
