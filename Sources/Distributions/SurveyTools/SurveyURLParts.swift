import Trust

/// A survey URL template taken apart, to be checked and corrected. Nothing in braces is a delimiter.
struct SurveyURLParts: Hashable, Sendable {
    /// A pair of the query, or of a fragment that is written like one. Nothing is decoded.
    struct Parameter: Hashable, Sendable {
        var name: String
        /// Nil without an equals sign.
        var value: String?

        fileprivate init(_ text: Substring) {
            let equals = text.firstIndexOutsideBraces { $0 == "=" }
            name = String(text[..<(equals ?? text.endIndex)])
            value = equals.map { String(text[$0...].dropFirst()) }
        }

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }

        var text: String { value.map { "\(name)=\($0)" } ?? name }
    }

    /// Scheme and authority.
    let origin: String
    /// Empty, or from its first slash.
    var path: String
    var query: [Parameter]
    var fragment: [Parameter]

    init(_ template: SurveyURLTemplate) {
        let text = template.text[...]
        let authority = text.firstRange(of: "://")!.upperBound
        let end = text[authority...].firstIndex { "/?#".contains($0) } ?? text.endIndex
        origin = String(text[..<end])
        var rest = text[end...]
        path = String(rest.removePrefix { $0 == "?" || $0 == "#" })
        query = Self.parameters(rest.removePrefix { $0 == "#" }.dropFirst())
        fragment = Self.parameters(rest.dropFirst())
    }

    private static func parameters(_ text: Substring) -> [Parameter] {
        var rest = text
        var parameters: [Parameter] = []
        while !rest.isEmpty {
            let parameter = rest.removePrefix { $0 == "&" }
            if !parameter.isEmpty { parameters.append(Parameter(parameter)) }
            rest = rest.dropFirst()
        }
        return parameters
    }

    /// The URL put together again.
    var text: String {
        origin + path + (query.isEmpty ? "" : "?" + query.map(\.text).joined(separator: "&"))
            + (fragment.isEmpty ? "" : "#" + fragment.map(\.text).joined(separator: "&"))
    }

    /// In small letters, without the port.
    var host: Substring {
        let authority = origin.lowercased().split(separator: "/").last ?? ""
        return authority.prefix { $0 != ":" }
    }

    /// Whether the host is that domain or lies below it.
    func isHost(_ domain: String) -> Bool { host == domain || host.hasSuffix("." + domain) }

    /// The texts between the slashes of the path.
    var pathSegments: [Substring] { path.split(separator: "/") }

    /// The value of a parameter of the query.
    subscript(name: String) -> String? { query.first { $0.name == name }?.value }
}

extension [SurveyURLParts.Parameter] {
    /// Gives a parameter its value, in its place or at the end.
    mutating func set(_ name: String, to value: String) {
        if let index = firstIndex(where: { $0.name == name }) {
            self[index].value = value
        } else {
            append(SurveyURLParts.Parameter(name, value))
        }
    }
}

extension Substring {
    fileprivate func firstIndexOutsideBraces(where isMatch: (Character) -> Bool) -> Index? {
        var isInField = false
        for index in indices {
            switch self[index] {
            case "{": isInField = true
            case "}": isInField = false
            case let character where !isInField && isMatch(character): return index
            default: break
            }
        }
        return nil
    }

    /// Removes and returns the text before the delimiter.
    fileprivate mutating func removePrefix(before isDelimiter: (Character) -> Bool) -> Substring {
        let end = firstIndexOutsideBraces(where: isDelimiter) ?? endIndex
        defer { self = self[end...] }
        return self[..<end]
    }
}
