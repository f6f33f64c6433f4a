// RUN: attn-compile %s --target=sm_90a --emit=json | FileCheck %s --check-prefix=JSON
// RUN: attn-compile %s --target=sm_90a --emit=header -o %t.h
// RUN: FileCheck %s --check-prefix=HEADER < %t.h
// RUN: echo '#include "%t.h"' > %t.c
// RUN: echo 'int main(void) { return rows_kernel.num_parameters != 5; }' >> %t.c
// RUN: %cc -std=c99 -Wall -Wextra -pedantic -Werror %t.c -o %t.exe && %t.exe
// REQUIRES: cc

// JSON: "target": "sm_90a"
// JSON: "function": "rows"
// JSON: "name": "arg0"
// JSON: "dtype": "bf16"
// JSON: "name": "rows"
// JSON: "grid": [
// JSON-NEXT: "s0 64 ceildiv",
// JSON-NEXT: "8",
// JSON-NEXT: "1"
// JSON: "block": [
// JSON-NEXT: 256,
// JSON: "shared_bytes": 8208
// JSON: "kind": "map"
// JSON-NEXT: "argument": "arg0"
// JSON-NEXT: "type": "map"
// JSON-NEXT: "offset": 0
// JSON-NEXT: "bytes": 128
// JSON: "dims": [
// JSON-NEXT: 3,
// JSON-NEXT: 1,
// JSON-NEXT: 2,
// JSON-NEXT: 0
// JSON: "box": [
// JSON-NEXT: 64,
// JSON-NEXT: 64,
// JSON-NEXT: 1,
// JSON-NEXT: 1
// JSON: "swizzle": "128B"
// JSON: "kind": "data"
// JSON-NEXT: "argument": "result0"
// JSON: "kind": "size"
// JSON-NEXT: "argument": "arg0"
// JSON-NEXT: "dim": 1
// JSON: "kind": "stride"
// JSON: "offset": 144
// JSON: "kind": "scalar"
// JSON-NEXT: "argument": "arg1"
// JSON-NEXT: "type": "f32"

// HEADER: /* Made by attn {{.*}} for sm_90a.
// HEADER: 0 arg0: bf16, input
// HEADER: 2 result0: bf16, output
// HEADER: static const struct attn_gpu_parameter rows_parameters[] = {
// HEADER-NEXT: {ATTN_GPU_MAP, 0, 0, "map", "bf16", 0, 128, {3, 1, 2, 0}, {64, 64, 1, 1}},
// HEADER-NEXT: {ATTN_GPU_DATA, 2, 0, "ptr", "", 128, 8, {0, 0, 0, 0}, {0, 0, 0, 0}},
// HEADER-NEXT: {ATTN_GPU_SIZE, 0, 1, "i32", "", 136, 4, {0, 0, 0, 0}, {0, 0, 0, 0}},
// HEADER-NEXT: {ATTN_GPU_STRIDE, 2, 2, "i64", "", 144, 8, {0, 0, 0, 0}, {0, 0, 0, 0}},
// HEADER-NEXT: {ATTN_GPU_SCALAR, 1, 0, "f32", "", 152, 4, {0, 0, 0, 0}, {0, 0, 0, 0}},
// HEADER: "rows", "sm_90a",
// HEADER-NEXT: {"s0 64 ceildiv", "8", "1"},
// HEADER-NEXT: {256, 1, 1}, 8208, 5, rows_parameters};
atile.kernel @rows(
    %map: !atile.map<64x64xbf16> {atile.bind = #atile.bind<map, 0 dims [0, 2, 1, 3]>},
    %out: !atile.global<bf16> {atile.bind = #atile.bind<data, 2>},
    %t: i32 {atile.bind = #atile.bind<size, 0, 1>},
    %ld: i64 {atile.bind = #atile.bind<stride, 2, 2>},
    %x: f32 {atile.bind = #atile.bind<scalar, 1>})
    attributes {
      threads = 256 : i32, grid = affine_map<()[s0] -> (s0 ceildiv 64, 8, 1)>,
      signature = (tensor<1x?x8x64xbf16>, f32) -> tensor<1x8x?x64xbf16>} {
  %c0 = arith.constant 0 : i32
  %ring = atile.ring : !atile.ring<1x64x64xbf16>
  atile.setup %ring consumers(1) : !atile.ring<1x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%group: i32):
  }
  atile.return
}
