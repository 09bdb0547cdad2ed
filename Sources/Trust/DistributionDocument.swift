import Encoding
import LinkToken

/// The JSON object of a distribution, as <doc:BundleFormat> describes it.
extension PublishedDistribution {
    static let nameByteCountLimit = 1024
    static let urlByteCountLimit = 8192
    /// The most fields that links can carry, as far as a bundle can name them.
    public static let inLinkFieldCountLimit = 64
    /// The longest name of such a field, in bytes of UTF-8.
    public static let inLinkFieldByteCountLimit = 256

    func write(to json: inout JSONWriter) {
        json.object { (json) in
            json.member("id", id.description)
            json.member("name", name)
            json.member("surveyURL", surveyURL.text)
            json.member("lastExpiry", lastExpiry.rawValue)
            json.name("resumeSeconds")
            switch resume {
            case .never: json.integer(0 as UInt32)
            case .within(let seconds): json.integer(seconds)
            case .untilFinished: json.null()
            }
            if changes.epoch > .initial { json.member("epoch", changes.epoch.rawValue) }
            if let expiry = changes.expiry { json.member("expiry", expiry.rawValue) }
            if !changes.revoked.isEmpty {
                json.name("revokedSerials")
                json.array { (json) in
                    for serial in changes.revoked.sorted() { json.integer(serial.rawValue) }
                }
            }
            if !changes.links.isEmpty {
                json.name("links")
                json.array { (json) in
                    for (serial, change) in changes.links.sorted(by: { $0.key < $1.key }) {
                        json.object { (json) in change.write(of: serial, to: &json) }
                    }
                }
            }
            if case .inLink(let fields) = embeddedData {
                json.name("inLinkFields")
                json.array { (json) in
                    for field in fields { json.string(field) }
                }
            }
        }
    }

    static func read(_ reader: inout JSONReader) throws(JSONError) -> PublishedDistribution {
        var id: DistributionID?
        var name: String?
        var surveyURL: String?
        var lastExpiry: UnixTime?
        var resume: ResumePolicy?
        var epoch: UInt16?
        var expiry: UnixTime?
        var serials: Set<Serial>?
        var links: [Serial: LinkChange]?
        var inLinkFields: [String]?
        try reader.object { (reader, member) throws(JSONError) in
            switch member {
            case "id": try reader.once(member, into: &id, readID)
            case "name":
                try reader.once(member, into: &name) { (reader) throws(JSONError) in
                    try reader.string(limit: nameByteCountLimit)
                }
            case "surveyURL":
                try reader.once(member, into: &surveyURL) { (reader) throws(JSONError) in
                    try reader.string(limit: urlByteCountLimit)
                }
            case "lastExpiry": try reader.once(member, into: &lastExpiry, UnixTime.read)
            case "resumeSeconds": try reader.once(member, into: &resume, readResumePolicy)
            case "epoch":
                try reader.once(member, into: &epoch) { (reader) throws(JSONError) in
                    try reader.integer()
                }
            case "expiry": try reader.once(member, into: &expiry, UnixTime.read)
            case "revokedSerials": try reader.once(member, into: &serials, readSerials)
            case "links": try reader.once(member, into: &links, readLinks)
            case "inLinkFields": try reader.once(member, into: &inLinkFields, readFields)
            default: try reader.ignored()
            }
        }
        let text = try reader.required("surveyURL", surveyURL)
        let template: SurveyURLTemplate
        do {
            template = try SurveyURLTemplate(text, inLinkFields: inLinkFields ?? [])
        } catch {
            throw reader.error(error.description)
        }
        return PublishedDistribution(
            id: try reader.required("id", id), name: try reader.required("name", name), surveyURL: template,
            changes: DistributionChanges(
                epoch: Epoch(rawValue: epoch ?? 0), expiry: expiry, revoked: serials ?? [], links: links ?? [:]),
            resume: try reader.required("resumeSeconds", resume),
            embeddedData: inLinkFields.map { .inLink(fields: $0) } ?? .sealed,
            lastExpiry: try reader.required("lastExpiry", lastExpiry))
    }

