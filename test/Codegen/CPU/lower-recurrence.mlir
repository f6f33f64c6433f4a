// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-lower-recurrence,canonicalize,cse))' \
// RUN:   | FileCheck %s

// A gate per token: steps of two tokens, then single ones; a panel of 16 of 20
// columns, then the 4 that are left, masked.

// CHECK-LABEL: func.func @token_gate
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: memref<1x1x?x8xf32>, %[[V:[a-z0-9]+]]: memref<1x1x?x20xf32>, %[[G:[a-z0-9]+]]: memref<1x1x?xf32>, %[[O:[a-z0-9]+]]: memref<1x1x?x20xf32>, %[[S:[a-z0-9]+]]: memref<1x1x8x20xf32>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[C8:.*]] = arith.constant 8 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG:     %[[SCALE:.*]] = arith.constant dense<0.353553385> : vector<8xf32>
// CHECK:         %[[T:.*]] = memref.dim %[[V]], %[[C2]]
// CHECK:         %[[STEPS:.*]] = arith.divui %[[T]], %[[C2]]
// CHECK-DAG:     %[[READERS:.*]] = memref.alloc() {alignment = 64 : i64} : memref<1x16x8xf32>
// CHECK-DAG:     %[[READS:.*]] = memref.alloc() {alignment = 64 : i64} : memref<1x9x4xf32>
// CHECK-DAG:     %[[WRITERS:.*]] = memref.alloc() {alignment = 64 : i64} : memref<16x8xf32>
// CHECK-DAG:     %[[DECAYS:.*]] = memref.alloc() {alignment = 64 : i64} : memref<9x8xf32>
// CHECK-DAG:     %[[PANEL:.*]] = memref.alloc() {alignment = 64 : i64} : memref<8x16xf32>
//                Prepare: a_0 and a_1 of the step, q a_0 and q a_0 a_1, k a_1.
// CHECK:         scf.for %[[I:[a-z0-9]+]] = %[[C0]] to %[[STEPS]] step %[[C1]] {
// CHECK:           %[[AT:.*]] = arith.muli %[[I]], %[[C2]]
// CHECK:           %[[GATES:.*]] = vector.transfer_read %[[G]][%[[C0]], %[[C0]], %[[AT]]]
// CHECK:           %[[EXPS:.*]] = math.exp2 %{{.*}} : vector<2xf32>
// CHECK-DAG:       %[[E0:.*]] = vector.extract %[[EXPS]][0]
// CHECK-DAG:       %[[E1:.*]] = vector.extract %[[EXPS]][1]
// CHECK:           %[[K0:.*]] = vector.transfer_read %[[Q]][%[[C0]], %[[C0]], %[[AT]], %[[C0]]]
// CHECK:           %[[Q0:.*]] = arith.mulf %[[K0]], %[[SCALE]]
// CHECK:           %[[A0:.*]] = vector.broadcast %[[E0]]
// CHECK:           %[[P00:.*]] = vector.fma %[[Q0]], %[[K0]]
// CHECK:           %[[R0:.*]] = arith.mulf %[[Q0]], %[[A0]]
// CHECK:           vector.transfer_write %[[R0]], %[[READERS]][%[[C0]], %[[AT]], %[[C0]]]
// CHECK:           %[[A1:.*]] = vector.broadcast %[[E1]]
// CHECK:           %[[W0:.*]] = arith.mulf %[[K0]], %[[A1]]
// CHECK:           %[[A01:.*]] = arith.mulf %[[A0]], %[[A1]]
// CHECK:           %[[P10:.*]] = vector.fma %[[Q1:.*]], %[[W0]]
// CHECK:           %[[R1:.*]] = arith.mulf %[[Q1]], %[[A01]]
// CHECK:           vector.transfer_write %[[R1]], %[[READERS]]
// CHECK:           vector.transfer_write %[[W0]], %[[WRITERS]][%[[AT]], %[[C0]]]
// CHECK:           vector.transfer_write %{{.*}}, %[[WRITERS]]
// CHECK:           vector.transfer_write %[[A01]], %[[DECAYS]][%[[I]], %[[C0]]]
// CHECK:           vector.reduction <add>, %[[P00]] fastmath<reassoc>
// CHECK:           memref.store %{{.*}}, %[[READS]][%[[C0]], %[[I]], %[[C0]]]
// CHECK:           %[[SUM:.*]] = vector.reduction <add>, %[[P10]] fastmath<reassoc>
// CHECK:           memref.store %[[SUM]], %[[READS]][%[[C0]], %[[I]], %[[C2]]]
//                Single tokens after the steps.
// CHECK:         %[[DONE:.*]] = arith.muli %[[STEPS]], %[[C2]]
// CHECK:         scf.for %{{.*}} = %[[DONE]] to %[[T]] step %[[C1]] {
// CHECK:           math.exp2 %{{.*}} : vector<1xf32>
//                The first panel: in, both kinds of steps, out.
// CHECK:         scf.for %[[R:[a-z0-9]+]] = %[[C0]] to %[[C8]] step %[[C1]] {
// CHECK:           vector.transfer_read %[[S]][%[[C0]], %[[C0]], %[[R]], %[[C0]]]
// CHECK:           vector.transfer_read %[[S]][%[[C0]], %[[C0]], %[[R]], %[[C8]]]
// CHECK-COUNT-2:   vector.transfer_write {{.*}}, %[[PANEL]][%[[R]]
// CHECK:         scf.for %[[I:[a-z0-9]+]] = %[[C0]] to %[[STEPS]] step %[[C1]] {
// CHECK-COUNT-4:   vector.transfer_read %[[V]]
// CHECK:           scf.for {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK-COUNT-16:    vector.fma
// CHECK:             scf.yield
// CHECK-COUNT-4:   vector.transfer_write {{.*}}, %[[O]]
// CHECK:           scf.for %[[R:[a-z0-9]+]] = %[[C0]] to %[[C8]]
// CHECK:             memref.load %[[DECAYS]][%[[I]], %[[R]]]
// CHECK:             arith.mulf
// CHECK:             memref.load %[[WRITERS]][%{{.*}}, %[[R]]]
// CHECK:             vector.transfer_write {{.*}}, %[[PANEL]][%[[R]], %[[C0]]]
// CHECK:         scf.for %{{.*}} = %[[DONE]] to %[[T]] step %[[C1]] {
// CHECK:         scf.for %[[R:[a-z0-9]+]] = %[[C0]] to %[[C8]] step %[[C1]] {
// CHECK:           vector.transfer_write {{.*}}, %[[S]][%[[C0]], %[[C0]], %[[R]], %[[C0]]]
//                The second: masked where it meets memory, whole in scratch.
// CHECK:         scf.for %[[R:[a-z0-9]+]] = %[[C0]] to %[[C8]] step %[[C1]] {
// CHECK:           vector.transfer_read %[[S]][%[[C0]], %[[C0]], %[[R]], %[[C16]]], %{{[a-z0-9_]+}} :
// CHECK:           vector.transfer_write %{{.*}}, %[[PANEL]][%[[R]], %[[C0]]] {in_bounds = [true]}
// CHECK:         vector.transfer_read %[[V]][{{.*}}, %[[C16]]], %{{[a-z0-9_]+}} :
// CHECK:         vector.transfer_write %{{.*}}, %[[O]][{{.*}}, %[[C16]]] :
// CHECK:         return
func.func @token_gate(
    %q: memref<1x1x?x8xf32>, %v: memref<1x1x?x20xf32>, %g: memref<1x1x?xf32>,
    %o: memref<1x1x?x20xf32>, %s: memref<1x1x8x20xf32>) {
  attn.linear scan <chunk = 16, step = 2, panel = 16, lanes = 8, prefetch = 0>
      ins(%q, %q, %v : memref<1x1x?x8xf32>, memref<1x1x?x8xf32>, memref<1x1x?x20xf32>)
      gate(%g : memref<1x1x?xf32>)
      outs(%o, %s : memref<1x1x?x20xf32>, memref<1x1x8x20xf32>)
  return
}

