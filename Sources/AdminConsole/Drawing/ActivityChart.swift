import Distributions
import Encoding

/// Starts and finishes over time as an SVG chart, and the same as a table for those who read rather than look.
struct ActivityChart: Sendable {
    let html: String

    /// A page shows the one that its window has room for, with letters of the same size in both.
    private enum Size: String, CaseIterable {
        case wide
        case narrow

        var width: Int { self == .wide ? 900 : 300 }
        var height: Int { self == .wide ? 210 : 180 }
        var left: Int { self == .wide ? 44 : 34 }
        /// The most times that are written below it.
        var labels: Int { self == .wide ? 6 : 3 }
    }

    private static let (bottom, top) = (28, 10)
    /// As many intervals as there are weeks in a year.
    static let limit = 54

    init(_ histogram: ActivityHistogram) {
        guard !histogram.intervals.isEmpty else {
            html = "<p class=\"quiet\">No survey was started yet.</p>"
            return
        }
        html = Size.allCases.map { Self.svg(histogram, $0) }.joined() + Self.table(histogram)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `24 Nov 2026`, and where intervals are shorter than a day `24 Nov 2026, 07:00`.
    private static func label(_ interval: ActivityHistogram.Interval, _ histogram: ActivityHistogram) -> String {
        let text = interval.start.description
        return day(text) + " " + text.prefix(4) + (histogram.intervalLength < 86400 ? ", " + time(text) : "")
    }

    private static func day(_ text: String) -> String {
        "\(Int(text.dropFirst(8).prefix(2)) ?? 0) \(months[(Int(text.dropFirst(5).prefix(2)) ?? 1) - 1])"
    }

    private static func time(_ text: String) -> String { String(text.dropFirst(11).prefix(5)) }

    /// What is written below an interval: the time, or where a day begins or the first is written the day; days with
    /// their year where that is a new one.
    private static func axisLabel(
        _ interval: ActivityHistogram.Interval, after before: ActivityHistogram.Interval?,
        _ histogram: ActivityHistogram
    ) -> String {
        let text = interval.start.description
        let earlier = before?.start.description
        if histogram.intervalLength < 86400 {
            return earlier.map { $0.prefix(10) == text.prefix(10) } == true ? time(text) : day(text) + " " + time(text)
        }
        return earlier.map { $0.prefix(4) == text.prefix(4) } == true
            ? day(text) : day(text) + " " + String(text.prefix(4))
    }

    /// `Each bar is 6 hours`.
    private static func length(_ histogram: ActivityHistogram) -> String {
        let seconds = Int(histogram.intervalLength)
        return switch seconds {
        case ..<3600: "\(seconds / 60) minutes"
        case ..<86400: counted(seconds / 3600, "hour", "hours")
        case ..<(7 * 86400): counted(seconds / 86400, "day", "days")
        default: counted(seconds / (7 * 86400), "week", "weeks")
        }
    }

    private static func svg(_ histogram: ActivityHistogram, _ size: Size) -> String {
        let (width, height, left) = (size.width, size.height, size.left)
        let intervals = histogram.intervals
        let scale = niceCeiling(intervals.map { max($0.starts, $0.finishes) }.max() ?? 1)
        let plot = height - bottom - top
        func y(_ value: Int) -> Double { Double(top) + Double(plot) * (1 - Double(value) / Double(scale)) }
        let slot = Double(width - left) / Double(intervals.count)
        let bar = min(28, max(1.5, slot * 0.38))
        var svg =
            "<svg class=\"chart \(size)-chart\" viewBox=\"0 0 \(width) \(height)\" role=\"img\""
            + " aria-labelledby=\"\(size)-title\" aria-describedby=\"\(size)-text\">"
            + "<title id=\"\(size)-title\">Surveys started and finished over time</title>"
            + "<desc id=\"\(size)-text\">\(intervals.reduce(0) { $0 + $1.starts }) started and"
            + " \(intervals.reduce(0) { $0 + $1.finishes }) finished between \(label(intervals[0], histogram))"
            + " and \(label(intervals[intervals.count - 1], histogram)) UTC. The table below has the numbers.</desc>"
        for line in [0, scale / 2, scale] where line == 0 || scale > 1 || line == scale {
            svg +=
                "<line class=\"grid\" x1=\"\(left)\" x2=\"\(width)\" y1=\"\(rounded(y(line)))\" y2=\"\(rounded(y(line)))\"/>"
                + "<text class=\"axis\" x=\"\(left - 8)\" y=\"\(rounded(y(line) + 4))\" text-anchor=\"end\">\(line)</text>"
        }
        for (index, interval) in intervals.enumerated() {
            let middle = Double(left) + slot * (Double(index) + 0.5)
            for (count, kind, x) in [
                (interval.starts, "started", middle - bar), (interval.finishes, "finished", middle),
            ] where count > 0 {
                let top = y(count)
                svg +=
                    "<rect class=\"column-\(kind)\" x=\"\(rounded(x))\" y=\"\(rounded(top))\" width=\"\(rounded(bar))\""
                    + " height=\"\(rounded(y(0) - top))\" rx=\"1.5\"><title>\(label(interval, histogram)): \(count) \(kind)</title></rect>"
            }
        }
        let step = max(1, (intervals.count + size.labels - 1) / size.labels)
        var before: ActivityHistogram.Interval?
        for index in stride(from: 0, to: intervals.count, by: step) {
            let text = axisLabel(intervals[index], after: before, histogram)
            before = intervals[index]
            let middle = Double(left) + slot * (Double(index) + 0.5)
            // The first and the last must not leave the picture.
            let isLast = index + step >= intervals.count && middle > Double(width - 40)
            let (x, anchor) =
                index == 0 ? (Double(left), "start") : isLast ? (Double(width), "end") : (middle, "middle")
            svg +=
                "<text class=\"axis\" x=\"\(rounded(x))\" y=\"\(height - 8)\" text-anchor=\"\(anchor)\">"
                + "\(text)</text>"
        }
        return svg + "</svg>"
    }

    private static func table(_ histogram: ActivityHistogram) -> String {
        var html =
            "<p class=\"legend\"><span class=\"key started\"></span>Started <span class=\"key finished\"></span>Finished"
            + " <span class=\"chart-note\">Each bar is \(length(histogram)). Times are in UTC.</span></p>"
            + "<details class=\"numbers\"><summary>Numbers of the chart</summary><div class=\"scroll\"><table class=\"fit\">"
            + "<caption class=\"hidden\">Surveys started and finished over time</caption><thead><tr>"
            + "<th scope=\"col\">From (UTC)</th><th scope=\"col\" class=\"number\">Started</th>"
            + "<th scope=\"col\" class=\"number\">Finished</th></tr></thead><tbody>"
        for interval in histogram.intervals {
            html +=
                "<tr><th scope=\"row\">\(label(interval, histogram))</th><td class=\"number\">\(interval.starts)</td>"
                + "<td class=\"number\">\(interval.finishes)</td></tr>"
        }
        return html + "</tbody></table></div></details>"
    }

    /// The next of 1, 2, 4, 6, 8, 10, 20 and so on, which a half divides.
    private static func niceCeiling(_ value: Int) -> Int {
        var unit = 1
        while true {
            for step in [1, 2, 4, 6, 8] where step * unit >= value { return step * unit }
            unit *= 10
        }
    }

    private static func rounded(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
    }
}
