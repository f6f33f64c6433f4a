//===- Mutant.h - which mutant of the library runs --------------*- C++ -*-===//
//
// Included by the copies of sources that tools/dev/mutate.py rewrites, nowhere
// else. Each site of these asks for its number: `ATTN_MUTANT=N` turns site N
// on, and with `ATTN_MUTANT_LOG=FILE` every number asked for is appended to
// FILE, once per process and at once, so that a crash loses none.
//
//   if (bound < -1)   ->   if (!on(7) && (on(8) || (below(9, bound, -1))))
//
// Covered by test/python/test_mutate.py.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_MUTATION_MUTANT_H
#define ATTN_MUTATION_MUTANT_H

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

// What is rewritten has more parentheses than the compiler would advise.
#pragma clang diagnostic ignored "-Weverything"

namespace attn_mutant {

/// The number of the site that is broken; sites are numbered from 1.
inline const unsigned active = [] {
  const char *number = std::getenv("ATTN_MUTANT");
  return number ? std::strtoul(number, nullptr, 10) : 0;
}();

inline const int logFile = [] {
  const char *path = std::getenv("ATTN_MUTANT_LOG");
  return path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0644) : -1;
}();

inline std::atomic<bool> reached[1 << 16];

inline void record(unsigned number) {
  if (reached[number].exchange(true))
    return;
  char line[16];
  int size = std::snprintf(line, sizeof(line), "%u\n", number);
  if (write(logFile, line, size) != size)
    std::abort();
}

/// Whether the mutant is site `number`.
inline bool on(unsigned number) {
  if (__builtin_expect(logFile >= 0, 0))
    record(number);
  return active == number;
}

template <typename A, typename B>
bool below(unsigned number, const A &a, const B &b) {
  return on(number) ? a <= b : a < b;
}
template <typename A, typename B>
bool atMost(unsigned number, const A &a, const B &b) {
  return on(number) ? a < b : a <= b;
}
template <typename A, typename B>
bool above(unsigned number, const A &a, const B &b) {
  return on(number) ? a >= b : a > b;
}
template <typename A, typename B>
bool atLeast(unsigned number, const A &a, const B &b) {
  return on(number) ? a > b : a >= b;
}

template <typename T> T least(unsigned number, const T &a, const T &b) {
  return on(number) ? std::max(a, b) : std::min(a, b);
}
template <typename T> T greatest(unsigned number, const T &a, const T &b) {
  return on(number) ? std::min(a, b) : std::max(a, b);
}

/// The `1` of `x + 1` and `x - 1`.
inline int one(unsigned number) { return on(number) ? 0 : 1; }

/// The value that a switch looks at, or one that has no case.
template <typename T> T without(unsigned number, T label, T value) {
  return value == label && on(number) ? static_cast<T>(~0) : value;
}

} // namespace attn_mutant

#endif // ATTN_MUTATION_MUTANT_H
