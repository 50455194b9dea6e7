// SPDX-License-Identifier: Apache-2.0
// Slows down guessing: counts failed logins per address.
#pragma once

#include <chrono>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/time.h"

namespace furrow::auth {

/// Thread-safe. Holds at most `addresses_max` addresses; the one longest without a failure goes.
class FailureLimiter {
 public:
  struct Options {
    double burst = 20;                       ///< failures in a row before the first refusal
    std::chrono::milliseconds refill{3000};  ///< one more is forgiven this often
    size_t addresses_max = 10'000;
  };
  explicit FailureLimiter(const Clock& clock) : FailureLimiter(clock, Options()) {}
  FailureLimiter(const Clock& clock, const Options& options) : clock_(clock), options_(options) {}

  /// False while the address has used up its failures.
  bool MayTry(std::string_view address) const;
  void Failed(std::string_view address);
  size_t addresses() const;

 private:
  struct Entry {
    double failures = 0;
    std::chrono::steady_clock::time_point at;
    std::list<std::string>::iterator place;
  };
  double FailuresNow(const Entry& entry) const;

  const Clock& clock_;
  const Options options_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;  // guarded by mutex_
  std::list<std::string> oldest_first_;                // guarded by mutex_
};

/// What is counted together: an IPv4 address, or the /64 network of an IPv6 one, since a single
/// host owns all of that.
std::string FloodKey(std::string_view address);

}  // namespace furrow::auth
