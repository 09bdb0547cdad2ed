import LinkToken

/// Takes contacts in: refuses an ID that came before, makes IDs that are missing, and counts what a person should know.
///
/// It keeps one hash per contact and no text, so a million contacts take some 55 MiB. The hash (SipHash, with a key of
/// this process) only raises a suspicion; before a duplicate ID is refused, the file is read again and the IDs are
/// compared. Duplicate e-mail addresses are only counted, by their hash.
public struct ContactIntake {
    public private(set) var report = ContactReport()

    private var ids = HashIndex()
    private var emails = HashIndex()
    private var lines: [UInt32] = []
    private var generator = SystemRandomNumberGenerator()

    public init() {}

    /// Checks a contact and gives it an ID when it has none.
    ///
    /// - Parameters:
    ///   - contact: the contact.
    ///   - line: its line in the file.
    ///   - file: the file that it comes from, which is read again if its ID seems to be a duplicate.
    ///   - isCounted: whether it counts in the report: false for a contact that is left out.
    ///   - confirming: whether the file is read again to confirm a duplicate ID; if not, the same hash is enough.
    /// - Throws: ``DistributionsError/contact(file:line:fault:)`` for an ID that an earlier contact has.
    public mutating func take(
        _ contact: inout Contact, line: Int, from file: ContactFile, isCounted: Bool = true, confirming: Bool = true
    ) throws(DistributionsError) {
        let before = report
        defer { if !isCounted { report = before } }
        let ordinal = UInt32(lines.count)
        lines.append(UInt32(clamping: line))
        if let id = contact.id {
            // Two different IDs that share a hash: both are kept, the second one unindexed.
            if case .present(let first) = ids.insert(id.text, ordinal) {
                let firstLine = Int(lines[Int(first)])
                let firstID = confirming ? try file.contactID(inLine: firstLine) : id
                if firstID == id {
                    throw .contact(
                        file: file.name ?? file.path, line: line,
                        fault: .duplicateID(id: id.text, firstLine: firstLine))
                }
            }
            if id.text.utf8.contains(UInt8(ascii: "@")) {
                report.emailsAsIDs += 1
                report.firstEmailAsID = report.firstEmailAsID ?? line
            }
        } else {
            var id: ContactID
            repeat { id = ContactID.made(using: &generator) } while !ids.insert(id.text, ordinal).isNew
            contact.id = id
            report.idsMade += 1
        }
        if contact.email.isEmpty {
            report.withoutEmail += 1
        } else if !emails.insertAddress(contact.email, ordinal).isNew {
            report.duplicateEmails += 1
        }
        report.contacts += 1
    }
}

/// What was found while contacts were taken in.
public struct ContactReport: Hashable, Sendable {
    public var contacts = 0
    /// Contacts that had no ID and were given one.
    public var idsMade = 0
    /// Contacts whose e-mail address came before, in any case. Each still gets a link of its own.
    public var duplicateEmails = 0
    public var withoutEmail = 0
    /// Contacts whose ID is an e-mail address, which is readable in the link; and the line of the first.
    public var emailsAsIDs = 0
    public var firstEmailAsID: Int?
    /// What became of the contacts of the list that was replaced. Nil when none was.
    public internal(set) var changes: ContactChanges?
    /// What was found in the file itself.
    public internal(set) var findings = ContactFindings()

    public init() {}

    /// What a person should know; empty when all is well.
    public var warnings: [ContactWarning] {
        var warnings = findings.warnings
        if let firstEmailAsID { warnings.append(.emailsAsIDs(emailsAsIDs, firstLine: firstEmailAsID)) }
        if duplicateEmails > 0 { warnings.append(.sharedEmails(duplicateEmails)) }
        if withoutEmail > 0 { warnings.append(.withoutEmail(withoutEmail)) }
        return warnings
    }
}

/// A set of texts by their 64-bit hash, with the number that each was inserted with: 12 bytes a slot, no text.
///
/// The hash is keyed anew in every process, so nobody can prepare a list whose hashes collide. Among a million texts
/// two different ones share a hash with a probability of 3 in 10^8.
struct HashIndex {
    enum Outcome {
        case new
        case present(UInt32)

        var isNew: Bool { if case .new = self { true } else { false } }
    }

    private(set) var count = 0
    private var slots: [Slot]

    /// In halves: a `UInt64` would be aligned, and four bytes of each slot be wasted.
    private struct Slot {
        private var low: UInt32 = 0
        private var high: UInt32 = 0
        var number: UInt32 = 0

        /// Zero is an empty slot.
        var hash: UInt64 { UInt64(high) << 32 | UInt64(low) }

        init() {}

        init(hash: UInt64, number: UInt32) {
            low = UInt32(truncatingIfNeeded: hash)
            high = UInt32(truncatingIfNeeded: hash >> 32)
            self.number = number
        }
    }

    init(capacity: Int = 1024) {
        var size = 1024
        while size * 3 / 4 < capacity { size *= 2 }
        slots = Array(repeating: Slot(), count: size)
    }

    mutating func insert(_ text: String, _ number: UInt32) -> Outcome {
        insert(Self.hash(text), number)
    }

    /// Inserts an e-mail address, whose case does not matter.
    mutating func insertAddress(_ address: String, _ number: UInt32) -> Outcome {
        insert(address.foldedAddress, number)
    }

    private mutating func insert(_ hash: UInt64, _ number: UInt32) -> Outcome {
        if count >= slots.count / 4 * 3 { grow() }
        let slot = find(hash)
        if slots[slot].hash == hash { return .present(slots[slot].number) }
        slots[slot] = Slot(hash: hash, number: number)
        count += 1
        return .new
    }

    /// The number that the text was inserted with.
    func number(of text: String) -> UInt32? {
        let hash = Self.hash(text)
        let slot = find(hash)
        return slots[slot].hash == hash ? slots[slot].number : nil
    }

    /// The number that the e-mail address was inserted with, in any case.
    func number(ofAddress address: String) -> UInt32? { number(of: address.foldedAddress) }

    func contains(_ text: String) -> Bool { number(of: text) != nil }

    private func find(_ hash: UInt64) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot].hash != 0, slots[slot].hash != hash { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        var larger = HashIndex(capacity: slots.count * 3 / 4 + 1)
        for slot in slots where slot.hash != 0 { larger.slots[larger.find(slot.hash)] = slot }
        larger.count = count
        self = larger
    }

    private static func hash(_ text: String) -> UInt64 {
        var hasher = Hasher()
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        let hash = UInt64(bitPattern: Int64(hasher.finalize()))
        return hash == 0 ? 1 : hash
    }
}

extension String {
    /// An e-mail address in lower case: it is the same one in any.
    var foldedAddress: String {
        let isLower = utf8.allSatisfy { $0 < 0x80 && !(0x41...0x5A).contains($0) }
        return isLower ? self : lowercased()
    }
}
