import Distributions
import LinkToken

/// Brings the leads of a list: of a static one page by page, of a smart one as the file of a bulk extract.
///
/// Each page is durable before the next one is asked for, together with the token of that next one. After a cut, of the
/// connection for good, of the day's quota or of the process, the same fetch goes on with the page, or with the bytes of
/// the file, that were missing. Leads that Marketo names twice, because the list changed while it was paged, come once.
public struct LeadFetch: ContactSupplier {
    public let list: MarketoList
    public let fields: LeadFields
    private let client: MarketoClient
    private let now: UnixTime
    private let waiting: (@Sendable (_ status: String) -> Void)?

    /// How long after its start a fetch may be resumed: 36 hours, so that it gets past the midnight at which the daily
    /// quota is reset. Marketo keeps an export file for seven days, but by then the list has changed. It does not document
    /// how long its page tokens are valid; an expired one is detected.
    static let patience: UInt32 = 36 * 3600

    /// How many leads of a file are written at once.
    private static let batch = 1000

    /// - Parameters:
    ///   - list: the list whose leads are fetched.
    ///   - fields: the fields to fetch.
    ///   - client: the connection to Marketo.
    ///   - now: the current time, from which the limit of 36 hours counts.
    ///   - waiting: called with the status of a smart list's export job each time it has to be waited for.
    public init(
        of list: MarketoList, fields: LeadFields, from client: MarketoClient, at now: UnixTime,
        waiting: (@Sendable (_ status: String) -> Void)? = nil
    ) {
        self.list = list
        self.fields = fields
        self.client = client
        self.now = now
        self.waiting = waiting
    }

    public var origin: ContactListOrigin? {
        ContactListOrigin(
            service: MarketoSource.name, instance: client.credentials.endpoint.origin, id: list.reference.description,
            name: list.name, fields: fields.chosen)
    }

    public func contacts(
        in directory: String, progress: ContactLibrary.ContactProgress? = nil
    ) async throws(MarketoError) -> ContactFile {
        let file = ContactFile(directory + "/leads.csv", name: "the Marketo list \"\(list.name)\"")
        switch list.kind {
        case .static: return try await pages(in: directory, to: file, progress)
        case .smart: return try await export(in: directory, to: file, progress)
        }
    }

    // MARK: Smart lists

    private func export(
        in directory: String, to file: ContactFile, _ progress: ContactLibrary.ContactProgress?
    ) async throws(MarketoError) -> ContactFile {
        // Before the long way, since it locks the directory against another fetch.
        let table = try table(file, keeping: 0)
        let job = SmartListExport(list: list, fields: fields, client: client, now: now, waiting: waiting)
        var leads = try ExportedLeads(await job.file(in: directory), fields: fields)
        var seen: Set<Int> = []
        var batch: [Contact] = []
        while let next = try leads.next() {
            if seen.insert(next.lead).inserted { batch.append(next.contact) }
            guard batch.count == Self.batch else { continue }
            try write(batch, to: table)
            batch.removeAll(keepingCapacity: true)
            progress?(seen.count)
        }
        try write(batch, to: table)
        progress?(seen.count)
        return file
    }

    private func write(_ contacts: [Contact], to table: ContactTableWriter) throws(MarketoError) {
        do {
            try table.append(contacts)
        } catch {
            throw .workspace(error)
        }
    }

    private func table(_ file: ContactFile, keeping length: Int) throws(MarketoError) -> ContactTableWriter {
        do {
            return try ContactTableWriter(file.path, embeddedNames: fields.embedded, keeping: length)
        } catch {
            throw .workspace(error)
        }
    }

    // MARK: Static lists

    private func pages(
        in directory: String, to file: ContactFile, _ progress: ContactLibrary.ContactProgress?
    ) async throws(MarketoError) -> ContactFile {
        let path = directory + "/checkpoint.json"
        let checkpoint = FetchCheckpoint(resuming: path, at: now, patience: Self.patience)
        do {
            return try await fetch(to: file, checkpoint: checkpoint, at: path, progress)
        } catch MarketoError.refused where checkpoint?.page != nil {
            // A page token that is good no more is a wrong request; so the list is fetched from its beginning.
            return try await fetch(to: file, checkpoint: nil, at: path, progress)
        }
    }

    private func fetch(
        to file: ContactFile, checkpoint: FetchCheckpoint?, at path: String,
        _ progress: ContactLibrary.ContactProgress?
    ) async throws(MarketoError) -> ContactFile {
        let table = try table(file, keeping: checkpoint?.length ?? 0)
        var seen: Set<Int> = []
        do {
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
            try saveDocument(
                FetchCheckpoint(length: length, page: page, savedAt: now, isComplete: isComplete), to: path)
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
        guard let saved: FetchCheckpoint = savedDocument(path), saved.savedAt <= now,
            now < saved.savedAt.adding(seconds: patience)
        else { return nil }
        self = saved
    }
}
