// RUN: attn-opt %s --split-input-file \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-to-loops),canonicalize,cse)' \
// RUN:   | FileCheck %s

// attn.online: maximum and correction first, then the keys; padding rows are
// left alone.

// CHECK-LABEL: func.func @online
// CHECK-SAME:    %[[Q:[a-z0-9_]+]]: tensor<8x4xf32>, %[[K:[a-z0-9_]+]]: tensor<?x8xf32>, %[[V:[a-z0-9_]+]]: tensor<?x6xf32>
// CHECK-SAME:    %[[BIAS:[a-z0-9_]+]]: tensor<1x?xf32>
// CHECK-SAME:    %[[OB:[a-z0-9_]+]]: index, %[[OH:[a-z0-9_]+]]: index, %[[OI:[a-z0-9_]+]]: index, %[[OJ:[a-z0-9_]+]]: index, %[[D:[a-z0-9_]+]]: index, %[[ROWS:[a-z0-9_]+]]: index
// CHECK-SAME:    %[[M0:[a-z0-9_]+]]: tensor<4xf32>, %[[L0:[a-z0-9_]+]]: tensor<4xf32>, %[[A0:[a-z0-9_]+]]: tensor<6x4xf32>
// CHECK-DAG:     %[[NONE:[a-z0-9_]+]] = arith.constant 0xFFF0000000000000 : f64
// CHECK-DAG:     %[[ZERO:[a-z0-9_]+]] = arith.constant 0.000000e+00 : f64
// CHECK-DAG:     %[[LOG2E:[a-z0-9_]+]] = arith.constant 1.4426950408889634 : f64
// CHECK-DAG:     %[[C0:[a-z0-9_]+]] = arith.constant 0 : index
// CHECK-DAG:     %[[EXPONENTS:[a-z0-9_]+]] = tensor.empty(%{{.*}}) : tensor<?xf64>
// CHECK-DAG:     %[[SUMS:[a-z0-9_]+]] = tensor.empty() : tensor<6xf64>
// CHECK-DAG:     %[[C4:[a-z0-9_]+]] = arith.constant 4 : index
// CHECK:         %[[REAL:[a-z0-9_]+]] = arith.minsi %[[ROWS]], %[[C4]] : index
// CHECK:         scf.for %[[R:[a-z0-9_]+]] = %[[C0]] to %[[REAL]] step %{{.*}} iter_args(%[[M:[a-z0-9_]+]] = %[[M0]], %[[L:[a-z0-9_]+]] = %[[L0]], %[[A:[a-z0-9_]+]] = %[[A0]])
//
// CHECK-NEXT:      %[[ROW:[a-z0-9_]+]] = scf.for %[[J:[a-z0-9_]+]] = {{.*}} iter_args(%[[E:[a-z0-9_]+]] = %[[EXPONENTS]])
// CHECK-DAG:         %[[GI:[a-z0-9_]+]] = arith.addi %[[OI]], %[[R]] : index
// CHECK-DAG:         %[[GJ:[a-z0-9_]+]] = arith.addi %[[OJ]], %[[J]] : index
// CHECK:             %[[CENTER:[a-z0-9_]+]] = arith.addi %[[GI]], %[[D]] : index
// CHECK-NEXT:        %[[DISTANCE:[a-z0-9_]+]] = arith.subi %[[GJ]], %[[CENTER]] : index
// CHECK-NEXT:        %[[CAUSAL:[a-z0-9_]+]] = arith.cmpi sle, %[[DISTANCE]], %[[C0]] : index
// CHECK-NEXT:        %[[S:[a-z0-9_]+]] = scf.if %[[CAUSAL]] -> (f64) {
// CHECK:               tensor.extract %[[Q]][%[[F:[a-z0-9_]+]], %[[R]]]
// CHECK:               tensor.extract %[[K]][%[[J]], %[[F]]]
// CHECK:               tensor.extract %[[BIAS]][%[[C0]], %[[J]]]
// CHECK:             %[[X:[a-z0-9_]+]] = arith.mulf %[[S]], %[[LOG2E]] : f64
// CHECK-NEXT:        tensor.insert %[[X]] into %[[E]][%[[J]]]
//
// CHECK:           tensor.extract %[[M]][%[[R]]]
// CHECK-NEXT:      %[[OLD:[a-z0-9_]+]] = arith.extf
// CHECK-NEXT:      %[[NEW:[a-z0-9_]+]] = scf.for {{.*}} iter_args(%{{.*}} = %[[OLD]])
// CHECK:             arith.maximumf
// CHECK:           %[[EMPTY:[a-z0-9_]+]] = arith.cmpf oeq, %[[NEW]], %[[NONE]] : f64
// CHECK-NEXT:      %[[MAX:[a-z0-9_]+]] = arith.select %[[EMPTY]], %[[ZERO]], %[[NEW]] : f64
// CHECK-NEXT:      %[[STEP:[a-z0-9_]+]] = arith.subf %[[OLD]], %[[MAX]] : f64
// CHECK-NEXT:      %[[C:[a-z0-9_]+]] = math.exp2 %[[STEP]] : f64
// CHECK:           %[[L1:[a-z0-9_]+]] = arith.mulf %[[C]], %{{.*}} : f64
// CHECK-NEXT:      %[[A1:[a-z0-9_]+]] = scf.for %[[F:[a-z0-9_]+]] = {{.*}} iter_args(%{{.*}} = %[[SUMS]])
// CHECK-NEXT:        tensor.extract %[[A]][%[[F]], %[[R]]]
// CHECK:             arith.mulf %[[C]], %{{.*}} : f64
//
// CHECK:           %[[NEXT:[a-z0-9_]+]]:2 = scf.for %[[J:[a-z0-9_]+]] = {{.*}} iter_args(%[[L2:[a-z0-9_]+]] = %[[L1]], %{{.*}} = %[[A1]])
// CHECK-NEXT:        %[[X:[a-z0-9_]+]] = tensor.extract %[[ROW]][%[[J]]]
// CHECK-NEXT:        %[[SKIP:[a-z0-9_]+]] = arith.cmpf oeq, %[[X]], %[[NONE]] : f64
// CHECK-NEXT:        scf.if %[[SKIP]]
// CHECK:               %[[P:[a-z0-9_]+]] = math.exp2 %{{.*}} : f64
// CHECK:               tensor.extract %[[V]][%[[J]], %{{.*}}]
// CHECK:               arith.addf %[[L2]], %[[P]] : f64
//
// CHECK:           arith.truncf %[[NEW]] : f64 to f32
// CHECK-NEXT:      tensor.insert %{{.*}} into %[[M]][%[[R]]]
// CHECK-NEXT:      arith.truncf %[[NEXT]]#0 : f64 to f32
// CHECK-NEXT:      tensor.insert %{{.*}} into %[[L]][%[[R]]]
// CHECK-NEXT:      scf.for %[[F:[a-z0-9_]+]] = {{.*}} iter_args(%[[A2:[a-z0-9_]+]] = %[[A]])
// CHECK-NEXT:        tensor.extract %[[NEXT]]#1[%[[F]]]
// CHECK-NEXT:        arith.truncf %{{.*}} : f64 to f32
// CHECK-NEXT:        tensor.insert %{{.*}} into %[[A2]][%[[F]], %[[R]]]
func.func @online(
    %q: tensor<8x4xf32>, %k: tensor<?x8xf32>, %v: tensor<?x6xf32>,
    %bias: tensor<1x?xf32>, %b: index, %h: index, %i: index, %j: index,
    %d: index, %rows: index,
    %m: tensor<4xf32>, %l: tensor<4xf32>, %acc: tensor<6x4xf32>)
    -> (tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>) {
  %r:3 = attn.online layout(feature_major) causal scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<?x8xf32>, tensor<?x6xf32>)
      bias(%bias : tensor<1x?xf32>)
      origin(%b, %h, %i, %j) diagonal(%d) rows(%rows)
      outs(%m, %l, %acc : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
  return %r#0, %r#1, %r#2 : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>
}

