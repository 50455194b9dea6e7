// SPDX-License-Identifier: Apache-2.0
// A record of the event log: what one request changed, in a form compact enough to write at once
// and complete enough to rebuild from. Appending applies the very structure that replaying decodes,
// so that the two cannot differ. Bytes: docs/formats/events.md, "Log record".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/time.h"
#include "store/events/events.h"
#include "store/events/keys.h"

namespace furrow::events {

/// What one request adds to one owner. Log lines and rich events are in families of their own; here
/// is what they mean for the owner's statistics.
struct OwnerEvents {
  OwnerKey owner;
  uint64_t epoch = 0;  ///< of the owner when accepted
  std::string_view worker;
  struct Series {
    std::string_view metric, variant, x_axis_label;
    bool monitor = false;  ///< does not move last_iteration
  };
  struct Point {
    uint32_t series;  ///< index into `series`
    int64_t iter, time_ms;
    double value;
  };
  struct RichTouch {
    RichType type;
    std::string_view metric;
    int64_t iter_max;  ///< kSingleValueIter when none moves last_iteration
  };
  std::vector<Series> series;
  std::vector<Point> points;  ///< in order of acceptance
  std::vector<RichTouch> rich;
  uint64_t lines = 0;  ///< log lines added
};

enum class RecordKind : uint8_t {
  kEvents = 1,
  kReset = 2,         ///< all of the owner's events up to here are deleted
  kLinesDeleted = 3,  ///< some of the owner's log lines are deleted
};

struct Record {
  RecordKind kind = RecordKind::kEvents;
  Micros accepted = 0;              ///< wall time
  std::vector<OwnerEvents> owners;  ///< one for the other kinds; `lines` says how many
};

/// Groups a request's events of one owner. Views stay into the request.
OwnerEvents Gather(const OwnerBatch& batch, OwnerKey owner,
                   const std::function<bool(std::string_view)>& is_monitor);

std::string EncodeRecord(const Record& record);
/// Views into `bytes`. kCorruption when they are not a record.
Result<Record> DecodeRecord(std::string_view bytes);
/// Only the kind, and whose events with what epoch and how many lines: what a restart must know.
/// The seal is checked over all.
Result<Record> PeekRecord(std::string_view bytes);

}  // namespace furrow::events
