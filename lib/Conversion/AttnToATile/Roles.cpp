//===- Roles.cpp - rings and roles of a kernel with warpgroups ------------===//

#include "Roles.h"

using namespace mlir;
using namespace mlir::attn;

/// Loads Q once, then K and V tile by tile.
static void buildProducer(AttentionKernel &kernel, OpBuilder b,
                          const Roles &roles, Value queryMap, Value keyMap,
                          Value valueMap) {
  Location loc = kernel.loc;
  auto load = [&](OpBuilder &at, Value map, Value head, Value row, Value ring,
                  Value number) {
    Value slot = atile::WaitEmptyOp::create(at, loc, ring, number);
    atile::LoadOp::create(at, loc, map, kernel.batch, head, row, slot);
  };
  // Where rows are heads, the map exchanges both.
  SmallVector<Value> first = kernel.getRowIndices(b, kernel.blockRow);
  int64_t rowDim = kernel.getRowDim();
  load(b, queryMap, first[rowDim == 2 ? 1 : 2], first[rowDim], roles.queryRing,
       kernel.constant(b, 0));
  scf::ForOp::create(
      b, loc, kernel.firstTile, kernel.endTile, kernel.constant(b, 1),
      ValueRange(), [&](OpBuilder &inner, Location, Value tile, ValueRange) {
        Value number = kernel.emitRingNumber(inner, tile);
        Value row = kernel.emitKey(inner, tile);
        load(inner, keyMap, kernel.keyHead, row, roles.keyRing, number);
        load(inner, valueMap, kernel.keyHead, row, roles.valueRing, number);
        scf::YieldOp::create(inner, loc);
      });
}

Roles mlir::attn::buildRoles(AttentionKernel &kernel) {
  Location loc = kernel.loc;
  atile::ScheduleAttr schedule = kernel.schedule;
  OpBuilder b(kernel.frame.getDense());
  int64_t keyColumns = kernel.shape.getKeyColumns();
  int64_t valueColumns = kernel.shape.getValueColumns(kernel.target);
  auto ring = [&](int64_t stages, int64_t rows, int64_t columns) -> Value {
    return atile::RingOp::create(b, loc, kernel.getRing(stages, rows, columns));
  };
  Roles roles{ring(1, schedule.getRows(), keyColumns),
              ring(schedule.getStages(), schedule.getKeys(), keyColumns),
              ring(schedule.getStages(), schedule.getKeys(), valueColumns),
              OpBuilder(b.getContext()),
              Value(),
              Value()};
  atile::SetupOp::create(
      b, loc, ValueRange{roles.queryRing, roles.keyRing, roles.valueRing},
      schedule.getGroups());
  RegisterSplit registers = getRegisterSplit(schedule.getGroups());
  auto specialize = atile::SpecializeOp::create(
      b, loc, registers.producer, registers.consumer, schedule.getGroups());

  Block *producer = b.createBlock(&specialize.getProducer());
  atile::YieldOp::create(b, loc);
  Block *consumer =
      b.createBlock(&specialize.getConsumer(), {}, b.getI32Type(), loc);
  atile::YieldOp::create(b, loc);

  KernelFrame &frame = kernel.frame;
  SmallVector<int64_t> dims;
  if (kernel.getRowDim() == 1)
    dims = {0, 2, 1, 3};
  Value queryMap =
      frame.addMap(*kernel.query, schedule.getRows(), keyColumns, dims);
  Value keyMap = frame.addMap(*kernel.key, schedule.getKeys(), keyColumns);
  Value valueMap =
      frame.addMap(*kernel.value, schedule.getKeys(), valueColumns);
  buildProducer(kernel, OpBuilder::atBlockBegin(producer), roles, queryMap,
                keyMap, valueMap);

  roles.consumer = OpBuilder::atBlockBegin(consumer);
  roles.groupRow =
      kernel.emitGroupRow(roles.consumer, consumer->getArgument(0));
  roles.queryRow = kernel.emitQueryRow(roles.consumer, roles.groupRow);
  return roles;
}
