import Encoding
import Glibc
import LinkToken

/// Something that was done to a distribution: an entry of its history.
///
/// It has numbers of contacts and links, and never a name or an address of a contact: what is erased of a person must be
/// nowhere in the workspace.
public struct DistributionChange: Hashable, Sendable, Codable {
    public let at: UnixTime
    /// ``actor`` at the time; otherwise the login name of the user who ran the process, and nil if the system knows none.
    public let by: String?
    public let action: Action

    /// For whom this process makes changes, where that isn't the user who runs it.
    @TaskLocal public static var actor: String?

    /// What was done.
    public enum Action: Hashable, Sendable, Codable {
        case generated(links: Int)
        /// Contacts were added, one link each.
        case added(contacts: Int)
        /// Links expire at another time than before: those of some recipients, or all.
        case expiryChanged(to: UnixTime, recipients: Int? = nil)
        /// A reminder was written.
        case reminded(recipients: Int, to: ReminderAudience)
        /// Started or finished links can be started again.
        case reopened(links: Int)
        case revoked(links: Int)
        case revocationUndone(links: Int)
        case deleted
        case edited(settings: [EditedSetting])
        /// Some recipients, or all, have new links instead of those before.
        case regenerated(recipients: Int? = nil)
        /// The links are signed with another key than before, and so are other links.
        case keyReplaced
        case archived
        case unarchived
        case noted
        case noteRemoved
        /// Contacts were erased, and their links revoked.
        case erased(contacts: Int)
    }

    /// A setting that was changed, and what it was before.
    public struct EditedSetting: Hashable, Sendable, Codable {
        public let setting: Setting
        public let before: String
    }

    /// What can be changed after links were sent, since they don't say it themselves.
    public enum Setting: String, Hashable, Sendable, Codable, CaseIterable {
        case name, surveyURL, resume
    }
}

extension Distribution {
    /// Adds to the history what is done to the distribution. Whatever changes nothing records nothing.
    mutating func record(_ action: DistributionChange.Action, at now: UnixTime) {
        history.append(DistributionChange(at: now, by: DistributionChange.actor ?? loginName, action: action))
    }
}

extension DistributionChange.Action: CustomStringConvertible {
    public var description: String {
        switch self {
        case .generated(let links): "generated \(Self.links(links))"
        case .added(let contacts): "added \(counted(contacts, "contact", "contacts"))"
        case .expiryChanged(let time, let recipients): "changed the expiration\(Self.of(recipients)) to \(time)"
        case .reminded(let recipients, let audience):
            "wrote a reminder for \(counted(recipients, "recipient", "recipients")) who \(audience.clause)"
        case .reopened(let links): "reopened \(Self.links(links))"
        case .revoked(let links): "revoked \(Self.links(links))"
        case .revocationUndone(let links): "undid the revocation of \(Self.links(links))"
        case .deleted: "deleted all links"
        case .edited(let settings):
            "changed \(Self.list(settings.map { "\($0.setting.title) (before: \($0.before))" }))"
        case .regenerated(let recipients):
            recipients.map { "made new links for \(counted($0, "recipient", "recipients"))" } ?? "made all links anew"
        case .keyReplaced: "signed the links with another key"
        case .archived: "archived it"
        case .unarchived: "listed it again"
        case .noted: "noted something"
        case .noteRemoved: "removed the note"
        case .erased(let contacts): "erased \(counted(contacts, "contact", "contacts"))"
        }
    }

    private static func links(_ count: Int) -> String { counted(count, "link", "links") }

    private static func list(_ words: [String]) -> String {
        words.count < 2
            ? words.joined() : words.dropLast().joined(separator: ", ") + " and " + words[words.count - 1]
    }

    private static func of(_ recipients: Int?) -> String {
        recipients.map { " of \(counted($0, "recipient", "recipients"))" } ?? ""
    }
}

extension DistributionChange.Setting {
    fileprivate var title: String {
        switch self {
        case .name: "the name"
        case .surveyURL: "the survey URL"
        case .resume: "the time to finish"
        }
    }
}

/// The login name of the user who runs this process. Nil if the system knows none, as in some containers.
private let loginName: String? = {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 1 << 14)
    guard getpwuid_r(getuid(), &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
    return String(cString: entry.pw_name)
}()
