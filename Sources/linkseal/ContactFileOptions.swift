import ArgumentParser
import Distributions
import Encoding

/// How a file of contacts is read.
struct ContactFileOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What separates the columns: comma, semicolon or tab (default: detected).", valueName: "name"))
    var delimiter: CSVSeparator?

    @Option(
        help: ArgumentHelp(
            "A heading and the field that it means, such as \"Work Email=email\"; can be given again.",
            valueName: "heading=field"))
    var map: [String] = []

    @Flag(help: "The first line is a contact, not headings; --map then takes column numbers: --map 1=id,2=email.")
    var noHeadings = false

    @Option(
        help: ArgumentHelp(
            "The encoding of the file if it isn't UTF-8, or UTF-16 with a byte order mark.", valueName: "name"))
    var encoding: TextEncoding?

    @Option(
        help: ArgumentHelp("The sheet of an Excel workbook (default: the first that is not hidden).", valueName: "name")
    )
    var sheet: String?

    @Flag(help: "Leave out contacts that have opted out, according to a column such as Unsubscribed or Opt Out.")
    var skipOptedOut = false

    /// Whether none of these options was given.
    var areDefault: Bool {
        delimiter == nil && map.isEmpty && !noHeadings && encoding == nil && sheet == nil && !skipOptedOut
    }

    static let names = "--delimiter, --map, --no-headings, --encoding, --sheet and --skip-opted-out"

    func file(_ path: String) throws -> ContactFile {
        var file = ContactFile(path, separator: delimiter, map: try mapping())
        file.hasHeadings = !noHeadings
        file.skipsOptedOut = skipOptedOut
        if let encoding { file.encoding = encoding }
        file.sheet = sheet
        return file
    }

    private func mapping() throws -> [String: ContactField] {
        var mapping: [String: ContactField] = [:]
        // A heading may have commas in it, a number has none.
        for entry in noHeadings ? map.flatMap({ $0.split(separator: ",").map(\.trimmed) }) : map {
            guard let equals = entry.lastIndex(of: "="),
                let field = ContactField(String(entry[entry.index(after: equals)...]))
            else {
                throw CommandError(
                    "--map \"\(entry)\" can't be used; expected \(noHeadings ? "NUMBER" : "HEADING")=FIELD with a field of "
                        + ContactField.allCases.map(\.rawValue).joined(separator: ", "))
            }
            let column = entry[..<equals].trimmed
            if noHeadings {
                guard let number = Int(column), number > 0, String(number) == column else {
                    throw CommandError(
                        "--map \"\(entry)\" can't be used; with --no-headings, expected the number of a column, from 1")
                }
            }
            mapping[noHeadings ? column : String(entry[..<equals])] = field
        }
        return mapping
    }
}

extension CSVSeparator: ExpressibleByArgument {
    public init?(argument: String) {
        switch argument.lowercased() {
        case "comma", ",": self = .comma
        case "semicolon", ";": self = .semicolon
        case "tab", "\t", "\\t": self = .tab
        default: return nil
        }
    }
}

extension TextEncoding: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }

    public static var allValueStrings: [String] { allCases.map(\.label) }
}

extension ContactWarning {
    /// Said together with what a person at the command line can do about it.
    var advised: String {
        switch self {
        case .likelyField(let heading, let field): "\(self); if it is, add \(mapOption(heading, field))"
        case .optedOut(_, areSkipped: false): "\(self); leave them out with --skip-opted-out"
        case .encoding(.readsAsUTF8): "\(self); if names look wrong, leave out --encoding"
        case .emailColumn: "\(self); if another column holds them, name that one with --map"
        default: "\(self)"
        }
    }
}
