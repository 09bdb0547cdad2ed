import Glibc

/// Lets go of the lock on a file, and closes it.
///
/// To close it is not enough: a child process that was just forked has it open until it calls exec, and the lock ends
/// when the last copy is closed. Unlocking one copy unlocks all (flock(2)).
package func unlockAndClose(_ descriptor: CInt) {
    flock(descriptor, LOCK_UN)
    close(descriptor)
}
