// RUN: attn-opt %s -verify-diagnostics -split-input-file --attn-dense-to-atile

func.func @function(%q: tensor<1x1x64x64xbf16>, %k: tensor<1x1x64x64xbf16>, %v: tensor<1x1x64x64xbf16>) -> tensor<1x1x64x64xbf16> {
  %init = tensor.empty() : tensor<1x1x64x64xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>)
      outs(%init : tensor<1x1x64x64xbf16>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        // expected-error @+1 {{expected one of absf, absi, ceil, copysign, exp, exp2, floor, fma, log, log2, roundeven, rsqrt, sqrt, tanh and trunc in a region on a GPU}}
        %r = math.erf %s : f32
        attn.yield %r : f32
      }
  return %o : tensor<1x1x64x64xbf16>
}

// -----

func.func @double(%q: tensor<1x1x64x64xbf16>, %k: tensor<1x1x64x64xbf16>, %v: tensor<1x1x64x64xbf16>) -> tensor<1x1x64x64xbf16> {
  %init = tensor.empty() : tensor<1x1x64x64xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>)
      outs(%init : tensor<1x1x64x64xbf16>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        // expected-error @+1 {{expected no f64 in a region on a GPU, where it is slow}}
        %d = arith.extf %s : f32 to f64
        %r = arith.truncf %d : f64 to f32
        attn.yield %r : f32
      }
  return %o : tensor<1x1x64x64xbf16>
}
