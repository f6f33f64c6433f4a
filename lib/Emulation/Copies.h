//===- Copies.h - asynchronous copies ---------------------------*- C++ -*-===//
//
// An asynchronous copy destroys its destination when it is issued and fills it
// as late as the program allows: a box of a tensor map at a random time, then
// its barrier hears of the bytes; cp.async at the wait that covers it. A store
// of a box reads at a random time, so the source must stay until its wait.
//
// Covered by test/unittests/Emulation/CopyTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_EMULATION_COPIES_H
#define ATTN_LIB_EMULATION_COPIES_H

#include <cstdint>
#include <deque>
#include <vector>

namespace mlir::attn {
struct TensorMap;
} // namespace mlir::attn

namespace mlir::attn::emulation {

struct Thread;

/// What one thread has issued.
struct CopyThread {
  struct CpAsync {
    uint32_t address;
    const char *source;
    uint32_t bytes, sourceBytes;
  };
  std::vector<CpAsync> open;
  std::deque<std::vector<CpAsync>> groups;

  /// Stores of boxes that are not finished, by group; the last is open.
  std::deque<unsigned> storeGroups;
  uint64_t firstStoreGroup = 0;
  std::vector<Thread *> storeWaiters;
};

void issueCpAsync(Thread &thread, uint32_t address, const void *source,
                  uint32_t bytes, uint32_t sourceBytes);
void commitCpAsync(Thread &thread);
void waitCpAsync(Thread &thread, int32_t groups);

void loadBox(Thread &thread, uint32_t address, const TensorMap &map,
             uint32_t barrier, unsigned rank, const int32_t *origin);
void storeBox(Thread &thread, const TensorMap &map, uint32_t address,
              unsigned rank, const int32_t *origin);
void commitStores(Thread &thread);
void waitStores(Thread &thread, int32_t groups);

} // namespace mlir::attn::emulation

#endif // ATTN_LIB_EMULATION_COPIES_H
