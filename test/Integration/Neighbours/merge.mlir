// attn.merge of parts that came from elsewhere: few of them are written out, many
// and an unknown number are a loop, of none there is nothing.

// RUN: attn-run %s --entry=few --seed=1 --compare=reference --guard | FileCheck %s
// RUN: attn-run %s --entry=many --seed=2 --compare=reference --guard | FileCheck %s
// RUN: attn-run %s --entry=some --seed=3 --compare=reference --guard --shape=os=0x1x2x7x20,ls=0x1x2x7 | FileCheck %s
// RUN: attn-run %s --entry=some --seed=4 --compare=reference --guard --shape=os=5x2x1x3x20,ls=5x2x1x3 | FileCheck %s
// RUN: attn-run %s --entry=none --seed=5 --compare=reference --guard --shape=os=0x1x2x7x20,ls=0x1x2x7,o=1x2x7x20 | FileCheck %s

// CHECK: result0: agrees
// CHECK: result1: agrees

func.func @few(%os: tensor<3x1x2x7x20xf32>, %ls: tensor<3x1x2x7xf32>)
    -> (tensor<1x2x7x20xbf16>, tensor<1x2x7xf32>) {
  %o = tensor.empty() : tensor<1x2x7x20xbf16>
  %l = tensor.empty() : tensor<1x2x7xf32>
  %r:2 = attn.merge ins(%os, %ls : tensor<3x1x2x7x20xf32>, tensor<3x1x2x7xf32>)
      outs(%o, %l : tensor<1x2x7x20xbf16>, tensor<1x2x7xf32>)
  return %r#0, %r#1 : tensor<1x2x7x20xbf16>, tensor<1x2x7xf32>
}

func.func @many(%os: tensor<500x1x2x7x20xf32>, %ls: tensor<500x1x2x7xf32>)
    -> (tensor<1x2x7x20xf32>, tensor<1x2x7xf32>) {
  %o = tensor.empty() : tensor<1x2x7x20xf32>
  %l = tensor.empty() : tensor<1x2x7xf32>
  %r:2 = attn.merge ins(%os, %ls : tensor<500x1x2x7x20xf32>, tensor<500x1x2x7xf32>)
      outs(%o, %l : tensor<1x2x7x20xf32>, tensor<1x2x7xf32>)
  return %r#0, %r#1 : tensor<1x2x7x20xf32>, tensor<1x2x7xf32>
}

func.func @some(%os: tensor<?x?x?x?x20xf32>, %ls: tensor<?x?x?x?xf32>)
    -> (tensor<?x?x?x20xf32>, tensor<?x?x?xf32>) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %b = tensor.dim %ls, %c1 : tensor<?x?x?x?xf32>
  %h = tensor.dim %ls, %c2 : tensor<?x?x?x?xf32>
  %t = tensor.dim %ls, %c3 : tensor<?x?x?x?xf32>
  %o = tensor.empty(%b, %h, %t) : tensor<?x?x?x20xf32>
  %l = tensor.empty(%b, %h, %t) : tensor<?x?x?xf32>
  %r:2 = attn.merge ins(%os, %ls : tensor<?x?x?x?x20xf32>, tensor<?x?x?x?xf32>)
      outs(%o, %l : tensor<?x?x?x20xf32>, tensor<?x?x?xf32>)
  return %r#0, %r#1 : tensor<?x?x?x20xf32>, tensor<?x?x?xf32>
}

func.func @none(%os: tensor<0x1x2x?x20xf32>, %ls: tensor<0x1x2x?xf32>, %o: tensor<1x2x?x20xf32>)
    -> (tensor<1x2x?x20xf32>, tensor<1x2x?xf32>) {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %o, %c2 : tensor<1x2x?x20xf32>
  %l = tensor.empty(%t) : tensor<1x2x?xf32>
  %r:2 = attn.merge ins(%os, %ls : tensor<0x1x2x?x20xf32>, tensor<0x1x2x?xf32>)
      outs(%o, %l : tensor<1x2x?x20xf32>, tensor<1x2x?xf32>)
  return %r#0, %r#1 : tensor<1x2x?x20xf32>, tensor<1x2x?xf32>
}
