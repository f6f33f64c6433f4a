// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-schedule{target=x86-64-v4}))' \
// RUN:   --remarks-filter=attn-schedule --remark-format=emitRemark 2>%t.v4 \
// RUN:   | FileCheck %s --check-prefixes=CHECK,V4
// RUN: FileCheck %s --check-prefix=REMARK < %t.v4
// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-schedule{target=x86-64-v3}))' \
// RUN:   | FileCheck %s --check-prefixes=CHECK,V3

// Chunk, step and panel of linear and recurrent ops, from the vector registers
// and the first-level cache of the target.

// REMARK: remark: [Passed] schedule | Category:attn-schedule | Remark="chunk = 192, step = 6, panel = {{[0-9]+}}, split = 0: 32 vector registers of 16 f32, L1 of {{[0-9]+}} KiB"

// A panel of 48 columns of 128 rows is most of an L1 of 32 KiB.

// CHECK-LABEL: func.func @scalar_gate
// V4:            attn.linear scan <chunk = 192, step = 6, panel = {{[0-9]+}}, lanes = 16> ins(
// V3:            attn.linear scan <chunk = 192, step = 6, panel = 16, lanes = 8> ins(
func.func @scalar_gate(
    %q: tensor<1x16x?x128xf32>,
    %g: tensor<1x16x?xf32>,
    %o: tensor<1x16x?x128xf32>)
    -> tensor<1x16x?x128xf32> {
  %r = attn.linear
      ins(%q, %q, %q : tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>)
      gate(%g : tensor<1x16x?xf32>)
      outs(%o : tensor<1x16x?x128xf32>)
  return %r : tensor<1x16x?x128xf32>
}

// 80 columns are panels of equal width.

// CHECK-LABEL: func.func @equal_panels
// V4:            panel = 48, lanes = 16>
// V3:            panel = 16, lanes = 8>
func.func @equal_panels(
    %q: tensor<1x16x?x64xf32>,
    %v: tensor<1x16x?x80xf32>,
    %o: tensor<1x16x?x80xf32>)
    -> tensor<1x16x?x80xf32> {
  %r = attn.linear
      ins(%q, %q, %v : tensor<1x16x?x64xf32>, tensor<1x16x?x64xf32>, tensor<1x16x?x80xf32>)
      outs(%o : tensor<1x16x?x80xf32>)
  return %r : tensor<1x16x?x80xf32>
}

// A panel is never narrower than a vector.

// CHECK-LABEL: func.func @wide_keys
// V4:            panel = 16, lanes = 16>
// V3:            panel = 8, lanes = 8>
func.func @wide_keys(
    %q: tensor<1x16x?x512xf32>,
    %o: tensor<1x16x?x512xf32>)
    -> tensor<1x16x?x512xf32> {
  %r = attn.linear
      ins(%q, %q, %q : tensor<1x16x?x512xf32>, tensor<1x16x?x512xf32>, tensor<1x16x?x512xf32>)
      outs(%o : tensor<1x16x?x512xf32>)
  return %r : tensor<1x16x?x512xf32>
}

// One token goes over whole rows, in the order of memory.

// CHECK-LABEL: func.func @one_token
// V4:            panel = 128, lanes = 16>
// V3:            panel = 64, lanes = 8>
func.func @one_token(
    %q: tensor<1x16x1x128xf32>,
    %b: tensor<1x16x1xf32>,
    %o: tensor<1x16x1x128xf32>)
    -> tensor<1x16x1x128xf32> {
  %r = attn.recurrent
      ins(%q, %q, %q : tensor<1x16x1x128xf32>, tensor<1x16x1x128xf32>, tensor<1x16x1x128xf32>)
      beta(%b : tensor<1x16x1xf32>)
      outs(%o : tensor<1x16x1x128xf32>)
  return %r : tensor<1x16x1x128xf32>
}

// Two states with panels that divide the columns: groups of columns run side by side.

// CHECK-LABEL: func.func @few_states
// V4:            panel = 64, lanes = 16, split = 64>
// V3:            panel = 16, lanes = 8, split = 16>
func.func @few_states(
    %q: tensor<1x2x?x64xf32>,
    %v: tensor<1x2x?x128xf32>,
    %o: tensor<1x2x?x128xf32>)
    -> tensor<1x2x?x128xf32> {
  %r = attn.linear
      ins(%q, %q, %v : tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x128xf32>)
      outs(%o : tensor<1x2x?x128xf32>)
  return %r : tensor<1x2x?x128xf32>
}

// Every column needs the normalizer, so columns stay whole.

// CHECK-LABEL: func.func @few_states_normalized
// CHECK-NOT:     split
// CHECK:         return
func.func @few_states_normalized(
    %q: tensor<1x2x?x128xf32>,
    %o: tensor<1x2x?x128xf32>)
    -> tensor<1x2x?x128xf32> {
  %r = attn.linear normalizer(key_sum)
      ins(%q, %q, %q : tensor<1x2x?x128xf32>, tensor<1x2x?x128xf32>, tensor<1x2x?x128xf32>)
      outs(%o : tensor<1x2x?x128xf32>)
  return %r : tensor<1x2x?x128xf32>
}

// There may be many sequences, so columns stay whole.

