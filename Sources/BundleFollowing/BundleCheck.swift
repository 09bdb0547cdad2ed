import AsyncHTTPClient
import Cryptography
import Fetching
import Files
import Trust

extension BundleFollower {
    /// Does what ``open(_:pinned:record:interval:preparesKeys:client:clock:logger:)`` does, but puts nothing in force and records nothing.
    ///
    /// - Parameter client: who asks, where the source is a URL.
    /// - Returns: why an edge would start from the bundle that it accepted last; nil where the source gives one.
    /// - Throws: ``BundleRefusal``, where an edge would not start.
    public static func check(
        _ source: BundleSource, pinned: PublicKey, record path: String, client: HTTPClient = FetchClient.system
    ) async throws(BundleRefusal) -> BundleRefusal? {
        try await check(
            fetcher: BundleFetcher(source, client: client), pinned: pinned, record: AcceptedBundleFile(path))
    }

    static func check(
        fetcher: BundleFetcher, pinned: PublicKey, record: AcceptedBundleFile
    ) async throws(BundleRefusal) -> BundleRefusal? {
        var fetcher = fetcher
        let recorded: (acceptance: BundleAcceptance, bundle: VerifiedBundle?)
        do throws(TrustError) {
            recorded = try record.read(pinned: pinned)
        } catch {
            throw .bundle(error)
        }
        do throws(BundleRefusal) {
            guard case .bytes(let bytes) = try await fetcher.fetch() else { return nil }
            do throws(TrustError) {
                if try recorded.acceptance.accepting(bytes.span) == nil { return nil }
            } catch {
                throw .bundle(error)
            }
            // The record is written to another file of the same directory first.
            if let errno = errnoOfCreating(record.path) {
                throw .unrecorded(FileError(path: record.path, operation: "write", errno: errno))
            }
            return nil
        } catch {
            guard recorded.bundle != nil else { throw error }
            return error
        }
    }
}
