import Distributions

/// A list of leads in Marketo.
public struct MarketoList: Hashable, Sendable, Codable {
    public let kind: SourceListKind
    public let id: Int
    public let name: String
    public let programName: String?
    public let workspaceName: String?
    public let updatedAt: String?

    public var reference: Reference { Reference(kind, id) }

    /// What finds a list again. The numbers of static and of smart lists are not each other's: `1001`, `smart-1001`.
    public struct Reference: Hashable, Sendable, LosslessStringConvertible {
        public let kind: SourceListKind
        public let id: Int

        private static let smartPrefix = "smart-"

        public init(_ kind: SourceListKind, _ id: Int) {
            self.kind = kind
            self.id = id
        }

        public init?(_ text: String) {
            let isSmart = text.hasPrefix(Self.smartPrefix)
            guard let id = Int(isSmart ? String(text.dropFirst(Self.smartPrefix.count)) : text) else { return nil }
            self.init(isSmart ? .smart : .static, id)
        }

        public var description: String { kind == .smart ? "\(Self.smartPrefix)\(id)" : String(id) }
    }
}

extension MarketoClient {
    /// - Throws: ``MarketoError/listNotFound(_:)``.
    public func list(_ reference: MarketoList.Reference) async throws(MarketoError) -> MarketoList {
        switch reference.kind {
        case .static: try await list(id: reference.id)
        case .smart: try await smartList(id: reference.id)
        }
    }

    /// The one list of that name.
    func only(_ name: String, of lists: [MarketoList]) throws(MarketoError) -> MarketoList {
        let found = lists.filter { $0.name == name }
        guard let list = found.first else { throw .listNotFound("\"\(name)\"") }
        guard found.count == 1 else { throw .ambiguousList(name: name, ids: found.map(\.id)) }
        return list
    }
}
