import Consumption
import ConsumptionLog
import Dispatch
import Glibc
import Logging
import ServiceLifecycle

/// Compacts the log whenever somebody sends SIGUSR1, as cron does at night.
struct CompactionOnSignal: Service {
    let store: ConsumptionLog
    let logger: Logger

    func run() async throws {
        await forEachSignal(SIGUSR1) {
            do {
                let report = try await store.compact()
                logger.notice(
                    "compacted the log",
                    metadata: [
                        "before": .stringConvertible(report.recordsBefore),
                        "after": .stringConvertible(report.recordsAfter),
                    ])
            } catch {
                logger.error("could not compact the log: \(error)")
            }
        }
    }
}

/// Reads files again whenever somebody sends SIGHUP, as service managers do to reload.
struct ReloadOnSignal: Service {
    let reload: @Sendable () -> Void

    func run() async throws {
        await forEachSignal(SIGHUP) { reload() }
    }
}

/// Runs the body once for the signals that have come since it ran last, until it is gracefully shut down.
private func forEachSignal(_ number: Int32, _ body: @escaping @Sendable () async -> Void) async {
    signal(number, SIG_IGN)
    let (signals, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler { continuation.yield() }
    source.resume()
    await cancelWhenGracefulShutdown {
        for await _ in signals { await body() }
    }
    source.cancel()
}
