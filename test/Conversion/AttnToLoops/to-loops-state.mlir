// RUN: attn-opt %s --split-input-file \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-to-loops,canonicalize,cse))' \
// RUN:   | FileCheck %s

// The state of a head is read from its destination into f64, carried from token
// to token, and rounded when it is stored. A gate per row multiplies a row of
// the state; two query heads read one state head.

// CHECK-LABEL: func.func @linear
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<?x4x?x8xbf16>, %[[K:[a-z0-9]+]]: tensor<?x1x?x8xbf16>, %[[V:[a-z0-9]+]]: tensor<?x2x?x3xbf16>, %[[G:[a-z0-9]+]]: tensor<?x2x?x8xf32>, %[[O:[a-z0-9]+]]: tensor<?x4x?x3xbf16>, %[[S:[a-z0-9]+]]: tensor<?x2x8x3xf32>
// CHECK-DAG:     %[[SCALE:.*]] = arith.constant 5.000000e-01 : f64
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[STORE:.*]] = tensor.empty() : tensor<8x3xf64>
// CHECK:         scf.for %[[B:[a-z0-9]+]] = {{.*}} iter_args(%{{.*}} = %[[O]], %{{.*}} = %[[S]])
// CHECK:         scf.for %[[H:[a-z0-9]+]] = {{.*}} iter_args(%[[O1:[a-z0-9]+]] = %{{.*}}, %[[S1:[a-z0-9]+]] = %{{.*}})
// CHECK:           %[[START:.*]] = scf.for %[[I:[a-z0-9]+]] = {{.*}} iter_args(%{{.*}} = %[[STORE]])
// CHECK:             tensor.extract %[[S1]][%[[B]], %[[H]], %[[I]], %{{.*}}] : tensor<?x2x8x3xf32>
// CHECK-NEXT:        arith.extf %{{.*}} : f32 to f64
// CHECK:           %[[KH:.*]] = arith.divsi %[[H]], %[[C2]] : index
// CHECK:           %[[END:.*]]:2 = scf.for %[[T:[a-z0-9]+]] = {{.*}} iter_args(%[[O2:[a-z0-9]+]] = %[[O1]], %[[NOW:[a-z0-9]+]] = %[[START]])
// CHECK:             %[[NEXT:.*]] = scf.for %[[I:[a-z0-9]+]] = {{.*}} iter_args(%{{.*}} = %[[NOW]])
// CHECK:               scf.for %[[C:[a-z0-9]+]] = {{.*}} iter_args(%[[OLD:[a-z0-9]+]] = %{{.*}})
// CHECK:                 %[[X:.*]] = tensor.extract %[[OLD]][%[[I]], %[[C]]]
// CHECK:                 %[[G1:.*]] = tensor.extract %[[G]][%[[B]], %[[H]], %[[T]], %[[I]]]
// CHECK-NEXT:            %[[G2:.*]] = arith.extf %[[G1]] : f32 to f64
// CHECK-NEXT:            %[[EXP:.*]] = math.exp %[[G2]] : f64
// CHECK-NEXT:            %[[DECAYED:.*]] = arith.mulf %[[EXP]], %[[X]] : f64
// CHECK:                 tensor.extract %[[K]][%[[B]], %[[KH]], %[[T]], %[[I]]]
// CHECK:                 tensor.extract %[[V]][%[[B]], %[[H]], %[[T]], %[[C]]]
// CHECK:                 %[[WRITE:.*]] = arith.mulf
// CHECK-NEXT:            %[[SUM:.*]] = arith.addf %[[DECAYED]], %[[WRITE]] : f64
// CHECK-NEXT:            tensor.insert %[[SUM]] into %[[OLD]][%[[I]], %[[C]]] : tensor<8x3xf64>
// CHECK:             scf.for %[[READER:[a-z0-9]+]] = {{.*}} iter_args(%{{.*}} = %[[O2]])
// CHECK:               %[[FIRST:.*]] = arith.muli %[[H]], %{{.*}} : index
// CHECK-NEXT:          %[[N:.*]] = arith.addi %[[FIRST]], %[[READER]] : index
// CHECK:               scf.for %[[C:[a-z0-9]+]] =
// CHECK:                 %[[READ:.*]] = scf.for %[[I:[a-z0-9]+]] =
// CHECK-DAG:               tensor.extract %[[NEXT]][%[[I]], %[[C]]]
// CHECK-DAG:               tensor.extract %[[Q]][%[[B]], %[[N]], %[[T]], %[[I]]]
// CHECK:                 %[[OUT:.*]] = arith.mulf %[[READ]], %[[SCALE]] : f64
// CHECK:                 tensor.insert %{{.*}}[%[[B]], %[[N]], %[[T]], %[[C]]] : tensor<?x4x?x3xbf16>
// CHECK:           scf.for %[[I:[a-z0-9]+]] = {{.*}} iter_args(%{{.*}} = %[[S1]])
// CHECK:             tensor.extract %[[END]]#1[%[[I]], %{{.*}}]
// CHECK-NEXT:        arith.truncf %{{.*}} : f64 to f32
func.func @linear(
    %q: tensor<?x4x?x8xbf16>, %k: tensor<?x1x?x8xbf16>, %v: tensor<?x2x?x3xbf16>,
    %g: tensor<?x2x?x8xf32>, %o: tensor<?x4x?x3xbf16>, %s: tensor<?x2x8x3xf32>)
    -> (tensor<?x4x?x3xbf16>, tensor<?x2x8x3xf32>) {
  %r:2 = attn.linear scale 0.5
      ins(%q, %k, %v : tensor<?x4x?x8xbf16>, tensor<?x1x?x8xbf16>, tensor<?x2x?x3xbf16>)
      gate(%g : tensor<?x2x?x8xf32>)
      outs(%o, %s : tensor<?x4x?x3xbf16>, tensor<?x2x8x3xf32>)
  return %r#0, %r#1 : tensor<?x4x?x3xbf16>, tensor<?x2x8x3xf32>
}

