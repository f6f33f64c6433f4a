// RUN: attn-opt %s --split-input-file --verify-diagnostics

// One function per way to break a constraint of attn.online, named after its
// number. Regions are checked as those of attn.dense are.

func.func @online_c1_rank(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4x1xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index) {
  // expected-error @below {{'attn.online' op C1: expected 'max' of rank 1, but found rank 2}}
  %0:3 = attn.online layout(feature_major) scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<4x1xf32>, tensor<4xf32>, tensor<6x4xf32>)
  return
}

// -----

func.func @online_c2_features(%q: tensor<8x4xf32>, %k: tensor<5x9xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index) {
  // expected-error @below {{C2: expected dimension 1 of operand #1 to be 8 like dimension 0 of operand #0, but found 9}}
  %0:3 = attn.online layout(feature_major) scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x9xf32>, tensor<5x6xf32>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
  return
}

// -----

func.func @online_c2_layout(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index) {
  // expected-error @below {{C2: expected dimension 1 of operand #1 to be 4 like dimension 1 of operand #0, but found 8}}
  %0:3 = attn.online layout(query_major) scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
  return
}

// -----

func.func @online_c2_rows(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<3xf32>,
    %a: tensor<6x4xf32>, %c: index) {
  // expected-error @below {{C2: expected dimension 0 of operand #8 to be 4 like dimension 1 of operand #0, but found 3}}
  %0:3 = attn.online layout(feature_major) scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<3xf32>, tensor<6x4xf32>)
  return
}

// -----

func.func @online_c3_element(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf16>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index) {
  // expected-error @below {{C3: expected statistics of f32 or f64, but found 'f16'}}
  %0:3 = attn.online layout(feature_major) scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<4xf16>, tensor<4xf32>, tensor<6x4xf32>)
  return
}

// -----

func.func @online_c3_one_type(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf64>, %c: index) {
  // expected-error @below {{C3: expected statistics of one type 'f32', but found 'f64'}}
  %0:3 = attn.online layout(feature_major) scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf64>)
  return
}

// -----

func.func @online_c4_causal(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index) {
  // expected-error @below {{C4: expected 'diagonal' with 'causal' or 'window', and none without}}
  %0:3 = attn.online layout(feature_major) causal scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
  return
}

// -----

func.func @online_c4_diagonal(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index) {
  // expected-error @below {{C4: expected 'diagonal' with 'causal' or 'window', and none without}}
  %0:3 = attn.online layout(feature_major) scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      origin(%c, %c, %c, %c) diagonal(%c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
  return
}

// -----

func.func @online_c5_window(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index) {
  // expected-error @below {{C5: expected 'window' of two entries, but found 3}}
  %0:3 = attn.online layout(feature_major) window [1, 2, 3] scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      origin(%c, %c, %c, %c) diagonal(%c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
  return
}

// -----

func.func @online_c5_negative(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index) {
  // expected-error @below {{C5: expected 'window' entries of -1 or more, but found -5}}
  %0:3 = attn.online layout(feature_major) window [-5, 0] scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      origin(%c, %c, %c, %c) diagonal(%c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
  return
}

// -----

func.func @online_c6_scale(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index) {
  // expected-error @below {{C6: expected a finite 'scale'}}
  %0:3 = attn.online layout(feature_major) scale 0xFFF8000000000000
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
  return
}

// -----

func.func @online_c6_softcap(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index) {
  // expected-error @below {{C6: expected 'softcap' finite and positive, but found -1}}
  %0:3 = attn.online layout(feature_major) scale 1.0 softcap -1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
  return
}

// -----

func.func @online_c7_rank(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index, %x: tensor<5xf32>) {
  // expected-error @below {{C7: expected 'bias' of rank 2, but found rank 1}}
  %0:3 = attn.online layout(feature_major) scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      bias(%x : tensor<5xf32>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
  return
}

// -----

func.func @online_c7_element(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index, %x: tensor<4x5xi64>) {
  // expected-error @below {{C7: expected 'bias' of f16, bf16, f32, f64, i1 or i8, but found 'i64'}}
  %0:3 = attn.online layout(feature_major) scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      bias(%x : tensor<4x5xi64>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
  return
}

// -----

func.func @online_c7_size(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index, %x: tensor<4x4xf32>) {
  // expected-error @below {{C7: expected size 1 of 'bias' to be 1 or 5, but found 4}}
  %0:3 = attn.online layout(feature_major) scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      bias(%x : tensor<4x4xf32>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
  return
}

// -----

func.func @online_c7_rows(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index, %x: tensor<7x5xf32>) {
  // expected-error @below {{C7: expected size 0 of 'bias' to be at most 4, but found 7}}
  %0:3 = attn.online layout(feature_major) scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      bias(%x : tensor<7x5xf32>)
      origin(%c, %c, %c, %c) rows(%c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
  return
}

// -----

func.func @online_c8_arguments(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index) {
  // expected-error @below {{C8: expected 'score' to take ('f32', 'index', 'index', 'index', 'index'), but found ('f64', 'index', 'index', 'index', 'index')}}
  %0:3 = attn.online layout(feature_major) scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
      score {
      ^bb0(%s: f64, %b: index, %h: index, %i: index, %j: index):
        attn.yield %s : f64
      }
  return
}

// -----

func.func @online_c8_yield(%q: tensor<8x4xf32>, %k: tensor<5x8xf32>,
    %v: tensor<5x6xf32>, %m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %c: index) {
  %0:3 = attn.online layout(feature_major) scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        // expected-error @below {{'attn.yield' op C8: expected 'score' to yield 'f32', but found 'index'}}
        attn.yield %j : index
      }
  return
}
