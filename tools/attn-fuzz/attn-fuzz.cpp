//===- attn-fuzz.cpp - inputs that nobody would write ---------------------===//
//
//   attn-fuzz --runs=2000 --jobs=2 test/Fuzz/Inputs/Seeds        change seeds,
//   judge attn-fuzz --first=1234 --print test/Fuzz/Inputs/Seeds        show one
//   such input attn-fuzz --replay test/Fuzz/Inputs/Crashers judge files as they
//   are
//
// Every input must end in an error, or in a kernel that agrees with the
// reference pipeline, within 60 s and 4 GiB; anything else is a fault, printed
// and, with --save, kept as a file. Exit codes: 0 no fault, 1 faults.
//
// Covered by test/Fuzz.
//
//===----------------------------------------------------------------------===//

#include "Mutate.h"
#include "Workers.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::attn;
namespace cl = llvm::cl;

static cl::OptionCategory category("attn-fuzz options");
static cl::list<std::string> paths(cl::Positional, cl::OneOrMore,
                                   cl::desc("<.mlir files or folders>"),
                                   cl::cat(category));
static cl::opt<uint64_t> seed("seed", cl::init(1), cl::cat(category),
                              cl::desc("seed of all inputs (default: 1)"));
static cl::opt<uint64_t> first("first", cl::init(0), cl::cat(category),
                               cl::desc("number of the first input"));
static cl::opt<uint64_t> runs("runs", cl::init(2000), cl::cat(category),
                              cl::desc("how many inputs (default: 2000)"));
static cl::opt<unsigned> jobs("jobs", cl::init(1), cl::cat(category),
                              cl::desc("processes at once (default: 1)"));
static cl::opt<bool> print("print", cl::cat(category),
                           cl::desc("print input --first and stop"));
static cl::opt<bool> replay("replay", cl::cat(category),
                            cl::desc("judge the files, unchanged"));
static cl::opt<bool> verbose("verbose", cl::cat(category),
                             cl::desc("print every verdict"));
static cl::opt<std::string> save("save", cl::cat(category),
                                 cl::desc("folder for inputs at fault"));

static int fail(llvm::Error error) {
  llvm::errs() << "attn-fuzz: error: " << llvm::toString(std::move(error))
               << "\n";
  return 1;
}

static llvm::Error saveInput(uint64_t number, StringRef text) {
  SmallString<128> path(save.getValue());
  if (std::error_code code = llvm::sys::fs::create_directories(path))
    return llvm::createStringError(path + ": " + code.message());
  llvm::sys::path::append(path, "input-" + Twine(number) + ".mlir");
  std::error_code code;
  llvm::raw_fd_ostream os(path, code);
  if (code)
    return llvm::createStringError(path + ": " + code.message());
  os << text;
  return llvm::Error::success();
}

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "changes programs and judges what the compiler makes of it\n");
  llvm::Expected<std::vector<std::string>> programs = readPrograms(paths);
  if (!programs)
    return fail(programs.takeError());
  Seeds seeds;
  if (!replay) {
    llvm::Expected<Seeds> made = makeSeeds(*programs);
    if (!made)
      return fail(made.takeError());
    seeds = std::move(*made);
  }
  auto input = [&](uint64_t number) {
    return replay ? (*programs)[number] : makeInput(seeds, seed, number);
  };
  if (print) {
    llvm::outs() << input(first);
    return 0;
  }
  WorkOptions options;
  options.first = replay ? 0 : first;
  options.count = replay ? programs->size() : runs;
  options.jobs = std::max(1u, jobs.getValue());
  options.verbose = verbose;
  Summary summary = judgeAll(options, input);
  if (!save.empty())
    for (const auto &[number, what] : summary.faults)
      if (llvm::Error error = saveInput(number, input(number)))
        return fail(std::move(error));
  auto count = [&](Outcome outcome) {
    return summary.outcomes[static_cast<unsigned>(outcome)];
  };
  llvm::outs() << options.count << " inputs: " << count(Outcome::unreadable)
               << " not read, " << count(Outcome::refused) << " refused, "
               << count(Outcome::compiled) + summary.meaningless
               << " compiled only, " << count(Outcome::right)
               << " run and right, " << summary.faults.size() << " faults\n";
  return summary.faults.empty() ? 0 : 1;
}
