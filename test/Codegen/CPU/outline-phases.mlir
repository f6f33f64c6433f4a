// RUN: attn-opt %s --attn-outline-phases --canonicalize --split-input-file | FileCheck %s
// RUN: attn-opt %s --attn-outline-phases=openmp --split-input-file | FileCheck %s --check-prefix=OPENMP

// One loop is one phase. What is known of it and of the workspace is recorded. Its buffers are places in the scratch: a multiple of 64
// bytes and one line more; a size of the tile by its largest value.

// CHECK-LABEL: func.func private @tiles_grid0(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?x?xf32>, %{{[a-z0-9]+}}: memref<?xi8>) -> index
// CHECK-DAG:     %[[N:.*]] = memref.dim %[[X]], %c0
// CHECK-DAG:     %[[M:.*]] = memref.dim %[[X]], %c1
// CHECK:         %[[TRIPS:.*]] = arith.ceildivsi %[[M]], %c16
// CHECK:         %[[TILES:.*]] = arith.muli %[[N]], %[[TRIPS]]
// CHECK:         return %[[TILES]]

// CHECK-LABEL: func.func private @tiles_tile0(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?x?xf32>, %{{[a-z0-9]+}}: memref<?xi8>, %[[SCRATCH:[a-z0-9]+]]: memref<?xi8>, %[[TILE:[a-z0-9]+]]: index)
// CHECK-NOT:     alloc
// CHECK:         %[[TRIPS:.*]] = arith.ceildivsi
// CHECK:         %[[COLUMN:.*]] = arith.remui %[[TILE]], %[[TRIPS]]
// CHECK:         %[[ROW:.*]] = arith.divui %[[TILE]], %[[TRIPS]]
// CHECK:         %[[J:.*]] = arith.muli %[[COLUMN]], %c16
// CHECK:         %[[SIZE:.*]] = affine.min {{.*}}%[[J]]
// CHECK:         memref.view %[[SCRATCH]][%c0][] : memref<?xi8> to memref<4xf32>
// CHECK:         memref.view %[[SCRATCH]][%c128][%[[SIZE]]] : memref<?xi8> to memref<?xf32>
// CHECK-NOT:     alloc
// CHECK:         return

// CHECK-LABEL: func.func private @tiles_workspace(
// CHECK:         return %c0, %c256 : index, index

// CHECK-LABEL: func.func @tiles(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?x?xf32>, %[[WS:[a-z0-9]+]]: memref<?xi8>, %[[SCRATCHES:[a-z0-9]+]]: memref<?xi8>, %[[PER:[a-z0-9]+]]: index)
// CHECK-SAME:    attn.phases = {per_worker = 256 : i64, phases = [{grid = @tiles_grid0, tile = @tiles_tile0}], shared = 0 : i64, workspace = @tiles_workspace}
// CHECK:         %[[TILES:.*]] = call @tiles_grid0(%[[X]], %[[WS]])
// CHECK:         scf.forall (%[[TILE:.*]]) in (%[[TILES]]) {
// CHECK:           %[[S:.*]] = memref.view %[[SCRATCHES]][%c0][%[[PER]]]
// CHECK:           func.call @tiles_tile0(%[[X]], %[[WS]], %[[S]], %[[TILE]])

// OPENMP-LABEL: func.func @tiles(
// OPENMP:         scf.forall
// OPENMP:           %[[THREAD:.*]] = func.call @omp_get_thread_num() : () -> i32
// OPENMP:           %[[WORKER:.*]] = arith.index_cast %[[THREAD]]
// OPENMP:           %[[OFFSET:.*]] = arith.muli %[[WORKER]], %{{.*}} : index
// OPENMP:           memref.view %{{.*}}[%[[OFFSET]]]
func.func @tiles(%x: memref<?x?xf32>) attributes {attn.signature = []} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %x, %c0 : memref<?x?xf32>
  %m = memref.dim %x, %c1 : memref<?x?xf32>
  scf.forall (%i, %j) = (0, 0) to (%n, %m) step (1, 16) {
    %size = affine.min affine_map<(d0)[s0] -> (-d0 + s0, 16)>(%j)[%m]
    %a = memref.alloc() : memref<4xf32>
    %b = memref.alloc(%size) : memref<?xf32>
    %v = memref.load %x[%i, %j] : memref<?x?xf32>
    memref.store %v, %a[%c0] : memref<4xf32>
    memref.store %v, %b[%c0] : memref<?xf32>
    memref.dealloc %a : memref<4xf32>
  }
  return
}

// -----

// Buffers between loops are places in the workspace, static ones first.

