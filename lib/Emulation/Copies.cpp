//===- Copies.cpp - asynchronous copies -----------------------------------===//
//
// Covered by test/unittests/Emulation/CopyTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "Block.h"
#include "attn/Emulation/TensorMap.h"
#include <array>
#include <cstring>

namespace mlir::attn::emulation {

//===----------------------------------------------------------------------===//
// cp.async
//===----------------------------------------------------------------------===//

void issueCpAsync(Thread &thread, uint32_t address, const void *source,
                  uint32_t bytes, uint32_t sourceBytes) {
  Block &block = *thread.block;
  block.require(
      bytes == 4 || bytes == 8 || bytes == 16, thread, FaultKind::alignment,
      "expected cp.async of 4, 8 or 16 bytes but found " + llvm::Twine(bytes));
  block.require(sourceBytes <= bytes, thread, FaultKind::bounds,
                "cp.async reads more bytes than it writes");
  block.require(address % bytes == 0 &&
                    (sourceBytes == 0 ||
                     reinterpret_cast<uintptr_t>(source) % bytes == 0),
                thread, FaultKind::alignment,
                "expected cp.async between multiples of " + llvm::Twine(bytes) +
                    " but found " + block.describe(address));
  block.requireWrite(thread, {address, bytes});
  block.memory.noteCopyStart(thread.getAgent(), {address, bytes},
                             block.nextStamp());
  thread.copies.open.push_back(
      {address, static_cast<const char *>(source), bytes, sourceBytes});
  block.report.copiedBytes += bytes;
}

void commitCpAsync(Thread &thread) {
  thread.copies.groups.push_back(std::move(thread.copies.open));
  thread.copies.open.clear();
}

void waitCpAsync(Thread &thread, int32_t groups) {
  Block &block = *thread.block;
  block.mayPause(thread);
  auto &pending = thread.copies.groups;
  while (pending.size() > static_cast<size_t>(groups)) {
    for (const CopyThread::CpAsync &copy : pending.front()) {
      char *destination = SharedMemory::getPointer(copy.address);
      std::memcpy(destination, copy.source, copy.sourceBytes);
      std::memset(destination + copy.sourceBytes, 0,
                  copy.bytes - copy.sourceBytes);
      // cp.async writes through the generic proxy.
      block.memory.noteWrite(thread.getAgent(), {copy.address, copy.bytes},
                             block.nextStamp(), Proxy::generic);
      thread.unfencedWrites.push_back({copy.address, copy.bytes});
    }
    pending.pop_front();
  }
}

//===----------------------------------------------------------------------===//
// Boxes of tensor maps
//===----------------------------------------------------------------------===//

namespace {
/// One copy of a box, in either direction.
struct Box {
  TensorMap map;
  uint32_t address;
  std::array<int64_t, TensorMap::kMaxRank> origin = {};

  uint32_t getNumRows() const { return map.getBoxBytes() / map.getRowBytes(); }

  /// Calls function(chunk) for each 16 bytes of shared memory in the box.
  template <typename Function> void forEachChunk(Function function) const {
    for (uint32_t offset = 0; offset < map.getBoxBytes(); offset += 16)
      function(SharedRange{swizzleAddress(address + offset, map.swizzle), 16});
  }

