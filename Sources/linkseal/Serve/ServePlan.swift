import BundleFollowing
import Consumption
import ConsumptionLog
import ConsumptionPostgres
import Cryptography
import Distributions
import EdgeService
import Fetching
import FoundationEssentials
import Glibc
import HTTPServer
import LinkToken
import Trust

/// What the settings come to: each part is read and parsed here, when the edge starts and when it is only checked.
struct ServePlan {
    let settings: ServeSettings
    let environment: [String: String]

    /// Where to listen: as told, or else at the sockets that systemd passed, or else at port 8080 of this machine.
    func listeners() throws -> [ListenAddress] {
        let passed = try SystemdSockets(environment: environment)
        guard !settings.listen.isEmpty else {
            return passed.isEmpty ? [.tcp(host: "127.0.0.1", port: 8080)] : try passed.listeners()
        }
        return try Self.addresses(settings.listen, passed)
    }

    func operationsListeners() throws -> [ListenAddress] {
        try Self.addresses(settings.operationsListen, SystemdSockets(environment: environment))
    }

    private static func addresses(_ options: [ListenOption], _ passed: SystemdSockets) throws -> [ListenAddress] {
        try options.flatMap { (option) in
            switch option {
            case .address(let address): [address]
            case .systemd(let name): try passed.listeners(named: name)
            }
        }
    }

    func tls() throws -> TLSCertificate? {
        switch (settings.tlsCert, settings.tlsKey) {
        case (let certificate?, let key?): try TLSCertificate(certificateFile: certificate, keyFile: key)
        case (nil, nil): nil
        default: throw CommandError("--tls-cert and --tls-key go together")
        }
    }

    struct Files {
        let bundle, rootKey, sessionKey, log: String
    }

    /// Those that were named, or else the workspace's. Without a log, its name is still where the edge keeps its record
    /// of accepted bundles.
    func files() throws -> Files {
        if let bundle = settings.bundle {
            guard let rootKey = settings.rootKey, let sessionKey = settings.sessionKey,
                settings.log != nil || settings.shared.store != nil
            else {
                throw CommandError("--bundle goes with --root-key, --session-key, and --log or --store")
            }
            return Files(
                bundle: bundle, rootKey: rootKey, sessionKey: sessionKey, log: settings.log ?? "linkseal-edge")
        }
        let workspace = try settings.workspace.open()
        let keys = workspace.keyringDirectory
        return Files(
            bundle: workspace.bundlePath, rootKey: settings.rootKey ?? keys + "/root.pub.pem",
            sessionKey: settings.sessionKey ?? keys + "/session.key",
            log: settings.log ?? workspace.consumptionLogPath)
    }

    func rootKey(_ files: Files) throws -> PublicKey { try PublicKey(contentsOf: files.rootKey) }

    func sessions(_ files: Files) throws -> SessionKeyring {
        try SessionKeyring(current: SecretFile.read(files.sessionKey))
    }

    func defaultSurveyURL() throws -> SurveyURLTemplate? {
        try settings.defaultSurveyURL.map { (text) throws(SurveyURLTemplateError) in try SurveyURLTemplate(text) }
    }

    func pages() throws -> PageCatalog {
        try settings.pages.map { (path) throws(PageDirectoryError) in try PageCatalog(directory: path) } ?? .standard
    }

    /// The key that the log may be read with.
    func consumptionKey() throws -> BearerKey? {
        guard let path = settings.consumptionKeyFile else { return nil }
        guard !settings.operationsListen.isEmpty else {
            throw CommandError(
                "--consumption-key-file goes with --operations-listen, the only place where the log can be read")
        }
        return try BearerKey(contentsOf: path)
    }

    /// - Parameter log: what the edge records in, where that is a file.
    func edgeConfiguration(log: ConsumptionLog?) throws -> Edge.Configuration {
        Edge.Configuration(
            listeners: try listeners(), operationsListeners: try operationsListeners(),
            defaultSurveyURL: try defaultSurveyURL(), tls: try tls(),
            readsProxyProtocol: settings.proxyProtocol, trustedProxies: settings.trustedProxies.map(\.range),
            authAcceptsTokens: settings.authAcceptsTokens, pages: try pages(),
            export: try consumptionKey().map { ConsumptionExport(key: $0, log: log) })
    }
}

extension ServePlan {
    /// The defaults of settings whose default depends on the workspace.
    var standards: [String: String] {
        var standards = ["workspace": settings.workspace.root]
        standards["listen"] = try? listeners().map(\.description).joined(separator: " ")
        guard let files = try? files() else { return standards }
        standards["bundle"] = files.bundle
        standards["root-key"] = files.rootKey
        standards["session-key"] = files.sessionKey
        if settings.shared.store == nil { standards["log"] = files.log }
        standards["poll-interval"] = (try? BundleSource(files.bundle)).map {
            Duration.seconds($0.standardInterval).text
        }
        return standards
    }
}
