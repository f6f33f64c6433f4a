// RUN: attn-opt %s --split-input-file \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-to-loops),canonicalize,cse)' \
// RUN:   | FileCheck %s

// The score of one pair: what is admitted, and in which order a score is made.

// -----

// The order is scale, softcap, bias, score region.

// CHECK-LABEL: func.func @order
// CHECK-SAME:    %[[BIAS:[a-z0-9_]+]]: tensor<1x2x3x5xf16>, %[[SLOPES:[a-z0-9_]+]]: tensor<2xf32>
// CHECK-DAG:     %[[SCALE:[a-z0-9_]+]] = arith.constant 2.000000e+00 : f64
// CHECK-DAG:     %[[CAP:[a-z0-9_]+]] = arith.constant 5.000000e+01 : f64
// CHECK:         scf.for %[[H:[a-z0-9_]+]] = {{.*}}tensor<1x2x3x4xf32>
// CHECK:         scf.for %[[I:[a-z0-9_]+]] = {{.*}}tensor<1x2x3x4xf32>
// CHECK:         scf.for %[[J:[a-z0-9_]+]] = {{.*}}tensor<5xf64>
// CHECK:           %[[DOT:[a-z0-9_]+]] = scf.for {{.*}} -> (f64)
// CHECK:           %[[S0:[a-z0-9_]+]] = arith.mulf %[[DOT]], %[[SCALE]] : f64
// CHECK-NEXT:      %[[X:[a-z0-9_]+]] = arith.divf %[[S0]], %[[CAP]] : f64
// CHECK-NEXT:      %[[TANH:[a-z0-9_]+]] = math.tanh %[[X]] : f64
// CHECK-NEXT:      %[[S1:[a-z0-9_]+]] = arith.mulf %[[TANH]], %[[CAP]] : f64
// CHECK-NEXT:      %[[B16:[a-z0-9_]+]] = tensor.extract %[[BIAS]][%{{.*}}, %[[H]], %[[I]], %[[J]]]
// CHECK-NEXT:      %[[B32:[a-z0-9_]+]] = arith.extf %[[B16]] : f16 to f32
// CHECK-NEXT:      %[[B:[a-z0-9_]+]] = arith.extf %[[B32]] : f32 to f64
// CHECK-NEXT:      %[[S2:[a-z0-9_]+]] = arith.addf %[[S1]], %[[B]] : f64
// CHECK-NEXT:      %[[S3:[a-z0-9_]+]] = arith.truncf %[[S2]] : f64 to f32
// CHECK-NEXT:      %[[SLOPE:[a-z0-9_]+]] = tensor.extract %[[SLOPES]][%[[H]]]
// CHECK-NEXT:      %[[S4:[a-z0-9_]+]] = arith.mulf %[[S3]], %[[SLOPE]] : f32
// CHECK-NEXT:      %[[S5:[a-z0-9_]+]] = arith.extf %[[S4]] : f32 to f64
// CHECK-NEXT:      tensor.insert %[[S5]]
func.func @order(
    %q: tensor<1x2x3x8xf32>, %k: tensor<1x1x5x8xf32>, %v: tensor<1x1x5x4xf32>,
    %bias: tensor<1x2x3x5xf16>, %slopes: tensor<2xf32>,
    %init: tensor<1x2x3x4xf32>) -> tensor<1x2x3x4xf32> {
  %o = attn.dense scale 2.0 softcap 5.0e+01
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x4xf32>)
      bias(%bias : tensor<1x2x3x5xf16>) captures(%slopes : tensor<2xf32>)
      outs(%init : tensor<1x2x3x4xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %sl: tensor<2xf32>):
        %slope = tensor.extract %sl[%h] : tensor<2xf32>
        %r = arith.mulf %s, %slope : f32
        attn.yield %r : f32
      }
  return %o : tensor<1x2x3x4xf32>
}

// -----

// Sizes of 1 in a bias are broadcast; false in a boolean one forbids the pair,
// whose query and key are then not read.

