// SPDX-License-Identifier: Apache-2.0
#include "auth/rate_limiter.h"

#include <algorithm>

namespace furrow::auth {
namespace {

// A session is one process, which steadies itself; behind an address a whole farm may start up.
constexpr double kSessionBurstSeconds = 2;
constexpr double kAddressBurstSeconds = 10;

size_t ShardOf(std::string_view key, size_t shards) {
  size_t sum = 0;
  for (const char c : key) sum = sum * 31 + static_cast<unsigned char>(c);
  return sum % shards;
}

}  // namespace

bool RateLimiter::Take(std::string_view key) {
  if (options_.per_second <= 0) return true;
  Shard& shard = shards_[ShardOf(key, shards_.size())];
  const auto now = clock_.Steady();
  std::lock_guard lock(shard.mutex);
  auto found = shard.buckets.find(key);
  if (found == shard.buckets.end()) {
    if (shard.buckets.size() >= std::max<size_t>(1, options_.keys_max / shards_.size())) {
      shard.buckets.erase(shard.oldest_first.front());
      shard.oldest_first.pop_front();
    }
    shard.oldest_first.emplace_back(key);
    Bucket bucket;
    bucket.left = options_.burst;
    bucket.at = now;
    bucket.place = std::prev(shard.oldest_first.end());
    found = shard.buckets.emplace(std::string(key), bucket).first;
  }
  Bucket& bucket = found->second;
  const std::chrono::duration<double> passed = now - bucket.at;
  bucket.left =
      std::min(options_.burst, bucket.left + std::max(0.0, passed.count()) * options_.per_second);
  bucket.at = now;
  shard.oldest_first.splice(shard.oldest_first.end(), shard.oldest_first, bucket.place);
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

size_t RateLimiter::keys() const {
  size_t sum = 0;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    sum += shard.buckets.size();
  }
  return sum;
}

RequestLimits::RequestLimits(const Clock& clock, double session_per_second,
                             double address_per_second)
    : sessions(clock, {.per_second = session_per_second,
                       .burst = std::max(1.0, session_per_second * kSessionBurstSeconds)}),
      addresses(clock, {.per_second = address_per_second,
                        .burst = std::max(1.0, address_per_second * kAddressBurstSeconds)}) {}

}  // namespace furrow::auth
