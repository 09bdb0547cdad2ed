#if Spreadsheets
    /// What a workbook has: its sheets in order, where each lies, and how it counts days.
    final class WorkbookIndex: XMLPartHandler {
        struct Sheet {
            let name: String
            let isHidden: Bool
            let relationship: String
        }

        private(set) var sheets: [Sheet] = []
        /// Whether day 0 is 1904-01-01 rather than the last day of 1899, as on early Macs.
        private(set) var countsFrom1904 = false
        private let limits: WorkbookLimits

        init(limits: WorkbookLimits) { self.limits = limits }

        func start(_ name: XMLName, _ attributes: XMLAttributes) throws(WorkbookError) {
            switch name {
            case "workbookPr":
                countsFrom1904 = ["1", "true"].contains(attributes["date1904"])
            case "sheet":
                guard sheets.count < limits.entries else {
                    throw .tooLarge(part: "workbook", limit: "\(limits.entries) sheets")
                }
                // Of the two IDs that a sheet has, the one with a prefix comes without it here: `r:id`.
                guard let name = attributes["name"], let relationship = attributes["id"] else {
                    throw .damaged(part: "workbook", reason: "a sheet has no name or no place")
                }
                sheets.append(
                    Sheet(
                        name: name, isHidden: attributes["state"].map { $0 != "visible" } ?? false,
                        relationship: relationship))
            default: break
            }
        }

        func end(_ name: XMLName) {}
        func text(_ bytes: UnsafeBufferPointer<UInt8>) {}
    }

    /// Where the parts are that a part refers to (ECMA-376 part 2, relationships).
    final class Relationships: XMLPartHandler {
        /// By ID.
        private(set) var targets: [String: String] = [:]
        /// By the last word of their type, as `sharedStrings`.
        private(set) var ofType: [String: String] = [:]
        private let directory: String
        private let limits: WorkbookLimits

        /// The relationships of a part; an empty name means those of the whole archive.
        init(of part: String, in archive: Archive, limits: WorkbookLimits) throws(WorkbookError) {
            self.limits = limits
            let slash = part.lastIndex(of: "/").map { part.index(after: $0) } ?? part.startIndex
            directory = String(part[..<slash])
            let name = "\(directory)_rels/\(part[slash...]).rels"
            guard archive.has(name) else { return }
            try XMLPart.parse(archive.part(name), limits: limits, handler: self)
        }

        func start(_ name: XMLName, _ attributes: XMLAttributes) throws(WorkbookError) {
            guard name == "Relationship", attributes["TargetMode"] != "External", let target = attributes["Target"]
            else {
                return
            }
            guard targets.count < limits.entries else {
                throw .tooLarge(part: "relationships", limit: "\(limits.entries) entries")
            }
            let place = Self.resolved(target, in: directory)
            if let id = attributes["Id"] { targets[id] = place }
            if let type = attributes["Type"]?.split(separator: "/").last { ofType[String(type)] = place }
        }

        func end(_ name: XMLName) {}
        func text(_ bytes: UnsafeBufferPointer<UInt8>) {}

        private static func resolved(_ target: String, in directory: String) -> String {
            guard !target.hasPrefix("/") else { return String(target.dropFirst()) }
            var parts: [Substring] = []
            for part in (directory + target).split(separator: "/") where part != "." {
                if part == ".." { _ = parts.popLast() } else { parts.append(part) }
            }
            return parts.joined(separator: "/")
        }
    }

    /// How each style of a workbook displays numbers.
    final class Styles: XMLPartHandler {
        private(set) var formats: [NumberFormat] = []
        private var codes: [Int: String] = [:]
        private var isInCellFormats = false
        private var known: [Int: NumberFormat] = [:]
        private let limits: WorkbookLimits

        init(limits: WorkbookLimits) { self.limits = limits }

        func start(_ name: XMLName, _ attributes: XMLAttributes) throws(WorkbookError) {
            guard codes.count + formats.count < limits.entries else {
                throw .tooLarge(part: "styles", limit: "\(limits.entries) entries")
            }
            switch name {
            case "numFmt":
                if let id = attributes.number("numFmtId"), let code = attributes["formatCode"] { codes[id] = code }
            case "cellXfs": isInCellFormats = true
            case "xf" where isInCellFormats:
                let id = attributes.number("numFmtId") ?? 0
                let format = known[id] ?? codes[id].map { NumberFormat($0) } ?? NumberFormat(builtIn: id)
                known[id] = format
                formats.append(format)
            default: break
            }
        }

        func end(_ name: XMLName) {
            if name == "cellXfs" { isInCellFormats = false }
        }

        func text(_ bytes: UnsafeBufferPointer<UInt8>) {}
    }
#endif
