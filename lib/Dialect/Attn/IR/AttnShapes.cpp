//===- AttnShapes.cpp - which sizes agree, and the sizes of results -------===//
//
// One list of equalities per operation serves the verifiers (static sizes), the
// checks a generated function makes of its arguments (run-time sizes) and
// nobody else has to repeat it.
//
//===----------------------------------------------------------------------===//

#include "DestinationOps.h"
#include "attn/Dialect/Attn/IR/CacheOps.h"
#include "attn/Dialect/Attn/IR/ListOps.h"
#include "attn/Dialect/Attn/IR/LongConv.h"
#include "attn/Dialect/Attn/IR/RouteOps.h"
#include "attn/Dialect/Attn/IR/ScoredAttention.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::attn;

using TieFn = function_ref<void(Value, int64_t, Value, int64_t)>;

static void tiesOfScored(const ScoredAttention &a, TieFn tie) {
  Value q = a.query, k = a.key, v = a.value;
  tie(q, 0, k, 0);
  tie(q, 3, k, 3);
  for (int64_t i = 0; i < 3; ++i) {
    tie(k, i, v, i);
    tie(q, i, a.output, i);
    if (a.lse)
      tie(q, i, a.lse, i);
  }
  tie(v, 3, a.output, 3);
  if (a.sink)
    tie(q, 1, a.sink, 0);
  // A bias size of 1 is broadcast; a dynamic one must be the score's.
  if (a.bias) {
    auto type = cast<RankedTensorType>(a.bias.getType());
    std::pair<Value, int64_t> dims[] = {{q, 0}, {q, 1}, {q, 2}, {k, 2}};
    for (int64_t i = 0; i < 4; ++i)
      if (type.getDimSize(i) != 1)
        tie(dims[i].first, dims[i].second, a.bias, i);
  }
}

static void tiesOfDense(DenseOp op, TieFn tie) {
  tiesOfScored(ScoredAttention::get(op), tie);
  if (Value lengths = op.getKvLengths())
    tie(op.getQuery(), 0, lengths, 0);
  if (op.getCuSeqlens())
    tie(op.getQuery(), 2, op.getKey(), 2);
}

static void tiesOfBlockSparse(BlockSparseOp op, TieFn tie) {
  tiesOfScored(ScoredAttention::get(op), tie);
  Value q = op.getQuery(), blocks = op.getBlocks();
  // One batch of lists serves all; a dynamic size must be the query's. Other
  // wrong sizes have messages of their own.
  if (ShapedType::isDynamic(op.getBlocks().getType().getDimSize(0)))
    tie(q, 0, blocks, 0);
  if (op.getQueryBlock() == 1 && op.getBlocks().getType().isDynamicDim(2))
    tie(q, 2, blocks, 2);
  if (Value counts = op.getCounts())
    for (int64_t i = 0; i < 3; ++i)
      tie(blocks, i, counts, i);
}

static void tiesOfOnline(OnlineOp op, TieFn tie) {
  Value q = op.getQuery(), k = op.getKey(), v = op.getValue();
  unsigned row = op.getRowAxis(), feature = op.getFeatureAxis();
  tie(q, feature, k, 1);
  tie(k, 0, v, 0);
  tie(q, row, op.getMaxInit(), 0);
  tie(q, row, op.getSumInit(), 0);
  tie(q, row, op.getAccInit(), row);
  tie(v, 1, op.getAccInit(), feature);
  if (Value bias = op.getBias()) {
    auto type = cast<RankedTensorType>(bias.getType());
    // With 'rows', the bias has the real rows alone.
    if (type.getDimSize(0) != 1 && !op.getRows())
      tie(q, row, bias, 0);
    if (type.getDimSize(1) != 1)
      tie(k, 0, bias, 1);
  }
}

static void tiesOfFinish(FinishOp op, TieFn tie) {
  unsigned row = op.getRowAxis();
  tie(op.getMax(), 0, op.getSum(), 0);
  tie(op.getMax(), 0, op.getAcc(), row);
  tie(op.getAcc(), 1 - row, op.getOutputInit(), 1);
  if (Value lse = op.getLseInit())
    tie(op.getOutputInit(), 0, lse, 0);
}

