// SPDX-License-Identifier: Apache-2.0
// A chunk: what one fold found of an owner, the points of all its series in one value. A run that
// reports a few points of many series would otherwise cost a tiny block, with its key and its own
// compression, for each; so small tails wait in chunks until there is enough for blocks.
// Bytes: docs/formats/events.md, "Chunk".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "store/events/block.h"

namespace furrow::events {

/// Encodes all points in as many chunks as it takes (each has at most kColumnMax points). Points of
/// a series stay in their order.
std::vector<std::string> EncodeChunks(const std::map<uint32_t, Columns>& series,
                                      const std::vector<std::string>& workers);

/// A chunk whose seal was checked. Views into the bytes it was opened from.
class Chunk {
 public:
  /// kCorruption when the seal or the head is wrong.
  static Result<Chunk> Open(std::string_view bytes);
  bool Has(uint32_t series) const;
  /// Appends the points of one series, extending `workers`.
  Status Read(uint32_t series, Columns& to, std::vector<std::string>& workers) const;
  /// Appends every series' points to its own columns; `workers` is common to all.
  Status ReadAll(std::map<uint32_t, Columns>& to, std::vector<std::string>& workers) const;

 private:
  struct Part {
    uint32_t series, from, count;
  };
  Chunk() = default;
  Result<Columns> Decode(std::vector<std::string>& workers) const;

  uint32_t count_ = 0;
  std::vector<Part> parts_;
  std::vector<std::string_view> worker_names_;
  std::vector<Columns::Run> runs_;
  std::string_view iter_, time_, value_;
};

}  // namespace furrow::events