// Rows that are no whole vectors: the last ones are masked, 6 rows go two at a
// time. A gate per head is one exponential, without a gate nothing is scaled.

// CHECK-LABEL: func.func @rows
// CHECK-DAG:     memref.alloc() {alignment = 64 : i64} : memref<1x4x8xf32>
// CHECK:         %[[E:.*]] = math.exp2 %{{.*}} : vector<1xf32>
// CHECK:         vector.transfer_read %{{.*}}, %{{[a-z0-9_]+}} : memref<1x1x4x6xf32>, vector<8xf32>
// CHECK:         scf.for {{.*}} step %c2
// CHECK:         return
// CHECK-LABEL: func.func @no_gate
// CHECK-NOT:     math.exp2
// CHECK:         return
func.func @rows(
    %q: memref<1x1x4x6xf32>, %g: memref<1xf32>, %o: memref<1x1x4x6xf32>,
    %s: memref<1x1x6x6xf32>) {
  attn.linear scan <chunk = 4, step = 4, panel = 8, lanes = 8, prefetch = 0>
      ins(%q, %q, %q : memref<1x1x4x6xf32>, memref<1x1x4x6xf32>, memref<1x1x4x6xf32>)
      gate(%g : memref<1xf32>)
      outs(%o, %s : memref<1x1x4x6xf32>, memref<1x1x6x6xf32>)
  return
}
func.func @no_gate(
    %q: memref<1x1x4x8xf32>, %o: memref<1x1x4x8xf32>, %s: memref<1x1x8x8xf32>) {
  attn.linear scan <chunk = 4, step = 4, panel = 8, lanes = 8, prefetch = 0>
      ins(%q, %q, %q : memref<1x1x4x8xf32>, memref<1x1x4x8xf32>, memref<1x1x4x8xf32>)
      outs(%o, %s : memref<1x1x4x8xf32>, memref<1x1x8x8xf32>)
  return
}

