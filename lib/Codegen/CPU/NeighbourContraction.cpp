//===- NeighbourContraction.cpp - matrix products around attention --------===//
//
//   %c = linalg.generic {m, n, k} ins(%a, %b) outs(%c0)
//   ->
//   scf.forall (%i, %j) step (512, 64) {
//     acc = c0[i.., j..]                             512 x 64
//     scf.for %k step 128 {
//       packed = b[k.., j..]                         128 x 64, padded with 0
//       acc = linalg.matmul a[i.., k..], packed      hint: 6 rows, k step 1
//     }
//     c[i.., j..] = acc
//   }
//
// The packed block stays in the first cache while all rows pass, whatever the
// strides of b; a transposed b is transposed on the way.
//
// Tests: test/Codegen/CPU/tile-neighbours-products.mlir
//
//===----------------------------------------------------------------------===//

#include "Neighbours.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::attn {

/// Rows that share a packed block.
static constexpr int64_t kRowBlock = 512;

//===----------------------------------------------------------------------===//
// Recognition
//===----------------------------------------------------------------------===//

/// The input that `value` is, or extends; `cast` is the extension.
static BlockArgument getFactor(Value value, Operation *&cast) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argument;
  Operation *def = value.getDefiningOp();
  if (!isa<arith::ExtFOp, arith::ExtSIOp, arith::ExtUIOp>(def))
    return {};
  cast = def;
  return dyn_cast<BlockArgument>(def->getOperand(0));
}

/// The body is acc + x * y; fills in operands and casts.
static bool matchBody(linalg::GenericOp op, Contraction &result) {
  Block *body = op.getBlock();
  Operation *add = body->getTerminator()->getOperand(0).getDefiningOp();
  if (!isa_and_nonnull<arith::AddFOp, arith::AddIOp>(add))
    return false;
  Value acc = body->getArgument(2);
  if (add->getOperand(0) != acc && add->getOperand(1) != acc)
    return false;
  Operation *mul =
      add->getOperand(add->getOperand(0) == acc ? 1 : 0).getDefiningOp();
  if (!isa_and_nonnull<arith::MulFOp, arith::MulIOp>(mul))
    return false;
  Operation *casts[2] = {nullptr, nullptr};
  BlockArgument x = getFactor(mul->getOperand(0), casts[0]);
  BlockArgument y = getFactor(mul->getOperand(1), casts[1]);
  if (!x || !y || x.getOwner() != body || y.getOwner() != body ||
      x.getArgNumber() > 1 || y.getArgNumber() > 1 ||
      x.getArgNumber() == y.getArgNumber())
    return false;
  result.lhs = op.getDpsInputOperand(x.getArgNumber());
  result.rhs = op.getDpsInputOperand(y.getArgNumber());
  result.lhsCast = casts[0];
  result.rhsCast = casts[1];
  return true;
}

std::optional<Contraction> matchContraction(linalg::GenericOp op) {
  Contraction result;
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      op.getNumReductionLoops() == 0 || !matchBody(op, result) ||
      llvm::any_of(op.getIndexingMapsArray(),
                   [](AffineMap map) { return !map.isProjectedPermutation(); }))
    return std::nullopt;
  AffineMap out = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (out.getNumResults() < 2)
    return std::nullopt;
  AffineMap lhs = op.getMatchingIndexingMap(result.lhs);
  AffineMap rhs = op.getMatchingIndexingMap(result.rhs);
  result.n = out.getDimPosition(out.getNumResults() - 1);
  if (lhs.isFunctionOfDim(result.n)) {
    std::swap(lhs, rhs);
    std::swap(result.lhs, result.rhs);
    std::swap(result.lhsCast, result.rhsCast);
  }
  if (!rhs.isFunctionOfDim(result.n) || lhs.isFunctionOfDim(result.n))
    return std::nullopt;
  bool hasRows = false;
  for (AffineExpr expr : out.getResults().drop_back()) {
    unsigned loop = cast<AffineDimExpr>(expr).getPosition();
    if (!lhs.isFunctionOfDim(loop) || rhs.isFunctionOfDim(loop))
      continue;
    result.m = loop;
    hasRows = op.getStaticLoopRanges()[loop] != 1;
  }
  for (auto [i, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
    if (kind != utils::IteratorType::reduction)
      continue;
    if (!lhs.isFunctionOfDim(i) || !rhs.isFunctionOfDim(i))
      return std::nullopt;
    result.k.push_back(i);
  }
  Type element = getElementTypeOrSelf(op.getDpsInits().front());
  if (!hasRows || !element.isIntOrFloat() || element.isInteger(1))
    return std::nullopt;
  return result;
}

