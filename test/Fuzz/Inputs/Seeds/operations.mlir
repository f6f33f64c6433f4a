// Seeds of the operations that attn-gen does not write, and of what stands around
// attention.
func.func @merge(%o: tensor<3x1x2x5x4xf32>, %l: tensor<3x1x2x5xf32>) -> (tensor<1x2x5x4xf32>, tensor<1x2x5xf32>) {
  %o0 = tensor.empty() : tensor<1x2x5x4xf32>
  %l0 = tensor.empty() : tensor<1x2x5xf32>
  %r:2 = attn.merge ins(%o, %l : tensor<3x1x2x5x4xf32>, tensor<3x1x2x5xf32>)
      outs(%o0, %l0 : tensor<1x2x5x4xf32>, tensor<1x2x5xf32>)
  return %r#0, %r#1 : tensor<1x2x5x4xf32>, tensor<1x2x5xf32>
}

// -----

func.func @schedule(%q: tensor<1x2x?x4xf32>, %k: tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32> {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %q, %c2 : tensor<1x2x?x4xf32>
  %init = tensor.empty(%t) : tensor<1x2x?x4xf32>
  %o = attn.dense causal align(bottom_right)
      schedule <lanes = 8, query_tile = 8, row_tile = 4, key_block = 8, key_split = 16, prefetch = 1>
      ins(%q, %k, %k : tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>)
      outs(%init : tensor<1x2x?x4xf32>)
  return %o : tensor<1x2x?x4xf32>
}

// -----

func.func @regions(%q: tensor<1x2x9x4xf32>, %k: tensor<1x2x7x4xf32>, %s: tensor<2xf32>) -> tensor<1x2x9x4xf32> {
  %init = tensor.empty() : tensor<1x2x9x4xf32>
  %o = attn.dense ins(%q, %k, %k : tensor<1x2x9x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>)
      captures(%s : tensor<2xf32>) outs(%init : tensor<1x2x9x4xf32>)
      score {
      ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %c: tensor<2xf32>):
        %d = arith.subi %j, %i : index
        %w = arith.index_cast %d : index to i32
        %f = arith.sitofp %w : i32 to f32
        %e = tensor.extract %c[%h] : tensor<2xf32>
        %m = arith.mulf %f, %e : f32
        %a = arith.addf %x, %m : f32
        attn.yield %a : f32
      }
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index, %c: tensor<2xf32>):
        %c1 = arith.constant 1 : index
        %c3 = arith.constant 3 : index
        %n = arith.addi %i, %c3 : index
        %u = arith.cmpi sle, %j, %n : index
        %v = arith.cmpi sge, %j, %c1 : index
        %m = arith.andi %u, %v : i1
        attn.yield %m : i1
      }
  return %o : tensor<1x2x9x4xf32>
}

// -----

func.func @neighbours(%x: tensor<5x12xf32>, %w: tensor<12x8xf32>) -> (tensor<1x2x5x4xf32>, tensor<5x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<5x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<5x8xf32>) -> tensor<5x8xf32>
  %p = linalg.matmul ins(%x, %w : tensor<5x12xf32>, tensor<12x8xf32>) outs(%f : tensor<5x8xf32>) -> tensor<5x8xf32>
  %h = tensor.expand_shape %p [[0, 1], [2, 3]] output_shape [1, 5, 2, 4] : tensor<5x8xf32> into tensor<1x5x2x4xf32>
  %te = tensor.empty() : tensor<1x2x5x4xf32>
  %t = linalg.transpose ins(%h : tensor<1x5x2x4xf32>) outs(%te : tensor<1x2x5x4xf32>) permutation = [0, 2, 1, 3]
  %init = tensor.empty() : tensor<1x2x5x4xf32>
  %o = attn.dense ins(%t, %t, %t : tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>)
      outs(%init : tensor<1x2x5x4xf32>)
  %r = arith.addf %o, %t : tensor<1x2x5x4xf32>
  %n = math.exp %p : tensor<5x8xf32>
  return %r, %n : tensor<1x2x5x4xf32>, tensor<5x8xf32>
}

// -----

func.func @compose_numbers(
    %es: tensor<?x?x?x3x5xf32>, %ms: tensor<?x?x?xf32>, %s: tensor<?x?x3x5xf32>,
    %m: tensor<?x?xf32>) -> (tensor<?x?x3x5xf32>, tensor<?x?xf32>) {
  %r:2 = attn.compose ins(%es, %ms : tensor<?x?x?x3x5xf32>, tensor<?x?x?xf32>)
      outs(%s, %m : tensor<?x?x3x5xf32>, tensor<?x?xf32>)
  return %r#0, %r#1 : tensor<?x?x3x5xf32>, tensor<?x?xf32>
}

// -----

func.func @compose_matrices(
    %es: tensor<3x1x2x4x5xf32>, %ms: tensor<3x1x2x4x4xf32>, %s: tensor<1x2x4x5xf32>,
    %m: tensor<1x2x4x4xf32>) -> (tensor<1x2x4x5xf32>, tensor<1x2x4x4xf32>) {
  %r:2 = attn.compose ins(%es, %ms : tensor<3x1x2x4x5xf32>, tensor<3x1x2x4x4xf32>)
      outs(%s, %m : tensor<1x2x4x5xf32>, tensor<1x2x4x4xf32>)
  return %r#0, %r#1 : tensor<1x2x4x5xf32>, tensor<1x2x4x4xf32>
}

// -----

func.func @compose_elements(
    %es: tensor<?x1x2x3x5xf32>, %ms: tensor<?x1x2x3x5xf32>, %s: tensor<1x2x3x5xf32>)
    -> tensor<1x2x3x5xf32> {
  %r = attn.compose per_element
      ins(%es, %ms : tensor<?x1x2x3x5xf32>, tensor<?x1x2x3x5xf32>)
      outs(%s : tensor<1x2x3x5xf32>)
  return %r : tensor<1x2x3x5xf32>
}