// CHECK-LABEL: func.func @packed
// CHECK-NOT:     split
// CHECK:         return
func.func @packed(
    %q: tensor<1x2x?x128xf32>,
    %c: tensor<?xi32>,
    %o: tensor<1x2x?x128xf32>)
    -> tensor<1x2x?x128xf32> {
  %r = attn.linear
      ins(%q, %q, %q : tensor<1x2x?x128xf32>, tensor<1x2x?x128xf32>, tensor<1x2x?x128xf32>)
      cu_seqlens(%c : tensor<?xi32>)
      outs(%o : tensor<1x2x?x128xf32>)
  return %r : tensor<1x2x?x128xf32>
}

// A decay per element: short blocks of tokens, whole pages of columns.

// CHECK-LABEL: func.func @decay
// V4:            attn.recurrent scan <chunk = 16, step = 4, panel = {{[0-9]+}}, lanes = 16
func.func @decay(
    %q: tensor<1x1x?x16xf32>,
    %v: tensor<1x1x?x2048xf32>,
    %a: tensor<1x16x2048xf32>,
    %o: tensor<1x1x?x2048xf32>)
    -> tensor<1x1x?x2048xf32> {
  %r = attn.recurrent
      ins(%q, %q, %v : tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x2048xf32>)
      decay(%v, %a : tensor<1x1x?x2048xf32>, tensor<1x16x2048xf32>)
      outs(%o : tensor<1x1x?x2048xf32>)
  return %r : tensor<1x1x?x2048xf32>
}

// What the text says is kept.

// CHECK-LABEL: func.func @given
// CHECK:         attn.linear scan <chunk = 24, step = 3, panel = 8, lanes = 8> ins(
func.func @given(
    %q: tensor<1x16x?x128xf32>,
    %o: tensor<1x16x?x128xf32>)
    -> tensor<1x16x?x128xf32> {
  %r = attn.linear scan <chunk = 24, step = 3, panel = 8, lanes = 8>
      ins(%q, %q, %q : tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>)
      outs(%o : tensor<1x16x?x128xf32>)
  return %r : tensor<1x16x?x128xf32>
}

// What it leaves out goes with what it says.

// CHECK-LABEL: func.func @given_in_part
// V4:            attn.linear scan <chunk = 32, step = 4, panel = {{[0-9]+}}, lanes = 16> ins(
// V3:            attn.linear scan <chunk = 32, step = 4, panel = {{[0-9]+}}, lanes = 8> ins(
// CHECK:         attn.linear scan <chunk = 10, step = 5,
// CHECK:         attn.linear scan <chunk = 189, step = 7,
// CHECK:         attn.linear scan <chunk = 192, step = 6, panel = 24, lanes = 8, prefetch = 0> ins(
func.func @given_in_part(
    %q: tensor<1x16x?x128xf32>, %o: tensor<1x16x?x128xf32>)
    -> (tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>) {
  %r = attn.linear scan <chunk = 32>
      ins(%q, %q, %q : tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>)
      outs(%o : tensor<1x16x?x128xf32>)
  %s = attn.linear scan <chunk = 10>
      ins(%q, %q, %q : tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>)
      outs(%o : tensor<1x16x?x128xf32>)
  %t = attn.linear scan <step = 7>
      ins(%q, %q, %q : tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>)
      outs(%o : tensor<1x16x?x128xf32>)
  %u = attn.linear scan <panel = 24, prefetch = 0>
      ins(%q, %q, %q : tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>)
      outs(%o : tensor<1x16x?x128xf32>)
  return %r, %s, %t, %u : tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>, tensor<1x16x?x128xf32>
}

// As many corrections as a state has rows may cancel it: a step has fewer.

// CHECK-LABEL: func.func @narrow
// CHECK:         attn.recurrent scan <chunk = 192, step = 1,
// CHECK:         attn.recurrent scan <chunk = 192, step = 2,
// CHECK:         attn.recurrent scan <chunk = 192, step = 4,
// CHECK:         attn.linear scan <chunk = 192, step = 6,
func.func @narrow(
    %k1: tensor<1x16x?x1xf32>, %k5: tensor<1x16x?x5xf32>, %k8: tensor<1x16x?x8xf32>, %v: tensor<1x16x?x8xf32>, %b: tensor<1x16x?xf32>)
    -> (tensor<1x16x?x8xf32>, tensor<1x16x?x8xf32>, tensor<1x16x?x8xf32>, tensor<1x16x?x8xf32>) {
  %r = attn.recurrent
      ins(%k1, %k1, %v : tensor<1x16x?x1xf32>, tensor<1x16x?x1xf32>, tensor<1x16x?x8xf32>)
      correction(%k1, %k1 : tensor<1x16x?x1xf32>, tensor<1x16x?x1xf32>) outs(%v : tensor<1x16x?x8xf32>)
  %s = attn.recurrent
      ins(%k5, %k5, %v : tensor<1x16x?x5xf32>, tensor<1x16x?x5xf32>, tensor<1x16x?x8xf32>)
      beta(%b : tensor<1x16x?xf32>) outs(%v : tensor<1x16x?x8xf32>)
  %t = attn.recurrent
      ins(%k8, %k8, %v : tensor<1x16x?x8xf32>, tensor<1x16x?x8xf32>, tensor<1x16x?x8xf32>)
      beta(%b : tensor<1x16x?xf32>) outs(%v : tensor<1x16x?x8xf32>)
  %u = attn.linear
      ins(%k1, %k1, %v : tensor<1x16x?x1xf32>, tensor<1x16x?x1xf32>, tensor<1x16x?x8xf32>)
      outs(%v : tensor<1x16x?x8xf32>)
  return %r, %s, %t, %u : tensor<1x16x?x8xf32>, tensor<1x16x?x8xf32>, tensor<1x16x?x8xf32>, tensor<1x16x?x8xf32>
}
