//===- Warp.cpp - what the 32 threads of a warp do together ---------------===//
//
// Covered by test/unittests/Emulation/WarpTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "Block.h"
#include <algorithm>
#include <cstring>
#include <set>

namespace mlir::attn::emulation {

void runCollective(Thread &thread, const char *name, uint64_t parameters,
                   LaneWords &words,
                   llvm::function_ref<void(Warp &warp)> compute) {
  Block &block = *thread.block;
  block.mayPause(thread);
  Warp &warp = block.warps[thread.getWarp()];
  thread.wgmma.fenced = false;
  if (warp.arrived == 0) {
    warp.name = name;
    warp.parameters = parameters;
  }
  block.require(std::strcmp(warp.name, name) == 0 &&
                    warp.parameters == parameters,
                thread, FaultKind::divergence,
                llvm::Twine("calls ") + name +
                    " where another thread of its warp calls " + warp.name +
                    (warp.name == name ? " with other parameters" : ""));
  warp.words[thread.getLane()] = words;
  if (++warp.arrived == Warp::kLanes) {
    compute(warp);
    warp.arrived = 0;
    ++warp.generation;
    block.notify(warp.waiters);
  } else {
    uint64_t generation = warp.generation;
    block.wait(thread, warp.waiters, name, 0,
               [&] { return warp.generation != generation; });
  }
  words = warp.words[thread.getLane()];
}

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

unsigned countBankConflicts(const std::vector<uint32_t> &addresses,
                            uint32_t bytes) {
  constexpr uint32_t kBanks = 32, kBankBytes = 4;
  size_t lanes = std::max(1u, kBanks * kBankBytes / std::max(bytes, 4u));
  unsigned conflicts = 0;
  for (size_t first = 0; first < addresses.size(); first += lanes) {
    std::array<std::set<uint32_t>, kBanks> words;
    for (size_t lane = first; lane < std::min(first + lanes, addresses.size());
         ++lane)
      for (uint32_t byte = 0; byte < bytes; byte += kBankBytes) {
        uint32_t word = (addresses[lane] + byte) / kBankBytes;
        words[word % kBanks].insert(word);
      }
    size_t passes = 1;
    for (const std::set<uint32_t> &bank : words)
      passes = std::max(passes, bank.size());
    conflicts += static_cast<unsigned>(passes) - 1;
  }
  return conflicts;
}

/// Counts the conflicts of a warp's access once all of its lanes have made it.
static void noteAccess(Thread &thread, uint32_t address, uint32_t bytes) {
  Block &block = *thread.block;
  Warp &warp = block.warps[thread.getWarp()];
  uint64_t number = thread.warp.numAccesses++;
  Warp::Access &access = warp.accesses[number];
  access.addresses.push_back(address);
  access.bytes = std::max(access.bytes, bytes);
  if (access.addresses.size() < Warp::kLanes)
    return;
  ++block.report.sharedAccesses;
  block.report.bankConflicts +=
      countBankConflicts(access.addresses, access.bytes);
  warp.accesses.erase(number);
}

static void requireAligned(Thread &thread, uint32_t address, uint32_t bytes) {
  Block &block = *thread.block;
  if (address % bytes)
    block.fail(thread, FaultKind::alignment,
               "expected an access of " + llvm::Twine(bytes) +
                   " bytes at a multiple of that but found " +
                   block.describe(address));
}

void loadShared(Thread &thread, uint32_t address, void *data, uint32_t bytes) {
  Block &block = *thread.block;
  thread.wgmma.fenced = false;
  requireAligned(thread, address, bytes);
  block.requireRead(thread, {address, bytes}, Proxy::generic);
  block.memory.noteRead(thread.getAgent(), {address, bytes}, block.nextStamp());
  std::memcpy(data, SharedMemory::getPointer(address), bytes);
  noteAccess(thread, address, bytes);
}

void storeShared(Thread &thread, uint32_t address, const void *data,
                 uint32_t bytes) {
  Block &block = *thread.block;
  requireAligned(thread, address, bytes);
  block.requireWrite(thread, {address, bytes});
  block.memory.noteWrite(thread.getAgent(), {address, bytes}, block.nextStamp(),
                         Proxy::generic);
  thread.unfencedWrites.push_back({address, bytes});
  std::memcpy(SharedMemory::getPointer(address), data, bytes);
  noteAccess(thread, address, bytes);
}

//===----------------------------------------------------------------------===//
// Matrices of 8 x 8 elements of 16 bits
//===----------------------------------------------------------------------===//

/// Conflicts of the rows whose addresses the first lanes hold.
static void noteMatrices(Block &block, const Warp &warp, unsigned count) {
  for (unsigned matrix = 0; matrix < count; ++matrix) {
    std::vector<uint32_t> rows;
    for (unsigned row = 0; row < 8; ++row)
      rows.push_back(warp.words[8 * matrix + row][0]);
    ++block.report.sharedAccesses;
    block.report.bankConflicts += countBankConflicts(rows, 16);
  }
}

void loadMatrices(Thread &thread, uint32_t address, unsigned count,
                  bool transpose, uint32_t *registers) {
  Block &block = *thread.block;
  if (thread.getLane() < 8 * count) {
    requireAligned(thread, address, 16);
    block.requireRead(thread, {address, 16}, Proxy::generic);
    block.memory.noteRead(thread.getAgent(), {address, 16}, block.nextStamp());
  }
  LaneWords words = {address};
  runCollective(
      thread, "ldmatrix", count * 2 + transpose, words, [&](Warp &warp) {
        noteMatrices(block, warp, count);
        uint16_t elements[4][8][8];
        for (unsigned row = 0; row < 8 * count; ++row)
          std::memcpy(elements[row / 8][row % 8],
                      SharedMemory::getPointer(warp.words[row][0]), 16);
        for (unsigned lane = 0; lane < Warp::kLanes; ++lane)
          for (unsigned matrix = 0; matrix < count; ++matrix) {
            auto &from = elements[matrix];
            unsigned row = lane / 4, column = 2 * (lane % 4);
            uint16_t low = transpose ? from[column][row] : from[row][column];
            uint16_t high =
                transpose ? from[column + 1][row] : from[row][column + 1];
            warp.words[lane][matrix] = low | static_cast<uint32_t>(high) << 16;
          }
      });
  std::copy_n(words.begin(), count, registers);
}

void storeMatrices(Thread &thread, uint32_t address, unsigned count,
                   bool transpose, const uint32_t *registers) {
  Block &block = *thread.block;
  if (thread.getLane() < 8 * count) {
    requireAligned(thread, address, 16);
    block.requireWrite(thread, {address, 16});
    block.memory.noteWrite(thread.getAgent(), {address, 16}, block.nextStamp(),
                           Proxy::generic);
    thread.unfencedWrites.push_back({address, 16});
  }
  LaneWords words = {address};
  std::copy_n(registers, count, words.begin() + 1);
  runCollective(thread, "stmatrix", count * 2 + transpose, words,
                [&](Warp &warp) {
                  noteMatrices(block, warp, count);
                  uint16_t elements[4][8][8];
                  for (unsigned lane = 0; lane < Warp::kLanes; ++lane)
                    for (unsigned matrix = 0; matrix < count; ++matrix) {
                      auto &to = elements[matrix];
                      unsigned row = lane / 4, column = 2 * (lane % 4);
                      uint32_t pair = warp.words[lane][1 + matrix];
                      (transpose ? to[column][row] : to[row][column]) =
                          static_cast<uint16_t>(pair);
                      (transpose ? to[column + 1][row] : to[row][column + 1]) =
                          static_cast<uint16_t>(pair >> 16);
                    }
                  for (unsigned row = 0; row < 8 * count; ++row)
                    std::memcpy(SharedMemory::getPointer(warp.words[row][0]),
                                elements[row / 8][row % 8], 16);
                });
}

//===----------------------------------------------------------------------===//
// mma.sync
//===----------------------------------------------------------------------===//

/// NaN as the tensor core gives it, which is not one that stands for a value in
/// flight.
static float canonicalize(float value) {
  return std::isnan(value) ? fromBits(0x7fffffff) : value;
}

void multiplyM16N8K16(Thread &thread, int32_t type, float *c, const uint32_t *a,
                      const uint32_t *b) {
  LaneWords words = {};
  std::copy_n(a, 4, words.begin());
  std::copy_n(b, 2, words.begin() + 4);
  for (unsigned i = 0; i < 4; ++i)
    words[6 + i] = toBits(c[i]);
  auto half = static_cast<HalfType>(type);
  runCollective(thread, "mma.sync", type, words, [&](Warp &warp) {
    float left[16][16], right[16][8], sum[16][8];
    auto low = [&](uint32_t pair) {
      return decodeHalf(static_cast<uint16_t>(pair), half);
    };
    auto high = [&](uint32_t pair) {
      return decodeHalf(static_cast<uint16_t>(pair >> 16), half);
    };
    for (unsigned lane = 0; lane < Warp::kLanes; ++lane) {
      const LaneWords &from = warp.words[lane];
      unsigned group = lane / 4, pair = 2 * (lane % 4);
      for (unsigned i = 0; i < 4; ++i) {
        unsigned row = group + 8 * (i % 2), k = pair + 8 * (i / 2);
        left[row][k] = low(from[i]);
        left[row][k + 1] = high(from[i]);
        sum[group + 8 * (i / 2)][pair + i % 2] = fromBits(from[6 + i]);
      }
      for (unsigned i = 0; i < 2; ++i) {
        right[pair + 8 * i][group] = low(from[4 + i]);
        right[pair + 8 * i + 1][group] = high(from[4 + i]);
      }
    }
    for (unsigned row = 0; row < 16; ++row)
      for (unsigned k = 0; k < 16; ++k)
        for (unsigned column = 0; column < 8; ++column)
          sum[row][column] += left[row][k] * right[k][column];
    for (unsigned lane = 0; lane < Warp::kLanes; ++lane)
      for (unsigned i = 0; i < 4; ++i)
        warp.words[lane][6 + i] = toBits(
            canonicalize(sum[lane / 4 + 8 * (i / 2)][2 * (lane % 4) + i % 2]));
    thread.block->report.tensorMultiplyAdds += 16 * 8 * 16;
  });
  for (unsigned i = 0; i < 4; ++i)
    c[i] = fromBits(words[6 + i]);
}

} // namespace mlir::attn::emulation
