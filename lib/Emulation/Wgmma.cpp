//===- Wgmma.cpp - products of a warpgroup --------------------------------===//
//
// Covered by test/unittests/Emulation/WgmmaTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "Block.h"
#include "attn/Emulation/TensorMap.h"
#include <cstring>
#include <tuple>

namespace mlir::attn::emulation {

static constexpr unsigned kThreads = 128, kRows = 64, kDepth = 16;
/// Bits of an in-flight NaN: sign, exponent and the quiet bit; 15 bits of the
/// product's number; 7 bits of the register's.
static constexpr uint32_t kInFlightBits = 0xffc00000;
static constexpr unsigned kIndexBits = 7;
static constexpr uint64_t kNumberMask = 0x7fff;
/// Products that are kept for waits after the one that covered them.
static constexpr size_t kKeptOps = 96;

float makeInFlight(uint64_t number, unsigned index) {
  return fromBits(kInFlightBits |
                  static_cast<uint32_t>((number & kNumberMask) << kIndexBits) |
                  index);
}

bool isInFlight(float value, uint64_t &number, unsigned &index) {
  uint32_t bits = toBits(value);
  if ((bits & kInFlightBits) != kInFlightBits)
    return false;
  number = (bits >> kIndexBits) & kNumberMask;
  index = bits & ((1u << kIndexBits) - 1);
  // Number 0 is no product: this is the NaN of x86's arithmetic.
  return number != 0;
}

bool WgmmaShape::operator==(const WgmmaShape &other) const {
  auto tie = [](const WgmmaShape &s) {
    return std::tie(s.type, s.n, s.scaleD, s.transposeA, s.transposeB,
                    s.registersA, s.a, s.b);
  };
  return tie(*this) == tie(other);
}

/// The product that an in-flight NaN stands for; null if it is forgotten.
static WgmmaOp *findOp(Warpgroup &warpgroup, uint64_t number) {
  for (WgmmaOp &op : llvm::reverse(warpgroup.ops))
    if ((op.number & kNumberMask) == number)
      return &op;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Operands in shared memory
//===----------------------------------------------------------------------===//

namespace {
/// A matrix descriptor, see "matrix-descriptor-encode" in the PTX manual.
struct Descriptor {
  explicit Descriptor(uint64_t bits)
      : start((bits & 0x3fff) << 4), leading(((bits >> 16) & 0x3fff) << 4),
        stride(((bits >> 32) & 0x3fff) << 4), baseOffset((bits >> 49) & 7),
        mode(bits >> 62) {}

  /// 1, 2, 3 mean 128, 64, 32 bytes.
  Swizzle getSwizzle() const {
    return mode == 0 ? Swizzle::none : static_cast<Swizzle>(4 - mode);
  }

  uint32_t start, leading, stride, baseOffset, mode;
};
} // namespace

/// The addresses of the 16-byte chunks of an operand of `rows` (of M or N) by
/// 16 (of K) elements: by row, then half of K; if `transposed`, by k, then
/// eight rows.
static void appendChunks(Thread &thread, uint64_t bits, unsigned rows,
                         bool transposed, std::vector<uint32_t> &chunks) {
  Block &block = *thread.block;
  Descriptor descriptor(bits);
  Swizzle swizzle = descriptor.getSwizzle();
  uint32_t rowBytes = swizzle == Swizzle::none ? 16 : getSwizzleBytes(swizzle);
  block.require(descriptor.baseOffset == 0, thread, FaultKind::descriptor,
                "expected a descriptor with base offset 0 but found " +
                    llvm::Twine(descriptor.baseOffset));
  block.require(!transposed || swizzle != Swizzle::none, thread,
                FaultKind::descriptor,
                "expected a swizzle in the descriptor of a transposed operand");
  uint32_t start = block.memory.fromDescriptor(descriptor.start);
  auto add = [&](uint32_t offset) {
    chunks.push_back(swizzleAddress(start + offset, swizzle));
  };
  if (!transposed) {
    uint32_t nextHalf = swizzle == Swizzle::none ? descriptor.leading : 16;
    for (unsigned row = 0; row < rows; ++row)
      for (unsigned half = 0; half < 2; ++half)
        add(row / 8 * descriptor.stride + row % 8 * rowBytes + half * nextHalf);
    return;
  }
  unsigned atomRows = rowBytes / 2;
  for (unsigned k = 0; k < kDepth; ++k)
    for (unsigned row = 0; row < rows; row += 8)
      add(row / atomRows * descriptor.leading + k / 8 * descriptor.stride +
          k % 8 * rowBytes + row % atomRows * 2);
}

/// Copies the elements at `chunks` into `matrix`, [k][row].
static void readOperand(const uint32_t *chunks, unsigned rows, bool transposed,
                        HalfType type, std::vector<float> &matrix) {
  matrix.resize(static_cast<size_t>(kDepth) * rows);
  for (unsigned chunk = 0; chunk < rows * 2; ++chunk) {
    uint16_t elements[8];
    std::memcpy(elements, SharedMemory::getPointer(chunks[chunk]), 16);
    for (unsigned i = 0; i < 8; ++i) {
      unsigned row = transposed ? chunk % (rows / 8) * 8 + i : chunk / 2;
      unsigned k = transposed ? chunk / (rows / 8) : chunk % 2 * 8 + i;
      matrix[k * rows + row] = decodeHalf(elements[i], type);
    }
  }
}

//===----------------------------------------------------------------------===//
// Computing
//===----------------------------------------------------------------------===//

/// Where register `index` of a thread of the warpgroup lies in the result.
static std::pair<unsigned, unsigned> getPlace(unsigned thread, unsigned index) {
  return {16 * (thread / 32) + thread % 32 / 4 + 8 * (index / 2 % 2),
          index / 4 * 8 + 2 * (thread % 4) + index % 2};
}

/// A of k-step 16 from the four registers of each thread, as [k][row].
static void readFragments(const std::vector<uint32_t> &fragments, HalfType type,
                          std::vector<float> &matrix) {
  matrix.resize(kDepth * kRows);
  for (unsigned thread = 0; thread < kThreads; ++thread)
    for (unsigned i = 0; i < 4; ++i) {
      uint32_t pair = fragments[4 * thread + i];
      unsigned row = 16 * (thread / 32) + thread % 32 / 4 + 8 * (i % 2);
      unsigned k = 8 * (i / 2) + 2 * (thread % 4);
      matrix[k * kRows + row] = decodeHalf(static_cast<uint16_t>(pair), type);
      matrix[(k + 1) * kRows + row] =
          decodeHalf(static_cast<uint16_t>(pair >> 16), type);
    }
}

static void compute(Block &block, unsigned number, WgmmaOp &op) {
  Warpgroup &warpgroup = block.warpgroups[number];
  const WgmmaShape &shape = op.shape;
  unsigned n = shape.n, registers = n / 2;
  std::vector<float> a, b, sum(static_cast<size_t>(kRows) * n, 0.0f);
  size_t chunksA = shape.registersA ? 0 : 2 * kRows;
  if (shape.registersA)
    readFragments(op.fragments, shape.type, a);
  else
    readOperand(op.chunks.data(), kRows, shape.transposeA, shape.type, a);
  readOperand(op.chunks.data() + chunksA, n, shape.transposeB, shape.type, b);

  if (shape.scaleD)
    for (unsigned thread = 0; thread < kThreads; ++thread)
      for (unsigned i = 0; i < registers; ++i) {
        float value = op.accumulators[thread * registers + i];
        uint64_t source;
        unsigned index;
        if (isInFlight(value, source, index))
          if (WgmmaOp *other = findOp(warpgroup, source))
            value = other->accumulators[thread * registers + index];
        auto [row, column] = getPlace(thread, i);
        sum[row * n + column] = value;
      }
  for (unsigned row = 0; row < kRows; ++row)
    for (unsigned k = 0; k < kDepth; ++k) {
      float factor = a[k * kRows + row];
      for (unsigned column = 0; column < n; ++column)
        sum[row * n + column] += factor * b[k * n + column];
    }
  for (unsigned thread = 0; thread < kThreads; ++thread)
    for (unsigned i = 0; i < registers; ++i) {
      auto [row, column] = getPlace(thread, i);
      float value = sum[row * n + column];
      op.accumulators[thread * registers + i] =
          std::isnan(value) ? fromBits(0x7fffffff) : value;
    }
  op.done = true;
  op.doneStamp = block.nextStamp();
  for (uint32_t chunk : op.chunks) {
    block.memory.removePendingReader({chunk, 16});
    block.memory.noteRead(block.getWarpgroupAgent(number), {chunk, 16},
                          op.doneStamp);
  }
  block.report.tensorMultiplyAdds += static_cast<uint64_t>(kRows) * n * kDepth;
}

//===----------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------===//

void fenceWgmma(Thread &thread) { thread.wgmma.fenced = true; }

void commitWgmma(Thread &thread) {
  thread.wgmma.groupEnds.push_back(thread.wgmma.issued);
}

/// Fails unless registers that go into a product are settled: behind a fence,
/// or those of a product in flight in the same places.
static void checkRegisters(Thread &thread, const WgmmaShape &shape,
                           const float *accumulators) {
  Block &block = *thread.block;
  bool fenced = thread.wgmma.fenced;
  block.require(fenced || (!shape.registersA && shape.scaleD), thread,
                FaultKind::wgmmaFence,
                "issues wgmma without wgmma.fence after its registers were "
                "last written");
  if (!shape.scaleD)
    return;
  Warpgroup &warpgroup = block.warpgroups[thread.getWarpgroup()];
  for (unsigned i = 0; i < shape.n / 2; ++i) {
    uint64_t number;
    unsigned index;
    if (!isInFlight(accumulators[i], number, index)) {
      block.require(fenced, thread, FaultKind::wgmmaFence,
                    "issues wgmma without wgmma.fence after its accumulators "
                    "were last written");
      continue;
    }
    WgmmaOp *op = findOp(warpgroup, number);
    block.require(op && index == i && op->shape.n == shape.n, thread,
                  FaultKind::notAwaited,
                  "accumulator " + llvm::Twine(i) + " of wgmma is register " +
                      llvm::Twine(index) + " of another product in flight");
  }
}

/// The last thread of the warpgroup issued `op`: from now on it reads.
static void start(Thread &thread, WgmmaOp &op) {
  Block &block = *thread.block;
  const WgmmaShape &shape = op.shape;
  if (!shape.registersA)
    appendChunks(thread, shape.a, kRows, shape.transposeA, op.chunks);
  appendChunks(thread, shape.b, shape.n, shape.transposeB, op.chunks);
  AgentId agent = block.getWarpgroupAgent(thread.getWarpgroup());
  for (uint32_t chunk : op.chunks) {
    if (std::optional<FaultKind> kind =
            block.memory.checkRead(op.clock, agent, {chunk, 16}, Proxy::async))
      block.failAccess(thread, *kind, {chunk, 16}, "wgmma reads");
    block.memory.addPendingReader({chunk, 16});
  }
}

void issueWgmma(Thread &thread, const WgmmaShape &shape, float *accumulators,
                const uint32_t *fragments) {
  Block &block = *thread.block;
  block.require(shape.n % 8 == 0 && shape.n >= 8 && shape.n <= 256, thread,
                FaultKind::descriptor,
                "expected wgmma with n a multiple of 8 up to 256 but found " +
                    llvm::Twine(shape.n));
  checkRegisters(thread, shape, accumulators);
  Warpgroup &warpgroup = block.warpgroups[thread.getWarpgroup()];
  uint64_t position = thread.wgmma.issued++ - warpgroup.firstOp;
  unsigned registers = shape.n / 2, member = thread.id % kThreads;
  if (position == warpgroup.ops.size()) {
    WgmmaOp &op = warpgroup.ops.emplace_back();
    op.number = warpgroup.firstOp + position + 1;
    op.shape = shape;
    op.clock = thread.clock;
    op.accumulators.resize(kThreads * registers);
    op.fragments.resize(shape.registersA ? kThreads * 4 : 0);
  }
  WgmmaOp &op = warpgroup.ops[position];
  block.require(op.shape == shape, thread, FaultKind::divergence,
                "issues another wgmma than a thread of its warpgroup");
  op.clock.meet(thread.clock);
  std::copy_n(accumulators, registers,
              op.accumulators.begin() + member * registers);
  if (shape.registersA)
    std::copy_n(fragments, 4, op.fragments.begin() + member * 4);
  for (unsigned i = 0; i < registers; ++i)
    accumulators[i] = makeInFlight(op.number, i);
  if (++op.issued == kThreads) {
    start(thread, op);
    block.notify(warpgroup.waiters);
  }
}

void waitWgmma(Thread &thread, unsigned groups, float *registers,
               unsigned count) {
  Block &block = *thread.block;
  block.mayPause(thread);
  WgmmaThread &own = thread.wgmma;
  own.fenced = false;
  while (own.groupEnds.size() > groups) {
    own.awaited = own.groupEnds.front();
    own.groupEnds.pop_front();
  }
  Warpgroup &warpgroup = block.warpgroups[thread.getWarpgroup()];
  auto isCovered = [&](const WgmmaOp &op) { return op.number <= own.awaited; };
  block.wait(thread, warpgroup.waiters, "the rest of its warpgroup at wgmma", 0,
             [&] {
               return llvm::all_of(warpgroup.ops, [&](const WgmmaOp &op) {
                 return !isCovered(op) || op.issued == kThreads;
               });
             });
  AgentId agent = block.getWarpgroupAgent(thread.getWarpgroup());
  for (WgmmaOp &op : warpgroup.ops) {
    if (!isCovered(op))
      break;
    if (!op.done)
      compute(block, thread.getWarpgroup(), op);
    thread.clock.raise(agent, op.doneStamp);
  }
  unsigned member = thread.id % kThreads;
  for (unsigned i = 0; i < count; ++i) {
    uint64_t number;
    unsigned index;
    if (!isInFlight(registers[i], number, index))
      continue;
    WgmmaOp *op = findOp(warpgroup, number);
    if (op && isCovered(*op))
      registers[i] = op->accumulators[member * (op->shape.n / 2) + index];
  }
  while (warpgroup.ops.size() > kKeptOps && warpgroup.ops.front().done) {
    warpgroup.ops.pop_front();
    ++warpgroup.firstOp;
  }
  // The warps go on one by one.
  block.mayPause(thread);
}

} // namespace mlir::attn::emulation
