import Distributions

/// What an import of an uploaded file would say of it, read as a form says.
struct UploadReading: Sendable {
    /// Nil when everything was detected.
    let form: FormFields?
    let review: ContactFileReview
    /// Why an import failed although the file is in order.
    var failure: String?

    /// Files up to here are read at once, larger ones by a job.
    static let promptLimit = 1 << 20

    /// Whether it says what a reading by that form would.
    func isBy(_ form: FormFields) -> Bool { self.form.map(Self.settings) == Self.settings(form) }

    /// The fields of a form that say how to read the file, without the name of the list.
    private static func settings(_ form: FormFields) -> [String: String] {
        Dictionary(
            form.fields.filter { (field) in
                ["encoding", "separator", "sheet", "first-line", "skip-opted-out"].contains(field.name)
                    || field.name.hasPrefix("column-") || field.name.hasPrefix("heading-")
            }.map { ($0.name, $0.value) }
        ) { (first, _) in first }
    }
}

extension ContactFile {
    /// An uploaded file, read as the form says. The person knows it by the name that it was uploaded under.
    init(_ upload: Uploads.Upload, readAs form: FormFields?) {
        self.init(upload.path, name: upload.fileName)
        guard let form else { return }
        encoding = TextEncoding(form["encoding"]) ?? .utf8
        separator = CSVSeparator(form["separator"])
        if !form["sheet"].isEmpty { sheet = form["sheet"] }
        hasHeadings = form["first-line"] != "contact"
        skipsOptedOut = form["skip-opted-out"] == "yes"
    }
}

extension ContactFileReview {
    /// - Parameter form: nil for what is detected.
    init(
        of upload: Uploads.Upload, by form: FormFields?, progress: ContactLibrary.ContactProgress? = nil
    ) {
        var choices: [Choice] = []
        while let form, form.has("column-\(choices.count)") {
            let heading = "heading-\(choices.count)"
            choices.append(
                Choice(
                    heading: form.has(heading) ? form[heading] : nil,
                    field: ContactField(rawValue: form["column-\(choices.count)"])))
        }
        self.init(
            ContactFile(upload, readAs: form), choices: choices, detectingHeadings: form == nil, progress: progress)
    }
}
