extension SurveyTool {
    /// Without `newtest=Y`, the second person in a browser sees, and finishes, the answers of the first.
    static let limeSurvey = SurveyTool(
        id: "limesurvey", name: "LimeSurvey",
        condition: { "the survey has a question with the code \"\($0)\"" },
        isAddress: { $0.isHost("limesurvey.net") },
        isLikelyAddress: { (url) in
            guard let script = url.pathSegments.firstIndex(of: "index.php") else { return false }
            return url.pathSegments[script...].contains(where: isSurveyID) || isSurveyID(url["sid"] ?? "")
        },
        check: { (review) in
            let form = "https://HOST/index.php/SURVEY_ID"
            let segments = review.url.pathSegments
            if segments.contains(where: { ["admin", "surveyAdministration", "questionAdministration"].contains($0) }) {
                review.refuse(.notForRespondents(form: form))
            } else if !segments.contains(where: isSurveyID), !isSurveyID(review.url["sid"] ?? "") {
                review.doubt(.unusualAddress(form: form))
            }
            if review.url["token"] == "{session}" {
                review.refuse(.mustBe("token={session}", expected: "token={contact_id}")) {
                    $0.query.set("token", to: "{contact_id}")
                }
            }
            review.requireSession()
            guard !review.url.path.contains("/newtest/Y") else { return }
            switch review.url["newtest"] {
            case "Y": break
            case nil: review.refuse(.missing("newtest=Y")) { $0.query.set("newtest", to: "Y") }
            case let value?:
                review.refuse(.mustBe("newtest=\(value)", expected: "newtest=Y")) { $0.query.set("newtest", to: "Y") }
            }
        },
        contactIDRule: { $0["token"] == "{contact_id}" ? .limeSurvey : nil })

    private static func isSurveyID(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

extension ContactIDRule {
    /// What LimeSurvey 6 keeps of an access code. A participant with another one is left out when participants are imported.
    static let limeSurvey = ContactIDRule(
        tool: "LimeSurvey", rule: "an access code has 1 to 36 of the characters A-Z, a-z, 0-9, _, ~ and -"
    ) { (id) in
        (1...36).contains(id.utf8.count)
            && id.utf8.allSatisfy { (byte) in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
