//===- Source.cpp - reading a module --------------------------------------===//
//
// MLIR drops the names of values while parsing. A caller thinks of arguments by
// the names in the text, so these are looked up in the parser's record of
// source positions and kept as attributes:
//
//   func.func @f(%q: tensor<4xf32>)
// is read as
//   func.func @f(%q: tensor<4xf32> {attn.name = "q"})
//
// Covered by test/Tools/attn-compile/names.mlir.
//
//===----------------------------------------------------------------------===//

#include "ParserGuard.h"
#include "attn/Compiler/Compiler.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/AsmParser/AsmParserState.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::attn {

/// The text of `range`, without the percent sign; empty for `%0`, which is no
/// name.
static StringRef getValueName(SMRange range) {
  if (!range.isValid())
    return {};
  StringRef text(range.Start.getPointer(),
                 range.End.getPointer() - range.Start.getPointer());
  text.consume_front("%");
  return isCIdentifier(text) ? text : StringRef();
}

static void nameArguments(func::FuncOp func, const AsmParserState &state) {
  // What a stage left has its names recorded already.
  if (!func.isPublic() || func.isExternal() ||
      func->hasAttr(kSignatureAttrName))
    return;
  const AsmParserState::BlockDefinition *block =
      state.getBlockDef(&func.getBody().front());
  if (!block || block->arguments.size() != func.getNumArguments())
    return;
  for (auto [index, definition] : llvm::enumerate(block->arguments)) {
    StringRef name = getValueName(definition.loc);
    if (!name.empty() && !func.getArgAttr(index, kNameAttrName))
      func.setArgAttr(index, kNameAttrName,
                      StringAttr::get(func.getContext(), name));
  }
}

OwningOpRef<ModuleOp> parseSource(const llvm::SourceMgr &sourceMgr,
                                  MLIRContext &context) {
  const llvm::MemoryBuffer *buffer =
      sourceMgr.getMemoryBuffer(sourceMgr.getMainFileID());
  ParserConfig config(&context);
  if (isBytecode(*buffer))
    return parseSourceFile<ModuleOp>(sourceMgr, config);
  if (failed(checkParserSurvives(sourceMgr, context)))
    return nullptr;

  Block block;
  AsmParserState state;
  if (failed(parseAsmSourceFile(sourceMgr, &block, config, &state)))
    return nullptr;
  Location loc = FileLineColLoc::get(&context, buffer->getBufferIdentifier(),
                                     /*line=*/0, /*column=*/0);
  OwningOpRef<ModuleOp> module =
      detail::constructContainerOpForParserIfNecessary<ModuleOp>(&block,
                                                                 &context, loc);
  if (module)
    module->walk([&](func::FuncOp func) { nameArguments(func, state); });
  return module;
}

} // namespace mlir::attn
