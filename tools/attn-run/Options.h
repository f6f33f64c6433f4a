//===- Options.h - the command line of attn-run ----------------*- C++ -*-===//

#ifndef ATTN_RUN_OPTIONS_H
#define ATTN_RUN_OPTIONS_H

#include "attn/Compiler/Compiler.h"
#include "attn/Runtime/HostTensor.h"
#include <optional>
#include <string>
#include <vector>

namespace mlir::attn {

/// What the user asked for; every member is one flag.
struct RunOptions {
  /// The file to run; empty with `--peak` alone.
  std::string input;
  std::string entry;
  std::vector<std::string> inputs, outputs;
  std::optional<uint64_t> seed;
  std::vector<std::string> shapes;
  Layout layout = Layout::contiguous;
  bool guard = false;
  /// One tensor for an output and the input whose place it may have.
  bool inPlace = false;

  std::string target;
  /// Run a GPU kernel in the emulator, with this seed and those after it.
  bool emulate = false;
  uint64_t emulationSeed = 1;
  unsigned emulationRuns = 1;
  PipelineKind pipeline = PipelineKind::cpu;
  unsigned threads = 1;
  /// 0 runs once, without timing.
  unsigned repeat = 0;
  bool peak = false;

  /// "reference", files separated by commas, or empty.
  std::string compare;
  std::optional<double> rtol, atol;
  /// Names the first stage whose result departs from the reference.
  bool bisectStages = false;
  std::vector<AddedPasses> addedPasses;
  std::vector<std::string> plugins;
  bool print = false;
  bool json = false;
};

/// Parses the command line; a fault in it is reported and ends the process
/// with exit code 1.
RunOptions parseOptions(int argc, char **argv);

} // namespace mlir::attn

#endif // ATTN_RUN_OPTIONS_H
