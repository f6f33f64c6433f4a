//===- PassOptions.cpp - attn-opt's flags about passes --------------------===//
//
//   attn-compile layer.mlir --mlir-print-ir-after=attn-tile -o layer.o
//   attn-compile layer.mlir --remarks-filter=attn -o layer.o
//
// The pass manager's flags are MLIR's own. Those of remarks belong to mlir-opt
// and come with all of its other flags, so they are defined here, with the same
// names and meaning.
//
// Covered by test/Tools/attn-compile/pass-manager.test and remarks.mlir.
//
//===----------------------------------------------------------------------===//

#include "PassOptions.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Remark/RemarkStreamer.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::attn;
namespace cl = llvm::cl;

namespace {
enum class RemarkOutput { terminal, yaml, bitstream };

/// Registers the passes of a library.
static llvm::Error loadPlugin(const std::string &path) {
  llvm::Expected<PassPlugin> plugin = PassPlugin::load(path);
  if (!plugin)
    return plugin.takeError();
  plugin->registerPassRegistryCallbacks();
  return llvm::Error::success();
}

struct Flags {
  /// While the command line is parsed: flags behind it can name its passes.
  std::string pluginErrors;
  cl::list<std::string> plugins{
      "load-pass-plugin", cl::value_desc("lib.so"),
      cl::desc("load a library of passes, to name them in the flags behind"),
      cl::callback([this](const std::string &path) {
        if (llvm::Error error = loadPlugin(path))
          pluginErrors += llvm::toString(std::move(error));
      })};
  cl::opt<std::string> remarks{
      "remarks-filter", cl::value_desc("regex"),
      cl::desc("report the remarks of these categories, such as attn.*")};
  cl::opt<std::string> passed{"remarks-filter-passed", cl::value_desc("regex"),
                              cl::desc("same, only of what was done")};
  cl::opt<std::string> missed{
      "remarks-filter-missed", cl::value_desc("regex"),
      cl::desc("same, only of what could not be done, and why")};
  cl::opt<std::string> failed{
      "remarks-filter-failed", cl::value_desc("regex"),
      cl::desc("same, only of what was tried and failed")};
  cl::opt<std::string> analysis{"remarks-filter-analyse",
                                cl::value_desc("regex"),
                                cl::desc("same, only of what was found out")};
  cl::opt<RemarkOutput> format{
      "remark-format", cl::desc("how to report them (default: emitRemark)"),
      cl::init(RemarkOutput::terminal),
      cl::values(
          clEnumValN(RemarkOutput::terminal, "emitRemark", "to the terminal"),
          clEnumValN(RemarkOutput::yaml, "yaml", "as a YAML file"),
          clEnumValN(RemarkOutput::bitstream, "bitstream",
                     "as LLVM's binary file"))};
  cl::opt<std::string> file{
      "remarks-output-file", cl::value_desc("file"),
      cl::desc("where to write them (default: mlir-remarks.yaml or "
               "mlir-remarks.bitstream)")};
};
} // namespace

/// Made when the options are registered, and never destroyed: LLVM's parser
/// keeps pointers to it.
static Flags *flags = nullptr;

void mlir::attn::registerPassOptions(cl::OptionCategory &category) {
  llvm::SmallPtrSet<cl::Option *, 16> before;
  for (auto &[name, option] : cl::getRegisteredOptions())
    before.insert(option);
  flags = new Flags;
  registerPassManagerCLOptions();
  registerDefaultTimingManagerCLOptions();
  registerAsmPrinterCLOptions();
  for (auto &[name, option] : cl::getRegisteredOptions())
    if (!before.contains(option))
      option->addCategory(category);
}

llvm::Error mlir::attn::checkPassPlugins() {
  if (flags->pluginErrors.empty())
    return llvm::Error::success();
  return llvm::createStringError(flags->pluginErrors);
}

/// The categories of `option`, or of all remarks.
static std::optional<std::string>
getFilter(const cl::opt<std::string> &option) {
  const std::string &filter = option.empty() ? flags->remarks : option;
  return filter.empty() ? std::nullopt : std::optional(filter);
}

llvm::Error mlir::attn::enableRemarks(MLIRContext &context) {
  remark::RemarkCategories categories;
  categories.all = getFilter(flags->remarks);
  categories.passed = getFilter(flags->passed);
  categories.missed = getFilter(flags->missed);
  categories.failed = getFilter(flags->failed);
  categories.analysis = getFilter(flags->analysis);
  if (!categories.passed && !categories.missed && !categories.failed &&
      !categories.analysis)
    return llvm::Error::success();
  auto policy = std::make_unique<remark::RemarkEmittingPolicyAll>();
  LogicalResult enabled = success();
  if (flags->format == RemarkOutput::terminal) {
    enabled = remark::enableOptimizationRemarks(context, /*streamer=*/nullptr,
                                                std::move(policy), categories,
                                                /*printAsEmitRemarks=*/true);
  } else {
    bool isYAML = flags->format == RemarkOutput::yaml;
    std::string path = flags->file;
    if (path.empty())
      path = isYAML ? "mlir-remarks.yaml" : "mlir-remarks.bitstream";
    enabled = remark::enableOptimizationRemarksWithLLVMStreamer(
        context, path,
        isYAML ? llvm::remarks::Format::YAML : llvm::remarks::Format::Bitstream,
        std::move(policy), categories);
  }
  if (::mlir::failed(enabled))
    return llvm::createStringError("cannot set up remarks");
  return llvm::Error::success();
}

LogicalResult mlir::attn::configurePasses(PassManager &passes) {
  return applyPassManagerCLOptions(passes);
}
