/// A node of the accessibility tree, as a screen reader is given it.
public struct AccessibleNode: Sendable, CustomStringConvertible {
    public let role: String
    public let name: String
    public let isFocusable: Bool
    /// The level of a heading.
    public let level: Int?

    public var description: String { "\(role) “\(name)”" }
}

extension Browser {
    /// Every node of the page's accessibility tree that is not ignored, in the order of the document.
    public func accessibilityTree() async throws -> [AccessibleNode] {
        let nodes = try await devTools("Accessibility.getFullAXTree")["nodes"].array
        return nodes.filter { !$0["ignored"].isTrue }.map { (node) in
            func property(_ name: String) -> JSON {
                node["properties"].array.first { $0["name"].string == name }?["value"]["value"] ?? .null
            }
            let level = property("level").number
            return AccessibleNode(
                role: node["role"]["value"].string, name: node["name"]["value"].string,
                isFocusable: property("focusable").isTrue, level: level.isNaN ? nil : Int(level))
        }
    }

    /// What is wrong with the names and structure of a page: each a sentence; empty when nothing is.
    public func structuralFaults() async throws -> [String] {
        let tree = try await accessibilityTree()
        var faults: [String] = []
        let headings = tree.filter { $0.role == "heading" && $0.level == 1 }
        if headings.count != 1 { faults.append("\(headings.count) headings of level 1") }
        if tree.count(where: { $0.role == "main" }) != 1 { faults.append("not one main landmark") }
        if try await title.isEmpty { faults.append("no title") }
        for node in tree where Self.named.contains(node.role) && node.name.isEmpty {
            faults.append("a \(node.role) without a name")
        }
        let landmarks = tree.filter { ["region", "navigation", "search"].contains($0.role) }
        for landmark in Set(landmarks.map(\.description))
        where landmarks.count(where: { $0.description == landmark }) > 1 {
            faults.append("more than one \(landmark)")
        }
        var last = 1
        for node in tree where node.role == "heading" {
            let level = node.level ?? 0
            if level > last + 1 { faults.append("\(node) of level \(level) after level \(last)") }
            last = level
        }
        let rest = try await run(
            """
            const faults = [];
            if (!document.documentElement.lang) faults.push('no language');
            for (const set of document.querySelectorAll('fieldset'))
              if (!set.querySelector('legend')) faults.push('a fieldset without a legend');
            for (const table of document.querySelectorAll('table')) {
              if (!table.caption || !table.caption.textContent.trim()) faults.push('a table without a caption');
              for (const cell of table.querySelectorAll('th')) if (!cell.scope) faults.push('a heading without a scope');
            }
            // Whoever has no mouse scrolls what has the focus, or holds something that can have it.
            for (const element of document.querySelectorAll('body *'))
              if (/auto|scroll/.test(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth + 1
                  && element.tabIndex < 0 && !element.querySelector('a, button, input, select, textarea')
                  && element.tagName !== 'TEXTAREA')
                faults.push('no key scrolls ' + element.outerHTML.slice(0, 60));
            const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
            for (const id of new Set(ids)) if (ids.filter(i => i === id).length > 1) faults.push('two of id ' + id);
            for (const element of document.querySelectorAll('[aria-describedby],[aria-labelledby],label[for]'))
              for (const name of ['aria-describedby', 'aria-labelledby', 'for'])
                for (const id of (element.getAttribute(name) || '').split(/\\s+/).filter(Boolean))
                  if (!document.getElementById(id)) faults.push(name + ' points at no ' + id);
            return faults;
            """)
        return faults + rest.array.map(\.string)
    }

    private static let named: Set<String> = [
        "button", "link", "textbox", "searchbox", "spinbutton", "combobox", "checkbox", "radio", "DisclosureTriangle",
        "table", "region", "navigation", "image", "progressbar",
    ]
}
