import Distributions
import Encoding
import LinkToken
import Trust

/// What was entered into the form that generates links so far.
struct GenerateDraft: Sendable {
    /// Whose contacts get links.
    enum Source: Hashable, Sendable {
        case list(String)
        case distribution(DistributionID)

        init?(_ text: String) {
            let parts = text.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            switch parts[0] {
            case "list": self = .list(String(parts[1]))
            case "distribution":
                guard let id = DistributionID(String(parts[1])) else { return nil }
                self = .distribution(id)
            default: return nil
            }
        }

        /// As the form has it.
        var text: String {
            switch self {
            case .list(let name): "list:" + name
            case .distribution(let id): "distribution:\(id)"
            }
        }
    }

    enum Selection: String, Sendable {
        case whole, individuals, sample
    }

    enum Survey: Hashable, Sendable {
        /// The tool that the address says it is.
        case recognized
        case tool(String)
        case other
        /// The console's own, to try linkseal with.
        case sample

        init(_ text: String) {
            self =
                switch text {
                case "": .recognized
                case "other": .other
                case "sample": .sample
                default: SurveyTool(id: text) == nil ? .recognized : .tool(text)
                }
        }
    }

    var source: Source?
    /// The source that the page was drawn for, whose fields and people it shows. Empty in links to the page.
    let shownSource: String
    var name, sample, search, surveyURL: String
    var selection: Selection
    /// Contact IDs that are ticked.
    var contacts: [String]
    /// Addresses and IDs that were pasted.
    var pasted: String
    /// A field, and the value that it must have.
    var condition: FieldCondition
    var statuses: Set<LinkStatus>
    var notIn: DistributionID?
    var survey: Survey
    var expiration: ExpirationFields
    var resume: ResumeFields
    /// What the spreadsheet is for.
    var target: SpreadsheetTarget
    /// Fields that are ticked, whether they are to travel or not.
    var fields: [String]
    var isInLink: Bool
    /// Tells a form that is sent twice from two forms.
    let formID: String

    init(_ form: FormFields) {
        let list = form["list"]
        source = Source(form["source"]) ?? (list.isEmpty ? nil : .list(list))
        shownSource = form["shown-source"]
        (name, sample, search) = (form["name"].trimmed, form["sample"].trimmed, form["search"].trimmed)
        surveyURL = form["survey-url"].trimmed
        selection = Selection(rawValue: form["selection"]) ?? .whole
        var seen: Set<String> = []
        contacts = form.all("contact").filter { seen.insert($0).inserted }
        pasted = form["pasted"]
        condition = FieldCondition(field: form["where-field"], value: form["where-value"].trimmed)
        statuses = Set(form.all("status").compactMap { LinkStatus($0) })
        notIn = DistributionID(form["not-in"])
        survey = Survey(form["survey-tool"])
        expiration = ExpirationFields(form)
        resume = ResumeFields(form)
        target = SpreadsheetTarget(form["tool"])
        fields = form.all("field")
        isInLink = form["data"] == "in-link"
        formID = form["form-id"]
    }

    /// The fields that travel in the link.
    var inLinkFields: [String] { isInLink ? fields : [] }

    /// Everyone who was ticked or pasted, by ID or address.
    var individuals: [String] {
        var seen: Set<String> = []
        let typed = pasted.split { $0.isNewline || $0.isWhitespace || ",;<>\"".contains($0) }.map(String.init)
        return (contacts + typed.filter { $0.contains("@") || !pasted.contains("@") })
            .filter { seen.insert($0.lowercased()).inserted }
    }
}
