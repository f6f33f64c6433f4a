// Remarks of attn-compile: to the terminal, where they are about a line of the
// input, and as YAML; by category and by kind.

// RUN: attn-compile %s --target=x86-64-v4 --remarks-filter="attn.*" -o %t.o 2>&1 | FileCheck %s
// CHECK-DAG: remarks.mlir:[[#@LINE+33]]:8: remark: [Passed] schedule | Category:attn-schedule | Remark="query_tile = 64, row_tile = 4,
// CHECK-DAG: remark: [Analysis] region | Category:attn-mask | Remark="the mask region became attributes"
// CHECK-DAG: remark: [Analysis] tiles | Category:attn-mask | Remark="{{[0-9]+}} empty, {{[0-9]+}} full, {{[0-9]+}} partial tiles of 64 queries by {{[0-9]+}} keys"
// CHECK-DAG: remark: [Analysis] key-ranges | Category:attn-mask | Remark="ranges of keys: full, masked"
// CHECK-DAG: remarks.mlir:[[#@LINE+27]]:8: remark: [Missed] fuse | Category:attn-cpu-tile-neighbours | Remark="not fused into its consumer: 'attn.dense' would

// RUN: attn-compile %s --target=x86-64-v4 --remarks-filter-missed="attn.*" -o %t.o 2>&1 | FileCheck %s --check-prefix=MISSED
// MISSED:     remark: [Missed] fuse
// MISSED-NOT: remark:

// RUN: attn-compile %s --target=x86-64-v4 --remarks-filter="attn.*" --remark-format=yaml --remarks-output-file=%t.yaml -o %t.2.o
// RUN: FileCheck %s --check-prefix=YAML < %t.yaml
// YAML:      --- !Passed
// YAML-NEXT: Pass: attn-schedule
// YAML-NEXT: Name: schedule
// YAML-NEXT: DebugLoc: { File: {{.*}}remarks.mlir
// YAML:      Remark: 'query_tile = 64
// RUN: cmp %t.o %t.2.o

// attn-opt says the same of the same passes.
// RUN: attn-opt %s --attn-cpu-pipeline=target=x86-64-v4 --remarks-filter="attn.*" --remark-format=yaml --remarks-output-file=%t.opt.yaml -o /dev/null
// RUN: diff %t.yaml %t.opt.yaml

// Without a filter there are none.
// RUN: attn-compile %s --remark-format=yaml --remarks-output-file=%t.none -o %t.o 2>&1 | count 0

// RUN: not attn-compile %s --remarks-filter="attn.*" --remark-format=yaml --remarks-output-file=%t.no-directory/r.yaml -o %t.o 2>&1 | FileCheck %s --check-prefix=WRITE
// WRITE: attn-compile: error: cannot set up remarks

func.func @attention(%q: tensor<1x2x256x16xf32>, %k: tensor<1x2x256x16xf32>) -> tensor<1x2x256x16xf32> {
  %e = tensor.empty() : tensor<1x2x256x16xf32>
  %a = linalg.exp ins(%k : tensor<1x2x256x16xf32>) outs(%e : tensor<1x2x256x16xf32>)
      -> tensor<1x2x256x16xf32>
  %o = attn.dense
      ins(%q, %a, %a : tensor<1x2x256x16xf32>, tensor<1x2x256x16xf32>, tensor<1x2x256x16xf32>)
      outs(%e : tensor<1x2x256x16xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %m = arith.cmpi sle, %j, %i : index
        attn.yield %m : i1
      }
  return %o : tensor<1x2x256x16xf32>
}
