//===- Clock.h - what an agent knows to have happened -----------*- C++ -*-===//
//
// Every access of shared memory gets a stamp, a number that grows. An agent is
// whoever accesses: a thread, the copies that report to one mbarrier, or the
// tensor core of one warpgroup. A clock holds, for each agent, the stamp up to
// which its accesses are known to have happened before. Threads pass their
// clocks on at barriers; so an access is ordered before another exactly if the
// clock of the latter has reached its stamp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_EMULATION_CLOCK_H
#define ATTN_LIB_EMULATION_CLOCK_H

#include <algorithm>
#include <cstdint>
#include <vector>

namespace mlir::attn::emulation {

using Stamp = uint32_t;
using AgentId = uint16_t;

class Clock {
public:
  explicit Clock(size_t agents = 0) : stamps(agents, 0) {}

  Stamp operator[](AgentId agent) const { return stamps[agent]; }
  void raise(AgentId agent, Stamp stamp) {
    stamps[agent] = std::max(stamps[agent], stamp);
  }
  /// Knows afterwards what either knew.
  void join(const Clock &other) {
    for (size_t agent = 0; agent < stamps.size(); ++agent)
      stamps[agent] = std::max(stamps[agent], other.stamps[agent]);
  }
  /// Knows afterwards what both knew.
  void meet(const Clock &other) {
    for (size_t agent = 0; agent < stamps.size(); ++agent)
      stamps[agent] = std::min(stamps[agent], other.stamps[agent]);
  }

private:
  std::vector<Stamp> stamps;
};

} // namespace mlir::attn::emulation

#endif // ATTN_LIB_EMULATION_CLOCK_H
