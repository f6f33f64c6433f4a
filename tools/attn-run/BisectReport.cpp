//===- BisectReport.cpp - what --bisect-stages prints ---------------------===//
//
//   graph: agrees, max error 1.19e-07
//   tile: DIFFERS, max error 3.42e-01
//   tile, after 'attn-split-keys' on @f: agrees, max error 1.19e-07
//   tile, after 'attn-tile' on @f: DIFFERS, max error 3.42e-01
//   the result departs in stage 'tile', in pass 'attn-tile' on @f
//
// Covered by test/Tools/attn-run/bisect.test.
//
//===----------------------------------------------------------------------===//

#include "Bisect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
namespace json = llvm::json;
using State = BisectReport::State;

bool State::agrees() const {
  return llvm::all_of(outputs, [](const OutputReport &output) {
    return output.comparison.agrees;
  });
}

const State *BisectReport::getCulprit() const {
  const State *culprit = nullptr;
  for (const State &state : states)
    if (!state.agrees())
      culprit = &state;
  return culprit;
}

static double getMaxError(const State &state) {
  double error = 0.0;
  for (const OutputReport &output : state.outputs)
    error = std::max(error, output.comparison.maxError);
  return error;
}

/// "'attn-tile' on @f".
static std::string describePass(const State &state) {
  std::string text = "'" + state.pass + "'";
  return state.function.empty() ? text : text + " on @" + state.function;
}

void mlir::attn::printText(llvm::raw_ostream &os, const BisectReport &report) {
  for (const State &state : report.states) {
    os << state.stage;
    if (!state.pass.empty())
      os << ", after " << describePass(state);
    if (!state.error.empty())
      os << ": cannot be run, " << state.error << "\n";
    else
      os << llvm::formatv(": {0}, max error {1:e2}\n",
                          state.agrees() ? "agrees" : "DIFFERS",
                          getMaxError(state));
  }
  const State *culprit = report.getCulprit();
  if (!culprit) {
    os << "no stage departs from the reference\n";
    return;
  }
  os << "the result departs in stage '" << culprit->stage << "'";
  if (!culprit->pass.empty())
    os << ", in pass " << describePass(*culprit);
  if (!report.suspects.empty())
    os << " or before it in one of " << llvm::join(report.suspects, ", ");
  os << "\n";
}

json::Object mlir::attn::toJSON(const BisectReport &report) {
  json::Array states;
  for (const State &state : report.states) {
    json::Object object{{"stage", state.stage}, {"pass", nullptr},
                        {"function", nullptr},  {"agrees", nullptr},
                        {"max_error", nullptr}, {"error", nullptr}};
    if (!state.pass.empty())
      object["pass"] = state.pass;
    if (!state.function.empty())
      object["function"] = state.function;
    if (state.error.empty()) {
      object["agrees"] = state.agrees();
      object["max_error"] = getMaxError(state);
    } else {
      object["error"] = state.error;
    }
    states.push_back(std::move(object));
  }
  json::Object object{{"stage", nullptr}, {"pass", nullptr}};
  if (const State *culprit = report.getCulprit()) {
    object["stage"] = culprit->stage;
    if (!culprit->pass.empty())
      object["pass"] = culprit->pass;
  }
  object["suspects"] = json::Array(report.suspects);
  object["states"] = std::move(states);
  return object;
}