// -----

// Without a destination the state starts at zero and is dropped; the output is
// of the state before the token, and of the token by its bonus.

// CHECK-LABEL: func.func @read_before
// CHECK-SAME:    %[[U:[a-z0-9]+]]: tensor<1x8xf32>
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f64
// CHECK:         tensor.insert %[[ZERO]] into %{{.*}} : tensor<8x3xf64>
// CHECK:         scf.for {{.*}} -> (tensor<1x1x5x3xf32>, tensor<8x3xf64>)
// CHECK:           tensor.extract %[[U]]
// CHECK:           tensor.insert {{.*}} : tensor<1x1x5x3xf32>
// CHECK:           tensor.insert {{.*}} : tensor<8x3xf64>
// CHECK-NOT:       tensor<1x8xf32>
// CHECK:         return
func.func @read_before(
    %u: tensor<1x8xf32>, %q: tensor<1x1x5x8xf32>, %v: tensor<1x1x5x3xf32>,
    %o: tensor<1x1x5x3xf32>) -> tensor<1x1x5x3xf32> {
  %r = attn.linear read_before
      ins(%q, %q, %v : tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x3xf32>)
      bonus(%u : tensor<1x8xf32>) outs(%o : tensor<1x1x5x3xf32>)
  return %r : tensor<1x1x5x3xf32>
}

// -----

// The running maximum starts at -inf; the state decays by the gate against it.

// CHECK-LABEL: func.func @max_exp
// CHECK-SAME:    %[[F:[a-z0-9]+]]: tensor<1x1x?xf32>, %[[I:[a-z0-9]+]]: tensor<1x1x?xf32>
// CHECK-DAG:     %[[NONE:.*]] = arith.constant 0xFFF0000000000000 : f64
// CHECK-DAG:     %[[EPS:.*]] = arith.constant 1.250000e-01 : f64
// CHECK:         scf.for %[[T:[a-z0-9]+]] = {{.*}} iter_args(%{{.*}}, %{{.*}}, %{{.*}}, %[[M:[a-z0-9]+]] = %[[NONE]]) -> (tensor<1x1x?x3xf32>, tensor<8x3xf64>, tensor<8xf64>, f64)
// CHECK:           tensor.extract %[[F]]
// CHECK-NEXT:      %[[F1:.*]] = arith.extf
// CHECK-NEXT:      tensor.extract %[[I]]
// CHECK-NEXT:      %[[I1:.*]] = arith.extf
// CHECK-NEXT:      %[[KEPT:.*]] = arith.addf %[[F1]], %[[M]] : f64
// CHECK-NEXT:      %[[NEXT:.*]] = arith.maximumf %[[KEPT]], %[[I1]] : f64
// CHECK-NEXT:      %[[EMPTY:.*]] = arith.cmpf oeq, %[[NEXT]], %[[NONE]]
// CHECK-NEXT:      %[[FINITE:.*]] = arith.select %[[EMPTY]], %{{.*}}, %[[NEXT]]
// CHECK-NEXT:      %[[D:.*]] = arith.subf %[[KEPT]], %[[FINITE]]
// CHECK-NEXT:      %[[W:.*]] = arith.subf %[[I1]], %[[FINITE]]
// CHECK-NEXT:      math.exp %[[W]]
// CHECK-NEXT:      math.exp %[[D]]
// CHECK:           %[[ABS:.*]] = math.absf
// CHECK:           arith.maximumf %[[ABS]], %{{.*}} : f64
// CHECK-NEXT:      arith.addf %{{.*}}, %[[EPS]] : f64
// CHECK:           arith.divf
func.func @max_exp(
    %f: tensor<1x1x?xf32>, %i: tensor<1x1x?xf32>, %q: tensor<1x1x?x8xf32>,
    %v: tensor<1x1x?x3xf32>, %o: tensor<1x1x?x3xf32>) -> tensor<1x1x?x3xf32> {
  %r = attn.linear normalizer(max_exp) epsilon 0.125
      ins(%q, %q, %v : tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x3xf32>)
      gate(%f : tensor<1x1x?xf32>) input_gate(%i : tensor<1x1x?xf32>)
      outs(%o : tensor<1x1x?x3xf32>)
  return %r : tensor<1x1x?x3xf32>
}

