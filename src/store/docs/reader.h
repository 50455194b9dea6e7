// SPDX-License-Identifier: Apache-2.0
// One collection's documents through the cache.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "store/docs/cache.h"
#include "store/docs/docs.h"
#include "store/kv/engine.h"

namespace furrow::docs {

/// Thread-safe.
class Reader {
 public:
  Reader(const store::Engine& engine, Cache& cache, CollectionId id, const Collection& collection)
      : engine_(engine), cache_(cache), id_(id), collection_(collection) {}

  /// As stored, without derived members; null when there is none.
  Result<DocPtr> Stored(std::string_view id) const;
  /// With derived members; null when there is none.
  Result<DocPtr> Merged(std::string_view id) const;

  CollectionId id() const { return id_; }
  const std::string& name() const { return collection_.name; }
  const DerivedFields* derived() const { return collection_.derived; }
  const store::Engine& engine() const { return engine_; }
  Cache& cache() const { return cache_; }

 private:
  Result<DocPtr> Load(const std::string& key, uint64_t stamp) const;

  const store::Engine& engine_;
  Cache& cache_;
  const CollectionId id_;
  const Collection& collection_;
};

}  // namespace furrow::docs