static void tiesOfMerge(MergeOp op, TieFn tie) {
  for (int64_t i = 0; i < 4; ++i)
    tie(op.getOutputs(), i, op.getLses(), i);
  for (int64_t i = 0; i < 4; ++i)
    tie(op.getOutputs(), i + 1, op.getOutputInit(), i);
  if (Value lse = op.getLseInit())
    for (int64_t i = 0; i < 3; ++i)
      tie(op.getOutputInit(), i, lse, i);
}

/// The states have N in place of the batch when sequences are packed.
static void tiesOfStates(const Recurrence &parts, TieFn tie) {
  for (Value state :
       {parts.state, parts.keySum, parts.maximum, parts.transition}) {
    if (!state)
      continue;
    if (!parts.cuSeqlens)
      tie(parts.query, 0, state, 0);
    else
      tie(parts.state, 0, state, 0);
    tie(parts.value, 1, state, 1);
  }
  if (parts.state) {
    tie(parts.query, 3, parts.state, 2);
    tie(parts.value, 3, parts.state, 3);
  }
  if (parts.keySum)
    tie(parts.query, 3, parts.keySum, 2);
  int64_t rank = parts.transition
                     ? cast<ShapedType>(parts.transition.getType()).getRank()
                     : 0;
  if (rank >= 3)
    tie(parts.query, 3, parts.transition, 2);
  if (rank == 4)
    tie(parts.timeStep ? parts.value : parts.query, 3, parts.transition, 3);
}

static void tiesOfRecurrence(const Recurrence &parts, TieFn tie) {
  Value q = parts.query, k = parts.key, v = parts.value;
  tie(q, 0, k, 0);
  tie(q, 2, k, 2);
  tie(q, 3, k, 3);
  for (Value other : {v, parts.output}) {
    tie(q, 0, other, 0);
    tie(q, 2, other, 2);
  }
  tie(v, 3, parts.output, 3);
  // `[B, H, T, ..]` of what is given per token and state head.
  for (Value perToken : {parts.gate, parts.inputGate, parts.beta, parts.left,
                         parts.right, parts.timeStep}) {
    if (!perToken)
      continue;
    int64_t rank = cast<ShapedType>(perToken.getType()).getRank();
    if (rank == 1) {
      tie(v, 1, perToken, 0);
      continue;
    }
    for (int64_t i = 0; i < 3; ++i)
      tie(v, i, perToken, i);
    if (rank == 4)
      tie(perToken == parts.timeStep ? v : q, 3, perToken, 3);
  }
  if (parts.bonus) {
    tie(v, 1, parts.bonus, 0);
    tie(q, 3, parts.bonus, 1);
  }
  if (parts.rate) {
    tie(v, 1, parts.rate, 0);
    tie(q, 3, parts.rate, 1);
    tie(v, 3, parts.rate, 2);
  }
  tiesOfStates(parts, tie);
}

static void tiesOfCompose(ComposeOp op, TieFn tie) {
  Value states = op.getStates(), transitions = op.getTransitions();
  for (int64_t i = 0; i < 4; ++i)
    tie(states, i + 1, op.getStateInit(), i);
  int64_t rank = cast<ShapedType>(transitions.getType()).getRank();
  auto tieTransition = [&](Value transition, int64_t first) {
    for (int64_t i = first; i < std::min<int64_t>(rank, 4); ++i)
      tie(states, i, transition, i - first);
    if (rank == 5)
      tie(states, op.getPerElement() ? 4 : 3, transition, 4 - first);
  };
  tieTransition(transitions, 0);
  if (Value transition = op.getTransitionInit())
    tieTransition(transition, 1);
}

static void tiesOfLongConv(LongConvOp op, TieFn tie) {
  Value input = op.getInput(), filter = op.getFilter();
  for (Value other : {op.getBefore(), op.getBehind(), op.getOutputInit()})
    if (other)
      for (int64_t i = 0; i < 4; ++i)
        tie(input, i, other, i);
  tie(input, 1, filter, 0);
  tie(input, 3, filter, 2);
  if (Value skip = op.getSkip()) {
    tie(input, 1, skip, 0);
    tie(input, 3, skip, 1);
  }
  if (Value history = op.getHistory())
    for (int64_t i : {0, 1, 3})
      tie(input, i, history, i);
}

static void tiesOfPool(PoolOp op, TieFn tie) {
  for (int64_t i : {0, 1, 3})
    tie(op.getInput(), i, op.getOutputInit(), i);
}

