// Which function is run.

// RUN: split-file %s %t
// RUN: attn-run %t/one.mlir --seed=1 --pipeline=reference --print | FileCheck %s --check-prefix=ONE
// RUN: not attn-run %t/one.mlir --seed=1 --entry=helper 2>&1 | FileCheck %s --check-prefix=PRIVATE
// RUN: not attn-run %t/two.mlir --seed=1 2>&1 | FileCheck %s --check-prefix=TWO
// RUN: attn-run %t/two.mlir --seed=1 --pipeline=reference --entry=second --print | FileCheck %s --check-prefix=SECOND
// RUN: not attn-run %t/none.mlir --seed=1 2>&1 | FileCheck %s --check-prefix=NO
// RUN: not attn-run %t/broken.mlir --seed=1 2>&1 | FileCheck %s --check-prefix=BROKEN
// RUN: not attn-run %t/one.mlir --seed=1 --target=z80 2>&1 | FileCheck %s --check-prefix=TARGET

// ONE: result0 = {{\[.*\]}}
// PRIVATE: attn-run: error: expected --entry to be one of only but found 'helper'
// TWO: attn-run: error: expected --entry to say which of first, second to run
// SECOND: result0 = [2, 2]
// NO: attn-run: error: the module has no public function
// BROKEN: broken.mlir:1:1: error: {{.*}}
// BROKEN: attn-run: error: cannot parse '{{.*}}broken.mlir'
// TARGET: error: {{.*}}z80
// TARGET: attn-run: error: cannot compile '{{.*}}one.mlir'

//--- one.mlir
func.func private @helper(%x: tensor<3xf32>) -> tensor<3xf32> {
  return %x : tensor<3xf32>
}
func.func @only(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = call @helper(%x) : (tensor<3xf32>) -> tensor<3xf32>
  %z = arith.addf %y, %y : tensor<3xf32>
  return %z : tensor<3xf32>
}

//--- two.mlir
func.func @first() -> tensor<2xf32> {
  %c = arith.constant dense<1.0> : tensor<2xf32>
  return %c : tensor<2xf32>
}
func.func @second() -> tensor<2xf32> {
  %c = arith.constant dense<2.0> : tensor<2xf32>
  return %c : tensor<2xf32>
}

//--- none.mlir
module {
}

//--- broken.mlir
this is no module
