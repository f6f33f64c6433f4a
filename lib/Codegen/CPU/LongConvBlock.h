//===- LongConvBlock.h - one head's block of channels ----------*- C++ -*-===//
//
// Channels lie in vector lanes: a block is as many channels of one head as a
// vector has lanes, and everything else is loops over tokens and taps, so that
// nothing is ever shuffled.
//
// Tests: test/Codegen/CPU/lower-long-conv.mlir, test/Integration/LongConv
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CODEGEN_CPU_LONGCONVBLOCK_H
#define ATTN_LIB_CODEGEN_CPU_LONGCONVBLOCK_H

#include "RecurrenceEmitter.h"
#include "attn/Dialect/Attn/IR/LongConv.h"

namespace mlir::attn {

/// Sizes of one operation, known before its loops.
struct ConvSizes {
  ConvSizes(StateBuilder &b, LongConvOp op);

  /// B, H, T, L and P.
  Value batches, heads, tokens, taps, history;
  /// P + T.
  Value length;
};

/// The rows of one block: vectors of f32.
class ConvBlock {
public:
  ConvBlock(StateBuilder &b, LongConvOp op, const ConvSizes &sizes, Value head,
            Value channel, int64_t lanes);

  /// Tap j of the filter.
  Value readTap(Value tap);
  /// The convolution's input at `place` of history and tokens, [0, P + T).
  Value readInput(Value batch, Value place);
  /// Asks for the input, or the output, behind the one at a place or token.
  void prefetchNextInput(Value batch, Value place);
  void prefetchNextOutput(Value batch, Value token);
  /// behind * (sum + skip * x) of a token.
  void writeOutput(Value batch, Value token, Value sum);

  StateBuilder &b;
  const ConvSizes &sizes;
  int64_t lanes;

private:
  Value readToken(Value batch, Value token);
  void prefetchNext(Value memref, Value batch, Value token);

  LongConvOp op;
  Value head, channel;
  bool inBounds;
};

/// Scratch of the direct form.
struct DirectScratch {
  DirectScratch(StateBuilder &b, int64_t lanes);

  Value inputs, taps, sums;
};

/// Emits y[t] = sum_j h[j] x[t - j] as written, for all tokens of a batch
/// entry. `tile` outputs and taps are in registers at a time.
void emitDirectConv(ConvBlock &block, const DirectScratch &scratch, Value batch,
                    int64_t tile);

} // namespace mlir::attn

#endif // ATTN_LIB_CODEGEN_CPU_LONGCONVBLOCK_H
