// RUN: attn-opt %s --attn-widen-booleans --canonicalize | FileCheck %s

// A captured tensor of booleans is one byte an element; what is read from it is
// compared with 0, and a boolean bias becomes one of bytes.

// CHECK-LABEL: func.func @bias
// CHECK-SAME:    %{{.*}}: tensor<1x1x?x?xi8>
// CHECK:         attn.dense
// CHECK-SAME:      bias(%{{.*}} : tensor<1x1x?x?xi8>)
func.func @bias(%q: tensor<1x2x?x32xf32>, %k: tensor<1x2x?x32xf32>,
                %m: tensor<1x1x?x?xi1>, %o: tensor<1x2x?x32xf32>)
    -> tensor<1x2x?x32xf32> {
  %r = attn.dense
      ins(%q, %k, %k : tensor<1x2x?x32xf32>, tensor<1x2x?x32xf32>, tensor<1x2x?x32xf32>)
      bias(%m : tensor<1x1x?x?xi1>) outs(%o : tensor<1x2x?x32xf32>)
  return %r : tensor<1x2x?x32xf32>
}

// CHECK-LABEL: func.func @read
// CHECK-SAME:    %[[M:.*]]: tensor<?xi8>
// CHECK:         %[[BYTE:.*]] = tensor.extract %[[M]]
// CHECK:         arith.cmpi ne, %[[BYTE]]
func.func @read(%m: tensor<?xi1>, %i: index) -> i1 {
  %x = tensor.extract %m[%i] : tensor<?xi1>
  return %x : i1
}
