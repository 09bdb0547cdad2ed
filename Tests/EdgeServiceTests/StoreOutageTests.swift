import Consumption
import Logging
import Testing

@testable import EdgeService

@Suite("Logging outages of the store")
struct StoreOutageTests {
    private let lines = LogLines()
    private let outages: StoreOutageLog

    init() {
        outages = StoreOutageLog(logger: Logger(label: "edge") { [lines] _ in LineCapture(lines: lines) })
    }

    private static let closed =
        "error starts and finishes are not recorded reason=the consumption log is closed refused="
    private static let again = "notice starts and finishes are recorded again refused="

    @Test("one line at once, one a minute while requests are refused, and one when it is over")
    func outage() {
        for second in 0..<150 {
            for _ in 0..<10 { outages.refused(.closed, at: Double(second)) }
            outages.look(at: .closed, at: Double(second))
        }
        outages.look(at: nil, at: 150)
        outages.look(at: nil, at: 151)
        #expect(
            lines.all == [
                Self.closed + "1", Self.closed + "600", Self.closed + "600", Self.again + "299",
            ])
    }

    @Test("an outage that no request meets is logged, once")
    func unnoticed() {
        for second in 0..<1000 { outages.look(at: .closed, at: Double(second)) }
        outages.look(at: nil, at: 1000)
        #expect(lines.all == [Self.closed + "0", Self.again + "0"])
    }

    @Test("a store that comes and goes gets two lines a minute, and every refused request is told of")
    func flapping() {
        for second in 0..<600 {
            if second % 2 == 0 { outages.refused(.closed, at: Double(second)) }
            outages.look(at: second % 2 == 0 ? .closed : nil, at: Double(second))
        }
        for second in 600..<700 { outages.look(at: nil, at: Double(second)) }
        #expect((20...24).contains(lines.all.count), "\(lines.text)")
        let told = lines.all.compactMap { $0.firstMatch(of: /refused=(\d+)/).flatMap { Int($0.1) } }
        #expect(told.reduce(0, +) == 300)
    }
}