// -----

// layout(query_major): [R, K] and [R, V]. The region is given the score in
// natural units and the place in the undivided operation.

// CHECK-LABEL: func.func @query_major
// CHECK-SAME:    %[[Q:[a-z0-9_]+]]: tensor<4x8xf32>, %[[K:[a-z0-9_]+]]: tensor<5x8xf32>, %[[V:[a-z0-9_]+]]: tensor<5x6xf32>, %[[TABLE:[a-z0-9_]+]]: tensor<?x?xf32>, %[[OB:[a-z0-9_]+]]: index, %[[OH:[a-z0-9_]+]]: index
// CHECK-SAME:    %[[A0:[a-z0-9_]+]]: tensor<4x6xf32>)
// CHECK:         scf.for %[[R:[a-z0-9_]+]] = {{.*}} -> (tensor<4xf32>, tensor<4xf32>, tensor<4x6xf32>)
// CHECK:           tensor.extract %[[Q]][%[[R]], %{{.*}}]
// CHECK:           tensor.extract %[[TABLE]][%[[OB]], %[[OH]]]
// CHECK-NEXT:      arith.addf %{{.*}} : f32
// CHECK-NEXT:      arith.extf %{{.*}} : f32 to f64
// CHECK-NEXT:      arith.mulf
// CHECK:           tensor.insert %{{.*}} into %{{.*}}[%[[R]], %{{.*}}] : tensor<4x6xf32>
func.func @query_major(
    %q: tensor<4x8xf32>, %k: tensor<5x8xf32>, %v: tensor<5x6xf32>,
    %table: tensor<?x?xf32>, %b: index, %h: index, %i: index, %j: index,
    %m: tensor<4xf32>, %l: tensor<4xf32>, %acc: tensor<4x6xf32>)
    -> (tensor<4xf32>, tensor<4xf32>, tensor<4x6xf32>) {
  %r:3 = attn.online layout(query_major) scale 1.0
      ins(%q, %k, %v : tensor<4x8xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      captures(%table : tensor<?x?xf32>)
      origin(%b, %h, %i, %j)
      outs(%m, %l, %acc : tensor<4xf32>, tensor<4xf32>, tensor<4x6xf32>)
      score {
      ^bb0(%s: f32, %bi: index, %hi: index, %ii: index, %ji: index, %t: tensor<?x?xf32>):
        %x = tensor.extract %t[%bi, %hi] : tensor<?x?xf32>
        %y = arith.addf %s, %x : f32
        attn.yield %y : f32
      }
  return %r#0, %r#1, %r#2 : tensor<4xf32>, tensor<4xf32>, tensor<4x6xf32>
}

// -----

// attn.finish: only the rows of the destination; one without keys gives 0 and
// -inf.

// CHECK-LABEL: func.func @finish
// CHECK-SAME:    %[[M:[a-z0-9_]+]]: tensor<4xf32>, %[[L:[a-z0-9_]+]]: tensor<4xf32>, %[[A:[a-z0-9_]+]]: tensor<6x4xf32>, %[[Z:[a-z0-9_]+]]: f32, %[[O:[a-z0-9_]+]]: tensor<?x6xbf16>, %[[LSE:[a-z0-9_]+]]: tensor<?xf32>
// CHECK-DAG:     %[[NONE:[a-z0-9_]+]] = arith.constant 0xFFF0000000000000 : f64
// CHECK-DAG:     %[[ZERO:[a-z0-9_]+]] = arith.constant 0.000000e+00 : f64
// CHECK-DAG:     %[[LOG2E:[a-z0-9_]+]] = arith.constant 1.4426950408889634 : f64
// CHECK:         %[[N:[a-z0-9_]+]] = tensor.dim %[[O]]
// CHECK:         scf.for %[[R:[a-z0-9_]+]] = %{{.*}} to %[[N]] {{.*}} iter_args(%{{.*}} = %[[O]], %{{.*}} = %[[LSE]])
// CHECK-NEXT:      tensor.extract %[[M]][%[[R]]]
// CHECK-NEXT:      %[[MAX:[a-z0-9_]+]] = arith.extf
// CHECK-NEXT:      tensor.extract %[[L]][%[[R]]]
// CHECK-NEXT:      %[[SUM:[a-z0-9_]+]] = arith.extf
// CHECK-NEXT:      %[[EMPTY:[a-z0-9_]+]] = arith.cmpf oeq, %[[SUM]], %[[ZERO]] : f64
// CHECK-NEXT:      %[[Z64:[a-z0-9_]+]] = arith.extf %[[Z]] : f32 to f64
// CHECK-NEXT:      %[[LOGIT:[a-z0-9_]+]] = arith.mulf %[[Z64]], %[[LOG2E]] : f64
// CHECK-NEXT:      %[[BOTH:[a-z0-9_]+]] = arith.maximumf %[[MAX]], %[[LOGIT]] : f64
// CHECK-NEXT:      %[[NOTHING:[a-z0-9_]+]] = arith.cmpf oeq, %[[BOTH]], %[[NONE]] : f64
// CHECK-NEXT:      %[[BASE:[a-z0-9_]+]] = arith.select %[[NOTHING]], %[[ZERO]], %[[BOTH]] : f64
// CHECK-NEXT:      %[[X:[a-z0-9_]+]] = arith.subf %[[MAX]], %[[BASE]] : f64
// CHECK-NEXT:      %[[FACTOR:[a-z0-9_]+]] = math.exp2 %[[X]] : f64
// CHECK-NEXT:      %[[KEYS:[a-z0-9_]+]] = arith.mulf %[[FACTOR]], %[[SUM]] : f64
// CHECK-NEXT:      %[[Y:[a-z0-9_]+]] = arith.subf %[[LOGIT]], %[[BASE]] : f64
// CHECK-NEXT:      %[[E:[a-z0-9_]+]] = math.exp2 %[[Y]] : f64
// CHECK-NEXT:      %[[T:[a-z0-9_]+]] = arith.addf %[[KEYS]], %[[E]] : f64
// CHECK:             tensor.extract %[[A]][%[[F:[a-z0-9_]+]], %[[R]]]
// CHECK:             %[[P:[a-z0-9_]+]] = arith.mulf %[[FACTOR]], %{{.*}} : f64
// CHECK-NEXT:        %[[Q:[a-z0-9_]+]] = arith.divf %[[P]], %[[T]] : f64
// CHECK-NEXT:        arith.select %[[EMPTY]], %[[ZERO]], %[[Q]] : f64
// CHECK:             tensor.insert %{{.*}}[%[[R]], %[[F]]] : tensor<?x6xbf16>
// CHECK:           %[[LOG:[a-z0-9_]+]] = math.log2 %[[T]] : f64
// CHECK-NEXT:      %[[SUM2:[a-z0-9_]+]] = arith.addf %[[BASE]], %[[LOG]] : f64
// CHECK-NEXT:      %[[NATURAL:[a-z0-9_]+]] = arith.divf %[[SUM2]], %[[LOG2E]] : f64
// CHECK-NEXT:      arith.select %[[EMPTY]], %[[NONE]], %[[NATURAL]] : f64
func.func @finish(%m: tensor<4xf32>, %l: tensor<4xf32>, %acc: tensor<6x4xf32>,
                  %z: f32, %o: tensor<?x6xbf16>, %lse: tensor<?xf32>)
    -> (tensor<?x6xbf16>, tensor<?xf32>) {
  %r:2 = attn.finish layout(feature_major)
      ins(%m, %l, %acc : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
      sink(%z : f32)
      outs(%o, %lse : tensor<?x6xbf16>, tensor<?xf32>)
  return %r#0, %r#1 : tensor<?x6xbf16>, tensor<?xf32>
}

// -----

// CHECK-LABEL: func.func @finish_query_major
// CHECK-SAME:    %[[A:[a-z0-9_]+]]: tensor<4x6xf32>
// CHECK:         scf.for %[[R:[a-z0-9_]+]] = {{.*}} -> (tensor<3x6xf32>)
// CHECK:           tensor.extract %[[A]][%[[R]], %{{.*}}]
// CHECK-NOT:     math.log2
func.func @finish_query_major(
    %m: tensor<4xf32>, %l: tensor<4xf32>, %acc: tensor<4x6xf32>,
    %o: tensor<3x6xf32>) -> tensor<3x6xf32> {
  %r = attn.finish layout(query_major)
      ins(%m, %l, %acc : tensor<4xf32>, tensor<4xf32>, tensor<4x6xf32>)
      outs(%o : tensor<3x6xf32>)
  return %r : tensor<3x6xf32>
}
