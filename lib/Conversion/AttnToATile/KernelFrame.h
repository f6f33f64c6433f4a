//===- KernelFrame.h - a function on tensors as a kernel --------*- C++ -*-===//
//
// Part of attn-dense-to-atile: makes an empty `atile.kernel` for a function and
// puts the function's body into it, on tensors that stand for global memory.
//
//   func.func @f(%q: tensor<1x8x?x64xbf16>, ..) -> tensor<..>
//   ->
//   atile.kernel @f(%q_data: !atile.global<bf16>, %q_size2: i32, %q_stride0:
//   i64,
//                   ..)
//     %q = builtin.unrealized_conversion_cast %q_data
//
// What is emitted then may read tensors; `finish` makes loads of that and
// removes what is not used.
//
// Tests: test/Conversion/AttnToATile/dense-to-atile.mlir
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CONVERSION_ATTNTOATILE_KERNELFRAME_H
#define ATTN_LIB_CONVERSION_ATTNTOATILE_KERNELFRAME_H

#include "attn/Dialect/ATile/IR/ATile.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <array>

namespace mlir::attn {

/// A parameter of the public function in global memory.
struct KernelTensor {
  int64_t param;
  RankedTensorType type;
  /// Arguments of the kernel: the first element; sizes as i32, null where they
  /// are static; strides in elements as i64, null for the innermost (1).
  Value data;
  SmallVector<Value> sizes, strides;
};

/// Blocks along one axis of the grid: size / divisor, rounded up.
struct GridExtent {
  /// An argument of the kernel, or null where `number` says it.
  Value size;
  int64_t number;
  int64_t divisor = 1;

  /// Of a dimension of a tensor.
  static GridExtent get(const KernelTensor &tensor, int64_t dim,
                        int64_t divisor = 1) {
    return {tensor.sizes[dim], tensor.type.getDimSize(dim), divisor};
  }
};

/// The kernel of one function with one attn.dense.
class KernelFrame {
public:
  /// Creates the kernel before `func`, which stays until `finish`.
  KernelFrame(func::FuncOp func, int64_t threads);

  atile::KernelOp getKernel() const { return kernel; }
  /// The copy of the attn.dense, at the end of the kernel's body: the place to
  /// emit at.
  DenseOp getDense() const { return dense; }

  /// The tensor that stands for a parameter, or null.
  const KernelTensor *lookup(Value tensor) const;
  /// The result of the function that `result` of the dense op becomes.
  const KernelTensor &getOutput(Value result) const;

  /// A tensor map of `tensor` for tiles of `rows` x `columns`, where `dims` are
  /// the dimensions that count as batch, head, row and feature.
  Value addMap(const KernelTensor &tensor, int64_t rows, int64_t columns,
               ArrayRef<int64_t> dims = {});

  /// Size `dim` of a tensor as i32, or as an index.
  Value getSize(OpBuilder &b, Location loc, const KernelTensor &tensor,
                int64_t dim) const;
  OpFoldResult getIndexSize(OpBuilder &b, Location loc,
                            const KernelTensor &tensor, int64_t dim) const;
  /// Offset (i64) of the element at `indices` (i32, i64 or index).
  Value getOffset(OpBuilder &b, Location loc, const KernelTensor &tensor,
                  ValueRange indices) const;

  /// Sets the grid. Replaces reads of tensors by loads and removes what stood
  /// for tensors, unused arguments and the function.
  LogicalResult finish(const std::array<GridExtent, 3> &grid);

private:
  Value addArgument(Type type, atile::BindAttr bind);
  KernelTensor addTensor(int64_t param, RankedTensorType type);
  LogicalResult lowerReads();
  void eraseUnusedArguments(ArrayRef<Value> kept);

  func::FuncOp func;
  atile::KernelOp kernel;
  DenseOp dense;
  llvm::DenseMap<Value, KernelTensor> tensors;
  SmallVector<KernelTensor> outputs;
  /// For each result of the dense op, the result of the function.
  SmallVector<unsigned> returnedAs;
};

} // namespace mlir::attn

#endif // ATTN_LIB_CONVERSION_ATTNTOATILE_KERNELFRAME_H
