import Consumption

/// The text format of Prometheus, version 0.0.4.
struct PrometheusText {
    private(set) var text = ""

    typealias Labels = [(name: String, value: String)]

    mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: Labels, _ value: some CustomStringConvertible) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    mutating func single(
        _ name: String, _ type: String, _ help: String, _ value: some CustomStringConvertible
    ) {
        family(name, type, help)
        sample(name, [], value)
    }

    mutating func add(_ measurement: StoreMeasurement) {
        let (name, help) = (measurement.name, measurement.help)
        switch measurement.value {
        case .counter(let count): single(name, "counter", help, count)
        case .gauge(let value): single(name, "gauge", help, Self.number(value))
        case .histogram(let values):
            family(name, "histogram", help)
            histogram(name, [], values)
        }
    }

    mutating func histogram(_ name: String, _ labels: Labels, _ histogram: Histogram) {
        var count = 0
        for (index, bucket) in histogram.counts.enumerated() {
            count += bucket
            let bound = index < histogram.bounds.count ? Self.number(histogram.bounds[index]) : "+Inf"
            sample(name + "_bucket", labels + [("le", bound)], count)
        }
        sample(name + "_sum", labels, Self.number(histogram.sum))
        sample(name + "_count", labels, count)
    }

    /// Whole numbers without a fraction, as Prometheus writes them.
    private static func number(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
