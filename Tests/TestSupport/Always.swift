/// Runs the body, then the end whatever came of the body: what `defer` can't do, since it can't wait.
public func always<Value>(
    _ end: () async -> Void, after body: () async throws -> Value
) async throws -> Value {
    let result: Result<Value, any Error>
    do {
        result = .success(try await body())
    } catch {
        result = .failure(error)
    }
    await end()
    return try result.get()
}
