import Files

/// How a cell displays a number (ECMA-376 part 1, 18.8.31), as far as lists of people need it: digits with leading zeros,
/// decimals, thousands, percent, exponents, text around them, dates and times. Conditions and fractions are not
/// supported; such numbers come with all their digits.
struct NumberFormat: Sendable {
    /// Displays what was typed.
    static let general = NumberFormat(sections: [[.general]])

    let isGeneral: Bool
    /// For positive numbers, negative ones and zero.
    private let sections: [[Element]]

    fileprivate enum Element: Hashable {
        case general
        case literal(String)
        /// `0`, `#`, `?`, and what is between them.
        case digit(Character)
        case point, thousands, percent
        /// `E+` shows both signs, `E-` only the minus.
        case exponent(showsPlus: Bool)
        case year(Int)
        case month(Int)
        case day(Int)
        case hour(Int)
        case minute(Int)
        case second(Int)
        /// Hours, minutes or seconds beyond a day, in so many digits.
        case elapsed(Character, Int)
        case dayHalf
    }

    private init(sections: [[Element]]) {
        self.sections = sections
        isGeneral = sections == [[.general]]
    }

    init(_ code: String) {
        let sections = Self.split(code).prefix(3).map { Self.elements(of: $0) }
        let isUnsupported = sections.contains { $0 == nil } || sections.isEmpty
        self.init(sections: isUnsupported ? [[.general]] : sections.map { $0! })
    }

    /// One of the formats that a file only names. Those that depend on the user's country are ISO 8601 here.
    init(builtIn id: Int) {
        let code: String? =
            switch id {
            case 1: "0"
            case 2: "0.00"
            case 3, 37, 38: "#,##0"
            case 4, 39, 40: "#,##0.00"
            case 9: "0%"
            case 10: "0.00%"
            case 11: "0.00E+00"
            case 14, 27...31, 36, 50...54, 57, 58: "yyyy-mm-dd"
            case 15: "d-mmm-yy"
            case 16: "d-mmm"
            case 17: "mmm-yy"
            case 18: "h:mm AM/PM"
            case 19: "h:mm:ss AM/PM"
            case 20, 32: "h:mm"
            case 21, 33: "h:mm:ss"
            case 22: "yyyy-mm-dd hh:mm"
            case 45: "mm:ss"
            case 46: "[h]:mm:ss"
            case 47: "mm:ss.0"
            case 48: "##0.0E+0"
            default: nil
            }
        self = code.map { NumberFormat($0) } ?? .general
    }

    func text(of number: Double, countsFrom1904: Bool) -> String {
        let index = number > 0 || sections.count < 2 ? 0 : number < 0 ? 1 : min(2, sections.count - 1)
        let chosen = number == 0 && sections.count == 2 ? sections[0] : sections[index]
        if chosen.contains(.general) {
            return chosen.map { if case .literal(let text) = $0 { text } else { Self.general(number) } }.joined()
        }
        if chosen.contains(where: \.isOfTime) {
            return CalendarTime(number, countsFrom1904: countsFrom1904).map { Self.display($0, chosen) }
                ?? Self.general(number)
        }
        guard chosen.contains(where: { if case .digit = $0 { true } else { false } }) else {
            // Only text, which replaces the number.
            let text = Self.literals(chosen)
            return text.isEmpty ? Self.general(number) : text
        }
        // A section of its own says how a negative number is displayed.
        let isNegative = number < 0 && index == 0
        let text = Self.display(abs(number), chosen)
        return isNegative && text.contains(where: { ("1"..."9").contains($0) }) ? "-" + text : text
    }

    private static func literals(_ elements: [Element]) -> String {
        elements.map { if case .literal(let text) = $0 { text } else { "" } }.joined()
    }

    // MARK: Reading the code

    /// The sections, which semicolons divide outside of quotes.
    private static func split(_ code: String) -> [Substring] {
        var sections: [Substring] = []
        var (start, index) = (code.startIndex, code.startIndex)
        var isQuoted = false
        while index < code.endIndex {
            let character = code[index]
            if character == "\"" { isQuoted.toggle() }
            if character == "\\", !isQuoted { code.formIndex(after: &index) }
            if character == ";", !isQuoted {
                sections.append(code[start..<index])
                start = code.index(after: index)
            }
            if index < code.endIndex { code.formIndex(after: &index) }
        }
        return sections + [code[start...]]
    }

