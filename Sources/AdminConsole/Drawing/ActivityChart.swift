import Distributions

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

    init(_ histogram: ActivityHistogram) {
        guard !histogram.intervals.isEmpty else {
            html = "<p class=\"quiet\">No survey was started yet.</p>"
            return
        }
        html = Size.allCases.map { Self.svg(histogram, $0) }.joined() + Self.table(histogram)
    }

    private static func label(_ interval: ActivityHistogram.Interval, _ histogram: ActivityHistogram) -> String {
        let text = interval.start.description
        return histogram.intervalLength < 86400
            ? text.prefix(10) + " " + text.dropFirst(11).prefix(5) : String(text.prefix(10))
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
        for index in stride(from: 0, to: intervals.count, by: step) {
            let text = label(intervals[index], histogram)
            let shown = text.dropFirst(5)
            let x = rounded(Double(left) + slot * (Double(index) + 0.5))
            svg += "<text class=\"axis\" x=\"\(x)\" y=\"\(height - 8)\" text-anchor=\"middle\">\(shown)</text>"
        }
        return svg + "</svg>"
    }

    private static func table(_ histogram: ActivityHistogram) -> String {
        var html =
            "<p class=\"legend\"><span class=\"key started\"></span>Started <span class=\"key finished\"></span>Finished</p>"
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
