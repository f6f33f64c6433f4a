//===- CacheText.cpp - writes operations on caches ------------------------===//
//
//   %k_new = attn.cache_update ring ins(%k : ..) lengths(%lengths_in : ..)
//       outs(%k_cache_in : ..)
//
// Covered by test/Tools/attn-gen/cache-systems.test and test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "CacheText.h"

#include "IndexText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::formatv;
using llvm::StringRef;

LayerTensor CacheUpdate::write(Layer &layer, StringRef name) const {
  LayerTensor result{layer.unique(name), cache.axes, cache.elementType};
  llvm::raw_ostream &os = layer.text();
  os << formatv("  %{0} = attn.cache_update{1} ins(%{2} : {3})\n"
                "      lengths(%{4} : {5})",
                result.name, ring ? " ring" : "", rows.name, rows.type(),
                lengths.name, lengths.type());
  if (pageTable)
    os << formatv(" page_table(%{0} : {1}) page_size {2}", pageTable->name,
                  pageTable->type(), pageSize);
  if (cos)
    os << formatv("\n      angles(%{0}, %{1} : {2}, {3})", cos->name, sin->name,
                  cos->type(), sin->type());
  os << formatv("\n      outs(%{0} : {1})\n", cache.name, cache.type());
  return result;
}

std::vector<LayerTensor> CacheEvict::write(Layer &layer,
                                           ArrayRef<std::string> names) const {
  std::vector<LayerTensor> results;
  llvm::SmallVector<std::string> values, inits, types;
  for (const auto &[name, cache] : llvm::zip_equal(names, caches)) {
    results.push_back({layer.unique(name), cache.axes, cache.elementType});
    values.push_back("%" + results.back().name);
    inits.push_back("%" + cache.name);
    types.push_back(cache.type());
  }
  layer.text() << formatv(
      "  {0} = attn.cache_evict heavy {1} recent {2} mass {3} places {4}\n"
      "      lengths(%{5} : {6})\n      outs({7}\n        : {8})\n",
      llvm::join(values, ", "), heavy, recent, mass, places, lengths.name,
      lengths.type(), llvm::join(inits, ", "), llvm::join(types, ", "));
  return results;
}

LayerAxis mlir::attn::slots(const SystemOptions &options) {
  return {"s", "slot", options.keys,
          options.dynamic.count(Axis::Key) ? "C" : ""};
}

LayerTensor mlir::attn::addTokens(Layer &layer, StringRef name,
                                  const LayerTensor &numbers,
                                  const LayerAxis &tokens,
                                  std::optional<int64_t> limit) {
  std::string size = layer.sizeText(tokens);
  return layer.map(name, numbers.axes, "i32", {numbers},
                   [&](Scalars &s, ArrayRef<std::string> e) {
                     IndexBuilder b{s};
                     std::string count = b.narrow("count", b.size("own", size));
                     std::string sum =
                         b.binary("sum", "addi", e[0], count, "i32");
                     if (!limit)
                       return sum;
                     std::string most = s.write(
                         "most", formatv("arith.constant {0}", *limit), "i32");
                     return b.binary("used", "minsi", sum, most, "i32");
                   });
}

/// `a` and `b` along a new first axis.
static LayerTensor stack(Layer &layer, StringRef name, const LayerTensor &a,
                         const LayerTensor &b) {
  LayerAxes axes = a.axes;
  axes.insert(axes.begin(), {"p", "part", 2});
  LayerTensor whole = layer.empty((name + "_init").str(), axes, a.elementType);
  llvm::SmallVector<std::string> sizes;
  for (const LayerAxis &axis : a.axes)
    sizes.push_back(layer.sizeText(axis));
  llvm::SmallVector<StringRef> offsets(a.axes.size(), "0"),
      strides(axes.size(), "1");
  const LayerTensor *parts[] = {&a, &b};
  for (auto [n, part] : llvm::enumerate(parts)) {
    LayerTensor next{layer.unique(name), axes, a.elementType};
    layer.text() << formatv("  %{0} = tensor.insert_slice %{1} into %{2}\n"
                            "      [{3}, {4}] [1, {5}] [{6}] : {7} into {8}\n",
                            next.name, part->name, whole.name, n,
                            llvm::join(offsets, ", "), llvm::join(sizes, ", "),
                            llvm::join(strides, ", "), part->type(),
                            next.type());
    whole = next;
  }
  return whole;
}

LayerTensor mlir::attn::mergeParts(Layer &layer, StringRef name,
                                   const DenseOp &first,
                                   const LayerTensor &firstO,
                                   const DenseOp &second,
                                   const LayerTensor &secondO) {
  LayerTensor outputs = stack(layer, "parts", firstO, secondO);
  LayerTensor sums = stack(layer, "sums", *first.logSum, *second.logSum);
  LayerTensor init = layer.empty((name + "_init").str(), firstO.axes,
                                 layer.options.elementType);
  LayerTensor result{layer.unique(name), init.axes, init.elementType};
  layer.text() << formatv("  %{0} = attn.merge ins(%{1}, %{2}\n"
                          "        : {3}, {4})\n"
                          "      outs(%{5} : {6})\n",
                          result.name, outputs.name, sums.name, outputs.type(),
                          sums.type(), init.name, init.type());
  return result;
}

LayerTensor mlir::attn::sliceOf(Layer &layer, StringRef name,
                                const LayerTensor &x, unsigned at,
                                int64_t offset, const LayerAxis &size) {
  LayerTensor slice{layer.unique(name), x.axes, x.elementType};
  slice.axes[at] = size;
  llvm::SmallVector<std::string> offsets(x.axes.size(), "0"), sizes,
      strides(x.axes.size(), "1");
  offsets[at] = std::to_string(offset);
  for (const LayerAxis &axis : slice.axes)
    sizes.push_back(layer.sizeText(axis));
  layer.text() << formatv(
      "  %{0} = tensor.extract_slice %{1}[{2}] [{3}] [{4}]\n"
      "      : {5} to {6}\n",
      slice.name, x.name, llvm::join(offsets, ", "), llvm::join(sizes, ", "),
      llvm::join(strides, ", "), x.type(), slice.type());
  return slice;
}
