// RUN: attn-opt %s -verify-diagnostics -split-input-file --attn-dense-to-atile

func.func @registers(%q: tensor<1x1x64x256xbf16>, %k: tensor<1x1x64x256xbf16>, %v: tensor<1x1x64x256xbf16>) -> tensor<1x1x64x256xbf16> {
  %init = tensor.empty() : tensor<1x1x64x256xbf16>
  // expected-error @+1 {{expected at most 240 registers a thread on sm_90a but #atile.schedule<overlap = pipe, groups = 2, keys = 160> needs 273 = 128 (output) + 80 (scores) + 40 (weights of the last tile) + 0 (queries) + 25 (other)}}
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x64x256xbf16>, tensor<1x1x64x256xbf16>, tensor<1x1x64x256xbf16>)
      outs(%init : tensor<1x1x64x256xbf16>) {atile.schedule = #atile.schedule<overlap = pipe, groups = 2, keys = 160>}
  return %o : tensor<1x1x64x256xbf16>
}

// -----

func.func @shared_memory(%q: tensor<1x1x64x128xbf16>, %k: tensor<1x1x64x128xbf16>, %v: tensor<1x1x64x128xbf16>) -> tensor<1x1x64x128xbf16> {
  %init = tensor.empty() : tensor<1x1x64x128xbf16>
  // expected-error @+1 {{expected at most 232448 bytes of shared memory on sm_90a but #atile.schedule<overlap = seq, groups = 2, keys = 128, stages = 4> needs 295056 = 32768 (queries) + 131072 (keys) + 131072 (values) + 144 (barriers)}}
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x64x128xbf16>, tensor<1x1x64x128xbf16>, tensor<1x1x64x128xbf16>)
      outs(%init : tensor<1x1x64x128xbf16>) {atile.schedule = #atile.schedule<overlap = seq, groups = 2, keys = 128, stages = 4>}
  return %o : tensor<1x1x64x128xbf16>
}

// -----

func.func @of_another_chip(%q: tensor<1x1x64x128xbf16>, %k: tensor<1x1x64x128xbf16>, %v: tensor<1x1x64x128xbf16>) -> tensor<1x1x64x128xbf16> {
  %init = tensor.empty() : tensor<1x1x64x128xbf16>
  // expected-error @+1 {{expected a schedule with overlap = seq, pipe or pipe2 on sm_90a but found #atile.schedule<overlap = sync, groups = 2, keys = 64>}}
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x64x128xbf16>, tensor<1x1x64x128xbf16>, tensor<1x1x64x128xbf16>)
      outs(%init : tensor<1x1x64x128xbf16>) {atile.schedule = #atile.schedule<overlap = sync, groups = 2, keys = 64>}
  return %o : tensor<1x1x64x128xbf16>
}

// -----

func.func @something_else(%q: tensor<1x1x64x128xbf16>, %k: tensor<1x1x64x128xbf16>, %v: tensor<1x1x64x128xbf16>) -> tensor<1x1x64x128xbf16> {
  %init = tensor.empty() : tensor<1x1x64x128xbf16>
  // expected-error @+1 {{expected 'atile.schedule' to be a #atile.schedule but found "fast"}}
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x64x128xbf16>, tensor<1x1x64x128xbf16>, tensor<1x1x64x128xbf16>)
      outs(%init : tensor<1x1x64x128xbf16>) {atile.schedule = "fast"}
  return %o : tensor<1x1x64x128xbf16>
}
