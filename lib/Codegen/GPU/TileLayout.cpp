//===- TileLayout.cpp - where the elements of tiles lie -------------------===//
//
// Descriptors follow the PTX manual, "Matrix descriptor format" of
// wgmma.mma_async: bits 0-13 address / 16, 16-29 leading byte offset / 16,
// 32-45 stride byte offset / 16, 62-63 the swizzle, 1 for 128 bytes.
//
//===----------------------------------------------------------------------===//

#include "attn/Codegen/GPU/TileLayout.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::attn::atile;

/// Rows after which the swizzle repeats.
static constexpr int64_t kSwizzleRows = 8;
static constexpr int64_t kElementBytes = 2;

static uint64_t makeDescriptor(int64_t leadingBytes, int64_t strideBytes) {
  return uint64_t(1) << 62 | uint64_t(strideBytes >> 4) << 32 |
         uint64_t(leadingBytes >> 4) << 16;
}

int64_t TileLayout::getByteOffset(int64_t row, int64_t column) const {
  int64_t panel = column / kPanelColumns;
  int64_t inRow = column % kPanelColumns * kElementBytes;
  int64_t chunk = (inRow / kChunkBytes) ^ (row % kSwizzleRows);
  return panel * getPanelBytes() + row * kRowBytes + chunk * kChunkBytes +
         inRow % kChunkBytes;
}

uint64_t TileLayout::getKMajorDescriptor() const {
  // The leading offset is not used with a swizzle whose span is a row.
  return makeDescriptor(/*leadingBytes=*/16, kSwizzleRows * kRowBytes);
}

int64_t TileLayout::getKMajorStepBytes(int64_t step) const {
  int64_t column = step * kStepColumns;
  return column / kPanelColumns * getPanelBytes() +
         column % kPanelColumns * kElementBytes;
}

uint64_t TileLayout::getMNMajorDescriptor() const {
  return makeDescriptor(getPanelBytes(), kSwizzleRows * kRowBytes);
}

int64_t TileLayout::getMNMajorStepBytes(int64_t step) const {
  return step * kStepColumns * kRowBytes;
}

//===----------------------------------------------------------------------===//
// Addresses computed by the kernel
//===----------------------------------------------------------------------===//

static Value constant(OpBuilder &b, Location loc, int64_t value) {
  return arith::ConstantIntOp::create(b, loc, b.getI32Type(), value);
}

Value TileLayout::emitEncodeAddress(OpBuilder &b, Location loc, Value address) {
  Value shifted = arith::ShRUIOp::create(b, loc, address, constant(b, loc, 4));
  Value masked =
      arith::AndIOp::create(b, loc, shifted, constant(b, loc, 0x3fff));
  return arith::ExtUIOp::create(b, loc, b.getI64Type(), masked);
}

Value TileLayout::emitChunkAddress(OpBuilder &b, Location loc, Value base,
                                   Value row, Value chunk) const {
  constexpr int64_t kRowChunks = kRowBytes / kChunkBytes;
  Value panel =
      arith::DivUIOp::create(b, loc, chunk, constant(b, loc, kRowChunks));
  Value inRow =
      arith::AndIOp::create(b, loc, chunk, constant(b, loc, kRowChunks - 1));
  Value phase =
      arith::AndIOp::create(b, loc, row, constant(b, loc, kSwizzleRows - 1));
  Value place = arith::XOrIOp::create(b, loc, inRow, phase);
  auto scaled = [&](Value value, int64_t factor) -> Value {
    return arith::MulIOp::create(b, loc, value, constant(b, loc, factor));
  };
  Value address =
      arith::AddIOp::create(b, loc, base, scaled(panel, getPanelBytes()));
  address = arith::AddIOp::create(b, loc, address, scaled(row, kRowBytes));
  return arith::AddIOp::create(b, loc, address, scaled(place, kChunkBytes));
}

//===----------------------------------------------------------------------===//
// Fragments
//===----------------------------------------------------------------------===//

FragmentPosition mlir::attn::atile::getFragmentPosition(int64_t index) {
  int64_t half = index / 2 % 2;
  return {8 * half, 8 * (index / 4) + index % 2, half};
}

SmallVector<int64_t> mlir::attn::atile::getRowRegisters(int64_t columns,
                                                        int64_t half) {
  SmallVector<int64_t> registers;
  for (int64_t index = 0; index < columns / 2; ++index)
    if (getFragmentPosition(index).half == half)
      registers.push_back(index);
  return registers;
}

Value mlir::attn::atile::emitThreadRow(OpBuilder &b, Location loc,
                                       Value thread) {
  Value warp = arith::ShRUIOp::create(b, loc, thread, constant(b, loc, 5));
  Value first = arith::MulIOp::create(b, loc, warp, constant(b, loc, 16));
  Value lane = arith::AndIOp::create(b, loc, thread, constant(b, loc, 31));
  Value row = arith::ShRUIOp::create(b, loc, lane, constant(b, loc, 2));
  return arith::AddIOp::create(b, loc, first, row);
}

Value mlir::attn::atile::emitThreadColumn(OpBuilder &b, Location loc,
                                          Value thread) {
  Value quad = arith::AndIOp::create(b, loc, thread, constant(b, loc, 3));
  return arith::MulIOp::create(b, loc, quad, constant(b, loc, 2));
}

//===----------------------------------------------------------------------===//
// Shared memory of a kernel
//===----------------------------------------------------------------------===//

SharedLayout::SharedLayout(KernelOp kernel) {
  auto all = kernel.getBody().front().getOps<RingOp>();
  for (RingOp ring : all) {
    rings[ring] = {bytes, 0};
    bytes += ring.getType().getStages() * getStageBytes(ring.getType());
  }
  // Kernels without roles meet in other ways.
  if (!kernel.getSpecialize())
    return;
  for (RingOp ring : all) {
    rings[ring].barriers = bytes;
    bytes += getEmptyOffset(ring.getType(), ring.getType().getStages());
  }
}
