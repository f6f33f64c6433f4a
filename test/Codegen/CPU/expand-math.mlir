// RUN: attn-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(attn-cpu-expand-math,canonicalize,cse))' \
// RUN:   | FileCheck %s

// x <= -126 gives bits of zero for 2^(n - 1); the exponent comes from the low
// bits of a sum with 1.5 * 2^23 + 126. No clamp from above is needed, and the one
// from below is a maximum that keeps NaN.

// CHECK-LABEL: func.func @nonpositive
// CHECK-SAME:    %[[X:.*]]: vector<4x64xf32>
// CHECK-DAG:     %[[MAGIC:.*]] = arith.constant dense<0x4B40007E> : vector<4x64xf32>
// CHECK-DAG:     %[[LOW:.*]] = arith.constant dense<-1.260000e+02> : vector<4x64xf32>
// CHECK-DAG:     %[[SHIFT:.*]] = arith.constant dense<23> : vector<4x64xi32>
// CHECK:         %[[FAR:.*]] = arith.cmpf olt, %[[X]], %[[LOW]]
// CHECK-NEXT:    %[[C:.*]] = arith.select %[[FAR]], %[[LOW]], %[[X]]
// CHECK-NEXT:    %[[SUM:.*]] = arith.addf %[[C]], %[[MAGIC]]
// CHECK-NEXT:    %[[N:.*]] = arith.subf %[[SUM]], %[[MAGIC]]
// CHECK-NEXT:    %[[R:.*]] = arith.subf %[[C]], %[[N]]
// CHECK-COUNT-5: math.fma
// CHECK:         %[[BITS:.*]] = arith.bitcast %[[SUM]]
// CHECK-NEXT:    %[[E:.*]] = arith.shli %[[BITS]], %[[SHIFT]]
// CHECK-NEXT:    %[[POWER:.*]] = arith.bitcast %[[E]]
// CHECK-NEXT:    arith.mulf %{{.*}}, %[[POWER]]
// CHECK-NOT:     math.exp2
func.func @nonpositive(%x: vector<4x64xf32>) -> vector<4x64xf32> {
  %y = math.exp2 %x {attn.nonpositive} : vector<4x64xf32>
  return %y : vector<4x64xf32>
}

// -----

// Without a known sign there is a clamp from above too.

// CHECK-LABEL: func.func @any_sign
// CHECK:         arith.cmpf olt
// CHECK:         arith.cmpf ogt
// CHECK-NOT:     math.exp2
// CHECK:         return
func.func @any_sign(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp2 %x : vector<16xf32>
  return %y : vector<16xf32>
}

// -----

// A maximum over rows is one compare and select per row.

// CHECK-LABEL: func.func @row_maximum
// CHECK-SAME:    %[[X:.*]]: vector<2x16xf32>, %[[M:.*]]: vector<16xf32>
// CHECK:         %[[X0:.*]] = vector.extract %[[X]][0]
// CHECK-NEXT:    %[[C0:.*]] = arith.cmpf ogt, %[[X0]], %[[M]]
// CHECK-NEXT:    %[[M0:.*]] = arith.select %[[C0]], %[[X0]], %[[M]]
// CHECK-NEXT:    %[[X1:.*]] = vector.extract %[[X]][1]
// CHECK-NEXT:    %[[C1:.*]] = arith.cmpf ogt, %[[X1]], %[[M0]]
// CHECK-NEXT:    %[[M1:.*]] = arith.select %[[C1]], %[[X1]], %[[M0]]
// CHECK-NEXT:    return %[[M1]]
func.func @row_maximum(%x: vector<2x16xf32>, %m: vector<16xf32>) -> vector<16xf32> {
  %r = vector.multi_reduction <maxnumf>, %x, %m [0] : vector<2x16xf32> to vector<16xf32>
  return %r : vector<16xf32>
}

// -----

// Scalars are left to libm.

// CHECK-LABEL: func.func @scalar
// CHECK:         math.exp2 %{{.*}} : f32
func.func @scalar(%x: f32) -> f32 {
  %y = math.exp2 %x : f32
  return %y : f32
}

// -----

// CHECK-LABEL: func.func @absolute_integers
// CHECK-SAME:    %[[X:.*]]: vector<4x64xi32>
// CHECK:         %[[N:.*]] = arith.subi %{{.*}}, %[[X]]
// CHECK-NEXT:    arith.maxsi %[[X]], %[[N]]
func.func @absolute_integers(%x: vector<4x64xi32>) -> vector<4x64xi32> {
  %y = math.absi %x : vector<4x64xi32>
  return %y : vector<4x64xi32>
}

// -----

// CHECK-LABEL: func.func @scalar_clamp
// CHECK-NOT:     math.clampf
// CHECK:         return
func.func @scalar_clamp(%x: f32, %lo: f32, %hi: f32) -> f32 {
  %y = math.clampf %x to [%lo, %hi] : f32
  return %y : f32
}
