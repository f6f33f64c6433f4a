//===- Scalars.cpp - scalar arithmetic of one region as text --------------===//

#include "Scalars.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/SmallString.h"

using namespace mlir::attn;
using llvm::StringRef;

std::string mlir::attn::floatLiteral(double value) {
  // The shortest text that reads back as the same number.
  llvm::APFloat exact(value);
  llvm::SmallString<32> shortest, text;
  for (unsigned digits = 1; digits <= 17; ++digits) {
    text.clear();
    exact.toString(text, digits, /*FormatMaxPadding=*/4);
    llvm::APFloat read(llvm::APFloat::IEEEdouble(), text);
    if (read.bitwiseIsEqual(exact) &&
        (shortest.empty() || text.size() < shortest.size()))
      shortest = text;
  }
  if (!shortest.str().contains('.'))
    shortest += ".0";
  return shortest.str().str();
}

std::string Scalars::unique(StringRef name) {
  while (true) {
    unsigned count = counts[name]++;
    std::string candidate = ("%" + name).str();
    if (count)
      candidate += "_" + std::to_string(count + 1);
    if (!isTaken(StringRef(candidate).drop_front()))
      return candidate;
  }
}

std::string Scalars::write(StringRef name, const llvm::Twine &operation,
                           StringRef ofType) {
  std::string result = unique(name);
  os << "    " << result << " = " << operation << " : " << ofType << '\n';
  return result;
}

std::string Scalars::convert(StringRef name, StringRef operation, StringRef x,
                             StringRef from, StringRef to) {
  std::string result = unique(name);
  os << "    " << result << " = " << operation << ' ' << x << " : " << from
     << " to " << to << '\n';
  return result;
}

std::string Scalars::constant(StringRef name, double value) {
  std::string &known = constants[name];
  if (known.empty())
    known = write(name, "arith.constant " + floatLiteral(value), type);
  return known;
}

std::string Scalars::add(StringRef a, StringRef b) {
  return write("sum", "arith.addf " + a + ", " + b, type);
}

std::string Scalars::subtract(StringRef a, StringRef b) {
  return write("difference", "arith.subf " + a + ", " + b, type);
}

std::string Scalars::multiply(StringRef a, StringRef b) {
  return write("product", "arith.mulf " + a + ", " + b, type);
}

std::string Scalars::divide(StringRef a, StringRef b) {
  return write("quotient", "arith.divf " + a + ", " + b, type);
}

std::string Scalars::negate(StringRef a) {
  return write("negated", "arith.negf " + a, type);
}

std::string Scalars::exp(StringRef a) {
  return write("exp", "math.exp " + a, type);
}

std::string Scalars::log1p(StringRef a) {
  return write("log", "math.log1p " + a, type);
}

std::string Scalars::sqrt(StringRef a) {
  return write("sqrt", "math.sqrt " + a, type);
}

std::string Scalars::maximum(StringRef a, StringRef b) {
  return write("maximum", "arith.maximumf " + a + ", " + b, type);
}

std::string Scalars::rsqrt(StringRef a) {
  return write("rsqrt", "math.rsqrt " + a, type);
}

std::string Scalars::expOfMinusAbs(StringRef x) {
  return exp(negate(write("abs", "math.absf " + x, type)));
}

std::string Scalars::sigmoid(StringRef x) {
  std::string small = expOfMinusAbs(x);
  std::string zero = constant("zero", 0.0), one = constant("one", 1.0);
  std::string isNegative =
      write("is_negative", "arith.cmpf olt, " + x + ", " + zero, type);
  std::string numerator =
      write("numerator",
            "arith.select " + isNegative + ", " + small + ", " + one, type);
  std::string denominator = add(one, small);
  return write("sigmoid", "arith.divf " + numerator + ", " + denominator, type);
}

std::string Scalars::silu(StringRef x) {
  std::string gate = sigmoid(x);
  return write("silu", "arith.mulf " + x + ", " + gate, type);
}

std::string Scalars::softplus(StringRef x) {
  std::string tail = log1p(expOfMinusAbs(x));
  std::string zero = constant("zero", 0.0);
  std::string line =
      write("positive", "arith.maximumf " + x + ", " + zero, type);
  return write("softplus", "arith.addf " + line + ", " + tail, type);
}

std::string Scalars::logSigmoid(StringRef x) {
  std::string tail = log1p(expOfMinusAbs(x));
  std::string zero = constant("zero", 0.0);
  std::string line =
      write("negative", "arith.minimumf " + x + ", " + zero, type);
  return write("log_sigmoid", "arith.subf " + line + ", " + tail, type);
}

std::string Scalars::eluPlusOne(StringRef x) {
  std::string zero = constant("zero", 0.0);
  std::string above =
      write("positive", "arith.maximumf " + x + ", " + zero, type);
  std::string below =
      write("negative", "arith.minimumf " + x + ", " + zero, type);
  return add(above, exp(below));
}

std::string Scalars::softplusDecay(StringRef rate, StringRef x) {
  std::string speed = negate(exp(rate));
  std::string step = softplus(x);
  return write("decay", "arith.mulf " + speed + ", " + step, type);
}
