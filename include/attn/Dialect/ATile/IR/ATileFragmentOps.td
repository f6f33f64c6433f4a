//===- ATileFragmentOps.td - products and row operations ---*- tablegen -*-===//

#ifndef ATTN_ATILE_FRAGMENT_OPS
#define ATTN_ATILE_FRAGMENT_OPS

include "attn/Dialect/ATile/IR/ATileOpBase.td"

//===----------------------------------------------------------------------===//
// Products by a warpgroup (sm_90a)
//===----------------------------------------------------------------------===//

def ATile_MmaSSOp : ATile_Op<"mma_ss", [ATile_InOrder]> {
  let summary = "starts A B^T of two tiles in shared memory";
  let description = [{
      result[i, j] = sum_k A[row + i, k] B[j, k]      0 <= i < 64

    `row` is the first row of A that this group computes, a multiple of 64. Both
    operands are K-major: rows of the tiles are contiguous. PTX, as one block of
    inline assembly: `wgmma.fence`, for each 16 columns k
    `wgmma.mma_async.m64nNk16.f32` with N the rows of B, both descriptors, and
    scale-d 0 in the first step, then `wgmma.commit_group`.

    Constraints: A and B have the same columns, a multiple of 16, and element; the
    result is 64 x (rows of B), a multiple of 8 up to 256.

    ```mlir
    %s = atile.mma_ss %q[%row], %k : !atile.slot<128x64xbf16, full>,
        !atile.slot<128x64xbf16, full> -> !atile.frag<64x128xf32, inflight>
    ```
  }];
  let arguments = (ins ATile_FullSlot:$a, I32:$row, ATile_FullSlot:$b);
  let results = (outs ATile_InflightFrag:$result);
  let assemblyFormat = [{
    $a `[` $row `]` `,` $b attr-dict `:` qualified(type($a)) `,` qualified(type($b)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def ATile_MmaRSOp : ATile_Op<"mma_rs", [
    ATile_InOrder,
    TypesMatchWith<"result is the accumulator in flight", "acc", "result",
      "::llvm::cast<::mlir::attn::atile::FragType>($_self).withInflight(true)">]> {
  let summary = "starts acc + P V with P in registers and V in shared memory";
  let description = [{
      result[i, j] = acc[i, j] + sum_k P[i, k] V[k, j]

    V is MN-major: its rows, contiguous, are the columns of the result. P is
    borrowed until an await covers the result (H3). PTX, as one block of inline
    assembly: `wgmma.fence`, for each 16 rows of V `wgmma.mma_async.m64nNk16.f32`
    with A in registers, trans-b 1, the accumulators tied to the results, then
    `wgmma.commit_group`.

    Constraints: P has as many columns as V rows, a multiple of 16, and the same
    element; acc is 64 x (columns of V).

    ```mlir
    %o1 = atile.mma_rs %p, %v, %o : !atile.operand<64x128xbf16>,
        !atile.slot<128x64xbf16, full>, !atile.frag<64x64xf32>
    ```
  }];
  let arguments = (ins ATile_OperandType:$p, ATile_FullSlot:$v,
                       ATile_UsableFrag:$acc);
  let results = (outs ATile_InflightFrag:$result);
  let assemblyFormat = [{
    $p `,` $v `,` $acc attr-dict `:` qualified(type($p)) `,` qualified(type($v)) `,` qualified(type($acc))
  }];
  let hasVerifier = 1;
}

def ATile_AwaitOp : ATile_Op<"await", [
    ATile_InOrder, DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "waits until all but the last `pending` products are complete";
  let description = [{
    Fragments in flight become usable. Usable ones may be passed through: what is
    computed from the results is computed after the wait. PTX:
    `wgmma.wait_group pending` as inline assembly whose outputs are tied to its
    inputs, all registers of all operands, so that nothing moves above it.

    ```mlir
    %s1 = atile.await %s {pending = 0 : i32} : !atile.frag<64x128xf32, inflight>
    ```
  }];
  let arguments = (ins Variadic<ATile_FragType>:$fragments,
                       ConfinedAttr<I32Attr, [IntNonNegative]>:$pending);
  let results = (outs Variadic<ATile_UsableFrag>:$results);
  let assemblyFormat = "$fragments attr-dict `:` qualified(type($fragments))";
}

//===----------------------------------------------------------------------===//
// Products by warps (sm_80)
//===----------------------------------------------------------------------===//

def ATile_LoadOperandOp : ATile_Op<"load_operand", [MemoryEffects<[MemRead<ATileAsyncResource>]>]> {
  let summary = "loads 64 rows of a tile as the left operand of products";
  let description = [{
    PTX: per warp and 16 columns one `ldmatrix.x4` of the 16 rows
    `row` + 16 (warp % 4) and following, from the swizzled address.

    ```mlir
    %a = atile.load_operand %q[%row] : !atile.slot<64x64xbf16, full> -> !atile.operand<64x64xbf16>
    ```
  }];
  let arguments = (ins ATile_FullSlot:$slot, I32:$row);
  let results = (outs ATile_OperandType:$result);
  let assemblyFormat = "$slot `[` $row `]` attr-dict `:` qualified(type($slot)) `->` qualified(type($result))";
  let hasVerifier = 1;
}

def ATile_MmaSyncOp : ATile_Op<"mma_sync", [
    MemoryEffects<[MemRead<ATileAsyncResource>]>,
    AllTypesMatch<["acc", "result"]>]> {
  let summary = "acc + A B^T, or acc + A B, by each warp for its rows";
  let description = [{
      result[i, j] = acc[i, j] + sum_k A[i, k] B[j, k]      `transposed`
      result[i, j] = acc[i, j] + sum_k A[i, k] B[k, j]      otherwise

    PTX: for each 16 of k and each 16 columns of the result one `ldmatrix.x4`
    (with `.trans` unless `transposed`) and two `mma.sync.m16n8k16.f32`.

    Constraints: A has as many columns as B has columns (`transposed`) or rows, a
    multiple of 16; acc is 64 x the other size of B, a multiple of 16.

    ```mlir
    %s = atile.mma_sync %a, transposed %k, %zero : !atile.operand<64x64xbf16>,
        !atile.slot<64x64xbf16, full>, !atile.frag<64x64xf32>
    ```
  }];
  let arguments = (ins ATile_OperandType:$a, UnitAttr:$transposed,
                       ATile_FullSlot:$b, ATile_UsableFrag:$acc);
  let results = (outs ATile_UsableFrag:$result);
  let assemblyFormat = [{
    $a `,` (`transposed` $transposed^)? $b `,` $acc attr-dict
    `:` qualified(type($a)) `,` qualified(type($b)) `,` qualified(type($acc))
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Operations on fragments
//===----------------------------------------------------------------------===//

def ATile_FillOp : ATile_Op<"fill", [Pure]> {
  let summary = "a fragment or row vector of one value";
  let description = [{
    A fragment in flight may be filled too: it stands for a product of nothing,
    which a loop that carries a product begins with. No product may be in flight
    there (H5). PTX: moves.

    ```mlir
    %zero = atile.fill %c0 : !atile.frag<64x64xf32>
    %sum = atile.fill %c0 : !atile.rows<64, partial>
    ```
  }];
  let arguments = (ins F32:$value);
  let results = (outs AnyTypeOf<[ATile_FragType, ATile_RowsType]>:$result);
  let assemblyFormat = "$value attr-dict `:` qualified(type($result))";
}

def ATile_RowMaxOp : ATile_Op<"row_max", [Pure, AllTypesMatch<["init", "result"]>]> {
  let summary = "the maximum of each row and an initial value";
  let description = [{
      result[i] = max(init[i], max_j source[i, j])

    A NaN is passed over: it reaches the output through `atile.exp2_sub`. PTX:
    `max.f32` over the thread's registers of a row, then `shfl.sync.bfly` by 1 and
    2 with a `max.f32` each.

    ```mlir
    %m1 = atile.row_max %s, %m : !atile.frag<64x128xf32>, !atile.rows<64>
    ```
  }];
  let arguments = (ins ATile_UsableFrag:$source, ATile_WholeRows:$init);
  let results = (outs ATile_WholeRows:$result);
  let assemblyFormat = "$source `,` $init attr-dict `:` qualified(type($source)) `,` qualified(type($init))";
}

def ATile_RowSumOp : ATile_Op<"row_sum", [Pure, AllTypesMatch<["init", "result"]>]> {
  let summary = "accumulates row sums, each thread for its own columns";
  let description = [{
      result[i] = init[i] * factor[i] + sum_j source[i, j]

    the sum over the columns that the thread holds. PTX: `add.f32` in a tree over
    the registers of a row, one `fma.rn.f32`.

    ```mlir
    %l1 = atile.row_sum %p, %l scaled %alpha
        : !atile.frag<64x128xf32>, !atile.rows<64, partial>, !atile.rows<64>
    ```
  }];
  let arguments = (ins ATile_UsableFrag:$source, ATile_PartialRows:$init,
                       ATile_WholeRows:$factor);
  let results = (outs ATile_PartialRows:$result);
  let assemblyFormat = [{
    $source `,` $init `scaled` $factor attr-dict
    `:` qualified(type($source)) `,` qualified(type($init)) `,` qualified(type($factor))
  }];
}

def ATile_ReduceRowsOp : ATile_Op<"reduce_rows", [Pure]> {
  let summary = "makes row sums of what four threads hold of each row";
  let description = [{
    PTX: `shfl.sync.bfly` by 1 and 2 with an `add.f32` each.

    ```mlir
    %sum = atile.reduce_rows %l : !atile.rows<64, partial> -> !atile.rows<64>
    ```
  }];
  let arguments = (ins ATile_PartialRows:$source);
  let results = (outs ATile_WholeRows:$result);
  let assemblyFormat = "$source attr-dict `:` qualified(type($source)) `->` qualified(type($result))";
}

def ATile_Exp2SubOp : ATile_Op<"exp2_sub", [Pure, AllTypesMatch<["source", "result"]>]> {
  let summary = "2 to the power of scaled elements less a value per row";
  let description = [{
      result[i, j] = exp2(scale * source[i, j] - minus[i])

    -inf gives exactly 0 (with a positive scale and a finite `minus`). PTX: one
    `fma.rn.ftz.f32` and one `ex2.approx.ftz.f32` per element.

    ```mlir
    %p = atile.exp2_sub %s scale %c minus %m : !atile.frag<64x128xf32>, !atile.rows<64>
    ```
  }];
  let arguments = (ins ATile_UsableFrag:$source, F32:$scale, ATile_WholeRows:$minus);
  let results = (outs ATile_UsableFrag:$result);
  let assemblyFormat = [{
    $source `scale` $scale `minus` $minus attr-dict `:` qualified(type($source)) `,` qualified(type($minus))
  }];
}

def ATile_ScaleOp : ATile_Op<"scale", [Pure, AllTypesMatch<["source", "result"]>]> {
  let summary = "multiplies each row by a value";
  let description = [{
      result[i, j] = source[i, j] * factor[i]

    PTX: `mul.f32`.

    ```mlir
    %o1 = atile.scale %o by %alpha : !atile.frag<64x64xf32>, !atile.rows<64>
    ```
  }];
  let arguments = (ins ATile_UsableFrag:$source, ATile_WholeRows:$factor);
  let results = (outs ATile_UsableFrag:$result);
  let assemblyFormat = [{
    $source `by` $factor attr-dict `:` qualified(type($source)) `,` qualified(type($factor))
  }];
}

def ATile_PackOp : ATile_Op<"pack", [Pure]> {
  let summary = "rounds a fragment to 16 bits as the left operand of a product";
  let description = [{
    Rounding to nearest even. Register k of the result holds the fragment
    registers 2k (low half) and 2k + 1 (high half). See H3 for where it may stand.
    PTX: `cvt.rn.bf16x2.f32` (or `f16x2`), and an empty volatile assembly over all
    results, so that the packed values and not what they were made of are carried
    around loops.

    ```mlir
    %a = atile.pack %p : !atile.frag<64x128xf32> -> !atile.operand<64x128xbf16>
    ```
  }];
  let arguments = (ins ATile_UsableFrag:$source);
  let results = (outs ATile_OperandType:$result);
  let assemblyFormat = "$source attr-dict `:` qualified(type($source)) `->` qualified(type($result))";
  let hasVerifier = 1;
}

def ATile_MapOp : ATile_Op<"map", [
    AllTypesMatch<["source", "result"]>, RecursiveMemoryEffects,
    SingleBlock]> {
  let summary = "computes each element from itself and its coordinates";
  let description = [{
      result[i, j] = body(source[i, j], row + i, column + j)

    The body is inlined once per register: pure `arith`, `math` on f32 and i32, and
    `atile.read`. With `row` and `column` given per thread, the coordinates of a
    register are a base plus constants. A mask is a `select` of -inf. PTX: what the
    body becomes; `math.exp2` is `ex2.approx.ftz`, `math.tanh` `tanh.approx`,
    `math.log2` `lg2.approx.ftz`.

    ```mlir
    %masked = atile.map %s at(%row, %column) : !atile.frag<64x128xf32> {
    ^bb0(%x: f32, %i: i32, %j: i32):
      %admitted = arith.cmpi sle, %j, %i : i32
      %y = arith.select %admitted, %x, %ninf : f32
      atile.yield %y : f32
    }
    ```
  }];
  let arguments = (ins ATile_UsableFrag:$source, I32:$row, I32:$column);
  let results = (outs ATile_UsableFrag:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $source `at` `(` $row `,` $column `)` attr-dict `:` qualified(type($source)) $body
  }];
  let hasVerifier = 1;
}

def ATile_MapRowsOp : ATile_Op<"map_rows", [Pure, SingleBlock]> {
  let summary = "computes one value per row from values per row";
  let description = [{
      result[i] = body(sources[0][i], sources[1][i], ...)

    The body is inlined once per row of the thread; what it may contain is said at
    `atile.map`.

    ```mlir
    %inverse = atile.map_rows %sum : (!atile.rows<64>) -> !atile.rows<64> {
    ^bb0(%x: f32):
      %y = arith.divf %one, %x : f32
      atile.yield %y : f32
    }
    ```
  }];
  let arguments = (ins Variadic<ATile_WholeRows>:$sources);
  let results = (outs ATile_WholeRows:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sources attr-dict `:` functional-type($sources, $result) $body";
  let hasVerifier = 1;
}

#endif // ATTN_ATILE_FRAGMENT_OPS
