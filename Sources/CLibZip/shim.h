#ifndef LINKSEAL_CLIBZIP_SHIM_H
#define LINKSEAL_CLIBZIP_SHIM_H

#include <zip.h>

#endif
