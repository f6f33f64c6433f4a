//===- AttnEnums.td - enumerations printed as words --------*- tablegen -*-===//

#ifndef ATTN_ENUMS
#define ATTN_ENUMS

include "attn/Dialect/Attn/IR/AttnDialect.td"
include "mlir/IR/EnumAttr.td"

def Attn_Alignment : I32EnumAttr<"Alignment",
    "which corner of the T x S score matrix the diagonal goes through", [
      I32EnumAttrCase<"TopLeft", 0, "top_left">,
      I32EnumAttrCase<"BottomRight", 1, "bottom_right">]> {
  let cppNamespace = "::mlir::attn";
  let genSpecializedAttr = 0;
}

def Attn_AlignmentAttr : EnumAttr<Attn_Dialect, Attn_Alignment, "alignment"> {
  let assemblyFormat = "`(` $value `)`";
  let description = [{
    `top_left`: the diagonal is j = i. `bottom_right`: the diagonal is
    j = i + S - T, the convention of FlashAttention since 2.1, where the last
    query sees every key.
  }];
}

def Attn_TileLayout : I32EnumAttr<"TileLayout",
    "how a query tile and its accumulator lie in memory", [
      I32EnumAttrCase<"QueryMajor", 0, "query_major">,
      I32EnumAttrCase<"FeatureMajor", 1, "feature_major">]> {
  let cppNamespace = "::mlir::attn";
  let genSpecializedAttr = 0;
}

def Attn_TileLayoutAttr : EnumAttr<Attn_Dialect, Attn_TileLayout, "tile_layout"> {
  let assemblyFormat = "`(` $value `)`";
  let description = [{
    `query_major`: queries are `[R, K]`, the accumulator is `[R, V]`.
    `feature_major`: queries are `[K, R]`, the accumulator is `[V, R]`, so that
    queries lie in vector lanes and row statistics are elementwise.
  }];
}

def Attn_Normalizer : I32EnumAttr<"Normalizer",
    "what divides the output of linear attention", [
      I32EnumAttrCase<"KeySum", 0, "key_sum">,
      I32EnumAttrCase<"MaxExp", 1, "max_exp">]> {
  let cppNamespace = "::mlir::attn";
  let genSpecializedAttr = 0;
}

def Attn_NormalizerAttr : EnumAttr<Attn_Dialect, Attn_Normalizer, "normalizer"> {
  let assemblyFormat = "`(` $value `)`";
  let description = [{
    `key_sum`: the decayed sum of keys, read by the query (linear transformers).
    `max_exp`: the same sum, at least exp(-m) in size with the running maximum m
    of the exponential gates (mLSTM).
  }];
}

#endif // ATTN_ENUMS
