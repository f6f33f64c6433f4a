//===- PackQueries.cpp - queries of grouped heads as rows of one head -----===//
//
//   %o = attn.dense causal align(bottom_right) ins(%q, %k, %v)
//       : 1x32x4xK, 1x8xSxK, 1x8xSxV -> 1x32x4xV
//   ->
//   %p = %q as 1x8x16xK
//   %r = attn.dense ins(%p, %k, %v) : 1x8x16xK, .. -> 1x8x16xV
//        mask (b, h, i, j) { j <= i mod 4 + S - 4 }
//   %o = %r as 1x32x4xV
//
// Row i of key head g is query i mod T of head g * (Hq / Hkv) + i div T, which
// is what regions are told. A structural mask becomes a region, since it is no
// longer a diagonal of the rows; the analysis of masks reads it as before.
//
// A single query needs no reshaping: attn-tile makes heads its rows.
//
// Tests: test/Dialect/Attn/Transforms/pack-queries.mlir
//
//===----------------------------------------------------------------------===//

#include "ScheduleRows.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Dialect/Attn/IR/ScoredAttention.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "attn/Target/TargetInfo.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_PACKQUERIESPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

namespace {

/// Packs one op.
class QueryPacker {
public:
  QueryPacker(RewriterBase &b, DenseOp op)
      : b(b), op(op), loc(op.getLoc()),
        heads(op.getQuery().getType().getDimSize(1)),
        keyHeads(op.getKey().getType().getDimSize(1)),
        queries(op.getQuery().getType().getDimSize(2)) {}

  /// Whether packing gives fuller tiles of at most `widest` rows, and the op
  /// has nothing that belongs to its rows but what can be packed too.
  bool isWorthwhile(int64_t widest);
  void run();

private:
  RankedTensorType getPackedType(RankedTensorType type);
  /// [B, Hq, T, ..] as [B, Hkv, Hq / Hkv * T, ..], and back.
  Value pack(Value tensor);
  Value unpack(Value packed, RankedTensorType type);
  Value makeInit(Value init);
  void renumber(Region &region, unsigned head);
  Value buildAdmitted(Value row, Value key, Value diagonal);
  void addStructuralMask(DenseOp packed, Value diagonal);
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }

  RewriterBase &b;
  DenseOp op;
  Location loc;
  int64_t heads, keyHeads, queries;
};

} // namespace

bool QueryPacker::isWorthwhile(int64_t widest) {
  bool isWhole =
      op.getOrigin().empty() && !op.getDiagonal() && !op.getSchedule();
  bool isUniform =
      !op.getKvLengths() && !op.getCuSeqlens() && !op.getPageTable();
  if (!isWhole || !isUniform || op.getSink() || ShapedType::isDynamic(heads) ||
      ShapedType::isDynamic(keyHeads) || ShapedType::isDynamic(queries) ||
      keyHeads == 0 || heads <= keyHeads)
    return false;
  if (queries < 2 || 2 * queries > widest)
    return false;
  if (!op.getBias())
    return true;
  ArrayRef<int64_t> bias = op.getBias().getType().getShape();
  return (bias[1] == 1 && bias[2] == 1) ||
         (bias[1] == heads && bias[2] == queries);
}

/// Dimension `axis` of a tensor of `rank` dimensions is two in the other one.
static SmallVector<ReassociationIndices> splitAxis(int64_t rank, int64_t axis) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0; i < rank; ++i)
    groups.push_back(i == axis ? ReassociationIndices{i, i + 1}
                               : ReassociationIndices{i > axis ? i + 1 : i});
  return groups;
}

/// The type [B, Hkv, Hq / Hkv, T, ..] between the two.
static RankedTensorType getGroupedType(RankedTensorType type,
                                       int64_t keyHeads) {
  SmallVector<int64_t> shape(type.getShape());
  shape[1] /= keyHeads;
  shape.insert(shape.begin() + 1, keyHeads);
  return type.clone(shape);
}

RankedTensorType QueryPacker::getPackedType(RankedTensorType type) {
  SmallVector<int64_t> shape(type.getShape());
  shape[1] = keyHeads;
  shape[2] = heads / keyHeads * queries;
  return type.clone(shape);
}

Value QueryPacker::pack(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  Value grouped =
      tensor::ExpandShapeOp::create(b, loc, getGroupedType(type, keyHeads),
                                    tensor, splitAxis(type.getRank(), 1));
  return tensor::CollapseShapeOp::create(b, loc, getPackedType(type), grouped,
                                         splitAxis(type.getRank(), 2));
}

Value QueryPacker::unpack(Value packed, RankedTensorType type) {
  Value grouped =
      tensor::ExpandShapeOp::create(b, loc, getGroupedType(type, keyHeads),
                                    packed, splitAxis(type.getRank(), 2));
  return tensor::CollapseShapeOp::create(b, loc, type, grouped,
                                         splitAxis(type.getRank(), 1));
}

/// A destination of the packed form of `init`, whose elements do not matter.
Value QueryPacker::makeInit(Value init) {
  RankedTensorType type = getPackedType(cast<RankedTensorType>(init.getType()));
  SmallVector<OpFoldResult> sizes;
  for (auto [axis, size] : llvm::enumerate(type.getShape()))
    sizes.push_back(ShapedType::isDynamic(size)
                        ? tensor::getMixedSize(b, loc, init, axis)
                        : OpFoldResult(b.getIndexAttr(size)));
  return tensor::EmptyOp::create(b, loc, sizes, type.getElementType());
}

