//===- System.h - complete attention layers as text ------------*- C++ -*-===//
//
// A system is a layer as a paper has it: a recurrent one between its
// projections, short convolution, normalisation and gates in `linalg` and
// `arith` around one `attn` operation; others with what their definition has.
// Layers of any shape are written as text, and described as JSON so that any
// harness can feed them; `--op=linear` and `--op=recurrent` write the bare
// operation the same way.
//
//   SystemOptions options;
//   options.name = "gated_delta_net";
//   options.finalState = true;
//   if (llvm::Error e = verifySystem(options)) ...
//   llvm::outs() << printSystem(options);
//
// A system is one entry of the registry and one function in
// lib/Problems/Systems. Covered by test/Tools/attn-gen/systems.test and
// test/Systems/.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PROBLEMS_SYSTEM_H
#define ATTN_PROBLEMS_SYSTEM_H

#include "attn/Problems/Functions.h"
#include "attn/Problems/Problem.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace mlir::attn {

class Layer;

/// What a layer of softmax attention asks of `attn.dense`.
struct AttentionFeatures {
  bool causal = false;
  /// Keys to the left and right of the query's place, inclusive; -1 is
  /// unbounded.
  std::optional<std::array<int64_t, 2>> window;
  std::optional<double> scale, softcap;
  bool sink = false;
  bool alibi = false;
  bool lse = false;
};

/// Sizes and choices of a layer.
struct SystemOptions {
  /// A name of the registry, or `linear` and `recurrent` for the bare op.
  std::string name;
  /// The system's integer arguments, all of them.
  std::vector<int64_t> arguments;

  int64_t batch = 1;
  int64_t heads = 8;
  int64_t kvHeads = 8;
  int64_t valueHeads = 8;
  int64_t tokens = 128;
  /// Of attention layers: inputs, or tokens that are there already.
  int64_t keys = 128;
  /// Features of a query and key, which are the rows of the state.
  int64_t width = 64;
  int64_t valueWidth = 64;
  /// Element type of the sequences: f16, bf16, f32 or f64.
  std::string elementType = "f32";
  /// Axis::Batch, Axis::Head, Axis::Query and Axis::Key: sizes left to run
  /// time.
  std::set<Axis> dynamic;
  Storage storage = Storage::BHTD;

  /// Tokens per chunk, written on the op; 0 leaves the choice to the compiler.
  int64_t chunk = 0;
  bool initialState = false;
  bool finalState = false;
  /// Sequences packed along the tokens; 0 for none.
  int64_t sequences = 0;
  AttentionFeatures attention;

  bool isPacked() const { return sequences > 0; }
  /// f64 for f64 layers, else f32: gates, parameters and states.
  llvm::StringRef wideType() const {
    return elementType == "f64" ? "f64" : "f32";
  }
};

/// What the bare op has beside queries, keys and values.
struct StateOpOptions {
  enum class Gate { None, PerHead, PerToken, PerRow };
  enum class Correction { None, Beta, RankOne };
  enum class Normalizer { None, KeySum, MaxExp };
  /// attn.recurrent in place of attn.linear.
  bool isRecurrent = false;
  Gate gate = Gate::None;
  Correction correction = Correction::None;
  Normalizer normalizer = Normalizer::None;
  bool readBefore = false;
  bool bonus = false;
  /// A decay per element of the state, exp(dt * rate).
  bool elementDecay = false;
  bool transition = false;
  std::optional<double> scale;
  std::optional<double> epsilon;
};

/// Which numbers of heads a system takes.
enum class HeadCounts {
  /// One number for queries, keys and values.
  Equal,
  /// Key heads are shared by value heads, and value heads by query heads or
  /// query heads by value heads.
  Grouped,
  /// Key and value heads are shared by query heads.
  Shared,
};

/// Which flags of sizes and features a system takes beside those of all.
enum class SystemFamily {
  /// A state runs along the tokens: chunks, states, packed sequences.
  State,
  /// Softmax attention over a second sequence: its length.
  Attention,
  /// States as caches, which grow along the second sequence.
  Cached,
  /// Likewise, and the features of attention, states as caches.
  CachedAttention,
};

/// Sizes of a system where the command line gives none.
struct SystemDefaults {
  int64_t heads = 8;
  /// 0 for as many as there are key heads.
  int64_t valueHeads = 0;
  /// For systems whose `--state-width` is the number of rows of the state; 0
  /// where that is `--width`.
  int64_t stateWidth = 0;
  /// 0 for the width.
  int64_t valueWidth = 0;
};

struct System {
  const char *name;
  /// One line: what it is, and the source.
  const char *summary;
  /// What of the paper's layer is not here.
  const char *omits;
  std::vector<FunctionParameter> parameters;
  HeadCounts heads;
  SystemDefaults defaults;
  /// Writes the layer; the options are valid.
  void (*write)(Layer &layer, const SystemOptions &options);
  /// What the system alone does not take; may be null.
  llvm::Error (*verify)(const SystemOptions &options);
  SystemFamily family = SystemFamily::State;
};

/// All systems, in the order of `--list-systems`.
llvm::ArrayRef<System> systems();

/// The system of that name, or null.
const System *findSystem(llvm::StringRef name);

/// Says what is wrong with the numbers and names of a system.
llvm::Error verifySystem(const SystemOptions &options);

/// The layer as a module with one public function of the system's name.
std::string printSystem(const SystemOptions &options);

/// Inputs, outputs and parameters of the layer as one JSON object.
llvm::json::Object describeSystem(const SystemOptions &options);

/// The same for the bare op, whose name is `linear` or `recurrent`.
llvm::Error verifyStateOp(const SystemOptions &options,
                          const StateOpOptions &op);
std::string printStateOp(const SystemOptions &options,
                         const StateOpOptions &op);
llvm::json::Object describeStateOp(const SystemOptions &options,
                                   const StateOpOptions &op);

} // namespace mlir::attn

#endif // ATTN_PROBLEMS_SYSTEM_H
