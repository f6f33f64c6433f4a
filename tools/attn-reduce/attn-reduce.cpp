//===- attn-reduce.cpp - shrinks a failing input --------------------------===//
//
//   attn-reduce big.mlir --reduction-tree="test=fails.sh" -o small.mlir
//
// Tries smaller and smaller modules and keeps those for which the script exits
// with 1.
//
// Covered by test/Tools/attn-reduce.
//
//===----------------------------------------------------------------------===//

#include "ReductionPatterns.h"
#include "attn/Compiler/Compiler.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Reducer/Passes.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::attn::registerCompilerDialects(registry);
  mlir::attn::registerReductionPatterns(registry);
  mlir::attn::registerCompilerPasses();
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