//===----------------------------------------------------------------------===//
// Tiling
//===----------------------------------------------------------------------===//

namespace {
/// Sizes of one product.
struct ContractionTiles {
  int64_t rows, columns, rowBlock, depth, lanes;
};

/// Fills the body of one tile of parallel work.
class ContractionTile {
public:
  ContractionTile(RewriterBase &rewriter, linalg::LinalgOp op,
                  const Contraction &contraction, ContractionTiles tiles)
      : b(rewriter), op(op), contraction(contraction), tiles(tiles),
        loc(op.getLoc()), index(op.getNumLoops(), rewriter.getIndexAttr(0)) {
    type = getElementTypeOrSelf(op.getDpsInits().front());
  }

  void build();

private:
  /// A part of an operand: `size` along the named loops, and one element at the
  /// current index along all others.
  using Part = SmallVector<std::pair<unsigned, OpFoldResult>>;
  Value slice(OpOperand *operand, const Part &part);
  Value insert(Value tile, Value destination, const Part &part);
  SmallVector<OpFoldResult> fullSizes(OpOperand *operand, const Part &part);
  SmallVector<OpFoldResult> offsets(OpOperand *operand, const Part &part);

  Value convert(OpBuilder &nested, Value x, Operation *cast, Type to);
  Value copy(Value source, bool transposed, Value destination, Operation *cast,
             ArrayRef<int64_t> hint);
  Value block(ArrayRef<int64_t> shape, bool zero);
  Value corner(Value whole, OpFoldResult rows, OpFoldResult columns,
               bool reduce = false);
  Value writeCorner(Value part, Value whole);
  Value buildReductions(unsigned position, Value acc);
  Value buildProduct(Value acc);
  OpFoldResult loopSize(unsigned loop);
  bool isTransposed(OpOperand *operand, unsigned first, unsigned second);

  RewriterBase &b;
  linalg::LinalgOp op;
  const Contraction &contraction;
  ContractionTiles tiles;
  Location loc;
  /// Where each loop is; reductions get their block's start.
  SmallVector<OpFoldResult> index;
  OpFoldResult depth;
  Type type;
};
} // namespace

OpFoldResult ContractionTile::loopSize(unsigned loop) {
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [i, expr] : llvm::enumerate(map.getResults()))
      if (cast<AffineDimExpr>(expr).getPosition() == loop)
        return tensor::getMixedSize(b, loc, operand.get(), i);
  }
  llvm_unreachable("a loop of a projected permutation indexes some operand");
}

/// Whether `second` comes before `first` among the dimensions.
bool ContractionTile::isTransposed(OpOperand *operand, unsigned first,
                                   unsigned second) {
  AffineMap map = op.getMatchingIndexingMap(operand);
  auto position = [&](unsigned loop) {
    return *map.getResultPosition(b.getAffineDimExpr(loop));
  };
  return position(second) < position(first);
}

SmallVector<OpFoldResult> ContractionTile::fullSizes(OpOperand *operand,
                                                     const Part &part) {
  SmallVector<OpFoldResult> sizes;
  for (AffineExpr expr : op.getMatchingIndexingMap(operand).getResults()) {
    OpFoldResult size = b.getIndexAttr(1);
    for (auto [loop, extent] : part)
      if (cast<AffineDimExpr>(expr).getPosition() == loop)
        size = extent;
    sizes.push_back(size);
  }
  return sizes;
}

SmallVector<OpFoldResult> ContractionTile::offsets(OpOperand *operand,
                                                   const Part &part) {
  SmallVector<OpFoldResult> result;
  for (AffineExpr expr : op.getMatchingIndexingMap(operand).getResults())
    result.push_back(index[cast<AffineDimExpr>(expr).getPosition()]);
  return result;
}

