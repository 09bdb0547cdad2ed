#ifndef LINKSEAL_CEXPAT_SHIM_H
#define LINKSEAL_CEXPAT_SHIM_H

#include <expat.h>

#endif
