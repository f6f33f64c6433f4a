// Regions read captured tensors by rows and columns in any order, also where the
// rows of an argument do not follow each other.

// RUN: attn-run %s --entry=turned --seed=1 --compare=reference --guard | FileCheck %s
// RUN: attn-run %s --entry=turned --seed=1 --compare=reference --guard --layout=padded | FileCheck %s
// RUN: attn-run %s --entry=distances --seed=2 --compare=reference --guard --layout=padded --shape=q=1x2x37x16,k=1x2x53x16 | FileCheck %s
// RUN: attn-run %s --entry=distances --seed=2 --compare=reference --guard --layout=padded --target=x86-64-v3 --shape=q=1x2x37x16,k=1x2x53x16 | FileCheck %s

// CHECK: agrees
// CHECK-NOT: DIFFERS

// The bias of a pair lies at [j, i].
func.func @turned(%q: tensor<2x2x37x16xf32>, %k: tensor<2x2x53x16xf32>, %bias: tensor<2x53x37xf32>)
    -> tensor<2x2x37x16xf32> {
  %o = tensor.empty() : tensor<2x2x37x16xf32>
  %r = attn.dense ins(%q, %k, %k : tensor<2x2x37x16xf32>, tensor<2x2x53x16xf32>, tensor<2x2x53x16xf32>)
      outs(%o : tensor<2x2x37x16xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %x = tensor.extract %bias[%b, %j, %i] : tensor<2x53x37xf32>
        %y = arith.addf %s, %x : f32
        attn.yield %y : f32
      }
  return %r : tensor<2x2x37x16xf32>
}

// One number for the row, one for the column, both modulo the table's sizes.
func.func @distances(%q: tensor<1x2x?x16xf32>, %k: tensor<1x2x?x16xf32>, %table: tensor<5x7xf32>)
    -> tensor<1x2x?x16xf32> {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %q, %c2 : tensor<1x2x?x16xf32>
  %o = tensor.empty(%t) : tensor<1x2x?x16xf32>
  %r = attn.dense ins(%q, %k, %k : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      outs(%o : tensor<1x2x?x16xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %c5 = arith.constant 5 : index
        %c7 = arith.constant 7 : index
        %row = arith.remui %i, %c5 : index
        %column = arith.remui %j, %c7 : index
        %x = tensor.extract %table[%row, %column] : tensor<5x7xf32>
        %y = arith.addf %s, %x : f32
        attn.yield %y : f32
      }
  return %r : tensor<1x2x?x16xf32>
}
