import Distributions

/// What an import of an uploaded file would say of it, with its columns taken for what a form says.
struct UploadReading: Sendable {
    /// Nil when the columns are taken for what their headings say.
    let form: FormFields?
    let check: ContactCheck?
    /// Why it can't be imported at all.
    let problem: DistributionsError?

    /// Files up to here are read at once, larger ones by a job.
    static let promptLimit = 1 << 20

    /// Whether it says what a reading by that form would.
    func isBy(_ form: FormFields?) -> Bool { Self.columns(self.form) == Self.columns(form) }

    private static func columns(_ form: FormFields?) -> [String: String]? {
        form.map { (form) in
            Dictionary(form.fields.filter { $0.name.hasPrefix("column-") }.map { ($0.name, $0.value) }) { $1 }
        }
    }
}
