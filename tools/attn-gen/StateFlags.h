//===- StateFlags.h - command line of linear and recurrent layers -*- C++ -*-=//
//
// Flags of `--system=NAME`, `--op=linear` and `--op=recurrent`, beside those
// that every problem has (Flags.h).
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTN_GEN_STATEFLAGS_H
#define ATTN_TOOLS_ATTN_GEN_STATEFLAGS_H

#include "Flags.h"

#include "attn/Problems/System.h"

namespace mlir::attn {

struct StateFlags {
  explicit StateFlags(llvm::cl::OptionCategory &category)
      : category(category) {}

  llvm::cl::OptionCategory &category;

  llvm::cl::opt<std::string> system{
      "system", llvm::cl::cat(category), llvm::cl::value_desc("name[:n,...]"),
      llvm::cl::desc("a complete layer of --list-systems")};
  llvm::cl::opt<bool> listSystems{"list-systems", llvm::cl::cat(category),
                                  llvm::cl::desc("print the systems instead")};
  llvm::cl::opt<int64_t> valueHeads{
      "value-heads", llvm::cl::cat(category),
      llvm::cl::desc("heads of values and states (default: kv-heads)")};
  llvm::cl::opt<int64_t> stateWidth{
      "state-width", llvm::cl::cat(category),
      llvm::cl::desc(
          "states per channel of mamba and mamba2 (default 16, 128)")};
  llvm::cl::opt<int64_t> chunk{
      "chunk", llvm::cl::cat(category), llvm::cl::init(0),
      llvm::cl::desc("tokens per chunk (default: the compiler's choice)")};
  llvm::cl::opt<bool> initialState{
      "initial-state", llvm::cl::cat(category),
      llvm::cl::desc("take the states before the first token")};
  llvm::cl::opt<bool> finalState{
      "final-state", llvm::cl::cat(category),
      llvm::cl::desc("return the states after the last token")};
  llvm::cl::opt<std::string> varlen{
      "varlen", llvm::cl::ValueOptional, llvm::cl::cat(category),
      llvm::cl::value_desc("sequences"),
      llvm::cl::desc("sequences packed along seq; alone: 2")};
  llvm::cl::opt<std::string> gate{
      "gate", llvm::cl::init("none"), llvm::cl::cat(category),
      llvm::cl::desc("decay of the bare op: none, head, token or row "
                     "(default none)")};
  llvm::cl::opt<std::string> correction{
      "correction", llvm::cl::init("none"), llvm::cl::cat(category),
      llvm::cl::desc("of op recurrent: none, beta or rank1 (default none)")};
  llvm::cl::opt<bool> decay{
      "decay", llvm::cl::cat(category),
      llvm::cl::desc("of op recurrent: a decay per element of the state")};
  llvm::cl::opt<std::string> normalizer{
      "normalizer", llvm::cl::init("none"), llvm::cl::cat(category),
      llvm::cl::desc("of op linear: none, key_sum or max_exp (default none)")};
  llvm::cl::opt<double> epsilon{
      "epsilon", llvm::cl::cat(category),
      llvm::cl::desc("added to the normalizer (default 0)")};
  llvm::cl::opt<bool> readBefore{
      "read-before", llvm::cl::cat(category),
      llvm::cl::desc("of op linear: read the state before the update")};
  llvm::cl::opt<bool> bonus{
      "bonus", llvm::cl::cat(category),
      llvm::cl::desc("a token's own weight, beside read-before")};
  llvm::cl::opt<bool> transition{
      "transition", llvm::cl::cat(category),
      llvm::cl::desc("return the product of all transitions too")};
};

/// Fails if one of the flags is given beside dense attention.
llvm::Error refuseStateFlags(const StateFlags &state);

/// The sizes that the flags ask for, of a system or the bare op; verified for a
/// system.
llvm::Expected<SystemOptions> parseSystem(const Flags &flags,
                                          const StateFlags &state);

/// The bare op that they ask for, verified together with the sizes.
llvm::Expected<StateOpOptions> parseStateOp(const Flags &flags,
                                            const StateFlags &state,
                                            const SystemOptions &options);

} // namespace mlir::attn

#endif // ATTN_TOOLS_ATTN_GEN_STATEFLAGS_H
