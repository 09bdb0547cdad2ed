import BundleFollowing
import Consumption
import ConsumptionLog
import ConsumptionPostgres
import EdgeService
import Fetching
import Glibc
import HTTPServer
import LinkToken
import Trust

/// What an edge with these settings would do if it were started now.
struct ServeCheck {
    struct Finding: Encodable {
        let setting, message: String
    }

    /// What keeps it from starting.
    private(set) var errors: [Finding] = []
    /// What it starts in spite of.
    private(set) var warnings: [Finding] = []

    /// Does what starting does, up to the point where something would be written, put in force or answered: files are
    /// read, a bundle's URL is fetched, the log is locked and the addresses are listened on for a moment.
    init(_ plan: ServePlan) async {
        for (setting, addresses) in [("listen", plan.listeners), ("operations-listen", plan.operationsListeners)] {
            guard let listeners = attempt(setting, addresses) else { continue }
            for fault in ListenAddress.faults(of: listeners) { refuse(setting, fault) }
        }
        attempt("consumption-key-file") { try plan.consumptionKey() }
        attempt("tls-cert") { try plan.tls() }
        attempt("default-survey-url") { try plan.defaultSurveyURL() }
        attempt("pages") { try plan.pages() }
        await checkStore(plan)
        guard let files = attempt("bundle", { try plan.files() }) else { return }
        attempt("session-key") { try plan.sessions(files) }
        if plan.settings.shared.store == nil { checkLog(files.log, mayBeNew: plan.settings.newLog) }
        let root = attempt("root-key") { try plan.rootKey(files) }
        let source = attempt("bundle") { try BundleSource(files.bundle) }
        let client = attempt("ca-file") { try FetchClient.trusting(plan.settings.caFile) }
        guard let root, let source, let client else { return }
        do throws(BundleRefusal) {
            if let refusal = try await BundleFollower.check(
                source, pinned: root, record: files.log + ".trust", client: client)
            {
                warn("bundle", "\(refusal); the edge would continue with the bundle that it accepted last")
            }
        } catch {
            refuse("bundle", error)
        }
    }

    private mutating func checkLog(_ path: String, mayBeNew: Bool) {
        attempt("log") { try ConsumptionLog.checkAccess(at: path, mode: mayBeNew ? .existingOrNew : .existing) }
        var status = stat()
        // Whatever the lock says, damage is worth knowing of.
        guard lstat(path, &status) == 0 else { return }
        attempt("log") { try LogReader(path: path).forEachEvent { (_) in } }
    }

    private mutating func checkStore(_ plan: ServePlan) async {
        #if PostgreSQL
            guard let address = attempt("store", { try plan.settings.shared.address() }), let address else { return }
            do throws(ConsumptionError) {
                let store = try await PostgresStore.open(address)
                if let failure = store.failure { warn("store", "\(failure)") }
                await store.close()
            } catch {
                refuse("store", error)
            }
        #else
            attempt("store") { try plan.settings.shared.refuse() }
        #endif
    }

    @discardableResult
    private mutating func attempt<Value>(_ setting: String, _ body: () throws -> Value) -> Value? {
        do {
            return try body()
        } catch {
            refuse(setting, error)
            return nil
        }
    }

    private mutating func refuse(_ setting: String, _ error: any Error) {
        errors.append(Finding(setting: setting, message: advised(error)))
    }

    private mutating func warn(_ setting: String, _ message: String) {
        warnings.append(Finding(setting: setting, message: message))
    }
}