// CHECK-LABEL: func.func private @buffers_tile0(
// CHECK-SAME:    %{{[a-z0-9]+}}: memref<?xf32>, %[[WS:[a-z0-9]+]]: memref<?xi8>,
// CHECK:         %[[N:.*]] = memref.dim
// CHECK:         memref.view %[[WS]][%c128][%[[N]]] : memref<?xi8> to memref<?xf32>
// CHECK-LABEL: func.func private @buffers_tile1(
// CHECK-SAME:    %{{[a-z0-9]+}}: memref<?xf32>, %[[WS:[a-z0-9]+]]: memref<?xi8>,
// CHECK-DAG:     memref.view %[[WS]][%c128][%{{.*}}] : memref<?xi8> to memref<?xf32>
// CHECK-DAG:     memref.view %[[WS]][%c0][] : memref<?xi8> to memref<16xf32>
// CHECK-LABEL: func.func private @buffers_workspace(
// CHECK:         %[[N:.*]] = memref.dim
// CHECK:         %[[BYTES:.*]] = arith.muli %[[N]], %c4
// CHECK:         %[[MORE:.*]] = arith.addi %[[BYTES]], %c127
// CHECK:         %[[PLACE:.*]] = arith.andi %[[MORE]], %c-64
// CHECK:         %[[SHARED:.*]] = arith.addi %[[PLACE]], %c128
// CHECK:         return %[[SHARED]], %c0
func.func @buffers(%x: memref<?xf32>) attributes {attn.signature = []} {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  %a = memref.alloc(%n) : memref<?xf32>
  %b = memref.alloc() : memref<16xf32>
  scf.forall (%i) in (%n) {
    %v = memref.load %x[%i] : memref<?xf32>
    memref.store %v, %a[%i] : memref<?xf32>
  }
  scf.forall (%i) in (16) {
    %v = memref.load %a[%i] : memref<?xf32>
    memref.store %v, %b[%i] : memref<16xf32>
  }
  memref.dealloc %a : memref<?xf32>
  return
}

// -----

// What stands between loops is a phase of one tile. A value that it reads and a
// later loop uses travels through the workspace; the number of tiles may depend
// on it.

// CHECK-LABEL: func.func private @between_grid0(
// CHECK:         return %c1
// CHECK-LABEL: func.func private @between_tile0(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?xindex>, %[[WS:[a-z0-9]+]]: memref<?xi8>,
// CHECK:         %[[V:.*]] = memref.load %[[X]][%c0]
// CHECK:         %[[SLOT:.*]] = memref.view %[[WS]][%c0][] : memref<?xi8> to memref<1xindex>
// CHECK:         memref.store %[[V]], %[[SLOT]][%c0]
// CHECK-LABEL: func.func private @between_grid1(
// CHECK-SAME:    %{{[a-z0-9]+}}: memref<?xindex>, %[[WS:[a-z0-9]+]]: memref<?xi8>)
// CHECK:         %[[SLOT:.*]] = memref.view %[[WS]][%c0][] : memref<?xi8> to memref<1xindex>
// CHECK:         %[[V:.*]] = memref.load %[[SLOT]][%c0]
// CHECK:         %[[DOUBLE:.*]] = arith.muli %[[V]], %c2
// CHECK:         return %[[DOUBLE]]
func.func @between(%x: memref<?xindex>) attributes {attn.signature = []} {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %v = memref.load %x[%c0] : memref<?xindex>
  %n = arith.muli %v, %c2 : index
  scf.forall (%i) in (%n) {
    memref.store %v, %x[%i] : memref<?xindex>
  }
  return
}

// -----

// A buffer cannot travel, so both parts are one phase.

// CHECK-LABEL: func.func private @chosen_tile0(
// CHECK:         scf.if
// CHECK:         scf.for
// CHECK-NOT:     scf.forall
// CHECK-NOT:     @chosen_tile1
// CHECK-LABEL: func.func @chosen(
func.func @chosen(%c: i1, %x: memref<8xf32>, %y: memref<8xf32>) attributes {attn.signature = []} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %z = scf.if %c -> memref<8xf32> {
    memref.store %zero, %x[%c0] : memref<8xf32>
    scf.yield %x : memref<8xf32>
  } else {
    scf.yield %y : memref<8xf32>
  }
  scf.forall (%i) in (8) {
    memref.store %zero, %z[%i] : memref<8xf32>
  }
  return
}

// -----

// A loop that is all of another one's body makes tiles of its own; one beside
// other work belongs to the worker of its tile. What is marked runs before the
// tiles.

// CHECK-LABEL: func.func private @inner_prepare0(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<8xf32>, %{{[a-z0-9]+}}: memref<?xi8>)
// CHECK:         memref.store %{{.*}}, %[[X]]
// CHECK-NOT:     attn.prepare
// CHECK-LABEL: func.func private @inner_tile0(
// CHECK-NOT:     scf.forall
// CHECK:         scf.for
// CHECK-NOT:     scf.forall
// CHECK-LABEL: func.func @inner(
// CHECK-SAME:    {grid = @inner_grid0, prepare = @inner_prepare0, tile = @inner_tile0, tiles = 2 : i64},
// CHECK-SAME:    {grid = @inner_grid1, tile = @inner_tile1, tiles = 8 : i64}
// CHECK:         call @inner_prepare0(
// CHECK-NEXT:    call @inner_grid0(
func.func @inner(%x: memref<8xf32>) attributes {attn.signature = []} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  memref.store %zero, %x[%c0] {attn.prepare} : memref<8xf32>
  scf.forall (%i) in (2) {
    memref.store %zero, %x[%i] : memref<8xf32>
    scf.forall (%j) in (4) {
      memref.store %zero, %x[%j] : memref<8xf32>
    }
  }
  scf.forall (%i) in (2) {
    %first = affine.apply affine_map<(d0) -> (d0 * 4)>(%i)
    scf.forall (%j) in (4) {
      %place = affine.apply affine_map<(d0, d1) -> (d0 + d1)>(%first, %j)
      memref.store %zero, %x[%place] : memref<8xf32>
    }
  }
  return
}

