import Consumption
import TestSupport

extension SeededGenerator {
    /// True so many times in a thousand.
    public mutating func chance(_ perMille: Int) -> Bool {
        perMille > 0 && Int(next() >> 33 % 1000) < perMille
    }

    /// A number below the limit.
    public mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

    public mutating func startDetails() -> StartDetails {
        StartDetails(startedBy: UserAgentClass.allCases[below(UserAgentClass.allCases.count)])
    }
}
