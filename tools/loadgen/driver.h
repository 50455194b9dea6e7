// SPDX-License-Identifier: Apache-2.0
// Keeps many connections busy from one thread, at a rate of its own or as fast as answers come.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connection.h"
#include "histogram.h"

namespace furrow::loadgen {

/// What is sent. Called from Drive's thread alone.
class Work {
 public:
  virtual ~Work() = default;
  /// The next request of a connection, as it stands until its answer has come; empty when this
  /// connection has nothing left.
  virtual std::string_view Next(size_t connection) = 0;
  /// Events, documents or bytes the answered request stands for; negative when it is wrong.
  virtual int64_t Done(size_t connection, const Answer& answer) = 0;
};

struct Load {
  uint16_t port = 0;
  size_t connections = 1;
  /// Requests a second, whether answers come or not; latency then counts from the moment a request
  /// was due. 0: the next request follows the answer.
  double rate = 0;
  double warm_up_s = 0;
  double seconds = 0;  ///< measured, after the warm-up; 0: until the work is done
  pid_t server = 0;    ///< whose processor time and memory are read; 0: nobody's
};

struct Outcome {
  std::string problem;  ///< empty: all answers were as they should be
  uint64_t requests = 0, units = 0;
  uint64_t refused = 0;  ///< 429 and 503, sent again after kRefusedPause
  double seconds = 0;
  double server_cpu_s = 0, own_cpu_s = 0;
  uint64_t server_resident_max = 0;
  uint64_t late = 0;  ///< requests that were due while every connection was busy
  Histogram latency;
  std::vector<uint64_t> units_by_second;
};

Outcome Drive(const Load& load, Work& work);

/// The outcome as the members of a JSON object, without braces. `unit` names what units counts.
std::string ToJson(const Outcome& outcome, std::string_view unit);

}  // namespace furrow::loadgen
