//===- Plugin.cpp - the pass for tools that load plugins ------------------===//

#include "WindowPass.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo
mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "windows", "1.0",
          windows::registerWindowPass};
}
