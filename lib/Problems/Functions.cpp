//===- Functions.cpp - look-up and text of catalogue functions ------------===//

#include "attn/Problems/Functions.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir::attn;
using llvm::StringRef;

/// The leading word of letters, digits and underscores.
static StringRef leadingWord(StringRef text) {
  return text.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
}

bool Function::usesPlace() const {
  llvm::SmallVector<StringRef> pieces;
  StringRef(body).split(pieces, '%');
  return llvm::any_of(
      pieces, [](StringRef piece) { return leadingWord(piece) == "p"; });
}

const Function *mlir::attn::findFunction(llvm::ArrayRef<Function> catalogue,
                                         StringRef name) {
  const Function *found =
      llvm::find_if(catalogue, [&](const Function &function) {
        return name == function.name;
      });
  return found == catalogue.end() ? nullptr : found;
}

std::string mlir::attn::bodyOf(const Problem &problem, const Function &function,
                               llvm::ArrayRef<int64_t> arguments,
                               StringRef place) {
  std::vector<Argument> captures = function.captures(problem, arguments);
  auto typeNamed = [&](StringRef name) {
    if (name == "s")
      return problem.scoreType().str();
    return typeOf(problem,
                  *llvm::find_if(captures, [&](const Argument &capture) {
                    return name == capture.name;
                  }));
  };
  std::string text;
  StringRef rest = StringRef(function.body).trim('\n');
  while (!rest.empty()) {
    size_t at = rest.find_first_of("!#%");
    text += rest.take_front(at);
    if (at == StringRef::npos)
      break;
    char sign = rest[at];
    StringRef word = leadingWord(rest.drop_front(at + 1));
    rest = rest.drop_front(at + 1 + word.size());
    if (sign == '!')
      text += typeNamed(word);
    else if (sign == '#')
      text += std::to_string(arguments[word.front() - '0']);
    else
      text += ("%" + (word == "p" ? place : word)).str();
  }
  return text;
}
