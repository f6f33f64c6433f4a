//===- Calls.cpp - what an emulated kernel calls --------------------------===//
//
// Covered by test/unittests/Emulation.
//
//===----------------------------------------------------------------------===//

#include "attn/Emulation/Calls.h"
#include "Block.h"
#include "attn/Emulation/TensorMap.h"

using namespace mlir::attn;
using namespace mlir::attn::emulation;

static Thread &self(void *thread) { return *static_cast<Thread *>(thread); }

static uint32_t word(int32_t value) { return static_cast<uint32_t>(value); }

int32_t attn_emu_thread_id(void *thread) {
  return static_cast<int32_t>(self(thread).id);
}

int32_t attn_emu_block_id(void *thread, int32_t dimension) {
  return static_cast<int32_t>(self(thread).block->coordinates[dimension]);
}

int32_t attn_emu_grid_size(void *thread, int32_t dimension) {
  return static_cast<int32_t>(self(thread).block->launch.grid[dimension]);
}

int32_t attn_emu_shared_base(void *thread) {
  return static_cast<int32_t>(self(thread).block->memory.getBase());
}

//===----------------------------------------------------------------------===//
// Threads of a warp
//===----------------------------------------------------------------------===//

int32_t attn_emu_elect(void *thread) {
  // Which lane it is, is not specified; a warp always gets the same one.
  Thread &caller = self(thread);
  return caller.getLane() ==
         (caller.block->options.seed * 7 + caller.getWarp() * 5) % Warp::kLanes;
}

int32_t attn_emu_shfl(void *thread, int32_t mode, int32_t value, int32_t lane) {
  LaneWords words = {word(value), word(lane)};
  runCollective(self(thread), "shfl.sync", word(mode), words, [&](Warp &warp) {
    std::array<uint32_t, Warp::kLanes> values;
    for (unsigned to = 0; to < Warp::kLanes; ++to) {
      int32_t argument = static_cast<int32_t>(warp.words[to][1]);
      int32_t own = static_cast<int32_t>(to);
      int32_t from = mode == 0   ? argument
                     : mode == 1 ? own - argument
                     : mode == 2 ? own + argument
                                 : own ^ argument;
      // Out of range a lane keeps its own value.
      values[to] = warp.words[from < 0 || from > 31 ? own : from][0];
    }
    for (unsigned to = 0; to < Warp::kLanes; ++to)
      warp.words[to][0] = values[to];
  });
  return static_cast<int32_t>(words[0]);
}

void attn_emu_warp_sync(void *thread) {
  Thread &caller = self(thread);
  Block &block = *caller.block;
  block.release(caller);
  LaneWords words = {};
  runCollective(caller, "bar.warp.sync", 0, words, [&](Warp &) {
    Thread *first = &block.threads[caller.getWarp() * Warp::kLanes];
    for (unsigned lane = 1; lane < Warp::kLanes; ++lane)
      first[0].clock.join(first[lane].clock);
    for (unsigned lane = 1; lane < Warp::kLanes; ++lane)
      first[lane].clock.join(first[0].clock);
  });
}

//===----------------------------------------------------------------------===//
// Barriers
//===----------------------------------------------------------------------===//

void attn_emu_barrier_sync(void *thread, int32_t id, int32_t threads) {
  self(thread).block->barriers.syncNamed(self(thread), word(id), word(threads));
}

void attn_emu_barrier_arrive(void *thread, int32_t id, int32_t threads) {
  self(thread).block->barriers.arriveNamed(self(thread), word(id),
                                           word(threads));
}

void attn_emu_mbarrier_init(void *thread, int32_t address, int32_t count) {
  self(thread).block->barriers.init(self(thread), word(address), count);
}

void attn_emu_mbarrier_arrive(void *thread, int32_t address) {
  self(thread).block->barriers.arrive(self(thread), word(address), 0);
}

void attn_emu_mbarrier_arrive_expect_tx(void *thread, int32_t address,
                                        int32_t bytes) {
  self(thread).block->barriers.arrive(self(thread), word(address), bytes);
}

void attn_emu_mbarrier_wait(void *thread, int32_t address, int32_t parity) {
  self(thread).block->barriers.wait(self(thread), word(address), word(parity));
}

void attn_emu_fence_mbarrier_init(void *thread) {
  self(thread).block->barriers.fenceInit(self(thread));
}

void attn_emu_fence_proxy_async(void *thread) {
  Thread &caller = self(thread);
  for (SharedRange range : caller.unfencedWrites)
    caller.block->memory.fence(caller.getAgent(), range);
  caller.unfencedWrites.clear();
  caller.block->barriers.fenceInit(caller);
}

