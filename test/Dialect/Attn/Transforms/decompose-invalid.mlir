// RUN: attn-opt %s --split-input-file --verify-diagnostics \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-decompose))'

// Tiles that the stages before do not make, one function for each.

func.func @query_major(
    %q: tensor<64x8xf32>, %k: tensor<?x8xf32>, %m: tensor<64xf32>,
    %acc: tensor<64x8xf32>, %i: index) -> tensor<64x8xf32> {
  // expected-error @below {{'attn.online' op expected layout(feature_major), as 'attn-convert-to-online' makes it}}
  %r:3 = attn.online layout(query_major) scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : tensor<64x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>)
      origin(%i, %i, %i, %i)
      outs(%m, %m, %acc : tensor<64xf32>, tensor<64xf32>, tensor<64x8xf32>)
  return %r#2 : tensor<64x8xf32>
}

// -----

func.func @no_schedule(
    %q: tensor<8x64xf32>, %k: tensor<?x8xf32>, %m: tensor<64xf32>,
    %acc: tensor<8x64xf32>, %i: index) -> tensor<8x64xf32> {
  // expected-error @below {{'attn.online' op expected a schedule, as 'attn-schedule' sets it}}
  %r:3 = attn.online layout(feature_major) scale 1.0
      ins(%q, %k, %k : tensor<8x64xf32>, tensor<?x8xf32>, tensor<?x8xf32>)
      origin(%i, %i, %i, %i)
      outs(%m, %m, %acc : tensor<64xf32>, tensor<64xf32>, tensor<8x64xf32>)
  return %r#2 : tensor<8x64xf32>
}

// -----

func.func @other_rows(
    %q: tensor<8x32xf32>, %k: tensor<?x8xf32>, %m: tensor<32xf32>,
    %acc: tensor<8x32xf32>, %i: index) -> tensor<8x32xf32> {
  // expected-error @below {{'attn.online' op expected 64 rows as in its schedule, but found 32}}
  %r:3 = attn.online layout(feature_major) scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : tensor<8x32xf32>, tensor<?x8xf32>, tensor<?x8xf32>)
      origin(%i, %i, %i, %i)
      outs(%m, %m, %acc : tensor<32xf32>, tensor<32xf32>, tensor<8x32xf32>)
  return %r#2 : tensor<8x32xf32>
}

// -----

func.func @dynamic_rows(
    %q: tensor<8x?xf32>, %k: tensor<?x8xf32>, %m: tensor<?xf32>,
    %acc: tensor<8x?xf32>, %i: index) -> tensor<8x?xf32> {
  // expected-error @below {{'attn.online' op expected 64 rows as in its schedule, but found a dynamic size}}
  %r:3 = attn.online layout(feature_major) scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : tensor<8x?xf32>, tensor<?x8xf32>, tensor<?x8xf32>)
      origin(%i, %i, %i, %i)
      outs(%m, %m, %acc : tensor<?xf32>, tensor<?xf32>, tensor<8x?xf32>)
  return %r#2 : tensor<8x?xf32>
}

// -----

func.func @query_of_16_bits(
    %q: tensor<8x64xbf16>, %k: tensor<?x8xbf16>, %m: tensor<64xf32>,
    %acc: tensor<8x64xf32>, %i: index) -> tensor<8x64xf32> {
  // expected-error @below {{'attn.online' op expected a query tile and statistics of f32}}
  %r:3 = attn.online layout(feature_major) scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : tensor<8x64xbf16>, tensor<?x8xbf16>, tensor<?x8xbf16>)
      origin(%i, %i, %i, %i)
      outs(%m, %m, %acc : tensor<64xf32>, tensor<64xf32>, tensor<8x64xf32>)
  return %r#2 : tensor<8x64xf32>
}

// -----

func.func @finish_query_major(
    %m: tensor<64xf32>, %acc: tensor<64x8xf32>,
    %o: tensor<64x8xf32>) -> tensor<64x8xf32> {
  // expected-error @below {{'attn.finish' op expected layout(feature_major) and a static number of rows, as 'attn-convert-to-online' makes it}}
  %r = attn.finish layout(query_major)
      ins(%m, %m, %acc : tensor<64xf32>, tensor<64xf32>, tensor<64x8xf32>)
      outs(%o : tensor<64x8xf32>)
  return %r : tensor<64x8xf32>
}

// -----

func.func @finish_dynamic_rows(
    %m: tensor<?xf32>, %acc: tensor<8x?xf32>,
    %o: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @below {{'attn.finish' op expected layout(feature_major) and a static number of rows}}
  %r = attn.finish layout(feature_major)
      ins(%m, %m, %acc : tensor<?xf32>, tensor<?xf32>, tensor<8x?xf32>)
      outs(%o : tensor<?x8xf32>)
  return %r : tensor<?x8xf32>
}
