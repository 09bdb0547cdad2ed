/// Brings the contacts of one list: of a file, or of a ``ContactListSource``.
///
/// ```swift
/// let supplier = try await source.supplier(of: .name("Q4 customers", .static), fields: ["company"], at: now)
/// let (list, report) = try await workspace.contacts.importList(from: supplier, name: "Customers", at: now)
/// ```
///
/// A supplier brings its contacts as a table; the library reads that as it reads every contact file. Services write it
/// with ``ContactTableWriter``, which continues where an earlier call was interrupted.
public protocol ContactSupplier: Sendable {
    associatedtype Failure: Error

    /// What fetches the same list again, kept in the list's record. Nil when nothing does.
    var origin: ContactListOrigin? { get }

    /// Brings all contacts.
    ///
    /// - Parameters:
    ///   - directory: a place of this origin's own, which stays after an error and is removed after the import. It need
    ///     not be there yet.
    ///   - progress: called now and then with the number of contacts so far.
    func contacts(
        in directory: String, progress: ContactLibrary.ContactProgress?
    ) async throws(Failure) -> ContactFile
}

/// Which list of which service the contacts of a list are.
public struct ContactListOrigin: Hashable, Sendable, Codable {
    /// The service's name, such as `marketo`.
    public let service: String
    /// Which of the service's instances, by its address: another one has other lists under the same IDs. Nil for a list
    /// that was fetched before this was kept.
    public let instance: String?
    /// What the service knows its list by.
    public let id: String
    /// What the service calls the list.
    public let name: String
    /// The service's names of the fields that become embedded data.
    public let fields: [String]

    public init(service: String, instance: String?, id: String, name: String, fields: [String]) {
        self.service = service
        self.instance = instance
        self.id = id
        self.name = name
        self.fields = fields
    }
}

/// A CSV file brings itself, and a person exports it anew.
extension ContactFile: ContactSupplier {
    public var origin: ContactListOrigin? { nil }

    public func contacts(in directory: String, progress: ContactLibrary.ContactProgress?) -> ContactFile { self }
}
