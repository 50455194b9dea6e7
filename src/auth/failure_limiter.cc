// SPDX-License-Identifier: Apache-2.0
#include "auth/failure_limiter.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/id.h"

namespace furrow::auth {

std::string FloodKey(std::string_view address) {
  const std::string text(address.substr(0, 64));
  in6_addr six{};
  if (inet_pton(AF_INET6, text.c_str(), &six) != 1) return text;
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    char four[INET_ADDRSTRLEN] = {};
    inet_ntop(AF_INET, &six.s6_addr[12], four, sizeof(four));
    return four;
  }
  return Hex({reinterpret_cast<const char*>(six.s6_addr), 8}) + "/64";
}

double FailureLimiter::FailuresNow(const Entry& entry) const {
  const std::chrono::duration<double> passed = clock_.Steady() - entry.at;
  const std::chrono::duration<double> refill = options_.refill;
  return std::max(0.0, entry.failures - passed / refill);
}

bool FailureLimiter::MayTry(std::string_view address) const {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(FloodKey(address));
  return found == entries_.end() || FailuresNow(found->second) < options_.burst;
}

void FailureLimiter::Failed(std::string_view address) {
  std::string key = FloodKey(address);
  std::lock_guard lock(mutex_);
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    if (entries_.size() >= options_.addresses_max) {
      entries_.erase(oldest_first_.front());
      oldest_first_.pop_front();
    }
    oldest_first_.push_back(key);
    Entry entry;
    entry.at = clock_.Steady();
    entry.place = std::prev(oldest_first_.end());
    found = entries_.emplace(std::move(key), entry).first;
  }
  Entry& entry = found->second;
  entry.failures = FailuresNow(entry) + 1;
  entry.at = clock_.Steady();
  oldest_first_.splice(oldest_first_.end(), oldest_first_, entry.place);
}

size_t FailureLimiter::addresses() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace furrow::auth
