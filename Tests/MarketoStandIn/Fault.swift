/// What goes wrong with a call, in the ways that the published API, its servers and networks have.
public enum Fault: Hashable, Sendable {
    /// `success: false` with HTTP status 200 and this code.
    case code(String)
    /// An HTTP status without a JSON body.
    case status(Int)
    /// The connection is closed in the middle of the answer. What was asked for is done.
    case cut
    /// The answer comes so much later. What was asked for is done.
    case slow(Duration)
    /// The access token is good no more, whatever time it had left.
    case expiry

    public static let usual: [Fault] = [
        .code("604"), .code("606"), .code("608"), .code("611"), .code("615"), .code("713"), .status(500),
        .status(502), .status(503), .cut, .expiry,
    ]
}
