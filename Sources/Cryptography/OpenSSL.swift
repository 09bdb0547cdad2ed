import COpenSSL
import Glibc

/// Algorithms fetched once for the life of the process: an implicit fetch costs more than a short hash.
/// See OpenSSL's guide `ossl-guide-libcrypto-introduction(7)`, "Performance".
enum Fetched {
    nonisolated(unsafe) static let sha256: OpaquePointer = {
        guard let digest = EVP_MD_fetch(nil, "SHA256", nil) else {
            fatalError("libcrypto has no SHA-256: no provider is loaded, check OPENSSL_CONF and OPENSSL_MODULES")
        }
        return digest
    }()

    nonisolated(unsafe) static let hmac: OpaquePointer = {
        guard let mac = EVP_MAC_fetch(nil, "HMAC", nil) else {
            fatalError("libcrypto has no HMAC: no provider is loaded, check OPENSSL_CONF and OPENSSL_MODULES")
        }
        return mac
    }()
}

/// An `EVP_MD_CTX` and its one owner.
///
/// A context that was prepared once serves as a template: it is only ever read, by copying, which OpenSSL allows from
/// any number of threads.
final class MessageDigestContext: @unchecked Sendable {
    let pointer: OpaquePointer

    init() {
        guard let pointer = EVP_MD_CTX_new() else { fatalError("out of memory") }
        self.pointer = pointer
    }

    deinit { EVP_MD_CTX_free(pointer) }

    /// Runs the body with a private copy. Copying costs a tenth of preparing a context anew.
    func withCopy<Result>(
        _ body: (OpaquePointer) throws(CryptographyError) -> Result
    ) throws(CryptographyError) -> Result {
        let copy = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(copy) }
        guard let copy, EVP_MD_CTX_copy_ex(copy, pointer) == 1 else { throw .queued("copy a context") }
        return try body(copy)
    }
}

extension CryptographyError {
    /// Empties the thread's error queue into an error.
    static func queued(_ operation: String) -> CryptographyError {
        var reasons: [String] = []
        while true {
            let code = ERR_get_error()
            if code == 0 { break }
            if let reason = ERR_reason_error_string(code) {
                reasons.append(String(cString: reason))
            } else {
                reasons.append("error \(String(code, radix: 16))")
            }
        }
        return .openSSL(operation: operation, reasons: reasons)
    }
}

extension Span<UInt8> {
    /// The bytes for a C function. OpenSSL accepts a null pointer where the length is zero.
    func withPointer<Result, Failure: Error>(
        _ body: (UnsafePointer<UInt8>?, Int) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeBufferPointer { (buffer) throws(Failure) in try body(buffer.baseAddress, buffer.count) }
    }
}

/// The name of a parameter (`core_names.h`) that outlives the call: OpenSSL keeps the pointer, and Swift's strings are
/// C strings for a call alone.
func parameterName(_ name: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
}
