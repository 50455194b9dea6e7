// SPDX-License-Identifier: Apache-2.0
// Reads an edge log back, record by record.
//
//   FURROW_ASSIGN(LogReader log, LogReader::Open(path));
//   Record record;
//   while (true) {
//     const auto more = log.Next(record);
//     if (!more.ok()) {          // damage, with file and offset
//       Warn(more.status());
//       if (!log.Resume()) break;
//     } else if (!*more) {
//       break;
//     } else if (const auto* tick = std::get_if<TickRecord>(&record)) { ...
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "edge/record/block_codec.h"
#include "edge/record/record.h"
#include "edge/record/segment_reader.h"

namespace furrow::edge {

/// What was being written when the recording ended. Nothing to worry about.
struct TornEnd {
  std::string file;
  uint64_t offset = 0, bytes = 0;
};

/// One thread. Holds one segment in memory.
class LogReader {
 public:
  /// A folder of segments, or a single one. kNotFound when there is none; kIoError.
  static Result<LogReader> Open(const std::string& path);

  /// From now on frames come without their pixels, which is many times as quick.
  void LeaveOutPixels() { pixels_ = false; }

  /// False at the log's end, else `record` is the next one. An error names file and offset; the
  /// same error comes again until Resume(). kCorruption: damage. kIoError, kTooLarge: a file that
  /// cannot be read. kFailedPrecondition: it needs a newer program.
  Result<bool> Next(Record& record);
  /// After an error: goes to what can be read behind the damage, or to the log's end. False when
  /// there is nothing to go on from, because a newer program wrote this.
  bool Resume();

  /// Known at the end.
  const std::optional<TornEnd>& torn() const { return torn_; }
  /// Whether the end record was seen: the log was closed, and nothing is missing at its end.
  bool closed() const { return closed_; }
  /// Of the segment that the last record came from: the rules that it was decided by
  /// (docs/formats/edge-log.md).
  int version() const { return segment_.header().version; }
  /// Of the block that the last record came from.
  uint64_t sequence() const { return segment_.block().sequence; }
  const std::string& file() const { return name_; }
  uint64_t offset() const { return segment_.block().offset; }

 private:
  struct File {
    std::string path;
    std::optional<uint32_t> number;
  };

  Status Damage(Code code, uint64_t offset, const std::string& what);
  Status OpenNext();
  Status CheckHeader();
  /// Makes decoder_ that of the next block; false at the end.
  Result<bool> NextBlock();

  std::vector<File> files_;
  size_t next_file_ = 0;
  std::string name_;
  // The segment's views point into it, so it must not move with the reader.
  std::unique_ptr<std::string> bytes_;
  SegmentReader segment_;
  bool open_ = false;     // segment_ has more to give
  bool checked_ = false;  // its header
  bool pending_ = false;  // segment_.block() was found but not taken up
  std::optional<BlockDecoder> decoder_;
  std::optional<uint64_t> expected_;  // sequence of the next block
  std::optional<uint64_t> log_id_;
  std::optional<uint32_t> number_;  // of the segment before
  Status error_;
  enum class Mend { kResync, kGoOn, kNextFile, kNever } mend_ = Mend::kGoOn;
  std::optional<TornEnd> torn_;
  bool closed_ = false;
  bool pixels_ = true;
};

}  // namespace furrow::edge
