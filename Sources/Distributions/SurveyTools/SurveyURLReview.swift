import Trust

/// What a survey tool finds wrong with a survey URL.
public struct SurveyURLReview: Hashable, Sendable {
    /// The name of the tool.
    public let tool: String
    /// Why the tool can't use the URL. Links should not be made then.
    public private(set) var faults: [SurveyURLError] = []
    /// What may go wrong and can't be proven.
    public private(set) var doubts: [SurveyURLDoubt] = []
    /// The parameter that carries the session. Nil when none does.
    public private(set) var sessionParameter: String?
    /// The URL with every correction made.
    private(set) var url: SurveyURLParts
    private let given: SurveyURLParts
    private var isCertain = true

    init(tool: String, url: SurveyURLParts) {
        self.tool = tool
        self.url = url
        given = url
    }

    /// The URL as the tool needs it. Nil when nothing is to be corrected, or when the right URL can't be known.
    public var corrected: String? { isCertain && url != given ? url.text : nil }

    /// - Parameter correction: what makes the URL right, when that is certain.
    mutating func refuse(_ fault: SurveyURLError, correction: ((inout SurveyURLParts) -> Void)? = nil) {
        faults.append(fault)
        correct(correction)
    }

    /// - Parameter correction: what removes the doubt, when that is certain.
    mutating func doubt(_ doubt: SurveyURLDoubt, correction: ((inout SurveyURLParts) -> Void)? = nil) {
        doubts.append(doubt)
        correct(correction)
    }

    private mutating func correct(_ correction: ((inout SurveyURLParts) -> Void)?) {
        if let correction { correction(&url) } else { isCertain = false }
    }

    /// Requires a parameter whose value is the session.
    mutating func requireSession(inFragment: Bool = false) {
        let (name, field) = ("session", "{session}")
        let parameters = inFragment ? url.fragment : url.query
        sessionParameter = parameters.first { $0.value == field }?.name
        guard sessionParameter == nil else { return }
        let found = parameters.first { $0.name == name }
        let expected = SurveyURLParts.Parameter(name, field).text
        refuse(found.map { .mustBe($0.text, expected: expected) } ?? .missing((inFragment ? "#" : "") + expected)) {
            if inFragment {
                $0.fragment.set(name, to: field)
            } else {
                // The part after # never reaches the tool.
                $0.fragment.removeAll { $0.value == field }
                $0.query.set(name, to: field)
            }
        }
    }

    /// Requires a question that is filled with the session, for tools whose pre-filled links name their questions.
    ///
    /// A link that fills one question, or one with the word `SESSION`, is certainly to fill it with the session.
    mutating func requireFilledQuestion(where isQuestion: (String) -> Bool) {
        let questions = url.query.filter { isQuestion($0.name) }
        if let filled = questions.first(where: { Self.inQuotes($0.value ?? "").text == "{session}" }) {
            sessionParameter = filled.name
            return
        }
        let marked = questions.filter { Self.inQuotes($0.value ?? "").text.lowercased() == "session" }
        let candidates = marked.isEmpty ? questions : marked
        guard candidates.count == 1 else { return refuse(.noQuestionFilled) }
        let quote = Self.inQuotes(candidates[0].value ?? "").quote
        let right = SurveyURLParts.Parameter(candidates[0].name, quote + "{session}" + quote)
        refuse(.mustBe(candidates[0].text, expected: right.text)) { $0.query.set(right.name, to: right.value!) }
    }

    /// Text, and the encoded quotation mark around it, if there is one.
    private static func inQuotes(_ value: String) -> (text: Substring, quote: String) {
        for quote in ["%22", "\""] where value.count >= 2 * quote.count {
            guard value.hasPrefix(quote), value.hasSuffix(quote) else { continue }
            return (value.dropFirst(quote.count).dropLast(quote.count), quote)
        }
        return (value[...], "")
    }
}

/// Why a survey tool can't use a survey URL.
public enum SurveyURLError: Hashable, Sendable {
    /// It is an address of another tool, with its name and its ID.
    case addressOf(tool: String, id: String)
    /// Respondents can't answer at that address. Theirs has the form.
    case notForRespondents(form: String)
    /// It is a short address, which loses its parameters. The long one has the form.
    case shortened(form: String)
    /// A parameter is missing.
    case missing(String)
    /// No question is filled with the session.
    case noQuestionFilled
    /// A part of the URL has to be another one.
    case mustBe(String, expected: String)
}

/// What a survey tool may not do with a survey URL.
public enum SurveyURLDoubt: Hashable, Sendable {
    /// The address is not of the usual form.
    case unusualAddress(form: String)
    /// A parameter is missing that the tool itself puts there.
    case missing(String)
    /// The tool documents hidden fields after `#`, and not after `?`.
    case notInFragment(String)
}

extension SurveyURLError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .addressOf(let tool, _): "it is an address of \(tool)"
        case .notForRespondents(let form): "respondents can't answer at that address; theirs has the form \(form)"
        case .shortened(let form): "a short address loses its parameters; the long one has the form \(form)"
        case .missing(let parameter): "it lacks \(parameter)"
        case .noQuestionFilled:
            "it fills no question with {session}; get a pre-filled link from the form, and put {session} where its answer is"
        case .mustBe(let found, let expected): "\(found) must be \(expected)"
        }
    }
}

extension SurveyURLDoubt: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unusualAddress(let form): "its address does not have the form \(form)"
        case .missing(let parameter): "it lacks \(parameter)"
        case .notInFragment(let parameter): "\(parameter) belongs after #, not after ?"
        }
    }
}
