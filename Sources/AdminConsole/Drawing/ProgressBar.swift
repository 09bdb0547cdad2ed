import Consumption

/// A bar of how many links were started and finished, as SVG. The numbers are beside it as text, so it only
/// decorates.
struct ProgressBar: Sendable {
    let svg: String

    init(_ counts: ConsumptionCounts, of links: Int) {
        func width(_ count: Int) -> Int {
            guard links > 0, count > 0 else { return 0 }
            return max(2, min(100, count * 100 / links))
        }
        svg =
            "<svg class=\"bar\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\">"
            + "<rect class=\"bar-all\" width=\"100\" height=\"6\"/>"
            + "<rect class=\"bar-started\" width=\"\(width(counts.started))\" height=\"6\"/>"
            + "<rect class=\"bar-finished\" width=\"\(width(counts.finished))\" height=\"6\"/></svg>"
    }
}
