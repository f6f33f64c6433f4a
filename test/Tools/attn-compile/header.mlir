// The generated C header.
// RUN: attn-compile %s --emit=header --target=x86-64-v3 --symbol-prefix=my_ | FileCheck %s

// CHECK: /* Made by attn {{[0-9.]+}} for x86_64-unknown-linux-gnu, x86-64-v3.
// CHECK: #ifndef ATTN_KERNEL_my_mix_my_plus_my_head_H
// CHECK: #include <stdint.h>
// CHECK: #ifndef ATTN_ABI_VERSION
// CHECK-NEXT: #define ATTN_ABI_VERSION 1
// CHECK: ATTN_STATUS_OK = 0,
// CHECK-NEXT: ATTN_STATUS_NULL = 1,
// CHECK-NEXT: ATTN_STATUS_RANK = 2,
// CHECK-NEXT: ATTN_STATUS_SIZE = 3,
// CHECK-NEXT: ATTN_STATUS_STRIDE = 4,
// CHECK-NEXT: ATTN_STATUS_WORKSPACE = 5,
// CHECK-NEXT: memory ran out
// CHECK-NEXT: ATTN_STATUS_INDEX_DATA = 6,
// CHECK-NEXT: ATTN_STATUS_CPU = 7,
// CHECK-NEXT: ATTN_STATUS_TILE = 8
// CHECK: #elif ATTN_ABI_VERSION != 1

// One struct per element type and rank; none has an empty array.
// CHECK: #ifndef ATTN_BF16_2D_DEFINED
// CHECK: typedef struct attn_bf16_2d {
// CHECK-NEXT: uint16_t *data;
// CHECK-NEXT: int64_t sizes[2];
// CHECK-NEXT: int64_t strides[2];
// CHECK-NEXT: } attn_bf16_2d;
// CHECK: typedef struct attn_i1_1d {
// CHECK-NEXT: uint8_t *data;
// CHECK: typedef struct attn_f64_0d {
// CHECK-NEXT: double *data;
// CHECK-NEXT: } attn_f64_0d;
// CHECK-NOT: typedef struct attn_bf16_2d

// CHECK: extern "C" {
// CHECK: /* my_mix
// CHECK-NEXT:  *   a: input, bf16 [n0, 4]
// CHECK-NEXT:  *   m: input, i1 [n0]
// CHECK-NEXT:  *   z: input, f64 []
// CHECK-NEXT:  *   n: input, index
// CHECK-NEXT:  *   h: input, f16
// CHECK-NEXT:  *   out: output, bf16 [n0, 4]
// CHECK-NEXT:  */
// CHECK-NEXT: int32_t my_mix(const attn_bf16_2d *a,
// CHECK-NEXT:     const attn_i1_1d *m,
// CHECK-NEXT:     const attn_f64_0d *z,
// CHECK-NEXT:     int64_t n,
// CHECK-NEXT:     uint16_t h,
// CHECK-NEXT:     const attn_bf16_2d *out,
// CHECK-NEXT:     int32_t threads);
// CHECK-NEXT: int32_t my_mix_in_workspace(const attn_bf16_2d *a,
// CHECK:          const attn_bf16_2d *out,
// CHECK-NEXT:     void *workspace,
// CHECK-NEXT:     int64_t workspace_size,
// CHECK-NEXT:     int32_t threads);
// CHECK-NEXT: int32_t my_mix_workspace_size(const attn_bf16_2d *a,
// CHECK:          const attn_bf16_2d *out,
// CHECK-NEXT:     int64_t *shared,
// CHECK-NEXT:     int64_t *per_worker);
// CHECK-NEXT: int32_t my_mix_phases(const attn_bf16_2d *a,
// CHECK:          const attn_bf16_2d *out);
// CHECK-NEXT: int64_t my_mix_grid(const attn_bf16_2d *a,
// CHECK:          const attn_bf16_2d *out,
// CHECK-NEXT:     void *workspace,
// CHECK-NEXT:     int32_t phase);
// CHECK-NEXT: int32_t my_mix_tile(const attn_bf16_2d *a,
// CHECK:          const attn_bf16_2d *out,
// CHECK-NEXT:     void *workspace,
// CHECK-NEXT:     void *scratch,
// CHECK-NEXT:     int32_t phase,
// CHECK-NEXT:     int64_t tile);
func.func @mix(%a: tensor<?x4xbf16>, %m: tensor<?xi1>, %z: tensor<f64>, %n: index, %h: f16)
    -> (tensor<?x4xbf16> {attn.name = "out"}) {
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %a, %c0 : tensor<?x4xbf16>
  %e = tensor.empty(%rows) : tensor<?x4xbf16>
  %o = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>,
                       affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %m : tensor<?x4xbf16>, tensor<?xi1>) outs(%e : tensor<?x4xbf16>) {
  ^bb0(%x: bf16, %p: i1, %ignored: bf16):
    %y = arith.negf %x : bf16
    %r = arith.select %p, %x, %y : bf16
    linalg.yield %r : bf16
  } -> tensor<?x4xbf16>
  return %o : tensor<?x4xbf16>
}

// A name of ours that an argument has gives way.
// CHECK: int32_t my_plus(const attn_i32_1d *workspace,
// CHECK-NEXT:     const attn_i32_1d *result0,
// CHECK-NEXT:     int32_t threads);
// CHECK: void *workspace_,
func.func @plus(%x: tensor<8xi32> {attn.name = "workspace"}) -> tensor<8xi32> {
  %r = arith.addi %x, %x : tensor<8xi32>
  return %r : tensor<8xi32>
}

// Sizes known in the call only are numbered; an integer may have to equal one.
// CHECK: /* my_head
// CHECK-NEXT:  *   x: input, f32 [8, n0]
// CHECK-NEXT:  *   n: input, i64, equal to n1
// CHECK-NEXT:  *   result0: output, f32 [8, n1]
func.func @head(%x: tensor<8x?xf32>, %n: i64) -> tensor<8x?xf32> {
  %size = arith.index_cast %n : i64 to index
  %r = tensor.extract_slice %x[0, 0] [8, %size] [1, 1]
      : tensor<8x?xf32> to tensor<8x?xf32>
  return %r : tensor<8x?xf32>
}
