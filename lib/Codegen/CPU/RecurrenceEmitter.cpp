//===- RecurrenceEmitter.cpp - the order of work on one state tile --------===//
//
//   prepare steps 0, 1, ..                  once for all columns
//   for each panel of columns:
//     copy the panel in; apply steps 0, 1, ..; copy it out
//
// Tests: test/Codegen/CPU/lower-recurrence.mlir
//
//===----------------------------------------------------------------------===//

#include "RecurrenceEmitter.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::attn;

/// Tokens that are fewer than what a copy of the panel would be worth.
static constexpr int64_t kFewTokens = 4;

/// The static size of an axis, or dynamic.
static int64_t staticSize(Value memref, int64_t axis) {
  return cast<MemRefType>(memref.getType()).getDimSize(axis);
}

RecurrenceEmitter::RecurrenceEmitter(OpBuilder &builder, Location loc,
                                     const Recurrence &parts, Value givenState,
                                     ScanAttr scan)
    : b(loc, builder), parts(parts), givenState(givenState), scan(scan) {
  keyWidth = parts.getKeyWidth();
  lanes = scan.getLanes();
  paddedWidth = llvm::alignTo(keyWidth, lanes);
  int64_t time = staticSize(parts.value, 2);
  stepSize = scan.getStep();
  if (!ShapedType::isDynamic(time) && time < stepSize)
    stepSize = 1;
  zero = b.index(0);
  tokens = b.createOrFold<memref::DimOp>(parts.value, 2);
  steps = b.createOrFold<arith::DivUIOp>(tokens, b.index(stepSize));
  heads = b.createOrFold<memref::DimOp>(parts.output, 1);
  oneHead = staticSize(parts.output, 1) == 1;
  updatesInPlace = !ShapedType::isDynamic(time) && time <= kFewTokens;
}

void RecurrenceEmitter::forEachStep(
    llvm::function_ref<void(const StateStep &)> body) {
  int64_t time = staticSize(parts.value, 2);
  bool dynamic = ShapedType::isDynamic(time);
  if (dynamic || time >= stepSize)
    b.loop(zero, steps, 1, {}, [&](Value step, ValueRange) {
      Value token = arith::MulIOp::create(b, step, b.index(stepSize));
      body({stepSize, token, step});
      return SmallVector<Value>();
    });
  if (stepSize == 1 || (!dynamic && time % stepSize == 0))
    return;
  Value done = arith::MulIOp::create(b, steps, b.index(stepSize));
  b.loop(done, tokens, 1, {}, [&](Value token, ValueRange) {
    Value rest = arith::SubIOp::create(b, token, done);
    body({1, token, b.add(steps, rest)});
    return SmallVector<Value>();
  });
}

void RecurrenceEmitter::allocateScratch() {
  int64_t time = staticSize(parts.value, 2);
  int64_t chunk = ShapedType::isDynamic(time) ? scan.getChunk()
                                              : std::max<int64_t>(time, 1);
  // Every whole step, and single tokens after them.
  int64_t slots = chunk / stepSize + stepSize - 1;
  int64_t matrix = numWrites() * stepSize * stepSize;
  int64_t headCount = staticSize(parts.output, 1);
  SmallVector<Value> dynamic;
  if (ShapedType::isDynamic(headCount))
    dynamic.push_back(heads);
  scratch.readers = b.alloc({headCount, chunk, paddedWidth}, dynamic);
  scratch.reads = b.alloc({headCount, slots, matrix}, dynamic);
  for (int64_t w = 0; w < numWrites(); ++w)
    scratch.writers.push_back(b.alloc({chunk, paddedWidth}));
  if (parts.hasCorrection()) {
    scratch.erasers = b.alloc({chunk, paddedWidth});
    scratch.erases = b.alloc({slots, matrix});
  }
  if (decaysState())
    scratch.decays = b.alloc({slots, paddedWidth});
  if (parts.hasNormalizer())
    scratch.inverses = b.alloc({headCount, chunk}, dynamic);
  if (!updatesInPlace)
    scratch.panel = b.alloc({keyWidth, scan.getPanel()});
}

void RecurrenceEmitter::emit() {
  allocateScratch();
  forEachStep([&](const StateStep &step) { prepare(step); });
  auto applyAll = [&](Value state, int64_t columns, bool isTransition) {
    int64_t panel = scan.getPanel();
    int64_t whole = columns / panel * panel;
    if (whole > 0)
      b.loop(zero, b.index(whole), panel, {}, [&](Value column, ValueRange) {
        applyPanel({state, column, panel, /*inBounds=*/true, isTransition});
        return SmallVector<Value>();
      });
    if (whole < columns)
      applyPanel({state, b.index(whole),
                  static_cast<int64_t>(llvm::alignTo(columns - whole, lanes)),
                  (columns - whole) % lanes == 0, isTransition});
  };
  applyAll(parts.state, parts.getValueWidth(), /*isTransition=*/false);
  if (parts.transition && parts.hasCorrection())
    applyAll(parts.transition, keyWidth, /*isTransition=*/true);
}
