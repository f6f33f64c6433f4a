// RUN: attn-opt %s -verify-diagnostics -split-input-file --attn-dense-to-atile
// RUN: not attn-opt %s --attn-dense-to-atile=target=sm_75 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET: unknown GPU 'sm_75'; expected 'sm_80' or 'sm_90a'

func.func @type(%q: tensor<1x1x64x64xf32>, %k: tensor<1x1x64x64xf32>, %v: tensor<1x1x64x64xf32>) -> tensor<1x1x64x64xf32> {
  %init = tensor.empty() : tensor<1x1x64x64xf32>
  // expected-error @+1 {{expected f16 or bf16 on sm_90a but found 'f32'}}
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>) outs(%init : tensor<1x1x64x64xf32>)
  return %o : tensor<1x1x64x64xf32>
}

// -----

func.func @width(%q: tensor<1x1x64x60xbf16>, %k: tensor<1x1x64x60xbf16>, %v: tensor<1x1x64x64xbf16>) -> tensor<1x1x64x64xbf16> {
  %init = tensor.empty() : tensor<1x1x64x64xbf16>
  // expected-error @+1 {{expected widths to be a multiple of 8 up to 256 on sm_90a but found 60}}
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x64x60xbf16>, tensor<1x1x64x60xbf16>, tensor<1x1x64x64xbf16>) outs(%init : tensor<1x1x64x64xbf16>)
  return %o : tensor<1x1x64x64xbf16>
}

// -----

func.func @lengths(%q: tensor<1x1x64x64xbf16>, %k: tensor<1x1x64x64xbf16>, %v: tensor<1x1x64x64xbf16>, %l: tensor<1xi32>) -> tensor<1x1x64x64xbf16> {
  %init = tensor.empty() : tensor<1x1x64x64xbf16>
  // expected-error @+1 {{expected no lengths on a GPU}}
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>) lengths(%l : tensor<1xi32>) outs(%init : tensor<1x1x64x64xbf16>)
  return %o : tensor<1x1x64x64xbf16>
}

// -----

func.func @packed(%q: tensor<1x1x64x64xbf16>, %k: tensor<1x1x64x64xbf16>, %v: tensor<1x1x64x64xbf16>, %l: tensor<3xi32>) -> tensor<1x1x64x64xbf16> {
  %init = tensor.empty() : tensor<1x1x64x64xbf16>
  // expected-error @+1 {{expected no cu_seqlens on a GPU}}
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>) cu_seqlens(%l : tensor<3xi32>) outs(%init : tensor<1x1x64x64xbf16>)
  return %o : tensor<1x1x64x64xbf16>
}

// -----

func.func @origin(%q: tensor<1x1x64x64xbf16>, %k: tensor<1x1x64x64xbf16>, %v: tensor<1x1x64x64xbf16>) -> tensor<1x1x64x64xbf16> {
  %c0 = arith.constant 0 : index
  %init = tensor.empty() : tensor<1x1x64x64xbf16>
  // expected-error @+1 {{expected an undivided operation on a GPU, without origin}}
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>) origin(%c0, %c0, %c0, %c0) outs(%init : tensor<1x1x64x64xbf16>)
  return %o : tensor<1x1x64x64xbf16>
}

// -----

func.func @neighbour(%q: tensor<1x1x64x64xbf16>, %k: tensor<1x1x64x64xbf16>, %v: tensor<1x1x64x64xbf16>) -> tensor<1x1x64x64xbf16> {
  %init = tensor.empty() : tensor<1x1x64x64xbf16>
  // expected-error @+1 {{expected only attn.dense and scalar arithmetic in a function on a GPU}}
  %x = linalg.copy ins(%q : tensor<1x1x64x64xbf16>) outs(%init : tensor<1x1x64x64xbf16>) -> tensor<1x1x64x64xbf16>
  %o = attn.dense ins(%x, %k, %v : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>) outs(%init : tensor<1x1x64x64xbf16>)
  return %o : tensor<1x1x64x64xbf16>
}

// -----

