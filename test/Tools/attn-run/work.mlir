// What cannot be counted is said: masks and lists of run-time data, and ops in
// branches.

// RUN: split-file %s %t
// RUN: attn-run %t/documents.mlir --seed=1 --repeat=1 --json 2> %t.txt | %python -m json.tool | FileCheck %s --check-prefix=DATA
// RUN: FileCheck %s --check-prefix=DATA-TEXT < %t.txt
// RUN: attn-run %t/list.mlir --seed=1 --repeat=1 --json 2> %t.txt | %python -m json.tool | FileCheck %s --check-prefix=DATA
// RUN: FileCheck %s --check-prefix=DATA-TEXT < %t.txt
// RUN: attn-run %t/branch.mlir --pipeline=reference --seed=1 --repeat=1 --json 2> %t.txt | %python -m json.tool | FileCheck %s --check-prefix=BRANCH
// RUN: FileCheck %s --check-prefix=BRANCH-TEXT < %t.txt

// DATA: "gflops": {{[0-9.]+}}
// DATA: "tiles": null
// DATA-TEXT: a mask or list depends on run-time data: pairs were counted as if all of them were admitted
// BRANCH: "gflops": null
// BRANCH: "percent_of_peak": null
// BRANCH-TEXT: attn-run: warning: useful FLOPs are not known: an attention op is inside of a loop or branch

//--- documents.mlir
func.func @attention(%q: tensor<1x1x64x16xf32>, %d: tensor<64xi32>) -> tensor<1x1x64x16xf32> {
  %init = tensor.empty() : tensor<1x1x64x16xf32>
  %o = attn.dense ins(%q, %q, %q : tensor<1x1x64x16xf32>, tensor<1x1x64x16xf32>, tensor<1x1x64x16xf32>)
      outs(%init : tensor<1x1x64x16xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %di = tensor.extract %d[%i] : tensor<64xi32>
        %dj = tensor.extract %d[%j] : tensor<64xi32>
        %m = arith.cmpi eq, %di, %dj : i32
        attn.yield %m : i1
      }
  return %o : tensor<1x1x64x16xf32>
}

//--- list.mlir
func.func @attention(%q: tensor<1x1x64x16xf32>, %list: tensor<1x1x1x2xi32>) -> tensor<1x1x64x16xf32> {
  %init = tensor.empty() : tensor<1x1x64x16xf32>
  %o = attn.block_sparse query_block 64 key_block 16
      ins(%q, %q, %q : tensor<1x1x64x16xf32>, tensor<1x1x64x16xf32>, tensor<1x1x64x16xf32>)
      blocks(%list : tensor<1x1x1x2xi32>) outs(%init : tensor<1x1x64x16xf32>)
  return %o : tensor<1x1x64x16xf32>
}

//--- branch.mlir
func.func @attention(%x: tensor<1x1x4x8xf32>, %p: i1) -> tensor<1x1x4x8xf32> {
  %r = scf.if %p -> tensor<1x1x4x8xf32> {
    %init = tensor.empty() : tensor<1x1x4x8xf32>
    %o = attn.dense ins(%x, %x, %x : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>)
        outs(%init : tensor<1x1x4x8xf32>)
    scf.yield %o : tensor<1x1x4x8xf32>
  } else {
    scf.yield %x : tensor<1x1x4x8xf32>
  }
  return %r : tensor<1x1x4x8xf32>
}
