// RUN: attn-opt %s --attn-record-signature --attn-keep-inputs --split-input-file -verify-diagnostics | FileCheck %s

// The state that one operation alone reads needs neither attribute nor copy.
// CHECK-LABEL: func.func @state(
// CHECK-SAME: {in_place = 3 : i64, name = "result1", role = "output"
// CHECK-NOT: alloc_tensor
func.func @state(%q: tensor<1x2x1x8xf32>, %v: tensor<1x2x1x4xf32>, %o: tensor<1x2x1x4xf32>, %s: tensor<1x2x8x4xf32>)
    -> (tensor<1x2x1x4xf32>, tensor<1x2x8x4xf32>) {
  %r, %t = attn.linear ins(%q, %q, %v : tensor<1x2x1x8xf32>, tensor<1x2x1x8xf32>, tensor<1x2x1x4xf32>)
      outs(%o, %s : tensor<1x2x1x4xf32>, tensor<1x2x8x4xf32>)
  return %r, %t : tensor<1x2x1x4xf32>, tensor<1x2x8x4xf32>
}

// -----

// Another reader could come after the first write.
// CHECK-LABEL: func.func @read_twice(
// CHECK-NOT: in_place
func.func @read_twice(%q: tensor<1x2x1x8xf32>, %v: tensor<1x2x1x4xf32>, %o: tensor<1x2x1x4xf32>, %s: tensor<1x2x8x4xf32>)
    -> (tensor<1x2x1x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) {
  %r, %t = attn.linear ins(%q, %q, %v : tensor<1x2x1x8xf32>, tensor<1x2x1x8xf32>, tensor<1x2x1x4xf32>)
      outs(%o, %s : tensor<1x2x1x4xf32>, tensor<1x2x8x4xf32>)
  %e = tensor.empty() : tensor<1x2x8x4xf32>
  %d = linalg.sub ins(%t, %s : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) outs(%e : tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32>
  return %r, %t, %d : tensor<1x2x1x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
}

// -----

// Asked for, it is read from a copy.
// CHECK-LABEL: func.func @asked_for(
// CHECK-SAME: {in_place = 3 : i64, name = "t", role = "output"
// CHECK: %[[COPY:.*]] = bufferization.alloc_tensor() copy(%arg3) : tensor<1x2x8x4xf32>
// CHECK: attn.linear
// CHECK-SAME: outs(%arg2, %[[COPY]] :
// CHECK: linalg.sub ins(%{{.*}}, %[[COPY]] :
func.func @asked_for(%q: tensor<1x2x1x8xf32>, %v: tensor<1x2x1x4xf32>, %o: tensor<1x2x1x4xf32>, %s: tensor<1x2x8x4xf32>)
    -> (tensor<1x2x1x4xf32>, tensor<1x2x8x4xf32> {attn.name = "t", attn.in_place = "arg3"}, tensor<1x2x8x4xf32>) {
  %r, %t = attn.linear ins(%q, %q, %v : tensor<1x2x1x8xf32>, tensor<1x2x1x8xf32>, tensor<1x2x1x4xf32>)
      outs(%o, %s : tensor<1x2x1x4xf32>, tensor<1x2x8x4xf32>)
  %e = tensor.empty() : tensor<1x2x8x4xf32>
  %d = linalg.sub ins(%t, %s : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) outs(%e : tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32>
  return %r, %t, %d : tensor<1x2x1x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
}

// -----

// The output of an operation is not a state, and a state handed on is not the
// argument's.
// CHECK-LABEL: func.func @no_state(
// CHECK-NOT: in_place
func.func @no_state(%q: tensor<1x2x1x8xf32>, %v: tensor<1x2x1x4xf32>, %o: tensor<1x2x1x4xf32>) -> tensor<1x2x1x4xf32> {
  %r = attn.linear ins(%q, %q, %v : tensor<1x2x1x8xf32>, tensor<1x2x1x8xf32>, tensor<1x2x1x4xf32>)
      outs(%o : tensor<1x2x1x4xf32>)
  return %r : tensor<1x2x1x4xf32>
}

// -----

// expected-error @+1 {{expected 'attn.in_place' of result 0 to name an argument but found "y"}}
func.func @unknown(%x: tensor<4xf32>) -> (tensor<4xf32> {attn.in_place = "y"}) {
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{expected result 0 in the place of argument 'x' to have its type 'tensor<8xf32>' but found 'tensor<4xf32>'}}
func.func @other_type(%x: tensor<8xf32> {attn.name = "x"}, %y: tensor<4xf32>) -> (tensor<4xf32> {attn.in_place = "x"}) {
  return %y : tensor<4xf32>
}

// -----

// expected-error @+1 {{expected one result in the place of argument 'arg0' but found another}}
func.func @taken(%x: tensor<4xf32>) -> (tensor<4xf32> {attn.in_place = "arg0"}, tensor<4xf32> {attn.in_place = "arg0"}) {
  return %x, %x : tensor<4xf32>, tensor<4xf32>
}
