// RUN: attn-opt %s --pass-pipeline="builtin.module(attn-dense-to-atile,canonicalize,attn-gpu-explain)" -o /dev/null 2>&1 | FileCheck %s
// RUN: attn-opt %s --pass-pipeline="builtin.module(attn-dense-to-atile{target=sm_80},canonicalize,attn-gpu-explain{target=sm_80})" -o /dev/null 2>&1 | FileCheck %s --check-prefix=SM80

// Products of 128 x 128 x 128: 2 * 2 * 128^3 flop; 128 * 128 exp2 and those of
// 256 threads with two rows.
// CHECK: kernel @d128: sm_90a, 384 threads, 163920 of 232448 bytes of shared memory, #atile.schedule<overlap = pipe2, groups = 2, keys = 128>
// CHECK-NEXT: loop 0, clocks of a turn: tensor cores 2048, exp2 1056, issue {{[0-9]+}}, bound by tensor cores
// CHECK-NEXT: {{[0-9]+}} instructions a warp, 8388608 flop, 65536 bytes: 32.0 bytes a clock, at most 100 % of the tensor cores' peak
// CHECK-NOT: loop

// SM80: kernel @d128: sm_80, 256 threads, 98304 of 166912 bytes of shared memory
// SM80-NEXT: loop 0, clocks of a turn: tensor cores 2048, exp2 544,
// SM80-NEXT: 4194304 flop, 32768 bytes: 16.0 bytes a clock
func.func @d128(%q: tensor<1x1x1024x128xbf16>, %k: tensor<1x1x1024x128xbf16>, %v: tensor<1x1x1024x128xbf16>) -> tensor<1x1x1024x128xbf16> {
  %init = tensor.empty() : tensor<1x1x1024x128xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x1024x128xbf16>, tensor<1x1x1024x128xbf16>, tensor<1x1x1024x128xbf16>) outs(%init : tensor<1x1x1024x128xbf16>)
  return %o : tensor<1x1x1024x128xbf16>
}
