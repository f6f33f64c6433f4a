// RUN: attn-opt %s --split-input-file --verify-diagnostics

// One function per way to break C11 and C12 of attn.dense: what a region takes,
// yields and holds. An error inside a region is at the operation there.

func.func @c11_arguments(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C11: expected 'score' to take ('f32', 'index', 'index', 'index', 'index'), but found ('f32', 'index', 'index')}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
      score {
      ^bb0(%s: f32, %i: index, %j: index):
        attn.yield %s : f32
      }
  return
}

// -----

func.func @c11_captures(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>, %x: f32) {
  // expected-error @below {{C11: expected 'mask' to take ('index', 'index', 'index', 'index', 'f32'), but found ('index', 'index', 'index', 'index')}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      captures(%x : f32)
      outs(%o : tensor<1x2x3x4xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %m = arith.cmpi sle, %j, %i : index
        attn.yield %m : i1
      }
  return
}

// -----

func.func @c11_yield(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        // expected-error @below {{'attn.yield' op C11: expected 'mask' to yield 'i1', but found 'index'}}
        attn.yield %j : index
      }
  return
}

// -----

func.func @c11_terminator(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C11: expected 'score' to end in 'attn.yield'}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %r = arith.negf %s : f32
      }
  return
}

// -----

func.func @c11_empty_block(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C11: expected 'score' to end in 'attn.yield'}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      }
  return
}

// -----

func.func @c12_blocks(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C12: expected 'mask' to be a single block}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %m = arith.cmpi sle, %j, %i : index
        cf.br ^bb1
      ^bb1:
        attn.yield %m : i1
      }
  return
}

// -----

func.func @c12_dialect(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %c0 = arith.constant 0 : index
        // expected-error @below {{'tensor.dim' op C12: is not supported in a 'score' region, expected pure scalar 'arith', 'math', 'index' or 'tensor.extract'}}
        %n = tensor.dim %q, %c0 : tensor<1x2x3x8xf32>
        attn.yield %s : f32
      }
  return
}

// -----

func.func @c12_region(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %m = arith.cmpi sle, %j, %i : index
        // expected-error @below {{'scf.if' op C12: is not supported in a 'mask' region}}
        %r = scf.if %m -> i1 {
          scf.yield %m : i1
        } else {
          scf.yield %m : i1
        }
        attn.yield %r : i1
      }
  return
}

// -----

func.func @c12_division_by_zero(%q: tensor<1x2x3x8xf32>,
    %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>,
    %x: index) {
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        // expected-error @below {{'arith.divsi' op C12: is not supported in a 'mask' region}}
        %d = arith.divsi %i, %x : index
        %m = arith.cmpi sle, %j, %d : index
        attn.yield %m : i1
      }
  return
}

// -----

func.func @c12_tensor(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>, %x: tensor<8xf32>,
    %y: tensor<8xf32>) {
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        // expected-error @below {{'arith.addf' op C12: is not supported in a 'score' region, expected pure scalar}}
        %z = arith.addf %x, %y : tensor<8xf32>
        %r = tensor.extract %z[%j] : tensor<8xf32>
        attn.yield %r : f32
      }
  return
}
