//===- SizeRules.cpp - what sizes must obey beyond being equal ------------===//
//
// Covered by test/Compiler/record-requirements.mlir.
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/SizeRules.h"
#include "attn/Dialect/Attn/IR/AttnSparseOps.h"
#include "attn/Dialect/Attn/IR/CacheOps.h"
#include "attn/Dialect/Attn/IR/ListOps.h"
#include "attn/Dialect/Attn/IR/RouteOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::attn;

using RuleFn = function_ref<void(SizeRule, ArrayRef<SizeOf>, Value)>;

/// Hk divides H; of Hq and H one divides the other, and the output has the
/// larger. One batch holds all packed sequences; with states there is one for
/// each of them.
static void rulesOfRecurrence(const Recurrence &parts, RuleFn rule) {
  SizeOf queries{parts.query, 1}, keys{parts.key, 1}, states{parts.value, 1};
  rule(SizeRule::divides, {keys, states}, Value());
  rule(SizeRule::eitherDivides, {queries, states}, Value());
  rule(SizeRule::largerOf, {{parts.output, 1}, queries, states}, Value());
  if (!parts.cuSeqlens)
    return;
  rule(SizeRule::isOne, SizeOf{parts.query, 0}, Value());
  if (parts.state)
    rule(SizeRule::oneMore, {{parts.cuSeqlens, 0}, {parts.state, 0}}, Value());
  rule(SizeRule::ascending, SizeOf{parts.query, 2}, parts.cuSeqlens);
}

void mlir::attn::collectSizeRules(Operation *op, RuleFn rule) {
  TypeSwitch<Operation *>(op)
      .Case([&](DenseOp dense) {
        rule(SizeRule::divides, {{dense.getKey(), 1}, {dense.getQuery(), 1}},
             Value());
        if (!dense.getCuSeqlens())
          return;
        rule(SizeRule::isOne, SizeOf{dense.getQuery(), 0}, Value());
        rule(SizeRule::ascending, SizeOf{dense.getQuery(), 2},
             dense.getCuSeqlens());
      })
      .Case([&](BlockSparseOp sparse) {
        SizeOf queries{sparse.getQuery(), 1};
        rule(SizeRule::divides, {{sparse.getKey(), 1}, queries}, Value());
        rule(SizeRule::divides, {{sparse.getBlocks(), 1}, queries}, Value());
      })
      .Case([&](SelectOp select) {
        SizeOf queries{select.getRows(), 1};
        if (Value key = select.getKey())
          rule(SizeRule::divides, {{key, 1}, queries}, Value());
        rule(SizeRule::divides, {{select.getListsInit(), 1}, queries}, Value());
      })
      .Case([&](KeyMassOp mass) {
        rule(SizeRule::divides, {{mass.getKey(), 1}, {mass.getQuery(), 1}},
             Value());
      })
      .Case([&](GroupedProjectOp project) {
        rule(SizeRule::oneMore,
             {{project.getOffsets(), 0}, {project.getWeights(), 0}}, Value());
      })
      .Case([&](AffineMonoidOpInterface state) {
        rulesOfRecurrence(state.getRecurrence(), rule);
      });
}
