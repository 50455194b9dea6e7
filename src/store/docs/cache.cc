// SPDX-License-Identifier: Apache-2.0
#include "store/docs/cache.h"

#include <functional>

namespace furrow::docs {
namespace {

constexpr size_t kEntryOverhead = 200;

size_t StringBytes(const std::string& s) { return s.capacity() > 15 ? s.capacity() + 17 : 0; }

}  // namespace

size_t HeapBytes(const json::Value& value) {
  if (value.IsString()) return StringBytes(value.AsString());
  size_t bytes = 0;
  if (value.IsArray()) {
    bytes = value.array().capacity() * sizeof(json::Value);
    for (const json::Value& e : value.array()) bytes += HeapBytes(e);
  } else if (value.IsObject()) {
    for (const json::Member& m : value.object()) {
      bytes += sizeof(json::Member) + StringBytes(m.key) + HeapBytes(m.value);
    }
    bytes += 16;
  }
  return bytes;
}

Cache::Cache(size_t bytes_max)
    : shard_bytes_max_(bytes_max / std::tuple_size_v<decltype(shards_)>) {}

Cache::Shard& Cache::ShardOf(const std::string& key) {
  return shards_[std::hash<std::string>()(key) % shards_.size()];
}

// The entry, moved to the front; nullptr when there is none.
Cache::Entry* Cache::Touch(Shard& shard, const std::string& key) {
  const auto it = shard.by_key.find(key);
  if (it == shard.by_key.end()) return nullptr;
  shard.entries.splice(shard.entries.begin(), shard.entries, it->second);
  return &*it->second;
}

void Cache::Erase(Shard& shard, const std::string& key) {
  const auto it = shard.by_key.find(key);
  if (it == shard.by_key.end()) return;
  const auto entry = it->second;
  shard.bytes -= entry->bytes();
  shard.by_key.erase(it);
  shard.entries.erase(entry);
}

void Cache::Insert(Shard& shard, const std::string& key, DocPtr stored) {
  const size_t bytes = kEntryOverhead + HeapBytes(*stored);
  if (bytes > shard_bytes_max_ / 2) return;
  shard.entries.push_front({.key = key, .stored = std::move(stored), .stored_bytes = bytes});
  shard.by_key[shard.entries.front().key] = shard.entries.begin();
  shard.bytes += bytes;
  Trim(shard);
}

void Cache::SetMerged(Shard& shard, Entry& entry, DocPtr merged) {
  const size_t bytes = !merged || merged == entry.stored ? 0 : HeapBytes(*merged);
  if (bytes > shard_bytes_max_ / 2) return;
  shard.bytes += bytes - entry.merged_bytes;
  entry.merged = std::move(merged);
  entry.merged_bytes = bytes;
  Trim(shard);
}

void Cache::Trim(Shard& shard) {
  while (shard.bytes > shard_bytes_max_) Erase(shard, shard.entries.back().key);
}

Cache::Hit Cache::Find(const std::string& key) {
  Shard& shard = ShardOf(key);
  std::lock_guard lock(shard.mutex);
  const Entry* entry = Touch(shard, key);
  if (!entry) return {.stamp = shard.stamp};
  return {entry->stored, entry->merged, shard.stamp};
}

void Cache::Keep(const std::string& key, uint64_t stamp, DocPtr stored) {
  Shard& shard = ShardOf(key);
  std::lock_guard lock(shard.mutex);
  if (shard.stamp != stamp || shard.by_key.count(key)) return;
  Insert(shard, key, std::move(stored));
}

void Cache::KeepMerged(const std::string& key, uint64_t stamp, DocPtr merged) {
  Shard& shard = ShardOf(key);
  std::lock_guard lock(shard.mutex);
  if (shard.stamp != stamp) return;
  if (Entry* entry = Touch(shard, key)) SetMerged(shard, *entry, std::move(merged));
}

void Cache::Replace(const std::string& key, DocPtr stored) {
  Shard& shard = ShardOf(key);
  std::lock_guard lock(shard.mutex);
  ++shard.stamp;
  Erase(shard, key);
  if (!stored) return;
  Insert(shard, key, std::move(stored));
}

void Cache::DropMerged(const std::string& key) {
  Shard& shard = ShardOf(key);
  std::lock_guard lock(shard.mutex);
  ++shard.stamp;
  const auto it = shard.by_key.find(key);
  if (it == shard.by_key.end()) return;
  SetMerged(shard, *it->second, nullptr);
}

size_t Cache::bytes() const {
  size_t bytes = 0;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    bytes += shard.bytes;
  }
  return bytes;
}

}  // namespace furrow::docs
