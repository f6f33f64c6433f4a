// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-lower-lists{target=x86-64-v4}))' | FileCheck %s
// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-lower-lists{target=x86-64-v3}))' | FileCheck %s --check-prefix=V3

// 64 queries of a list head are a tile: four vectors. What is stored is a panel
// with a row per block for each of them.

// CHECK-LABEL: func.func @raw
// CHECK-NOT: attn.select
// CHECK: scf.forall
// CHECK: %[[PANEL:.*]] = memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<4x?x16xf32>
// Queries are turned, features of 16 of them are one vector.
// CHECK: vector.transpose {{.*}} : vector<16x16xf32> to vector<16x16xf32>
// Four keys times four vectors, each key's feature in all lanes.
// CHECK: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>,
// CHECK-COUNT-16: vector.fma
// CHECK-NOT: vector.fma
// CHECK: scf.yield
// Ranks: the bits in order.
// CHECK: vector.bitcast {{.*}} vector<16xf32> to vector<16xi32>
// CHECK: arith.shrsi
// CHECK: arith.xori
// Bisection of all lanes, until none is left.
// CHECK: scf.while
// CHECK: vector.reduction <or>
// CHECK: arith.cmpi sge
// CHECK: vector.scatter

// V3-LABEL: func.func @raw
// V3: memref<2x?x8xf32>
// V3: scf.for {{.*}} -> (vector<8xf32>, vector<8xf32>,
// V3-COUNT-8: vector.fma
// V3-NOT: vector.fma
// V3: scf.yield
func.func @raw(%q: memref<1x4x?x64xf32>, %k: memref<1x2x?x64xf32>, %l: memref<1x2x?x3xi32>) {
  attn.select causal block 16 ins(%q, %k : memref<1x4x?x64xf32>, memref<1x2x?x64xf32>)
      outs(%l : memref<1x2x?x3xi32>)
  return
}

// The weight of a query's head is read once for all keys, outside of the products.
// CHECK-LABEL: func.func @region
// CHECK: memref.load %arg2
// CHECK: vector.fma
// CHECK-NOT: memref.load %arg2
// CHECK: arith.maximumf
// CHECK: scf.while
func.func @region(%q: memref<1x4x9x64xf32>, %k: memref<1x1x9x64xf32>, %w: memref<1x4x9xf32>,
                  %l: memref<1x1x9x3xi32>) {
  attn.select causal block 1 ins(%q, %k : memref<1x4x9x64xf32>, memref<1x1x9x64xf32>)
      outs(%l : memref<1x1x9x3xi32>) score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %zero = arith.constant 0.0 : f32
        %relu = arith.maximumf %s, %zero : f32
        %e = memref.load %w[%b, %h, %i] : memref<1x4x9xf32>
        %r = arith.mulf %e, %relu : f32
        attn.yield %r : f32
      }
  return
}

// Keys of 16 bits are widened once for all queries.
// CHECK-LABEL: func.func @narrow
// CHECK: memref.alloc() {alignment = 64 : i64} : memref<64x64xf32>
// CHECK: arith.extf {{.*}} : vector<16xbf16> to vector<16xf32>
// CHECK: math.exp2
func.func @narrow(%q: memref<1x4x?x64xbf16>, %k: memref<1x2x?x64xbf16>, %l: memref<1x2x?x3xi32>) {
  attn.select softmax block 16 ins(%q, %k : memref<1x4x?x64xbf16>, memref<1x2x?x64xbf16>)
      outs(%l : memref<1x2x?x3xi32>)
  return
}

// CHECK-LABEL: func.func @pool
// CHECK: scf.forall
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK: arith.divf {{.*}} : vector<16xf32>
// 20 features are a vector and a part of one.
// CHECK: vector.transfer_read {{.*}}[%{{.*}}, %{{.*}}, %{{.*}}, %c16
func.func @pool(%x: memref<1x2x9x20xf32>, %o: memref<1x2x5x20xf32>) {
  attn.pool size 4 stride 2 ins(%x : memref<1x2x9x20xf32>) outs(%o : memref<1x2x5x20xf32>)
  return
}

// Entries that name no block are skipped, by one comparison.
// CHECK-LABEL: func.func @invert
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in
// CHECK: arith.cmpi ult
// CHECK: arith.ceildivui
// CHECK: arith.cmpi ult
func.func @invert(%l: memref<1x2x9x3xi32>, %o: memref<1x2x5xi32>, %e: memref<1x2x20xi32>) {
  attn.invert align 4 ins(%l : memref<1x2x9x3xi32>)
      outs(%o, %e : memref<1x2x5xi32>, memref<1x2x20xi32>)
  return
}
