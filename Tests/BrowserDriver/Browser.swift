import Foundation

/// A browser with one window: a session of W3C WebDriver, and Chromium's DevTools protocol where that has no word.
public struct Browser: Sendable {
    let driver: WebDriver
    let session: String

    func send(_ method: WebDriver.Method, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        try await driver.send(method, "/session/\(session)\(path)", body)
    }

    /// A command of the DevTools protocol.
    @discardableResult
    public func devTools(_ command: String, _ parameters: JSON = [:]) async throws -> JSON {
        try await send(.post, "/goog/cdp/execute", ["cmd": .string(command), "params": parameters])
    }

    // MARK: Navigation

    public func open(_ url: String) async throws { _ = try await send(.post, "/url", ["url": .string(url)]) }
    public func reload() async throws { _ = try await send(.post, "/refresh") }
    public func goBack() async throws { _ = try await send(.post, "/back") }
    public var url: String { get async throws { try await send(.get, "/url").string } }
    public var title: String { get async throws { try await send(.get, "/title").string } }
    public var source: String { get async throws { try await send(.get, "/source").string } }

    /// Opens another tab for the body, closes it, and goes back to this one.
    public func inAnotherTab(_ body: () async throws -> Void) async throws {
        let here = try await send(.get, "/window")
        let tab = try await send(.post, "/window/new", ["type": "tab"])["handle"].string
        _ = try await send(.post, "/window", ["handle": .string(tab)])
        try await body()
        _ = try await send(.delete, "/window")
        _ = try await send(.post, "/window", ["handle": here])
    }

    // MARK: Elements

    /// Waits for it: a click may return before the page that it leads to is there.
    public func find(_ css: String) async throws -> Element {
        try await retrying {
            let found = try await send(.post, "/element", ["using": "css selector", "value": .string(css)])
            return Element(browser: self, found)
        }
    }

    public func all(_ css: String) async throws -> [Element] {
        let found = try await send(.post, "/elements", ["using": "css selector", "value": .string(css)])
        return found.array.map { Element(browser: self, $0) }
    }

    /// The one element that assistive technology calls so. Waits for it.
    ///
    /// - Throws: ``WebDriverError`` where there is none or more than one.
    public func find(_ role: String, _ name: String) async throws -> Element {
        try await retrying {
            var found: [Element] = []
            for element in try await all(Self.candidates[role] ?? "[role=\(role)]") {
                guard try await element.role == role, try await element.label == name else { continue }
                found.append(element)
            }
            guard found.count == 1 else {
                throw WebDriverError(name: "\(found.count) elements", message: "\(role) “\(name)” at \(try await url)")
            }
            return found[0]
        }
    }

    /// Tries again for a minute: while a page is replaced by the next, its elements go stale or are not there yet.
    private func retrying<Result>(_ body: () async throws -> Result) async throws -> Result {
        let end = ContinuousClock.now.advanced(by: .seconds(60))
        while true {
            do {
                return try await body()
            } catch  where ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Where an element of a role can be, so that not every element of a page has to be asked.
    private static let candidates = [
        "button": "button, input[type=submit], summary, [role=button]", "link": "a[href]", "heading": "h1, h2, h3",
        "textbox": "input, textarea", "searchbox": "input[type=search]", "spinbutton": "input[type=number]",
        "combobox": "select", "checkbox": "input[type=checkbox]", "radio": "input[type=radio]",
        "DisclosureTriangle": "summary",
    ]

    /// The element that has the focus.
    public var focused: Element {
        get async throws { Element(browser: self, try await send(.get, "/element/active")) }
    }

    /// Asks until the answer is yes; each answer is the wait for the next question.
    public func wait(
        for what: String, atMost seconds: Int = 180, _ condition: () async throws -> Bool
    ) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(seconds))
        repeat {
            // A page that is just being replaced has no elements.
            if (try? await condition()) == true { return }
            try await Task.sleep(for: .milliseconds(50))
        } while ContinuousClock.now < end
        throw WebDriverError(name: "timeout", message: "waited for \(what) at \(try await url): \(try await source)")
    }

    // MARK: Scripts, keys, pictures

    /// Runs the body of a function in the page, and gives what it returns.
    @discardableResult
    public func run(_ script: String, _ arguments: JSON = []) async throws -> JSON {
        try await send(.post, "/execute/sync", ["script": .string(script), "args": arguments])
    }

