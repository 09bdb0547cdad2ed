import COpenSSL

/// Bytes that must not be seen: a session key, a salt, a passphrase.
///
/// They are wiped when they are let go (`OPENSSL_cleanse(3)`), and neither `print` nor a debugger's mirror shows them.
public final class SecretBytes: @unchecked Sendable {
    // Written in the initialiser only.
    private let buffer: UnsafeMutableBufferPointer<UInt8>

    /// Takes a copy; wiping the original is the caller's business.
    public init(copying bytes: Span<UInt8>) {
        buffer = .allocate(capacity: bytes.count)
        for index in bytes.indices { buffer.initializeElement(at: index, to: bytes[index]) }
    }

    /// New random bytes from the private generator (`RAND_priv_bytes(3)`).
    public init(randomCount count: Int) throws(CryptographyError) {
        buffer = .allocate(capacity: count)
        buffer.initialize(repeating: 0)
        guard RAND_priv_bytes(buffer.baseAddress, Int32(count)) == 1 else { throw .queued("draw random bytes") }
    }

    deinit {
        OPENSSL_cleanse(buffer.baseAddress, buffer.count)
        buffer.deallocate()
    }

    public var count: Int { buffer.count }

    public func withSpan<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(buffer.span)
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "\(count) secret bytes" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
