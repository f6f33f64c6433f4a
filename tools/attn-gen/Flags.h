//===- Flags.h - command line of attn-gen ----------------------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTN_GEN_FLAGS_H
#define ATTN_TOOLS_ATTN_GEN_FLAGS_H

#include "attn/Problems/Problem.h"

#include "llvm/Support/CommandLine.h"

namespace mlir::attn {

/// The flags of one run.
struct Flags {
  explicit Flags(llvm::cl::OptionCategory &category) : category(category) {}

  llvm::cl::OptionCategory &category;

  llvm::cl::opt<std::string> op{
      "op", llvm::cl::init("dense"), llvm::cl::cat(category),
      llvm::cl::desc("dense; llama: a layer's attention with "
                     "rotary embedding of q and k; linear or "
                     "recurrent: the bare op (default dense)")};
  llvm::cl::opt<int64_t> batch{"batch", llvm::cl::init(1),
                               llvm::cl::cat(category),
                               llvm::cl::desc("sequences B (default 1)")};
  llvm::cl::opt<int64_t> heads{"heads", llvm::cl::init(8),
                               llvm::cl::cat(category),
                               llvm::cl::desc("query heads H (default 8)")};
  llvm::cl::opt<int64_t> kvHeads{
      "kv-heads", llvm::cl::cat(category),
      llvm::cl::desc("key and value heads (default: heads)")};
  llvm::cl::opt<int64_t> seq{"seq", llvm::cl::init(128),
                             llvm::cl::cat(category),
                             llvm::cl::desc("queries T (default 128)")};
  llvm::cl::opt<int64_t> kvSeq{"kv-seq", llvm::cl::cat(category),
                               llvm::cl::desc("keys S (default: seq)")};
  llvm::cl::opt<int64_t> width{
      "width", llvm::cl::init(64), llvm::cl::cat(category),
      llvm::cl::desc("features of q and k (default 64)")};
  llvm::cl::opt<int64_t> valueWidth{
      "value-width", llvm::cl::cat(category),
      llvm::cl::desc("features of v (default: width)")};
  llvm::cl::opt<std::string> dtype{
      "dtype", llvm::cl::init("f32"), llvm::cl::cat(category),
      llvm::cl::desc("f16, bf16, f32 or f64 (default f32)")};
  llvm::cl::opt<std::string> causal{
      "causal", llvm::cl::ValueOptional, llvm::cl::cat(category),
      llvm::cl::value_desc("bottom-right|top-left"),
      llvm::cl::desc("keys up to the diagonal only; alone: "
                     "bottom-right")};
  llvm::cl::opt<std::string> align{
      "align", llvm::cl::cat(category),
      llvm::cl::value_desc("bottom-right|top-left"),
      llvm::cl::desc("the diagonal of window, score and mask "
                     "(default: that of causal)")};
  llvm::cl::opt<std::string> window{
      "window", llvm::cl::cat(category), llvm::cl::value_desc("left,right"),
      llvm::cl::desc("keys left and right of the diagonal, "
                     "inclusive, -1 unbounded")};
  llvm::cl::opt<std::string> bias{
      "bias", llvm::cl::cat(category), llvm::cl::value_desc("dims of b,h,t,s"),
      llvm::cl::desc("an additive bias; dims not named have "
                     "size 1")};
  llvm::cl::opt<std::string> biasDtype{
      "bias-dtype", llvm::cl::cat(category),
      llvm::cl::desc("f16, bf16, f32, f64, or i1 for a "
                     "mask (default f32; f64 with "
                     "dtype f64)")};
  llvm::cl::opt<double> scale{
      "scale", llvm::cl::cat(category),
      llvm::cl::desc("factor of the scores (default 1/sqrt(width))")};
  llvm::cl::opt<double> softcap{"softcap", llvm::cl::cat(category),
                                llvm::cl::desc("bound of the scores by tanh")};
  llvm::cl::opt<bool> sink{
      "sink", llvm::cl::cat(category),
      llvm::cl::desc("a logit per head in the denominator")};
  llvm::cl::opt<std::string> score{
      "score", llvm::cl::cat(category), llvm::cl::value_desc("name[:n,...]"),
      llvm::cl::desc("a score function of --list")};
  llvm::cl::opt<std::string> mask{"mask", llvm::cl::cat(category),
                                  llvm::cl::value_desc("name[:n,...]"),
                                  llvm::cl::desc("a mask function of --list")};
  llvm::cl::opt<std::string> layout{
      "layout", llvm::cl::init("bhtd"), llvm::cl::cat(category),
      llvm::cl::desc("bhtd, or bthd: sequence before heads "
                     "(default bhtd)")};
  llvm::cl::opt<bool> lse{
      "lse", llvm::cl::cat(category),
      llvm::cl::desc("return the logarithm of the softmax sum too")};
  llvm::cl::opt<std::string> dynamic{
      "dynamic", llvm::cl::ValueOptional, llvm::cl::cat(category),
      llvm::cl::value_desc("axes of batch,heads,seq,kv-seq"),
      llvm::cl::desc("axes sized at run time; alone: all but "
                     "heads")};
  llvm::cl::opt<bool> describe{
      "describe", llvm::cl::cat(category),
      llvm::cl::desc("print inputs, outputs and parameters as "
                     "JSON instead")};
  llvm::cl::opt<bool> list{
      "list", llvm::cl::cat(category),
      llvm::cl::desc("print the score and mask functions instead")};
};

/// Integers separated by commas.
llvm::Expected<std::vector<int64_t>> parseIntegers(llvm::StringRef flag,
                                                   llvm::StringRef text);

/// Adds the axes that `text` names, separated by commas.
llvm::Error parseDynamic(llvm::StringRef text, std::set<Axis> &dynamic);

/// The layout that --layout names.
llvm::Expected<Storage> parseLayout(llvm::StringRef text);

/// The problem that the flags ask for, verified.
llvm::Expected<Problem> parseProblem(const Flags &flags);

} // namespace mlir::attn

#endif // ATTN_TOOLS_ATTN_GEN_FLAGS_H
