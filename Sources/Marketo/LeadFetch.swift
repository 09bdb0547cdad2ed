import Cryptography
import Distributions
import FoundationEssentials
import LinkToken

/// Brings the leads of a static list, page by page.
///
/// Each page is durable before the next one is asked for, together with the token of that next one. After a cut, of the
/// connection for good, of the day's quota or of the process, the same fetch goes on with the page that was missing.
/// Leads that Marketo names twice, because the list changed while it was paged, come once.
public struct LeadFetch: ContactSupplier {
    public static let service = "marketo"

    public let list: MarketoList
    public let fields: LeadFields
    private let client: MarketoClient
    private let now: UnixTime
    private let progress: (@Sendable (_ leads: Int) -> Void)?

    /// How long after the last page a fetch goes on. Marketo does not say how long its page tokens are good.
    private static let patience: UInt32 = 6 * 3600

    /// - Parameter progress: told after each page how many leads have come.
    public init(
        of list: MarketoList, fields: LeadFields, from client: MarketoClient, at now: UnixTime,
        progress: (@Sendable (_ leads: Int) -> Void)? = nil
    ) {
        self.list = list
        self.fields = fields
        self.client = client
        self.now = now
        self.progress = progress
    }

    public var origin: ContactListOrigin? {
        ContactListOrigin(service: Self.service, id: String(list.id), name: list.name, fields: fields.chosen)
    }

    public func contacts(in directory: String) async throws(MarketoError) -> ContactFile {
        let file = ContactFile(directory + "/leads.csv", name: "the Marketo list \"\(list.name)\"")
        let path = directory + "/checkpoint.json"
        let checkpoint = FetchCheckpoint(resuming: path, at: now, patience: Self.patience)
        do {
            return try await fetch(to: file, checkpoint: checkpoint, at: path)
        } catch MarketoError.refused where checkpoint?.page != nil {
            // A page token that is good no more is a wrong request; so the list is fetched from its beginning.
            return try await fetch(to: file, checkpoint: nil, at: path)
        }
    }

    private func fetch(
        to file: ContactFile, checkpoint: FetchCheckpoint?, at path: String
    ) async throws(MarketoError) -> ContactFile {
        let table: ContactTableWriter
        var seen: Set<Int> = []
        do {
            table = try ContactTableWriter(
                file.path, embeddedNames: fields.embedded, keeping: checkpoint?.length ?? 0)
            if checkpoint != nil {
                var reader = try file.reader()
                while let entry = try reader.next() { seen.insert(Int(entry.contact.externalDataReference) ?? 0) }
            }
        } catch {
            throw .workspace(error)
        }
        var page = checkpoint?.page
        var isComplete = checkpoint?.isComplete ?? false
        while !isComplete {
            let (leads, next) = try await client.leads(of: list.id, fields: fields.requested, page: page)
            let length: Int
            do {
                try table.append(leads.filter { seen.insert($0.id).inserted }.map(fields.contact))
                length = try table.sync()
            } catch {
                throw .workspace(error)
            }
            page = next
            isComplete = next == nil
            try FetchCheckpoint(length: length, page: page, savedAt: now, isComplete: isComplete).save(to: path)
            progress?(seen.count)
        }
        return file
    }
}

/// How far a fetch has come.
private struct FetchCheckpoint: Codable {
    /// How many bytes of the file belong to whole pages.
    let length: Int
    /// The token of the page that follows.
    let page: String?
    /// When the fetch began that saved it.
    let savedAt: UnixTime
    let isComplete: Bool

    init(length: Int, page: String?, savedAt: UnixTime, isComplete: Bool) {
        self.length = length
        self.page = page
        self.savedAt = savedAt
        self.isComplete = isComplete
    }

    /// Nil where there is none, or none that can be gone on with.
    init?(resuming path: String, at now: UnixTime, patience: UInt32) {
        guard let bytes = try? Data(contentsOf: URL(filePath: path)),
            let saved = try? JSONDecoder().decode(FetchCheckpoint.self, from: bytes), saved.savedAt <= now,
            now < saved.savedAt.adding(seconds: patience)
        else { return nil }
        self = saved
    }

    func save(to path: String) throws(MarketoError) {
        do {
            try DurableFile.replace(path, Array(try JSONEncoder().encode(self)).span, mode: 0o600)
        } catch CryptographyError.file(let path, let operation, let errno) {
            throw .workspace(.file(path: path, operation: operation, errno: errno))
        } catch {
            throw .workspace(.cryptography(CryptographyFailure(error)))
        }
    }
}