// A gate per row is an exponential of a vector of rows for every token. Types
// of 16 bits are widened as they are read and rounded as they are written.

// CHECK-LABEL: func.func @row_gate
// CHECK-COUNT-2: math.exp2 %{{.*}} : vector<8xf32>
// CHECK-NOT:     math.exp2
// CHECK:         arith.truncf %{{.*}} : vector<8xf32> to vector<8xbf16>
// CHECK:         return
func.func @row_gate(
    %q: memref<1x1x8x8xbf16>, %g: memref<1x1x8x8xf32>, %o: memref<1x1x8x8xbf16>,
    %s: memref<1x1x8x8xf32>) {
  attn.linear scan <chunk = 8, step = 2, panel = 8, lanes = 8, prefetch = 0>
      ins(%q, %q, %q : memref<1x1x8x8xbf16>, memref<1x1x8x8xbf16>, memref<1x1x8x8xbf16>)
      gate(%g : memref<1x1x8x8xf32>)
      outs(%o, %s : memref<1x1x8x8xbf16>, memref<1x1x8x8xf32>)
  return
}

// The delta rule: r_0 = beta_0 (v_0 - u_0), r_1 = beta_1 (v_1 - u_1) - (..) r_0.

// CHECK-LABEL: func.func @delta
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: memref<1x1x8x8xf32>, %[[V:[a-z0-9]+]]: memref<1x1x8x8xf32>, %[[B:[a-z0-9]+]]: memref<1x1x8xf32>
// CHECK:         memref.load %[[B]]
// CHECK:         memref.store %{{.*}}, %[[ERASES:[a-z0-9_]+]][%{{[a-z0-9_]+}}, %c2] : memref<5x4xf32>
// CHECK:         %[[V0:.*]] = vector.transfer_read %[[V]]
// CHECK:         %[[V1:.*]] = vector.transfer_read %[[V]]
// CHECK:         %[[D0:.*]] = arith.subf %[[V0]]
// CHECK:         %[[X0:.*]] = memref.load %[[B]]
// CHECK:         %[[Y0:.*]] = vector.broadcast %[[X0]]
// CHECK:         %[[R0:.*]] = arith.mulf %[[D0]], %[[Y0]]
// CHECK:         %[[D1:.*]] = arith.subf %[[V1]]
// CHECK:         %[[R1:.*]] = arith.mulf %[[D1]]
// CHECK:         %[[X1:.*]] = memref.load %[[ERASES]]
// CHECK:         %[[N1:.*]] = arith.negf %[[X1]]
// CHECK:         %[[Y1:.*]] = vector.broadcast %[[N1]]
// CHECK:         vector.fma %[[Y1]], %[[R0]], %[[R1]]
// CHECK:         return
func.func @delta(
    %q: memref<1x1x8x8xf32>, %v: memref<1x1x8x8xf32>, %b: memref<1x1x8xf32>,
    %o: memref<1x1x8x8xf32>, %s: memref<1x1x8x8xf32>) {
  attn.recurrent scan <chunk = 8, step = 2, panel = 8, lanes = 8, prefetch = 0>
      ins(%q, %q, %v : memref<1x1x8x8xf32>, memref<1x1x8x8xf32>, memref<1x1x8x8xf32>)
      beta(%b : memref<1x1x8xf32>)
      outs(%o, %s : memref<1x1x8x8xf32>, memref<1x1x8x8xf32>)
  return
}

// A correction of rank one writes twice: u with a, v with k. With a transition
// the same steps go over its columns, where nothing is read.

// CHECK-LABEL: func.func @rank_one
// CHECK-SAME:    %[[O:[a-z0-9]+]]: memref<1x1x8x8xf32>, %{{[a-z0-9]+}}: memref<1x1x8x8xf32>, %[[P:[a-z0-9]+]]: memref<1x1x8x8xf32>)
// CHECK:         memref.alloc() {alignment = 64 : i64} : memref<1x5x8xf32>
// CHECK-COUNT-2: vector.transfer_write %{{.*}}, %[[O]]
// CHECK:         vector.transfer_read %[[P]]
// CHECK-NOT:     %[[O]]
// CHECK:         vector.transfer_write %{{.*}}, %[[P]]
// CHECK:         return
func.func @rank_one(
    %q: memref<1x1x8x8xf32>, %a: memref<1x1x8x8xf32>, %b: memref<1x1x8x8xf32>,
    %o: memref<1x1x8x8xf32>, %s: memref<1x1x8x8xf32>, %p: memref<1x1x8x8xf32>) {
  attn.recurrent transition scan <chunk = 8, step = 2, panel = 8, lanes = 8, prefetch = 0>
      ins(%q, %q, %q : memref<1x1x8x8xf32>, memref<1x1x8x8xf32>, memref<1x1x8x8xf32>)
      correction(%a, %b : memref<1x1x8x8xf32>, memref<1x1x8x8xf32>)
      outs(%o, %s, %p : memref<1x1x8x8xf32>, memref<1x1x8x8xf32>, memref<1x1x8x8xf32>)
  return
}

