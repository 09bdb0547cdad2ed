import Encoding
import HTTPServer
import LinkToken
import NIOCore
import Trust

/// The body of a request to the API.
struct LinkRequest: Sendable {
    /// The bare token.
    var token: String?
    /// The link as it was sent, with its query.
    var link: String?
    var session: String?
    /// In-link embedded data, in place of the link's query.
    var data: [String: String]?

    /// The token and the data that came with it.
    func tokenAndData() throws(Refusal) -> (token: String, data: LinkData) {
        let text: LinkText
        switch (token, link) {
        case (let given?, nil), (nil, let given?): text = LinkText(given)
        case (nil, nil): throw Refusal(.request(.malformed("\"token\" or \"link\" is missing")))
        case (.some, .some): throw Refusal(.request(.malformed("give \"token\" or \"link\", not both")))
        }
        return (text.token, data.map { .fields($0.map { (name: $0.key, value: $0.value) }) } ?? .query(text.query))
    }

    func credential() throws(Refusal) -> Credential {
        guard let session else { return .token(try tokenAndData().token) }
        guard token == nil, link == nil else {
            throw Refusal(.request(.malformed("give \"session\", \"token\" or \"link\", only one of them")))
        }
        return .session(SessionText.session(in: session))
    }

    init(decoding body: ByteBuffer) throws(Refusal) {
        if let (name, value) = body.withUnsafeReadableBytes(Self.onlyMember) {
            switch name {
            case "token": token = value
            case "session": session = value
            default: break
            }
            if token != nil || session != nil { return }
        }
        do throws(JSONError) {
            try read(JSONReader(Array(body.readableBytesView)))
        } catch {
            throw Refusal(.request(.malformed("the body can't be read: \(error)")))
        }
    }

    /// Reads an object with nothing after it. Duplicate names are refused: a proxy or an application in front may have
    /// looked at the other value (RFC 7493 §2.3).
    private mutating func read(_ document: JSONReader) throws(JSONError) {
        var document = document
        var names: Set<String> = []
        try document.object { (reader, name) throws(JSONError) in
            try reader.checkUnique(name, among: &names)
            switch name {
            case "token": token = try Self.string(&reader)
            case "link": link = try Self.string(&reader)
            case "session": session = try Self.string(&reader)
            case "data": data = reader.null() ? nil : try Self.fields(&reader)
            default: try reader.ignored()
            }
        }
        try document.end()
    }

    private static func string(_ reader: inout JSONReader) throws(JSONError) -> String? {
        reader.null() ? nil : try reader.string()
    }

    private static func fields(_ reader: inout JSONReader) throws(JSONError) -> [String: String] {
        var names: Set<String> = []
        var fields: [String: String] = [:]
        try reader.object { (reader, name) throws(JSONError) in
            try reader.checkUnique(name, among: &names)
            fields[name] = try reader.string()
        }
        return fields
    }

    /// The member of an object that has one and needs no unescaping, `{"token":"L…"}`: nearly every request is that, and
    /// a general decoder takes longer for it than checking a signature that is known. Nil for everything else.
    private static func onlyMember(of body: UnsafeRawBufferPointer) -> (name: String, value: String)? {
        guard body.count > 8, body.count < 1024, body.starts(with: #"{""#.utf8),
            body.suffix(2).elementsEqual(#""}"#.utf8)
        else { return nil }
        let inner = body.dropFirst(2).dropLast(2)
        guard let nameEnd = inner.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        let name = inner[..<nameEnd]
        let rest = inner[nameEnd...]
        guard rest.starts(with: #"":""#.utf8) else { return nil }
        let value = rest.dropFirst(3)
        // What a token or a session is made of, so there is no escape, no quote and nothing but ASCII.
        guard Base64URL.hasOnlyLetters(UnsafeRawBufferPointer(rebasing: value).bindMemory(to: UInt8.self).span) else {
            return nil
        }
        return (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
    }

    init(of request: Request, body: ByteBuffer) throws(Refusal) {
        // A form on another site can't send this type without asking first, which is refused (Fetch §4.8).
        guard request["Content-Type"].map(Self.isJSON) == true else { throw Refusal(.request(.notJSON)) }
        self = try LinkRequest(decoding: body)
    }

    private static func isJSON(_ contentType: String) -> Bool {
        let json = "application/json"
        if contentType == json { return true }
        return contentType.prefix { $0 != ";" }.trimmingSuffix { $0 == " " || $0 == "\t" }.lowercased() == json
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> Substring {
        var text = self
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return text
    }
}
