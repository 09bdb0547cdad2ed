#ifndef LINKSEAL_CLIBPQ_SHIM_H
#define LINKSEAL_CLIBPQ_SHIM_H

#include <libpq-fe.h>

#endif
