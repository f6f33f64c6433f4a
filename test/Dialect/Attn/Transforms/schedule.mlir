// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-schedule{target=x86-64-v4}))' \
// RUN:   --remarks-filter=attn-schedule --remark-format=emitRemark 2>%t.v4 \
// RUN:   | FileCheck %s --check-prefixes=CHECK,V4
// RUN: FileCheck %s --check-prefix=REMARK < %t.v4
// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-schedule{target=x86-64-v3}))' \
// RUN:   | FileCheck %s --check-prefixes=CHECK,V3
// RUN: not attn-opt %s --pass-pipeline='builtin.module(func.func(attn-schedule{target=pdp-11}))' \
// RUN:   2>&1 | FileCheck %s --check-prefix=UNKNOWN

// Tile sizes follow the vector registers of the target: 32 of 16 f32 hold 4 keys
// by 64 queries and 6 columns of V by as many, 16 of 8 f32 hold 4 and 6 by 16.

// UNKNOWN: error: unknown {{.*}}pdp-11

// REMARK: remark: [Passed] schedule | Category:attn-schedule | Remark="query_tile = 64, row_tile = 4, column_tile = 6, key_block = {{[0-9]+}}, key_split = 0: 32 vector registers of 16 f32, L1 of {{[0-9]+}} KiB"

// CHECK-LABEL: func.func @dynamic
// V4:            attn.dense schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = {{48|64|80|96|112|128}}, column_tile = 6> ins(
// V3:            attn.dense schedule <lanes = 8, query_tile = 16, row_tile = 4, key_block = {{48|64|80|96|112|128}}, column_tile = 6> ins(
func.func @dynamic(%q: tensor<1x8x?x64xf32>, %k: tensor<1x2x?x64xf32>,
                   %o: tensor<1x8x?x64xf32>) -> tensor<1x8x?x64xf32> {
  %r = attn.dense
      ins(%q, %k, %k : tensor<1x8x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>)
      outs(%o : tensor<1x8x?x64xf32>)
  return %r : tensor<1x8x?x64xf32>
}

// Two tiles and a long key range: parts of 4096 keys keep more cores busy. One
// vector holds the row of a tile.

// CHECK-LABEL: func.func @few_tiles_many_keys
// V4:            query_tile = 16, row_tile = 8, key_block = {{.*}}, key_split = 4096, column_tile = 8>
// V3:            query_tile = 8, row_tile = 8, key_block = {{.*}}, key_split = 4096, column_tile = 8>
func.func @few_tiles_many_keys(
    %q: tensor<1x2x1x64xf32>, %k: tensor<1x2x16384x64xf32>,
    %o: tensor<1x2x1x64xf32>) -> tensor<1x2x1x64xf32> {
  %r = attn.dense
      ins(%q, %k, %k : tensor<1x2x1x64xf32>, tensor<1x2x16384x64xf32>, tensor<1x2x16384x64xf32>)
      outs(%o : tensor<1x2x1x64xf32>)
  return %r : tensor<1x2x1x64xf32>
}

// With 64 tiles there is work enough, and one part is cheaper.

// CHECK-LABEL: func.func @many_tiles_many_keys
// CHECK-NOT:     key_split
// CHECK:         return
func.func @many_tiles_many_keys(
    %q: tensor<1x64x1x64xf32>, %k: tensor<1x64x16384x64xf32>,
    %o: tensor<1x64x1x64xf32>) -> tensor<1x64x1x64xf32> {
  %r = attn.dense
      ins(%q, %k, %k : tensor<1x64x1x64xf32>, tensor<1x64x16384x64xf32>, tensor<1x64x16384x64xf32>)
      outs(%o : tensor<1x64x1x64xf32>)
  return %r : tensor<1x64x1x64xf32>
}

// A tile has room for the rows there are: query heads that share their keys, if
// there is one query, else queries.

// CHECK-LABEL: func.func @rows
// V4:            attn.dense schedule <lanes = 16, query_tile = 32, row_tile = 4, key_block = {{.*}}, column_tile = 12> {{.*}} tensor<1x48x1x64xf32>
// V4:            attn.dense schedule <lanes = 16, query_tile = 16, row_tile = 8, key_block = {{.*}}, column_tile = 8> {{.*}} tensor<1x48x9x64xf32>
// V3:            attn.dense schedule <lanes = 8, query_tile = 16, row_tile = 4, key_block = {{.*}}, column_tile = 6> {{.*}} tensor<1x48x1x64xf32>
// V3:            attn.dense schedule <lanes = 8, query_tile = 16, row_tile = 4, key_block = {{.*}}, column_tile = 6> {{.*}} tensor<1x48x9x64xf32>
func.func @rows(%q: tensor<1x48x1x64xf32>, %k: tensor<1x2x?x64xf32>, %p: tensor<1x48x9x64xf32>)
    -> (tensor<1x48x1x64xf32>, tensor<1x48x9x64xf32>) {
  %r = attn.dense
      ins(%q, %k, %k : tensor<1x48x1x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>)
      outs(%q : tensor<1x48x1x64xf32>)
  %s = attn.dense
      ins(%p, %k, %k : tensor<1x48x9x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>)
      outs(%p : tensor<1x48x9x64xf32>)
  return %r, %s : tensor<1x48x1x64xf32>, tensor<1x48x9x64xf32>
}

// What the text says is kept.

// CHECK-LABEL: func.func @given
// CHECK:         attn.dense schedule <lanes = 4, query_tile = 8, row_tile = 2, key_block = 32> ins(
func.func @given(%q: tensor<1x8x?x64xf32>, %k: tensor<1x2x?x64xf32>,
                 %o: tensor<1x8x?x64xf32>) -> tensor<1x8x?x64xf32> {
  %r = attn.dense schedule <lanes = 4, query_tile = 8, row_tile = 2, key_block = 32>
      ins(%q, %k, %k : tensor<1x8x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>)
      outs(%o : tensor<1x8x?x64xf32>)
  return %r : tensor<1x8x?x64xf32>
}
