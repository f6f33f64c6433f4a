// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-expand-math))' | FileCheck %s

// The logarithm is of the absolute value; NaN is for what has no power alone.

// CHECK-LABEL: func.func @powf
// CHECK-SAME:    %[[X:[a-z0-9]+]]: vector<8xf32>, %[[Y:[a-z0-9]+]]: vector<8xf32>
// CHECK-DAG:     %[[NAN:.*]] = arith.constant dense<0x7FC00000>
// CHECK-DAG:     %[[ONE:.*]] = arith.constant dense<1.000000e+00>
// CHECK:         math.absf %[[X]]
// CHECK:         %[[FLOOR:.*]] = math.floor %[[Y]]
// CHECK-NEXT:    arith.cmpf oeq, %[[FLOOR]], %[[Y]]
// CHECK:         math.copysign %{{.*}}, %[[X]]
// CHECK:         %[[POWER:.*]] = arith.select %{{.*}}, %[[NAN]]
// CHECK:         %[[IS_ONE:.*]] = arith.ori
// CHECK:         %[[RESULT:.*]] = arith.select %[[IS_ONE]], %[[ONE]], %[[POWER]]
// CHECK:         return %[[RESULT]]
func.func @powf(%x: vector<8xf32>, %y: vector<8xf32>) -> vector<8xf32> {
  %r = math.powf %x, %y : vector<8xf32>
  return %r : vector<8xf32>
}

// Scalars are left to libm.
// CHECK-LABEL: func.func @scalar
// CHECK-NEXT:    math.powf
func.func @scalar(%x: f32, %y: f32) -> f32 {
  %r = math.powf %x, %y : f32
  return %r : f32
}
