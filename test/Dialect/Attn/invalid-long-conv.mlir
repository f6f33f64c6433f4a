// RUN: attn-opt %s -verify-diagnostics -split-input-file

// Each constraint of attn.long_conv, broken.

func.func @ranks(%x: tensor<1x1x9x4xf32>, %h: tensor<9x4xf32>) {
  // expected-error @+1 {{C1: expected 'filter' of rank 3}}
  %y = attn.long_conv ins(%x, %h : tensor<1x1x9x4xf32>, tensor<9x4xf32>)
      outs(%x : tensor<1x1x9x4xf32>)
  return
}

// -----

func.func @integers(%x: tensor<1x1x9x4xi32>, %h: tensor<1x9x4xf32>) {
  // expected-error @+1 {{C2: expected f16, bf16, f32 or f64, but found 'i32'}}
  %y = attn.long_conv ins(%x, %h : tensor<1x1x9x4xi32>, tensor<1x9x4xf32>)
      outs(%x : tensor<1x1x9x4xi32>)
  return
}

// -----

func.func @gate_type(%x: tensor<1x1x9x4xf32>, %h: tensor<1x9x4xf32>, %g: tensor<1x1x9x4xf16>) {
  // expected-error @+1 {{C2: expected 'behind' of 'f32' like 'input', but found 'f16'}}
  %y = attn.long_conv ins(%x, %h : tensor<1x1x9x4xf32>, tensor<1x9x4xf32>)
      behind(%g : tensor<1x1x9x4xf16>) outs(%x : tensor<1x1x9x4xf32>)
  return
}

// -----

func.func @output_type(%x: tensor<1x1x9x4xf32>, %h: tensor<1x9x4xf32>, %o: tensor<1x1x9x4xf16>) {
  // expected-error @+1 {{C2: expected 'output' of 'f32' or f32, but found 'f16'}}
  %y = attn.long_conv ins(%x, %h : tensor<1x1x9x4xf32>, tensor<1x9x4xf32>)
      outs(%o : tensor<1x1x9x4xf16>)
  return
}

// -----

func.func @filter_type(%x: tensor<1x1x9x4xf32>, %h: tensor<1x9x4xi8>) {
  // expected-error @+1 {{C2: expected 'filter' of a float type, but found 'i8'}}
  %y = attn.long_conv ins(%x, %h : tensor<1x1x9x4xf32>, tensor<1x9x4xi8>)
      outs(%x : tensor<1x1x9x4xf32>)
  return
}

// -----

func.func @sizes(%x: tensor<1x1x9x4xf32>, %h: tensor<2x9x4xf32>) {
  // expected-error @+1 {{C3}}
  %y = attn.long_conv ins(%x, %h : tensor<1x1x9x4xf32>, tensor<2x9x4xf32>)
      outs(%x : tensor<1x1x9x4xf32>)
  return
}

// -----

func.func @channels(%x: tensor<1x1x9x?xf32>, %h: tensor<1x9x?xf32>) {
  // expected-error @+1 {{C4: expected a static positive number of channels}}
  %y = attn.long_conv ins(%x, %h : tensor<1x1x9x?xf32>, tensor<1x9x?xf32>)
      outs(%x : tensor<1x1x9x?xf32>)
  return
}

// -----

func.func @static_channels(%x: tensor<1x1x9x4xf32>, %h: tensor<1x9x?xf32>) {
  // expected-error @+1 {{C4: expected a static size 4 of dimension 2, but found 'tensor<1x9x?xf32>'}}
  %y = attn.long_conv ins(%x, %h : tensor<1x1x9x4xf32>, tensor<1x9x?xf32>)
      outs(%x : tensor<1x1x9x4xf32>)
  return
}

// -----

func.func @kinds(%x: tensor<1x1x9x4xf32>, %h: memref<1x9x4xf32>) {
  // expected-error @+1 {{C5: expected all operands to be tensors, but found 'memref<1x9x4xf32>'}}
  %y = attn.long_conv ins(%x, %h : tensor<1x1x9x4xf32>, memref<1x9x4xf32>)
      outs(%x : tensor<1x1x9x4xf32>)
  return
}
