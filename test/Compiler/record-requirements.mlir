// RUN: attn-opt %s --attn-record-signature --split-input-file | FileCheck %s

// Key heads divide query heads, where they are known in a call only.
// CHECK-LABEL: func.func @dense(
// CHECK-SAME: attn.requirements = [{rule = "divides", sizes = array<i64: 4, 1>}]
// CHECK-SAME: name = "q", role = "input", sizes = array<i64: 0, 1, 2, 3>
// CHECK-SAME: name = "k", role = "input", sizes = array<i64: 0, 4, 5, 3>
func.func @dense(%q: tensor<1x?x?x8xf32> {attn.name = "q"}, %k: tensor<1x?x?x8xf32> {attn.name = "k"}, %o: tensor<1x?x?x8xf32>) -> tensor<1x?x?x8xf32> {
  %r = attn.dense ins(%q, %k, %k : tensor<1x?x?x8xf32>, tensor<1x?x?x8xf32>, tensor<1x?x?x8xf32>) outs(%o : tensor<1x?x?x8xf32>)
  return %r : tensor<1x?x?x8xf32>
}

// -----

// What is known the verifier has seen; one head is its own.
// CHECK-LABEL: func.func @known(
// CHECK-NOT: attn.requirements
func.func @known(%q: tensor<1x4x?x8xf32>, %k: tensor<1x2x?x8xf32>, %o: tensor<1x4x?x8xf32>, %x: tensor<1x?x?x8xf32>, %y: tensor<1x?x?x8xf32>)
    -> (tensor<1x4x?x8xf32>, tensor<1x?x?x8xf32>) {
  %r = attn.dense ins(%q, %k, %k : tensor<1x4x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) outs(%o : tensor<1x4x?x8xf32>)
  %s = attn.dense ins(%x, %x, %x : tensor<1x?x?x8xf32>, tensor<1x?x?x8xf32>, tensor<1x?x?x8xf32>) outs(%y : tensor<1x?x?x8xf32>)
  return %r, %s : tensor<1x4x?x8xf32>, tensor<1x?x?x8xf32>
}

// -----

// CHECK-LABEL: func.func @heads(
// CHECK-SAME: attn.requirements = [
// CHECK-SAME: {rule = "divides", sizes = array<i64: 4, 5>},
// CHECK-SAME: {rule = "either_divides", sizes = array<i64: 1, 5>},
// CHECK-SAME: {rule = "larger_of", sizes = array<i64: 7, 1, 5>}]
func.func @heads(%q: tensor<1x?x?x8xf32>, %k: tensor<1x?x?x8xf32>, %v: tensor<1x?x?x4xf32>, %o: tensor<1x?x?x4xf32>) -> tensor<1x?x?x4xf32> {
  %r = attn.linear ins(%q, %k, %v : tensor<1x?x?x8xf32>, tensor<1x?x?x8xf32>, tensor<1x?x?x4xf32>) outs(%o : tensor<1x?x?x4xf32>)
  return %r : tensor<1x?x?x4xf32>
}

// -----

// One batch holds all sequences, which have a state each.
// CHECK-LABEL: func.func @packed(
// CHECK-SAME: attn.requirements = [
// CHECK-SAME: {rule = "is_one", sizes = array<i64: 0>},
// CHECK-SAME: {rule = "one_more", sizes = array<i64: 6, 7>},
// CHECK-SAME: {argument = 2 : i64, rule = "ascending", sizes = array<i64: 2>}]
func.func @packed(%q: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x4xf32>, %c: tensor<?xi32>, %s: tensor<?x2x8x4xf32>, %o: tensor<?x2x?x4xf32>)
    -> (tensor<?x2x?x4xf32>, tensor<?x2x8x4xf32>) {
  %r, %t = attn.recurrent ins(%q, %q, %v : tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x4xf32>)
      cu_seqlens(%c : tensor<?xi32>) outs(%o, %s : tensor<?x2x?x4xf32>, tensor<?x2x8x4xf32>)
  return %r, %t : tensor<?x2x?x4xf32>, tensor<?x2x8x4xf32>
}

// -----

// Bounds that are computed are not the caller's: the lowering clamps them.
// CHECK-LABEL: func.func @computed(
// CHECK-NOT: ascending
func.func @computed(%q: tensor<1x2x?x8xf32>, %v: tensor<1x2x?x4xf32>, %c: tensor<3xi32>, %o: tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32> {
  %e = tensor.empty() : tensor<3xi32>
  %d = linalg.add ins(%c, %c : tensor<3xi32>, tensor<3xi32>) outs(%e : tensor<3xi32>) -> tensor<3xi32>
  %r = attn.linear ins(%q, %q, %v : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x4xf32>)
      cu_seqlens(%d : tensor<3xi32>) outs(%o : tensor<1x2x?x4xf32>)
  return %r : tensor<1x2x?x4xf32>
}
