import ArgumentParser
import Distributions
import Trust

extension DistributionsCommand {
    struct Edit: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a distribution's name, survey URL or time to finish after its links were sent.",
            discussion: """
                Links that were sent stay as they are, and lead to the new survey URL as soon as edges know of it. It may hold \
                {contact_id}, {session}, {distribution}, {serial}, and the fields that the links carry.

                  linkseal distributions edit "NPS Q4" --survey-url 'https://new.example/s?r={session}'
                  linkseal distributions edit "NPS Q4" --name "NPS Q4 (extended)" --resume 14d

                Both apply to surveys that were started already too: people who come back to finish are sent to the new \
                address, and have the new time since their start.
                """)
        @OptionGroup var options: LinkChangeOptions

        @Option(help: .distributionName)
        var name: String?

        @Option(help: .surveyURL)
        var surveyURL: String?

        @Option(help: .surveyTool)
        var tool: SurveyTool?

        @Option(help: .resume)
        var resume: ResumeArgument?

        func validate() throws {
            if name == nil, surveyURL == nil, resume == nil {
                throw ValidationError("Say what to change: --name, --survey-url or --resume.")
            }
            if tool != nil, surveyURL == nil { throw ValidationError("--tool goes with --survey-url.") }
        }

        func run() throws {
            let (workspace, distribution) = try options.find()
            let secret = try options.passphrase.read()
            var edit = DistributionEdit()
            edit.name = name
            edit.surveyURL = surveyURL
            edit.tool = tool
            edit.resume = resume?.policy
            for warning in try workspace.distributions.warnings(for: edit, of: distribution) { warn(warning) }
            finishDespiteInterruption()
            let edited = try workspace.distributions.edit(distribution.id, edit, at: .now)
            if surveyURL != nil { noteTool(tool, of: edited.surveyURL) }
            try options.finish(
                edited, links: edited.contacts, in: workspace, passphrase: secret,
                edited == distribution
                    ? "\"\(edited.name)\" (\(edited.id)) was like that already."
                    : "Changed \"\(edited.name)\" (\(edited.id)).")
        }
    }
}
