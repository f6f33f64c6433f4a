// A sequence cut anywhere is the whole sequence: with the state of the first part
// carried to the second, and with both parts run from nothing and composed onto
// the state before them. The functions return differences, and the state that they
// are measured against; `cuts` says by its size where the cut is.

// REQUIRES: numpy
// RUN: %python %S/Inputs/differences.py %s reference 1e-11 12 0,1,7,12 | FileCheck %s
// RUN: %python %S/Inputs/differences.py %s reference 1e-11 1 0,1 | FileCheck %s
// RUN: %python %S/Inputs/differences.py %s reference 1e-11 0 0 | FileCheck %s
// CHECK: head: ok
// CHECK: rows: ok
// CHECK: correction: ok
// CHECK: elements: ok

!keys = tensor<1x2x?x8xf64>
!values = tensor<1x2x?x4xf64>
!scalars = tensor<1x2x?xf64>
!state = tensor<1x2x8x4xf64>
!states = tensor<2x1x2x8x4xf64>

func.func @head(
    %q: !keys, %k: !keys, %v: !values, %g: !scalars, %s0: !state, %cuts: tensor<?xi8>)
    -> (!values, !state, !state, tensor<1x2xf64>, !state) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %tokens = tensor.dim %q, %c2 : !keys
  %cut = tensor.dim %cuts, %c0 : tensor<?xi8>
  %rest = arith.subi %tokens, %cut : index
  %one = arith.constant dense<1.0> : tensor<1x2xf64>
  %whole_o = tensor.empty(%tokens) : !values
  %whole:3 = attn.linear read_before transition
      ins(%q, %k, %v : !keys, !keys, !values)
      gate(%g : !scalars)
      outs(%whole_o, %s0, %one : !values, !state, tensor<1x2xf64>)

  %q_a = tensor.extract_slice %q[0, 0, 0, 0] [1, 2, %cut, 8] [1, 1, 1, 1] : !keys to !keys
  %k_a = tensor.extract_slice %k[0, 0, 0, 0] [1, 2, %cut, 8] [1, 1, 1, 1] : !keys to !keys
  %v_a = tensor.extract_slice %v[0, 0, 0, 0] [1, 2, %cut, 4] [1, 1, 1, 1] : !values to !values
  %g_a = tensor.extract_slice %g[0, 0, 0] [1, 2, %cut] [1, 1, 1] : !scalars to !scalars
  %q_b = tensor.extract_slice %q[0, 0, %cut, 0] [1, 2, %rest, 8] [1, 1, 1, 1] : !keys to !keys
  %k_b = tensor.extract_slice %k[0, 0, %cut, 0] [1, 2, %rest, 8] [1, 1, 1, 1] : !keys to !keys
  %v_b = tensor.extract_slice %v[0, 0, %cut, 0] [1, 2, %rest, 4] [1, 1, 1, 1] : !values to !values
  %g_b = tensor.extract_slice %g[0, 0, %cut] [1, 2, %rest] [1, 1, 1] : !scalars to !scalars
  %empty_a = tensor.empty(%cut) : !values
  %empty_b = tensor.empty(%rest) : !values
  %a:3 = attn.linear read_before transition
      ins(%q_a, %k_a, %v_a : !keys, !keys, !values)
      gate(%g_a : !scalars)
      outs(%empty_a, %s0, %one : !values, !state, tensor<1x2xf64>)
  %b:3 = attn.linear read_before transition
      ins(%q_b, %k_b, %v_b : !keys, !keys, !values)
      gate(%g_b : !scalars)
      outs(%empty_b, %a#1, %a#2 : !values, !state, tensor<1x2xf64>)
  %o_a = tensor.insert_slice %a#0 into %whole_o[0, 0, 0, 0] [1, 2, %cut, 4] [1, 1, 1, 1] : !values into !values
  %o = tensor.insert_slice %b#0 into %o_a[0, 0, %cut, 0] [1, 2, %rest, 4] [1, 1, 1, 1] : !values into !values

  %zero = arith.constant dense<0.0> : !state
  %x:3 = attn.linear read_before transition
      ins(%q_a, %k_a, %v_a : !keys, !keys, !values)
      gate(%g_a : !scalars)
      outs(%empty_a, %zero, %one : !values, !state, tensor<1x2xf64>)
  %y:3 = attn.linear read_before transition
      ins(%q_b, %k_b, %v_b : !keys, !keys, !values)
      gate(%g_b : !scalars)
      outs(%empty_b, %zero, %one : !values, !state, tensor<1x2xf64>)
  %es_0 = tensor.empty() : !states
  %es_1 = tensor.insert_slice %x#1 into %es_0[0, 0, 0, 0, 0] [1, 1, 2, 8, 4] [1, 1, 1, 1, 1] : !state into !states
  %es = tensor.insert_slice %y#1 into %es_1[1, 0, 0, 0, 0] [1, 1, 2, 8, 4] [1, 1, 1, 1, 1] : !state into !states
  %ms_0 = tensor.empty() : tensor<2x1x2xf64>
  %ms_1 = tensor.insert_slice %x#2 into %ms_0[0, 0, 0] [1, 1, 2] [1, 1, 1] : tensor<1x2xf64> into tensor<2x1x2xf64>
  %ms = tensor.insert_slice %y#2 into %ms_1[1, 0, 0] [1, 1, 2] [1, 1, 1] : tensor<1x2xf64> into tensor<2x1x2xf64>
  %composed:2 = attn.compose ins(%es, %ms : !states, tensor<2x1x2xf64>)
      outs(%s0, %one : !state, tensor<1x2xf64>)

  %d0 = arith.subf %o, %whole#0 : !values
  %d1 = arith.subf %b#1, %whole#1 : !state
  %d2 = arith.subf %composed#0, %whole#1 : !state
  %d3 = arith.subf %composed#1, %whole#2 : tensor<1x2xf64>
  return %d0, %d1, %d2, %d3, %whole#1 : !values, !state, !state, tensor<1x2xf64>, !state
}

