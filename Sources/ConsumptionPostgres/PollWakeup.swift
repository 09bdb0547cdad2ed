#if PostgreSQL
    import Glibc

    /// Wakes a thread that polls: the self-pipe trick (D. J. Bernstein). A ring before the poll is not lost.
    final class PollWakeup: Sendable {
        /// Becomes readable with a ring.
        let descriptor: Int32
        private let writingEnd: Int32

        init() {
            var ends: [Int32] = [-1, -1]
            precondition(pipe(&ends) == 0, "no pipe could be made: \(String(cString: strerror(errno)))")
            for end in ends {
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
            }
            (descriptor, writingEnd) = (ends[0], ends[1])
        }

        deinit {
            close(descriptor)
            close(writingEnd)
        }

        /// A pipe that is full has rung already.
        func ring() {
            var byte: UInt8 = 0
            _ = write(writingEnd, &byte, 1)
        }

        func silence() {
            var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
            while read(descriptor, &bytes, MemoryLayout.size(ofValue: bytes)) > 0 {}
        }
    }
#endif
