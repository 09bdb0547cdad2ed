#ifndef LINKSEAL_CXLSXWRITER_SHIM_H
#define LINKSEAL_CXLSXWRITER_SHIM_H

#include <xlsxwriter.h>

#endif
