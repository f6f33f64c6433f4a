// Arguments of public functions keep the names that they have in the text.
// RUN: attn-compile %s --emit=mlir --until-after=graph | FileCheck %s

// CHECK: @named(%{{.*}}: tensor<4xf32> {attn.name = "query"}, %{{.*}}: tensor<4xf32> {attn.name = "given"}, %{{.*}}: f32)
// CHECK-SAME: {name = "query",
// CHECK-SAME: {name = "given",
// CHECK-SAME: {name = "arg2",
// CHECK-SAME: {name = "result0",
func.func @named(%query: tensor<4xf32>, %key: tensor<4xf32> {attn.name = "given"}, %2: f32)
    -> tensor<4xf32> {
  return %query : tensor<4xf32>
}
