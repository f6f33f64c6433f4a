//===- InterfaceImpls.h - upstream's interfaces on attn ops -----*- C++ -*-===//

#ifndef ATTN_DIALECT_ATTN_TRANSFORMS_INTERFACEIMPLS_H
#define ATTN_DIALECT_ATTN_TRANSFORMS_INTERFACEIMPLS_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::attn {

/// Attaches models of upstream's interfaces that attn operations implement
/// outside of the dialect's library: bufferisation.
void registerInterfaceImpls(DialectRegistry &registry);

} // namespace mlir::attn

#endif // ATTN_DIALECT_ATTN_TRANSFORMS_INTERFACEIMPLS_H
