//===- ArgumentReader.h - what a C caller passes ---------------*- C++ -*-===//
//
// Reads and checks the arguments of an entry point in the LLVM dialect.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_ARGUMENTREADER_H
#define ATTN_LIB_COMPILER_ARGUMENTREADER_H

#include "EntryCode.h"
#include "attn/Compiler/Signature.h"

namespace mlir::attn {

class ArgumentReader {
public:
  /// Reads the arguments of `signature` from `values`, the first ones of an
  /// entry point.
  ArgumentReader(EntryCode &code, const Signature &signature, ValueRange values)
      : code(code) {
    for (auto [info, value] : llvm::zip(signature.args, values))
      args.push_back({&info, value, {}, {}, {}});
  }

  /// The types in which C passes the arguments of `signature`.
  static SmallVector<Type> getTypes(Builder &builder,
                                    const Signature &signature);

  /// Whether a struct is missing; asked before `read`.
  Value isMissing();
  /// Loads the fields of all structs.
  void read();

  /// What is wrong, as an i1, or null if that cannot be.
  Value hasWrongSize();
  Value hasWrongStride();
  Value lacksData();

  /// After `read`, a size of the class `dimClass`, a constant where one is
  /// known.
  Value getSizeOfClass(int64_t dimClass);
  /// After `read`, the data of a tensor and its first size.
  Value getData(unsigned index) { return args[index].data; }
  Value getFirstSize(unsigned index) { return args[index].sizes.front(); }

  /// The operands of a kernel: of a tensor pointer, pointer, offset, sizes and
  /// strides.
  SmallVector<Value> getKernelOperands();

private:
  /// The fields of a tensor struct, or the value of a scalar.
  struct Argument {
    const ArgumentInfo *info;
    Value value; // pointer to the struct, or the scalar as the kernel takes it
    Value data;
    SmallVector<Value> sizes;
    SmallVector<Value> strides;
  };

  /// The scalar argument `value`, in its C type, as the kernel takes it.
  Value convertScalar(const ArgumentInfo &info, Value value);
  void loadFields(Argument &arg);
  Value hasWrongStride(const Argument &arg);
  Value lacksData(const Argument &arg);

  EntryCode &code;
  SmallVector<Argument> args;
};

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_ARGUMENTREADER_H
