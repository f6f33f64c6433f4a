// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-expand-math))' | FileCheck %s

// pi / 2 in three parts, each product fused; the quadrant in the low bits.

// CHECK-LABEL: func.func @sin
// CHECK-DAG:     %[[LOW:.*]] = arith.constant dense<1.71512451E-15> : vector<8xf32>
// CHECK-DAG:     %[[MIDDLE:.*]] = arith.constant dense<4.37113883E-8> : vector<8xf32>
// CHECK-DAG:     %[[HIGH:.*]] = arith.constant dense<-1.57079637> : vector<8xf32>
// CHECK:         math.fma %{{.*}}, %[[HIGH]]
// CHECK:         math.fma %{{.*}}, %[[MIDDLE]]
// CHECK:         math.fma %{{.*}}, %[[LOW]]
// CHECK-NOT:     math.sin
// CHECK:         return
func.func @sin(%x: vector<8xf32>) -> vector<8xf32> {
  %y = math.sin %x : vector<8xf32>
  return %y : vector<8xf32>
}

// One reduction serves both halves of a tangent.
// CHECK-LABEL: func.func @tan
// CHECK-COUNT-1: arith.bitcast
// CHECK-NOT:     arith.bitcast
// CHECK:         %[[R:.*]] = arith.divf
// CHECK:         return %[[R]]
func.func @tan(%x: vector<4x16xf32>) -> vector<4x16xf32> {
  %y = math.tan %x : vector<4x16xf32>
  return %y : vector<4x16xf32>
}

// The logarithm is of the absolute value, nothing cancels.
// CHECK-LABEL: func.func @asinh(
// CHECK-SAME:    %[[X:.*]]: vector<8xf32>
// CHECK:         math.absf %[[X]]
// CHECK:         math.sqrt
// CHECK:         %[[R:.*]] = math.copysign %{{.*}}, %[[X]]
// CHECK:         return %[[R]]
func.func @asinh(%x: vector<8xf32>) -> vector<8xf32> {
  %y = math.asinh %x : vector<8xf32>
  return %y : vector<8xf32>
}

// Scalars are libm's.
// CHECK-LABEL: func.func @scalar
// CHECK:         math.cos
func.func @scalar(%x: f32) -> f32 {
  %y = math.cos %x : f32
  return %y : f32
}
