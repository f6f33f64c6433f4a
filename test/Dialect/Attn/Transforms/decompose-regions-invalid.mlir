// RUN: attn-opt %s --split-input-file --attn-cpu-pipeline=target=x86-64-v4 -verify-diagnostics

// Gathers exist for elements of 32 and 64 bits.

func.func @half_table(%q: tensor<1x1x8x32xf32>, %table: tensor<16x16xf16>) -> tensor<1x1x8x32xf32> {
  %o = tensor.empty() : tensor<1x1x8x32xf32>
  %r = attn.dense ins(%q, %q, %q : tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>)
      outs(%o : tensor<1x1x8x32xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        // expected-error @+1 {{cannot gather elements of 'f16', expected elements of 32 or 64 bits, or last indices that are the query's and the key's position}}
        %t = tensor.extract %table[%j, %i] : tensor<16x16xf16>
        %x = arith.extf %t : f16 to f32
        %y = arith.addf %s, %x : f32
        attn.yield %y : f32
      }
  return %r : tensor<1x1x8x32xf32>
}

// -----

func.func @half_arithmetic(%q: tensor<1x1x8x32xf32>) -> tensor<1x1x8x32xf32> {
  %o = tensor.empty() : tensor<1x1x8x32xf32>
  %r = attn.dense ins(%q, %q, %q : tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>)
      outs(%o : tensor<1x1x8x32xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        // expected-error @+1 {{has no vector form in a score or mask region, expected a result of f32}}
        %x = arith.truncf %s : f32 to f16
        %y = arith.extf %x : f16 to f32
        attn.yield %y : f32
      }
  return %r : tensor<1x1x8x32xf32>
}
