import Consumption
import ConsumptionLog
import Logging
import ServiceLifecycle

/// Takes over what commands leave in the log's inbox while the edge has the log open.
struct InboxService: Service {
    private static let interval = Duration.seconds(2)

    private let store: ConsumptionLog
    private let logger: Logger
    /// Why the last look failed, which is not logged again.
    private var problem: ConsumptionError?

    init(store: ConsumptionLog, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var service = self
            while !Task.isCancelled {
                await service.look()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Takes over what is there.
    mutating func look() async {
        do {
            for outcome in try await store.takeInbox() {
                switch outcome.result {
                case .success(let report):
                    logger.notice(
                        "took over what was left in the inbox",
                        metadata: [
                            "links": .stringConvertible(report.links), "added": .stringConvertible(report.added),
                            "changed": .stringConvertible(report.changed),
                        ])
                case .failure(let error):
                    logger.error("set a file of the inbox aside: \(error)", metadata: ["file": "\(outcome.file)"])
                }
            }
            problem = nil
        } catch {
            if error != problem { logger.error("could not take over what was left in the inbox: \(error)") }
            problem = error
        }
    }
}
