// RUN: attn-opt %s -verify-diagnostics -split-input-file

// Each constraint of attn.route and attn.grouped_project, broken.

func.func @rank(%ids: tensor<2x3xi32>, %a: tensor<6xi32>, %c: tensor<4xi32>) {
  // expected-error @+1 {{C1: expected 'ids' of rank 1, but found rank 2}}
  %x:3 = attn.route ins(%ids : tensor<2x3xi32>)
      outs(%a, %a, %c : tensor<6xi32>, tensor<6xi32>, tensor<4xi32>)
  return
}

// -----

func.func @ids(%ids: tensor<6xf32>, %a: tensor<6xi32>, %c: tensor<4xi32>) {
  // expected-error @+1 {{C1: expected 'ids' of i32 or i64, but found 'f32'}}
  %x:3 = attn.route ins(%ids : tensor<6xf32>)
      outs(%a, %a, %c : tensor<6xi32>, tensor<6xi32>, tensor<4xi32>)
  return
}

// -----

func.func @result(%ids: tensor<6xi32>, %a: tensor<6xi32>, %b: tensor<6xi64>, %c: tensor<4xi32>) {
  // expected-error @+1 {{C1: expected 'place' of i32, but found 'i64'}}
  %x:3 = attn.route ins(%ids : tensor<6xi32>)
      outs(%a, %b, %c : tensor<6xi32>, tensor<6xi64>, tensor<4xi32>)
  return
}

// -----

func.func @offsets(%ids: tensor<6xi32>, %a: tensor<6xi32>, %c: tensor<0xi32>) {
  // expected-error @+1 {{C2: expected at least one offset}}
  %x:3 = attn.route ins(%ids : tensor<6xi32>)
      outs(%a, %a, %c : tensor<6xi32>, tensor<6xi32>, tensor<0xi32>)
  return
}

// -----

func.func @sizes(%ids: tensor<6xi32>, %a: tensor<5xi32>, %c: tensor<4xi32>) {
  // expected-error @+1 {{C2: expected dimension 0 of operand #1 to be 6}}
  %x:3 = attn.route ins(%ids : tensor<6xi32>)
      outs(%a, %a, %c : tensor<5xi32>, tensor<5xi32>, tensor<4xi32>)
  return
}

// -----

func.func @weights(%x: tensor<6x4xf32>, %w: tensor<4x8xf32>, %f: tensor<3xi32>, %y: tensor<6x8xf32>) {
  // expected-error @+1 {{C1: expected 'weights' of rank 3, but found rank 2}}
  %z = attn.grouped_project ins(%x, %w : tensor<6x4xf32>, tensor<4x8xf32>)
      offsets(%f : tensor<3xi32>) outs(%y : tensor<6x8xf32>)
  return
}

// -----

func.func @integers(%x: tensor<6x4xi8>, %w: tensor<2x4x8xi8>, %f: tensor<3xi32>, %y: tensor<6x8xf32>) {
  // expected-error @+1 {{C2: expected f16, bf16, f32 or f64, but found 'i8'}}
  %z = attn.grouped_project ins(%x, %w : tensor<6x4xi8>, tensor<2x4x8xi8>)
      offsets(%f : tensor<3xi32>) outs(%y : tensor<6x8xf32>)
  return
}

// -----

func.func @weight_type(%x: tensor<6x4xf32>, %w: tensor<2x4x8xf16>, %f: tensor<3xi32>, %y: tensor<6x8xf32>) {
  // expected-error @+1 {{C2: expected 'weights' of 'f32' like 'input', but found 'f16'}}
  %z = attn.grouped_project ins(%x, %w : tensor<6x4xf32>, tensor<2x4x8xf16>)
      offsets(%f : tensor<3xi32>) outs(%y : tensor<6x8xf32>)
  return
}

// -----

func.func @output_type(%x: tensor<6x4xf16>, %w: tensor<2x4x8xf16>, %f: tensor<3xi32>, %y: tensor<6x8xf16>) {
  // expected-error @+1 {{C2: expected 'output' of 'f32', but found 'f16'}}
  %z = attn.grouped_project ins(%x, %w : tensor<6x4xf16>, tensor<2x4x8xf16>)
      offsets(%f : tensor<3xi32>) outs(%y : tensor<6x8xf16>)
  return
}

// -----

func.func @bounds(%x: tensor<6x4xf32>, %w: tensor<2x4x8xf32>, %f: tensor<2xi32>, %y: tensor<6x8xf32>) {
  // expected-error @+1 {{C3: expected 3 offsets, but found 2}}
  %z = attn.grouped_project ins(%x, %w : tensor<6x4xf32>, tensor<2x4x8xf32>)
      offsets(%f : tensor<2xi32>) outs(%y : tensor<6x8xf32>)
  return
}

// -----

func.func @widths(%x: tensor<6x4xf32>, %w: tensor<2x5x8xf32>, %f: tensor<3xi32>, %y: tensor<6x8xf32>) {
  // expected-error @+1 {{C3: expected dimension 1 of operand #1 to be 4}}
  %z = attn.grouped_project ins(%x, %w : tensor<6x4xf32>, tensor<2x5x8xf32>)
      offsets(%f : tensor<3xi32>) outs(%y : tensor<6x8xf32>)
  return
}
