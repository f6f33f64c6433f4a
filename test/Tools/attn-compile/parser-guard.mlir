// RUN: not attn-compile %s --emit=mlir -o /dev/null 2>&1 | FileCheck %s
// RUN: sed -e 's/array<index/array<i64/' %s > %t.mlir
// RUN: attn-compile %t.mlir --emit=mlir -o /dev/null

// MLIR's parser crashes at an array of index; comments (array<index: 1>) and
// strings may have one.

// CHECK: parser-guard.mlir:[[#@LINE+4]]:90: error: expected an array of integers or floats, but found one of 'index'
// CHECK-NOT: error

func.func @f(%x: tensor<4xf32> {test.text = "\"array<index: 1>"}) -> tensor<4xf32> {
  %c = "arith.constant"() {value = 1.0 : f32, test.sizes = array < i32 : 1>, test.more = array<index : 1, 2>} : () -> f32
  return %x : tensor<4xf32>
}
