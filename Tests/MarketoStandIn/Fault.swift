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

/// Repeats its numbers from a seed (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
