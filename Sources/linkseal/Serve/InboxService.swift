import ConsumptionLog
import Logging
import ServiceLifecycle

/// Takes over what commands leave in the log's inbox while the edge has the log open.
struct InboxService: Service {
    private static let interval = Duration.seconds(2)

    let store: ConsumptionLog
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var problem: ConsumptionError?
            while !Task.isCancelled {
                problem = await look(after: problem)
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Takes over what is there.
    ///
    /// - Parameter known: why the last look failed, which is not logged again.
    /// - Returns: why this one failed.
    @discardableResult
    func look(after known: ConsumptionError? = nil) async -> ConsumptionError? {
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
            return nil
        } catch {
            if error != known { logger.error("could not take over what was left in the inbox: \(error)") }
            return error
        }
    }
}
