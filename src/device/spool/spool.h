// SPDX-License-Identifier: Apache-2.0
// What a tractor has to tell and the server has not had yet. docs/formats/spool.md describes it.
//
//   FURROW_ASSIGN(auto spool, Spool::Open("spool", {}));
//   FURROW_ASSIGN(uint64_t number, spool->Append(Stream::kAlarms, R"({"text": "…"})"));
//   SpoolBatch batch = spool->Front(Stream::kAlarms, 100, 1 << 20);   // to be sent
//   spool->Acknowledge(Stream::kAlarms, next);                        // the server's word
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "bundle/disk.h"
#include "device/spool/segment.h"

namespace furrow::device {

struct SpoolOptions {
  uint64_t bytes_max = 512u << 20;      // of all streams and waiting images
  uint64_t segment_bytes = 256u << 10;  // a segment of this size is ended
  bundle::Disk* disk = nullptr;         // null: the operating system's
};

struct SpoolBatch {
  uint64_t from = 0;  // number of the first
  std::vector<std::string> records;
};

struct SpoolCounters {
  uint64_t records = 0, bytes = 0;  // that wait
  uint64_t given_up = 0;            // records lost for room
  uint64_t damaged = 0;             // segments that could not be read
};

/// Thread-safe.
class Spool {
 public:
  /// Makes the folders if need be. Errors name the file: kIoError, kUnavailable.
  static Result<std::unique_ptr<Spool>> Open(const std::string& folder,
                                             const SpoolOptions& options);
  ~Spool();

  /// The record's number. Alarms, sprays and images are on the disk by then. Errors:
  /// kResourceExhausted when the quota has no room for it, kUnavailable when the disk is full,
  /// kIoError, kTooLarge. A record that was refused has no number.
  Result<uint64_t> Append(Stream stream, std::string_view text);
  /// Puts the metrics on the disk.
  Status Sync();

  /// The oldest records that are not acknowledged, at least one if there is any.
  SpoolBatch Front(Stream stream, size_t records_max, size_t bytes_max);
  /// The server has had everything below `next`. When it knows of more than was ever written here
  /// (this disk was replaced), numbers go on from there.
  Status Acknowledge(Stream stream, uint64_t next);

  /// The number that the next record will have.
  uint64_t next(Stream stream) const;
  /// The newest record there is, acknowledged or not.
  std::optional<std::string> Last(Stream stream);
  /// Records of segments that are still there, acknowledged or not, oldest first.
  std::vector<std::string> All(Stream stream);

  SpoolCounters counters() const;
  /// What waiting images may have.
  uint64_t RoomForImages() const;
  /// Who gives room back when the quota or the disk asks for it, before metrics do: false when
  /// there is nothing left to give. Called under this spool's lock; must not call it.
  void SetGiver(std::function<bool()> giver, std::function<uint64_t()> bytes);

 private:
  struct Segment {
    uint64_t first = 0, count = 0, bytes = 0;
    uint64_t end() const { return first + count; }
  };
  struct Line {
    std::deque<Segment> segments;
    uint64_t next = 0;          // of the next record
    uint64_t acknowledged = 0;  // all below it are had
    int file = -1;              // of the last segment, while it is written to
    bool dirty = false;
  };

  Spool(std::string folder, const SpoolOptions& options);
  Status Load(Stream stream) FURROW_REQUIRES(mutex_);
  Result<uint64_t> Put(Stream stream, std::string_view text) FURROW_REQUIRES(mutex_);
  Status Begin(Stream stream) FURROW_REQUIRES(mutex_);
  void End(Line& line) FURROW_REQUIRES(mutex_);
  bool GiveUp(Stream stream) FURROW_REQUIRES(mutex_);
  bool GiveUpMetrics(Stream stream) FURROW_REQUIRES(mutex_);
  uint64_t BytesOf(Stream stream) const FURROW_REQUIRES(mutex_);
  uint64_t Used() const FURROW_REQUIRES(mutex_);
  void Drop(Stream stream) FURROW_REQUIRES(mutex_);
  std::string FolderOf(Stream stream) const;
  std::string PathOf(Stream stream, const Segment& segment) const;
  Line& At(Stream stream) FURROW_REQUIRES(mutex_) { return lines_[static_cast<size_t>(stream)]; }

  const std::string folder_;
  const SpoolOptions options_;
  bundle::Disk& disk_;
  mutable Mutex mutex_;
  std::array<Line, kStreams> lines_ FURROW_GUARDED_BY(mutex_);
  uint64_t given_up_ FURROW_GUARDED_BY(mutex_) = 0, damaged_ FURROW_GUARDED_BY(mutex_) = 0;
  std::function<bool()> giver_ FURROW_GUARDED_BY(mutex_);
  std::function<uint64_t()> given_bytes_ FURROW_GUARDED_BY(mutex_);
};

}  // namespace furrow::device
