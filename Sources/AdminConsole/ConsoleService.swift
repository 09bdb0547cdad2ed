import AsyncHTTPClient
import Consumption
import Cryptography
import Distributions
import Fetching
import HTTPTypes
import Hummingbird
import LinkToken
import Logging
import Trust

/// What the pages work with. Each page is an extension of its own.
struct ConsoleService: Sendable {
    /// For pages, which say that the workspace is busy instead of waiting for long.
    let workspace: Workspace
    /// For jobs, which wait as long as it takes.
    let jobWorkspace: Workspace
    let files: ConsoleFiles
    let configuration: Console.Configuration
    let clock: @Sendable () -> UnixTime
    let logger: Logger
    let templates: PageTemplates
    let sessions = Sessions()
    let pendingSignIns = PendingSignIns()
    let passwords: PasswordCheck
    let limiter = SignInLimiter()
    let signInKey: HMACSHA256
    let audit: AuditTrail
    let jobs = Jobs()
    let ledger: UseLedger
    let uploads: Uploads
    let edgeClient: HTTPClient
    let requestThreads = WorkerThreads(32)
    let downloadThreads = WorkerThreads(WorkerThreads.coreCount + 6)

    init(
        workspace: Workspace, files: ConsoleFiles, configuration: Console.Configuration,
        clock: @escaping @Sendable () -> UnixTime, logger: Logger
    ) throws {
        jobWorkspace = workspace
        var impatient = workspace
        impatient.patience = .seconds(3)
        self.workspace = impatient
        self.files = files
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        templates = PageTemplates.standard
        passwords = PasswordCheck(files)
        signInKey = try HMACSHA256(key: SecretBytes(randomCount: 32))
        audit = try AuditTrail(files.auditTrail)
        ledger = UseLedger(configuration.accounts ?? UseAccounts(of: workspace))
        uploads = Uploads(files)
        edgeClient = try FetchClient.trusting(configuration.caFile)
    }

    /// The names that the console answers to.
    var hosts: Set<String> {
        Set(["127.0.0.1", "localhost", "[::1]", configuration.host].map { RequestOrigin.host(of: $0) })
            .union(proxyHosts)
    }

    /// Those of the proxy in front.
    var proxyHosts: Set<String> { Set(configuration.hostNames.map { RequestOrigin.host(of: $0) }) }

    func close() async {
        await jobs.close()
        files.removeUploads()
    }

