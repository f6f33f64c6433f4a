// RUN: attn-opt %s -verify-diagnostics -split-input-file

func.func @load(%m: !atile.map<128x64xbf16>, %c: i32, %s: !atile.slot<64x64xbf16, empty>) {
  // expected-error @+1 {{expected a slot of the map's shape, '!atile.map<128x64xbf16>', but found '!atile.slot<64x64xbf16, empty>'}}
  atile.load %m[%c, %c, %c] into %s : !atile.map<128x64xbf16>, !atile.slot<64x64xbf16, empty>
  return
}

// -----

func.func @load_into_full(%m: !atile.map<64x64xbf16>, %c: i32, %s: !atile.slot<64x64xbf16, full>) {
  // expected-error @+1 {{must be empty slot}}
  atile.load %m[%c, %c, %c] into %s : !atile.map<64x64xbf16>, !atile.slot<64x64xbf16, full>
  return
}

// -----

func.func @copy(%p: !atile.global<f16>, %o: i64, %c: i32, %s: !atile.slot<64x64xbf16, empty>) {
  // expected-error @+1 {{expected a source of 'bf16' but found '!atile.global<f16>'}}
  atile.copy %p[%o] stride(%o) valid(%c) into %s : !atile.global<f16>, !atile.slot<64x64xbf16, empty>
  return
}

// -----

func.func @rows(%r: !atile.rows<64>, %p: !atile.global<bf16>, %o: i64, %c: i32) {
  // expected-error @+1 {{expected a destination of f32 but found '!atile.global<bf16>'}}
  atile.store_rows %r, %p[%o] stride(%o) valid(%c) : !atile.rows<64>, !atile.global<bf16>
  return
}

// -----

func.func @left_tile(%a: !atile.slot<32x64xbf16, full>, %c: i32) {
  // expected-error @+1 {{expected a left tile of whole groups of 64 rows but found 32}}
  %s = atile.mma_ss %a[%c], %a : !atile.slot<32x64xbf16, full>, !atile.slot<32x64xbf16, full> -> !atile.frag<64x32xf32, inflight>
  return
}

// -----

func.func @mixed(%a: !atile.slot<64x64xbf16, full>, %b: !atile.slot<64x64xf16, full>, %c: i32) {
  // expected-error @+1 {{expected operands of one type but found 'bf16' and 'f16'}}
  %s = atile.mma_ss %a[%c], %b : !atile.slot<64x64xbf16, full>, !atile.slot<64x64xf16, full> -> !atile.frag<64x64xf32, inflight>
  return
}

// -----

func.func @widths(%a: !atile.slot<64x64xbf16, full>, %b: !atile.slot<64x128xbf16, full>, %c: i32) {
  // expected-error @+1 {{expected columns of the right tile to be 64 but found 128}}
  %s = atile.mma_ss %a[%c], %b : !atile.slot<64x64xbf16, full>, !atile.slot<64x128xbf16, full> -> !atile.frag<64x64xf32, inflight>
  return
}

// -----

func.func @contraction(%a: !atile.slot<64x72xbf16, full>, %c: i32) {
  // expected-error @+1 {{expected the contraction to be a multiple of 16 but found 72}}
  %s = atile.mma_ss %a[%c], %a : !atile.slot<64x72xbf16, full>, !atile.slot<64x72xbf16, full> -> !atile.frag<64x64xf32, inflight>
  return
}

// -----

func.func @result(%a: !atile.slot<64x64xbf16, full>, %c: i32) {
  // expected-error @+1 {{expected columns of the result to be 64 but found 128}}
  %s = atile.mma_ss %a[%c], %a : !atile.slot<64x64xbf16, full>, !atile.slot<64x64xbf16, full> -> !atile.frag<64x128xf32, inflight>
  return
}

// -----

