//===- Packing.cpp - sequences packed along the tokens --------------------===//
//
// With sequences of 3 and 2 tokens, and so cu_seqlens = [0, 3, 5],
//
//   sequence = [0, 0, 0, 1, 1]      place = [0, 1, 2, 0, 1]
//
// A token's sequence is the number of sequences that end at or before it, so
// that sequences without tokens are passed over. Covered by
// test/Tools/attn-gen/packing.test.
//
//===----------------------------------------------------------------------===//

#include "Layer.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::formatv;
using llvm::StringRef;

LayerTensor Layer::bounds() {
  if (!packing) {
    LayerAxis axis{"s", "sequence + 1", options.sequences + 1,
                   sequences().isDynamic() ? "N+1" : ""};
    packing = input("cu_seqlens", {axis}, "i32",
                    "first token of each packed sequence, and their total");
  }
  return *packing;
}

LayerTensor Layer::sequenceBounds(StringRef name, unsigned offset) {
  LayerTensor all = bounds();
  LayerAxis axis = sequences();
  LayerTensor part{unique(name), {axis}, all.elementType};
  os << formatv("  %{0} = tensor.extract_slice %{1}[{2}] [{3}] [1]\n"
                "      : {4} to {5}\n",
                part.name, all.name, offset, sizeText(axis), all.type(),
                part.type());
  return part;
}

PackedTokens Layer::packedTokens(const LayerAxis &tokens) {
  if (tokenPlaces)
    return *tokenPlaces;
  LayerTensor all = bounds();
  comment("The packed sequence of each token, and its place in there.");
  LayerTensor ends = sequenceBounds("ends", 1);
  LayerTensor sequence = sum(
      "sequence", {tokens}, {sequences()}, {ends},
      [](Scalars &s, ArrayRef<std::string> x) {
        std::string t = s.write("t", "linalg.index 0", "index");
        std::string token =
            s.convert("token", "arith.index_cast", t, "index", "i32");
        std::string isPast =
            s.write("is_past", "arith.cmpi sge, " + token + ", " + x[0], "i32");
        return s.convert("count", "arith.extui", isPast, "i1", "i32");
      },
      "i32");
  LayerTensor place = map(
      "place", {tokens}, "i32", {sequence},
      [&](Scalars &s, ArrayRef<std::string> x) {
        std::string n =
            s.convert("n", "arith.index_cast", x[0], "i32", "index");
        std::string begin =
            s.write("begin", formatv("tensor.extract %{0}[{1}]", all.name, n),
                    all.type());
        std::string t = s.write("t", "linalg.index 0", "index");
        std::string token =
            s.convert("token", "arith.index_cast", t, "index", "i32");
        return s.write("place", "arith.subi " + token + ", " + begin, "i32");
      });
  tokenPlaces = PackedTokens{sequence, place};
  return *tokenPlaces;
}
