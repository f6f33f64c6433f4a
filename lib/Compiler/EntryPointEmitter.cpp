//===- EntryPointEmitter.cpp - the C functions of one kernel --------------===//
//
// Every entry point first calls one internal function with the arguments of the
// signature. Its checks, in order: every struct is there; sizes are the
// compiled ones, not negative, equal where they must be, and as the
// requirements of the function relate them; innermost strides are 1; a tensor
// with elements has data; bounds of sequences ascend; the CPU has the
// instruction set.
//
// Entry points themselves need the baseline CPU only.
//
// Covered by test/Compiler/emit-entry-points.mlir and
// test/Tools/attn-compile/embed.test.
//
//===----------------------------------------------------------------------===//

#include "EntryPointEmitter.h"
#include "ArgumentReader.h"
#include "RequirementCheck.h"

namespace mlir::attn {

EntryCode EntryPointEmitter::begin(const Twine &entryName, Type result,
                                   ArrayRef<Type> extra) {
  SmallVector<Type> types = ArgumentReader::getTypes(builder, signature);
  llvm::append_range(types, extra);
  LLVM::LLVMFuncOp loops = kernel.loops;
  EntryCode code(builder, loops->getParentOfType<ModuleOp>(), loops.getLoc(),
                 entryName.str(), result, types);
  if (std::optional<StringRef> cpu = loops.getTargetCpu())
    code.func.setTargetCpu(*cpu);
  return code;
}

Value EntryPointEmitter::getExtra(EntryCode &code, unsigned index) {
  return code.getArguments()[signature.args.size() + index];
}

Value EntryPointEmitter::statusOf(EntryCode &code, Status status, bool negate) {
  int64_t number = static_cast<int32_t>(status);
  return code.constant(code.func.getFunctionType().getReturnType(),
                       negate ? -number : number);
}

void EntryPointEmitter::emitCheck(StringRef checkName,
                                  LLVM::LLVMFuncOp cpuCheck) {
  EntryCode code = begin(checkName, builder.getI32Type(), {});
  code.func.setLinkage(LLVM::Linkage::Internal);
  check = code.func;

  auto failIf = [&](Value condition, Status status) {
    code.leaveIf(condition, statusOf(code, status, /*negate=*/false));
  };
  ArgumentReader reader(code, signature, code.getArguments());
  failIf(reader.isMissing(), Status::nullPointer);
  reader.read();
  failIf(reader.hasWrongSize(), Status::size);
  failIf(breaksSizeRules(code, signature, reader), Status::size);
  failIf(reader.hasWrongStride(), Status::stride);
  failIf(reader.lacksData(), Status::nullPointer);
  failIf(breaksDataRules(code, signature, reader), Status::indexData);
  if (cpuCheck) {
    Value isSupported = code.call(cpuCheck, {});
    Value isMissing = code.compare(LLVM::ICmpPredicate::eq, isSupported,
                                   code.constant(builder.getI1Type(), 0));
    failIf(isMissing, Status::cpu);
  }
  code.leave(statusOf(code, Status::ok, /*negate=*/false));
}

SmallVector<Value> EntryPointEmitter::readArguments(EntryCode &code,
                                                    bool negate) {
  ValueRange values = code.getArguments().take_front(signature.args.size());
  Value status = code.call(check, values);
  Value zero = code.constant(builder.getI32Type(), 0);
  Value isWrong = code.compare(LLVM::ICmpPredicate::ne, status, zero);
  Value result = status;
  if (negate)
    result = LLVM::SubOp::create(builder, code.loc, zero, status);
  if (code.func.getFunctionType().getReturnType() == builder.getI64Type())
    result = code.extend(result);
  code.leaveIf(isWrong, result);
  ArgumentReader reader(code, signature, values);
  reader.read();
  return reader.getKernelOperands();
}

std::pair<Value, Value> EntryPointEmitter::getSizes(EntryCode &code,
                                                    ValueRange operands) {
  Value sizes = code.call(kernel.workspace, operands);
  auto extract = [&](int64_t index) -> Value {
    return LLVM::ExtractValueOp::create(builder, code.loc, sizes, index);
  };
  return {extract(0), extract(1)};
}

void EntryPointEmitter::appendBytes(EntryCode &code,
                                    SmallVectorImpl<Value> &operands,
                                    Value pointer, Value size) {
  Type i64 = builder.getI64Type();
  Value address = LLVM::PtrToIntOp::create(builder, code.loc, i64, pointer);
  Value negative =
      LLVM::SubOp::create(builder, code.loc, code.constant(0), address);
  Value gap = LLVM::AndOp::create(builder, code.loc, negative,
                                  code.constant(kWorkspaceAlignment - 1));
  Value aligned = LLVM::GEPOp::create(builder, code.loc, pointer.getType(),
                                      builder.getI8Type(), pointer, gap);
  operands.append({aligned, aligned, code.constant(0), size, code.constant(1)});
}

void EntryPointEmitter::requireMemory(EntryCode &code, Value pointer,
                                      Value size, bool negate) {
  Value isNeeded =
      code.compare(LLVM::ICmpPredicate::sgt, size, code.constant(0));
  Value isMissing =
      LLVM::AndOp::create(builder, code.loc, isNeeded, code.isNull(pointer));
  code.leaveIf(isMissing, statusOf(code, Status::workspace, negate));
}

LLVM::LLVMFuncOp EntryPointEmitter::emitPlainCall() {
  Type i32 = builder.getI32Type();
  EntryCode code = begin(name, i32, i32);
  ValueRange arguments = code.getArguments();
  SmallVector<Value> operands(arguments.drop_back());
  operands.push_back(LLVM::ZeroOp::create(
      builder, code.loc, LLVM::LLVMPointerType::get(builder.getContext())));
  operands.push_back(code.constant(0));
  operands.push_back(arguments.back());
  code.leave(code.call(callInWorkspace, operands));
  return code.func;
}

LLVM::LLVMFuncOp EntryPointEmitter::emitCallInWorkspace() {
  Type i32 = builder.getI32Type(), i64 = builder.getI64Type();
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  EntryCode code = begin(name + "_in_workspace", i32, {pointer, i64, i32});
  SmallVector<Value> operands = readArguments(code, /*negate=*/false);
  auto [shared, perWorker] = getSizes(code, operands);
  Value workspace = getExtra(code, 0), given = getExtra(code, 1);
  Value outOfSpace = statusOf(code, Status::workspace, /*negate=*/false);

  Value workers = code.constant(1);
  if (kernel.isParallel) {
    Value wanted = getExtra(code, 2), none = code.constant(i32, 0);
    Value isChosen = code.compare(LLVM::ICmpPredicate::sgt, wanted, none);
    Value usual = code.call("omp_get_max_threads", i32, {});
    workers = code.extend(code.select(isChosen, wanted, usual));
  }

  // Without a workspace one is allocated; one that is given may hold fewer
  // workers than wanted.
  Block *allocate = code.addBlock(), *reallyAllocate = code.addBlock();
  Block *measure = code.addBlock();
  Block *run = code.addBlock({pointer, i64, pointer});
  Value null = LLVM::ZeroOp::create(builder, code.loc, pointer);
  code.branch(code.isNull(workspace), allocate, {}, measure, {});

  code.enter(allocate);
  Value needed = code.add(shared, code.multiply(perWorker, workers));
  Value isNeeded =
      code.compare(LLVM::ICmpPredicate::sgt, needed, code.constant(0));
  code.branch(isNeeded, reallyAllocate, {}, run, {null, workers, null});
  code.enter(reallyAllocate);
  Value memory = code.call(
      "malloc", pointer, code.add(needed, code.constant(kWorkspaceAlignment)));
  code.leaveIf(code.isNull(memory), outOfSpace);
  code.branch(run, {memory, workers, memory});

  code.enter(measure);
  Value spare = code.add(given, code.constant(1 - kWorkspaceAlignment));
  Value rest = LLVM::SubOp::create(builder, code.loc, spare, shared);
  Value needsShared =
      code.compare(LLVM::ICmpPredicate::sgt, shared, code.constant(0));
  Value isNegative =
      code.compare(LLVM::ICmpPredicate::slt, rest, code.constant(0));
  code.leaveIf(LLVM::AndOp::create(builder, code.loc, needsShared, isNegative),
               outOfSpace);
  Value needsScratch =
      code.compare(LLVM::ICmpPredicate::sgt, perWorker, code.constant(0));
  Value divisor = code.select(needsScratch, perWorker, code.constant(1));
  Value fitting = LLVM::SDivOp::create(builder, code.loc, rest, divisor);
  Value isFewer = code.compare(LLVM::ICmpPredicate::slt, fitting, workers);
  isFewer = LLVM::AndOp::create(builder, code.loc, isFewer, needsScratch);
  Value possible = code.select(isFewer, fitting, workers);
  Value isNone =
      code.compare(LLVM::ICmpPredicate::slt, possible, code.constant(1));
  code.leaveIf(isNone, outOfSpace);
  code.branch(run, {workspace, possible, null});

  code.enter(run);
  appendBytes(code, operands, run->getArgument(0), shared);
  Value base = operands[operands.size() - kWorkspaceWords];
  Value scratches = LLVM::GEPOp::create(builder, code.loc, pointer,
                                        builder.getI8Type(), base, shared);
  Value scratchSize = code.multiply(perWorker, run->getArgument(1));
  operands.append(
      {scratches, scratches, code.constant(0), scratchSize, code.constant(1)});
  operands.push_back(perWorker);
  if (kernel.isParallel)
    operands.push_back(
        LLVM::TruncOp::create(builder, code.loc, i32, run->getArgument(1)));
  code.call(kernel.loops, operands);
  code.call("free", LLVM::LLVMVoidType::get(builder.getContext()),
            run->getArgument(2));
  code.leave(statusOf(code, Status::ok, /*negate=*/false));
  return code.func;
}

void EntryPointEmitter::emitWorkspaceSize() {
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  EntryCode code =
      begin(name + "_workspace_size", builder.getI32Type(), {pointer, pointer});
  SmallVector<Value> operands = readArguments(code, /*negate=*/false);
  Value missing = code.either(code.isNull(getExtra(code, 0)),
                              code.isNull(getExtra(code, 1)));
  code.leaveIf(missing, statusOf(code, Status::nullPointer, /*negate=*/false));
  auto [shared, perWorker] = getSizes(code, operands);
  Value sizes[] = {shared, perWorker};
  for (auto [index, size] : llvm::enumerate(sizes)) {
    Value isEmpty =
        code.compare(LLVM::ICmpPredicate::eq, size, code.constant(0));
    Value padded = code.add(size, code.constant(kWorkspaceAlignment));
    Value result = code.select(isEmpty, code.constant(0), padded);
    LLVM::StoreOp::create(builder, code.loc, result, getExtra(code, index),
                          /*alignment=*/8);
  }
  code.leave(statusOf(code, Status::ok, /*negate=*/false));
}

void EntryPointEmitter::emitPhases() {
  EntryCode code = begin(name + "_phases", builder.getI32Type(), {});
  readArguments(code, /*negate=*/true);
  code.leave(code.constant(builder.getI32Type(), kernel.phases.size()));
}

void EntryPointEmitter::switchOnPhase(
    EntryCode &code, Value phase, Value otherwise,
    function_ref<void(const KernelFunctions::Phase &)> emitPhase) {
  Block *unknown = code.addBlock();
  SmallVector<Block *> blocks;
  SmallVector<int32_t> numbers;
  for (unsigned number = 0; number < kernel.phases.size(); ++number) {
    blocks.push_back(code.addBlock());
    numbers.push_back(number);
  }
  LLVM::SwitchOp::create(builder, code.loc, phase, unknown, ValueRange(),
                         numbers, blocks,
                         SmallVector<ValueRange>(blocks.size()));
  code.enter(unknown);
  code.leave(otherwise);
  for (auto [block, entry] : llvm::zip(blocks, kernel.phases)) {
    code.enter(block);
    emitPhase(entry);
  }
}

void EntryPointEmitter::emitGrid() {
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  EntryCode code = begin(name + "_grid", builder.getI64Type(),
                         {pointer, builder.getI32Type()});
  SmallVector<Value> operands = readArguments(code, /*negate=*/true);
  Value shared = getSizes(code, operands).first;
  requireMemory(code, getExtra(code, 0), shared, /*negate=*/true);
  appendBytes(code, operands, getExtra(code, 0), shared);
  switchOnPhase(code, getExtra(code, 1),
                statusOf(code, Status::tile, /*negate=*/true),
                [&](const KernelFunctions::Phase &phase) {
                  if (phase.prepare)
                    code.call(phase.prepare, operands);
                  code.leave(code.call(phase.grid, operands));
                });
}

void EntryPointEmitter::emitTile() {
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  EntryCode code =
      begin(name + "_tile", builder.getI32Type(),
            {pointer, pointer, builder.getI32Type(), builder.getI64Type()});
  SmallVector<Value> operands = readArguments(code, /*negate=*/false);
  auto [shared, perWorker] = getSizes(code, operands);
  requireMemory(code, getExtra(code, 0), shared, /*negate=*/false);
  requireMemory(code, getExtra(code, 1), perWorker, /*negate=*/false);
  Value tile = getExtra(code, 3);
  appendBytes(code, operands, getExtra(code, 0), shared);
  Value noTile = statusOf(code, Status::tile, /*negate=*/false);
  Value ok = statusOf(code, Status::ok, /*negate=*/false);
  Value scratchSize = perWorker;
  switchOnPhase(code, getExtra(code, 2), noTile,
                [&](const KernelFunctions::Phase &phase) {
                  Value tiles = code.call(phase.grid, operands);
                  code.leaveIf(
                      code.compare(LLVM::ICmpPredicate::uge, tile, tiles),
                      noTile);
                  SmallVector<Value> all(operands);
                  appendBytes(code, all, getExtra(code, 1), scratchSize);
                  all.push_back(tile);
                  code.call(phase.tile, all);
                  code.leave(ok);
                });
}

LLVM::LLVMFuncOp EntryPointEmitter::emit(StringRef checkName,
                                         LLVM::LLVMFuncOp cpuCheck) {
  emitCheck(checkName, cpuCheck);
  callInWorkspace = emitCallInWorkspace();
  LLVM::LLVMFuncOp plainCall = emitPlainCall();
  emitWorkspaceSize();
  emitPhases();
  emitGrid();
  emitTile();
  return plainCall;
}

} // namespace mlir::attn