// -----

// A marked loop, and what one tile would do, is run by the last tile to end of the
// loop before it. The count starts at 0 when the number of tiles is asked for; a
// loop without iterations has a tile for what follows it.

// CHECK-LABEL: func.func private @merged_grid0(
// CHECK:         %[[N:.*]] = memref.dim
// CHECK:         %[[TILES:.*]] = arith.maxsi %[[N]], %c1
// CHECK:         return %[[TILES]]
// CHECK-LABEL: func.func private @merged_prepare0(
// CHECK:         %[[ENDED:.*]] = memref.view %{{.*}} : memref<?xi8> to memref<1xi64>
// CHECK:         memref.store %c0_i64, %[[ENDED]][%c0]
// CHECK-LABEL: func.func private @merged_tile0(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?xf32>, %{{[a-z0-9]+}}: memref<?xi8>, %{{[a-z0-9]+}}: memref<?xi8>, %[[TILE:[a-z0-9]+]]: index)
// CHECK:         %[[EXISTS:.*]] = arith.cmpi slt, %[[TILE]], %{{.*}}
// CHECK:         scf.if %[[EXISTS]] {
// CHECK:           memref.store %{{.*}}, %[[X]][%[[TILE]]]
// CHECK:         }
// CHECK:         %[[BEFORE:.*]] = memref.atomic_rmw addi %c1_i64, %{{.*}} -> i64
// CHECK:         %[[LAST:.*]] = arith.cmpi eq, %[[BEFORE]], %{{.*}} : i64
// CHECK:         scf.if %[[LAST]] {
// CHECK:           scf.for
// CHECK:             memref.load %[[X]]
// CHECK:           memref.store
// CHECK-NOT:     merged_tile1
// CHECK-LABEL: func.func @merged(
// CHECK-SAME:    phases = [{grid = @merged_grid0, prepare = @merged_prepare0, tile = @merged_tile0}]
func.func @merged(%x: memref<?xf32>) attributes {attn.signature = []} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = memref.dim %x, %c0 : memref<?xf32>
  %sums = memref.alloc() : memref<4xf32>
  scf.forall (%i) in (%n) {
    memref.store %zero, %x[%i] : memref<?xf32>
  }
  scf.forall (%i) in (4) {
    %v = memref.load %x[%i] : memref<?xf32>
    memref.store %v, %sums[%i] : memref<4xf32>
  } {attn.epilogue}
  %sum = memref.load %sums[%c0] : memref<4xf32>
  memref.store %sum, %x[%c0] : memref<?xf32>
  return
}

// -----

// Writes without values or buffers of their own, in front of a loop, prepare it.

// CHECK-LABEL: func.func @prepared(
// CHECK-SAME:    phases = [{grid = @prepared_grid0, prepare = @prepared_prepare0, tile = @prepared_tile0, tiles = 8 : i64}]
func.func @prepared(%x: memref<8xf32>) attributes {attn.signature = []} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  memref.store %zero, %x[%c0] : memref<8xf32>
  scf.forall (%i) in (8) {
    %v = memref.load %x[%c0] : memref<8xf32>
    memref.store %v, %x[%i] : memref<8xf32>
  }
  return
}

// -----

// A buffer whose size grows with the arguments; no phase at all.

// CHECK-LABEL: func.func private @rows_workspace(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?xf32>)
// CHECK:         %[[N:.*]] = memref.dim %[[X]], %c0
// CHECK:         arith.muli %[[N]], %c4
// CHECK-LABEL: func.func @rows(
func.func @rows(%x: memref<?xf32>) attributes {attn.signature = []} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = memref.dim %x, %c0 : memref<?xf32>
  scf.forall (%i) in (%n) {
    %size = affine.min affine_map<(d0)[s0] -> (d0 + 1, s0)>(%i)[%n]
    %a = memref.alloc(%size) : memref<?xf32>
    memref.store %zero, %a[%i] : memref<?xf32>
  }
  return
}

// CHECK-LABEL: func.func @nothing(
// CHECK-SAME:    phases = []
// CHECK-NEXT:    return
func.func @nothing(%x: memref<?xf32>) attributes {attn.signature = []} {
  return
}

// Without a signature nobody calls it from outside.
// CHECK-LABEL: func.func @helper(%{{.*}}: memref<4xf32>) {
func.func @helper(%x: memref<4xf32>) {
  return
}
