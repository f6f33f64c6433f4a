//===- SharedMemory.cpp - a block's shared memory, watched ----------------===//
//
// Covered by test/unittests/Emulation/SharedMemoryTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "SharedMemory.h"
#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <utility>

namespace mlir::attn::emulation {

/// What a descriptor can address, and the alignment that this takes.
static constexpr size_t kWindowBytes = 256 * 1024;
static constexpr size_t kMappingBytes = 2 * kWindowBytes;

llvm::Expected<SharedMemory> SharedMemory::create() {
  void *mapping = mmap(nullptr, kMappingBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (mapping == MAP_FAILED)
    return llvm::createStringError(
        std::error_code(errno, std::system_category()),
        "no memory below 4 GiB for the shared memory of GPU blocks");
  auto address = reinterpret_cast<uintptr_t>(mapping);
  uintptr_t base = (address + kWindowBytes - 1) / kWindowBytes * kWindowBytes;
  return SharedMemory(static_cast<char *>(mapping),
                      static_cast<uint32_t>(base));
}

SharedMemory::SharedMemory(SharedMemory &&other)
    : mapping(std::exchange(other.mapping, nullptr)), base(other.base),
      size(other.size), words(std::move(other.words)),
      chunks(std::move(other.chunks)) {}

SharedMemory &SharedMemory::operator=(SharedMemory &&other) {
  std::swap(mapping, other.mapping);
  std::swap(base, other.base);
  std::swap(size, other.size);
  std::swap(words, other.words);
  std::swap(chunks, other.chunks);
  return *this;
}

SharedMemory::~SharedMemory() {
  if (mapping)
    munmap(mapping, kMappingBytes);
}

void SharedMemory::reset(uint32_t bytes) {
  size = bytes;
  words.assign((bytes + kWordBytes - 1) / kWordBytes, Word());
  chunks.assign((bytes + kChunkBytes - 1) / kChunkBytes, Chunk());
  std::memset(getPointer(base), 0xff, bytes);
}

/// Calls function(word, mask of the bytes of it that are in `range`).
template <typename Function>
void SharedMemory::forEachWord(SharedRange range, Function function) {
  uint32_t begin = range.address - base, end = begin + range.bytes;
  while (begin < end) {
    uint32_t first = begin % kWordBytes;
    uint32_t count = std::min(kWordBytes - first, end - begin);
    function(words[begin / kWordBytes],
             static_cast<uint8_t>(((1u << count) - 1) << first));
    begin += count;
  }
}

std::optional<FaultKind> SharedMemory::checkRead(const Clock &clock,
                                                 AgentId agent,
                                                 SharedRange range,
                                                 Proxy proxy) const {
  if (!contains(range))
    return FaultKind::bounds;
  std::optional<FaultKind> kind;
  const_cast<SharedMemory *>(this)->forEachWord(
      range, [&](Word &word, uint8_t bytes) {
        if (kind)
          return;
        if (word.barrier)
          kind = FaultKind::barrier;
        else if (word.copying)
          kind = FaultKind::inFlight;
        else if ((word.defined & bytes) != bytes)
          kind = FaultKind::uninitialized;
        else if (word.agent != agent && clock[word.agent] < word.stamp)
          kind = FaultKind::race;
        else if (proxy == Proxy::async && word.unfenced)
          kind = FaultKind::proxyFence;
      });
  return kind;
}

std::optional<FaultKind> SharedMemory::checkWrite(const Clock &clock,
                                                  AgentId agent,
                                                  SharedRange range) const {
  if (!contains(range))
    return FaultKind::bounds;
  std::optional<FaultKind> kind;
  const_cast<SharedMemory *>(this)->forEachWord(
      range, [&](Word &word, uint8_t bytes) {
        if (kind)
          return;
        if (word.barrier)
          kind = FaultKind::barrier;
        else if (word.copying)
          kind = FaultKind::inFlight;
        // Neighbouring lanes may each write a part of a word.
        else if (word.stamp && word.agent != agent && bytes == kWholeWord &&
                 clock[word.agent] < word.stamp)
          kind = FaultKind::race;
      });
  uint32_t first = (range.address - base) / kChunkBytes;
  uint32_t last = (range.address - base + range.bytes - 1) / kChunkBytes;
  for (uint32_t chunk = first; chunk <= last && !kind; ++chunk) {
    if (chunks[chunk].pendingReaders)
      kind = FaultKind::race;
    for (const Reader &reader : chunks[chunk].readers)
      if (reader.stamp && reader.agent != agent &&
          clock[reader.agent] < reader.stamp)
        kind = FaultKind::race;
  }
  return kind;
}

void SharedMemory::noteRead(AgentId agent, SharedRange range, Stamp stamp) {
  uint32_t first = (range.address - base) / kChunkBytes;
  uint32_t last = (range.address - base + range.bytes - 1) / kChunkBytes;
  for (uint32_t chunk = first; chunk <= last; ++chunk) {
    // The latest read of an agent stands for its earlier ones; of many agents
    // the eight latest are remembered.
    Reader *slot = nullptr;
    for (Reader &reader : chunks[chunk].readers)
      if (reader.stamp && reader.agent == agent)
        slot = &reader;
    if (!slot)
      slot = std::min_element(
          chunks[chunk].readers.begin(), chunks[chunk].readers.end(),
          [](const Reader &a, const Reader &b) { return a.stamp < b.stamp; });
    *slot = {stamp, agent};
  }
}

void SharedMemory::noteWrite(AgentId agent, SharedRange range, Stamp stamp,
                             Proxy proxy) {
  forEachWord(range, [&](Word &word, uint8_t bytes) {
    word.stamp = stamp;
    word.agent = agent;
    word.defined |= bytes;
    word.copying = false;
    word.unfenced = proxy == Proxy::generic;
  });
}

void SharedMemory::noteCopyStart(AgentId agent, SharedRange range,
                                 Stamp stamp) {
  std::memset(getPointer(range.address), 0xff, range.bytes);
  forEachWord(range, [&](Word &word, uint8_t) {
    word.stamp = stamp;
    word.agent = agent;
    word.copying = true;
    word.unfenced = false;
  });
}

void SharedMemory::fence(AgentId agent, SharedRange range) {
  forEachWord(range, [&](Word &word, uint8_t) {
    if (word.agent == agent)
      word.unfenced = false;
  });
}

void SharedMemory::countPending(SharedRange range, int change) {
  uint32_t first = (range.address - base) / kChunkBytes;
  uint32_t last = (range.address - base + range.bytes - 1) / kChunkBytes;
  for (uint32_t chunk = first; chunk <= last; ++chunk)
    chunks[chunk].pendingReaders += change;
}

void SharedMemory::noteBarrier(uint32_t address) {
  forEachWord({address, 8}, [](Word &word, uint8_t) { word.barrier = true; });
}

} // namespace mlir::attn::emulation
