//===- Npy.h - NumPy's array files ------------------------------*- C++ -*-===//
//
// Reads and writes `.npy` files, the form in which tensors come from and go to
// NumPy. Files are not trusted: header and size are checked before anything is
// allocated, and every fault is an error that names the file.
//
//   in NumPy      dtype string    here
//   float64       <f8             f64
//   float32       <f4             f32
//   float16       <f2             f16
//   uint16        <u2             bf16, the bits of each value
//   (ml_dtypes)   <V2, |V2        bf16, what numpy.save makes of ml_dtypes
//   bool          |b1             i1; bytes other than 0 count as true
//   int8          |i1             i8
//   int16         <i2             i16
//   int32         <i4             i32
//   int64         <i8             i64
//
// Refused by name: big-endian data, Fortran order, Python objects, records.
// Format versions 1.0, 2.0 and 3.0 are read; 1.0 is written.
//
// Covered by NpyTest.cpp and NpyFuzzTest.cpp in test/unittests/Runtime, and by
// test/Tools/attn-run/npy.test.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_NPY_H
#define ATTN_RUNTIME_NPY_H

#include "attn/Runtime/HostTensor.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::attn {

/// Reads the array in `path`, whose element type must be one of `accepted`.
/// The accepted types decide what `<u2` means, so bf16 is read only where it
/// is expected.
llvm::Expected<HostTensor> readNpy(llvm::StringRef path,
                                   llvm::ArrayRef<DType> accepted,
                                   Layout layout = Layout::contiguous,
                                   Guard guard = Guard::none);

/// The same for the bytes of a file; errors start with `name`.
llvm::Expected<HostTensor> parseNpy(llvm::StringRef bytes, llvm::StringRef name,
                                    llvm::ArrayRef<DType> accepted,
                                    Layout layout = Layout::contiguous,
                                    Guard guard = Guard::none);

/// Writes `tensor` in row-major order to `path`, replacing the file.
llvm::Error writeNpy(llvm::StringRef path, const HostTensor &tensor);

} // namespace mlir::attn

#endif // ATTN_RUNTIME_NPY_H
