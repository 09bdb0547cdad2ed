import Distributions
import Encoding
import LinkToken

/// How long people can come back to finish, as the fields of a form say it. Links to a form can say it in one field
/// instead, `resume`: `7d`, `never` or `always`.
struct ResumeFields: Hashable, Sendable {
    enum Kind: String, Sendable {
        case always, within, never
    }

    private(set) var kind: Kind
    private(set) var number: String
    private(set) var unit: Character

    init(_ policy: ResumePolicy) {
        (kind, number, unit) = (.within, "7", "d")
        switch policy {
        case .never: kind = .never
        case .untilFinished: kind = .always
        case .within(let seconds) where seconds % 86400 == 0: number = "\(seconds / 86400)"
        case .within(let seconds): (number, unit) = ("\((seconds + 3599) / 3600)", "h")
        }
    }

    /// Nil if the form doesn't have the fields.
    init?(sentIn form: FormFields) {
        guard let kind = Kind(rawValue: form["resume-kind"]) else { return nil }
        (self.kind, number) = (kind, form["resume-number"].trimmed)
        unit = form["resume-unit"] == "h" ? "h" : "d"
    }

    init(_ form: FormFields) {
        self = Self(sentIn: form) ?? Self(ResumePolicy(form["resume"]) ?? .standard)
    }

    /// - Throws: `DistributionsError.invalid(what:value:expected:)` for a number that can't be read.
    func policy() throws(DistributionsError) -> ResumePolicy {
        switch kind {
        case .always: return .untilFinished
        case .never: return .never
        case .within:
            guard let policy = ResumePolicy(number + String(unit)), policy != .never else {
                throw .invalid(what: "time to finish", value: number, expected: "a number of days or hours from 1")
            }
            return policy
        }
    }

    var fields: [String: Any] {
        [
            "resumeAlways": kind == .always, "resumeWithin": kind == .within, "resumeNever": kind == .never,
            "resumeNumber": number, "resumeDays": unit == "d", "resumeHours": unit == "h",
        ]
    }
}
