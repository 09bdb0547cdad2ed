import ArgumentParser
import Distributions
import LinkToken
import Trust

/// What is said of a survey, both when links are made and when they were sent.
extension ArgumentHelp {
    static var distributionName: ArgumentHelp { "The name of the distribution." }

    static var surveyURL: ArgumentHelp {
        ArgumentHelp("The survey's address, with fields in braces.", valueName: "template")
    }

    static var surveyTool: ArgumentHelp {
        ArgumentHelp("The survey tool; the survey URL is checked for what the tool needs.", valueName: "name")
    }

    static var resume: ArgumentHelp {
        ArgumentHelp("How long a started survey may be resumed: 7d, 12h, never or always.", valueName: "time")
    }
}

/// Says what the survey tool needs in addition to the URL, or that one is known.
func noteTool(_ tool: SurveyTool?, of surveyURL: SurveyURLTemplate) {
    if let tool {
        guard let parameter = tool.review(surveyURL).sessionParameter else { return }
        note("\(tool.name) keeps the session only if \(tool.conditionForKeeping(parameter)).")
    } else if let tool = SurveyTool.recognized(in: surveyURL) {
        note("The survey URL is an address of \(tool.name); --tool \(tool.id) checks it.")
    }
}

extension SurveyTool: ExpressibleByArgument {
    public init?(argument: String) { self.init(id: argument.lowercased()) }

    public static var allValueStrings: [String] { all.map(\.id) }
}

/// How long a started survey may be resumed.
struct ResumeArgument: ExpressibleByArgument {
    var policy: ResumePolicy

    init(policy: ResumePolicy) {
        self.policy = policy
    }

    init?(argument: String) {
        guard let policy = ResumePolicy(argument) else { return nil }
        self.init(policy: policy)
    }

    var defaultValueDescription: String { policy.text }
}