/// Lets `region`, whose arguments from `head` on are head, query and key, speak
/// of heads and queries where it is given rows.
void QueryPacker::renumber(Region &region, unsigned head) {
  if (region.empty())
    return;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&region.front());
  Value group = region.getArgument(head), row = region.getArgument(head + 1);
  // Uses are taken down before there are new ones.
  SmallVector<OpOperand *> headUses(llvm::make_pointer_range(group.getUses()));
  SmallVector<OpOperand *> queryUses(llvm::make_pointer_range(row.getUses()));
  auto replace = [](ArrayRef<OpOperand *> uses, Value value) {
    for (OpOperand *use : uses)
      use->set(value);
  };
  if (!headUses.empty()) {
    // The bound changes nothing but what is known: the head fits in a lane.
    Value known = arith::MinUIOp::create(b, loc, group, index(keyHeads - 1));
    Value first = arith::MulIOp::create(b, loc, known, index(heads / keyHeads));
    Value inGroup = arith::DivUIOp::create(b, loc, row, index(queries));
    replace(headUses, arith::AddIOp::create(b, loc, first, inGroup));
  }
  if (!queryUses.empty())
    replace(queryUses, arith::RemUIOp::create(b, loc, row, index(queries)));
}

/// The causal mask and the window of `op` as a condition on `row` and `key`,
/// where key `diagonal` stands on the diagonal of query 0.
Value QueryPacker::buildAdmitted(Value row, Value key, Value diagonal) {
  Value query = arith::RemUIOp::create(b, loc, row, index(queries));
  Value center = arith::AddIOp::create(b, loc, query, diagonal);
  int64_t left = -1, right = -1;
  if (op.getWindow()) {
    left = (*op.getWindow())[0];
    right = (*op.getWindow())[1];
  }
  if (op.getCausal())
    right = 0;
  Value admitted;
  auto compare = [&](arith::CmpIPredicate predicate, int64_t shift) {
    Value bound = arith::AddIOp::create(b, loc, center, index(shift));
    Value inside = arith::CmpIOp::create(b, loc, predicate, key, bound);
    admitted = admitted
                   ? arith::AndIOp::create(b, loc, admitted, inside).getResult()
                   : inside;
  };
  if (right >= 0)
    compare(arith::CmpIPredicate::sle, right);
  if (left >= 0)
    compare(arith::CmpIPredicate::sge, -left);
  return admitted;
}

/// Says in the mask of `packed` what `op` says by its attributes.
void QueryPacker::addStructuralMask(DenseOp packed, Value diagonal) {
  Region &region = packed.getMask();
  OpBuilder::InsertionGuard guard(b);
  bool isNew = region.empty();
  if (isNew) {
    SmallVector<Type> types(4, b.getIndexType());
    llvm::append_range(types, packed.getCaptures().getTypes());
    b.createBlock(&region, region.end(), types,
                  SmallVector<Location>(types.size(), loc));
  } else {
    b.setInsertionPoint(region.front().getTerminator());
  }
  Value admitted =
      buildAdmitted(region.getArgument(2), region.getArgument(3), diagonal);
  if (isNew) {
    YieldOp::create(b, loc, admitted);
    return;
  }
  auto yield = cast<YieldOp>(region.front().getTerminator());
  yield.setOperand(
      arith::AndIOp::create(b, loc, yield.getValue(), admitted).getResult());
}

void QueryPacker::run() {
  b.setInsertionPoint(op);
  Value bias = op.getBias();
  if (bias && op.getBias().getType().getDimSize(2) != 1)
    bias = pack(bias);
  Value diagonal = ScoredAttention::get(op).buildDiagonal(b);
  Value init = makeInit(op.getOutputInit());
  SmallVector<Type> types{init.getType()};
  Value lseInit;
  if (op.getLseInit()) {
    lseInit = makeInit(op.getLseInit());
    types.push_back(lseInit.getType());
  }
  auto packed = DenseOp::create(
      b, loc, types, pack(op.getQuery()), op.getKey(), op.getValue(), bias,
      /*sink=*/Value(), /*kv_lengths=*/Value(), /*cu_seqlens=*/Value(),
      /*page_table=*/Value(), op.getCaptures(), /*origin=*/ValueRange(),
      /*diagonal=*/Value(), init, lseInit, op.getScaleAttr(),
      op.getSoftcapAttr(), /*causal=*/UnitAttr(), /*align=*/AlignmentAttr(),
      /*window=*/DenseI64ArrayAttr(), /*schedule=*/ScheduleAttr());
  packed.getScore().takeBody(op.getScore());
  packed.getMask().takeBody(op.getMask());
  renumber(packed.getScore(), /*head=*/2);
  renumber(packed.getMask(), /*head=*/1);
  if (op.hasStructuralMask())
    addStructuralMask(packed, diagonal);

  SmallVector<Value> results;
  for (auto [result, type] :
       llvm::zip(packed->getResults(), op->getResultTypes()))
    results.push_back(unpack(result, cast<RankedTensorType>(type)));
  remark::passed(op.getLoc(),
                 remark::RemarkOpts::name("pack").category("attn-schedule"))
      << std::to_string(queries) + " queries of " +
             std::to_string(heads / keyHeads) +
             " heads are the rows of one key head";
  b.replaceOp(op, results);
}

namespace {
struct PackQueriesPass : impl::PackQueriesPassBase<PackQueriesPass> {
  using PackQueriesPassBase::PackQueriesPassBase;

  void runOnOperation() override {
    FailureOr<TargetInfo> info =
        TargetInfo::parse(target, getOperation().getLoc());
    if (failed(info))
      return signalPassFailure();
    SmallVector<DenseOp> ops;
    getOperation().walk([&](DenseOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (DenseOp op : ops) {
      QueryPacker packer(rewriter, op);
      if (!packer.isWorthwhile(getWidestQueryTile(*info)))
        continue;
      packer.run();
      ++numPacked;
    }
  }
};
} // namespace

} // namespace mlir::attn
