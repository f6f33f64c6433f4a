//===- attn-lsp-server.cpp - attn text in editors -------------------------===//
//
// Diagnostics, hover, definitions and completion for files with attn
// operations, by the Language Server Protocol on stdin and stdout.
//
// Covered by test/Tools/attn-lsp-server/session.test.
//
//===----------------------------------------------------------------------===//

#include "attn/Compiler/Compiler.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::attn::registerCompilerDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