    /// Presses keys one after the other, on whatever has the focus.
    public func press(_ keys: Key...) async throws {
        for key in keys {
            var actions: [JSON] = []
            if key.isShifted { actions.append(["type": "keyDown", "value": .string(Key.shift)]) }
            actions.append(["type": "keyDown", "value": .string(key.value)])
            actions.append(["type": "keyUp", "value": .string(key.value)])
            if key.isShifted { actions.append(["type": "keyUp", "value": .string(Key.shift)]) }
            let source: JSON = ["type": "key", "id": "keyboard", "actions": .array(actions)]
            _ = try await send(.post, "/actions", ["actions": [source]])
        }
    }

    public func type(_ text: String) async throws {
        for character in text { try await press(Key(value: String(character))) }
    }

    /// Clicks with the mouse so many times in a row, as fast as it can.
    ///
    /// A page that is being replaced by the next still takes clicks, and answers no question about its elements.
    public func click(at place: (x: Double, y: Double), times: Int = 1) async throws {
        for count in 1...times {
            for kind in ["mousePressed", "mouseReleased"] {
                try await devTools(
                    "Input.dispatchMouseEvent",
                    [
                        "type": .string(kind), "x": .number(place.x), "y": .number(place.y), "button": "left",
                        "clickCount": .number(Double(count)),
                    ])
            }
        }
    }

    /// Drags a file from outside the browser and drops it onto an element, as a person does with the mouse.
    public func drop(_ path: String, onto css: String) async throws {
        let place = try await run(
            """
            const element = document.querySelector(arguments[0]);
            element.scrollIntoView({ block: 'center' });
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
            """, [.string(css)]
        ).array
        for kind in ["dragEnter", "dragOver", "drop"] {
            try await devTools(
                "Input.dispatchDragEvent",
                [
                    "type": .string(kind), "x": place[0], "y": place[1],
                    "data": ["items": [], "files": [.string(path)], "dragOperationsMask": 1],
                ])
        }
    }

    /// A PNG of the whole page.
    public func screenshot() async throws -> [UInt8] {
        let size = try await run("return [innerWidth, Math.max(document.documentElement.scrollHeight, innerHeight)]")
        let clip: JSON = [
            "x": 0, "y": 0, "scale": 1, "width": size.array[0], "height": size.array[1],
        ]
        let picture = try await devTools(
            "Page.captureScreenshot", ["captureBeyondViewport": true, "clip": clip])["data"].string
        return Array(Data(base64Encoded: picture) ?? Data())
    }
}

/// A key of W3C WebDriver §17.4.2.
public struct Key: Hashable, Sendable {
    let value: String
    var isShifted = false

    static let shift = "\u{E008}"
    public static let tab = Key(value: "\u{E004}")
    public static let backTab = Key(value: "\u{E004}", isShifted: true)
    public static let enter = Key(value: "\u{E007}")
    public static let escape = Key(value: "\u{E00C}")
    public static let space = Key(value: " ")
    public static let down = Key(value: "\u{E015}")
}

/// An element of a page.
public struct Element: Sendable {
    let browser: Browser
    /// A web element reference (W3C WebDriver §12).
    public let reference: JSON
    private let id: String

    init(browser: Browser, _ reference: JSON) {
        self.browser = browser
        self.reference = reference
        id = reference["element-6066-11e4-a52e-4f735466cecf"].string
    }

    private func get(_ what: String) async throws -> JSON { try await browser.send(.get, "/element/\(id)/\(what)") }

    public func click() async throws { _ = try await browser.send(.post, "/element/\(id)/click") }

    /// Where its middle is in the window, in CSS pixels.
    public var middle: (x: Double, y: Double) {
        get async throws {
            let place = try await browser.run(
                """
                const box = arguments[0].getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2];
                """, [reference])
            return (place.array[0].number, place.array[1].number)
        }
    }

    /// Clicks on what leads to another page, and waits until that has replaced this one.
    public func follow() async throws {
        try await browser.run("document.documentElement.dataset.left = 'yes'")
        try await click()
        try await browser.wait(for: "the next page") {
            try await browser.run(
                "return document.documentElement.dataset.left ? 'no' : document.readyState"
            ).string == "complete"
        }
    }

    public func clear() async throws { _ = try await browser.send(.post, "/element/\(id)/clear") }

    /// Types into it; the path of a file into a file field.
    public func type(_ text: String) async throws {
        _ = try await browser.send(.post, "/element/\(id)/value", ["text": .string(text)])
    }

    public func fill(_ text: String) async throws {
        try await clear()
        try await type(text)
    }

    public var text: String { get async throws { try await get("text").string } }
    public var role: String { get async throws { try await get("computedrole").string } }
    /// The accessible name.
    public var label: String { get async throws { try await get("computedlabel").string } }
    public func attribute(_ name: String) async throws -> String { try await get("attribute/\(name)").string }
    public func property(_ name: String) async throws -> JSON { try await get("property/\(name)") }
}