Value ContractionTile::slice(OpOperand *operand, const Part &part) {
  SmallVector<OpFoldResult> sizes = fullSizes(operand, part);
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  SmallVector<int64_t> shape;
  for (auto [expr, size] :
       llvm::zip_equal(op.getMatchingIndexingMap(operand).getResults(), sizes))
    if (llvm::any_of(part, [&](auto &entry) {
          return entry.first == cast<AffineDimExpr>(expr).getPosition();
        }))
      shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  auto reduced = RankedTensorType::get(
      shape, getElementTypeOrSelf(operand->get().getType()));
  return tensor::ExtractSliceOp::create(b, loc, reduced, operand->get(),
                                        offsets(operand, part), sizes, strides);
}

Value ContractionTile::insert(Value tile, Value destination, const Part &part) {
  OpOperand *operand = op.getDpsInitOperand(0);
  SmallVector<OpFoldResult> sizes = fullSizes(operand, part);
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  return tensor::InsertSliceOp::create(b, loc, tile, destination,
                                       offsets(operand, part), sizes, strides);
}

Value ContractionTile::convert(OpBuilder &nested, Value x, Operation *cast,
                               Type to) {
  if (cast) {
    IRMapping mapping;
    mapping.map(cast->getOperand(0), x);
    x = nested.clone(*cast, mapping)->getResult(0);
  }
  return convertScalarToDtype(nested, loc, x, to, /*isUnsignedCast=*/false);
}

/// Writes `source` [i, j], or [j, i] if transposed, to `destination` [i, j].
/// The destination may have a leading dimension of 1, which keeps a plain copy
/// from being folded away.
Value ContractionTile::copy(Value source, bool transposed, Value destination,
                            Operation *cast, ArrayRef<int64_t> hint) {
  auto type = llvm::cast<RankedTensorType>(destination.getType());
  unsigned loops = type.getRank(), first = loops - 2;
  AffineExpr row = b.getAffineDimExpr(first);
  AffineExpr column = b.getAffineDimExpr(first + 1);
  AffineMap from = AffineMap::get(
      loops, 0, transposed ? ArrayRef{column, row} : ArrayRef{row, column},
      b.getContext());
  AffineMap to = b.getMultiDimIdentityMap(loops);
  auto copy = linalg::GenericOp::create(
      b, loc, type, source, destination, ArrayRef<AffineMap>{from, to},
      SmallVector<utils::IteratorType>(loops, utils::IteratorType::parallel),
      [&](OpBuilder &nested, Location l, ValueRange args) {
        Value x = convert(nested, args[0], cast, args[1].getType());
        linalg::YieldOp::create(nested, l, x);
      });
  SmallVector<int64_t> sizes(first, 1);
  if (transposed)
    sizes.append(2, tiles.lanes);
  else
    sizes.append(hint.begin(), hint.end());
  setRegisterTile(copy, sizes, {}, {}, sizes);
  return copy.getResult(0);
}

/// A scratch block, of zeros where columns past the real ones are computed too.
Value ContractionTile::block(ArrayRef<int64_t> shape, bool zero) {
  Value block = tensor::EmptyOp::create(b, loc, shape, type);
  if (!zero)
    return block;
  Value none = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  auto fill = linalg::FillOp::create(b, loc, none, block);
  SmallVector<int64_t> row(shape.size(), 1);
  row.back() = shape.back();
  setRegisterTile(fill, row, {}, {}, row);
  return fill.getResult(0);
}

/// The leading rows and columns of a block; a matrix of them if `reduce`.
Value ContractionTile::corner(Value whole, OpFoldResult rows,
                              OpFoldResult columns, bool reduce) {
  int64_t rank = cast<RankedTensorType>(whole.getType()).getRank();
  SmallVector<OpFoldResult> zeros(rank, b.getIndexAttr(0));
  SmallVector<OpFoldResult> ones(rank, b.getIndexAttr(1)), sizes(ones);
  sizes[rank - 2] = rows;
  sizes[rank - 1] = columns;
  SmallVector<int64_t> shape;
  for (OpFoldResult size : ArrayRef(sizes).take_back(reduce ? 2 : rank))
    shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  return tensor::ExtractSliceOp::create(
      b, loc, RankedTensorType::get(shape, type), whole, zeros, sizes, ones);
}

