//===- LongConvFFT.h - convolution by transforms ---------------*- C++ -*-===//
//
// With N a power of two of at least the tokens, sequences of real numbers are
// taken modulo X^N - i: of the product of x and h, which has up to 2 N
// coefficients, the real parts are then those below N, which are wanted, and
// the imaginary parts the others. Substituting w X for X, w^N = i, makes it a
// cyclic product of N complex numbers: one complex transform of N for a
// channel, no zeros appended, and a product of spectra element by element, in
// whatever order the frequencies lie.
//
//   n = n1 N2 + n2                        N1 columns apart, N2 in a row
//   for n2: column = x[n1 N2 + n2] w^(n1 N2), transform of N1,
//           Z[p][n2] = column[p] w^n2 exp(-2 pi i n2 k1(p) / N)
//   for p:  row Z[p]: transform of N2, times the filter's, inverse
//   for n2: the inverse of the first, of which the real part is y
//
// Source: Nussbaumer, Fast Fourier Transform and Convolution Algorithms, 1982,
// right-angle circular convolution; Bailey, FFTs in external memory, 1990.
//
// Tests: test/Codegen/CPU/lower-long-conv.mlir, test/Integration/LongConv
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CODEGEN_CPU_LONGCONVFFT_H
#define ATTN_LIB_CODEGEN_CPU_LONGCONVFFT_H

#include "FourierTables.h"
#include "LongConvBlock.h"

namespace mlir::attn {

/// Sizes and tables of the transforms of one operation, made before its loops.
struct ConvTransform {
  /// Tables for sequences of 2^log tokens.
  ConvTransform(StateBuilder &b, FourierEmitter &fourier, Value log);

  /// N, and the rows' distance in elements.
  Value size, pitch;
  /// Sizes of scratch in f32: of all rows, and of a column. They are computed
  /// outside of the tiles, where the workspace can ask for them.
  Value sequenceSize, columnSize;
  Transform columns, rows;
  /// w^(n1 N2), and w^n2 exp(-2 pi i n2 k1(p) / N) at n2 N1 + p.
  Value first, twiddles;

private:
  void fillTwiddles(StateBuilder &b, FourierEmitter &fourier,
                    RootTables &roots);
};

/// Scratch of one block.
struct ConvScratch {
  ConvScratch(StateBuilder &b, const ConvTransform &transform);

  Value sequence, filter, column;
};

class ConvFFT {
public:
  ConvFFT(ConvBlock &block, FourierEmitter &fourier,
          const ConvTransform &transform, const ConvScratch &scratch)
      : block(block), b(block.b), fourier(fourier), transform(transform),
        scratch(scratch) {}

  /// Transforms the filter, divided by N. Returns 0 in each lane whose numbers
  /// are all finite, else NaN.
  Value transformFilter();
  /// Likewise one sequence by columns.
  Value transformInput(Value batch);
  /// Row by row times the filter, and back to outputs.
  void emitOutputs(Value batch);

private:
  /// Columns of `count` elements read by `element`, the others 0, into
  /// `target`.
  Value transformColumns(Value target, Value count,
                         llvm::function_ref<Value(Value)> element);
  Value fillColumn(Value n2, Value count, Value finite,
                   llvm::function_ref<Value(Value)> element);
  void transformRows(Value target);
  void multiplyRow(Value base);
  void writeColumn(Value batch, Value n2);
  /// The first n1 whose n1 N2 + n2 is not below `bound`, at most N1.
  Value rowsBelow(Value bound, Value n2);
  Value placeInRow(Value p, Value n2);

  ConvBlock &block;
  StateBuilder &b;
  FourierEmitter &fourier;
  const ConvTransform &transform;
  const ConvScratch &scratch;
};

} // namespace mlir::attn

#endif // ATTN_LIB_CODEGEN_CPU_LONGCONVFFT_H
