import ArgumentParser
import EdgeService
import HTTPServer
import Logging

/// What `linkseal serve` can be told: each by a flag, by the environment (`--tls-cert` is `LINKSEAL_TLS_CERT`), or by the
/// configuration file (`"tls-cert"`).
///
/// A new setting takes a property here, for its flag, and a line in ``all``, for its name in the other two.
struct ServeSettings: ParsableArguments {
    @OptionGroup var workspace: WorkspaceOptions

    @Option(
        help: ArgumentHelp(
            "HOST:PORT, unix:PATH or systemd[:NAME]; can be given again (default: the sockets that systemd passes, or else 127.0.0.1:8080).",
            valueName: "address"), transform: ListenOption.init)
    var listen: [ListenOption] = []

    @Option(
        help: ArgumentHelp(
            "HOST:PORT or unix:PATH where /metrics, /readyz, /openapi.json and /consumption are answered, and nowhere else; can be given again (default: wherever it listens).",
            valueName: "address"), transform: ListenOption.init)
    var operationsListen: [ListenOption] = []

    @Option(
        help: ArgumentHelp(
            "A file of mode 0600 with the key that `linkseal edges` reads the log with, at /consumption (default: nobody can).",
            valueName: "file"))
    var consumptionKeyFile: String?

    @Option(help: ArgumentHelp("The certificate chain in PEM, for TLS and HTTP/2 on TCP.", valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("The certificate's private key in PEM, of mode 0600 or 0640.", valueName: "file"))
    var tlsKey: String?

    @Flag(help: "Expect a PROXY header, version 1 or 2, at the beginning of every connection.")
    var proxyProtocol = false

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Networks whose X-Forwarded-For and PROXY headers are trusted, in addition to this machine.",
            valueName: "cidr"))
    var trustedProxies: [ProxyNetwork] = []

    @Option(
        help: ArgumentHelp(
            "The trust bundle: a file that is watched, or a URL that is polled.", valueName: "file-or-url"))
    var bundle: String?

    @Option(
        help: ArgumentHelp(
            "Additional certificate authorities for the bundle's server, in PEM.",
            valueName: "file"))
    var caFile: String?

    @Option(help: ArgumentHelp("The public root key that bundles must be signed with.", valueName: "file"))
    var rootKey: String?

    @Option(help: ArgumentHelp("The key that all edges issue sessions with, 32 bytes.", valueName: "file"))
    var sessionKey: String?

    @Option(help: ArgumentHelp("The consumption log; --new-log creates a missing one.", valueName: "file"))
    var log: String?

    @OptionGroup var shared: StoreOptions

    @Flag(help: "Create the log if it is missing. With an empty log every used link works again.")
    var newLog = false

    @Option(
        help: ArgumentHelp(
            "How often the bundle is checked for changes, such as 10s (default: 1s for a file, 30s for a URL).",
            valueName: "time"))
    var pollInterval: DurationArgument?

    @Option(
        help: ArgumentHelp(
            "How P-256 signatures are verified: with tables, made once for each key, in half the time; or by evp, OpenSSL's own function. Both accept the same signatures. (default: tables)",
            valueName: "method"))
    var verifyWith: VerificationMethod?

    @Option(
        help: ArgumentHelp(
            "The survey's address for distributions that the bundle doesn't have yet.", valueName: "template"))
    var defaultSurveyURL: String?

    @Flag(
        help: "Let /auth also accept the token of a link, started or not, and not only the session of a started link.")
    var authAcceptsTokens = false

    @Option(
        help: ArgumentHelp(
            "Your own style sheet, logo and translations for the pages.", valueName: "directory"))
    var pages: String?

    @Option(
        help: ArgumentHelp(
            "How log entries are written: text, or json, one object to a line. (default: text)", valueName: "format"))
    var logFormat: LineLogHandler.Format?

    @Option(
        help: ArgumentHelp("Minimum log level. Each request is info. (default: info)", valueName: "level"))
    var logLevel: LogLevel?

    func validate() throws {
        if pollInterval?.seconds == 0 { throw ValidationError("--poll-interval is at least 1s.") }
    }
}

extension ServeSettings {
    /// Every setting, in the order in which `--check` reports them.
    static var all: [Setting] {
        [
            .text("workspace", \.workspace.workspace),
            .list("listen", \.listen, parse: ListenOption.init),
            .list("operations-listen", \.operationsListen, parse: ListenOption.init),
            .text("consumption-key-file", \.consumptionKeyFile),
            .text("tls-cert", \.tlsCert),
            .text("tls-key", \.tlsKey),
            .flag("proxy-protocol", \.proxyProtocol),
            .list("trusted-proxies", \.trustedProxies, parse: ProxyNetwork.init(argument:)),
            .text("bundle", \.bundle),
            .text("ca-file", \.caFile),
            .text("root-key", \.rootKey),
            .text("session-key", \.sessionKey),
            .text("log", \.log),
            .text("store", \.shared.store),
            .flag("new-log", \.newLog),
            .value("poll-interval", \.pollInterval, parse: DurationArgument.init(argument:), text: \.duration.text),
            .choice("verify-with", \.verifyWith, standard: .tables),
            .text("default-survey-url", \.defaultSurveyURL),
            .flag("auth-accepts-tokens", \.authAcceptsTokens),
            .text("pages", \.pages),
            .choice("log-format", \.logFormat, standard: .text),
            .choice("log-level", \.logLevel, standard: .info),
        ]
    }
}

extension LineLogHandler.Format: ExpressibleByArgument {}

/// How signatures are verified.
enum VerificationMethod: String, ExpressibleByArgument, CaseIterable {
    case tables, evp
}

/// The minimum log level; the edge has no entries below these.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case info, notice, warning, error

    var level: Logger.Level {
        switch self {
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}

/// Where to listen, as it is written.
enum ListenOption: CustomStringConvertible, Sendable {
    case address(ListenAddress)
    /// The sockets that systemd passed: those of a name, or all.
    case systemd(name: String?)

    /// - Throws: ``MalformedListenAddress``.
    init(_ text: String) throws {
        if text == "systemd" {
            self = .systemd(name: nil)
        } else if text.hasPrefix("systemd:"), text != "systemd:" {
            self = .systemd(name: String(text.dropFirst("systemd:".count)))
        } else {
            self = .address(try ListenAddress(text))
        }
    }

    var description: String {
        switch self {
        case .address(let address): address.description
        case .systemd(let name): name.map { "systemd:\($0)" } ?? "systemd"
        }
    }
}

/// A network of proxies, as it is written.
struct ProxyNetwork: ExpressibleByArgument, CustomStringConvertible {
    let range: NetworkRange
    let description: String

    init?(argument: String) {
        guard let range = NetworkRange(argument) else { return nil }
        self.range = range
        description = argument
    }
}