// CHECK-LABEL: func.func @boolean_bias
// CHECK-SAME:    %[[BIAS:[a-z0-9_]+]]: tensor<1x?x1x?xi1>
// CHECK-DAG:     %[[NONE:[a-z0-9_]+]] = arith.constant 0xFFF0000000000000 : f64
// CHECK-DAG:     %[[C0:[a-z0-9_]+]] = arith.constant 0 : index
// CHECK:         scf.for %[[B:[a-z0-9_]+]] = {{.*}}tensor<?x?x?x4xf32>
// CHECK:         scf.for %[[H:[a-z0-9_]+]] = {{.*}}tensor<?x?x?x4xf32>
// CHECK:         scf.for %[[I:[a-z0-9_]+]] = {{.*}}tensor<?x?x?x4xf32>
// CHECK:         scf.for %[[J:[a-z0-9_]+]] = {{.*}}tensor<?xf64>
// CHECK-NEXT:      %[[ADMITTED:[a-z0-9_]+]] = tensor.extract %[[BIAS]][%[[C0]], %[[H]], %[[C0]], %[[J]]]
// CHECK-NEXT:      scf.if %[[ADMITTED]] -> (f64) {
// CHECK-NEXT:        scf.for
// CHECK:           } else {
// CHECK-NEXT:        scf.yield %[[NONE]] : f64
func.func @boolean_bias(
    %q: tensor<?x?x?x8xf32>, %k: tensor<?x?x?x8xf32>, %v: tensor<?x?x?x4xf32>,
    %bias: tensor<1x?x1x?xi1>, %init: tensor<?x?x?x4xf32>)
    -> tensor<?x?x?x4xf32> {
  %o = attn.dense
      ins(%q, %k, %v : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x4xf32>)
      bias(%bias : tensor<1x?x1x?xi1>)
      outs(%init : tensor<?x?x?x4xf32>)
  return %o : tensor<?x?x?x4xf32>
}

// -----

// The diagonal of align(bottom_right) is S - T. The window's bounds are
// compared with a distance, so that no bound overflows.

// CHECK-LABEL: func.func @causal_window
// CHECK-SAME:    %[[Q:[a-z0-9_]+]]: tensor<1x1x?x8xf32>, %[[K:[a-z0-9_]+]]: tensor<1x1x?x8xf32>
// CHECK-DAG:     %[[LEFT:.+]] = arith.constant -3 : index
// CHECK-DAG:     %[[RIGHT:[a-z0-9_]+]] = arith.constant 9223372036854775807 : index
// CHECK-DAG:     %[[C0:[a-z0-9_]+]] = arith.constant 0 : index
// CHECK-DAG:     %[[S:[a-z0-9_]+]] = tensor.dim %[[K]]
// CHECK-DAG:     %[[T:[a-z0-9_]+]] = tensor.dim %[[Q]]
// CHECK:         %[[D:[a-z0-9_]+]] = affine.apply #{{.*}}()[%[[S]], %[[T]]]
// CHECK:         scf.for %[[I:[a-z0-9_]+]] = {{.*}}tensor<1x1x?x4xf32>
// CHECK:         scf.for %[[J:[a-z0-9_]+]] = {{.*}}tensor<?xf64>
// CHECK-NEXT:      %[[CENTER:[a-z0-9_]+]] = arith.addi %[[I]], %[[D]] : index
// CHECK-NEXT:      %[[X:[a-z0-9_]+]] = arith.subi %[[J]], %[[CENTER]] : index
// CHECK-NEXT:      %[[CAUSAL:[a-z0-9_]+]] = arith.cmpi sle, %[[X]], %[[C0]] : index
// CHECK-NEXT:      %[[ABOVE:[a-z0-9_]+]] = arith.cmpi sge, %[[X]], %[[LEFT]] : index
// CHECK-NEXT:      %[[BELOW:[a-z0-9_]+]] = arith.cmpi sle, %[[X]], %[[RIGHT]] : index
// CHECK-NEXT:      %[[AND:[a-z0-9_]+]] = arith.andi %[[CAUSAL]], %[[ABOVE]] : i1
// CHECK-NEXT:      %[[ALL:[a-z0-9_]+]] = arith.andi %[[AND]], %[[BELOW]] : i1
// CHECK-NEXT:      scf.if %[[ALL]]
func.func @causal_window(
    %q: tensor<1x1x?x8xf32>, %k: tensor<1x1x?x8xf32>, %v: tensor<1x1x?x4xf32>,
    %init: tensor<1x1x?x4xf32>) -> tensor<1x1x?x4xf32> {
  %o = attn.dense causal align(bottom_right) window [3, 9223372036854775807]
      ins(%q, %k, %v : tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x4xf32>)
      outs(%init : tensor<1x1x?x4xf32>)
  return %o : tensor<1x1x?x4xf32>
}

