// SPDX-License-Identifier: Apache-2.0
// Bounds how often one caller may ask: a token bucket per key, the keys bounded in number.
#pragma once

#include <array>
#include <chrono>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/time.h"

namespace furrow::auth {

/// Thread-safe.
class RateLimiter {
 public:
  struct Options {
    double per_second = 0;      ///< 0: no bound
    double burst = 0;           ///< requests at once after a rest
    size_t keys_max = 100'000;  ///< the key longest without a request goes, and starts afresh
  };
  RateLimiter(const Clock& clock, const Options& options) : clock_(clock), options_(options) {}

  /// Counts one request of `key`. False when the key has used up what it may.
  bool Take(std::string_view key);
  size_t keys() const;

 private:
  struct Bucket {
    double left = 0;
    std::chrono::steady_clock::time_point at;
    std::list<std::string>::iterator place;
  };
  // Ordered, so that no choice of keys makes a look-up slow.
  struct Shard {
    mutable std::mutex mutex;
    std::map<std::string, Bucket, std::less<>> buckets;  // guarded by mutex
    std::list<std::string> oldest_first;                 // guarded by mutex
  };

  const Clock& clock_;
  const Options options_;
  std::array<Shard, 16> shards_;
};

/// The two bounds of a server. Whoever shows a good token is counted by its session, whoever does
/// not by address, so that a stranger cannot use up what a neighbour's agents may.
struct RequestLimits {
  RequestLimits(const Clock& clock, double session_per_second, double address_per_second);

  RateLimiter sessions;
  RateLimiter addresses;
};

}  // namespace furrow::auth
