// Published values of linear and recurrent attention, one function for each row
// of the table in Inputs/golden.py: to 1e-9 of the sum of absolute values in
// f64, to 1e-5 in f32.

// REQUIRES: numpy
// RUN: sed s/f64/f32/g %s > %t.f32.mlir
// RUN: %python %S/Inputs/golden.py %s 1e-9 reference | FileCheck %s
// RUN: %python %S/Inputs/golden.py %t.f32.mlir 1e-5 reference | FileCheck %s

// CHECK-COUNT-9: {{^[a-z_0-9]+ [a-z]+: ok$}}
// CHECK-NOT: {{.}}

func.func @linear(
    %q: tensor<1x1x?x8xf64>, %k: tensor<1x1x?x8xf64>, %v: tensor<1x1x?x4xf64>,
    %o0: tensor<1x1x?x4xf64>, %s0: tensor<1x1x8x4xf64>)
    -> (tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>) {
  %o, %s = attn.linear
      ins(%q, %k, %v : tensor<1x1x?x8xf64>, tensor<1x1x?x8xf64>, tensor<1x1x?x4xf64>)
      outs(%o0, %s0 : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>)
  return %o, %s : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>
}

func.func @retnet(
    %q: tensor<1x1x?x8xf64>, %k: tensor<1x1x?x8xf64>, %v: tensor<1x1x?x4xf64>,
    %g_head: tensor<1xf64>, %o0: tensor<1x1x?x4xf64>, %s0: tensor<1x1x8x4xf64>)
    -> (tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>) {
  %o, %s = attn.linear
      ins(%q, %k, %v : tensor<1x1x?x8xf64>, tensor<1x1x?x8xf64>, tensor<1x1x?x4xf64>)
      gate(%g_head : tensor<1xf64>)
      outs(%o0, %s0 : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>)
  return %o, %s : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>
}

func.func @mamba2(
    %q: tensor<1x1x?x8xf64>, %k: tensor<1x1x?x8xf64>, %v: tensor<1x1x?x4xf64>,
    %g_token: tensor<1x1x?xf64>, %o0: tensor<1x1x?x4xf64>, %s0: tensor<1x1x8x4xf64>)
    -> (tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>) {
  %o, %s = attn.linear
      ins(%q, %k, %v : tensor<1x1x?x8xf64>, tensor<1x1x?x8xf64>, tensor<1x1x?x4xf64>)
      gate(%g_token : tensor<1x1x?xf64>)
      outs(%o0, %s0 : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>)
  return %o, %s : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>
}

func.func @gla(
    %q: tensor<1x1x?x8xf64>, %k: tensor<1x1x?x8xf64>, %v: tensor<1x1x?x4xf64>,
    %g_row: tensor<1x1x?x8xf64>, %o0: tensor<1x1x?x4xf64>, %s0: tensor<1x1x8x4xf64>)
    -> (tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>) {
  %o, %s = attn.linear
      ins(%q, %k, %v : tensor<1x1x?x8xf64>, tensor<1x1x?x8xf64>, tensor<1x1x?x4xf64>)
      gate(%g_row : tensor<1x1x?x8xf64>)
      outs(%o0, %s0 : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>)
  return %o, %s : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>
}

func.func @delta_net(
    %q: tensor<1x1x?x8xf64>, %k_unit: tensor<1x1x?x8xf64>, %v: tensor<1x1x?x4xf64>,
    %beta: tensor<1x1x?xf64>, %o0: tensor<1x1x?x4xf64>, %s0: tensor<1x1x8x4xf64>)
    -> (tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>) {
  %o, %s = attn.recurrent
      ins(%q, %k_unit, %v : tensor<1x1x?x8xf64>, tensor<1x1x?x8xf64>, tensor<1x1x?x4xf64>)
      beta(%beta : tensor<1x1x?xf64>)
      outs(%o0, %s0 : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>)
  return %o, %s : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>
}

func.func @gated_delta_net(
    %q: tensor<1x1x?x8xf64>, %k_unit: tensor<1x1x?x8xf64>, %v: tensor<1x1x?x4xf64>,
    %g_token: tensor<1x1x?xf64>, %beta: tensor<1x1x?xf64>,
    %o0: tensor<1x1x?x4xf64>, %s0: tensor<1x1x8x4xf64>)
    -> (tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>) {
  %o, %s = attn.recurrent
      ins(%q, %k_unit, %v : tensor<1x1x?x8xf64>, tensor<1x1x?x8xf64>, tensor<1x1x?x4xf64>)
      gate(%g_token : tensor<1x1x?xf64>) beta(%beta : tensor<1x1x?xf64>)
      outs(%o0, %s0 : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>)
  return %o, %s : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>
}

func.func @kimi_delta(
    %q: tensor<1x1x?x8xf64>, %k_unit: tensor<1x1x?x8xf64>, %v: tensor<1x1x?x4xf64>,
    %g_row: tensor<1x1x?x8xf64>, %beta: tensor<1x1x?xf64>,
    %o0: tensor<1x1x?x4xf64>, %s0: tensor<1x1x8x4xf64>)
    -> (tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>) {
  %o, %s = attn.recurrent
      ins(%q, %k_unit, %v : tensor<1x1x?x8xf64>, tensor<1x1x?x8xf64>, tensor<1x1x?x4xf64>)
      gate(%g_row : tensor<1x1x?x8xf64>) beta(%beta : tensor<1x1x?xf64>)
      outs(%o0, %s0 : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>)
  return %o, %s : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>
}

func.func @rwkv6(
    %q: tensor<1x1x?x8xf64>, %k: tensor<1x1x?x8xf64>, %v: tensor<1x1x?x4xf64>,
    %g_row: tensor<1x1x?x8xf64>, %bonus: tensor<1x8xf64>,
    %o0: tensor<1x1x?x4xf64>, %s0: tensor<1x1x8x4xf64>)
    -> (tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>) {
  %o, %s = attn.linear read_before
      ins(%q, %k, %v : tensor<1x1x?x8xf64>, tensor<1x1x?x8xf64>, tensor<1x1x?x4xf64>)
      gate(%g_row : tensor<1x1x?x8xf64>) bonus(%bonus : tensor<1x8xf64>)
      outs(%o0, %s0 : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>)
  return %o, %s : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>
}

func.func @rwkv7(
    %q: tensor<1x1x?x8xf64>, %k: tensor<1x1x?x8xf64>, %v: tensor<1x1x?x4xf64>,
    %g_row: tensor<1x1x?x8xf64>, %left: tensor<1x1x?x8xf64>,
    %right: tensor<1x1x?x8xf64>, %o0: tensor<1x1x?x4xf64>, %s0: tensor<1x1x8x4xf64>)
    -> (tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>) {
  %o, %s = attn.recurrent scale 1.0
      ins(%q, %k, %v : tensor<1x1x?x8xf64>, tensor<1x1x?x8xf64>, tensor<1x1x?x4xf64>)
      gate(%g_row : tensor<1x1x?x8xf64>)
      correction(%left, %right : tensor<1x1x?x8xf64>, tensor<1x1x?x8xf64>)
      outs(%o0, %s0 : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>)
  return %o, %s : tensor<1x1x?x4xf64>, tensor<1x1x8x4xf64>
}
