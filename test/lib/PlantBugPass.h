//===- PlantBugPass.h - a fault in a GPU kernel -----------------*- C++ -*-===//

#ifndef ATTN_TEST_LIB_PLANTBUGPASS_H
#define ATTN_TEST_LIB_PLANTBUGPASS_H

namespace mlir::attn {

void registerPlantBugPass();

} // namespace mlir::attn

#endif // ATTN_TEST_LIB_PLANTBUGPASS_H
