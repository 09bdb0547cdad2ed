import Glibc

/// Writes all of the bytes, in as many calls as that takes, whatever signals interrupt them (`write(2)`).
///
/// - Returns: nil when all of them are written; else the error number of the call that failed, before which some may have
///   been.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> CInt? {
    var rest = bytes
    while !rest.isEmpty {
        let count = write(descriptor, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        // Nothing is written without an error where a device is broken, and would be without end.
        guard count > 0 else { return count < 0 ? errno : EIO }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return nil
}
