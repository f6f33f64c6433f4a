// RUN: attn-opt %s --attn-record-signature --split-input-file | FileCheck %s

// Sizes that the operations tie, which a kernel checks when it is called.

// What attn.dense asks of its operands; a bias of size 1 is broadcast.
// CHECK-LABEL: func.func @dense(
// CHECK-SAME: {name = "arg0", role = "input", sizes = array<i64: 0, 1, 2, 3>
// CHECK-SAME: {name = "arg1", role = "input", sizes = array<i64: 0, 4, 5, 3>
// CHECK-SAME: {name = "arg2", role = "input", sizes = array<i64: 0, 4, 5, 6>
// CHECK-SAME: {name = "arg3", role = "input", sizes = array<i64: 0, 7, 2, 5>
// CHECK-SAME: {name = "arg4", role = "input", sizes = array<i64: 1>
// CHECK-SAME: {name = "arg5", role = "input", sizes = array<i64: 0>
// CHECK-SAME: {name = "arg6", role = "input", sizes = array<i64: 0, 1, 2, 6>
// CHECK-SAME: {name = "arg7", role = "input", sizes = array<i64: 0, 1, 2>
// CHECK-SAME: {name = "result0", role = "output", sizes = array<i64: 0, 1, 2, 6>
// CHECK-SAME: {name = "result1", role = "output", sizes = array<i64: 0, 1, 2>
func.func @dense(
    %q: tensor<?x?x?x8xf32>, %k: tensor<?x?x?x8xf32>, %v: tensor<?x?x?x4xf32>,
    %bias: tensor<?x1x?x?xf32>, %sink: tensor<?xf32>, %lengths: tensor<?xi32>,
    %o: tensor<?x?x?x4xf32>, %l: tensor<?x?x?xf32>)
    -> (tensor<?x?x?x4xf32>, tensor<?x?x?xf32>) {
  %r:2 = attn.dense
      ins(%q, %k, %v : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x4xf32>)
      bias(%bias : tensor<?x1x?x?xf32>) sink(%sink : tensor<?xf32>) lengths(%lengths : tensor<?xi32>)
      outs(%o, %l : tensor<?x?x?x4xf32>, tensor<?x?x?xf32>)
  return %r#0, %r#1 : tensor<?x?x?x4xf32>, tensor<?x?x?xf32>
}

// -----