//===----------------------------------------------------------------------===//
// Shared memory and copies
//===----------------------------------------------------------------------===//

void attn_emu_load_shared(void *thread, int32_t address, void *data,
                          int32_t bytes) {
  loadShared(self(thread), word(address), data, word(bytes));
}

void attn_emu_store_shared(void *thread, int32_t address, const void *data,
                           int32_t bytes) {
  storeShared(self(thread), word(address), data, word(bytes));
}

void attn_emu_ldmatrix(void *thread, int32_t address, int32_t count,
                       int32_t transpose, int32_t *registers) {
  loadMatrices(self(thread), word(address), word(count), transpose != 0,
               reinterpret_cast<uint32_t *>(registers));
}

void attn_emu_stmatrix(void *thread, int32_t address, int32_t count,
                       int32_t transpose, const int32_t *registers) {
  storeMatrices(self(thread), word(address), word(count), transpose != 0,
                reinterpret_cast<const uint32_t *>(registers));
}

void attn_emu_cp_async(void *thread, int32_t address, const void *source,
                       int32_t bytes, int32_t sourceBytes) {
  issueCpAsync(self(thread), word(address), source, word(bytes),
               word(sourceBytes));
}

void attn_emu_cp_async_commit(void *thread) { commitCpAsync(self(thread)); }

void attn_emu_cp_async_wait(void *thread, int32_t groups) {
  waitCpAsync(self(thread), groups);
}

void attn_emu_tma_load(void *thread, int32_t address, const void *map,
                       int32_t barrier, int32_t rank, const int32_t *origin) {
  loadBox(self(thread), word(address), *static_cast<const TensorMap *>(map),
          word(barrier), word(rank), origin);
}

void attn_emu_tma_store(void *thread, const void *map, int32_t address,
                        int32_t rank, const int32_t *origin) {
  storeBox(self(thread), *static_cast<const TensorMap *>(map), word(address),
           word(rank), origin);
}

void attn_emu_bulk_commit(void *thread) { commitStores(self(thread)); }

void attn_emu_bulk_wait(void *thread, int32_t groups, int32_t read) {
  // A store reads and writes at once here, so both waits are the same.
  (void)read;
  waitStores(self(thread), groups);
}

//===----------------------------------------------------------------------===//
// Tensor cores
//===----------------------------------------------------------------------===//

void attn_emu_mma_m16n8k16(void *thread, int32_t type, float *c,
                           const int32_t *a, const int32_t *b) {
  multiplyM16N8K16(self(thread), type, c, reinterpret_cast<const uint32_t *>(a),
                   reinterpret_cast<const uint32_t *>(b));
}

void attn_emu_wgmma_fence(void *thread) { fenceWgmma(self(thread)); }

void attn_emu_wgmma_commit(void *thread) { commitWgmma(self(thread)); }

void attn_emu_wgmma_wait(void *thread, int32_t groups, float *registers,
                         int32_t count) {
  waitWgmma(self(thread), word(groups), registers, word(count));
}

void attn_emu_wgmma_ss(void *thread, int32_t type, int32_t n, float *c,
                       int64_t a, int64_t b, int32_t scaleD, int32_t transposeA,
                       int32_t transposeB) {
  WgmmaShape shape = {static_cast<HalfType>(type),
                      word(n),
                      scaleD != 0,
                      transposeA != 0,
                      transposeB != 0,
                      /*registersA=*/false,
                      static_cast<uint64_t>(a),
                      static_cast<uint64_t>(b)};
  issueWgmma(self(thread), shape, c, /*fragments=*/nullptr);
}

