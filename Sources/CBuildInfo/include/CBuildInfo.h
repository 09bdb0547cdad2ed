#ifndef LINKSEAL_BUILD_INFO_H
#define LINKSEAL_BUILD_INFO_H

/// The commit that this was built from, as `LINKSEAL_COMMIT` in the environment of the build named it.
const char *linkseal_commit(void);

#endif
