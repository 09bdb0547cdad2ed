import LinkToken
import Trust

/// What shall change of a distribution whose links were sent. What isn't named stays as it is.
public struct DistributionEdit: Sendable {
    public var name: String?
    /// Where people are sent from now on, also those who come back to finish. Its fields are those that the links carry.
    public var surveyURL: String?
    /// What the survey URL leads to, when that is known. Its needs are checked.
    public var tool: SurveyTool?
    /// It counts for surveys that were started already too.
    public var resume: ResumePolicy?

    public init() {}
}

extension DistributionLibrary {
    /// What is known of an edit before it is made.
    ///
    /// - Throws: ``DistributionsError`` for an edit that can't be made, whatever the contacts.
    public func warnings(
        for edit: DistributionEdit, of distribution: Distribution
    ) throws(DistributionsError) -> [LinkWarning] {
        let edited = try distribution.edited(edit)
        var warnings: [LinkWarning] = []
        if edit.surveyURL != nil { warnings += edited.surveyURL.warnings(for: edit.tool) }
        if edited.resume.isShorter(than: distribution.resume) { warnings.append(.timeToFinishShortened(edited.resume)) }
        return warnings
    }

    /// Changes what links don't say themselves. Edges learn of it with the next trust bundle.
    ///
    /// - Throws: ``DistributionsError``, and nothing is changed: ``DistributionsError/exists(what:name:)`` for the name of
    ///   another distribution, ``DistributionsError/link(contact:source:line:fault:)`` if the survey URL would not work for
    ///   a contact, and ``DistributionsError/refused(_:reason:)`` if the links don't carry what it asks for, or if nobody
    ///   would get more time because the links' key is retired or revoked.
    public func edit(
        _ id: DistributionID, _ edit: DistributionEdit, at now: UnixTime
    ) throws(DistributionsError) -> Distribution {
        // Nobody adds a contact between the check and the change.
        let contactLock = edit.surveyURL == nil ? nil : try workspace.contactLock(.exclusive)
        defer { withExtendedLifetime(contactLock) {} }
        if edit.surveyURL != nil { try checkContacts(of: try distribution(id).edited(edit), tool: edit.tool) }
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        // Or else the key could be retired for want of links between the look at its state and the new manifest.
        let hold = edit.resume == nil ? nil : try keyHold()
        defer { extendLifetime(hold) }
        return try update(id) { (distribution) throws(DistributionsError) in
            let before = distribution
            distribution = try before.edited(edit)
            if before.resume.isShorter(than: distribution.resume) { try requireVerifyingKey(of: distribution) }
            if distribution.name != before.name, try takenNames(besides: id).contains(distribution.name) {
                throw .exists(what: "distribution", name: distribution.name)
            }
            let edited = DistributionChange.Setting.allCases.filter { $0.text(in: before) != $0.text(in: distribution) }
                .map { DistributionChange.EditedSetting(setting: $0, before: $0.text(in: before)) }
            if !edited.isEmpty { distribution.record(.edited(settings: edited), at: now) }
        }
    }

    /// - Throws: ``DistributionsError/link(contact:source:line:fault:)`` for the first contact for whom the survey URL would
    ///   not work, unless the link was revoked.
    private func checkContacts(of distribution: Distribution, tool: SurveyTool?) throws(DistributionsError) {
        let check = SurveyURLCheck(
            distribution, tool: tool,
            try EmbeddedDataCarrier(
                distribution.embeddedData, names: distribution.embeddedNames, salt: try salt(of: distribution)))
        guard check.dependsOnContacts else { return }
        try forEachContact(of: distribution.id) { (contact, serial) throws(DistributionsError) in
            if !distribution.isBroken(serial), let fault = check.fault(of: contact) {
                throw .link(contact: contact[.contactID], source: distribution.name, line: nil, fault: fault)
            }
            return true
        }
    }
}

extension Distribution {
    /// The distribution with what the edit names.
    fileprivate func edited(_ edit: DistributionEdit) throws(DistributionsError) -> Distribution {
        var edited = self
        if let name = edit.name {
            try Workspace.checkName(name)
            edited.name = name
        }
        if let text = edit.surveyURL {
            do {
                edited.surveyURL = try SurveyURLTemplate(text, inLinkFields: embeddedData.inLinkFields)
            } catch {
                throw .refused(id, reason: "\(error)")
            }
            try edit.tool?.check(edited.surveyURL)
        }
        if let resume = edit.resume { edited.resume = resume }
        return edited
    }
}

extension DistributionChange.Setting {
    fileprivate func text(in distribution: Distribution) -> String {
        switch self {
        case .name: distribution.name
        case .surveyURL: distribution.surveyURL.text
        case .resume: distribution.resume.text
        }
    }
}

extension ResumePolicy {
    fileprivate func isShorter(than other: ResumePolicy) -> Bool {
        switch (self, other) {
        case (.within(let seconds), .within(let otherSeconds)): seconds < otherSeconds
        case (.never, .within), (.never, .untilFinished), (.within, .untilFinished): true
        default: false
        }
    }
}
