//===- Plugin.cpp - libAttn.so as a plugin of mlir-opt --------------------===//
//
//   mlir-opt --load-dialect-plugin=libAttn.so --load-pass-plugin=libAttn.so
//            --attn-cpu-pipeline attention.mlir
//
// Covered by test/Tools/plugin.test.
//
//===----------------------------------------------------------------------===//

#include "attn/Compiler/Compiler.h"
#include "attn/Compiler/Version.h"
#include "attn/InitAll.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

extern "C" LLVM_ATTRIBUTE_WEAK mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "attn",
          mlir::attn::getVersion().data(), // a literal
          [](mlir::DialectRegistry *registry) {
            mlir::attn::registerCompilerDialects(*registry);
          }};
}

extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo
mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "attn", mlir::attn::getVersion().data(),
          mlir::attn::registerAllPassesAndPipelines};
}
