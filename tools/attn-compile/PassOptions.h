//===- PassOptions.h - attn-opt's flags about passes -----------*- C++ -*-===//

#ifndef ATTN_COMPILE_PASSOPTIONS_H
#define ATTN_COMPILE_PASSOPTIONS_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/CommandLine.h"

namespace mlir::attn {

/// Makes the flags of MLIR's pass manager known to the command line: timing,
/// statistics, printing of IR, crash reproducer, and those of remarks. Before
/// the command line is parsed; `category` is what --help lists them under.
void registerPassOptions(llvm::cl::OptionCategory &category);

/// Fails if a plugin that the command line names could not be loaded.
llvm::Error checkPassPlugins();

/// Lets remarks go where the command line says.
llvm::Error enableRemarks(MLIRContext &context);

/// Does to a pass manager what the command line says.
LogicalResult configurePasses(PassManager &passes);

} // namespace mlir::attn

#endif // ATTN_COMPILE_PASSOPTIONS_H
