import Distributions
import Foundation
import LinkToken

/// A directory of address books: each directory in it is a list, and each file `*.vcf` of those is the vCard of a person
/// (RFC 6350). It is the smallest source there can be, and shows what one needs.
public struct VCardSource: ContactListSource {
    public static let name = "vcards"
    public static let title = "vCards"
    public static let credentialNames = ["LINKSEAL_VCARDS_DIRECTORY"]

    private let directory: String

    public init(_ credentials: SourceCredentials, notify: @escaping @Sendable (SourceNotice) -> Void) throws {
        directory = try credentials.values(of: Self.credentialNames)[0].text
    }

    public func lists() throws -> [Book] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted().map(Book.init)
    }

    public func supplier(
        of choice: SourceListChoice, fields: [String], at now: UnixTime
    ) throws -> any ContactSupplier {
        switch choice {
        case .key(let name), .name(let name, .static):
            guard try lists().contains(where: { $0.name == name }) else { throw VCardError.noBook(name) }
            return Supplier(directory: directory, book: name, fields: fields)
        case .name(let name, .smart): throw VCardError.noBook(name)
        case .number(let number, _): throw VCardError.noBook(String(number))
        }
    }

    public struct Book: SourceList {
        public let name: String
        public var key: String { name }
        public var place: String { "" }
        public static let headings = ["NAME"]
        public var cells: [String] { [name] }
    }
}

public enum VCardError: ContactSourceError, Hashable {
    case noBook(String)

    public var description: String {
        switch self {
        case .noBook(let name): "there is no address book \"\(name)\""
        }
    }

    public var remedy: SourceRemedy? { .chooseList(source: VCardSource.name) }
}

private struct Supplier: ContactSupplier {
    let directory, book: String
    let fields: [String]

    var origin: ContactListOrigin? {
        ContactListOrigin(service: VCardSource.name, instance: directory, id: book, name: book, fields: fields)
    }

    func contacts(in spool: String, progress: ContactLibrary.ContactProgress?) throws -> ContactFile {
        let table = try ContactTableWriter(spool + "/contacts.csv", embeddedNames: fields)
        let folder = URL(filePath: directory).appending(path: book)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false)).sorted()
        for (index, file) in files.enumerated() where file.hasSuffix(".vcf") {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            var card: [String: String] = [:]
            for line in text.split(whereSeparator: \.isNewline) {
                guard let colon = line.firstIndex(of: ":") else { continue }
                card[String(line[..<colon].prefix { $0 != ";" })] = String(line[line.index(after: colon)...])
            }
            let name = (card["N"] ?? "").split(separator: ";", omittingEmptySubsequences: false).map(String.init)
            try table.append([
                Contact(
                    id: nil, firstName: name.count > 1 ? name[1] : "", lastName: name.first ?? "",
                    email: card["EMAIL"] ?? "", externalDataReference: card["UID"] ?? "", language: "",
                    embeddedData: fields.map { card[$0] ?? "" })
            ])
            progress?(index + 1)
        }
        _ = try table.sync()
        return ContactFile(table.path, name: "the address book \"\(book)\"")
    }
}
