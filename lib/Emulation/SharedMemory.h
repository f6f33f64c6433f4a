//===- SharedMemory.h - a block's shared memory, watched --------*- C++ -*-===//
//
// The bytes lie at a multiple of 256 KiB below 4 GiB of this process, so the
// 32-bit addresses of the kernel, and the 18 bits of them that a matrix
// descriptor holds, are real. Beside them lies what is known of each 4 bytes:
// who wrote them when, whether they are defined, whether an asynchronous copy
// is still writing them, and whether the writer's fence.proxy.async is missing;
// and of each 16 bytes, who read them.
//
// The checks name the rule that is broken and leave the fault to the caller:
//
//   if (std::optional<FaultKind> kind = memory.checkRead(clock, self, range))
//
// Covered by test/unittests/Emulation/SharedMemoryTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_EMULATION_SHAREDMEMORY_H
#define ATTN_LIB_EMULATION_SHAREDMEMORY_H

#include "Clock.h"
#include "attn/Emulation/Emulator.h"
#include <array>
#include <optional>

namespace mlir::attn::emulation {

/// A contiguous piece of shared memory.
struct SharedRange {
  uint32_t address;
  uint32_t bytes;
};

/// The path to memory: ordinary loads and stores take one, asynchronous copies
/// and wgmma the other.
enum class Proxy { generic, async };

class SharedMemory {
public:
  static llvm::Expected<SharedMemory> create();
  SharedMemory(SharedMemory &&other);
  SharedMemory &operator=(SharedMemory &&other);
  ~SharedMemory();

  uint32_t getBase() const { return base; }
  static char *getPointer(uint32_t address) {
    return reinterpret_cast<char *>(static_cast<uintptr_t>(address));
  }
  /// The address whose low 18 bits are those of a matrix descriptor.
  uint32_t fromDescriptor(uint32_t low18) const { return base + low18; }

  /// Forgets everything and makes the first `bytes` accessible.
  void reset(uint32_t bytes);

  /// Whether the range is inside of the block's memory.
  bool contains(SharedRange range) const {
    return range.address >= base && range.address - base <= size &&
           range.bytes <= size - (range.address - base);
  }

  /// What is wrong with `agent`, which knows `clock`, reading now.
  std::optional<FaultKind> checkRead(const Clock &clock, AgentId agent,
                                     SharedRange range, Proxy proxy) const;
  /// What is wrong with `agent` writing now.
  std::optional<FaultKind> checkWrite(const Clock &clock, AgentId agent,
                                      SharedRange range) const;

  void noteRead(AgentId agent, SharedRange range, Stamp stamp);
  /// The bytes now hold what `agent` wrote. Generic writes are invisible to the
  /// asynchronous proxy until `fence`.
  void noteWrite(AgentId agent, SharedRange range, Stamp stamp, Proxy proxy);
  /// The bytes are undefined, as a copy by `agent` writes them; NaNs are put
  /// there.
  void noteCopyStart(AgentId agent, SharedRange range, Stamp stamp);
  /// fence.proxy.async by `agent`: its writes are visible to both proxies.
  void fence(AgentId agent, SharedRange range);

  /// Asynchronous readers that may read the range at any time until they are
  /// removed again.
  void addPendingReader(SharedRange range) { countPending(range, 1); }
  void removePendingReader(SharedRange range) { countPending(range, -1); }

  /// Barriers are opaque: other accesses of their bytes are faults.
  void noteBarrier(uint32_t address);

private:
  struct Word {
    Stamp stamp = 0;
    AgentId agent = 0;
    uint8_t defined = 0; ///< one bit a byte
    bool copying : 1, unfenced : 1, barrier : 1;
    Word() : copying(false), unfenced(false), barrier(false) {}
  };
  struct Reader {
    Stamp stamp = 0;
    AgentId agent = 0;
  };
  struct Chunk {
    std::array<Reader, 8> readers;
    uint16_t pendingReaders = 0;
  };
  static constexpr uint32_t kWordBytes = 4, kChunkBytes = 16;
  static constexpr uint8_t kWholeWord = 0xf;

  SharedMemory(char *mapping, uint32_t base) : mapping(mapping), base(base) {}
  void countPending(SharedRange range, int change);
  template <typename Function>
  void forEachWord(SharedRange range, Function function);

  char *mapping;
  uint32_t base;
  uint32_t size = 0;
  std::vector<Word> words;
  std::vector<Chunk> chunks;
};

} // namespace mlir::attn::emulation

#endif // ATTN_LIB_EMULATION_SHAREDMEMORY_H
