import CGlibc
import Glibc

/// Keeps keys and passphrases where they are: no core dump is written (core(5)), and no other process of the same user can
/// read this one's memory (ptrace(2), "Ptrace access mode checking").
func protectMemory() {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    _ = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    _ = linkseal_set_dumpable(0)
}
