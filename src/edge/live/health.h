// SPDX-License-Identifier: Apache-2.0
// What a running machine tells of itself. The threads that do the work count; others read.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "edge/boom/boom.h"
#include "edge/live/span_histogram.h"
#include "edge/record/log_file.h"

namespace furrow::edge {

/// A count that one thread writes and any may read.
class Tally {
 public:
  void Add(uint64_t more = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  void Set(uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

enum class CameraState : uint8_t {
  kWaiting,      // no frame yet
  kGood,         //
  kBlack,        // nearly nothing but darkness
  kOverexposed,  // a third of the frame or more is white
  kStuck,        // the same pixels as the frame before
  kSilent,       // no frame for longer than alarm_after
};
std::string_view CameraStateName(CameraState state);

struct CameraHealth {
  // By the thread that receives:
  Tally received, errors;
  Tally skipped;  // frames that the camera counted and that never came
  // By the thread that detects:
  Tally looked_at, unusable, results_lost;
  Tally hung;                    // frames whose look did not end in time: another thread took over
  Tally by_index;                // frames for which the index stood in for a network without time
  SpanHistogram received_after;  // mid-exposure to reception
  SpanHistogram detected_in;     // of the detection alone
  SpanHistogram found_after;     // mid-exposure to the moment its patches were known
  // By the thread that decides:
  Tally decided;
  SpanHistogram decided_after;        // mid-exposure to the tick that knew of it
  Tally alarms;                       // times that it turned to something that is not good
  std::atomic<bool> stand_in{false};  // the index looks, because what should hangs
  std::atomic<CameraState> state{CameraState::kWaiting};
  std::atomic<Nanos> budget{INT64_MAX};  // from mid-exposure until a frame must have been decided
  std::atomic<int64_t> blur_thousandths{0};  // of a pixel, in the middle of the image
};

struct Health {
  explicit Health(size_t camera_count) : cameras(camera_count) {}

  std::vector<CameraHealth> cameras;
  // By the thread that decides:
  Tally ticks, ticks_skipped;  // skipped: the thread woke after the next one was due
  SpanHistogram woken_after;   // a tick's time to the moment the thread ran
  SpanHistogram tick_took;
  SpanHistogram slack;  // left when a weed was first known; negative: too late
  Tally weeds, windows, opened, late, missed, missed_mm2, overflowed, overflow_mm2, unseen_mm2;
  Tally commands, lapses, bus_errors, ticks_blind, ticks_off, log_lost;
  std::atomic<MicronsPerSecond> speed{0};
  std::atomic<Microns> distance{0};
  std::atomic<Microns> x{0}, y{0};  // of the boom's centre, from where the drive began
  std::atomic<int64_t> heading{0};  // nanoradians to the left of the first
  std::atomic<bool> master{false};
  // By the one that starts the machine:
  std::atomic<bool> real_time{false}, locked{false};
  std::atomic<uint64_t> frames_replaced{0};
  std::atomic<DiskState> log_state{DiskState::kGood};
  std::atomic<uint64_t> log_disk_lost{0}, log_frames_lost{0};  // for want of disk; all, and frames
  std::atomic<uint64_t> log_reserved{0}, log_synced_bytes{0};
  std::atomic<Nanos> log_synced_until{0};
  Nanos started = 0,
        processor_before = 0;  // when the machine did, and what had been used till then
};

/// How fast the machine may drive with what it takes now: so that 99.9 % of frames are decided
/// before their nearest ground is under the valve's reach. 0 when nothing is known yet.
MicronsPerSecond FastestSafeSpeed(const Boom& boom, const Health& health);

/// Everything as Prometheus text (exposition format 0.0.4), names with their units.
std::string HealthText(const Boom& boom, const Health& health);

}  // namespace furrow::edge