func.func @right_tile(%p: !atile.operand<64x64xbf16>, %v: !atile.slot<128x64xbf16, full>, %o: !atile.frag<64x64xf32>) {
  // expected-error @+1 {{expected rows of the right tile to be 64 but found 128}}
  %s = atile.mma_rs %p, %v, %o : !atile.operand<64x64xbf16>, !atile.slot<128x64xbf16, full>, !atile.frag<64x64xf32>
  return
}

// -----

func.func @accumulator(%p: !atile.operand<64x64xbf16>, %v: !atile.slot<64x64xbf16, full>, %o: !atile.frag<64x128xf32>) {
  // expected-error @+1 {{expected columns of the accumulator to be 64 but found 128}}
  %s = atile.mma_rs %p, %v, %o : !atile.operand<64x64xbf16>, !atile.slot<64x64xbf16, full>, !atile.frag<64x128xf32>
  return
}

// -----

// What is in flight is no operand of anything but an await.
func.func @inflight(%s: !atile.frag<64x64xf32, inflight>, %r: !atile.rows<64>) {
  // expected-error @+1 {{must be usable fragment}}
  %m = atile.row_max %s, %r : !atile.frag<64x64xf32, inflight>, !atile.rows<64>
  return
}

// -----

// Sums of four threads are not yet those of a row.
func.func @partial(%o: !atile.frag<64x64xf32>, %l: !atile.rows<64, partial>) {
  // expected-error @+1 {{must be row vector}}
  %m = atile.scale %o by %l : !atile.frag<64x64xf32>, !atile.rows<64, partial>
  return
}

// -----

func.func @operand(%k: !atile.slot<64x128xbf16, full>, %c: i32) {
  // expected-error @+1 {{expected columns of the result to be 128 but found 64}}
  %a = atile.load_operand %k[%c] : !atile.slot<64x128xbf16, full> -> !atile.operand<64x64xbf16>
  return
}

// -----

func.func @product_of_warps(%a: !atile.operand<64x64xbf16>, %b: !atile.slot<24x64xbf16, full>, %o: !atile.frag<64x24xf32>) {
  // expected-error @+1 {{expected columns of the result to be a multiple of 16 but found 24}}
  %s = atile.mma_sync %a, transposed %b, %o : !atile.operand<64x64xbf16>, !atile.slot<24x64xbf16, full>, !atile.frag<64x24xf32>
  return
}

// -----

func.func @product_of_other_sizes(%a: !atile.operand<64x64xbf16>, %b: !atile.slot<32x64xbf16, full>, %o: !atile.frag<64x64xf32>) {
  // expected-error @+1 {{expected the contraction of the right tile to be 64 but found 32}}
  %s = atile.mma_sync %a, %b, %o : !atile.operand<64x64xbf16>, !atile.slot<32x64xbf16, full>, !atile.frag<64x64xf32>
  return
}

// -----

func.func @pack(%o: !atile.frag<64x64xf32>) {
  // expected-error @+1 {{expected columns of the result to be 64 but found 32}}
  %s = atile.pack %o : !atile.frag<64x64xf32> -> !atile.operand<64x32xbf16>
  return
}

// -----

func.func @body_arguments(%o: !atile.frag<64x64xf32>, %c: i32) {
  // expected-error @+1 {{expected a body with arguments of types ('f32', 'i32', 'i32') but found ('f32')}}
  %s = atile.map %o at(%c, %c) : !atile.frag<64x64xf32> {
  ^bb0(%x: f32):
    atile.yield %x : f32
  }
  return
}

// -----

func.func @body_value(%r: !atile.rows<64>) {
  // expected-error @+1 {{expected a body that yields a value of f32}}
  %s = atile.map_rows %r : (!atile.rows<64>) -> !atile.rows<64> {
  ^bb0(%x: f32):
    atile.yield
  }
  return
}

// -----

func.func @body_operations(%r: !atile.rows<64>) {
  %s = atile.map_rows %r : (!atile.rows<64>) -> !atile.rows<64> {
  ^bb0(%x: f32):
    // expected-error @+1 {{expected arith, math or atile.read in the body of atile.map_rows}}
    %b = atile.block_id 0
    atile.yield %x : f32
  }
  return
}
