//===- CacheBuilder.h - loops over the rows of caches -----------*- C++ -*-===//
//
// What LowerCache.cpp and CacheEvict.cpp write their loops with: memrefs,
// indices and branches without results.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CODEGEN_CPU_CACHEBUILDER_H
#define ATTN_LIB_CODEGEN_CPU_CACHEBUILDER_H

#include "attn/Dialect/Attn/IR/CacheOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::attn {

class CacheBuilder : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(*this, value);
  }
  Value size(Value memref, int64_t axis) {
    return createOrFold<memref::DimOp>(memref, axis);
  }
  Value add(Value x, Value y) { return createOrFold<arith::AddIOp>(x, y); }
  Value sub(Value x, Value y) { return createOrFold<arith::SubIOp>(x, y); }
  Value min(Value x, Value y) { return createOrFold<arith::MinSIOp>(x, y); }
  Value max(Value x, Value y) { return createOrFold<arith::MaxSIOp>(x, y); }
  Value both(Value x, Value y) { return createOrFold<arith::AndIOp>(x, y); }
  Value compare(arith::CmpIPredicate predicate, Value x, Value y) {
    return createOrFold<arith::CmpIOp>(predicate, x, y);
  }
  /// 0 <= x < bound: as an unsigned number a negative one is larger than any.
  Value isInside(Value x, Value bound) {
    return compare(arith::CmpIPredicate::ult, x, bound);
  }
  Value load(Value memref, ValueRange at) {
    return memref::LoadOp::create(*this, memref, at);
  }
  void store(Value x, Value memref, ValueRange at) {
    memref::StoreOp::create(*this, x, memref, at);
  }
  /// An element of an integer type as an index.
  Value readIndex(Value memref, ValueRange at) {
    return createOrFold<arith::IndexCastOp>(getIndexType(), load(memref, at));
  }

  /// for i in [from, to): body(i)
  void forEach(Value from, Value to, function_ref<void(Value)> body);
  /// for i in [from, to): carried = body(i, carried)
  Value loop(Value from, Value to, Value carried,
             function_ref<Value(Value, Value)> body);
  void when(Value condition, function_ref<void()> then);
  /// One tile for each place in `sizes`.
  void forEachTile(ArrayRef<OpFoldResult> sizes,
                   function_ref<void(ValueRange)> body);

  /// Copies what lies at `from` along the axes behind it, of one buffer to
  /// `to` of another one or of the same.
  void copyRow(Value source, ValueRange from, Value destination, ValueRange to);
};

/// Loops in place of an attn.cache_evict on memrefs, at the insertion point.
void emitCacheEvict(CacheBuilder &b, CacheEvictOp op);

} // namespace mlir::attn

#endif // ATTN_LIB_CODEGEN_CPU_CACHEBUILDER_H
