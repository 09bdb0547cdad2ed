import Encoding

/// A page's form, filled in with what was typed before.
///
/// It works on the HTML that the page has drawn, so that a page needn't know of it. Hidden fields and buttons stay as
/// they were drawn: what is shown is what is sent.
struct FilledForm {
    private(set) var html = ""
    /// What was typed and has no field on the page.
    private(set) var leftOver: [(name: String, value: String)]

    init(_ source: String, _ form: UnsentForm) {
        leftOver = form.fields.fields
        var isInside = false
        var rest = source[...]
        // Within a select, its name; options say themselves which they are.
        var select: String?
        // Scalars and not characters: an accent that follows a quotation mark is part of the same character.
        let pattern = /<(\/?)(form|input|select|option|textarea|button)\b([^>]*)>/.matchingSemantics(.unicodeScalar)
        while let match = rest.firstMatch(of: pattern) {
            html += rest[..<match.range.lowerBound]
            rest = rest[match.range.upperBound...]
            var tag = Tag(name: String(match.2), text: String(match.3))
            let isEnd = !match.1.isEmpty
            switch (tag.name, isEnd) {
            case ("form", false):
                isInside = tag["action"] == form.action.text && tag["method"]?.lowercased() == "post"
            case ("form", true): isInside = false
            case ("select", false) where isInside: select = tag["name"]
            case ("select", true): select = nil
            case ("option", false):
                guard isInside, let select else { break }
                let value = tag["value"] ?? Substring(rest.unicodeScalars.prefix { $0 != "<" }).markupUnescaped
                tag.set("selected", take(select, value))
            case ("input", false) where isInside: fill(&tag)
            case ("button", false) where isInside: forget(tag["name"])
            case ("textarea", false) where isInside:
                guard let value = take(tag["name"] ?? "") else { break }
                let end = rest.unicodeScalars.firstRange(of: "</textarea>".unicodeScalars)
                rest = rest[(end?.lowerBound ?? rest.startIndex)...]
                // A line break right after the tag is ignored (HTML §13.1.2.5).
                html += "<\(tag.name)\(tag.text)>\n\(value.markupEscaped)"
                continue
            default: break
            }
            html += "<\(match.1)\(tag.name)\(tag.text)>"
        }
        html += rest
    }

    private mutating func fill(_ tag: inout Tag) {
        guard let name = tag["name"] else { return }
        switch tag["type"] ?? "text" {
        case "checkbox", "radio": tag.set("checked", take(name, tag["value"] ?? "on"))
        case "hidden", "submit", "button", "image", "reset", "file", "password": forget(name)
        default: if let value = take(name) { tag.set("value", to: value) }
        }
    }

    /// The next value that was typed into a field.
    private mutating func take(_ name: String) -> String? {
        guard let index = leftOver.firstIndex(where: { $0.name == name }) else { return nil }
        return leftOver.remove(at: index).value
    }

    /// Whether a value was chosen.
    private mutating func take(_ name: String, _ value: String) -> Bool {
        guard let index = leftOver.firstIndex(where: { $0.name == name && $0.value == value }) else { return false }
        leftOver.remove(at: index)
        return true
    }

    private mutating func forget(_ name: String?) { leftOver.removeAll { $0.name == name } }

    /// The attributes of a tag, as the templates write them: in double quotes, escaped.
    private struct Tag {
        let name: String
        var text: String

        subscript(attribute: String) -> String? {
            range(of: attribute).map { text[$0.value].markupUnescaped }
        }

        mutating func set(_ attribute: String, to value: String) {
            if let range = range(of: attribute) { text.removeSubrange(range.whole) }
            text += " \(attribute)=\"\(value.markupEscaped)\""
        }

        /// Sets or removes an attribute without a value.
        mutating func set(_ attribute: String, _ isSet: Bool) {
            if let range = range(of: attribute) { text.removeSubrange(range.whole) }
            if isSet { text += " " + attribute }
        }

        private func range(of attribute: String) -> (whole: Range<String.Index>, value: Range<String.Index>)? {
            let pattern = /\s+([a-zA-Z-]+)(?:="([^"]*)")?/.matchingSemantics(.unicodeScalar)
            guard let match = text.matches(of: pattern).first(where: { $0.1 == attribute }) else { return nil }
            let end = match.range.upperBound
            return (match.range, match.2.map { $0.startIndex..<$0.endIndex } ?? end..<end)
        }
    }
}

extension StringProtocol {
    /// What ``Swift/String/markupEscaped`` and the templates escaped.
    fileprivate var markupUnescaped: String {
        String(self).replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&#39;", with: "'").replacing("&amp;", with: "&")
    }
}
