//===- MutateText.cpp - changes to programs as text -----------------------===//
//
// Covered by test/Fuzz/fuzz.test.
//
//===----------------------------------------------------------------------===//

#include "Mutate.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"

namespace mlir::attn {

namespace {
struct Token {
  size_t place, length;
};
} // namespace

static bool isWord(char c) {
  return llvm::isAlnum(c) || c == '_' || c == '.' || c == '%' || c == '-';
}

/// Words, and in types the parts between the letters x: `4x?xf32` is three.
static std::vector<Token> tokenize(StringRef text) {
  std::vector<Token> tokens;
  for (size_t i = 0; i < text.size();) {
    if (!isWord(text[i])) {
      if (text[i] == '?')
        tokens.push_back({i, 1});
      ++i;
      continue;
    }
    size_t begin = i;
    // MLIR's parser allocates as many results as %0#2147483648 names.
    if (i > 0 && text[i - 1] == '#') {
      while (i < text.size() && isWord(text[i]))
        ++i;
      continue;
    }
    // A size ends at its x.
    while (i < text.size() && llvm::isDigit(text[i]))
      ++i;
    if (i > begin && i < text.size() && text[i] == 'x') {
      tokens.push_back({begin, i - begin});
      ++i;
      continue;
    }
    while (i < text.size() && isWord(text[i]))
      ++i;
    tokens.push_back({begin, i - begin});
  }
  return tokens;
}

/// What could stand in place of `word`; empty where nothing comes to mind.
static std::string vary(StringRef word, const Seeds &seeds,
                        RandomSource &random) {
  static constexpr StringLiteral types[] = {"f16", "bf16", "f32", "f64",  "i1",
                                            "i8",  "i32",  "i64", "index"};
  static constexpr StringLiteral sizes[] = {
      "0",  "1", "2",  "?",  "3",          "7",
      "16", "5", "-1", "33", "2147483648", "4611686018427387904"};
  static constexpr StringLiteral numbers[] = {
      "0.0", "-1.0", "1.0e+30", "0x7F800000", "0x7FF0000000000000", "1.0e-30"};
  if (llvm::is_contained(types, word))
    return random.pick(types).str();
  if (word == "?" || llvm::all_of(word, llvm::isDigit))
    return random.pick(sizes).str();
  if (llvm::isDigit(word.front()) && word.contains('.'))
    return random.pick(numbers).str();
  if (word.front() == '%' || !word.contains('.'))
    return {};
  // An operation: another one of its dialect.
  StringRef dialect = word.split('.').first;
  std::vector<StringRef> others;
  for (StringRef name : seeds.operations)
    if (name.split('.').first == dialect)
      others.push_back(name);
  return others.empty() ? "" : random.pick(others).str();
}

void mutateTokens(std::string &text, const Seeds &seeds, RandomSource &random) {
  std::vector<Token> tokens = tokenize(text);
  for (unsigned attempt = 0; attempt < 20 && !tokens.empty(); ++attempt) {
    Token chosen = random.pick(tokens);
    std::string word = text.substr(chosen.place, chosen.length);
    std::string other = vary(word, seeds, random);
    if (other.empty())
      continue;
    // Everywhere, the program often stays valid.
    bool everywhere = random.chance(70);
    for (const Token &token : llvm::reverse(tokens))
      if (everywhere ? text.compare(token.place, token.length, word) == 0
                     : token.place == chosen.place)
        text.replace(token.place, token.length, other);
    return;
  }
}

void mutateCharacters(std::string &text, const Seeds &seeds,
                      RandomSource &random) {
  size_t place = random.below(text.size() + 1);
  size_t length = std::min(random.below(40), text.size() - place);
  switch (random.below(5)) {
  case 0:
    text.erase(place, length);
    return;
  case 1:
    if (place < text.size())
      text[place] = static_cast<char>(random.below(256));
    return;
  case 2:
    text.insert(place, text.substr(random.below(text.size() + 1), length));
    return;
  case 3: {
    const std::string &other = random.pick(seeds.programs);
    text.insert(place, other.substr(random.below(other.size()), length));
    return;
  }
  default:
    text.resize(place);
  }
}

std::string makeInput(const Seeds &seeds, uint64_t seed, uint64_t number) {
  RandomSource random(seed, number);
  std::string text = random.pick(seeds.programs);
  unsigned changes = 1 + random.below(3);
  if (random.chance(12)) {
    while (changes-- > 0)
      mutateCharacters(text, seeds, random);
    return text;
  }
  if (random.chance(70)) {
    std::unique_ptr<MLIRContext> context = makeContext();
    ScopedDiagnosticHandler quiet(context.get(),
                                  [](Diagnostic &) { return success(); });
    OwningOpRef<ModuleOp> module =
        parseSourceString<ModuleOp>(text, context.get());
    for (unsigned i = 0; i < changes; ++i)
      mutateModule(*module, seeds, random);
    text.clear();
    llvm::raw_string_ostream os(text);
    module->print(os, OpPrintingFlags().printGenericOpForm());
    changes = random.chance(40);
  }
  while (changes-- > 0)
    mutateTokens(text, seeds, random);
  return text;
}

} // namespace mlir::attn
