// SPDX-License-Identifier: Apache-2.0
#include "service/events/cursors.h"

#include "base/id.h"

namespace furrow::service::events {

std::string Cursors::Open(json::Value state) {
  std::string id = NewId();
  Set(id, std::move(state));
  return id;
}

std::optional<json::Value> Cursors::Get(std::string_view id) {
  const MutexLock lock(mutex_);
  DropOld();
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return std::nullopt;
  it->second->used = clock_.Steady();
  entries_.splice(entries_.end(), entries_, it->second);
  return it->second->state;
}

void Cursors::Set(std::string_view id, json::Value state) {
  const MutexLock lock(mutex_);
  if (const auto it = by_id_.find(id); it != by_id_.end()) {
    it->second->state = std::move(state);
    it->second->used = clock_.Steady();
    entries_.splice(entries_.end(), entries_, it->second);
    return;
  }
  entries_.push_back({std::string(id), std::move(state), clock_.Steady()});
  by_id_[entries_.back().id] = std::prev(entries_.end());
  DropOld();
}

void Cursors::Close(std::string_view id) {
  const MutexLock lock(mutex_);
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return;
  const auto entry = it->second;
  by_id_.erase(it);
  entries_.erase(entry);
}

void Cursors::DropOld() {
  while (!entries_.empty() &&
         (entries_.size() > kCountMax || clock_.Steady() - entries_.front().used > kLifetime)) {
    by_id_.erase(entries_.front().id);
    entries_.pop_front();
  }
}

}  // namespace furrow::service::events
