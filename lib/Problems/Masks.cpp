//===- Masks.cpp - mask functions of the catalogue ------------------------===//
//
// See Functions.h for what a body may say.
//
//===----------------------------------------------------------------------===//

#include "attn/Problems/Functions.h"

using namespace mlir::attn;

/// A tensor of i32 whose sensible values lie in [low, high].
static Argument integers(const char *name, std::initializer_list<Dim> shape,
                         const char *meaning, Dim low, Dim high) {
  return {name, shape, "i32", meaning, false, std::array<Dim, 2>{low, high}};
}

static std::vector<Argument> captureNothing(const Problem &,
                                            llvm::ArrayRef<int64_t>) {
  return {};
}

static std::vector<Argument> captureDocuments(const Problem &,
                                              llvm::ArrayRef<int64_t>) {
  return {integers("query_document", {Axis::Batch, Axis::Query},
                   "document id of each query, rising [batch, query]",
                   int64_t{0}, int64_t{3}),
          integers("key_document", {Axis::Batch, Axis::Key},
                   "document id of each key, rising [batch, key]", int64_t{0},
                   int64_t{3})};
}

static std::vector<Argument> captureInterval(const Problem &,
                                             llvm::ArrayRef<int64_t>) {
  return {integers("first", {Axis::Batch, Axis::Query},
                   "first admitted key of each query [batch, query]",
                   int64_t{0}, Axis::Key),
          integers("last", {Axis::Batch, Axis::Query},
                   "one past the last admitted key of each query "
                   "[batch, query]",
                   int64_t{0}, Axis::Key)};
}

static std::vector<Argument> captureLengths(const Problem &,
                                            llvm::ArrayRef<int64_t>) {
  return {integers("lengths", {Axis::Batch},
                   "number of keys of each sequence [batch]", int64_t{0},
                   Axis::Key)};
}

static std::vector<Argument> capturePrefixes(const Problem &,
                                             llvm::ArrayRef<int64_t>) {
  return {integers("prefixes", {Axis::Batch},
                   "length of each sequence's prefix [batch]", int64_t{0},
                   Axis::Key)};
}

static std::vector<Argument> captureLength(const Problem &,
                                           llvm::ArrayRef<int64_t>) {
  Argument length = integers("length", {}, "number of keys that are in use",
                             int64_t{0}, Axis::Key);
  length.elementType = "index";
  length.isScalar = true;
  return {length};
}