// -----

// The correction reads the state before it changes, and the transition changes
// like a state that nothing is written to.

// CHECK-LABEL: func.func @correction
// CHECK-SAME:    %[[A:[a-z0-9]+]]: tensor<1x1x?x8xf32>, %[[B:[a-z0-9]+]]: tensor<1x1x?x8xf32>, %[[V:[a-z0-9]+]]: tensor<1x1x?x3xf32>
// CHECK:         scf.for {{.*}} iter_args(%{{.*}}, %[[S:[a-z0-9]+]] = %{{.*}}, %[[M:[a-z0-9]+]] = %{{.*}}) -> (tensor<1x1x?x3xf32>, tensor<8x3xf64>, tensor<8x8xf64>)
// CHECK:           %[[R:.*]] = scf.for
// CHECK-DAG:         tensor.extract %[[S]]
// CHECK-DAG:         tensor.extract %[[B]]
// CHECK:           scf.for {{.*}} iter_args(%{{.*}} = %[[S]])
// CHECK-DAG:         tensor.extract %[[A]]
// CHECK-DAG:         tensor.extract %[[R]]
// CHECK-DAG:         tensor.extract %[[V]]
// CHECK:           %[[R:.*]] = scf.for
// CHECK-DAG:         tensor.extract %[[M]]
// CHECK-DAG:         tensor.extract %[[B]]
// CHECK:           scf.for {{.*}} iter_args(%{{.*}} = %[[M]])
// CHECK-DAG:         tensor.extract %[[A]]
// CHECK-DAG:         tensor.extract %[[R]]
// CHECK-NOT:         tensor.extract %[[V]]
// CHECK:           tensor.insert {{.*}} : tensor<1x1x?x3xf32>
func.func @correction(
    %a: tensor<1x1x?x8xf32>, %b: tensor<1x1x?x8xf32>, %v: tensor<1x1x?x3xf32>,
    %o: tensor<1x1x?x3xf32>, %s: tensor<1x1x8x3xf32>, %m: tensor<1x1x8x8xf32>)
    -> (tensor<1x1x?x3xf32>, tensor<1x1x8x3xf32>, tensor<1x1x8x8xf32>) {
  %r:3 = attn.recurrent transition
      ins(%a, %a, %v : tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x3xf32>)
      correction(%a, %b : tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>)
      outs(%o, %s, %m : tensor<1x1x?x3xf32>, tensor<1x1x8x3xf32>, tensor<1x1x8x8xf32>)
  return %r#0, %r#1, %r#2 : tensor<1x1x?x3xf32>, tensor<1x1x8x3xf32>, tensor<1x1x8x8xf32>
}

// -----

// A decay per element is formed for the element.

