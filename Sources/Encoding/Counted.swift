/// A number with the words that follow it, in the singular or the plural: `1 contact has`, `2 contacts have`.
package func counted(_ count: Int, _ one: String, _ several: String) -> String {
    "\(count) \(count == 1 ? one : several)"
}
