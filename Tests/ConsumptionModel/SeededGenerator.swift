import Consumption
import LinkToken
import TestSupport

extension SeededGenerator {
    /// True so many times in a thousand.
    public mutating func chance(_ perMille: Int) -> Bool {
        perMille > 0 && Int(next() >> 33 % 1000) < perMille
    }

    /// A number below the limit.
    public mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

    /// A quarter of links was reopened, a little before or after that time.
    public mutating func reopening(near time: UnixTime) -> UnixTime? {
        chance(250) ? UnixTime(rawValue: time.rawValue - 150 + UInt32(below(300))) : nil
    }

    public mutating func startDetails() -> StartDetails {
        StartDetails(startedBy: UserAgentClass.allCases[below(UserAgentClass.allCases.count)])
    }
}
