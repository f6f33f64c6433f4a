//===- CPUCheck.cpp - testing the CPU at run time -------------------------===//
//
// The function emitted, in C:
//
//   static int32_t state;                        // 0 unknown, 1 yes, 2 no
//   bool attn_cpu_is_supported(void) {
//     int32_t known = atomic_load_relaxed(&state);
//     if (known) return known == 1;
//     bool ok = cpuid(0).eax >= 7 && (cpuid(7).ebx & MASK) == MASK && ...;
//     if (ok && (cpuid(1).ecx & OSXSAVE)) ok = (xgetbv(0) & XCR0) == XCR0; ...
//     atomic_store_relaxed(&state, ok ? 1 : 2);
//     return ok;
//   }
//
// CPUID of a leaf that does not exist returns other data but does not fault, so
// all leaves are read in one straight line and the answer is a conjunction.
// CPUID is slow under virtualisation (microseconds), hence the variable;
// threads that race on it store the same value.
//
// Covered by test/Compiler/emit-entry-points-cpu.mlir and by
// test/Tools/attn-compile/plain-call.test.
//
//===----------------------------------------------------------------------===//

#include "CPUCheck.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::attn {

namespace {
/// Emits the body of the check.
class CheckEmitter {
public:
  CheckEmitter(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  Value constant(uint32_t value) {
    return LLVM::ConstantOp::create(
        builder, loc, builder.getI32IntegerAttr(static_cast<int32_t>(value)));
  }
  Value isAtLeast(Value value, uint32_t bound) {
    return LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::uge, value,
                                constant(bound));
  }
  Value hasBits(Value value, uint32_t mask) {
    Value bits = LLVM::AndOp::create(builder, loc, value, constant(mask));
    return LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq, bits,
                                constant(mask));
  }
  /// One result register of CPUID.
  Value cpuid(uint32_t leaf, uint32_t subleaf, CPUIDRegister reg);
  /// The low half of XCR0.
  Value xgetbv();
  /// The conjunction of everything that `features` ask of CPUID.
  Value testFeatures(ArrayRef<const X86Feature *> features);

private:
  Value assembly(StringRef text, StringRef constraints, ValueRange operands,
                 unsigned numResults, unsigned result);

  OpBuilder &builder;
  Location loc;
};
} // namespace

Value CheckEmitter::assembly(StringRef text, StringRef constraints,
                             ValueRange operands, unsigned numResults,
                             unsigned result) {
  Type i32 = builder.getI32Type();
  auto type = LLVM::LLVMStructType::getLiteral(
      builder.getContext(), SmallVector<Type>(numResults, i32));
  auto op = LLVM::InlineAsmOp::create(
      builder, loc, TypeRange(type), operands, text, constraints,
      /*has_side_effects=*/true, /*is_align_stack=*/false,
      LLVM::TailCallKind::None,
      LLVM::AsmDialectAttr::get(builder.getContext(), LLVM::AsmDialect::AD_ATT),
      /*operand_attrs=*/ArrayAttr());
  return LLVM::ExtractValueOp::create(builder, loc, op.getResult(0),
                                      ArrayRef<int64_t>(result));
}

Value CheckEmitter::cpuid(uint32_t leaf, uint32_t subleaf, CPUIDRegister reg) {
  return assembly("cpuid", "={ax},={bx},={cx},={dx},{ax},{cx}",
                  {constant(leaf), constant(subleaf)}, /*numResults=*/4,
                  static_cast<unsigned>(reg));
}

Value CheckEmitter::xgetbv() {
  return assembly("xgetbv", "={ax},={dx},{cx}", {constant(0)}, /*numResults=*/2,
                  /*result=*/0);
}

Value CheckEmitter::testFeatures(ArrayRef<const X86Feature *> features) {
  using Word = std::tuple<uint32_t, uint32_t, CPUIDRegister>;
  llvm::MapVector<Word, uint32_t> masks;
  for (const X86Feature *feature : features)
    masks[{feature->leaf, feature->subleaf, feature->reg}] |= 1u
                                                              << feature->bit;
  Value all;
  auto require = [&](Value condition) {
    all = all ? LLVM::AndOp::create(builder, loc, all, condition) : condition;
  };
  for (const auto &[word, mask] : masks) {
    auto [leaf, subleaf, reg] = word;
    // The first leaf of each range (0, 0x80000000) holds the last one.
    require(isAtLeast(cpuid(leaf & 0x80000000, 0, CPUIDRegister::EAX), leaf));
    // Leaf 7 holds the number of its last subleaf.
    if (subleaf > 0)
      require(isAtLeast(cpuid(leaf, 0, CPUIDRegister::EAX), subleaf));
    require(hasBits(cpuid(leaf, subleaf, reg), mask));
  }
  return all;
}

