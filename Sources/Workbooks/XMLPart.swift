#if Spreadsheets
    import CExpat

    /// What is done with the elements of a part. Names come without their namespace prefix.
    protocol XMLPartHandler: AnyObject {
        func start(_ name: XMLName, _ attributes: XMLAttributes) throws(WorkbookError)
        func end(_ name: XMLName) throws(WorkbookError)
        func text(_ bytes: UnsafeBufferPointer<UInt8>) throws(WorkbookError)
    }

    /// The local name of an element or an attribute, as it lies in the parser's memory.
    struct XMLName {
        private let start: UnsafePointer<CChar>

        init(_ name: UnsafePointer<CChar>) {
            var start = name
            var next = name
            while next.pointee != 0 {
                if next.pointee == CChar(bitPattern: UInt8(ascii: ":")) { start = next + 1 }
                next += 1
            }
            self.start = start
        }

        static func == (name: Self, text: StaticString) -> Bool {
            var index = 0
            while index < text.utf8CodeUnitCount {
                guard UInt8(bitPattern: name.start[index]) == text.utf8Start[index] else { return false }
                index += 1
            }
            return name.start[index] == 0
        }

        static func ~= (text: StaticString, name: Self) -> Bool { name == text }
    }

    /// The attributes of an element.
    struct XMLAttributes {
        fileprivate let list: UnsafeMutablePointer<UnsafePointer<CChar>?>

        /// The value's bytes, which end with a zero. Nil if there is no such attribute.
        func bytes(_ name: StaticString) -> UnsafePointer<CChar>? {
            var index = 0
            while let key = list[index] {
                if XMLName(key) == name { return list[index + 1] }
                index += 2
            }
            return nil
        }

        subscript(name: StaticString) -> String? { bytes(name).map { String(cString: $0) } }

        /// A number in decimal digits. Nil if there is none, or none that makes sense.
        func number(_ name: StaticString) -> Int? {
            guard var next = bytes(name), next.pointee != 0 else { return nil }
            var number = 0
            while case let digit = UInt8(bitPattern: next.pointee), digit != 0 {
                guard (0x30...0x39).contains(digit), number < 1 << 48 else { return nil }
                number = number * 10 + Int(digit - 0x30)
                next += 1
            }
            return number
        }
    }

    /// Parses a part of the archive, piece by piece, in bounded memory (XML 1.0 through expat).
    ///
    /// A document type is refused: it may define entities that expand without end or name other files, and no part of a
    /// workbook has one.
    final class XMLPart {
        private let part: Archive.Part
        private let parser: OpaquePointer
        private let handler: any XMLPartHandler
        private let limits: WorkbookLimits
        private var error: WorkbookError?
        private var depth = 0
        private var fed = 0
        private(set) var isAtEnd = false

        private static let pieceSize = 1 << 16

        init(_ part: Archive.Part, limits: WorkbookLimits, handler: any XMLPartHandler) {
            self.part = part
            self.handler = handler
            self.limits = limits
            parser = XML_ParserCreate(nil)
            XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
            XML_SetElementHandler(
                parser,
                { (context, name, attributes) in
                    XMLPart.with(context) { (part) throws(WorkbookError) in
                        part.depth += 1
                        guard part.depth <= part.limits.depth else {
                            throw .tooLarge(part: part.part.name, limit: "\(part.limits.depth) nested elements")
                        }
                        try part.handler.start(XMLName(name!), XMLAttributes(list: attributes!))
                    }
                },
                { (context, name) in
                    XMLPart.with(context) { (part) throws(WorkbookError) in
                        part.depth -= 1
                        try part.handler.end(XMLName(name!))
                    }
                })
            XML_SetCharacterDataHandler(parser) { (context, text, count) in
                XMLPart.with(context) { (part) throws(WorkbookError) in
                    try text!.withMemoryRebound(to: UInt8.self, capacity: Int(count)) { (bytes) throws(WorkbookError) in
                        try part.handler.text(UnsafeBufferPointer(start: bytes, count: Int(count)))
                    }
                }
            }
            XML_SetStartDoctypeDeclHandler(parser) { (context, _, _, _, _) in
                XMLPart.with(context) { (part) throws(WorkbookError) in
                    throw .damaged(part: part.part.name, reason: "it has a document type, which is not allowed")
                }
            }
        }

        deinit { XML_ParserFree(parser) }

        /// Nothing is thrown through C: the first error stops the parser and is thrown by ``parsePiece()``.
        private static func with(
            _ context: UnsafeMutableRawPointer?, _ body: (XMLPart) throws(WorkbookError) -> Void
        ) {
            let part = Unmanaged<XMLPart>.fromOpaque(context!).takeUnretainedValue()
            guard part.error == nil else { return }
            do {
                try body(part)
            } catch {
                part.error = error
                XML_StopParser(part.parser, XML_Bool(XML_FALSE))
            }
        }

        /// Parses the next piece.
        func parsePiece() throws(WorkbookError) {
            guard !isAtEnd else { return }
            guard let buffer = XML_GetBuffer(parser, CInt(Self.pieceSize)) else {
                throw .tooLarge(part: part.name, limit: "the memory that is left")
            }
            let count = try part.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: Self.pieceSize))
            isAtEnd = count == 0
            fed += count
            let status = XML_ParseBuffer(parser, CInt(count), count == 0 ? 1 : 0)
            if let error { throw error }
            guard status != XML_STATUS_ERROR else {
                let line = XML_GetCurrentLineNumber(parser)
                throw .damaged(
                    part: part.name,
                    reason: "line \(line): \(String(cString: XML_ErrorString(XML_GetErrorCode(parser))))")
            }
            // Expat keeps a token until it has all of it.
            guard fed - max(0, XML_GetCurrentByteIndex(parser)) <= limits.tokenBytes + Self.pieceSize else {
                throw .tooLarge(part: part.name, limit: "\(limits.tokenBytes) bytes in one name or text")
            }
        }

        /// Parses the whole part.
        static func parse(
            _ part: Archive.Part, limits: WorkbookLimits, handler: any XMLPartHandler
        ) throws(WorkbookError) {
            let document = XMLPart(part, limits: limits, handler: handler)
            while !document.isAtEnd { try document.parsePiece() }
        }
    }
#endif