  /// The elements [first, last) of a row that are inside of the tensor, and
  /// where element 0 of the row would be.
  char *getRow(uint32_t row, int64_t &first, int64_t &last) const {
    first = std::max<int64_t>(0, -origin[0]);
    last = std::min<int64_t>(map.box[0],
                             static_cast<int64_t>(map.sizes[0]) - origin[0]);
    char *pointer = map.base + origin[0] * map.elementBytes;
    for (unsigned d = 1; d < map.rank; ++d) {
      int64_t at = origin[d] + row % map.box[d];
      row /= map.box[d];
      if (at < 0 || at >= static_cast<int64_t>(map.sizes[d]))
        first = last = 0;
      pointer += at * static_cast<int64_t>(map.strides[d]);
    }
    last = std::max(first, last);
    return pointer;
  }
};
} // namespace

/// Rows are at most 256 elements of 8 bytes.
static constexpr size_t kMaxRowBytes = 2048;

static void fetch(const Box &box) {
  uint32_t rowBytes = box.map.getRowBytes();
  for (uint32_t row = 0; row < box.getNumRows(); ++row) {
    std::array<char, kMaxRowBytes> data = {};
    int64_t first, last;
    const char *source = box.getRow(row, first, last);
    if (last > first)
      std::memcpy(data.data() + first * box.map.elementBytes,
                  source + first * box.map.elementBytes,
                  (last - first) * box.map.elementBytes);
    for (uint32_t offset = 0; offset < rowBytes; offset += 16)
      std::memcpy(SharedMemory::getPointer(swizzleAddress(
                      box.address + row * rowBytes + offset, box.map.swizzle)),
                  data.data() + offset, 16);
  }
}

static void flush(const Box &box) {
  uint32_t rowBytes = box.map.getRowBytes();
  for (uint32_t row = 0; row < box.getNumRows(); ++row) {
    std::array<char, kMaxRowBytes> data;
    for (uint32_t offset = 0; offset < rowBytes; offset += 16)
      std::memcpy(data.data() + offset,
                  SharedMemory::getPointer(swizzleAddress(
                      box.address + row * rowBytes + offset, box.map.swizzle)),
                  16);
    int64_t first, last;
    char *destination = box.getRow(row, first, last);
    if (last > first)
      std::memcpy(destination + first * box.map.elementBytes,
                  data.data() + first * box.map.elementBytes,
                  (last - first) * box.map.elementBytes);
  }
}

static Box makeBox(Thread &thread, const TensorMap &map, uint32_t address,
                   unsigned rank, const int32_t *origin) {
  Block &block = *thread.block;
  if (map.rank != rank || map.hasFault())
    block.fail(thread, FaultKind::descriptor,
               map.rank != rank
                   ? "expected a tensor map of rank " + llvm::Twine(rank) +
                         " but found " + llvm::Twine(map.rank)
                   : "copies by a tensor map that the driver refuses");
  uint32_t alignment = std::max(128u, 8 * getSwizzleBytes(map.swizzle));
  block.require(address % alignment == 0, thread, FaultKind::alignment,
                "expected a box at a multiple of " + llvm::Twine(alignment) +
                    " but found " + block.describe(address));
  block.require(block.memory.contains({address, map.getBoxBytes()}), thread,
                FaultKind::bounds,
                "copies a box of " + llvm::Twine(map.getBoxBytes()) +
                    " bytes at " + block.describe(address) +
                    ", outside of the shared memory of the block");
  Box box{map, address};
  std::copy_n(origin, rank, box.origin.begin());
  return box;
}

void loadBox(Thread &thread, uint32_t address, const TensorMap &map,
             uint32_t barrierAddress, unsigned rank, const int32_t *origin) {
  Block &block = *thread.block;
  block.mayPause(thread);
  MBarrier &barrier = block.barriers.getForCopy(thread, barrierAddress);
  AgentId agent = block.getBarrierAgent(barrier.index);
  Box box = makeBox(thread, map, address, rank, origin);
  box.forEachChunk([&](SharedRange chunk) {
    block.requireWrite(thread, chunk);
    block.memory.noteCopyStart(agent, chunk, block.nextStamp());
  });
  block.report.copiedBytes += map.getBoxBytes();
  block.schedule(block.options.copyDelay, [&block, &barrier, agent, box] {
    fetch(box);
    Stamp stamp = block.nextStamp();
    box.forEachChunk([&](SharedRange chunk) {
      block.memory.noteWrite(agent, chunk, stamp, Proxy::async);
    });
    barrier.clock.raise(agent, stamp);
    block.barriers.completeBytes(barrier, box.map.getBoxBytes());
  });
}

void storeBox(Thread &thread, const TensorMap &map, uint32_t address,
              unsigned rank, const int32_t *origin) {
  Block &block = *thread.block;
  block.mayPause(thread);
  Box box = makeBox(thread, map, address, rank, origin);
  Stamp stamp = block.nextStamp();
  box.forEachChunk([&](SharedRange chunk) {
    block.requireRead(thread, chunk, Proxy::async);
    block.memory.addPendingReader(chunk);
    block.memory.noteRead(thread.getAgent(), chunk, stamp);
  });
  block.report.copiedBytes += map.getBoxBytes();
  CopyThread &copies = thread.copies;
  if (copies.storeGroups.empty())
    copies.storeGroups.push_back(0);
  ++copies.storeGroups.back();
  uint64_t group = copies.firstStoreGroup + copies.storeGroups.size() - 1;
  block.schedule(block.options.copyDelay, [&block, &copies, group, box] {
    flush(box);
    box.forEachChunk(
        [&](SharedRange chunk) { block.memory.removePendingReader(chunk); });
    --copies.storeGroups[group - copies.firstStoreGroup];
    block.notify(copies.storeWaiters);
  });
}

void commitStores(Thread &thread) { thread.copies.storeGroups.push_back(0); }

void waitStores(Thread &thread, int32_t groups) {
  Block &block = *thread.block;
  CopyThread &copies = thread.copies;
  // The last entry is the group that is not committed.
  auto mayGo = [&] {
    size_t committed =
        copies.storeGroups.empty() ? 0 : copies.storeGroups.size() - 1;
    for (size_t group = 0; group + groups < committed; ++group)
      if (copies.storeGroups[group])
        return false;
    return true;
  };
  block.wait(thread, copies.storeWaiters, "its stores of boxes", 0, mayGo);
  while (copies.storeGroups.size() > static_cast<size_t>(groups) + 1) {
    copies.storeGroups.pop_front();
    ++copies.firstStoreGroup;
  }
}

} // namespace mlir::attn::emulation
