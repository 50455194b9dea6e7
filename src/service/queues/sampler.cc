// SPDX-License-Identifier: Apache-2.0
#include "service/queues/sampler.h"

#include <algorithm>

#include "base/id.h"
#include "entities/queue_entries.h"
#include "entities/removal.h"

namespace furrow::service::queues {
namespace {

constexpr size_t kQueuesMax = 10'000;
constexpr std::string_view kMetric = "queue";
constexpr std::string_view kLength = "length";
constexpr std::string_view kWaiting = "waiting";
constexpr size_t kChunk = 5000;

/// Samples are the curves of an owner of their own.
std::string OwnerOf(const std::string& queue_id) { return Md5Hex("samples of queue " + queue_id); }

}  // namespace

Status Sampler::SampleSometimes(const std::string& queue_id, Micros now) {
  {
    const std::lock_guard lock(mutex_);
    const auto at = core_.clock.Steady();
    const auto [it, fresh] = last_.try_emplace(queue_id, at);
    if (!fresh && at - it->second < kEvery) return {};
    it->second = at;
    if (last_.size() > kQueuesMax) last_.clear();
  }
  return Sample(queue_id, now);
}

Status Sampler::Sample(const std::string& queue_id, Micros now) {
  FURROW_ASSIGN(const auto tasks, entities::WaitingTasks(core_, queue_id));
  double waiting = 0;
  for (const entities::QueuedTask& one : tasks) {
    waiting += static_cast<double>(std::max<Micros>(0, now - one.added)) / 1e6;
  }
  if (!tasks.empty()) waiting /= static_cast<double>(tasks.size());
  const std::string owner = OwnerOf(queue_id);
  const int64_t second = now / 1'000'000, ms = now / 1000;
  events::OwnerBatch batch{.owner = owner};
  batch.scalars = {
      {.metric = kMetric,
       .variant = kLength,
       .iter = second,
       .time_ms = ms,
       .value = static_cast<double>(tasks.size())},
      {.metric = kMetric, .variant = kWaiting, .iter = second, .time_ms = ms, .value = waiting},
  };
  FURROW_ASSIGN(const bool fresh, core_.events.Append({batch}, {}));
  (void)fresh;
  return {};
}

Result<std::vector<QueuePoint>> Sampler::Read(const std::string& queue_id, int64_t from_s,
                                              int64_t to_s, int64_t interval_s) const {
  std::vector<QueuePoint> out;
  const std::string owner = OwnerOf(queue_id);
  std::optional<int64_t> after = from_s - 1;
  while (true) {
    // Both curves have a point at each sample, written together.
    FURROW_ASSIGN(const auto lengths,
                  core_.events.Scalars(owner, kMetric, kLength, after, kChunk, false));
    FURROW_ASSIGN(const auto waits,
                  core_.events.Scalars(owner, kMetric, kWaiting, after, kChunk, false));
    for (size_t i = 0; i < std::min(lengths.size(), waits.size()); ++i) {
      if (lengths[i].iter >= to_s) return out;
      const int64_t begin = from_s + (lengths[i].iter - from_s) / interval_s * interval_s;
      if (out.empty() || out.back().time_s != begin) {
        out.push_back({begin, waits[i].value, lengths[i].value});
      } else if (waits[i].value > out.back().waiting_s) {
        out.back().waiting_s = waits[i].value;
        out.back().length = lengths[i].value;
      }
    }
    if (lengths.size() < kChunk) return out;
    after = lengths.back().iter;
  }
}

void Sampler::Forget(docs::Transaction& t, const std::string& queue_id) {
  entities::ForgetEvents(t, core_, OwnerOf(queue_id));
}

}  // namespace furrow::service::queues
