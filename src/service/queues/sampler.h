// SPDX-License-Identifier: Apache-2.0
// How long queues are and how long their tasks wait, over time.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "entities/core.h"

namespace furrow::service::queues {

/// What a queue was in one interval: the sample with the longest wait.
struct QueuePoint {
  int64_t time_s = 0;    ///< the interval's begin
  double waiting_s = 0;  ///< mean over the tasks in it
  double length = 0;
};

/// Thread-safe.
class Sampler {
 public:
  static constexpr std::chrono::seconds kEvery{300};

  explicit Sampler(entities::Core& core) : core_(core) {}

  /// Takes a sample of the queue unless its last one is younger than kEvery. Cheap when it is.
  Status SampleSometimes(const std::string& queue_id, Micros now);
  Status Sample(const std::string& queue_id, Micros now);

  /// Samples of a queue in [from_s, to_s), one for each interval that has any.
  Result<std::vector<QueuePoint>> Read(const std::string& queue_id, int64_t from_s, int64_t to_s,
                                       int64_t interval_s) const;
  /// Its samples go with the queue.
  void Forget(docs::Transaction& t, const std::string& queue_id);

 private:
  entities::Core& core_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::chrono::steady_clock::time_point> last_;
};

}  // namespace furrow::service::queues
