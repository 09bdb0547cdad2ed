#ifndef LINKSEAL_CGLIBC_SHIM_H
#define LINKSEAL_CGLIBC_SHIM_H

// Functions of glibc that Swift does not import.

#include <linux/stat.h>
#include <stddef.h>
#include <sys/prctl.h>

// wcwidth(3) is hidden by glibc unless _XOPEN_SOURCE is defined.
extern int wcwidth(wchar_t character);

// statx(2) is hidden by glibc unless _GNU_SOURCE is defined.
extern int statx(int directory, const char *path, int flags, unsigned int mask, struct statx *status);

// prctl(2) takes a variable number of arguments, which Swift can't call.
static inline int linkseal_set_dumpable(unsigned long dumpable) {
    return prctl(PR_SET_DUMPABLE, dumpable, 0UL, 0UL, 0UL);
}

#endif
