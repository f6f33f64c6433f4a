// RUN: attn-opt %s --one-shot-bufferize='bufferize-function-boundaries' | FileCheck %s

// A prefetch neither reads nor writes: the tensor is updated in place around it.

// CHECK-LABEL: func.func @in_place
// CHECK-SAME:    %[[T:.*]]: memref<?xf32
// CHECK-NOT:     memref.copy
// CHECK:         memref.prefetch %{{.*}}[%{{.*}}], read, locality<2>, data
func.func @in_place(%t: tensor<?xf32> {bufferization.writable = true}, %x: f32, %i: index)
    -> tensor<?xf32> {
  %r = tensor.insert %x into %t[%i] : tensor<?xf32>
  attn.prefetch %t[%i] : tensor<?xf32>
  return %r : tensor<?xf32>
}

// attn.linear stays itself. The output is only written, so that its old content
// is not copied; states are read and written in place.

// CHECK-LABEL: func.func @state_in_place
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: memref<1x2x?x32xf32, {{[^%]*}}, %[[O:[a-z0-9]+]]: memref<1x2x?x32xf32, {{[^%]*}}, %[[S:[a-z0-9]+]]: memref<1x2x32x32xf32
// CHECK-NOT:     memref.copy
// CHECK:         attn.linear ins(%[[Q]], %[[Q]], %[[Q]] : {{.*}}) outs(%[[O]], %[[S]] :
// CHECK-NEXT:    return %[[O]], %[[S]]
func.func @state_in_place(
    %q: tensor<1x2x?x32xf32>, %o: tensor<1x2x?x32xf32>, %s: tensor<1x2x32x32xf32>)
    -> (tensor<1x2x?x32xf32>, tensor<1x2x32x32xf32>) {
  %r:2 = attn.linear
      ins(%q, %q, %q : tensor<1x2x?x32xf32>, tensor<1x2x?x32xf32>, tensor<1x2x?x32xf32>)
      outs(%o, %s : tensor<1x2x?x32xf32>, tensor<1x2x32x32xf32>)
  return %r#0, %r#1 : tensor<1x2x?x32xf32>, tensor<1x2x32x32xf32>
}

// CHECK-LABEL: func.func @state_of_the_caller
// CHECK-SAME:    %[[O:[a-z0-9]+]]: memref<1x2x?x32xf32, {{[^%]*}}, %[[S:[a-z0-9]+]]: memref<1x2x32x32xf32, {{[^%]*}}) ->
// CHECK-DAG:     %[[NO:.*]] = memref.alloc(%{{.*}}) {{.*}} : memref<1x2x?x32xf32>
// CHECK-DAG:     %[[NS:.*]] = memref.alloc() {{.*}} : memref<1x2x32x32xf32>
// CHECK:         memref.copy %[[S]], %[[NS]]
// CHECK-NOT:     memref.copy
// CHECK:         attn.linear ins({{.*}}) outs(%[[NO]], %[[NS]] :
func.func @state_of_the_caller(
    %q: tensor<1x2x?x32xf32>, %o: tensor<1x2x?x32xf32> {bufferization.writable = false},
    %s: tensor<1x2x32x32xf32> {bufferization.writable = false})
    -> (tensor<1x2x?x32xf32>, tensor<1x2x32x32xf32>) {
  %r:2 = attn.linear
      ins(%q, %q, %q : tensor<1x2x?x32xf32>, tensor<1x2x?x32xf32>, tensor<1x2x?x32xf32>)
      outs(%o, %s : tensor<1x2x?x32xf32>, tensor<1x2x32x32xf32>)
  return %r#0, %r#1 : tensor<1x2x?x32xf32>, tensor<1x2x32x32xf32>
}

// Tokens meet all columns of other tokens: an input is never overwritten.

// CHECK-LABEL: func.func @state_onto_query
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: memref<1x2x?x32xf32
// CHECK:         %[[O:.*]] = memref.alloc(
// CHECK-NOT:     memref.copy
// CHECK:         attn.recurrent ins(%[[Q]], %[[Q]], %[[Q]] : {{.*}}) beta({{.*}}) outs(%[[O]], %{{.*}} :
func.func @state_onto_query(
    %q: tensor<1x2x?x32xf32>, %b: tensor<1x2x?xf32>, %s: tensor<1x2x32x32xf32>)
    -> (tensor<1x2x?x32xf32>, tensor<1x2x32x32xf32>) {
  %r:2 = attn.recurrent
      ins(%q, %q, %q : tensor<1x2x?x32xf32>, tensor<1x2x?x32xf32>, tensor<1x2x?x32xf32>)
      beta(%b : tensor<1x2x?xf32>)
      outs(%q, %s : tensor<1x2x?x32xf32>, tensor<1x2x32x32xf32>)
  return %r#0, %r#1 : tensor<1x2x?x32xf32>, tensor<1x2x32x32xf32>
}
