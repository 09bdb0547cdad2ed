import Distributions
import Encoding
import HTTPTypes
import Hummingbird
import LinkToken
import Mustache

/// The files that pages are drawn with.
enum Assets {
    static let style = PackageResources.console_css
    static let script = PackageResources.console_js
    static let icon = PackageResources.icon_svg
}

/// The mustache templates of all pages. Text from people and files is always escaped; three braces hold
/// only what the console drew itself.
struct PageTemplates: Sendable {
    private let library: MustacheLibrary

    static let standard: PageTemplates = {
        do {
            return try PageTemplates()
        } catch {
            fatalError("a built-in template is malformed: \(error)")
        }
    }()

    private init() throws {
        MustacheContentTypes.register(MarkupText(), named: MarkupText.name)
        var library = MustacheLibrary()
        for (name, bytes) in [
            ("layout", PackageResources.layout_mustache), ("sign-in", PackageResources.sign_in_mustache),
            ("problem", PackageResources.problem_mustache), ("distributions", PackageResources.distributions_mustache),
            ("distribution", PackageResources.distribution_mustache), ("ending", PackageResources.ending_mustache),
            ("link", PackageResources.link_mustache), ("settings", PackageResources.settings_mustache),
            ("sample-survey", PackageResources.sample_survey_mustache),
            ("generate", PackageResources.generate_mustache),
            ("job", PackageResources.job_mustache), ("lists", PackageResources.lists_mustache),
            ("list", PackageResources.list_mustache), ("upload", PackageResources.upload_mustache),
            ("contact", PackageResources.contact_mustache), ("removal", PackageResources.removal_mustache),
            ("list-removal", PackageResources.list_removal_mustache), ("merge", PackageResources.merge_mustache),
            ("erasure", PackageResources.erasure_mustache), ("paging", PackageResources.paging_mustache),
            ("source", PackageResources.source_mustache), ("keys", PackageResources.keys_mustache),
            ("audit", PackageResources.audit_mustache), ("expiration", PackageResources.expiration_mustache),
            ("deletion", PackageResources.deletion_mustache),
            ("sessions", PackageResources.sessions_mustache),
            ("rotation", PackageResources.rotation_mustache),
            ("signed-in", PackageResources.signed_in_mustache), ("unsent", PackageResources.unsent_mustache),
            ("qr-sheet", PackageResources.qr_sheet_mustache),
            ("result", PackageResources.result_mustache),
            ("results", PackageResources.results_mustache),
            ("add", PackageResources.add_mustache),
            ("added", PackageResources.added_mustache),
            ("edit", PackageResources.edit_mustache),
            ("link-change", PackageResources.link_change_mustache),
            ("remind", PackageResources.remind_mustache),
            ("test-link", PackageResources.test_link_mustache),
        ] {
            let text = String(decoding: bytes, as: UTF8.self)
            try library.register("{{% CONTENT_TYPE:\(MarkupText.name)}}" + text, named: name)
        }
        self.library = library
    }

    func render(_ name: String, _ fields: [String: Any]) -> String {
        guard let text = library.render(fields, withTemplate: name) else {
            preconditionFailure("every template is registered")
        }
        return text
    }
}

/// Escapes what pages show, scalar by scalar. The engine's own escaping goes by characters, and leaves a quotation mark alone
/// that an accent follows, which ends an attribute all the same.
private struct MarkupText: MustacheContentType {
    static let name = "MARKUP"

    func escapeText(_ text: String) -> String { text.markupEscaped }
}

/// An entry of the navigation.
enum Section: String, CaseIterable, Sendable {
    case links, contacts, settings, audit

    var title: String {
        switch self {
        case .links: "Personal links"
        case .contacts: "Contact lists"
        case .settings: "Settings"
        case .audit: "Audit trail"
        }
    }

    var path: String {
        switch self {
        case .links: "/"
        case .contacts: "/contacts"
        case .settings: "/settings"
        case .audit: "/audit"
        }
    }
}

extension ConsoleService {
    /// A page in the layout that all share.
    func page(
        _ template: String, _ title: String, in section: Section?, _ fields: [String: Any], for session: Session?,
        refreshing: Bool = false, status: HTTPResponse.Status = .ok
    ) -> Response {
        var fields = fields
        fields["formToken"] = session?.formToken ?? ""
        fields["canEdit"] = session.map { $0.role >= .editor } ?? false
        fields["isAdmin"] = session?.role == .admin
        var main = templates.render(template, fields)
        if let unsent = session?.unsent {
            let filled = unsent.isDrawn ? nil : FilledForm(main, unsent)
            let leftOver = filled?.leftOver ?? []
            main =
                templates.render(
                    "unsent",
                    [
                        "hadFile": unsent.hadFile, "hasLeftOver": !leftOver.isEmpty,
                        "leftOver": leftOver.map { ["name": $0.name, "value": $0.value] },
                    ]) + (filled?.html ?? main)
        }
        let layout: [String: Any] = [
            "title": title, "main": main, "isSignedIn": session != nil,
            "userName": session.map { Session.shortName(of: $0.user) } ?? "", "formToken": session?.formToken ?? "",
            "isRefreshing": refreshing,
            "sections": Section.allCases.filter { isOpen($0.path, to: session) }.map {
                ["title": $0.title, "path": $0.path, "isCurrent": $0 == section] as [String: Any]
            },
        ]
        return .html(templates.render("layout", layout), status: status)
    }

    /// Whether a user may see a page.
    private func isOpen(_ path: String, to session: Session?) -> Bool {
        guard let session, let role = ConsolePath(path).flatMap({ route(.get, $0.words) })?.route.access.role else {
            return false
        }
        return session.role >= role
    }

    /// The page that says what went wrong and what to do.
    func problem(
        _ problem: some CustomStringConvertible, status: HTTPResponse.Status, _ session: Session?
    ) -> Response {
        let title = status.code == 404 ? "Not found" : "That did not work"
        return page(
            "problem", title, in: nil, ["title": title, "message": Self.sentence(problem.description)], for: session,
            status: status)
    }

    /// The page that says what keeps a change waiting.
    func busy(_ session: Session?) -> Response {
        let titles = jobs.open.filter { if case .running = $0.state { true } else { false } }.map(\.title)
        var response = problem(
            DistributionsError.busy.description
                + (titles.isEmpty ? "" : "; under way: " + titles.joined(separator: ", ")),
            status: .serviceUnavailable, session)
        response.headers[.retryAfter] = "5"
        return response
    }

    /// Words of a module below as a sentence. A file's name keeps its case.
    static func sentence(_ text: String) -> String {
        let isFile = text.prefix { $0 != " " }.contains(".")
        return (isFile ? text : text.prefix(1).uppercased() + text.dropFirst()) + (text.hasSuffix(".") ? "" : ".")
    }
}

extension UnixTime {
    /// For people: `2026-11-24 07:18 UTC`.
    var short: String {
        let text = description
        return text.prefix(10) + " " + text.dropFirst(11).prefix(5) + " UTC"
    }

    /// `2026-11-24 UTC`.
    var day: String { description.prefix(10) + " UTC" }
}

/// A number as people read it, in groups of three digits.
func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index) % 3 == 0 { text += "\u{202F}" }
        text.append(digit)
    }
    return text
}