// So does attn.online, where a bias beside `rows` has the real rows alone.
// CHECK-LABEL: func.func @online(
// CHECK-SAME: {name = "arg0", role = "input", sizes = array<i64: 0, 1>
// CHECK-SAME: {name = "arg1", role = "input", sizes = array<i64: 2, 1>
// CHECK-SAME: {name = "arg2", role = "input", sizes = array<i64: 2, 3>
// CHECK-SAME: {name = "arg3", role = "input", sizes = array<i64: 0, 2>
// CHECK-SAME: {name = "arg4", role = "input", sizes = array<i64: 4, 2>
// CHECK-SAME: {name = "arg5", role = "input", sizes = array<i64: 0, 5>
// CHECK-SAME: {name = "arg6", role = "input", sizes = array<i64: 6, 2>
// CHECK-SAME: {name = "arg7", role = "input", sizes = array<i64: 7>
// CHECK-SAME: {name = "arg8", role = "input", sizes = array<i64: 0>
// CHECK-SAME: {name = "arg9", role = "input", sizes = array<i64: 0>
// CHECK-SAME: {name = "arg10", role = "input", sizes = array<i64: 0, 3>
// CHECK-SAME: {name = "result0", role = "output", sizes = array<i64: 0, 3>
func.func @online(
    %q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x4xf32>, %bias: tensor<?x?xf32>,
    %row: tensor<1x?xf32>, %column: tensor<?x1xf32>, %real: tensor<?x?xf32>,
    %c: index, %m: tensor<?xf32>, %l: tensor<?xf32>, %a: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0:3 = attn.online layout(query_major) scale 1.0
      ins(%q, %k, %v : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x4xf32>)
      bias(%bias : tensor<?x?xf32>) origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<?xf32>, tensor<?xf32>, tensor<?x4xf32>)
  %1:3 = attn.online layout(query_major) scale 1.0
      ins(%q, %k, %v : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x4xf32>)
      bias(%row : tensor<1x?xf32>) origin(%c, %c, %c, %c)
      outs(%0#0, %0#1, %0#2 : tensor<?xf32>, tensor<?xf32>, tensor<?x4xf32>)
  %2:3 = attn.online layout(query_major) scale 1.0
      ins(%q, %k, %v : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x4xf32>)
      bias(%column : tensor<?x1xf32>) origin(%c, %c, %c, %c)
      outs(%1#0, %1#1, %1#2 : tensor<?xf32>, tensor<?xf32>, tensor<?x4xf32>)
  %3:3 = attn.online layout(query_major) scale 1.0
      ins(%q, %k, %v : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x4xf32>)
      bias(%real : tensor<?x?xf32>) origin(%c, %c, %c, %c) rows(%c)
      outs(%2#0, %2#1, %2#2 : tensor<?xf32>, tensor<?xf32>, tensor<?x4xf32>)
  return %3#2 : tensor<?x4xf32>
}

// -----

// Rows of the output are the real ones of those of the statistics.
// CHECK-LABEL: func.func @finish(
// CHECK-SAME: {name = "arg0", role = "input", sizes = array<i64: 0>
// CHECK-SAME: {name = "arg1", role = "input", sizes = array<i64: 0>
// CHECK-SAME: {name = "arg2", role = "input", sizes = array<i64: 0, 1>
// CHECK-SAME: {name = "arg3", role = "input", sizes = array<i64: 2, 1>
// CHECK-SAME: {name = "arg4", role = "input", sizes = array<i64: 2>
// CHECK-SAME: {name = "result0", role = "output", sizes = array<i64: 2, 1>
// CHECK-SAME: {name = "result1", role = "output", sizes = array<i64: 2>
func.func @finish(
    %m: tensor<?xf32>, %s: tensor<?xf32>, %a: tensor<?x4xf32>, %o: tensor<?x4xf32>,
    %l: tensor<?xf32>) -> (tensor<?x4xf32>, tensor<?xf32>) {
  %r:2 = attn.finish layout(query_major)
      ins(%m, %s, %a : tensor<?xf32>, tensor<?xf32>, tensor<?x4xf32>)
      outs(%o, %l : tensor<?x4xf32>, tensor<?xf32>)
  return %r#0, %r#1 : tensor<?x4xf32>, tensor<?xf32>
}

// -----

// All parts have the sizes of the output.
// CHECK-LABEL: func.func @merge(
// CHECK-SAME: {name = "arg0", role = "input", sizes = array<i64: 0, 1, 2, 3, 4>
// CHECK-SAME: {name = "arg1", role = "input", sizes = array<i64: 0, 1, 2, 3>
// CHECK-SAME: {name = "arg2", role = "input", sizes = array<i64: 1, 2, 3, 4>
// CHECK-SAME: {name = "arg3", role = "input", sizes = array<i64: 1, 2, 3>
// CHECK-SAME: {name = "result0", role = "output", sizes = array<i64: 1, 2, 3, 4>
// CHECK-SAME: {name = "result1", role = "output", sizes = array<i64: 1, 2, 3>
func.func @merge(
    %os: tensor<?x?x?x?x4xf32>, %ls: tensor<?x?x?x?xf32>, %o: tensor<?x?x?x4xf32>,
    %l: tensor<?x?x?xf32>) -> (tensor<?x?x?x4xf32>, tensor<?x?x?xf32>) {
  %r:2 = attn.merge ins(%os, %ls : tensor<?x?x?x?x4xf32>, tensor<?x?x?x?xf32>)
      outs(%o, %l : tensor<?x?x?x4xf32>, tensor<?x?x?xf32>)
  return %r#0, %r#1 : tensor<?x?x?x4xf32>, tensor<?x?x?xf32>
}

// -----

// Heads may be shared in three ways, which ties none of them to another.
// CHECK-LABEL: func.func @states(
// CHECK-SAME: {name = "arg0", role = "input", sizes = array<i64: 0, 1, 2, 3>
// CHECK-SAME: {name = "arg1", role = "input", sizes = array<i64: 0, 4, 2, 3>
// CHECK-SAME: {name = "arg2", role = "input", sizes = array<i64: 0, 5, 2, 6>
// CHECK-SAME: {name = "arg3", role = "input", sizes = array<i64: 0, 5, 2, 3>
// CHECK-SAME: {name = "arg4", role = "input", sizes = array<i64: 0, 7, 2, 6>
// CHECK-SAME: {name = "arg5", role = "input", sizes = array<i64: 0, 5, 3, 6>
// CHECK-SAME: {name = "arg6", role = "input", sizes = array<i64: 0, 5, 3>
// CHECK-SAME: {name = "arg7", role = "input", sizes = array<i64: 0, 5, 3>
// CHECK-SAME: {name = "result0", role = "output", sizes = array<i64: 0, 7, 2, 6>
func.func @states(
    %q: tensor<?x?x?x8xf32>, %k: tensor<?x?x?x8xf32>, %v: tensor<?x?x?x4xf32>, %g: tensor<?x?x?x8xf32>,
    %o: tensor<?x?x?x4xf32>, %s: tensor<?x?x8x4xf32>, %z: tensor<?x?x8xf32>, %m: tensor<?x?x8xf32>)
    -> tensor<?x?x?x4xf32> {
  %r:4 = attn.linear normalizer(key_sum) transition
      ins(%q, %k, %v : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x4xf32>)
      gate(%g : tensor<?x?x?x8xf32>)
      outs(%o, %s, %z, %m : tensor<?x?x?x4xf32>, tensor<?x?x8x4xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
  return %r#0 : tensor<?x?x?x4xf32>
}

// -----

// States are one for each sequence, whose number is no batch.
// CHECK-LABEL: func.func @packed(
// CHECK-SAME: {name = "arg0", role = "input", sizes = array<i64: 0, 1, 2, 3>
// CHECK-SAME: {name = "arg1", role = "input", sizes = array<i64: 0, 4, 2, 3>
// CHECK-SAME: {name = "arg2", role = "input", sizes = array<i64: 0, 5, 2, 6>
// CHECK-SAME: {name = "arg3", role = "input", sizes = array<i64: 7>
// CHECK-SAME: {name = "arg4", role = "input", sizes = array<i64: 0, 8, 2, 6>
// CHECK-SAME: {name = "arg5", role = "input", sizes = array<i64: 9, 5, 3, 6>
// CHECK-SAME: {name = "arg6", role = "input", sizes = array<i64: 9, 5, 3>
// CHECK-SAME: {name = "result0", role = "output", sizes = array<i64: 0, 8, 2, 6>
func.func @packed(
    %q: tensor<?x?x?x8xf32>, %k: tensor<?x?x?x8xf32>, %v: tensor<?x?x?x4xf32>, %c: tensor<?xi32>,
    %o: tensor<?x?x?x4xf32>, %s: tensor<?x?x8x4xf32>, %z: tensor<?x?x8xf32>) -> tensor<?x?x?x4xf32> {
  %r:3 = attn.linear normalizer(key_sum)
      ins(%q, %k, %v : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x4xf32>)
      cu_seqlens(%c : tensor<?xi32>)
      outs(%o, %s, %z : tensor<?x?x?x4xf32>, tensor<?x?x8x4xf32>, tensor<?x?x8xf32>)
  return %r#0 : tensor<?x?x?x4xf32>
}

// -----

// A list for each row of queries, and for each batch unless one serves all.
// CHECK-LABEL: func.func @blocks(
// CHECK-SAME: {name = "arg0", role = "input", sizes = array<i64: 0, 1, 2, 3>
// CHECK-SAME: {name = "arg1", role = "input", sizes = array<i64: 0, 4, 5, 3>
// CHECK-SAME: {name = "arg2", role = "input", sizes = array<i64: 0, 6, 2, 7>
// CHECK-SAME: {name = "arg3", role = "input", sizes = array<i64: 8, 9, 10, 11>
// CHECK-SAME: {name = "arg4", role = "input", sizes = array<i64: 0, 12, 13, 14>
// CHECK-SAME: {name = "result0", role = "output", sizes = array<i64: 0, 1, 2, 3>
// CHECK-SAME: {name = "result1", role = "output", sizes = array<i64: 0, 1, 2, 3>
func.func @blocks(
    %q: tensor<?x?x?x8xf32>, %k: tensor<?x?x?x8xf32>, %list: tensor<?x?x?x?xi32>,
    %one: tensor<1x?x?x?xi32>, %fixed: tensor<?x?x4x?xi32>)
    -> (tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>) {
  %0 = attn.block_sparse query_block 1 key_block 64
      ins(%q, %k, %k : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>)
      blocks(%list : tensor<?x?x?x?xi32>) outs(%q : tensor<?x?x?x8xf32>)
  %1 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>)
      blocks(%one : tensor<1x?x?x?xi32>) outs(%0 : tensor<?x?x?x8xf32>)
  %2 = attn.block_sparse query_block 1 key_block 64
      ins(%q, %k, %k : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>)
      blocks(%fixed : tensor<?x?x4x?xi32>) outs(%1 : tensor<?x?x?x8xf32>)
  return %0, %2 : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>
}

// -----

// A history may have any number of tokens.
// CHECK-LABEL: func.func @conv(
// CHECK-SAME: {name = "arg0", role = "input", sizes = array<i64: 0, 1, 2, 3>
// CHECK-SAME: {name = "arg1", role = "input", sizes = array<i64: 1, 4, 3>
// CHECK-SAME: {name = "arg2", role = "input", sizes = array<i64: 0, 1, 2, 3>
// CHECK-SAME: {name = "arg3", role = "input", sizes = array<i64: 0, 1, 2, 3>
// CHECK-SAME: {name = "arg4", role = "input", sizes = array<i64: 1, 3>
// CHECK-SAME: {name = "arg5", role = "input", sizes = array<i64: 0, 1, 5, 3>
// CHECK-SAME: {name = "arg6", role = "input", sizes = array<i64: 0, 1, 2, 3>
// CHECK-SAME: {name = "result0", role = "output", sizes = array<i64: 0, 1, 2, 3>
func.func @conv(
    %x: tensor<?x?x?x4xf32>, %h: tensor<?x?x4xf32>, %before: tensor<?x?x?x4xf32>,
    %behind: tensor<?x?x?x4xf32>, %skip: tensor<?x4xf32>, %history: tensor<?x?x?x4xf32>,
    %o: tensor<?x?x?x4xf32>) -> tensor<?x?x?x4xf32> {
  %y = attn.long_conv ins(%x, %h : tensor<?x?x?x4xf32>, tensor<?x?x4xf32>)
      before(%before : tensor<?x?x?x4xf32>) behind(%behind : tensor<?x?x?x4xf32>)
      skip(%skip : tensor<?x4xf32>) history(%history : tensor<?x?x?x4xf32>)
      outs(%o : tensor<?x?x?x4xf32>)
  return %y : tensor<?x?x?x4xf32>
}
