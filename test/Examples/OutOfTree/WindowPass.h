//===- WindowPass.h - bounded memory for causal attention ------*- C++ -*-===//

#ifndef WINDOWS_WINDOWPASS_H
#define WINDOWS_WINDOWPASS_H

#include "mlir/Pass/Pass.h"

namespace windows {

/// Registers `window-limit`.
void registerWindowPass();

} // namespace windows

#endif // WINDOWS_WINDOWPASS_H