    /// Nil for what is not supported.
    private static func elements(of section: Substring) -> [Element]? {
        var elements: [Element] = []
        var rest = section
        func run(of character: Character) -> Int {
            let count = rest.prefix { $0.lowercased() == character.lowercased() }.count
            rest.removeFirst(count)
            return count
        }
        while let first = rest.first {
            switch first {
            case "\"":
                rest.removeFirst()
                elements.append(.literal(String(rest.prefix { $0 != "\"" })))
                rest = rest.drop { $0 != "\"" }.dropFirst()
            case "\\":
                elements.append(.literal(String(rest.dropFirst().prefix(1))))
                rest = rest.dropFirst(2)
            // Space as wide as a character, and a character that fills the column.
            case "_", "*": rest = rest.dropFirst(2)
            case "[":
                guard let end = rest.firstIndex(of: "]") else { return nil }
                let inside = rest[rest.index(after: rest.startIndex)..<end]
                rest = rest[rest.index(after: end)...]
                switch inside.first?.lowercased() {
                case "h", "m",
                    "s" where Set(inside.lowercased()).count == 1:
                    elements.append(.elapsed(Character(inside.lowercased().prefix(1).description), inside.count))
                // A currency and a language: [$€-407].
                case "$": elements.append(.literal(String(inside.dropFirst().prefix { $0 != "-" })))
                case "<", ">", "=": return nil
                default: break
                }
            case "0", "#", "?":
                elements.append(.digit(first))
                rest.removeFirst()
            case ".":
                rest.removeFirst()
                elements.append(.point)
            case ",":
                rest.removeFirst()
                elements.append(.thousands)
            case "%":
                rest.removeFirst()
                elements.append(.percent)
            case "@":
                rest.removeFirst()
                elements.append(.general)
            case "/" where elements.contains { if case .digit = $0 { true } else { false } }: return nil
            case _ where rest.lowercased().hasPrefix("general"):
                rest = rest.dropFirst(7)
                elements.append(.general)
            case "E" where rest.hasPrefix("E+") || rest.hasPrefix("E-"):
                elements.append(.exponent(showsPlus: rest.hasPrefix("E+")))
                rest = rest.dropFirst(2)
            case "A", "a":
                if rest.uppercased().hasPrefix("AM/PM") {
                    rest = rest.dropFirst(5)
                } else if rest.uppercased().hasPrefix("A/P") {
                    rest = rest.dropFirst(3)
                } else {
                    return nil
                }
                elements.append(.dayHalf)
            case "Y", "y": elements.append(.year(run(of: "y")))
            case "M", "m": elements.append(.month(run(of: "m")))
            case "D", "d": elements.append(.day(run(of: "d")))
            case "H", "h": elements.append(.hour(run(of: "h")))
            case "S", "s": elements.append(.second(run(of: "s")))
            default:
                elements.append(.literal(String(first)))
                rest.removeFirst()
            }
        }
        return withMinutes(elements)
    }

    /// `m` behind hours or before seconds is minutes.
    private static func withMinutes(_ elements: [Element]) -> [Element] {
        var elements = elements
        let times = elements.indices.filter { elements[$0].isOfTime }
        for (position, index) in times.enumerated() {
            guard case .month(let count) = elements[index], count <= 2 else { continue }
            let before = position > 0 ? elements[times[position - 1]] : nil
            let after = position + 1 < times.count ? elements[times[position + 1]] : nil
            var isMinute = false
            if case .hour = before { isMinute = true }
            if case .elapsed("h", _) = before { isMinute = true }
            if case .second = after { isMinute = true }
            if isMinute { elements[index] = .minute(count) }
        }
        return elements
    }

    // MARK: Displaying

    /// All digits that a spreadsheet program keeps, 15, without an exponent where people write none.
    private static func general(_ number: Double) -> String {
        if let whole = Int64(exactly: number), abs(whole) < 1_000_000_000_000_000 { return String(whole) }
        let rounded = DecimalDigits.rounded(number)
        if abs(rounded) < 1, abs(rounded) >= 1e-9 {
            let text = DecimalDigits(abs(rounded), decimals: 24).text
            return (rounded < 0 ? "-" : "") + text[...text.lastIndex { $0 != "0" }!]
        }
        let text = "\(rounded)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func display(_ number: Double, _ elements: [Element]) -> String {
        var value = number
        for _ in elements.filter({ $0 == .percent }) { value *= 100 }
        let lastDigit = elements.lastIndex { if case .digit = $0 { true } else { false } } ?? 0
        // Commas behind the last digit divide by a thousand.
        var next = lastDigit + 1
        while next < elements.count, elements[next] == .thousands {
            value /= 1000
            next += 1
        }
        if let exponent = elements.firstIndex(where: { if case .exponent = $0 { true } else { false } }) {
            return scientific(value, elements, exponent)
        }
        return fixed(value, elements[...])
    }