// -----

// CHECK-LABEL: func.func @top_left
// CHECK:         scf.for %[[I:[a-z0-9_]+]] = {{.*}}tensor<1x1x3x4xf32>
// CHECK:         scf.for %[[J:[a-z0-9_]+]] = {{.*}}tensor<5xf64>
// CHECK-NEXT:      %[[X:[a-z0-9_]+]] = arith.subi %[[J]], %[[I]] : index
// CHECK-NEXT:      arith.cmpi sle, %[[X]], %{{.*}} : index
func.func @top_left(
    %q: tensor<1x1x3x8xf32>, %k: tensor<1x1x5x8xf32>, %v: tensor<1x1x5x4xf32>,
    %init: tensor<1x1x3x4xf32>) -> tensor<1x1x3x4xf32> {
  %o = attn.dense causal align(top_left)
      ins(%q, %k, %v : tensor<1x1x3x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x4xf32>)
      outs(%init : tensor<1x1x3x4xf32>)
  return %o : tensor<1x1x3x4xf32>
}

// -----

// A tile: masks and regions speak of the undivided operation, elements are the
// tile's. A region may use values of the function without capturing them.

// CHECK-LABEL: func.func @tile
// CHECK-SAME:    %[[K:[a-z0-9_]+]]: tensor<1x1x5x8xf32>
// CHECK-SAME:    %[[IDS:[a-z0-9_]+]]: tensor<?xi32>, %[[OB:[a-z0-9_]+]]: index, %[[OH:[a-z0-9_]+]]: index, %[[OI:[a-z0-9_]+]]: index, %[[OJ:[a-z0-9_]+]]: index, %[[D:[a-z0-9_]+]]: index
// CHECK:         scf.for %[[I:[a-z0-9_]+]] = {{.*}}tensor<1x1x3x4xf32>
// CHECK:         scf.for %[[J:[a-z0-9_]+]] = {{.*}}tensor<5xf64>
// CHECK-NEXT:      %[[GI:[a-z0-9_]+]] = arith.addi %[[OI]], %[[I]] : index
// CHECK-NEXT:      %[[GJ:[a-z0-9_]+]] = arith.addi %[[OJ]], %[[J]] : index
// CHECK-NEXT:      %[[CENTER:[a-z0-9_]+]] = arith.addi %[[GI]], %[[D]] : index
// CHECK-NEXT:      %[[X:[a-z0-9_]+]] = arith.subi %[[GJ]], %[[CENTER]] : index
// CHECK-NEXT:      %[[CAUSAL:[a-z0-9_]+]] = arith.cmpi sle, %[[X]]
// CHECK-NEXT:      %[[A:[a-z0-9_]+]] = tensor.extract %[[IDS]][%[[GI]]]
// CHECK-NEXT:      %[[B:[a-z0-9_]+]] = tensor.extract %[[IDS]][%[[GJ]]]
// CHECK-NEXT:      %[[SAME:[a-z0-9_]+]] = arith.cmpi eq, %[[A]], %[[B]] : i32
// CHECK-NEXT:      %[[ALL:[a-z0-9_]+]] = arith.andi %[[CAUSAL]], %[[SAME]] : i1
// CHECK-NEXT:      scf.if %[[ALL]]
// CHECK:             tensor.extract %[[K]][%{{.*}}, %{{.*}}, %[[J]], %{{.*}}]
func.func @tile(
    %q: tensor<1x1x3x8xf32>, %k: tensor<1x1x5x8xf32>, %v: tensor<1x1x5x4xf32>,
    %init: tensor<1x1x3x4xf32>, %ids: tensor<?xi32>,
    %ob: index, %oh: index, %oi: index, %oj: index, %d: index)
    -> tensor<1x1x3x4xf32> {
  %o = attn.dense causal
      ins(%q, %k, %v : tensor<1x1x3x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x4xf32>)
      origin(%ob, %oh, %oi, %oj) diagonal(%d)
      outs(%init : tensor<1x1x3x4xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %x = tensor.extract %ids[%i] : tensor<?xi32>
        %y = tensor.extract %ids[%j] : tensor<?xi32>
        %same = arith.cmpi eq, %x, %y : i32
        attn.yield %same : i1
      }
  return %o : tensor<1x1x3x4xf32>
}
