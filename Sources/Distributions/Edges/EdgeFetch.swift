import Consumption
import ConsumptionLog
import Files
import Glibc
import LinkToken

extension EdgeRegistry {
    /// Fetches what an edge has recorded since the last time, and records how far that got.
    ///
    /// Each page is durable before the next is requested, and the copy itself says where to continue. So no event is
    /// lost or doubled when either side is killed. If the edge has a different log than before, that log is fetched from
    /// its beginning into a second file, which replaces the copy when it is complete.
    ///
    /// - Parameters:
    ///   - edge: the edge.
    ///   - source: reads the edge's log.
    ///   - deadline: when to stop even if there is more; nil for never.
    ///   - clock: the wall clock.
    /// - Returns: the recorded state of the edge.
    /// - Throws: ``DistributionsError`` if that state could not be recorded.
    public func fetch(
        _ edge: RemoteEdge, from source: some EdgeLogSource, until deadline: ContinuousClock.Instant? = nil,
        clock: @Sendable () -> UnixTime
    ) async throws(DistributionsError) -> EdgeStanding {
        let lock: FileLock
        do throws(DistributionsError) {
            lock = try self.lock(edge.name)
        } catch .busy {
            var standing = try standing(of: edge)
            (standing.failure, standing.failedAt) = (EdgeFetchError.workspace(.busy).description, clock())
            return standing
        }
        defer { withExtendedLifetime(lock) {} }
        var standing = try standing(of: edge)
        do throws(EdgeFetchError) {
            try await fetch(edge.name, from: source, until: deadline, clock, &standing)
            (standing.failure, standing.failedAt) = (nil, nil)
        } catch {
            (standing.failure, standing.failedAt) = (error.description, clock())
        }
        try StoredDocument.write(standing, to: standingPath(of: edge.name))
        return standing
    }

    private func fetch(
        _ name: String, from source: some EdgeLogSource, until deadline: ContinuousClock.Instant?,
        _ clock: @Sendable () -> UnixTime, _ standing: inout EdgeStanding
    ) async throws(EdgeFetchError) {
        let (current, incoming) = (path(of: name) + "/fetched.log", path(of: name) + "/incoming.log")
        var copy = try Self.open(incoming)
        var isIncoming = copy != nil
        if copy == nil { copy = try Self.open(current) }
        var restarts = 0
        while true {
            let askedAt = clock()
            switch try await source.page(after: copy?.position) {
            case .positionUnknown:
                restarts += 1
                guard copy != nil, restarts < 5 else { throw .unsettled }
                copy = nil
            case .page(let bytes, let end, let remaining):
                let grown: LogCopy
                do throws(ConsumptionError) {
                    if let copy {
                        try copy.append(bytes)
                        grown = copy
                    } else {
                        grown = try LogCopy.begin(at: incoming, with: bytes)
                        isIncoming = true
                    }
                } catch {
                    throw Self.failure(error)
                }
                copy = grown
                guard grown.position == end else {
                    throw .invalidAnswer(reason: "its length is not the one that it states")
                }
                if remaining == 0 {
                    if isIncoming { try replace(current, with: grown, of: name, at: clock(), &standing) }
                    (standing.asOf, standing.events) = (askedAt, grown.position.records)
                    return
                }
                guard !bytes.isEmpty else { throw .invalidAnswer(reason: "it says that more follows, but it is empty") }
                if !isIncoming { standing.events = grown.position.records }
                if let deadline, ContinuousClock.now > deadline { throw .unfinished(remaining: remaining) }
            }
        }
    }

    /// A copy that can't be read is fetched anew.
    private static func open(_ path: String) throws(EdgeFetchError) -> LogCopy? {
        do throws(ConsumptionError) {
            return try LogCopy.open(at: path)
        } catch {
            switch error {
            case .notALog, .headerDamaged, .damaged: return nil
            default: throw .copy(error)
            }
        }
    }

    private static func failure(_ error: ConsumptionError) -> EdgeFetchError {
        switch error {
        case .damaged(_, let damage): .invalidAnswer(reason: "event at offset \(damage.offset): \(damage.reason)")
        case .notALog, .headerDamaged: .invalidAnswer(reason: "it does not begin as a log does")
        default: .copy(error)
        }
    }

    /// Puts a complete log into the place of the copy. What was started or finished by the old one, and the new one does not
    /// know of, is kept beside it: an edge whose log was lost must not have people asked again who have answered.
    private func replace(
        _ current: String, with copy: LogCopy, of name: String, at now: UnixTime, _ standing: inout EdgeStanding
    ) throws(EdgeFetchError) {
        if access(current, F_OK) == 0, try !Self.covers(copy, current) {
            // It has both names until the new file takes one over: a crash in between loses nothing, and the same events count
            // once however often they are read.
            var number = 1
            while case let kept = path(of: name) + "/fetched-\(number).log", link(current, kept) != 0 {
                guard errno == EEXIST else {
                    throw .workspace(.file(FileError("create", kept, errno: errno)))
                }
                number += 1
            }
            standing.replacedAt = now
        }
        do { try copy.rename(to: current) } catch { throw .copy(error) }
    }

    /// A copy that can't be read any more has nothing to be kept.
    private static func covers(_ copy: LogCopy, _ path: String) throws(EdgeFetchError) -> Bool {
        do throws(ConsumptionError) {
            return try copy.covers(path)
        } catch {
            switch error {
            case .notALog, .headerDamaged, .damaged: return true
            default: throw .copy(error)
            }
        }
    }
}
