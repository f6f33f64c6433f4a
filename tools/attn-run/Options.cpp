//===- Options.cpp - the command line of attn-run -------------------------===//
//
// Covered by test/Tools/attn-run/options.test.
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "attn/Compiler/GPUCompiler.h"
#include "attn/Compiler/Status.h"
#include "attn/Compiler/Version.h"
#include "attn/Target/GPUTarget.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>
#include <functional>
#include <thread>

using namespace mlir::attn;
namespace cl = llvm::cl;

namespace {
/// The flags as LLVM's parser sees them, in the order of --help. They are made
/// only when the command line is parsed: libLLVM registers options of its own,
/// among them one called --threads, which have to be dropped before.
struct Flags {
  cl::OptionCategory category{"attn-run options"};

  cl::opt<std::string> input{
      cl::Positional, cl::desc("<input file, - for stdin>"), cl::cat(category)};
  cl::opt<std::string> entry{
      "entry", cl::value_desc("name"),
      cl::desc("function to run (default: the only public one)"),
      cl::cat(category)};
  cl::list<std::string> inputs{
      "input", cl::value_desc("x.npy"),
      cl::desc("one input, in the order of the arguments"), cl::cat(category)};
  cl::list<std::string> outputs{
      "output", cl::value_desc("o.npy"),
      cl::desc("where to write one output, in the order of the results"),
      cl::cat(category)};
  cl::opt<uint64_t> seed{"seed", cl::value_desc("n"),
                         cl::desc("generate the inputs that no --input gives"),
                         cl::cat(category)};
  cl::list<std::string> shapes{
      "shape", cl::value_desc("q=1x8x77x64,..."), cl::CommaSeparated,
      cl::desc("sizes of arguments with dynamic dimensions; ? leaves one "
               "open"),
      cl::cat(category)};
  cl::opt<Layout> layout{
      "layout", cl::desc("how tensors lie in memory (default: contiguous)"),
      cl::init(Layout::contiguous),
      cl::values(clEnumValN(Layout::contiguous, "contiguous", "row after row"),
                 clEnumValN(Layout::padded, "padded",
                            "gaps between rows, which must stay as they are"),
                 clEnumValN(Layout::bthd, "bthd",
                            "dimensions 1 and 2 of rank-4 tensors exchanged")),
      cl::cat(category)};
  cl::opt<bool> guard{
      "guard",
      cl::desc("run twice, every tensor flush against an inaccessible page, at "
               "its end and at its start; a kernel that reads or writes there "
               "crashes, and both runs must give the same bits"),
      cl::cat(category)};
  cl::opt<bool> inPlace{
      "in-place",
      cl::desc("pass one tensor for an output and the input whose place it may "
               "have, as a caller who updates a state does"),
      cl::cat(category)};
  cl::opt<std::string> target{
      "target", cl::init("native"), cl::value_desc("cpu"),
      cl::desc("as for attn-compile (default: native)"), cl::cat(category)};
  cl::opt<bool> emulate{
      "emulate",
      cl::desc("run the kernel for a GPU, --target=sm_90a, in the emulator"),
      cl::cat(category)};
  cl::opt<uint64_t> emulationSeed{
      "emulation-seed", cl::init(1), cl::value_desc("n"),
      cl::desc("draw the orders of threads and the delays of copies from this "
               "seed (default: 1)"),
      cl::cat(category)};
  cl::opt<unsigned> emulationRuns{
      "emulation-runs", cl::init(1), cl::value_desc("n"),
      cl::desc("run with this many seeds, which must give the same bits "
               "(default: 1)"),
      cl::cat(category)};
  cl::opt<PipelineKind> pipeline{
      "pipeline", cl::desc("how to lower (default: cpu)"),
      cl::init(PipelineKind::cpu),
      cl::values(
          clEnumValN(PipelineKind::cpu, "cpu", "fast kernels"),
          clEnumValN(PipelineKind::reference, "reference", "plain loops"),
          clEnumValN(PipelineKind::plain, "plain",
                     "plain loops by the fewest passes")),
      cl::cat(category)};
  cl::opt<unsigned> threads{
      "threads", cl::init(1), cl::value_desc("n"),
      cl::desc("threads to run on; 0 for all of the machine (default: "
               "1)"),
      cl::cat(category)};
  cl::opt<unsigned> repeat{
      "repeat", cl::init(0), cl::value_desc("n"),
      cl::desc("time this many runs, beside the machine's peak"),
      cl::cat(category)};
  cl::opt<bool> peak{
      "peak",
      cl::desc("measure the machine's peak; alone, print each instruction "
               "mix and the read bandwidth"),
      cl::cat(category)};
  cl::opt<std::string> compare{
      "compare", cl::value_desc("reference|o.npy,..."),
      cl::desc("compare the outputs with the reference pipeline's or "
               "with files; exit with 1 where they differ"),
      cl::cat(category)};
  cl::opt<double> relative{"rtol", cl::value_desc("x"),
                           cl::desc("allowed error relative to the reference "
                                    "(default: by element type)"),
                           cl::cat(category)};
  cl::opt<double> absolute{"atol", cl::value_desc("x"),
                           cl::desc("allowed absolute error (default: by "
                                    "element type)"),
                           cl::cat(category)};
  cl::opt<bool> bisect{
      "bisect-stages",
      cl::desc("run what each stage leaves, by the plain pipeline, and name "
               "the first stage and pass whose result departs from the "
               "reference, or from the files of --compare"),
      cl::cat(category)};
  cl::list<std::string> addedPasses{
      "add-passes", cl::value_desc("stage:passes"),
      cl::desc("as for attn-compile: end a stage with these passes"),
      cl::cat(category)};
  cl::list<std::string> plugins{
      "load-pass-plugin", cl::value_desc("lib.so"),
      cl::desc("load a library of passes, for --add-passes"),
      cl::cat(category)};
  cl::opt<bool> print{"print", cl::desc("print the outputs"),
                      cl::cat(category)};
  cl::opt<bool> json{
      "json", cl::desc("print one JSON object to stdout, all else to stderr"),
      cl::cat(category)};

