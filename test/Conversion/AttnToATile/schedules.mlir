// RUN: attn-opt %s --attn-dense-to-atile | FileCheck %s --check-prefix=SM90
// RUN: attn-opt %s --attn-dense-to-atile=target=sm_80 | FileCheck %s --check-prefix=SM80

// SM90: @d64({{.*}}schedule = #atile.schedule<overlap = pipe, groups = 3, keys = 128>
// SM80: @d64({{.*}}schedule = #atile.schedule<overlap = sync, groups = 2, keys = 64>
func.func @d64(%q: tensor<1x1x256x64xbf16>, %k: tensor<1x1x256x64xbf16>, %v: tensor<1x1x256x64xbf16>) -> tensor<1x1x256x64xbf16> {
  %init = tensor.empty() : tensor<1x1x256x64xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x256x64xbf16>, tensor<1x1x256x64xbf16>, tensor<1x1x256x64xbf16>) outs(%init : tensor<1x1x256x64xbf16>)
  return %o : tensor<1x1x256x64xbf16>
}

// What is done to scores takes registers of keys.
// SM90: @d64_softcap({{.*}}schedule = #atile.schedule<overlap = pipe2, groups = 2, keys = 96>
// SM80: @d64_softcap({{.*}}schedule = #atile.schedule<overlap = sync, groups = 2, keys = 64>
func.func @d64_softcap(%q: tensor<1x1x256x64xbf16>, %k: tensor<1x1x256x64xbf16>, %v: tensor<1x1x256x64xbf16>) -> tensor<1x1x256x64xbf16> {
  %init = tensor.empty() : tensor<1x1x256x64xbf16>
  %o = attn.dense softcap 30.0 ins(%q, %k, %v : tensor<1x1x256x64xbf16>, tensor<1x1x256x64xbf16>, tensor<1x1x256x64xbf16>) outs(%init : tensor<1x1x256x64xbf16>)
  return %o : tensor<1x1x256x64xbf16>
}

// SM90: @d96({{.*}}schedule = #atile.schedule<overlap = pipe2, groups = 2, keys = 128>
// SM80: @d96({{.*}}schedule = #atile.schedule<overlap = sync, groups = 2, keys = 64>
func.func @d96(%q: tensor<1x1x256x96xbf16>, %k: tensor<1x1x256x96xbf16>, %v: tensor<1x1x256x96xbf16>) -> tensor<1x1x256x96xbf16> {
  %init = tensor.empty() : tensor<1x1x256x96xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x256x96xbf16>, tensor<1x1x256x96xbf16>, tensor<1x1x256x96xbf16>) outs(%init : tensor<1x1x256x96xbf16>)
  return %o : tensor<1x1x256x96xbf16>
}

// SM90: @d192_128({{.*}}schedule = #atile.schedule<overlap = pipe, groups = 2, keys = 112>
// SM80: @d192_128({{.*}}schedule = #atile.schedule<overlap = sync, groups = 2, keys = 32>
func.func @d192_128(%q: tensor<1x1x256x192xbf16>, %k: tensor<1x1x256x192xbf16>, %v: tensor<1x1x256x128xbf16>) -> tensor<1x1x256x128xbf16> {
  %init = tensor.empty() : tensor<1x1x256x128xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x256x192xbf16>, tensor<1x1x256x192xbf16>, tensor<1x1x256x128xbf16>) outs(%init : tensor<1x1x256x128xbf16>)
  return %o : tensor<1x1x256x128xbf16>
}

// SM90: @d256({{.*}}schedule = #atile.schedule<overlap = pipe, groups = 2, keys = 80>
// SM80: @d256({{.*}}schedule = #atile.schedule<overlap = sync, groups = 2, keys = 16>
func.func @d256(%q: tensor<1x1x256x256xbf16>, %k: tensor<1x1x256x256xbf16>, %v: tensor<1x1x256x256xbf16>) -> tensor<1x1x256x256xbf16> {
  %init = tensor.empty() : tensor<1x1x256x256xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x256x256xbf16>, tensor<1x1x256x256xbf16>, tensor<1x1x256x256xbf16>) outs(%init : tensor<1x1x256x256xbf16>)
  return %o : tensor<1x1x256x256xbf16>
}

// Few queries: one group, and stages that keep the memory busy.
// SM90: @few({{.*}}schedule = #atile.schedule<overlap = seq, groups = 1, keys = 128, stages = 3>
// SM80: @few({{.*}}schedule = #atile.schedule<overlap = sync, groups = 1, keys = 64>
func.func @few(%q: tensor<1x1x16x128xbf16>, %k: tensor<1x1x256x128xbf16>, %v: tensor<1x1x256x128xbf16>) -> tensor<1x1x16x128xbf16> {
  %init = tensor.empty() : tensor<1x1x16x128xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x16x128xbf16>, tensor<1x1x256x128xbf16>, tensor<1x1x256x128xbf16>) outs(%init : tensor<1x1x16x128xbf16>)
  return %o : tensor<1x1x16x128xbf16>
}
