// RUN: attn-opt %s -verify-diagnostics -split-input-file

// Each constraint of attn.cache_update, attn.cache_evict and attn.key_mass, broken.

func.func @rank(%r: tensor<1x2x4xf32>, %n: tensor<1xi32>, %c: tensor<1x2x9x4xf32>) {
  // expected-error @+1 {{C1: expected 'rows' of rank 4, but found rank 3}}
  %x = attn.cache_update ins(%r : tensor<1x2x4xf32>) lengths(%n : tensor<1xi32>)
      outs(%c : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @integers(%r: tensor<1x2x1x4xi32>, %n: tensor<1xi32>, %c: tensor<1x2x9x4xi32>) {
  // expected-error @+1 {{C2: expected f16, bf16, f32 or f64, but found 'i32'}}
  %x = attn.cache_update ins(%r : tensor<1x2x1x4xi32>) lengths(%n : tensor<1xi32>)
      outs(%c : tensor<1x2x9x4xi32>)
  return
}

// -----

func.func @cache_type(%r: tensor<1x2x1x4xf32>, %n: tensor<1xi32>, %c: tensor<1x2x9x4xf16>) {
  // expected-error @+1 {{C2: expected 'cache' of 'f32' like 'rows', but found 'f16'}}
  %x = attn.cache_update ins(%r : tensor<1x2x1x4xf32>) lengths(%n : tensor<1xi32>)
      outs(%c : tensor<1x2x9x4xf16>)
  return
}

// -----

func.func @angle_types(%r: tensor<1x2x1x4xf32>, %n: tensor<1xi32>, %a: tensor<5x2xf32>,
                       %b: tensor<5x2xf16>, %c: tensor<1x2x9x4xf32>) {
  // expected-error @+1 {{C2: expected 'angles' of one float type, but found 'f16'}}
  %x = attn.cache_update ins(%r : tensor<1x2x1x4xf32>) lengths(%n : tensor<1xi32>)
      angles(%a, %b : tensor<5x2xf32>, tensor<5x2xf16>) outs(%c : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @length_type(%r: tensor<1x2x1x4xf32>, %n: tensor<1xi16>, %c: tensor<1x2x9x4xf32>) {
  // expected-error @+1 {{C3: expected 'lengths' of i32 or i64, but found 'i16'}}
  %x = attn.cache_update ins(%r : tensor<1x2x1x4xf32>) lengths(%n : tensor<1xi16>)
      outs(%c : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @sizes(%r: tensor<1x2x1x4xf32>, %n: tensor<1xi32>, %c: tensor<1x3x9x4xf32>) {
  // expected-error @+1 {{C4: expected dimension 1 of operand #2 to be 2}}
  %x = attn.cache_update ins(%r : tensor<1x2x1x4xf32>) lengths(%n : tensor<1xi32>)
      outs(%c : tensor<1x3x9x4xf32>)
  return
}

// -----

func.func @interleaved(%r: tensor<1x2x1x4xf32>, %n: tensor<1xi32>, %c: tensor<1x2x9x4xf32>) {
  // expected-error @+1 {{C5: expected 'angles' with 'interleaved'}}
  %x = attn.cache_update interleaved ins(%r : tensor<1x2x1x4xf32>) lengths(%n : tensor<1xi32>)
      outs(%c : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @odd(%r: tensor<1x2x1x5xf32>, %n: tensor<1xi32>, %a: tensor<5x2xf32>,
               %c: tensor<1x2x9x5xf32>) {
  // expected-error @+1 {{C5: expected a static even width with 'angles'}}
  %x = attn.cache_update ins(%r : tensor<1x2x1x5xf32>) lengths(%n : tensor<1xi32>)
      angles(%a, %a : tensor<5x2xf32>, tensor<5x2xf32>) outs(%c : tensor<1x2x9x5xf32>)
  return
}

// -----

func.func @pairs(%r: tensor<1x2x1x4xf32>, %n: tensor<1xi32>, %a: tensor<5x3xf32>,
                 %c: tensor<1x2x9x4xf32>) {
  // expected-error @+1 {{C5: expected 'angles' of 2 pairs, but found 'tensor<5x3xf32>'}}
  %x = attn.cache_update ins(%r : tensor<1x2x1x4xf32>) lengths(%n : tensor<1xi32>)
      angles(%a, %a : tensor<5x3xf32>, tensor<5x3xf32>) outs(%c : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @one_table(%r: tensor<1x2x1x4xf32>, %n: tensor<1xi32>, %a: tensor<5x2xf32>,
                     %c: tensor<1x2x9x4xf32>) {
  // expected-error @+1 {{C5: expected two tables of 'angles'}}
  %x = "attn.cache_update"(%r, %n, %a, %c) <{operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 1>}>
      : (tensor<1x2x1x4xf32>, tensor<1xi32>, tensor<5x2xf32>, tensor<1x2x9x4xf32>) -> tensor<1x2x9x4xf32>
  return
}

// -----

func.func @no_page_size(%r: tensor<1x2x1x4xf32>, %n: tensor<1xi32>, %t: tensor<1x3xi32>,
                        %c: tensor<1x2x9x4xf32>) {
  // expected-error @+1 {{C6: expected both of 'page_table' and 'page_size'}}
  %x = attn.cache_update ins(%r : tensor<1x2x1x4xf32>) lengths(%n : tensor<1xi32>)
      page_table(%t : tensor<1x3xi32>) outs(%c : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @page_size(%r: tensor<1x2x1x4xf32>, %n: tensor<1xi32>, %t: tensor<1x3xi32>,
                     %c: tensor<1x2x9x4xf32>) {
  // expected-error @+1 {{C6: expected a positive 'page_size', but found 0}}
  %x = attn.cache_update ins(%r : tensor<1x2x1x4xf32>) lengths(%n : tensor<1xi32>)
      page_table(%t : tensor<1x3xi32>) page_size 0 outs(%c : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @ring_of_pages(%r: tensor<1x2x1x4xf32>, %n: tensor<1xi32>, %t: tensor<1x3xi32>,
                         %c: tensor<1x2x9x4xf32>) {
  // expected-error @+1 {{C6: expected no 'ring' with 'page_table'}}
  %x = attn.cache_update ring ins(%r : tensor<1x2x1x4xf32>) lengths(%n : tensor<1xi32>)
      page_table(%t : tensor<1x3xi32>) page_size 3 outs(%c : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @pages_of_batches(%r: tensor<2x2x1x4xf32>, %n: tensor<2xi32>, %t: tensor<2x3xi32>,
                            %c: tensor<2x2x9x4xf32>) {
  // expected-error @+1 {{C6: expected a cache of one batch entry with 'page_table', but found 'tensor<2x2x9x4xf32>'}}
  %x = attn.cache_update ins(%r : tensor<2x2x1x4xf32>) lengths(%n : tensor<2xi32>)
      page_table(%t : tensor<2x3xi32>) page_size 3 outs(%c : tensor<2x2x9x4xf32>)
  return
}

// -----

func.func @kinds(%r: tensor<1x2x1x4xf32>, %n: memref<1xi32>, %c: tensor<1x2x9x4xf32>) {
  // expected-error @+1 {{C7: expected all operands to be tensors, but found 'memref<1xi32>'}}
  %x = attn.cache_update ins(%r : tensor<1x2x1x4xf32>) lengths(%n : memref<1xi32>)
      outs(%c : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @groups(%t: tensor<1x2xi32>, %n: tensor<1xi32>, %c: tensor<1x2x9x4xf32>) {
  // expected-error @+1 {{expected one operand in group #0}}
  %x = "attn.cache_update"(%n, %t, %c) <{operandSegmentSizes = array<i32: 0, 1, 1, 0, 0, 1>}>
      : (tensor<1xi32>, tensor<1x2xi32>, tensor<1x2x9x4xf32>) -> tensor<1x2x9x4xf32>
  return
}

// -----

func.func @no_destination(%n: tensor<1xi32>) {
  // expected-error @+1 {{C1: expected a destination}}
  "attn.cache_evict"(%n) <{heavy = 1 : i64, recent = 1 : i64}> : (tensor<1xi32>) -> ()
  return
}

// -----

func.func @destination_rank(%n: tensor<1xi32>, %c: tensor<1x2xf32>) {
  // expected-error @+1 {{C1: expected destinations of rank 3 or 4, but found rank 2}}
  %x = attn.cache_evict heavy 1 recent 1 lengths(%n : tensor<1xi32>) outs(%c : tensor<1x2xf32>)
  return
}

// -----

func.func @mass_rank(%n: tensor<1xi32>, %c: tensor<1x2x9x4xf32>) {
  // expected-error @+1 {{C1: expected 'mass' of rank 3, but found rank 4}}
  %x = attn.cache_evict heavy 1 recent 1 mass 0 lengths(%n : tensor<1xi32>)
      outs(%c : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @mass_type(%n: tensor<1xi32>, %c: tensor<1x2x9xf16>) {
  // expected-error @+1 {{C2: expected 'mass' of f32 or f64, but found 'f16'}}
  %x = attn.cache_evict heavy 1 recent 1 mass 0 lengths(%n : tensor<1xi32>)
      outs(%c : tensor<1x2x9xf16>)
  return
}

// -----

func.func @place_type(%n: tensor<1xi32>, %c: tensor<1x2x9xf32>) {
  // expected-error @+1 {{C2: expected 'places' of i32 or i64, but found 'f32'}}
  %x = attn.cache_evict heavy 1 recent 1 places 0 lengths(%n : tensor<1xi32>)
      outs(%c : tensor<1x2x9xf32>)
  return
}

// -----

func.func @evict_sizes(%n: tensor<1xi32>, %c: tensor<1x2x9xf32>, %d: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{C3: expected dimension 2 of operand #2 to be 9}}
  %x:2 = attn.cache_evict heavy 1 recent 1 lengths(%n : tensor<1xi32>)
      outs(%c, %d : tensor<1x2x9xf32>, tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @budget(%n: tensor<1xi32>, %c: tensor<1x2x9xf32>) {
  // expected-error @+1 {{C4: expected 'heavy' and 'recent' of at least 0 with a sum between 1 and 2^31, but found 0 and 0}}
  %x = attn.cache_evict heavy 0 recent 0 lengths(%n : tensor<1xi32>) outs(%c : tensor<1x2x9xf32>)
  return
}

// -----

func.func @mass_number(%n: tensor<1xi32>, %c: tensor<1x2x9xf32>) {
  // expected-error @+1 {{C5: expected 'mass' below 1, but found 1}}
  %x = attn.cache_evict heavy 1 recent 1 mass 1 lengths(%n : tensor<1xi32>)
      outs(%c : tensor<1x2x9xf32>)
  return
}

// -----

func.func @evict_kinds(%n: memref<1xi32>, %c: tensor<1x2x9xf32>) {
  // expected-error @+1 {{C6: expected all operands to be}}
  %x = attn.cache_evict heavy 1 recent 1 lengths(%n : memref<1xi32>) outs(%c : tensor<1x2x9xf32>)
  return
}

// -----

func.func @mass_of_dense(%q: tensor<1x4x5x8xf32>, %k: tensor<1x3x5x8xf32>, %l: tensor<1x4x5xf32>,
                         %m: tensor<1x3x5xf32>) {
  // expected-error @+1 {{C4: expected the number of query heads to be a multiple of the 3 key heads, but found 4}}
  %x = attn.key_mass ins(%q, %k : tensor<1x4x5x8xf32>, tensor<1x3x5x8xf32>)
      lse(%l : tensor<1x4x5xf32>) outs(%m : tensor<1x3x5xf32>)
  return
}

// -----

func.func @mass_result_rank(%q: tensor<1x4x5x8xf32>, %l: tensor<1x4x5xf32>, %m: tensor<4x5xf32>) {
  // expected-error @+1 {{C13: expected 'mass' of rank 3, but found rank 2}}
  %x = attn.key_mass ins(%q, %q : tensor<1x4x5x8xf32>, tensor<1x4x5x8xf32>)
      lse(%l : tensor<1x4x5xf32>) outs(%m : tensor<4x5xf32>)
  return
}

// -----

func.func @mass_result_type(%q: tensor<1x4x5x8xf32>, %l: tensor<1x4x5xf32>, %m: tensor<1x4x5xf16>) {
  // expected-error @+1 {{C13: expected 'mass' of 'f32', but found 'f16'}}
  %x = attn.key_mass ins(%q, %q : tensor<1x4x5x8xf32>, tensor<1x4x5x8xf32>)
      lse(%l : tensor<1x4x5xf32>) outs(%m : tensor<1x4x5xf16>)
  return
}

// -----

func.func @mass_sizes(%q: tensor<1x4x5x8xf32>, %l: tensor<1x4x5xf32>, %m: tensor<1x4x6xf32>) {
  // expected-error @+1 {{C3: expected dimension 2 of operand #3 to be 5}}
  %x = attn.key_mass ins(%q, %q : tensor<1x4x5x8xf32>, tensor<1x4x5x8xf32>)
      lse(%l : tensor<1x4x5xf32>) outs(%m : tensor<1x4x6xf32>)
  return
}