func.func @rows(
    %q: !keys, %k: !keys, %v: !values, %g: !keys, %s0: !state, %cuts: tensor<?xi8>)
    -> (!values, !state, !state, tensor<1x2x8xf64>, !state) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %tokens = tensor.dim %q, %c2 : !keys
  %cut = tensor.dim %cuts, %c0 : tensor<?xi8>
  %rest = arith.subi %tokens, %cut : index
  %one = arith.constant dense<1.0> : tensor<1x2x8xf64>
  %whole_o = tensor.empty(%tokens) : !values
  %whole:3 = attn.linear transition
      ins(%q, %k, %v : !keys, !keys, !values)
      gate(%g : !keys)
      outs(%whole_o, %s0, %one : !values, !state, tensor<1x2x8xf64>)

  %q_a = tensor.extract_slice %q[0, 0, 0, 0] [1, 2, %cut, 8] [1, 1, 1, 1] : !keys to !keys
  %k_a = tensor.extract_slice %k[0, 0, 0, 0] [1, 2, %cut, 8] [1, 1, 1, 1] : !keys to !keys
  %v_a = tensor.extract_slice %v[0, 0, 0, 0] [1, 2, %cut, 4] [1, 1, 1, 1] : !values to !values
  %g_a = tensor.extract_slice %g[0, 0, 0, 0] [1, 2, %cut, 8] [1, 1, 1, 1] : !keys to !keys
  %q_b = tensor.extract_slice %q[0, 0, %cut, 0] [1, 2, %rest, 8] [1, 1, 1, 1] : !keys to !keys
  %k_b = tensor.extract_slice %k[0, 0, %cut, 0] [1, 2, %rest, 8] [1, 1, 1, 1] : !keys to !keys
  %v_b = tensor.extract_slice %v[0, 0, %cut, 0] [1, 2, %rest, 4] [1, 1, 1, 1] : !values to !values
  %g_b = tensor.extract_slice %g[0, 0, %cut, 0] [1, 2, %rest, 8] [1, 1, 1, 1] : !keys to !keys
  %empty_a = tensor.empty(%cut) : !values
  %empty_b = tensor.empty(%rest) : !values
  %a:3 = attn.linear transition
      ins(%q_a, %k_a, %v_a : !keys, !keys, !values)
      gate(%g_a : !keys)
      outs(%empty_a, %s0, %one : !values, !state, tensor<1x2x8xf64>)
  %b:3 = attn.linear transition
      ins(%q_b, %k_b, %v_b : !keys, !keys, !values)
      gate(%g_b : !keys)
      outs(%empty_b, %a#1, %a#2 : !values, !state, tensor<1x2x8xf64>)
  %o_a = tensor.insert_slice %a#0 into %whole_o[0, 0, 0, 0] [1, 2, %cut, 4] [1, 1, 1, 1] : !values into !values
  %o = tensor.insert_slice %b#0 into %o_a[0, 0, %cut, 0] [1, 2, %rest, 4] [1, 1, 1, 1] : !values into !values

  %zero = arith.constant dense<0.0> : !state
  %x:3 = attn.linear transition
      ins(%q_a, %k_a, %v_a : !keys, !keys, !values)
      gate(%g_a : !keys)
      outs(%empty_a, %zero, %one : !values, !state, tensor<1x2x8xf64>)
  %y:3 = attn.linear transition
      ins(%q_b, %k_b, %v_b : !keys, !keys, !values)
      gate(%g_b : !keys)
      outs(%empty_b, %zero, %one : !values, !state, tensor<1x2x8xf64>)
  %es_0 = tensor.empty() : !states
  %es_1 = tensor.insert_slice %x#1 into %es_0[0, 0, 0, 0, 0] [1, 1, 2, 8, 4] [1, 1, 1, 1, 1] : !state into !states
  %es = tensor.insert_slice %y#1 into %es_1[1, 0, 0, 0, 0] [1, 1, 2, 8, 4] [1, 1, 1, 1, 1] : !state into !states
  %ms_0 = tensor.empty() : tensor<2x1x2x8xf64>
  %ms_1 = tensor.insert_slice %x#2 into %ms_0[0, 0, 0, 0] [1, 1, 2, 8] [1, 1, 1, 1] : tensor<1x2x8xf64> into tensor<2x1x2x8xf64>
  %ms = tensor.insert_slice %y#2 into %ms_1[1, 0, 0, 0] [1, 1, 2, 8] [1, 1, 1, 1] : tensor<1x2x8xf64> into tensor<2x1x2x8xf64>
  %composed:2 = attn.compose ins(%es, %ms : !states, tensor<2x1x2x8xf64>)
      outs(%s0, %one : !state, tensor<1x2x8xf64>)

  %d0 = arith.subf %o, %whole#0 : !values
  %d1 = arith.subf %b#1, %whole#1 : !state
  %d2 = arith.subf %composed#0, %whole#1 : !state
  %d3 = arith.subf %composed#1, %whole#2 : tensor<1x2x8xf64>
  return %d0, %d1, %d2, %d3, %whole#1 : !values, !state, !state, tensor<1x2x8xf64>, !state
}