    /// Every page and action; there are no others.
    var routes: [Route] {
        [
            .get("/assets/style.css", for: .everyone) { _ in .asset(Assets.style, "text/css; charset=utf-8") },
            .get("/assets/console.js", for: .everyone) { _ in .asset(Assets.script, "text/javascript; charset=utf-8") },
            .get("/assets/icon.svg", for: .everyone) { _ in .asset(Assets.icon, "image/svg+xml") },
            .get("/sign-in", for: .everyone, showSignIn),
            .post("/sign-in", for: .everyone, signIn),
            .post("/sign-in/provider", for: .everyone, beginProviderSignIn),
            .get(Self.providerPath, for: .everyone, finishProviderSignIn),
            .post("/sign-out", for: .everyone, signOut),
            .get("/signed-in", for: .viewer, showSignedIn),
            .get("/session.json", for: .viewer, describeSession),
            .get("/sessions", for: .viewer, showSessions),
            .post("/sessions/end", for: .viewer, endSession),
            .get("/", for: .viewer, showDistributions),
            .get("/counts.json", for: .viewer, counts),
            .get("/distributions/{distribution}", for: .viewer, showDistribution),
            .get("/distributions/{distribution}/links.csv", for: .editor) { try await download($0, .links) },
            .get("/distributions/{distribution}/statuses.csv", for: .editor) { try await download($0, .statuses) },
            .get("/distributions/{distribution}/end", for: .editor, showEnding),
            .post("/distributions/{distribution}/end", for: .editor, end),
            .get("/distributions/{distribution}/delete", for: .editor, showDeletion),
            .post("/distributions/{distribution}/delete", for: .editor, delete),
            .get("/distributions/{distribution}/links/{serial}", for: .editor, showLink),
            .get("/distributions/{distribution}/links/{serial}/qr.svg", for: .editor, drawLink),
            .post("/distributions/{distribution}/links/{serial}/revoke", for: .editor, revoke),
            .get("/generate", for: .editor, showGenerate),
            .post("/generate", for: .editor, redrawing: ("action", "preview"), generate),
            .post("/generate/preview", for: .editor, preview),
            .get("/jobs/{job}", for: .editor, showJob),
            .get("/jobs/{job}/progress.json", for: .editor, jobProgress),
            .get("/contacts", for: .editor, showLists),
            .get("/contacts/list", for: .editor, showList),
            .post("/contacts/remove", for: .editor, removeList),
            .post("/contacts/upload", for: .editor, body: .upload, upload),
            .get("/contacts/uploads/{upload}", for: .editor, showUpload),
            .post("/contacts/uploads/{upload}", for: .editor, redrawing: ("action", "check"), importUpload),
            .post("/contacts/dummies", for: .editor, makeDummies),
            .get("/settings", for: .admin, showSettings),
            .post("/settings", for: .admin, saveSettings),
            .get(Self.sampleSurveyPath, for: .everyone, showSampleSurvey),
            .get("/keys", for: .admin, showKeys),
            .get("/keys/rotate", for: .admin, showRotation),
            .post("/keys/rotate", for: .admin, rotate),
            .post("/keys/publish", for: .admin, publish),
            .get("/audit", for: .admin, showAudit),
        ] + distributionRoutes + listRoutes + configuration.sources.open.flatMap { routes(of: $0) }
    }

    /// What answers a path, with the words of the path that have names.
    func route(
        _ method: HTTPRequest.Method, _ words: [String]
    ) -> (route: Route, parameters: [String: String])? {
        for route in routes where route.method == method {
            if let parameters = route.parameters(of: words) { return (route, parameters) }
        }
        return nil
    }

    // MARK: What several pages do

    func distribution(of call: Call) throws -> Distribution {
        guard let id = DistributionID(call.parameters["distribution"] ?? "") else { throw ConsoleRefusal.noSuchPage }
        do throws(DistributionsError) {
            return try workspace.distributions.distribution(id)
        } catch {
            switch error {
            case .notFound: throw ConsoleRefusal.noSuchPage
            default: throw error
            }
        }
    }

    func uses(of distribution: Distribution, at now: UnixTime) async throws -> DistributionHistory {
        try await ledger.uses(of: workspace.distributions.all(), at: now)[distribution.id]
            ?? DistributionHistory()
    }

    /// The key that a distribution's links are minted with again.
    func key(of distribution: Distribution) throws -> PrivateKey {
        try workspace.distributions.key(
            for: distribution, in: workspace.keyring(), passphrase: configuration.passphrase)
    }

    /// Publishes what was changed, where the root key is here.
    func publishChange(at now: UnixTime) throws -> UInt64? {
        try workspace.publishIfPossible(workspace.keyring(), passphrase: configuration.passphrase, at: now)?
            .bundle.bundle.sequence
    }

    func record(
        _ what: AuditTrail.Action, _ call: Call, _ distribution: Distribution? = nil, name: String? = nil,
        detail: String? = nil
    ) throws {
        try record(
            what, by: call.user, from: call.origin.address, distribution: distribution?.id,
            name: name ?? distribution?.name, detail: detail)
    }

    func record(
        _ what: AuditTrail.Action, by user: String, from address: String, distribution: DistributionID? = nil,
        name: String? = nil, detail: String? = nil
    ) throws {
        try audit.record(
            AuditTrail.Entry(
                at: clock().description, who: user, from: address, what: what,
                distribution: distribution?.description, name: name, detail: detail))
    }
}