llvm::ArrayRef<Function> mlir::attn::maskFunctions() {
  static const std::vector<Function> functions = {
      {"all", "true", {}, captureNothing, R"(
%r = arith.constant true
)"},
      {"block-causal",
       "j div size <= p div size",
       {{"size", 32, 1}},
       captureNothing,
       R"(
%size = arith.constant #0 : index
%key_block = arith.floordivsi %j, %size : index
%query_block = arith.floordivsi %p, %size : index
%r = arith.cmpi sle, %key_block, %query_block : index
)"},
      {"block-diagonal",
       "i div size == j div size",
       {{"size", 32, 1}},
       captureNothing,
       R"(
%size = arith.constant #0 : index
%query_block = arith.floordivsi %i, %size : index
%key_block = arith.floordivsi %j, %size : index
%r = arith.cmpi eq, %query_block, %key_block : index
)"},
      {"causal-region", "j <= p", {}, captureNothing, R"(
%r = arith.cmpi sle, %j, %p : index
)"},
      {"checkerboard", "(i + j) mod 2 == 0", {}, captureNothing, R"(
%two = arith.constant 2 : index
%zero = arith.constant 0 : index
%sum = arith.addi %i, %j : index
%parity = arith.remsi %sum, %two : index
%r = arith.cmpi eq, %parity, %zero : index
)"},
      {"chunked",
       "p div size == j div size and j <= p",
       {{"size", 32, 1}},
       captureNothing,
       R"(
%size = arith.constant #0 : index
%query_chunk = arith.floordivsi %p, %size : index
%key_chunk = arith.floordivsi %j, %size : index
%same = arith.cmpi eq, %query_chunk, %key_chunk : index
%past = arith.cmpi sle, %j, %p : index
%r = arith.andi %same, %past : i1
)"},
      {"dilated",
       "(p - j) mod step == 0 and j <= p",
       {{"step", 4, 1}},
       captureNothing,
       R"(
%step = arith.constant #0 : index
%zero = arith.constant 0 : index
%distance = arith.subi %p, %j : index
%remainder = arith.remsi %distance, %step : index
%hit = arith.cmpi eq, %remainder, %zero : index
%past = arith.cmpi sge, %distance, %zero : index
%r = arith.andi %hit, %past : i1
)"},
      {"document",
       "query_document[b, i] == key_document[b, j]",
       {},
       captureDocuments,
       R"(
%of_query = tensor.extract %query_document[%b, %i] : !query_document
%of_key = tensor.extract %key_document[%b, %j] : !key_document
%r = arith.cmpi eq, %of_query, %of_key : i32
)"},
      {"interval", "first[b, i] <= j < last[b, i]", {}, captureInterval, R"(
%first_i = tensor.extract %first[%b, %i] : !first
%last_i = tensor.extract %last[%b, %i] : !last
%from = arith.index_cast %first_i : i32 to index
%to = arith.index_cast %last_i : i32 to index
%after = arith.cmpi sge, %j, %from : index
%before = arith.cmpi slt, %j, %to : index
%r = arith.andi %after, %before : i1
)"},
      {"length", "j < lengths[b]", {}, captureLengths, R"(
%length_b = tensor.extract %lengths[%b] : !lengths
%limit = arith.index_cast %length_b : i32 to index
%r = arith.cmpi slt, %j, %limit : index
)"},
      {"none", "false", {}, captureNothing, R"(
%r = arith.constant false
)"},
      {"per-head", "j <= p for even h, true for odd h", {}, captureNothing, R"(
%two = arith.constant 2 : index
%zero = arith.constant 0 : index
%parity = arith.remsi %h, %two : index
%even = arith.cmpi eq, %parity, %zero : index
%past = arith.cmpi sle, %j, %p : index
%always = arith.constant true
%r = arith.select %even, %past, %always : i1
)"},
      {"prefix", "j <= p or j < size", {{"size", 16, 0}}, captureNothing, R"(
%size = arith.constant #0 : index
%past = arith.cmpi sle, %j, %p : index
%in_prefix = arith.cmpi slt, %j, %size : index
%r = arith.ori %past, %in_prefix : i1
)"},
      {"prefix-length", "j <= p or j < prefixes[b]", {}, capturePrefixes, R"(
%prefix_b = tensor.extract %prefixes[%b] : !prefixes
%size = arith.index_cast %prefix_b : i32 to index
%past = arith.cmpi sle, %j, %p : index
%in_prefix = arith.cmpi slt, %j, %size : index
%r = arith.ori %past, %in_prefix : i1
)"},
      {"skip-rows", "i mod step != 0", {{"step", 2, 1}}, captureNothing, R"(
%step = arith.constant #0 : index
%zero = arith.constant 0 : index
%remainder = arith.remsi %i, %step : index
%r = arith.cmpi ne, %remainder, %zero : index
)"},
      {"strided",
       "j <= p and (p - j < local or j mod step == 0)",
       {{"local", 16, 0}, {"step", 8, 1}},
       captureNothing,
       R"(
%local = arith.constant #0 : index
%step = arith.constant #1 : index
%zero = arith.constant 0 : index
%distance = arith.subi %p, %j : index
%past = arith.cmpi sge, %distance, %zero : index
%near = arith.cmpi slt, %distance, %local : index
%remainder = arith.remsi %j, %step : index
%hit = arith.cmpi eq, %remainder, %zero : index
%either = arith.ori %near, %hit : i1
%r = arith.andi %past, %either : i1
)"},
      {"valid-length", "j < length", {}, captureLength, R"(
%r = arith.cmpi slt, %j, %length : index
)"},
      {"window-region",
       "p - left <= j <= p + right",
       {{"left", 31, 0}, {"right", 0, 0}},
       captureNothing,
       R"(
%left = arith.constant #0 : index
%right = arith.constant #1 : index
%from = arith.subi %p, %left : index
%to = arith.addi %p, %right : index
%after = arith.cmpi sge, %j, %from : index
%before = arith.cmpi sle, %j, %to : index
%r = arith.andi %after, %before : i1
)"}};
  return functions;
}
