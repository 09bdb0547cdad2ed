import AsyncHTTPClient
import Cryptography
import Distributions
import Foundation
import LinkToken
import Marketo
import MarketoStandIn
import Synchronization
import TestSupport

/// A time that passes only while someone waits, for client and server alike.
final class StillClock: Sendable {
    private let time = Mutex(Duration.zero)

    var now: Duration { time.withLock { $0 } }
    var waited: Duration { now }

    func pass(_ duration: Duration) { time.withLock { $0 += duration } }

    var clock: MarketoClock {
        MarketoClock(
            now: { self.now },
            sleep: {
                try Task.checkCancellation()
                self.pass($0)
            })
    }
}

/// A stand-in, a client of it, and a workspace.
struct Setting: Sendable {
    let standIn: MarketoStandIn
    let client: MarketoClient
    let time: StillClock
    let directory: TemporaryDirectory
    let workspace: Workspace
    let now = UnixTime(rawValue: 1_795_504_687)

    var contacts: ContactLibrary { workspace.contacts }

    func fetch(_ fields: [String] = [], list: Int = 1001) async throws -> LeadFetch {
        LeadFetch(of: try await client.list(id: list), fields: try LeadFields(fields), from: client, at: now)
    }

    /// The smart list, which has the leads of the static one.
    func export(
        _ fields: [String] = [], waiting: (@Sendable (String) -> Void)? = nil
    ) async throws -> LeadFetch {
        LeadFetch(
            of: try await client.smartList(id: 2001), fields: try LeadFields(fields), from: client, at: now,
            waiting: waiting)
    }

    /// The external data references of a list's contacts, each as often as it is there.
    func references(_ name: String) throws -> [Int] {
        try stored(name).map { Int($0.externalDataReference) ?? 0 }.sorted()
    }

    func stored(_ name: String) throws -> [Contact] {
        var stored: [Contact] = []
        try contacts.forEachContact(of: contacts.list(named: name)) { (contact) throws(DistributionsError) in
            stored.append(contact)
            return true
        }
        return stored
    }

    /// The files that fetches keep, but for their locks.
    func spools() throws -> [String] {
        let fetches = workspace.dataDirectory + "/fetches"
        return try FileManager.default.subpathsOfDirectory(atPath: fetches).filter { !$0.hasSuffix(".lock") }
            .map { fetches + "/" + $0 }
    }

    /// - Parameter secondsPerCall: how long each call takes, by the still clock.
    static func run(
        leads: Int = 700, seed: UInt64 = 1, backoff: Backoff = .standard, timeout: Duration = .seconds(30),
        secret: String? = nil, secondsPerCall: Int = 0, _ body: @Sendable (Setting) async throws -> Void
    ) async throws {
        let time = StillClock()
        var instance = Instance(
            lists: [.init(id: 1001, name: "Q4 customers", leads: Array(1..<(1 + leads)))], seed: seed)
        instance.smartLists = [.init(id: 2001, name: "Promoters", leads: Array(1..<(1 + leads)))]
        instance.onCall = { _ in time.pass(.seconds(secondsPerCall)) }
        let seconds = { @Sendable in time.now / .seconds(1) }
        try await MarketoStandIn.serve(instance, now: seconds) { [instance] (standIn) in
            let http = MarketoClient.makeHTTPClient()
            let directory = TemporaryDirectory()
            let client = MarketoClient(
                MarketoCredentials(
                    endpoint: try MarketoEndpoint(standIn.endpoint), clientID: instance.clientID,
                    clientSecret: SecretBytes(copying: Array((secret ?? instance.clientSecret).utf8).span)),
                http: http, clock: time.clock, backoff: backoff, timeout: timeout)
            do {
                try await body(
                    Setting(
                        standIn: standIn, client: client, time: time, directory: directory,
                        workspace: try Workspace.create(in: directory.root)))
            } catch {
                try? await http.shutdown()
                throw error
            }
            try await http.shutdown()
        }
    }
}
