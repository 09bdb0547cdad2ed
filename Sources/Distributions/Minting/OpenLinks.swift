import Cryptography
import LinkToken

/// The links of a distribution that a survey can be started with, one after the other, for services that send them out.
/// They are minted again and never stored.
public struct OpenLinks {
    private let distribution: Distribution
    private let minter: LinkMinter
    private let now: UnixTime
    private var reader: StoredContactReader
    private var row: UInt32 = 0

    init(
        of distribution: Distribution, in library: DistributionLibrary, key: PrivateKey, at now: UnixTime
    ) throws(DistributionsError) {
        guard key.id == distribution.keyID else {
            throw .refused(
                distribution.id, reason: "its key signs no more; download the distribution once, which renews its links"
            )
        }
        self.distribution = distribution
        self.now = now
        minter = try LinkMinter(distribution, key: key, salt: try library.salt(of: distribution))
        reader = try StoredContactReader(library.contactsPath(of: distribution.id))
    }

    /// The next contact whose link is neither deleted, revoked nor expired; nil at the end.
    public mutating func next() throws(DistributionsError) -> (contact: Contact, link: String)? {
        while let contact = try reader.next() {
            let serial = Serial(rawValue: row)
            row += 1
            guard !contact.isErased, distribution.status(of: serial, use: .none, at: now) == .emailNotSent else {
                continue
            }
            do {
                return (contact, try minter.link(for: contact, serial: serial))
            } catch {
                throw DistributionsError(wrapping: error)
            }
        }
        return nil
    }
}

extension DistributionLibrary {
    /// The links of a distribution that can be opened, whatever is known of their use.
    ///
    /// - Parameter key: the distribution's key (``key(for:in:)``).
    /// - Throws: ``DistributionsError/refused(_:reason:)`` when that is not what its links were minted with.
    public func openLinks(
        of distribution: Distribution, key: PrivateKey, at now: UnixTime
    ) throws(DistributionsError) -> OpenLinks {
        try OpenLinks(of: distribution, in: self, key: key, at: now)
    }
}
