import Distributions
import Encoding
import Hummingbird
import Trust

/// A survey of one question, by which linkseal can be tried before a real survey is there. Nothing that is answered is kept.
extension ConsoleService {
    static let sampleSurveyPath = "/sample-survey"

    /// The sample survey's address, as the browser that asks for it reaches the console.
    func sampleSurveyURL(for call: Call) -> String {
        (call.origin.isSecure ? "https://" : "http://") + call.origin.authority + Self.sampleSurveyPath
            + "?session={session}"
    }

    func showSampleSurvey(_ call: Call) throws -> Response {
        let session = call.query["session"]
        let base = try workspace.linkDefaults().baseURL
        return page(
            "sample-survey", "Sample survey", in: nil,
            [
                "hasSession": !session.isEmpty && base != nil,
                "done": base.map { $0.origin + "/done?session=" + session.percentEncoded } ?? "",
            ], for: nil)
    }
}
