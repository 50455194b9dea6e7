// SPDX-License-Identifier: Apache-2.0
// The side of an edge log that touches the disk: takes what encoders (log_encoder.h) collected,
// makes blocks of it and writes them into the segments of a folder.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "edge/record/block_codec.h"
#include "edge/record/disk.h"
#include "edge/record/log_encoder.h"
#include "edge/record/segment_writer.h"

namespace furrow::edge {

struct LogOptions {
  uint64_t segment_bytes = 64u << 20;  // a segment of this size is ended
  uint64_t reserve_bytes = 16u << 20;  // kept for everything but frames
  Nanos sync_every = kSecond;          // of the machine's clock; at most so much is lost
  Nanos poll_every = 10 * kMillisecond;
  bool thread = true;    // false: nothing happens but in Drain, Flush and Close
  bool idle = true;      // the thread gets only time that nobody else wants
  uint64_t log_id = 0;   // 0: a random one
  Disk* disk = nullptr;  // null: the operating system's
};

enum class DiskState : uint8_t {
  kGood,
  kNoFrames,  // too full for the last frame; good again when one is written
  kFull,      // the last block was lost
};

/// All since the log was opened, unless it says otherwise.
struct LogCounters {
  uint64_t records = 0, blocks = 0, bytes = 0, segments = 0;
  uint64_t ring_lost = 0;                        // dropped by encoders, frames included
  uint64_t disk_lost = 0, disk_lost_frames = 0;  // records lost because the disk was full or broken
  uint64_t write_errors = 0, sync_errors = 0;
  uint64_t reserved = 0;      // bytes of room kept now
  uint64_t synced_bytes = 0;  // in all segments, on the disk for certain
  Nanos written_until = 0;    // log time of the newest record that went to the kernel
  Nanos synced_until = 0;     // and of the newest that is on the disk
  DiskState state = DiskState::kGood;
};

class LogFile {
 public:
  /// Makes the folder if need be (its parent must be there) and begins a log in it. The encoders
  /// must outlive the log, and belong to it alone. kAlreadyExists when the folder holds a segment;
  /// kUnavailable when there is no room for the reserve.
  static Result<std::unique_ptr<LogFile>> Open(const std::string& folder, const LogOptions& options,
                                               std::vector<LogEncoder*> encoders);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// Writes all that was recorded, an end record, and syncs. Encoders are no longer used by then.
  /// The last error of the whole log, if there was one: what was lost is in the counters.
  Status Close();

  /// Without a thread of its own: takes everything out of the rings and writes the blocks that are
  /// complete. Whoever records more than a ring holds between two calls loses records.
  void Drain();
  /// The same, and writes the block begun as well.
  void Flush();

  /// From any thread but the recording ones, which must not wait for a lock.
  LogCounters counters() const;

 private:
  LogFile(std::unique_ptr<SegmentWriter> segments, const LogOptions& options,
          std::vector<LogEncoder*> encoders);
  void Loop();
  void DrainRings();
  void Take(const RawRecord& record, std::string_view behind);
  void TakeFrame(const RawRecord& record, std::string_view pixels);
  void Append(const RawRecord& record, std::string_view behind);
  void EndBlock();
  bool WriteBlock(SegmentWriter::Importance importance);
  void Sync();
  void Tell();

  const LogOptions options_;
  const std::vector<LogEncoder*> encoders_;

  // The writing thread's, or of whoever calls Drain, Flush and Close.
  std::unique_ptr<SegmentWriter> segments_;
  BlockEncoder block_;
  std::string buffer_;
  uint64_t sequence_ = 0;
  uint64_t in_block_ = 0;                  // records
  GapRecord gap_{GapRecord::kDisk, 0, 0};  // lost, and not yet said so in the log
  GapRecord gap_in_block_{GapRecord::kDisk, 0, 0};
  Nanos log_time_ = 0, block_until_ = 0;
  bool begun_ = false;  // log_time_ is one
  std::chrono::steady_clock::time_point block_began_, synced_;
  LogCounters now_;

  mutable Mutex mutex_;
  CondVar wake_;
  bool stop_ FURROW_GUARDED_BY(mutex_) = false;
  LogCounters told_ FURROW_GUARDED_BY(mutex_);
  std::thread thread_;
  bool closed_ = false;
};

}  // namespace furrow::edge
