#include "CBuildInfo.h"

#ifndef LINKSEAL_COMMIT
#define LINKSEAL_COMMIT "unknown"
#endif

const char *linkseal_commit(void) { return LINKSEAL_COMMIT; }