    private static func readID(_ reader: inout JSONReader) throws(JSONError) -> DistributionID {
        let text = try reader.string()
        guard let value = UInt64(lowerCaseHexadecimal: text), let id = DistributionID(rawValue: value) else {
            throw reader.error(
                "a distribution ID is 16 lower-case hexadecimal digits, not all zero; this is \"\(text)\"")
        }
        return id
    }

    private static func readResumePolicy(_ reader: inout JSONReader) throws(JSONError) -> ResumePolicy {
        if reader.null() { return .untilFinished }
        let seconds = try reader.integer(UInt32.self)
        return seconds == 0 ? .never : .within(seconds: seconds)
    }

    private static func readSerials(_ reader: inout JSONReader) throws(JSONError) -> Set<Serial> {
        var serials: Set<Serial> = []
        try reader.array { (reader) throws(JSONError) in
            let serial = Serial(rawValue: try reader.integer())
            guard serials.insert(serial).inserted else { throw reader.error("the serial \(serial) appears twice") }
        }
        return serials
    }

    private static func readLinks(_ reader: inout JSONReader) throws(JSONError) -> [Serial: LinkChange] {
        var links: [Serial: LinkChange] = [:]
        try reader.array { (reader) throws(JSONError) in
            let (serial, change) = try LinkChange.read(&reader)
            guard links.updateValue(change, forKey: serial) == nil else {
                throw reader.error("the link of the serial \(serial) appears twice")
            }
        }
        return links
    }

    private static func readFields(_ reader: inout JSONReader) throws(JSONError) -> [String] {
        var fields: [String] = []
        try reader.array { (reader) throws(JSONError) in
            guard fields.count < inLinkFieldCountLimit else {
                throw reader.error("there are more than \(inLinkFieldCountLimit) fields in the link")
            }
            let field = try reader.string(limit: inLinkFieldByteCountLimit)
            guard !fields.contains(field) else { throw reader.error("the field \"\(field)\" appears twice") }
            fields.append(field)
        }
        return fields
    }
}

extension LinkChange {
    fileprivate func write(of serial: Serial, to json: inout JSONWriter) {
        json.member("serial", serial.rawValue)
        if let epoch { json.member("epoch", epoch.rawValue) }
        if let expiry { json.member("expiry", expiry.rawValue) }
        if let reopenedAt { json.member("reopenedAt", reopenedAt.rawValue) }
    }

    fileprivate static func read(_ reader: inout JSONReader) throws(JSONError) -> (Serial, LinkChange) {
        var serial: UInt32?
        var epoch: UInt16?
        var expiry: UnixTime?
        var reopenedAt: UnixTime?
        try reader.object { (reader, member) throws(JSONError) in
            switch member {
            case "serial":
                try reader.once(member, into: &serial) { (reader) throws(JSONError) in try reader.integer() }
            case "epoch": try reader.once(member, into: &epoch) { (reader) throws(JSONError) in try reader.integer() }
            case "expiry": try reader.once(member, into: &expiry, UnixTime.read)
            case "reopenedAt": try reader.once(member, into: &reopenedAt, UnixTime.read)
            default: try reader.ignored()
            }
        }
        return (
            Serial(rawValue: try reader.required("serial", serial)),
            LinkChange(epoch: epoch.map { Epoch(rawValue: $0) }, expiry: expiry, reopenedAt: reopenedAt)
        )
    }
}

extension JSONReader {
    /// A string of so many bytes of UTF-8 at most.
    mutating func string(limit: Int) throws(JSONError) -> String {
        let text = try string()
        guard text.utf8.count <= limit else { throw error("the text is longer than \(limit) bytes") }
        return text
    }
}

extension UInt64 {
    /// Nil unless the text is exactly 16 lower-case digits. Not generic: a bundle has a hundred thousand of them.
    fileprivate init?(lowerCaseHexadecimal text: String) {
        var value: UInt64 = 0
        for byte in text.utf8 {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            value = value << 4 | UInt64(digit)
        }
        guard text.utf8.count == 16 else { return nil }
        self = value
    }
}
