// SPDX-License-Identifier: Apache-2.0
// Recently read documents, parsed, within a bound of memory. A document is kept as stored and,
// where a collection has derived members, with those merged in.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "json/value.h"
#include "store/docs/docs.h"

namespace furrow::docs {

/// Thread-safe.
class Cache {
 public:
  explicit Cache(size_t bytes_max);

  struct Hit {
    DocPtr stored, merged;  ///< either may be null
    uint64_t stamp = 0;     ///< for Keep and KeepMerged
  };
  Hit Find(const std::string& key);
  /// Keeps what was read after Find gave `stamp`; ignored when anything near changed meanwhile, for
  /// then what was read may be old.
  void Keep(const std::string& key, uint64_t stamp, DocPtr stored);
  void KeepMerged(const std::string& key, uint64_t stamp, DocPtr merged);
  /// The document is now this one; null: it is gone.
  void Replace(const std::string& key, DocPtr stored);
  /// Its derived members changed.
  void DropMerged(const std::string& key);

  size_t bytes() const;

 private:
  struct Entry {
    std::string key;
    DocPtr stored, merged;
    size_t stored_bytes = 0, merged_bytes = 0;
    size_t bytes() const { return stored_bytes + merged_bytes; }
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Entry> entries;  // newest first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key;
    size_t bytes = 0;
    uint64_t stamp = 0;  // grows with every change
  };

  Shard& ShardOf(const std::string& key);
  Entry* Touch(Shard& shard, const std::string& key);
  void Insert(Shard& shard, const std::string& key, DocPtr stored);
  void SetMerged(Shard& shard, Entry& entry, DocPtr merged);
  void Trim(Shard& shard);
  void Erase(Shard& shard, const std::string& key);

  const size_t shard_bytes_max_;
  std::array<Shard, 16> shards_;
};

/// Roughly what a value takes in memory.
size_t HeapBytes(const json::Value& value);

}  // namespace furrow::docs
