// Math functions around attention: polynomials on vectors, libm where there is
// none, f16 and bf16 by way of f32.

// RUN: attn-run %s --seed=1 --compare=reference --guard --shape=x=3x37,h=3x37,b=3x37,d=3x37 | FileCheck %s
// RUN: attn-run %s --seed=2 --compare=reference --guard --shape=x=2x64,h=2x64,b=2x64,d=2x64 --target=x86-64-v3 | FileCheck %s

// CHECK-COUNT-12: agrees
// CHECK-NOT: DIFFERS

func.func @math(%x: tensor<?x?xf32>, %h: tensor<?x?xf16>, %b: tensor<?x?xbf16>,
                %d: tensor<?x?xf64>)
    -> (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>,
        tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>,
        tensor<?x?xf32>, tensor<?x?xf16>, tensor<?x?xbf16>, tensor<?x?xf64>) {
  %positive = math.absf %x : tensor<?x?xf32>
  %exp = math.exp %x : tensor<?x?xf32>
  %log = math.log %positive : tensor<?x?xf32>
  %rsqrt = math.rsqrt %positive : tensor<?x?xf32>
  %tanh = math.tanh %x : tensor<?x?xf32>
  %erf = math.erf %x : tensor<?x?xf32>
  %sin = math.sin %x : tensor<?x?xf32>
  %cos = math.cos %x : tensor<?x?xf32>
  %power = math.powf %positive, %x : tensor<?x?xf32>
  %sinh = math.sinh %x : tensor<?x?xf32>
  %half = math.exp %h : tensor<?x?xf16>
  %brain = math.tanh %b : tensor<?x?xbf16>
  %double = math.exp %d : tensor<?x?xf64>
  return %exp, %log, %rsqrt, %tanh, %erf, %sin, %cos, %power, %sinh, %half,
         %brain, %double
      : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>,
        tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>,
        tensor<?x?xf32>, tensor<?x?xf16>, tensor<?x?xbf16>, tensor<?x?xf64>
}
