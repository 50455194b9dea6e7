// SPDX-License-Identifier: Apache-2.0
// Looks at table files one by one, so that damage to one says nothing against the others.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/kv/engine.h"

namespace furrow::store {

struct TableReport {
  TableFile file;
  Status status;  ///< kCorruption or kIoError: something in it cannot be read
  /// With damage: all keys before `good_until` (inclusive) and from `good_from` on were read.
  /// Empty: none were, on that side.
  std::string good_until, good_from;
};

/// Reads every block of the table and compares it with its checksum.
TableReport CheckTable(const TableFile& table);

/// Keys of a family that cannot be read: those after `after` and before `until`. Empty: from the
/// beginning, to the end.
struct Gap {
  Family family;
  std::string after, until;
};

/// Visits every key of a family in order and goes on behind what cannot be read, as far as the
/// reports of damaged tables tell where that is. `visit` returns false to stop.
void ScanPast(const Engine& engine, Family family, const std::vector<TableReport>& damaged,
              const std::function<bool(std::string_view key, std::string_view value)>& visit,
              const std::function<void(const Gap&, const Status&)>& unreadable);

/// The table files that lie in a store's directory, when the engine cannot say which it uses.
std::vector<TableFile> LooseTables(const std::string& dir);

}  // namespace furrow::store
