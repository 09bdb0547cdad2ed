import Consumption
import ConsumptionLog
import ConsumptionPostgres
import Distributions
import LinkToken

/// Where events of links go: a consumption log, which may be served meanwhile, or the store that edges share.
enum EventTarget: CustomStringConvertible {
    case log(path: String)
    #if PostgreSQL
        case store(StoreAddress)
    #endif

    /// - Parameter log: nil for that of the workspace.
    init(log: String?, store: StoreOptions, in workspace: WorkspaceOptions) throws {
        #if PostgreSQL
            if let address = try store.address() {
                self = .store(address)
                return
            }
        #else
            try store.refuse()
        #endif
        self = .log(path: try log ?? workspace.open().consumptionLogPath)
    }

    var description: String {
        switch self {
        case .log(let path): path
        #if PostgreSQL
            case .store: "the store"
        #endif
        }
    }

    /// - Returns: what was new there.
    func takeOver(_ histories: LinkHistories) async throws -> TakeOverReport {
        switch self {
        case .log(let path): try await ConsumptionLog.takeOver(histories, intoLogAt: path)
        #if PostgreSQL
            case .store(let address): try await withStore(address) { try await $0.takeOver(histories) }
        #endif
        }
    }

    /// What is known there.
    var accounts: UseAccounts {
        switch self {
        case .log(let path): UseAccounts(logs: [path])
        #if PostgreSQL
            case .store(let address): UseAccounts(storeAt: address)
        #endif
        }
    }

    /// Records finishes of links of these distributions, but for links that were finished there before.
    func record(_ finishes: [ResponseFinish], of distributions: [Distribution]) async throws -> FinishCounts {
        try await accounts.record(finishes, of: distributions) { try await takeOver($0) }
    }
}
