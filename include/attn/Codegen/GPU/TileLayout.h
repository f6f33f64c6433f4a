//===- TileLayout.h - where the elements of tiles lie -----------*- C++ -*-===//
//
// Every number about tiles in shared memory, matrix descriptors and fragments
// in registers that code for GPUs contains. Both lowerings of the dialect atile
// (to PTX, to the emulator) take them from here, so that what the emulator
// executes is what is assembled.
//
// A tile of R rows and C columns of 16-bit elements lies in panels of 64
// columns, panel by panel, each R rows of 128 bytes. In a panel the 16-byte
// chunk c of row r lies in place c xor (r mod 8): what the tensor memory
// accelerator writes and wgmma reads as swizzle 128B, if the tile is aligned to
// 1,024 bytes.
//
// Example: a 128 x 96 tile has 2 panels of 16,384 bytes; element (9, 72) lies
// at 16384 + 9 * 128 + ((1 xor 1) * 16) + 0.
//
// Covered by test/unittests/Codegen/TileLayoutTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_GPU_TILELAYOUT_H
#define ATTN_CODEGEN_GPU_TILELAYOUT_H

#include "attn/Dialect/ATile/IR/ATile.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::attn::atile {

/// Columns that one step of a product contracts.
constexpr int64_t kStepColumns = 16;

/// A tile of 16-bit elements in shared memory.
class TileLayout {
public:
  TileLayout(int64_t rows, int64_t columns) : rows(rows), columns(columns) {}
  explicit TileLayout(SlotType type)
      : TileLayout(type.getRows(), type.getColumns()) {}
  explicit TileLayout(RingType type)
      : TileLayout(type.getRows(), type.getColumns()) {}
  explicit TileLayout(MapType type)
      : TileLayout(type.getRows(), type.getColumns()) {}

  static constexpr int64_t kRowBytes = 128;
  static constexpr int64_t kChunkBytes = 16;
  static constexpr int64_t kAlignment = 1024;

  int64_t getNumPanels() const {
    return (columns + kPanelColumns - 1) / kPanelColumns;
  }
  int64_t getPanelBytes() const { return rows * kRowBytes; }
  /// Bytes of the tile, which are also those that its load brings.
  int64_t getBytes() const { return getNumPanels() * getPanelBytes(); }
  /// Bytes from the tile's first element to element (row, column).
  int64_t getByteOffset(int64_t row, int64_t column) const;

  /// The matrix descriptor of wgmma without its address, for a tile whose rows
  /// run along the contraction (Q and K).
  uint64_t getKMajorDescriptor() const;
  /// Bytes from the tile to what step `step` of 16 columns begins with.
  int64_t getKMajorStepBytes(int64_t step) const;
  /// The same for a tile whose rows run along the result's columns (V).
  uint64_t getMNMajorDescriptor() const;
  /// Bytes from the tile to what step `step` of 16 rows begins with.
  int64_t getMNMajorStepBytes(int64_t step) const;

  /// What a descriptor holds of a shared address: add it to one of the above.
  static uint64_t encodeAddress(uint64_t address) {
    return (address >> 4) & 0x3fff;
  }
  /// The same as i32 -> i64 operations of arith.
  static Value emitEncodeAddress(OpBuilder &b, Location loc, Value address);

  /// The shared address (i32) of 16-byte chunk `chunk` of row `row` of the tile
  /// at `base`, all i32, as operations of arith.
  Value emitChunkAddress(OpBuilder &b, Location loc, Value base, Value row,
                         Value chunk) const;

private:
  int64_t rows;
  int64_t columns;
};

/// Which element of a fragment a register holds.
struct FragmentPosition {
  int64_t row;    ///< less the thread's row: 0 or 8
  int64_t column; ///< less the thread's column
  int64_t half;   ///< 0 or 1: which of the thread's two rows
};

/// Register `index` of a fragment in the layout of ATileDialect.td.
FragmentPosition getFragmentPosition(int64_t index);
/// Registers of a fragment of `columns` columns that hold row `half`.
SmallVector<int64_t> getRowRegisters(int64_t columns, int64_t half);
/// Row and column of register 0 in the fragment of thread `thread` of a group
/// (i32 from 0 to 127), as operations of arith.
Value emitThreadRow(OpBuilder &b, Location loc, Value thread);
Value emitThreadColumn(OpBuilder &b, Location loc, Value thread);

/// Where the rings of a kernel and their barriers lie in shared memory: tiles
/// in the order of the text, then barriers of 8 bytes, full ones before empty
/// ones.
class SharedLayout {
public:
  explicit SharedLayout(KernelOp kernel);

  /// Bytes from the beginning of shared memory (aligned to 1,024) to stage 0.
  int64_t getTileOffset(RingOp ring) const { return rings.lookup(ring).tiles; }
  /// Bytes to the first full barrier of the ring.
  int64_t getBarrierOffset(RingOp ring) const {
    return rings.lookup(ring).barriers;
  }
  /// Bytes from one stage to the next.
  static int64_t getStageBytes(RingType type) {
    return TileLayout(type).getBytes();
  }
  /// Bytes from the ring's first barrier to the full or empty one of a stage.
  static int64_t getFullOffset(int64_t stage) { return 8 * stage; }
  static int64_t getEmptyOffset(RingType type, int64_t stage) {
    return 8 * (type.getStages() + stage);
  }
  /// Shared memory of a block, in bytes.
  int64_t getBytes() const { return bytes; }

private:
  struct Offsets {
    int64_t tiles;
    int64_t barriers;
  };
  llvm::MapVector<Operation *, Offsets> rings;
  int64_t bytes = 0;
};

} // namespace mlir::attn::atile

#endif // ATTN_CODEGEN_GPU_TILELAYOUT_H