// A normalizer divides once per token, and adds up keys; with max_exp the larger
// of |q z| and exp(-m) divides, and the maximum is stored.

// CHECK-LABEL: func.func @max_exp
// CHECK-SAME:    %[[Z:[a-z0-9]+]]: memref<1x1x8xf32>, %[[M:[a-z0-9]+]]: memref<1x1xf32>)
// CHECK:         memref.load %[[M]]
// CHECK:         arith.maximumf
// CHECK:         memref.store %{{.*}}, %[[M]]
// CHECK:         math.absf
// CHECK:         arith.maximumf
// CHECK:         arith.divf
// CHECK:         vector.transfer_write %{{.*}}, %[[Z]]
// CHECK:         return
func.func @max_exp(
    %q: memref<1x1x8x8xf32>, %g: memref<1x1x8xf32>, %o: memref<1x1x8x8xf32>,
    %s: memref<1x1x8x8xf32>, %z: memref<1x1x8xf32>, %m: memref<1x1xf32>) {
  attn.linear normalizer(max_exp) scan <chunk = 8, step = 2, panel = 8, lanes = 8, prefetch = 0>
      ins(%q, %q, %q : memref<1x1x8x8xf32>, memref<1x1x8x8xf32>, memref<1x1x8x8xf32>)
      gate(%g : memref<1x1x8xf32>) input_gate(%g : memref<1x1x8xf32>)
      outs(%o, %s, %z, %m : memref<1x1x8x8xf32>, memref<1x1x8x8xf32>, memref<1x1x8xf32>, memref<1x1xf32>)
  return
}

// Several query heads read one state: scratch and loops over heads; the state is
// updated once. Prefetches ask for the next chunk.

// CHECK-LABEL: func.func @heads
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: memref<1x3x8x8xf32>, %{{[a-z0-9]+}}: memref<1x1x8x8xf32>, %[[O:[a-z0-9]+]]: memref<1x3x8x8xf32>
// CHECK:         memref.alloc() {alignment = 64 : i64} : memref<3x8x8xf32>
// CHECK:         scf.for %[[H:[a-z0-9]+]] = %c0 to %c3
// CHECK:           vector.transfer_read %[[Q]][%c0, %[[H]],
// CHECK:         scf.for %[[H:[a-z0-9]+]] = %c0 to %c3
// CHECK:           memref.prefetch %[[Q]][%c0, %[[H]], {{.*}}], read, locality<2>, data
// CHECK:           vector.transfer_write %{{.*}}, %[[O]][%c0, %[[H]],
// CHECK:         memref.prefetch %[[O]][{{.*}}], write, locality<2>, data
// CHECK:         return
func.func @heads(
    %q: memref<1x3x8x8xf32>, %k: memref<1x1x8x8xf32>, %o: memref<1x3x8x8xf32>,
    %s: memref<1x1x8x8xf32>) {
  attn.linear scan <chunk = 8, step = 2, panel = 8, lanes = 8>
      ins(%q, %k, %k : memref<1x3x8x8xf32>, memref<1x1x8x8xf32>, memref<1x1x8x8xf32>)
      outs(%o, %s : memref<1x3x8x8xf32>, memref<1x1x8x8xf32>)
  return
}

// One token works on the state itself, without a panel.

// CHECK-LABEL: func.func @one_token
// CHECK-SAME:    %[[S:[a-z0-9]+]]: memref<1x1x8x8xf32>)
// CHECK-NOT:     memref<8x8xf32>
// CHECK:         vector.transfer_read %[[S]]
// CHECK:         vector.transfer_write %{{.*}}, %[[S]]
// CHECK:         return
func.func @one_token(
    %q: memref<1x1x1x8xf32>, %o: memref<1x1x1x8xf32>, %s: memref<1x1x8x8xf32>) {
  attn.linear scan <chunk = 8, step = 2, panel = 8, lanes = 8, prefetch = 0>
      ins(%q, %q, %q : memref<1x1x1x8xf32>, memref<1x1x1x8xf32>, memref<1x1x1x8xf32>)
      outs(%o, %s : memref<1x1x1x8xf32>, memref<1x1x8x8xf32>)
  return
}