  /// The first flag that says something about a run, if any.
  llvm::StringRef getRunFlag() const {
    for (const cl::Option &option :
         std::initializer_list<std::reference_wrapper<const cl::Option>>{
             entry, inputs, outputs, seed, shapes, guard, inPlace, repeat,
             compare, bisect, print})
      if (option.getNumOccurrences() > 0)
        return option.ArgStr;
    return {};
  }
};
} // namespace

template <typename T> static std::optional<T> getIfGiven(cl::opt<T> &option) {
  if (option.getNumOccurrences() == 0)
    return std::nullopt;
  return option.getValue();
}

static void printVersion(llvm::raw_ostream &os) {
  os << "attn " << getVersion() << " (ABI " << kABIVersion << ", LLVM "
     << LLVM_VERSION_STRING << ")\n";
}

RunOptions mlir::attn::parseOptions(int argc, char **argv) {
  cl::ResetCommandLineParser();
  Flags flags;
  cl::HideUnrelatedOptions(flags.category);
  cl::SetVersionPrinter(printVersion);
  cl::ParseCommandLineOptions(
      argc, argv,
      "compiles a module of attention ops, runs it, compares and times it\n");
  auto fail = [](const llvm::Twine &message) {
    llvm::errs() << "attn-run: error: " << message << "\n";
    std::exit(1);
  };
  if (flags.input.empty() && !flags.peak)
    fail("expected an input file, or --peak");
  if (flags.input.empty() && !flags.getRunFlag().empty())
    fail("expected an input file with --" + flags.getRunFlag());

  RunOptions options;
  options.input = flags.input;
  options.entry = flags.entry;
  options.inputs = flags.inputs;
  options.outputs = flags.outputs;
  options.seed = getIfGiven(flags.seed);
  options.shapes = flags.shapes;
  options.layout = flags.layout;
  options.guard = flags.guard;
  options.inPlace = flags.inPlace;
  options.target = flags.target;
  options.emulate = flags.emulate;
  options.emulationSeed = flags.emulationSeed;
  options.emulationRuns = flags.emulationRuns;
  if (flags.emulate && !GPUTarget::isGPU(flags.target))
    fail("expected a GPU as --target with --emulate");
  options.pipeline = flags.pipeline;
  options.threads = flags.threads
                        ? flags.threads
                        : std::max(1u, std::thread::hardware_concurrency());
  options.repeat = flags.repeat;
  options.peak = flags.peak;
  options.compare = flags.compare;
  options.rtol = getIfGiven(flags.relative);
  options.atol = getIfGiven(flags.absolute);
  options.bisectStages = flags.bisect;
  for (llvm::StringRef text : flags.addedPasses) {
    auto [stage, passes] = text.split(':');
    options.addedPasses.push_back({stage.str(), passes.str()});
  }
  options.plugins = flags.plugins;
  options.print = flags.print;
  options.json = flags.json;
  return options;
}
