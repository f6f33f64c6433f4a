// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-split-keys,canonicalize,cse))' \
// RUN:   | FileCheck %s

// With key_split = N, parts of N keys run independently, each with its own output
// and lse, and attn.merge puts them together.

// CHECK-DAG:   #[[LONGER:.*]] = affine_map<()[s0] -> (100, s0 ceildiv 16)>
// CHECK-LABEL: func.func @static
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<1x2x8x64xf32>, %[[K:[a-z0-9]+]]: tensor<1x2x250x64xf32>, %[[O:[a-z0-9]+]]: tensor<1x2x8x64xf32>)
// CHECK:         %[[PARTS:.*]]:2 = scf.forall (%[[J:.*]]) = (0) to (250) step (100)
// CHECK-SAME:      -> (tensor<3x1x2x8x64xf32>, tensor<3x1x2x8xf32>) {
// CHECK:           %[[N:.*]] = affine.min {{.*}}(%[[J]])
// CHECK:           %[[KP:.*]] = tensor.extract_slice %[[K]][0, 0, %[[J]], 0] [1, 2, %[[N]], 64]
// CHECK:           attn.dense schedule <{{.*}}> ins(%[[Q]], %[[KP]], %[[KP]] :
// CHECK-SAME:        origin(%{{.*}}, %{{.*}}, %{{.*}}, %[[J]])
// CHECK-SAME:        : tensor<1x2x8x64xf32>, tensor<1x2x8xf32>)
// CHECK:         attn.merge ins(%[[PARTS]]#0, %[[PARTS]]#1 : {{.*}}) outs(%[[O]] : tensor<1x2x8x64xf32>)
func.func @static(%q: tensor<1x2x8x64xf32>, %k: tensor<1x2x250x64xf32>,
                  %o: tensor<1x2x8x64xf32>) -> tensor<1x2x8x64xf32> {
  %r = attn.dense
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 64, key_split = 100>
      ins(%q, %k, %k : tensor<1x2x8x64xf32>, tensor<1x2x250x64xf32>, tensor<1x2x250x64xf32>)
      outs(%o : tensor<1x2x8x64xf32>)
  return %r : tensor<1x2x8x64xf32>
}

// Dynamic keys make a dynamic number of parts, of at most 16: for more keys the
// parts are longer, so that their results need no more room. The diagonal of the undivided op
// goes along, and an lse is merged with the output.

// CHECK-LABEL: func.func @dynamic_causal
// CHECK:         %[[KEYS:.*]] = tensor.dim %{{.*}}, %c2
// CHECK:         %[[SIZE:.*]] = affine.max #[[LONGER]]()[%[[KEYS]]]
// CHECK:         scf.forall {{.*}} to (%[[KEYS]]) step (%[[SIZE]])
// CHECK-SAME:      -> (tensor<?x1x2x?x64xf32>, tensor<?x1x2x?xf32>) {
// CHECK:           attn.dense causal schedule {{.*}} diagonal(%{{.*}})
// CHECK:         attn.merge ins({{.*}}) outs({{.*}} : tensor<1x2x?x64xf16>, tensor<1x2x?xf32>)
func.func @dynamic_causal(
    %q: tensor<1x2x?x64xf16>, %k: tensor<1x2x?x64xf16>,
    %o: tensor<1x2x?x64xf16>, %l: tensor<1x2x?xf32>)
    -> (tensor<1x2x?x64xf16>, tensor<1x2x?xf32>) {
  %r:2 = attn.dense causal align(bottom_right)
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 64, key_split = 100>
      ins(%q, %k, %k : tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16>)
      outs(%o, %l : tensor<1x2x?x64xf16>, tensor<1x2x?xf32>)
  return %r#0, %r#1 : tensor<1x2x?x64xf16>, tensor<1x2x?xf32>
}

// CHECK-LABEL: func.func @one_part
// CHECK-NOT:     scf.forall
// CHECK:         attn.dense
// CHECK-NOT:     attn.merge
// CHECK:         return
func.func @one_part(%q: tensor<1x2x8x64xf32>, %k: tensor<1x2x250x64xf32>,
                    %o: tensor<1x2x8x64xf32>) -> tensor<1x2x8x64xf32> {
  %r = attn.dense
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 64>
      ins(%q, %k, %k : tensor<1x2x8x64xf32>, tensor<1x2x250x64xf32>, tensor<1x2x250x64xf32>)
      outs(%o : tensor<1x2x8x64xf32>)
  return %r : tensor<1x2x8x64xf32>
}
