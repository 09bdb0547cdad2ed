import Cryptography
import Distributions
import Hummingbird
import LinkToken
import Trust

/// The keys, the bundle, and the edges that run it.
extension ConsoleService {
    func showKeys(_ call: Call) async throws -> Response {
        let keyring = try workspace.keyring()
        let bundle = try? workspace.publishedBundle(keyring).bundle
        let reports = await EdgeReport.ask(configuration.edges, client: edgeClient)
        let sequence = bundle?.sequence ?? 0
        return page(
            "keys", "Keys", in: .settings,
            [
                "keys": keyring.keys.map { (key) in
                    [
                        "id": key.id.description, "algorithm": key.algorithm.rawValue, "state": key.state.rawValue,
                        "age": Self.age(since: key.createdAt, at: call.now), "created": key.createdAt.short,
                        "since": key.changedAt.short, "published": key.publishedAt?.short ?? "not yet",
                        "place": keyring.hasPrivateKey(key.id) ? "here" : "elsewhere",
                        "meaning": Self.meaning(of: key.state),
                    ] as [String: Any]
                },
                "hasBundle": bundle != nil, "sequence": sequence, "issued": bundle?.issuedAt.short ?? "",
                "nextUpdate": bundle?.nextUpdate.short ?? "",
                "distributions": grouped(bundle?.distributions.count ?? 0),
                "isOverdue": bundle.map { $0.freshness(at: call.now) != .current } ?? false,
                "hasEdges": !configuration.edges.isEmpty,
                "edges": reports.map { (report) in
                    [
                        "address": report.edge, "sequence": report.sequence.map(String.init) ?? "unknown",
                        "isUpToDate": report.sequence == sequence,
                        "state": Self.sentence(report.standing(beside: sequence)),
                    ] as [String: Any]
                },
                "message": Self.note(of: call.query), "hasMessage": !Self.note(of: call.query).isEmpty,
            ], for: call.session)
    }

    /// Says what rotating would do, and asks.
    func showRotation(_ call: Call) throws -> Response {
        let keyring = try workspace.keyring()
        let hasPending = keyring.keys.contains { $0.state == .pending && $0.publishedAt != nil }
        return page(
            "rotation", "Rotate the keys", in: .settings,
            ["isSecondStep": hasPending, "isFirstStep": !hasPending], for: call.session)
    }

    /// Rotates as far as is safe, and publishes, which is what the next step waits for.
    func rotate(_ call: Call) throws -> Response {
        var keyring = try workspace.keyring()
        let rotation = try keyring.rotate(passphrase: configuration.passphrase, at: call.now)
        let (outcome, key): (String, KeyID) =
            switch rotation {
            case .rotated(_, let to, _): ("rotated", to)
            case .awaitingPublication(let id): ("waiting", id)
            case .settling(let id, _): ("settling", id)
            case .notDue(let id, _): ("settling", id)
            }
        try record(.rotated, call, name: key.description, detail: outcome)
        let sequence = try publishChange(at: call.now)
        return .seeOther("/keys?done=\(outcome)" + (sequence == nil ? "&published=no" : ""))
    }

    func publish(_ call: Call) throws -> Response {
        let sequence = try publishChange(at: call.now)
        if let sequence { try record(.published, call, detail: "bundle \(sequence)") }
        return .seeOther("/keys?done=published" + (sequence == nil ? "&published=no" : ""))
    }

    private static func age(since time: UnixTime, at now: UnixTime) -> String {
        let seconds = now.rawValue > time.rawValue ? now.rawValue - time.rawValue : 0
        switch seconds {
        case ..<3600: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3600) h"
        default: return "\(seconds / 86400) days"
        }
    }

    private static func meaning(of state: KeyState) -> String {
        switch state {
        case .pending: "will sign after the next rotation"
        case .signing: "signs new links"
        case .verifying: "signs no new links; those it signed still work"
        case .retired: "the links it signed no longer work"
        case .revoked: "was stolen, so the links it signed no longer work"
        }
    }

    private static func note(of query: FormFields) -> String {
        let text =
            switch query["done"] {
            case "rotated": "Links are signed with the next key from now on."
            case "waiting":
                "The next key is published. Once edges have it, in five minutes, rotate again to sign with it."
            case "settling": "Edges may not all know the next key yet. Rotate again in a few minutes."
            case "published": "The bundle is published."
            default: ""
            }
        guard !text.isEmpty, query["published"] == "no" else { return text }
        return (query["done"] == "published" ? "" : text + " ") + sentence(unpublished)
    }
}
