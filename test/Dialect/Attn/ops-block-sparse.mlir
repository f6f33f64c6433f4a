// RUN: attn-opt %s | attn-opt | FileCheck %s
// RUN: attn-opt %s --mlir-print-op-generic | attn-opt | FileCheck %s
// RUN: attn-opt %s --emit-bytecode | attn-opt | FileCheck %s

// Every form of attn.block_sparse prints as it is read, also by way of the
// generic form and of bytecode.

// CHECK-LABEL: func.func @plain
// CHECK:         %{{.*}} = attn.block_sparse query_block 64 key_block 64 ins(%arg0, %arg1, %arg2 : tensor<2x8x128x64xf32>, tensor<2x2x256x64xf32>, tensor<2x2x256x32xf32>) blocks(%arg3 : tensor<2x2x2x3xi32>) outs(%arg4 : tensor<2x8x128x32xf32>){{$}}
func.func @plain(
    %q: tensor<2x8x128x64xf32>, %k: tensor<2x2x256x64xf32>,
    %v: tensor<2x2x256x32xf32>, %list: tensor<2x2x2x3xi32>,
    %init: tensor<2x8x128x32xf32>) -> tensor<2x8x128x32xf32> {
  %o = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %v : tensor<2x8x128x64xf32>, tensor<2x2x256x64xf32>, tensor<2x2x256x32xf32>)
      blocks(%list : tensor<2x2x2x3xi32>)
      outs(%init : tensor<2x8x128x32xf32>)
  return %o : tensor<2x8x128x32xf32>
}

// One batch and one head of lists, made of a constant; tokens; lse.

// CHECK-LABEL: func.func @constant
// CHECK:         %{{.*}}, %{{.*}} = attn.block_sparse query_block 128 key_block 1 ins(
// CHECK-SAME:      blocks(%{{.*}} : tensor<1x1x1x4xi64>) outs(%arg3, %arg4 : tensor<2x8x128x64xbf16>, tensor<2x8x128xf32>){{$}}
func.func @constant(
    %q: tensor<2x8x128x64xbf16>, %k: tensor<2x8x256x64xbf16>,
    %v: tensor<2x8x256x64xbf16>, %init: tensor<2x8x128x64xbf16>,
    %lse: tensor<2x8x128xf32>) -> (tensor<2x8x128x64xbf16>, tensor<2x8x128xf32>) {
  %list = arith.constant dense<[[[[0, 7, 255, -1]]]]> : tensor<1x1x1x4xi64>
  %r:2 = attn.block_sparse query_block 128 key_block 1
      ins(%q, %k, %v : tensor<2x8x128x64xbf16>, tensor<2x8x256x64xbf16>, tensor<2x8x256x64xbf16>)
      blocks(%list : tensor<1x1x1x4xi64>)
      outs(%init, %lse : tensor<2x8x128x64xbf16>, tensor<2x8x128xf32>)
  return %r#0, %r#1 : tensor<2x8x128x64xbf16>, tensor<2x8x128xf32>
}

// CHECK-LABEL: func.func @everything
// CHECK:         attn.block_sparse causal window [255, 0] scale 1.250000e-01 softcap 3.000000e+01 query_block 16 key_block 32 schedule <lanes = 16, query_tile = 16, row_tile = 4, key_block = 32> ins(
// CHECK-SAME:      blocks(%arg3 : tensor<?x?x?x?xi32>) counts(%arg4 : tensor<?x?x?xi64>) bias(%arg5 : tensor<1x1x?x?xi1>) sink(%arg6 : tensor<?xf32>) captures(%arg6 : tensor<?xf32>) origin(%arg7, %arg7, %arg7, %arg7) diagonal(%arg7) outs(
// CHECK-SAME:      score {
// CHECK:           attn.yield %{{.*}} : f32
// CHECK-NEXT:    } mask {
// CHECK:           attn.yield %{{.*}} : i1
// CHECK-NEXT:    }{{$}}
func.func @everything(
    %q: tensor<?x?x?x8xf16>, %k: tensor<?x?x?x8xf16>, %v: tensor<?x?x?x4xf16>,
    %list: tensor<?x?x?x?xi32>, %counts: tensor<?x?x?xi64>,
    %bias: tensor<1x1x?x?xi1>, %sink: tensor<?xf32>, %c: index,
    %init: tensor<?x?x?x4xf32>) -> tensor<?x?x?x4xf32> {
  %o = attn.block_sparse causal window [255, 0] scale 0.125 softcap 30.0
      query_block 16 key_block 32
      schedule <lanes = 16, query_tile = 16, row_tile = 4, key_block = 32>
      ins(%q, %k, %v : tensor<?x?x?x8xf16>, tensor<?x?x?x8xf16>, tensor<?x?x?x4xf16>)
      blocks(%list : tensor<?x?x?x?xi32>) counts(%counts : tensor<?x?x?xi64>)
      bias(%bias : tensor<1x1x?x?xi1>) sink(%sink : tensor<?xf32>)
      captures(%sink : tensor<?xf32>) origin(%c, %c, %c, %c) diagonal(%c)
      outs(%init : tensor<?x?x?x4xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %x: tensor<?xf32>):
        %f = tensor.extract %x[%h] : tensor<?xf32>
        %r = arith.mulf %s, %f : f32
        attn.yield %r : f32
      } mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index, %x: tensor<?xf32>):
        %r = arith.cmpi ne, %i, %j : index
        attn.yield %r : i1
      }
  return %o : tensor<?x?x?x4xf32>
}
