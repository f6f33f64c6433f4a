func.func @linear(
    %q: tensor<?x7x7x7xf32> {attn.name = "q"},
    %k: tensor<?x7x?x7xf32> {attn.name = "k"},
    %v: tensor<?x7x?x7xf32> {attn.name = "v"},
    %g: tensor<?x7x?x7xf32> {attn.name = "g"})
    -> (tensor<?x7x7x7xf32> {attn.name = "o"},
        tensor<?x?x7x7xf32> {attn.name = "state_out"},
        tensor<?x?x7xf32> {attn.name = "key_sum_out"}) {
  %zero_f32 = arith.constant 0.0 : f32
  %q_logical_init = tensor.empty() : tensor<?x7x7x7xf32>
  %q_logical = linalg.transpose ins(%q : tensor<?x7x7x7xf32>)
      outs(%q_logical_init : tensor<?x7x7x7xf32>) permutation = [0, 2, ?, 3]
  %k_logical_init = tensor.empty() : tensor<?x?x7x7xf32>
  %k_logical = linalg.transpose ins(%k : tensor<?x7x?x7xf32>)
      outs(%k_logical_init : tensor<?x?x7x7xf32>) permutation = [0, 2, ?, 3]
  %v_logical_init = tensor.empty() : tensor<?x?x7x7xf32>
  %v_logical = linalg.transpose ins(%v : tensor<?x7x?x7xf32>)
      outs(%v_logical_init : tensor<?x?x7x7xf32>) permutation = [0, 2, ?, 3]
  %g_logical_init = tensor.empty() : tensor<?x?x7x7xf32>
  %g_logical = linalg.transpose ins(%g : tensor<?x7x?x7xf32>)
      outs(%g_logical_init : tensor<?x?x7x7xf32>) permutation = [0, 2, ?, 3]

  // The state, token by token, and what the queries read.
  %o_init = tensor.empty() : tensor<?x7x7x7xf32>
  %state_start_init = tensor.empty() : tensor<?x?x7x7xf32>
  %state_start = linalg.fill ins(%zero_f32 : f32)
      outs(%state_start_init : tensor<?x?x7x7xf32>) -> tensor<?x?x7x7xf32>
  %key_sum_start_init = tensor.empty() : tensor<?x?x7xf32>
  %key_sum_start = linalg.fill ins(%zero_f32 : f32)
      outs(%key_sum_start_init : tensor<?x?x7xf32>) -> tensor<?x?x7xf32>
  %o, %state_out, %key_sum_out = attn.compose normalizer(key_sum)
      ins(%q_logical, %k_logical, %v_logical
        : tensor<?x7x7x7xf32>, tensor<?x?x7x7xf32>, tensor<?x?x7x7xf32>)
      gate(%g_logical : tensor<?x?x7x7xf32>)
      outs(%o_init, %state_start, %key_sum_start
        : tensor<?x7x7x7xf32>, tensor<?x?x7x7xf32>, tensor<?x?x7xf32>)
  %o_stored_init = tensor.empty() : tensor<?x7x7x7xf32>
  %o_stored = linalg.transpose ins(%o : tensor<?x7x7x7xf32>)
      outs(%o_stored_init : tensor<?x7x7x7xf32>) permutation = [0, 2, ?, 3]
  return %o_stored, %state_out, %key_sum_out
      : tensor<?x7x7x7xf32>, tensor<?x?x7x7xf32>, tensor<?x?x7xf32>
}