    private static func fixed(_ value: Double, _ elements: ArraySlice<Element>) -> String {
        let point = elements.firstIndex(of: .point)
        func digits(_ range: ArraySlice<Element>) -> [Character] {
            range.compactMap { if case .digit(let kind) = $0 { kind } else { nil } }
        }
        let before = digits(point.map { elements[..<$0] } ?? elements)
        let after = digits(point.map { elements[$0...] } ?? [])
        let lastDigit = elements.lastIndex { if case .digit = $0 { true } else { false } } ?? elements.startIndex
        let hasThousands = elements[..<lastDigit].contains(.thousands)
        let text = DecimalDigits(value, decimals: after.count).text
        var whole = String(text.prefix { $0 != "." })
        var decimals = Array(text.drop { $0 != "." }.dropFirst())
        if whole == "0", !before.contains("0") { whole = "" }
        let minimum = before.count - (before.firstIndex(of: "0") ?? before.count)
        whole = String(repeating: "0", count: max(0, minimum - whole.count)) + whole
        while let last = decimals.last, last == "0", after.indices.contains(decimals.count - 1),
            after[decimals.count - 1] != "0"
        {
            decimals.removeLast()
        }
        if hasThousands { whole = grouped(whole) }
        return placed(whole, decimals, elements, before.count)
    }

    /// Puts the digits where the format has them: text may be between them, as in phone numbers.
    private static func placed(
        _ whole: String, _ decimals: [Character], _ elements: ArraySlice<Element>, _ places: Int
    ) -> String {
        var (rest, decimals) = (Array(whole), decimals[...])
        var (left, isBehindPoint) = (places, false)
        var text = ""
        for element in elements {
            switch element {
            case .literal(let literal): text += literal
            case .percent: text += "%"
            case .point:
                isBehindPoint = true
                if !decimals.isEmpty || elements.last == .point { text += "." }
            case .digit where isBehindPoint:
                if let digit = decimals.popFirst() { text.append(digit) }
            case .digit:
                // The first place takes all digits that the others leave.
                let count = left == places ? rest.count - (places - 1) : rest.count >= left ? 1 : 0
                if count > 0 {
                    text += String(rest.prefix(count))
                    rest.removeFirst(min(count, rest.count))
                }
                left -= 1
            default: break
            }
        }
        return text
    }

    private static func grouped(_ whole: String) -> String {
        var text = ""
        for (offset, digit) in whole.enumerated() {
            if offset > 0, (whole.count - offset) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    private static func scientific(_ value: Double, _ elements: [Element], _ exponent: Int) -> String {
        var (mantissa, power) = (value, 0)
        if value != 0 {
            while mantissa >= 10 { (mantissa, power) = (mantissa / 10, power + 1) }
            while mantissa < 1 { (mantissa, power) = (mantissa * 10, power - 1) }
            // 9.996 may be displayed as 10.00.
            let decimals = elements[..<exponent].drop { $0 != .point }.count {
                if case .digit = $0 { true } else { false }
            }
            if DecimalDigits(mantissa, decimals: decimals).text.hasPrefix("10") {
                (mantissa, power) = (mantissa / 10, power + 1)
            }
        }
        let places = elements[exponent...].count { if case .digit = $0 { true } else { false } }
        guard case .exponent(let showsPlus) = elements[exponent] else { return general(value) }
        let digits = String(abs(power))
        return fixed(mantissa, elements[..<exponent]) + "E" + (power < 0 ? "-" : showsPlus ? "+" : "")
            + String(repeating: "0", count: max(0, places - digits.count)) + digits
    }

    private static func display(_ time: CalendarTime, _ elements: [Element]) -> String {
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        func name(_ names: [String], _ index: Int, _ width: Int) -> String {
            width == 5 ? String(names[index].prefix(1)) : width == 3 ? String(names[index].prefix(3)) : names[index]
        }
        let isHalved = elements.contains(.dayHalf)
        var text = ""
        for (index, element) in elements.enumerated() {
            switch element {
            case .literal(let literal): text += literal
            case .thousands: text += ","
            case .year(let width): text += width <= 2 ? padded(time.year % 100, 2) : padded(time.year, 4)
            case .month(let width):
                text += width < 3 ? padded(time.month, width) : name(CivilDate.monthNames, time.month - 1, width)
            case .day(let width):
                text += width < 3 ? padded(time.day, width) : name(CalendarTime.weekdays, time.weekday, width)
            case .hour(let width): text += padded(isHalved ? (time.hour + 11) % 12 + 1 : time.hour, min(width, 2))
            case .minute(let width): text += padded(time.minute, width)
            case .second(let width): text += padded(time.second, min(width, 2))
            case .elapsed("h", let width): text += padded(time.elapsedSeconds / 3600, width)
            case .elapsed("m", let width): text += padded(time.elapsedSeconds / 60, width)
            case .elapsed(_, let width): text += padded(time.elapsedSeconds, width)
            case .dayHalf: text += time.hour < 12 ? "AM" : "PM"
            // Parts of a second were rounded away.
            case .point: if elements[index...].dropFirst().first == .digit("0") { break } else { text += "." }
            case .digit, .percent, .exponent, .general: break
            }
        }
        return text
    }
}

extension NumberFormat.Element {
    fileprivate var isOfTime: Bool {
        switch self {
        case .year, .month, .day, .hour, .minute, .second, .elapsed, .dayHalf: true
        default: false
        }
    }
}
