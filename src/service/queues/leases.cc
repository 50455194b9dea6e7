// SPDX-License-Identifier: Apache-2.0
#include "service/queues/leases.h"

#include "base/id.h"

namespace furrow::service::queues {
namespace {

// Far above what workers hold; beyond it leases begin anew, which only makes them longer.
constexpr size_t kCountMax = 100'000;

}  // namespace

std::string HolderOf(std::string_view user, std::string_view worker, std::string_view session) {
  std::string who(user);
  who.append(1, '\n').append(worker).append(1, '\n').append(session);
  return Md5Hex(who);
}

json::Value MakeLease(const json::Value& entry, std::string_view holder, const json::Value& task) {
  return json::Object{{"task", entry.At("task")},
                      {"added", entry.At("added")},
                      {"holder", holder},
                      {"id", NewId()},
                      {"status_changed", task.At("status_changed")}};
}

bool IsVoid(const json::Value& lease, const json::Value& task) {
  return task.At("status").AsString() != "queued" ||
         task.At("status_changed") != lease.At("status_changed");
}

bool LeaseTimes::HasRunOut(const json::Value& lease) {
  const std::lock_guard lock(mutex_);
  if (begun_.size() > kCountMax) begun_.clear();
  const auto now = clock_.Steady();
  const auto [it, fresh] = begun_.try_emplace(lease.At("id").AsString(), now);
  return now - it->second >= kLeaseTime;
}

void LeaseTimes::Forget(const json::Value& lease) {
  const std::lock_guard lock(mutex_);
  begun_.erase(lease.At("id").AsString());
}

}  // namespace furrow::service::queues