static void tiesOfSelect(SelectOp op, TieFn tie) {
  if (Value key = op.getKey()) {
    tie(op.getQuery(), 0, key, 0);
    tie(op.getQuery(), 3, key, 3);
  }
  for (int64_t i : {0, 2})
    tie(op.getRows(), i, op.getListsInit(), i);
}

static void tiesOfInvert(InvertOp op, TieFn tie) {
  Value lists = op.getInput();
  for (Value other : op.getDpsInits())
    for (int64_t i = 0; i < (other == op.getPlacesInit() ? 4 : 2); ++i)
      tie(lists, i, other, i);
}

static void tiesOfCacheUpdate(CacheUpdateOp op, TieFn tie) {
  Value rows = op.getRows(), cache = op.getCacheInit();
  tie(rows, 0, op.getLengths(), 0);
  if (Value table = op.getPageTable())
    tie(rows, 0, table, 0);
  else
    tie(rows, 0, cache, 0);
  tie(rows, 1, cache, 1);
  tie(rows, 3, cache, 3);
  if (op.getCos())
    for (int64_t i : {0, 1})
      tie(op.getCos(), i, op.getSin(), i);
}

static void tiesOfCacheEvict(CacheEvictOp op, TieFn tie) {
  Value first = op.getInits().front();
  tie(first, 0, op.getLengths(), 0);
  for (Value other : op.getInits().drop_front())
    for (int64_t i = 0; i < 3; ++i)
      tie(first, i, other, i);
}

static void tiesOfKeyMass(KeyMassOp op, TieFn tie) {
  tiesOfScored(getScores(op), tie);
  for (int64_t i = 0; i < 3; ++i)
    tie(op.getKey(), i, op.getMassInit(), i);
}

static void tiesOfGroupedProject(GroupedProjectOp op, TieFn tie) {
  tie(op.getInput(), 0, op.getOutputInit(), 0);
  tie(op.getInput(), 1, op.getWeights(), 1);
  tie(op.getWeights(), 2, op.getOutputInit(), 1);
}

void mlir::attn::collectShapeTies(Operation *op, TieFn tie) {
  TypeSwitch<Operation *>(op)
      .Case([&](DenseOp dense) { tiesOfDense(dense, tie); })
      .Case([&](BlockSparseOp sparse) { tiesOfBlockSparse(sparse, tie); })
      .Case([&](OnlineOp online) { tiesOfOnline(online, tie); })
      .Case([&](FinishOp finish) { tiesOfFinish(finish, tie); })
      .Case([&](MergeOp merge) { tiesOfMerge(merge, tie); })
      .Case([&](ComposeOp compose) { tiesOfCompose(compose, tie); })
      .Case([&](LongConvOp conv) { tiesOfLongConv(conv, tie); })
      .Case([&](PoolOp pool) { tiesOfPool(pool, tie); })
      .Case([&](SelectOp select) { tiesOfSelect(select, tie); })
      .Case([&](InvertOp invert) { tiesOfInvert(invert, tie); })
      .Case([&](CacheUpdateOp update) { tiesOfCacheUpdate(update, tie); })
      .Case([&](CacheEvictOp evict) { tiesOfCacheEvict(evict, tie); })
      .Case([&](KeyMassOp mass) { tiesOfKeyMass(mass, tie); })
      .Case(
          [&](GroupedProjectOp project) { tiesOfGroupedProject(project, tie); })
      .Case([&](RouteOp route) {
        tie(route.getIds(), 0, route.getOrderInit(), 0);
        tie(route.getIds(), 0, route.getPlaceInit(), 0);
      })
      .Case([&](AffineMonoidOpInterface state) {
        tiesOfRecurrence(state.getRecurrence(), tie);
      });
}

//===----------------------------------------------------------------------===//
// Result shapes are those of the destinations
//===----------------------------------------------------------------------===//

LogicalResult DenseOp::reifyResultShapes(OpBuilder &builder,
                                         ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
LogicalResult
BlockSparseOp::reifyResultShapes(OpBuilder &builder,
                                 ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
LogicalResult OnlineOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
LogicalResult FinishOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
LogicalResult MergeOp::reifyResultShapes(OpBuilder &builder,
                                         ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
