//===- StatisticLayout.h - statistics as the shared library has them ------===//
//
// Included before everything else in builds with assertions: the layout of
// llvm::Statistic follows NDEBUG, and Debian's libraries are built with it.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_SUPPORT_STATISTICLAYOUT_H
#define ATTN_SUPPORT_STATISTICLAYOUT_H

#ifdef __cplusplus
#define NDEBUG
#include "llvm/ADT/Statistic.h"
#undef NDEBUG
#include <cassert>
#endif

#endif // ATTN_SUPPORT_STATISTICLAYOUT_H
