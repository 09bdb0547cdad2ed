import AsyncHTTPClient
import Cryptography
import Fetching
import Files
import Trust

extension BundleFollower {
    /// Checks the source as ``open(_:pinned:record:interval:preparesKeys:client:clock:logger:)`` does, without putting
    /// the bundle in force or recording it.
    ///
    /// - Parameters:
    ///   - source: the file or URL of the bundle.
    ///   - pinned: the root key whose bundles are trusted.
    ///   - path: where the edge records what it has accepted, beside its consumption log.
    ///   - client: the HTTP client for a URL.
    /// - Returns: nil if an edge would start from the source's bundle; otherwise why it would fall back on the bundle
    ///   that it accepted last.
    /// - Throws: ``BundleRefusal`` if an edge would not start.
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
                throw .unrecorded(FileError("write", record.path, errno: errno))
            }
            return nil
        } catch {
            guard recorded.bundle != nil else { throw error }
            return error
        }
    }
}