/// Adds the variable that keeps the answer.
static LLVM::GlobalOp createState(ModuleOp module, SymbolTable &symbols) {
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  auto state = LLVM::GlobalOp::create(
      builder, module.getLoc(), builder.getI32Type(), /*isConstant=*/false,
      LLVM::Linkage::Internal, "attn_cpu_state", builder.getI32IntegerAttr(0));
  symbols.insert(state);
  return state;
}

LLVM::LLVMFuncOp emitCPUCheck(ModuleOp module, SymbolTable &symbols,
                              ArrayRef<const X86Feature *> features) {
  constexpr uint32_t osxsave = 1u << 27; // CPUID leaf 1, ECX
  LLVM::GlobalOp state = createState(module, symbols);
  Location loc = module.getLoc();
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Type i1 = builder.getI1Type(), i32 = builder.getI32Type();
  auto func = LLVM::LLVMFuncOp::create(builder, loc, kCPUCheckName,
                                       LLVM::LLVMFunctionType::get(i1, {}),
                                       LLVM::Linkage::Internal);
  symbols.insert(func);
  func.setNoUnwind(true);
  func.setTargetCpu("x86-64");

  Block *entry = func.addEntryBlock(builder);
  Region &body = func.getBody();
  auto addBlock = [&](ArrayRef<Type> types) {
    return builder.createBlock(&body, body.end(), types,
                               SmallVector<Location>(types.size(), loc));
  };
  Block *known = addBlock({}), *probe = addBlock({}), *registers = addBlock({});
  Block *remember = addBlock({i1});
  CheckEmitter emitter(builder, loc);

  builder.setInsertionPointToEnd(entry);
  Value address = LLVM::AddressOfOp::create(builder, loc, state);
  Value value = LLVM::LoadOp::create(
      builder, loc, i32, address, /*alignment=*/4, /*isVolatile=*/false,
      /*isNonTemporal=*/false, /*isInvariant=*/false,
      /*isInvariantGroup=*/false, LLVM::AtomicOrdering::monotonic);
  LLVM::CondBrOp::create(builder, loc, emitter.isAtLeast(value, 1), known,
                         probe);

  builder.setInsertionPointToEnd(known);
  Value isSupported = LLVM::ICmpOp::create(
      builder, loc, LLVM::ICmpPredicate::eq, value, emitter.constant(1));
  LLVM::ReturnOp::create(builder, loc, isSupported);

  // XGETBV faults unless CPUID says that the operating system enabled it.
  uint32_t xcr0 = 0;
  for (const X86Feature *feature : features)
    xcr0 |= getXCR0Mask(feature->state);
  builder.setInsertionPointToEnd(probe);
  Value hasFeatures = emitter.testFeatures(features);
  if (xcr0 == 0) {
    LLVM::BrOp::create(builder, loc, hasFeatures, remember);
    registers->erase();
  } else {
    Value hasXGETBV =
        emitter.hasBits(emitter.cpuid(1, 0, CPUIDRegister::ECX), osxsave);
    Value proceed = LLVM::AndOp::create(builder, loc, hasFeatures, hasXGETBV);
    LLVM::CondBrOp::create(builder, loc, proceed, registers, ValueRange(),
                           remember, proceed);
    builder.setInsertionPointToEnd(registers);
    LLVM::BrOp::create(builder, loc, emitter.hasBits(emitter.xgetbv(), xcr0),
                       remember);
  }

  builder.setInsertionPointToEnd(remember);
  Value answer = remember->getArgument(0);
  Value code = LLVM::SelectOp::create(builder, loc, answer, emitter.constant(1),
                                      emitter.constant(2));
  LLVM::StoreOp::create(builder, loc, code, address, /*alignment=*/4,
                        /*isVolatile=*/false, /*isNonTemporal=*/false,
                        /*isInvariantGroup=*/false,
                        LLVM::AtomicOrdering::monotonic);
  LLVM::ReturnOp::create(builder, loc, answer);
  return func;
}

} // namespace mlir::attn