void attn_emu_wgmma_rs(void *thread, int32_t type, int32_t n, float *c,
                       const int32_t *a, int64_t b, int32_t scaleD,
                       int32_t transposeB) {
  WgmmaShape shape = {static_cast<HalfType>(type),
                      word(n),
                      scaleD != 0,
                      /*transposeA=*/false,
                      transposeB != 0,
                      /*registersA=*/true,
                      /*a=*/0,
                      static_cast<uint64_t>(b)};
  issueWgmma(self(thread), shape, c, reinterpret_cast<const uint32_t *>(a));
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// Fails if `value` came from a result that is still in flight.
static void requireAwaited(void *thread, float value) {
  uint64_t number;
  unsigned index;
  if (isInFlight(value, number, index))
    self(thread).block->fail(
        self(thread), FaultKind::notAwaited,
        "uses register " + llvm::Twine(index) + " of product " +
            llvm::Twine(number) +
            " of its warpgroup before the wait that covers it");
}

static float flush(float value) {
  return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(0.0f, value)
                                                : value;
}

float attn_emu_ex2(void *thread, float x) {
  requireAwaited(thread, x);
  return flush(std::exp2(flush(x)));
}

float attn_emu_rcp(void *thread, float x) {
  requireAwaited(thread, x);
  return flush(1.0f / flush(x));
}

float attn_emu_tanh(void *thread, float x) {
  requireAwaited(thread, x);
  return std::tanh(x);
}

float attn_emu_lg2(void *thread, float x) {
  requireAwaited(thread, x);
  return std::log2(flush(x));
}

int32_t attn_emu_pack(void *thread, int32_t type, float high, float low) {
  requireAwaited(thread, high);
  requireAwaited(thread, low);
  auto half = static_cast<HalfType>(type);
  return static_cast<int32_t>(static_cast<uint32_t>(encodeHalf(high, half))
                                  << 16 |
                              encodeHalf(low, half));
}

float attn_emu_unpack(void *thread, int32_t type, int32_t bits) {
  float value =
      decodeHalf(static_cast<uint16_t>(bits), static_cast<HalfType>(type));
  return std::isnan(value) ? fromBits(0x7fffffff) : value;
}

//===----------------------------------------------------------------------===//
// Registers
//===----------------------------------------------------------------------===//

void attn_emu_setmaxnreg(void *thread, int32_t count, int32_t increase) {
  Thread &caller = self(thread);
  Block &block = *caller.block;
  int64_t more = static_cast<int64_t>(count) - caller.registers;
  block.require(block.launch.registers != 0, caller, FaultKind::registers,
                "uses setmaxnreg in a launch without a number of registers");
  block.require(count % 8 == 0 && count >= 24 && count <= 256, caller,
                FaultKind::registers,
                "expected a multiple of 8 registers from 24 to 256 but found " +
                    llvm::Twine(count));
  block.require(increase ? more >= 0 : more <= 0, caller, FaultKind::registers,
                llvm::Twine(increase ? "increases" : "decreases") + " " +
                    llvm::Twine(caller.registers) + " registers to " +
                    llvm::Twine(count));
  block.wait(caller, block.registerWaiters, "# registers",
             static_cast<uint32_t>(count),
             [&] { return block.freeRegisters >= more; });
  block.freeRegisters -= more;
  caller.registers = word(count);
  block.notify(block.registerWaiters);
}

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

llvm::ArrayRef<EmulationSymbol> mlir::attn::getEmulationSymbols() {
#define SYMBOL(name)                                                           \
  {                                                                            \
    #name, reinterpret_cast<void *>(&name)                                     \
  }
  static const EmulationSymbol symbols[] = {
      SYMBOL(attn_emu_thread_id),
      SYMBOL(attn_emu_block_id),
      SYMBOL(attn_emu_grid_size),
      SYMBOL(attn_emu_shared_base),
      SYMBOL(attn_emu_elect),
      SYMBOL(attn_emu_shfl),
      SYMBOL(attn_emu_warp_sync),
      SYMBOL(attn_emu_barrier_sync),
      SYMBOL(attn_emu_barrier_arrive),
      SYMBOL(attn_emu_mbarrier_init),
      SYMBOL(attn_emu_mbarrier_arrive),
      SYMBOL(attn_emu_mbarrier_arrive_expect_tx),
      SYMBOL(attn_emu_mbarrier_wait),
      SYMBOL(attn_emu_fence_mbarrier_init),
      SYMBOL(attn_emu_fence_proxy_async),
      SYMBOL(attn_emu_load_shared),
      SYMBOL(attn_emu_store_shared),
      SYMBOL(attn_emu_ldmatrix),
      SYMBOL(attn_emu_stmatrix),
      SYMBOL(attn_emu_cp_async),
      SYMBOL(attn_emu_cp_async_commit),
      SYMBOL(attn_emu_cp_async_wait),
      SYMBOL(attn_emu_tma_load),
      SYMBOL(attn_emu_tma_store),
      SYMBOL(attn_emu_bulk_commit),
      SYMBOL(attn_emu_bulk_wait),
      SYMBOL(attn_emu_mma_m16n8k16),
      SYMBOL(attn_emu_wgmma_fence),
      SYMBOL(attn_emu_wgmma_commit),
      SYMBOL(attn_emu_wgmma_wait),
      SYMBOL(attn_emu_wgmma_ss),
      SYMBOL(attn_emu_wgmma_rs),
      SYMBOL(attn_emu_ex2),
      SYMBOL(attn_emu_rcp),
      SYMBOL(attn_emu_tanh),
      SYMBOL(attn_emu_lg2),
      SYMBOL(attn_emu_pack),
      SYMBOL(attn_emu_unpack),
      SYMBOL(attn_emu_setmaxnreg),
  };
#undef SYMBOL
  return symbols;
}