Value ContractionTile::writeCorner(Value part, Value whole) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, part);
  SmallVector<OpFoldResult> zeros(sizes.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> ones(sizes.size(), b.getIndexAttr(1));
  return tensor::InsertSliceOp::create(b, loc, part, whole, zeros, sizes, ones);
}

/// acc + lhs rhs for one block of the last reduction loop.
Value ContractionTile::buildProduct(Value acc) {
  unsigned m = contraction.m, n = contraction.n, k = contraction.k.back();
  OpFoldResult rows = loopSize(m), columns = loopSize(n);
  bool ragged = !isConstantIntValue(columns, tiles.columns);
  Value packed = block({1, tiles.depth, tiles.columns}, ragged);
  Value source = slice(contraction.rhs, {{k, depth}, {n, columns}});
  bool transposed = isTransposed(contraction.rhs, k, n);
  packed = writeCorner(copy(source, transposed, corner(packed, depth, columns),
                            contraction.rhsCast, {1, tiles.columns}),
                       packed);
  packed = corner(packed, depth, b.getIndexAttr(tiles.columns), true);

  Value lhs = slice(contraction.lhs, {{m, rows}, {k, depth}});
  bool lhsTransposed = isTransposed(contraction.lhs, m, k);
  if (getElementTypeOrSelf(lhs) != type) {
    Value whole = block({tiles.rowBlock, tiles.depth}, false);
    lhs = copy(lhs, lhsTransposed, corner(whole, rows, depth),
               contraction.lhsCast, {1, tiles.lanes});
    lhsTransposed = false;
  }
  Operation *product;
  if (lhsTransposed)
    product = linalg::MatmulTransposeAOp::create(
        b, loc, acc.getType(), ValueRange{lhs, packed}, ValueRange{acc});
  else
    product = linalg::MatmulOp::create(
        b, loc, acc.getType(), ValueRange{lhs, packed}, ValueRange{acc});
  setRegisterTile(product, {tiles.rows, 0, 0}, {0, 0, 1}, {1, 0, 0}, {});
  return product->getResult(0);
}

/// Loops over the reductions from `position` on, the last one in blocks.
Value ContractionTile::buildReductions(unsigned position, Value acc) {
  unsigned loop = contraction.k[position];
  bool last = position + 1 == contraction.k.size();
  OpFoldResult size = loopSize(loop);
  int64_t step = last ? tiles.depth : 1;
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value end = getValueOrCreateConstantIndexOp(b, loc, size);
  auto loopOp = scf::ForOp::create(b, loc, constant(0), end, constant(step),
                                   ValueRange{acc});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loopOp.getBody());
  index[loop] = loopOp.getInductionVar();
  acc = loopOp.getRegionIterArg(0);
  if (last) {
    AffineExpr d0 = b.getAffineDimExpr(0), s0 = b.getAffineSymbolExpr(0);
    AffineMap map = AffineMap::get(
        1, 1, {b.getAffineConstantExpr(step), s0 - d0}, b.getContext());
    depth = affine::makeComposedFoldedAffineMin(
        b, loc, map, {OpFoldResult(loopOp.getInductionVar()), size});
    if (std::optional<int64_t> known = getConstantIntValue(size))
      if (*known % step == 0)
        depth = b.getIndexAttr(step);
    acc = buildProduct(acc);
  } else {
    acc = buildReductions(position + 1, acc);
  }
  scf::YieldOp::create(b, loc, acc);
  return loopOp.getResult(0);
}

void ContractionTile::build() {
  b.setInsertionPoint(op);
  OpFoldResult rows = loopSize(contraction.m);
  OpFoldResult columns = loopSize(contraction.n);
  Part part{{contraction.m, rows}, {contraction.n, columns}};
  bool ragged = !isConstantIntValue(columns, tiles.columns);
  SmallVector<int64_t> hint{1, tiles.columns};
  Value initial = slice(op.getDpsInitOperand(0), part);
  Value whole = block({tiles.rowBlock, tiles.columns}, ragged);
  Value filled =
      copy(initial, false, corner(whole, rows, columns), nullptr, hint);
  Value acc = filled;
  OpFoldResult allColumns = b.getIndexAttr(tiles.columns);
  if (ragged)
    acc = corner(writeCorner(filled, whole), rows, allColumns);
  acc = buildReductions(0, acc);
  if (ragged)
    acc = corner(acc, rows, columns);
  Value result = copy(acc, false, initial, nullptr, hint);
  b.replaceOp(op, insert(result, op.getDpsInits().front(), part));
}

