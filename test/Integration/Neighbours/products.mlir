// Matrix products around attention: each operand either way round, f16, bf16,
// f64 and integers, in batches, by a vector, with heads as dimensions.

// RUN: attn-run %s --seed=1 --compare=reference --guard --atol=1e-4 --rtol=1e-5 --shape=a=67x77,b=77x131,at=77x67,bt=131x77,h=67x77,g=77x131,d=67x77,e=77x131,i=67x77,j=77x131,x=77 | FileCheck %s
// RUN: attn-run %s --seed=2 --compare=reference --guard --atol=1e-4 --rtol=1e-5 --shape=a=64x300,b=300x64,at=300x64,bt=64x300,h=64x300,g=300x64,d=64x300,e=300x64,i=64x300,j=300x64,x=300 --target=x86-64-v3 | FileCheck %s
// RUN: attn-run %s --seed=3 --compare=reference --guard --shape=a=1x1,b=1x1,at=1x1,bt=1x1,h=1x1,g=1x1,d=1x1,e=1x1,i=1x1,j=1x1,x=1 | FileCheck %s
// RUN: attn-run %s --seed=4 --compare=reference --guard --shape=a=5x0,b=0x3,at=0x5,bt=3x0,h=5x0,g=0x3,d=5x0,e=0x3,i=5x0,j=0x3,x=0 | FileCheck %s
// RUN: attn-run %s --seed=5 --compare=reference --guard --atol=1e-4 --rtol=1e-5 --shape=a=1025x9,b=9x3,at=9x1025,bt=3x9,h=1025x9,g=9x3,d=1025x9,e=9x3,i=1025x9,j=9x3,x=9 --threads=2 | FileCheck %s

// CHECK-COUNT-8: agrees
// CHECK-NOT: DIFFERS

#mk = affine_map<(m, n, k) -> (m, k)>
#km = affine_map<(m, n, k) -> (k, m)>
#kn = affine_map<(m, n, k) -> (k, n)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

func.func @products(
    %a: tensor<?x?xf32>, %b: tensor<?x?xf32>, %at: tensor<?x?xf32>,
    %bt: tensor<?x?xf32>, %h: tensor<?x?xf16>, %g: tensor<?x?xf16>,
    %d: tensor<?x?xf64>, %e: tensor<?x?xf64>, %i: tensor<?x?xi8>,
    %j: tensor<?x?xi8>, %x: tensor<?xf32>)
    -> (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf16>,
        tensor<?x?xf32>, tensor<?x?xf64>, tensor<?x?xi32>, tensor<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %zero_half = arith.constant 0.0 : f16
  %zero_double = arith.constant 0.0 : f64
  %zero_integer = arith.constant 0 : i32
  %m = tensor.dim %a, %c0 : tensor<?x?xf32>
  %n = tensor.dim %b, %c1 : tensor<?x?xf32>
  %empty = tensor.empty(%m, %n) : tensor<?x?xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x?xf32>)
      -> tensor<?x?xf32>
  %plain = linalg.matmul ins(%a, %b : tensor<?x?xf32>, tensor<?x?xf32>)
      outs(%init : tensor<?x?xf32>) -> tensor<?x?xf32>
  %lhs_transposed = linalg.matmul indexing_maps = [#km, #kn, #mn]
      ins(%at, %b : tensor<?x?xf32>, tensor<?x?xf32>)
      outs(%init : tensor<?x?xf32>) -> tensor<?x?xf32>
  %rhs_transposed = linalg.matmul indexing_maps = [#mk, #nk, #mn]
      ins(%a, %bt : tensor<?x?xf32>, tensor<?x?xf32>)
      outs(%plain : tensor<?x?xf32>) -> tensor<?x?xf32>
  %empty_half = tensor.empty(%m, %n) : tensor<?x?xf16>
  %init_half = linalg.fill ins(%zero_half : f16)
      outs(%empty_half : tensor<?x?xf16>) -> tensor<?x?xf16>
  %half = linalg.matmul ins(%h, %g : tensor<?x?xf16>, tensor<?x?xf16>)
      outs(%init_half : tensor<?x?xf16>) -> tensor<?x?xf16>
  %wide = linalg.matmul ins(%h, %g : tensor<?x?xf16>, tensor<?x?xf16>)
      outs(%init : tensor<?x?xf32>) -> tensor<?x?xf32>
  %empty_double = tensor.empty(%m, %n) : tensor<?x?xf64>
  %init_double = linalg.fill ins(%zero_double : f64)
      outs(%empty_double : tensor<?x?xf64>) -> tensor<?x?xf64>
  %double = linalg.matmul ins(%d, %e : tensor<?x?xf64>, tensor<?x?xf64>)
      outs(%init_double : tensor<?x?xf64>) -> tensor<?x?xf64>
  %empty_integer = tensor.empty(%m, %n) : tensor<?x?xi32>
  %init_integer = linalg.fill ins(%zero_integer : i32)
      outs(%empty_integer : tensor<?x?xi32>) -> tensor<?x?xi32>
  %integer = linalg.matmul ins(%i, %j : tensor<?x?xi8>, tensor<?x?xi8>)
      outs(%init_integer : tensor<?x?xi32>) -> tensor<?x?xi32>
  %empty_vector = tensor.empty(%m) : tensor<?xf32>
  %init_vector = linalg.fill ins(%zero : f32) outs(%empty_vector : tensor<?xf32>)
      -> tensor<?xf32>
  %vector = linalg.matvec ins(%a, %x : tensor<?x?xf32>, tensor<?xf32>)
      outs(%init_vector : tensor<?xf32>) -> tensor<?xf32>
  return %rhs_transposed, %lhs_transposed, %plain, %half, %wide, %double,
         %integer, %vector
      : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf16>,
        tensor<?x?xf32>, tensor<?x?xf64>, tensor<?x?xi32>, tensor<?xf32>
}
