// SPDX-License-Identifier: Apache-2.0
#include "store/events/replays.h"

#include <algorithm>
#include <cstring>

namespace furrow::events {
namespace {

uint64_t HashOf(std::string_view key) {
  uint64_t hash = 0;
  std::memcpy(&hash, key.data(), std::min(key.size(), sizeof hash));
  return hash == 0 ? 1 : hash;
}

}  // namespace

bool ReplaySet::Slice::Contains(uint64_t hash) const {
  if (slots.empty()) return false;
  const size_t mask = slots.size() - 1;
  for (size_t at = hash & mask; slots[at] != 0; at = (at + 1) & mask) {
    if (slots[at] == hash) return true;
  }
  return false;
}

void ReplaySet::Slice::Add(uint64_t hash) {
  if ((used + 1) * 4 > slots.size() * 3) {
    std::vector<uint64_t> old = std::move(slots);
    slots.assign(std::max<size_t>(64, old.size() * 2), 0);
    used = 0;
    for (uint64_t h : old) {
      if (h != 0) Add(h);
    }
  }
  const size_t mask = slots.size() - 1;
  size_t at = hash & mask;
  while (slots[at] != 0) {
    if (slots[at] == hash) return;
    at = (at + 1) & mask;
  }
  slots[at] = hash;
  ++used;
}

void ReplaySet::Turn(Time now) {
  if (!started_) {
    started_ = true;
    began_ = now;
  }
  for (size_t i = 0; i < kSlices && now - began_ >= kSliceTime; ++i) {
    current_ = (current_ + 1) % kSlices;
    slices_[current_] = {};
    began_ += kSliceTime;
  }
  // Everything is forgotten after a pause longer than the window.
  if (now - began_ >= kSliceTime) began_ = now;
}

bool ReplaySet::Contains(std::string_view key, Time now) {
  const uint64_t hash = HashOf(key);
  std::lock_guard lock(mutex_);
  Turn(now);
  return std::any_of(slices_.begin(), slices_.end(),
                     [&](const Slice& s) { return s.Contains(hash); });
}

void ReplaySet::Add(std::string_view key, Time now) {
  std::lock_guard lock(mutex_);
  Turn(now);
  if (slices_[current_].used >= kPerSliceMax) {
    current_ = (current_ + 1) % kSlices;
    slices_[current_] = {};
    began_ = now;
  }
  slices_[current_].Add(HashOf(key));
}

}  // namespace furrow::events
