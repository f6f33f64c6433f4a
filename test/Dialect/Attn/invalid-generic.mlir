// RUN: attn-opt %s -verify-diagnostics -split-input-file

// What only the generic form can say: operands that are not there, results of
// other types or another number than the destinations.

func.func @no_output(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  // expected-error @+1 {{expected one operand in group #11 of 'operandSegmentSizes', but found 0}}
  %r = "attn.dense"(%q, %q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0>}> ({}, {})
      : (tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32>
  return %r : tensor<1x1x4x8xf32>
}

// -----

func.func @two_queries(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  // expected-error @+1 {{expected one operand in group #0 of 'operandSegmentSizes', but found 2}}
  %r = "attn.dense"(%q, %q, %q, %q) <{operandSegmentSizes = array<i32: 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0>}> ({}, {})
      : (tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32>
  return %r : tensor<1x1x4x8xf32>
}

// -----

func.func @rank_of_result(%q: tensor<1x1x4x8xf32>) -> tensor<1x4x8xf32> {
  // expected-error @+1 {{expected type of operand #3 ('tensor<1x1x4x8xf32>') to match type of corresponding result ('tensor<1x4x8xf32>')}}
  %r = "attn.dense"(%q, %q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0>}> ({}, {})
      : (tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// -----

func.func @result_without_destination(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4xf32> {
  // expected-error @+1 {{expected the number of tensor results (2) to be equal to the number of output tensors (1)}}
  %r:2 = "attn.dense"(%q, %q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0>}> ({}, {})
      : (tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>) -> (tensor<1x1x4x8xf32>, tensor<1x1x4xf32>)
  return %r#1 : tensor<1x1x4xf32>
}

// -----

func.func @finish(%m: tensor<4xf32>, %a: tensor<8x4xf32>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expected one operand in group #1 of 'operandSegmentSizes', but found 0}}
  %r = "attn.finish"(%m, %a, %a, %o) <{layout = #attn<tile_layout(feature_major)>, operandSegmentSizes = array<i32: 1, 0, 2, 0, 1, 0>}>
      : (tensor<4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}

// -----

func.func @no_query(%q: tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32> {
  // expected-error @+1 {{expected one operand in group #0 of 'operandSegmentSizes', but found 0}}
  %r = "attn.linear"(%q, %q, %q, %q) <{operandSegmentSizes = array<i32: 0, 2, 1, 1, 0, 0, 0, 0, 0>}>
      : (tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
  return %r : tensor<1x2x4x8xf32>
}

// -----

func.func @output_as_state(%q: tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32> {
  // expected-error @+1 {{expected one operand in group #10 of 'operandSegmentSizes', but found 0}}
  %r = "attn.recurrent"(%q, %q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1>}>
      : (tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
  return %r : tensor<1x2x4x8xf32>
}

// -----

func.func @half_a_correction(%q: tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32> {
  // expected-error @+1 {{C8: expected both operands of 'correction'}}
  %r = "attn.recurrent"(%q, %q, %q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0>}>
      : (tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
  return %r : tensor<1x2x4x8xf32>
}

// -----

func.func @half_a_decay(%q: tensor<1x2x4x8xf32>, %a: tensor<2x8x8xf32>) -> tensor<1x2x4x8xf32> {
  // expected-error @+1 {{C9: expected both operands of 'decay'}}
  %r = "attn.recurrent"(%q, %q, %q, %a, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0>}>
      : (tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<2x8x8xf32>, tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
  return %r : tensor<1x2x4x8xf32>
}

// -----

func.func @online(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>, %m: tensor<4xf32>, %a: tensor<8x4xf32>,
                  %c: index) -> (tensor<4xf32>, tensor<4xf32>, tensor<8x4xf32>) {
  // expected-error @+1 {{expected one operand in group #1 of 'operandSegmentSizes', but found 2}}
  %r:3 = "attn.online"(%q, %k, %k, %c, %c, %c, %c, %m, %m, %a) <{layout = #attn<tile_layout(feature_major)>, operandSegmentSizes = array<i32: 1, 2, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1>, scale = 1.0 : f64}> ({}, {})
      : (tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x8xf32>, index, index, index, index, tensor<4xf32>, tensor<4xf32>, tensor<8x4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<8x4xf32>)
  return %r#0, %r#1, %r#2 : tensor<4xf32>, tensor<4xf32>, tensor<8x4xf32>
}