/// Registers hold `rows` x `columns` of the output; a packed block takes most
/// of the first cache.
static ContractionTiles chooseTiles(linalg::GenericOp op,
                                    const Contraction &contraction,
                                    const TargetInfo &target) {
  Type element = getElementTypeOrSelf(op.getDpsInits().front());
  int64_t bytes = std::max<int64_t>(element.isF16() || element.isBF16()
                                        ? 4
                                        : element.getIntOrFloatBitWidth() / 8,
                                    1);
  ContractionTiles tiles;
  tiles.lanes = std::max<int64_t>(1, target.getVectorBits() / 8 / bytes);
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  auto fit = [&](unsigned loop, int64_t size) {
    return ShapedType::isDynamic(ranges[loop])
               ? size
               : std::min<int64_t>(size, std::max<int64_t>(ranges[loop], 1));
  };
  int64_t vectors = target.getNumVectorRegisters() >= 32 ? 4 : 2;
  while (vectors > 1 &&
         fit(contraction.n, vectors * tiles.lanes) <= vectors / 2 * tiles.lanes)
    vectors /= 2;
  tiles.columns = vectors * tiles.lanes;
  tiles.rows = target.getMaxFMAAccumulators() / vectors;
  tiles.rows = std::min<int64_t>(tiles.rows, 6);
  for (int64_t rows = tiles.rows; rows >= 4; --rows)
    if (!ShapedType::isDynamic(ranges[contraction.m]) &&
        ranges[contraction.m] % rows == 0) {
      tiles.rows = rows;
      break;
    }
  tiles.rowBlock =
      fit(contraction.m, llvm::alignDown(kRowBlock, uint64_t(tiles.rows)));
  int64_t depth = target.getL1DataBytes() * 2 / 3 / (tiles.columns * bytes);
  depth = std::clamp<int64_t>(llvm::alignDown(uint64_t(depth), 32), 32, 256);
  tiles.depth = fit(contraction.k.back(), depth);
  return tiles;
}

LogicalResult tileContraction(RewriterBase &rewriter, linalg::GenericOp op,
                              const Contraction &contraction,
                              const TargetInfo &target) {
  ContractionTiles tiles = chooseTiles(op, contraction, target);
  unsigned lhs = contraction.lhs->getOperandNumber();
  unsigned rhs = contraction.rhs->getOperandNumber();
  SmallVector<int64_t> sizes, ranges = op.getStaticLoopRanges();
  for (auto [i, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
    int64_t size = i == contraction.m   ? tiles.rowBlock
                   : i == contraction.n ? tiles.columns
                                        : 1;
    bool isWhole = kind == utils::IteratorType::reduction || ranges[i] == size;
    sizes.push_back(isWhole ? 0 : size);
  }
  FailureOr<TiledOp> tiled = tileAndReplace(
      rewriter, op, sizes, scf::SCFTilingOptions::LoopType::ForallOp);
  if (failed(tiled))
    return failure();
  Contraction inner = contraction;
  inner.lhs = &tiled->op->getOpOperand(lhs);
  inner.rhs = &tiled->op->getOpOperand(rhs);
  auto generic = cast<linalg::GenericOp>(tiled->op.getOperation());
  // The casts of the tiled copy; those of `op` are gone.
  Contraction matched;
  matchBody(generic, matched);
  inner.lhsCast = matched.lhs == inner.lhs ? matched.lhsCast : matched.rhsCast;
  inner.rhsCast = matched.rhs == inner.rhs ? matched.rhsCast : matched.lhsCast;
  ContractionTile(rewriter, tiled->op, inner, tiles).build();
  return success();
}

} // namespace mlir::attn