func.func @empty_query(%k: tensor<1x1x64x64xbf16>, %v: tensor<1x1x64x64xbf16>) -> tensor<1x1x64x64xbf16> {
  %init = tensor.empty() : tensor<1x1x64x64xbf16>
  // expected-error @+1 {{expected query, key and value to be arguments of the function on a GPU}}
  %o = attn.dense ins(%init, %k, %v : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>) outs(%init : tensor<1x1x64x64xbf16>)
  return %o : tensor<1x1x64x64xbf16>
}

// -----

func.func @two(%q: tensor<1x1x64x64xbf16>, %k: tensor<1x1x64x64xbf16>, %v: tensor<1x1x64x64xbf16>) -> tensor<1x1x64x64xbf16> {
  %init = tensor.empty() : tensor<1x1x64x64xbf16>
  %x = attn.dense ins(%q, %k, %v : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>) outs(%init : tensor<1x1x64x64xbf16>)
  // expected-error @+1 {{expected one attn.dense in a function on a GPU but found a second one}}
  %o = attn.dense ins(%x, %k, %v : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>) outs(%init : tensor<1x1x64x64xbf16>)
  return %o : tensor<1x1x64x64xbf16>
}

// -----

// expected-error @+1 {{expected an attn.dense}}
func.func @none(%x: f32) -> f32 {
  return %x : f32
}

// -----

// expected-error @+1 {{expected one block on a GPU}}
func.func @blocks(%x: f32) -> f32 {
  cf.br ^bb1
^bb1:
  return %x : f32
}

// -----

func.func @returns_an_argument(%q: tensor<1x1x64x64xbf16>, %k: tensor<1x1x64x64xbf16>, %v: tensor<1x1x64x64xbf16>) -> (tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>) {
  %init = tensor.empty() : tensor<1x1x64x64xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>) outs(%init : tensor<1x1x64x64xbf16>)
  // expected-error @+1 {{expected results of attn.dense, each once, in a function on a GPU}}
  return %o, %q : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>
}

// -----

func.func @drops_lse(%q: tensor<1x1x64x64xbf16>, %k: tensor<1x1x64x64xbf16>, %v: tensor<1x1x64x64xbf16>) -> tensor<1x1x64x64xbf16> {
  %init = tensor.empty() : tensor<1x1x64x64xbf16>
  %linit = tensor.empty() : tensor<1x1x64xf32>
  %o, %lse = attn.dense ins(%q, %k, %v : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>) outs(%init, %linit : tensor<1x1x64x64xbf16>, tensor<1x1x64xf32>)
  // expected-error @+1 {{expected every result of attn.dense to be returned on a GPU}}
  return %o : tensor<1x1x64x64xbf16>
}

// -----

func.func @reads_a_constant(%q: tensor<1x1x64x64xbf16>, %k: tensor<1x1x64x64xbf16>, %v: tensor<1x1x64x64xbf16>) -> tensor<1x1x64x64xbf16> {
  %slopes = arith.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %init = tensor.empty() : tensor<1x1x64x64xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>)
      captures(%slopes : tensor<2xf32>) outs(%init : tensor<1x1x64x64xbf16>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %c: tensor<2xf32>):
        // expected-error @+1 {{expected a read of an argument on a GPU}}
        %x = tensor.extract %c[%h] : tensor<2xf32>
        %r = arith.mulf %s, %x : f32
        attn.yield %r : f32
      }
  return %o : tensor<1x1x64x64xbf16>
}

// -----

func.func @size_of_a_temporary(%q: tensor<1x1x64x64xbf16>, %k: tensor<1x1x64x64xbf16>, %v: tensor<1x1x64x64xbf16>, %n: index) -> tensor<1x1x64x64xbf16> {
  %c0 = arith.constant 0 : index
  %other = tensor.empty(%n) : tensor<?xf32>
  // expected-error @+1 {{expected a size of an argument on a GPU}}
  %size = tensor.dim %other, %c0 : tensor<?xf32>
  %init = tensor.empty() : tensor<1x1x64x64xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>)
      captures(%size : index) outs(%init : tensor<1x1x64x64xbf16>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index, %limit: index):
        %r = arith.cmpi slt, %j, %limit : index
        attn.yield %r : i1
      }
  return %o : tensor<1x1x64x64xbf16>
}
