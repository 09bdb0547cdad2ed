import Glibc
import LinkToken

/// What new links have in common, so that people say it once and not for each distribution.
public struct LinkDefaults: Hashable, Sendable {
    /// What links begin with: the address of the edges.
    public var baseURL: LinkBaseURL?
    /// When an edge was last seen to open links that begin so. Nil if none was.
    public var checkedAt: UnixTime?
    /// The survey tool that is used most.
    public var tool: SurveyTool?

    public init() {}
}

extension LinkDefaults: Codable {
    private enum CodingKeys: String, CodingKey {
        case baseURL, checkedAt, surveyTool
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        baseURL = try values.decodeIfPresent(String.self, forKey: .baseURL).map { try LinkBaseURL($0) }
        checkedAt = try values.decodeIfPresent(UnixTime.self, forKey: .checkedAt)
        tool = try values.decodeIfPresent(String.self, forKey: .surveyTool).flatMap { SurveyTool(id: $0) }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(baseURL?.text, forKey: .baseURL)
        try values.encodeIfPresent(checkedAt, forKey: .checkedAt)
        try values.encodeIfPresent(tool?.id, forKey: .surveyTool)
    }
}

extension Workspace {
    var linkDefaultsPath: String { dataDirectory + "/defaults.json" }

    /// What new links have in common, as far as it was set.
    public func linkDefaults() throws(DistributionsError) -> LinkDefaults {
        guard access(linkDefaultsPath, F_OK) == 0 else { return LinkDefaults() }
        return try StoredDocument.read(linkDefaultsPath)
    }

    public func setLinkDefaults(_ defaults: LinkDefaults) throws(DistributionsError) {
        try StoredDocument.write(defaults, to: linkDefaultsPath)
    }
}