func.func @correction(
    %q: !keys, %k: !keys, %v: !values, %g: !keys, %beta: !scalars, %s0: !state, %cuts: tensor<?xi8>)
    -> (!values, !state, !state, tensor<1x2x8x8xf64>, !state) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %tokens = tensor.dim %q, %c2 : !keys
  %cut = tensor.dim %cuts, %c0 : tensor<?xi8>
  %rest = arith.subi %tokens, %cut : index
  %scratch = tensor.empty() : tensor<1x2x8x8xf64>
  %one = linalg.generic {
      indexing_maps = [affine_map<(b, h, i, j) -> (b, h, i, j)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      outs(%scratch : tensor<1x2x8x8xf64>) {
  ^bb0(%unused: f64):
    %i = linalg.index 2 : index
    %j = linalg.index 3 : index
    %same = arith.cmpi eq, %i, %j : index
    %integer = arith.extui %same : i1 to i32
    %number = arith.uitofp %integer : i32 to f64
    linalg.yield %number : f64
  } -> tensor<1x2x8x8xf64>
  %whole_o = tensor.empty(%tokens) : !values
  %whole:3 = attn.recurrent transition
      ins(%q, %k, %v : !keys, !keys, !values)
      gate(%g : !keys)
      beta(%beta : !scalars)
      outs(%whole_o, %s0, %one : !values, !state, tensor<1x2x8x8xf64>)

  %q_a = tensor.extract_slice %q[0, 0, 0, 0] [1, 2, %cut, 8] [1, 1, 1, 1] : !keys to !keys
  %k_a = tensor.extract_slice %k[0, 0, 0, 0] [1, 2, %cut, 8] [1, 1, 1, 1] : !keys to !keys
  %v_a = tensor.extract_slice %v[0, 0, 0, 0] [1, 2, %cut, 4] [1, 1, 1, 1] : !values to !values
  %g_a = tensor.extract_slice %g[0, 0, 0, 0] [1, 2, %cut, 8] [1, 1, 1, 1] : !keys to !keys
  %beta_a = tensor.extract_slice %beta[0, 0, 0] [1, 2, %cut] [1, 1, 1] : !scalars to !scalars
  %q_b = tensor.extract_slice %q[0, 0, %cut, 0] [1, 2, %rest, 8] [1, 1, 1, 1] : !keys to !keys
  %k_b = tensor.extract_slice %k[0, 0, %cut, 0] [1, 2, %rest, 8] [1, 1, 1, 1] : !keys to !keys
  %v_b = tensor.extract_slice %v[0, 0, %cut, 0] [1, 2, %rest, 4] [1, 1, 1, 1] : !values to !values
  %g_b = tensor.extract_slice %g[0, 0, %cut, 0] [1, 2, %rest, 8] [1, 1, 1, 1] : !keys to !keys
  %beta_b = tensor.extract_slice %beta[0, 0, %cut] [1, 2, %rest] [1, 1, 1] : !scalars to !scalars
  %empty_a = tensor.empty(%cut) : !values
  %empty_b = tensor.empty(%rest) : !values
  %a:3 = attn.recurrent transition
      ins(%q_a, %k_a, %v_a : !keys, !keys, !values)
      gate(%g_a : !keys)
      beta(%beta_a : !scalars)
      outs(%empty_a, %s0, %one : !values, !state, tensor<1x2x8x8xf64>)
  %b:3 = attn.recurrent transition
      ins(%q_b, %k_b, %v_b : !keys, !keys, !values)
      gate(%g_b : !keys)
      beta(%beta_b : !scalars)
      outs(%empty_b, %a#1, %a#2 : !values, !state, tensor<1x2x8x8xf64>)
  %o_a = tensor.insert_slice %a#0 into %whole_o[0, 0, 0, 0] [1, 2, %cut, 4] [1, 1, 1, 1] : !values into !values
  %o = tensor.insert_slice %b#0 into %o_a[0, 0, %cut, 0] [1, 2, %rest, 4] [1, 1, 1, 1] : !values into !values

  %zero = arith.constant dense<0.0> : !state
  %x:3 = attn.recurrent transition
      ins(%q_a, %k_a, %v_a : !keys, !keys, !values)
      gate(%g_a : !keys)
      beta(%beta_a : !scalars)
      outs(%empty_a, %zero, %one : !values, !state, tensor<1x2x8x8xf64>)
  %y:3 = attn.recurrent transition
      ins(%q_b, %k_b, %v_b : !keys, !keys, !values)
      gate(%g_b : !keys)
      beta(%beta_b : !scalars)
      outs(%empty_b, %zero, %one : !values, !state, tensor<1x2x8x8xf64>)
  %es_0 = tensor.empty() : !states
  %es_1 = tensor.insert_slice %x#1 into %es_0[0, 0, 0, 0, 0] [1, 1, 2, 8, 4] [1, 1, 1, 1, 1] : !state into !states
  %es = tensor.insert_slice %y#1 into %es_1[1, 0, 0, 0, 0] [1, 1, 2, 8, 4] [1, 1, 1, 1, 1] : !state into !states
  %ms_0 = tensor.empty() : tensor<2x1x2x8x8xf64>
  %ms_1 = tensor.insert_slice %x#2 into %ms_0[0, 0, 0, 0, 0] [1, 1, 2, 8, 8] [1, 1, 1, 1, 1] : tensor<1x2x8x8xf64> into tensor<2x1x2x8x8xf64>
  %ms = tensor.insert_slice %y#2 into %ms_1[1, 0, 0, 0, 0] [1, 1, 2, 8, 8] [1, 1, 1, 1, 1] : tensor<1x2x8x8xf64> into tensor<2x1x2x8x8xf64>
  %composed:2 = attn.compose ins(%es, %ms : !states, tensor<2x1x2x8x8xf64>)
      outs(%s0, %one : !state, tensor<1x2x8x8xf64>)

  %d0 = arith.subf %o, %whole#0 : !values
  %d1 = arith.subf %b#1, %whole#1 : !state
  %d2 = arith.subf %composed#0, %whole#1 : !state
  %d3 = arith.subf %composed#1, %whole#2 : tensor<1x2x8x8xf64>
  return %d0, %d1, %d2, %d3, %whole#1 : !values, !state, !state, tensor<1x2x8x8xf64>, !state
}

func.func @elements(
    %q: !keys, %k: !keys, %v: !values, %dt: !values, %rate: tensor<2x8x4xf64>, %s0: !state, %cuts: tensor<?xi8>)
    -> (!values, !state, !state, tensor<1x2x8x4xf64>, !state) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %tokens = tensor.dim %q, %c2 : !keys
  %cut = tensor.dim %cuts, %c0 : tensor<?xi8>
  %rest = arith.subi %tokens, %cut : index
  %one = arith.constant dense<1.0> : tensor<1x2x8x4xf64>
  %whole_o = tensor.empty(%tokens) : !values
  %whole:3 = attn.recurrent transition
      ins(%q, %k, %v : !keys, !keys, !values)
      decay(%dt, %rate : !values, tensor<2x8x4xf64>)
      outs(%whole_o, %s0, %one : !values, !state, tensor<1x2x8x4xf64>)

  %q_a = tensor.extract_slice %q[0, 0, 0, 0] [1, 2, %cut, 8] [1, 1, 1, 1] : !keys to !keys
  %k_a = tensor.extract_slice %k[0, 0, 0, 0] [1, 2, %cut, 8] [1, 1, 1, 1] : !keys to !keys
  %v_a = tensor.extract_slice %v[0, 0, 0, 0] [1, 2, %cut, 4] [1, 1, 1, 1] : !values to !values
  %dt_a = tensor.extract_slice %dt[0, 0, 0, 0] [1, 2, %cut, 4] [1, 1, 1, 1] : !values to !values
  %q_b = tensor.extract_slice %q[0, 0, %cut, 0] [1, 2, %rest, 8] [1, 1, 1, 1] : !keys to !keys
  %k_b = tensor.extract_slice %k[0, 0, %cut, 0] [1, 2, %rest, 8] [1, 1, 1, 1] : !keys to !keys
  %v_b = tensor.extract_slice %v[0, 0, %cut, 0] [1, 2, %rest, 4] [1, 1, 1, 1] : !values to !values
  %dt_b = tensor.extract_slice %dt[0, 0, %cut, 0] [1, 2, %rest, 4] [1, 1, 1, 1] : !values to !values
  %empty_a = tensor.empty(%cut) : !values
  %empty_b = tensor.empty(%rest) : !values
  %a:3 = attn.recurrent transition
      ins(%q_a, %k_a, %v_a : !keys, !keys, !values)
      decay(%dt_a, %rate : !values, tensor<2x8x4xf64>)
      outs(%empty_a, %s0, %one : !values, !state, tensor<1x2x8x4xf64>)
  %b:3 = attn.recurrent transition
      ins(%q_b, %k_b, %v_b : !keys, !keys, !values)
      decay(%dt_b, %rate : !values, tensor<2x8x4xf64>)
      outs(%empty_b, %a#1, %a#2 : !values, !state, tensor<1x2x8x4xf64>)
  %o_a = tensor.insert_slice %a#0 into %whole_o[0, 0, 0, 0] [1, 2, %cut, 4] [1, 1, 1, 1] : !values into !values
  %o = tensor.insert_slice %b#0 into %o_a[0, 0, %cut, 0] [1, 2, %rest, 4] [1, 1, 1, 1] : !values into !values

  %zero = arith.constant dense<0.0> : !state
  %x:3 = attn.recurrent transition
      ins(%q_a, %k_a, %v_a : !keys, !keys, !values)
      decay(%dt_a, %rate : !values, tensor<2x8x4xf64>)
      outs(%empty_a, %zero, %one : !values, !state, tensor<1x2x8x4xf64>)
  %y:3 = attn.recurrent transition
      ins(%q_b, %k_b, %v_b : !keys, !keys, !values)
      decay(%dt_b, %rate : !values, tensor<2x8x4xf64>)
      outs(%empty_b, %zero, %one : !values, !state, tensor<1x2x8x4xf64>)
  %es_0 = tensor.empty() : !states
  %es_1 = tensor.insert_slice %x#1 into %es_0[0, 0, 0, 0, 0] [1, 1, 2, 8, 4] [1, 1, 1, 1, 1] : !state into !states
  %es = tensor.insert_slice %y#1 into %es_1[1, 0, 0, 0, 0] [1, 1, 2, 8, 4] [1, 1, 1, 1, 1] : !state into !states
  %ms_0 = tensor.empty() : tensor<2x1x2x8x4xf64>
  %ms_1 = tensor.insert_slice %x#2 into %ms_0[0, 0, 0, 0, 0] [1, 1, 2, 8, 4] [1, 1, 1, 1, 1] : tensor<1x2x8x4xf64> into tensor<2x1x2x8x4xf64>
  %ms = tensor.insert_slice %y#2 into %ms_1[1, 0, 0, 0, 0] [1, 1, 2, 8, 4] [1, 1, 1, 1, 1] : tensor<1x2x8x4xf64> into tensor<2x1x2x8x4xf64>
  %composed:2 = attn.compose per_element ins(%es, %ms : !states, tensor<2x1x2x8x4xf64>)
      outs(%s0, %one : !state, tensor<1x2x8x4xf64>)

  %d0 = arith.subf %o, %whole#0 : !values
  %d1 = arith.subf %b#1, %whole#1 : !state
  %d2 = arith.subf %composed#0, %whole#1 : !state
  %d3 = arith.subf %composed#1, %whole#2 : tensor<1x2x8x4xf64>
  return %d0, %d1, %d2, %d3, %whole#1 : !values, !state, !state, tensor<1x2x8x4xf64>, !state
}
