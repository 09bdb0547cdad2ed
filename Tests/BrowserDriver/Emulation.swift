extension Browser {
    public enum Scheme: String, Sendable, CaseIterable { case light, dark }

    public func prefer(_ scheme: Scheme) async throws {
        let feature: JSON = ["name": "prefers-color-scheme", "value": .string(scheme.rawValue)]
        try await devTools("Emulation.setEmulatedMedia", ["features": [feature]])
    }

    /// Lays pages out for a window of that many CSS pixels.
    public func resize(width: Int, height: Int = 800) async throws {
        try await devTools(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .number(Double(width)), "height": .number(Double(height)), "deviceScaleFactor": 1,
                "mobile": .bool(width < 700),
            ])
    }

    /// Switches scripts of pages off or on; those of ``run(_:_:)`` still run.
    public func allowScripts(_ allowed: Bool) async throws {
        try await devTools("Emulation.setScriptExecutionDisabled", ["value": .bool(!allowed)])
    }

    public func download(to directory: String) async throws {
        try await devTools(
            "Browser.setDownloadBehavior", ["behavior": "allow", "downloadPath": .string(directory)])
    }
}
