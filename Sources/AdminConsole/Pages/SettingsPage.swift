import Distributions
import Encoding
import Files
import Hummingbird
import LinkToken
import Trust

/// What new links have in common: what they begin with, and the survey tool.
extension ConsoleService {
    func showSettings(_ call: Call) throws -> Response {
        let defaults = try workspace.linkDefaults()
        let message =
            switch call.query["done"] {
            case "saved": "Saved. Links with this address work."
            case "saved-unchecked": "Saved without checking. Links only work if the address is right."
            default: ""
            }
        return try settingsPage(
            call, base: defaults.baseURL?.text ?? "", tool: defaults.tool?.id ?? "", defaults, message: message)
    }

    func saveSettings(_ call: Call) async throws -> Response {
        let (text, tool) = (call.form["base-url"].trimmed, call.form["survey-tool"])
        var problems = FormProblems()
        var defaults = try workspace.linkDefaults()
        defaults.tool = SurveyTool(id: tool)
        guard
            let base = problems.catching(
                "base-url", { try LinkBaseURL(Self.withScheme(text)).orServedPath })
        else {
            return try settingsPage(call, base: text, tool: tool, defaults, problems: problems)
        }
        if base != defaults.baseURL { defaults.checkedAt = nil }
        defaults.baseURL = base
        do {
            if let survey = (try? SurveyURLTemplate(base.text)).flatMap({ SurveyTool.recognized(in: $0) }) {
                throw SurveyAddress(tool: survey.name)
            }
            let key = try workspace.keyring().signingKey(passphrase: configuration.passphrase)
            try await EdgeCheck(of: base, client: edgeClient).run(signedBy: key, at: call.now)
            defaults.checkedAt = call.now
        } catch {
            let isUnknown = Self.leavesUnknown(error)
            guard isUnknown, call.form["unchecked"] == "yes" else {
                problems.add("base-url", Self.advised(error))
                return try settingsPage(
                    call, base: base.text, tool: tool, defaults, problems: problems, offersUnchecked: isUnknown)
            }
        }
        try workspace.setLinkDefaults(defaults)
        try record(.settingsChanged, call, name: base.text)
        return .seeOther("/settings?done=" + (defaults.checkedAt == nil ? "saved-unchecked" : "saved"))
    }

    /// Whether links may be opened at an address all the same: nobody was there to say no.
    private static func leavesUnknown(_ error: any Error) -> Bool {
        switch error {
        case EdgeCheckError.unreachable, EdgeCheckError.busy: true
        case is EdgeCheckError, is SurveyAddress: false
        // The key can't be used here.
        default: true
        }
    }

    /// A server on this machine seldom has a certificate.
    private static func withScheme(_ text: String) -> String {
        if text.contains("://") { return text }
        return (isLoopback(host: RequestOrigin.host(of: String(text.prefix { $0 != "/" }))) ? "http://" : "https://")
            + text
    }

    private func settingsPage(
        _ call: Call, base: String, tool: String, _ defaults: LinkDefaults, problems: FormProblems = FormProblems(),
        offersUnchecked: Bool = false, message: String = ""
    ) throws -> Response {
        var fields: [String: Any] = [
            "baseURL": base, "isChecked": problems.areNone && defaults.checkedAt != nil,
            "checkedAt": defaults.checkedAt?.description ?? "", "checkedShort": defaults.checkedAt?.short ?? "",
            "isUncheckedNow": problems.areNone && defaults.baseURL != nil && defaults.checkedAt == nil,
            "offersUnchecked": offersUnchecked, "message": message, "hasMessage": !message.isEmpty,
            "surveyTools": SurveyTool.all.map {
                ["value": $0.id, "title": $0.name, "isChosen": $0.id == tool] as [String: Any]
            },
        ]
        fields.merge(problems.fields) { $1 }
        return page(
            "settings", "Settings", in: .settings, fields, for: call.session,
            status: problems.areNone ? .ok : .unprocessableContent)
    }
}

/// Links would begin with the address of a survey tool.
private struct SurveyAddress: Error, CustomStringConvertible {
    let tool: String

    var description: String {
        "this is an address of \(tool), where people answer; it belongs on the page Generate links"
    }
}

extension LinkBaseURL {
    /// The path at which edges serve links, where none was given.
    fileprivate var orServedPath: LinkBaseURL { path == "/" ? atServedPath : self }
}
