//===- RequirementCheck.h - what operations ask of a call ------*- C++ -*-===//
//
// Builds the checks of `Signature::requirements` in an entry point.
//
// Covered by test/Compiler/emit-requirements.mlir and
// test/Tools/attn-run/requirements.mlir.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_REQUIREMENTCHECK_H
#define ATTN_LIB_COMPILER_REQUIREMENTCHECK_H

#include "ArgumentReader.h"

namespace mlir::attn {

/// Whether sizes are not as required, as an i1, or null if nothing is.
Value breaksSizeRules(EntryCode &code, const Signature &signature,
                      ArgumentReader &reader);

/// The same of what tensors hold, whose sizes and data are known to be right.
Value breaksDataRules(EntryCode &code, const Signature &signature,
                      ArgumentReader &reader);

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_REQUIREMENTCHECK_H
