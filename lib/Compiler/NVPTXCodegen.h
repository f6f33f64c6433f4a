//===- NVPTXCodegen.h - from the LLVM dialect to PTX and cubin --*- C++ -*-===//

#ifndef ATTN_LIB_COMPILER_NVPTXCODEGEN_H
#define ATTN_LIB_COMPILER_NVPTXCODEGEN_H

#include "attn/Compiler/Compiler.h"
#include "attn/Target/GPUTarget.h"

namespace mlir::attn {

/// PTX of `module`, which holds nothing but llvm and nvvm.
FailureOr<std::string> generatePTX(ModuleOp module, const GPUTarget &target,
                                   CompileObserver &observer);

/// What ptxas made of PTX and said about it.
struct Assembled {
  std::string cubin;
  /// Registers, spills and warnings, as `ptxas -v` prints them.
  std::string report;
};

/// Runs ptxas, which is looked for in PATH and then in the folder `bin` of
/// $CUDA_ROOT, $CUDA_HOME and $CUDA_PATH. Fails with an error at `loc` if there
/// is none, or if it refuses the code.
FailureOr<Assembled> assemblePTX(StringRef ptx, StringRef chip, Location loc);

/// The path of ptxas, or nothing.
std::optional<std::string> findPTXAssembler();

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_NVPTXCODEGEN_H
