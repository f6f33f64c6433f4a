// RUN: attn-opt %s --attn-atile-to-nvvm -verify-diagnostics
// RUN: attn-opt %s --attn-atile-to-emulation -verify-diagnostics

// Functions that the hardware has no instruction for are refused where they are.
atile.kernel @math(%out: !atile.global<f32> {atile.bind = #atile.bind<data, 0>})
    attributes {threads = 128 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %off = arith.constant 0 : i64
  %value = atile.read %out[%off] : !atile.global<f32>
  %rows = atile.fill %value : !atile.rows<64>
  %r = atile.map_rows %rows : (!atile.rows<64>) -> !atile.rows<64> {
  ^bb0(%x: f32):
    // expected-error @+1 {{expected a function that the GPU has an instruction for}}
    %y = math.sin %x : f32
    atile.yield %y : f32
  }
  atile.store_rows %r, %out[%off] stride(%off) valid(%c0) : !atile.rows<64>, !atile.global<f32>
  atile.return
}