// CHECK-LABEL: func.func @decay
// CHECK-SAME:    %[[DT:[a-z0-9]+]]: tensor<1x1x?x3xf32>, %[[A:[a-z0-9]+]]: tensor<1x8x3xf32>
// CHECK:         scf.for %[[T:[a-z0-9]+]] = {{.*}} -> (tensor<1x1x?x3xf32>, tensor<8x3xf64>)
// CHECK:           scf.for %[[I:[a-z0-9]+]] = {{.*}} -> (tensor<8x3xf64>)
// CHECK:             scf.for %[[C:[a-z0-9]+]] = {{.*}} -> (tensor<8x3xf64>)
// CHECK:               tensor.extract %[[A]][%{{.*}}, %[[I]], %[[C]]]
// CHECK:               tensor.extract %[[DT]][%{{.*}}, %{{.*}}, %[[T]], %[[C]]]
// CHECK:               %[[G:.*]] = arith.mulf
// CHECK-NEXT:          math.exp %[[G]] : f64
func.func @decay(
    %dt: tensor<1x1x?x3xf32>, %a: tensor<1x8x3xf32>, %q: tensor<1x1x?x8xf32>,
    %o: tensor<1x1x?x3xf32>) -> tensor<1x1x?x3xf32> {
  %r = attn.recurrent
      ins(%q, %q, %dt : tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x3xf32>)
      decay(%dt, %a : tensor<1x1x?x3xf32>, tensor<1x8x3xf32>)
      outs(%o : tensor<1x1x?x3xf32>)
  return %r : tensor<1x1x?x3xf32>
}

// -----

// A bound is at least the one before and at most T (0 without a batch); there
// are at most as many sequences as states. Tokens of none have an output of 0.

// CHECK-LABEL: func.func @packed
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<?x1x?x8xf32>, %[[CU:[a-z0-9]+]]: tensor<?xi32>, %{{.*}}, %[[S:[a-z0-9]+]]: tensor<?x1x8x8xf32>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[BOUNDS:.*]] = tensor.dim %[[CU]], %[[C0]]
// CHECK-DAG:     %[[GIVEN:.*]] = arith.subi %[[BOUNDS]], %[[C1]]
// CHECK-DAG:     %[[STATES:.*]] = tensor.dim %[[S]], %[[C0]]
// CHECK:         %[[N:.*]] = arith.minsi %[[GIVEN]], %[[STATES]] : index
// CHECK:         %[[ZEROS:.*]] = scf.for
// CHECK:           tensor.insert %{{[a-z_]+0*}} into
// CHECK:         scf.for %[[I:[a-z0-9]+]] = %[[C0]] to %[[N]] {{.*}} iter_args(%[[LAST:[a-z0-9]+]] = %[[C0]], %{{.*}} = %[[ZEROS]],
// CHECK:           %[[T:.*]] = arith.muli
// CHECK:           %[[X:.*]] = tensor.extract %[[CU]][%[[I]]]
// CHECK-NEXT:      %[[Y:.*]] = arith.index_cast %[[X]] : i32 to index
// CHECK-NEXT:      %[[Z:.*]] = arith.minsi %[[Y]], %[[T]]
// CHECK-NEXT:      %[[BEGIN:.*]] = arith.maxsi %[[Z]], %[[LAST]]
// CHECK:           tensor.extract %[[CU]]
// CHECK:           %[[END:.*]] = arith.maxsi %{{.*}}, %[[BEGIN]]
// CHECK-NEXT:      %[[COUNT:.*]] = arith.subi %[[END]], %[[BEGIN]]
// CHECK:           scf.for %[[J:[a-z0-9]+]] = %[[C0]] to %[[COUNT]]
// CHECK:             %[[TOKEN:.*]] = arith.addi %[[BEGIN]], %[[J]]
// CHECK:             tensor.extract %[[Q]][%[[C0]], %{{.*}}, %[[TOKEN]], %{{.*}}]
// CHECK:           scf.yield %[[END]],
func.func @packed(
    %q: tensor<?x1x?x8xf32>, %cu: tensor<?xi32>, %o: tensor<?x1x?x8xf32>,
    %s: tensor<?x1x8x8xf32>) -> (tensor<?x1x?x8xf32>, tensor<?x1x8x8xf32>) {
  %r:2 = attn.linear
      ins(%q, %q, %q : tensor<?x1x?x8xf32>, tensor<?x1x?x8xf32>, tensor<?x1x?x8xf32>)
      cu_seqlens(%cu : tensor<?xi32>)
      outs(%o, %s : tensor<?x1x?x8xf32>, tensor<?x1x8x8xf32>)
  return %r#0, %r#1 : tensor<?x1x?x8xf32>, tensor<?x1x8x8xf32>
}
