/// The members of a field in which a client lists what it prefers, such as `Accept-Language`, in lower case and with
/// their weights from 0 to 1 (RFC 9110 §12.4.2).
///
/// Reads the first 1,000 characters. A weight that is not a number counts as 0, which means "not acceptable".
struct PreferenceList: Sendable {
    let members: [(name: String, weight: Double)]

    init(_ field: String?) {
        members = (field ?? "").prefix(1000).split(separator: ",").compactMap { (member) in
            let parts = member.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let name = parts.first else { return nil }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            return (name, (0...1).contains(weight) ? weight : 0)
        }
    }

    /// The weight of the member with that name; 0 where it is not listed.
    subscript(name: String) -> Double { members.first { $0.name == name }?.weight ?? 0 }
}
