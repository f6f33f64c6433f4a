//===- Header.cpp - C declarations of compiled functions ------------------===//
//
// Covered by test/Tools/attn-compile/header.mlir and plain-call.test.
//
//===----------------------------------------------------------------------===//

#include "attn/Compiler/Header.h"
#include "attn/Compiler/Status.h"
#include "attn/Compiler/Version.h"
#include "mlir/IR/BuiltinTypeInterfaces.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include <set>

namespace mlir::attn {

static constexpr StringLiteral kStatusText = R"(
#ifndef ATTN_ABI_VERSION
#define ATTN_ABI_VERSION {0}

/* What a call returns; nothing was read or written unless ATTN_STATUS_OK. */
enum attn_status {{
  ATTN_STATUS_OK = {1},
  ATTN_STATUS_NULL = {2},       /* a tensor is missing or has no data */
  ATTN_STATUS_RANK = {3},       /* a tensor has the wrong number of sizes */
  ATTN_STATUS_SIZE = {4},       /* a size is not the documented one */
  ATTN_STATUS_STRIDE = {5},     /* the innermost stride is not 1 */
  ATTN_STATUS_WORKSPACE = {6},  /* a workspace is missing or too small, or
                               memory ran out */
  ATTN_STATUS_INDEX_DATA = {7}, /* lengths or offsets are inconsistent */
  ATTN_STATUS_CPU = {8},        /* the CPU lacks the instruction set */
  ATTN_STATUS_TILE = {9}        /* there is no such phase or tile */
};
#elif ATTN_ABI_VERSION != {0}
#error "headers of different attn ABI versions are included together"
#endif
)";

static constexpr StringLiteral kIntroduction = R"(/* Made by attn {0} for {1}.
 *
 * Sizes and strides are counted in elements. The innermost stride must be 1
 * unless that size is at most 1; the others may have any value, also 0 for
 * inputs. Data is aligned to its element type. Outputs must not overlap inputs
 * or each other, but where one may have the place of an input, both may be one
 * tensor: the same data, sizes and strides. Sizes of one name below must be
 * equal. 16-bit floats are passed by their bits, booleans as 0 or 1. A call
 * returns a value of attn_status.
 *
 * NAME: the plain call. Allocates what it needs and frees it. `threads` is the
 *   number of threads to use where the object was compiled with threads; 0 or
 *   less lets it choose.
 * NAME_in_workspace: the same in the caller's memory; nothing is allocated
 *   unless `workspace` is null. Runs fewer threads where it has room for fewer.
 * NAME_workspace_size: the bytes that all workers share and the bytes that each
 *   one needs. A workspace for n workers has *shared + n * *per_worker bytes, of
 *   any alignment and content.
 *
 * The grid form, for a thread pool of the caller:
 *
 *   for (phase = 0; phase < NAME_phases(..); ++phase) {{
 *     tiles = NAME_grid(.., workspace, phase);
 *     in any order, by any number of workers, for each tile < tiles:
 *       NAME_tile(.., workspace, scratch of the worker, phase, tile);
 *     wait for all tiles of the phase; }
 *
 * with a workspace of *shared bytes and a scratch of *per_worker bytes for each
 * worker; they may be null where that is 0. One thread calls NAME_grid, once for
 * each phase, before its first tile, for it prepares the workspace. The result
 * has the same bits whatever the order and the number of workers.
 * NAME_phases and NAME_grid return a negated attn_status on failure.
 */
)";

static StringRef getCType(StringRef dtype) {
  return llvm::StringSwitch<StringRef>(dtype)
      .Case("f64", "double")
      .Case("f32", "float")
      .Cases({"f16", "bf16"}, "uint16_t")
      .Case("i1", "uint8_t")
      .Case("i8", "int8_t")
      .Case("i16", "int16_t")
      .Case("i32", "int32_t")
      .Cases({"i64", "index"}, "int64_t");
}

static std::string getStructName(const ArgumentInfo &info) {
  return llvm::formatv("attn_{0}_{1}d", info.dtype, info.shape.size());
}

/// The definition of the struct for `info`, guarded so that several generated
/// headers may hold it. A tensor of rank 0 has no sizes, as C has no empty
/// arrays.
static void printStruct(raw_ostream &os, const ArgumentInfo &info) {
  std::string name = getStructName(info);
  std::string guard = StringRef(name).upper() + "_DEFINED";
  os << "\n#ifndef " << guard << "\n#define " << guard << "\n";
  os << "typedef struct " << name << " {\n";
  os << "  " << getCType(info.dtype) << " *data;\n";
  if (size_t rank = info.shape.size()) {
    os << "  int64_t sizes[" << rank << "];\n";
    os << "  int64_t strides[" << rank << "];\n";
  }
  os << "} " << name << ";\n#endif\n";
}

/// `name`, with underscores behind it if an argument is called so.
static std::string getUnusedName(const Signature &function, StringRef name) {
  std::string result = name.str();
  while (llvm::any_of(function.args, [&](const ArgumentInfo &info) {
    return info.name == result;
  }))
    result += "_";
  return result;
}

/// The prototype of one entry point: the arguments of `function`, then `extra`.
static void printFunction(raw_ostream &os, StringRef result, StringRef suffix,
                          const Signature &function,
                          ArrayRef<std::string> extra) {
  SmallVector<std::string> parameters;
  for (const ArgumentInfo &info : function.args)
    parameters.push_back((info.isScalar
                              ? getCType(info.dtype).str() + " "
                              : "const " + getStructName(info) + " *") +
                         info.name);
  llvm::append_range(parameters, extra);
  if (parameters.empty())
    parameters.push_back("void");
  os << result << " " << function.name << suffix << "("
     << llvm::join(parameters, ",\n    ") << ");\n";
}

/// What a requirement says of the sizes called `names`.
static std::string describe(const Requirement &requirement,
                            const Signature &function,
                            const llvm::DenseMap<int64_t, std::string> &names) {
  auto size = [&](unsigned index) -> std::string {
    int64_t dimClass = requirement.sizes[index];
    for (const ArgumentInfo &info : function.args)
      for (auto [size, number] : llvm::zip(info.shape, info.dimClass))
        if (number == dimClass && !ShapedType::isDynamic(size))
          return std::to_string(size);
    return names.lookup(dimClass);
  };
  switch (requirement.rule) {
  case SizeRule::divides:
    return size(0) + " divides " + size(1);
  case SizeRule::eitherDivides:
    return "of " + size(0) + " and " + size(1) + " one divides the other";
  case SizeRule::largerOf:
    return size(0) + " is the larger of " + size(1) + " and " + size(2);
  case SizeRule::oneMore:
    return size(0) + " is " + size(1) + " + 1";
  case SizeRule::isOne:
    return size(0) + " is 1";
  case SizeRule::ascending:
    return function.args[*requirement.argument].name + " ascends from 0 to " +
           size(0) + " at most";
  }
  llvm_unreachable("a rule of another kind");
}

/// Documents the arguments of `function` and declares its entry points.
static void printPrototypes(raw_ostream &os, const Signature &function) {
  llvm::DenseMap<int64_t, std::string> names = nameSizes(function);
  os << "\n/* " << function.name << "\n";
  for (const ArgumentInfo &info : function.args) {
    os << " *   " << info.name << ": "
       << (info.role == ArgumentRole::input ? "input" : "output") << ", "
       << info.dtype;
    SmallVector<std::string> sizes;
    for (auto [size, dimClass] : llvm::zip(info.shape, info.dimClass))
      sizes.push_back(ShapedType::isDynamic(size) ? names.lookup(dimClass)
                                                  : std::to_string(size));
    if (!info.isScalar)
      os << " [" << llvm::join(sizes, ", ") << "]";
    else if (!info.dimClass.empty() && names.count(info.dimClass.front()))
      os << ", equal to " << names.lookup(info.dimClass.front());
    if (info.inPlaceOf)
      os << ", may have the place of " << function.args[*info.inPlaceOf].name;
    os << "\n";
  }
  for (const Requirement &requirement : function.requirements)
    os << " * " << describe(requirement, function, names) << "\n";
  os << " */\n";
  std::string workspace = getUnusedName(function, "workspace");
  std::string size = getUnusedName(function, "workspace_size");
  std::string phase = getUnusedName(function, "phase");
  printFunction(os, "int32_t", "", function, {"int32_t threads"});
  printFunction(os, "int32_t", "_in_workspace", function,
                {"void *" + workspace, "int64_t " + size, "int32_t threads"});
  printFunction(os, "int32_t", "_workspace_size", function,
                {"int64_t *" + getUnusedName(function, "shared"),
                 "int64_t *" + getUnusedName(function, "per_worker")});
  printFunction(os, "int32_t", "_phases", function, {});
  printFunction(os, "int64_t", "_grid", function,
                {"void *" + workspace, "int32_t " + phase});
  printFunction(
      os, "int32_t", "_tile", function,
      {"void *" + workspace, "void *" + getUnusedName(function, "scratch"),
       "int32_t " + phase, "int64_t " + getUnusedName(function, "tile")});
}

std::string emitHeader(ArrayRef<Signature> functions, StringRef target) {
  std::string text;
  llvm::raw_string_ostream os(text);
  std::string guard = "ATTN_KERNEL";
  for (const Signature &function : functions)
    guard += "_" + function.name;
  guard += "_H";

  os << llvm::formatv(kIntroduction.data(), getVersion(), target);
  os << "#ifndef " << guard << "\n#define " << guard << "\n\n";
  os << "#include <stdint.h>\n";
  auto code = [](Status status) { return static_cast<int32_t>(status); };
  os << llvm::formatv(kStatusText.data(), kABIVersion, code(Status::ok),
                      code(Status::nullPointer), code(Status::rank),
                      code(Status::size), code(Status::stride),
                      code(Status::workspace), code(Status::indexData),
                      code(Status::cpu), code(Status::tile));

  std::set<std::string> printed;
  for (const Signature &function : functions)
    for (const ArgumentInfo &info : function.args)
      if (!info.isScalar && printed.insert(getStructName(info)).second)
        printStruct(os, info);

  os << "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
  for (const Signature &function : functions)
    printPrototypes(os, function);
  os << "\n#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n";
  return text;
}

} // namespace mlir::attn
