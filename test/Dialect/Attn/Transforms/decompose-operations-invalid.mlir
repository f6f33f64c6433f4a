// RUN: attn-opt %s --split-input-file --attn-cpu-pipeline=target=x86-64-v4 -verify-diagnostics

// An operation that LLVM would do lane by lane is refused at its line.

func.func @remf(%q: tensor<1x1x8x32xf32>) -> tensor<1x1x8x32xf32> {
  %o = tensor.empty() : tensor<1x1x8x32xf32>
  %r = attn.dense ins(%q, %q, %q : tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>)
      outs(%o : tensor<1x1x8x32xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %half = arith.constant 0.5 : f32
        // expected-error @+1 {{'arith.remf' op has no vector form in a score or mask region, expected other arithmetic, or operands that depend on neither query nor key}}
        %x = arith.remf %s, %half : f32
        attn.yield %x : f32
      }
  return %r : tensor<1x1x8x32xf32>
}

// -----

func.func @sincos(%q: tensor<1x1x8x32xf32>) -> tensor<1x1x8x32xf32> {
  %o = tensor.empty() : tensor<1x1x8x32xf32>
  %r = attn.dense ins(%q, %q, %q : tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>)
      outs(%o : tensor<1x1x8x32xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %half = arith.constant 0.5 : f32
        // expected-error @+1 {{'math.sincos' op has no vector form in a score or mask region, expected other arithmetic, or operands that depend on neither query nor key}}
        %x, %c = math.sincos %s : f32
        attn.yield %x : f32
      }
  return %r : tensor<1x1x8x32xf32>
}

// -----

func.func @f64_exp(%q: tensor<1x1x8x32xf32>) -> tensor<1x1x8x32xf32> {
  %o = tensor.empty() : tensor<1x1x8x32xf32>
  %r = attn.dense ins(%q, %q, %q : tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>)
      outs(%o : tensor<1x1x8x32xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %half = arith.constant 0.5 : f32
        %d = arith.extf %s : f32 to f64
        // expected-error @+1 {{'math.exp' op has no vector form in a score or mask region, expected operands of f32}}
        %e = math.exp %d : f64
        %x = arith.truncf %e : f64 to f32
        attn.yield %x : f32
      }
  return %r : tensor<1x1x8x32xf32>
}

// -----

func.func @wide_float(%q: tensor<1x1x8x32xf32>) -> tensor<1x1x8x32xf32> {
  %o = tensor.empty() : tensor<1x1x8x32xf32>
  %r = attn.dense ins(%q, %q, %q : tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>)
      outs(%o : tensor<1x1x8x32xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %half = arith.constant 0.5 : f32
        %big = arith.constant 3000000000 : i64
        %d = arith.index_cast %i : index to i64
        %e = arith.muli %d, %big : i64
        // expected-error @+1 {{'arith.sitofp' op has no vector form in a score or mask region, expected an operand that fits in i32 and a result of f32 or f64}}
        %x = arith.sitofp %e : i64 to f32
        attn.yield %x : f32
      }
  return %r : tensor<1x1x8x32xf32>
}

// -----

func.func @to_long(%q: tensor<1x1x8x32xf32>) -> tensor<1x1x8x32xf32> {
  %o = tensor.empty() : tensor<1x1x8x32xf32>
  %r = attn.dense ins(%q, %q, %q : tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>)
      outs(%o : tensor<1x1x8x32xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %half = arith.constant 0.5 : f32
        // expected-error @+1 {{'arith.fptosi' op has no vector form in a score or mask region, expected a result of i32}}
        %d = arith.fptosi %s : f32 to i64
        %e = arith.trunci %d : i64 to i32
        %x = arith.sitofp %e : i32 to f32
        attn.yield %x : f32
      }
  return %r : tensor<1x1x8x32xf32>
}

// -----

func.func @wide_division(%q: tensor<1x1x8x32xf32>) -> tensor<1x1x8x32xf32> {
  %o = tensor.empty() : tensor<1x1x8x32xf32>
  %r = attn.dense ins(%q, %q, %q : tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>)
      outs(%o : tensor<1x1x8x32xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %half = arith.constant 0.5 : f32
        %big = arith.constant 3000000000 : i64
        %seven = arith.constant 7 : i64
        %d = arith.index_cast %i : index to i64
        %e = arith.muli %d, %big : i64
        // expected-error @+1 {{'arith.divsi' op has no vector form in a score or mask region, expected operands that are i32, or provably fit}}
        %f = arith.divsi %e, %seven : i64
        %g = arith.trunci %f : i64 to i32
        %x = arith.sitofp %g : i32 to f32
        attn.yield %x : f32
      }
  return %r : tensor<1x1x8x32xf32>
}

// -----

func.func @unsigned_division(%q: tensor<1x1x8x32xf32>) -> tensor<1x1x8x32xf32> {
  %o = tensor.empty() : tensor<1x1x8x32xf32>
  %r = attn.dense ins(%q, %q, %q : tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>)
      outs(%o : tensor<1x1x8x32xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %half = arith.constant 0.5 : f32
        %seven = arith.constant 7 : i32
        %d = arith.bitcast %s : f32 to i32
        // expected-error @+1 {{'arith.divui' op has no vector form in a score or mask region, expected operands that are provably not negative}}
        %f = arith.divui %d, %seven : i32
        %x = arith.sitofp %f : i32 to f32
        attn.yield %x : f32
      }
  return %r : tensor<1x1x8x32xf32>
}

// -----

func.func @double_bits(%q: tensor<1x1x8x32xf32>) -> tensor<1x1x8x32xf32> {
  %o = tensor.empty() : tensor<1x1x8x32xf32>
  %r = attn.dense ins(%q, %q, %q : tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>)
      outs(%o : tensor<1x1x8x32xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %half = arith.constant 0.5 : f32
        %d = arith.extf %s : f32 to f64
        // expected-error @+1 {{'arith.bitcast' op has no vector form in a score or mask region, expected f32 and i32}}
        %e = arith.bitcast %d : f64 to i64
        %f = arith.trunci %e : i64 to i32
        %x = arith.sitofp %f : i32 to f32
        attn.yield %x : f32
      }
  return %r : tensor<1x1x8x32xf32>
}
