//===- Mutate.h - changes to text and to parsed programs -------*- C++ -*-===//
//
// Nothing here knows a single operation or attribute of the dialect: changes
// are made to whatever the program has, so new operations are fuzzed as soon as
// a seed uses them.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_FUZZ_MUTATE_H
#define ATTN_FUZZ_MUTATE_H

#include "Random.h"
#include "Seeds.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::attn {

/// Input number `number` of `seed`: a seed program, changed.
std::string makeInput(const Seeds &seeds, uint64_t seed, uint64_t number);

/// One change to a parsed program, which need not verify any more.
void mutateModule(ModuleOp module, const Seeds &seeds, RandomSource &random);

/// A neighbour of `attribute`: other numbers, entries or spelling; null where
/// none was found.
Attribute varyAttribute(Attribute attribute, RandomSource &random);

/// A neighbour of `type`: other sizes, rank or element type.
Type varyType(Type type, RandomSource &random);

/// Replaces a size, an element type or the name of an operation, everywhere or
/// in one place.
void mutateTokens(std::string &text, const Seeds &seeds, RandomSource &random);

/// Damages the text without regard for its grammar.
void mutateCharacters(std::string &text, const Seeds &seeds,
                      RandomSource &random);

} // namespace mlir::attn

#endif // ATTN_FUZZ_MUTATE_H
