// SPDX-License-Identifier: Apache-2.0
// When each nozzle opens and closes: a calendar of distances for every nozzle, projected onto time
// with the present speed at each step (docs/edge/design.md has the formulas).
//
//   Schedule schedule(boom, 64);
//   schedule.Set(weed);                                 // known from now on, or known better
//   schedule.Step(now, now + kMillisecond, pose, out);  // the commands of this millisecond
//
// One thread. After construction nothing allocates but `out` beyond its capacity.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "edge/boom/boom.h"
#include "edge/boom/units.h"
#include "edge/pose/path.h"
#include "edge/pose/pose.h"

namespace furrow::edge {

struct Command {
  int nozzle = 0;
  bool open = false;
  Nanos at = 0;  // when it is given; bus, valve and fall come after

  bool operator==(const Command&) const = default;
};

/// A window that did not open in its time.
struct LateWindow {
  int nozzle = 0;
  uint32_t weed = 0;     // the one that lies first in it
  Nanos due = 0;         // when it had to be commanded, as it was reckoned in the end
  Nanos at = 0;          // when it was; for one that passed unsprayed, when that was seen
  uint64_t mm2 = 0;      // the weed's ground that got nothing: what the margin did not make up for
  bool missed = false;   // it passed unsprayed
  bool resting = false;  // its valve had closed too shortly before
};

/// How long droplets fall.
enum class FallRule : uint8_t {
  kByHeight,  // longer from a higher boom: Boom::ForwardFall
  kAsInFile,  // always as long; what logs of version 1 were decided by
};

struct ScheduleCounters {
  uint64_t windows = 0;       // weed and nozzle pairs that came into a calendar
  uint64_t opened = 0;        // open commands
  uint64_t late = 0;          // windows that opened after their time
  uint64_t late_mm2 = 0;      // ground of weeds that passed before they did, square millimetres
  uint64_t missed = 0;        // windows that passed unsprayed
  uint64_t missed_mm2 = 0;    // their ground, square millimetres
  uint64_t overflowed = 0;    // windows that found their calendar full
  uint64_t overflow_mm2 = 0;  // ground sprayed or left out for that, as the boom's when_full says
};

class Schedule {
 public:
  /// `windows_max`: how many weeds one nozzle's calendar holds.
  Schedule(const Boom& boom, size_t windows_max, FallRule fall = FallRule::kByHeight);

  /// Puts a weed into the calendars of the nozzles over it; one with the same id takes the place of
  /// the old one. A nozzle that is open over the old place closes by the new one; one that has
  /// already closed behind it opens again only for what lies farther on.
  void Set(const GroundWeed& weed);

  /// Appends the commands that fall in [now, until), in order of nozzles, and those that it did not
  /// give before, for `now`. `now` must not go back.
  /// Below walking pace (kSlowest) and while the master switch is off, everything closes and
  /// nothing opens.
  void Step(Nanos now, Nanos until, const Pose& pose, std::vector<Command>& out);

  /// Empties the calendars and counts what was in them as missed. Open nozzles stay so until the
  /// next step.
  void Forget();

  /// From now on every window that does not open in its time is appended to `late`. Null: no
  /// longer.
  void WatchLate(std::vector<LateWindow>* late) { watched_ = late; }

  /// Off: the next step closes every nozzle.
  void SetMaster(bool on) { master_ = on; }

  bool IsOpen(int nozzle) const { return nozzles_[nozzle].open; }
  /// True when no calendar holds anything and everything is closed.
  bool Idle() const { return busy_ == 0; }
  const ScheduleCounters& counters() const { return counters_; }

  static constexpr MicronsPerSecond kSlowest = 50'000;

 private:
  struct Window {
    Microns near, far;
    int32_t width_mm;  // across, for the counters
    uint32_t weed;
    bool begun = false;  // the nozzle is open for it
  };
  struct Done {
    uint32_t weed = 0;
    Microns far = 0;
  };
  struct State {
    std::vector<Window> calendar;  // in order of `near`; its capacity never changes
    bool open = false;
    Nanos opened_at = 0;
    Nanos closed_at = INT64_MIN / 2;
    std::array<Done, 16> done;  // the last windows that it closed
    size_t done_count = 0;
    std::array<Done, 16> missed;  // the last that passed it unsprayed, so that none counts twice
    size_t missed_count = 0;
    Nanos open_delay = 0, close_delay = 0;  // bus and valve
  };
  struct Times {
    Nanos open, close;  // from now
  };

  /// Nozzles beside one another from the left to the right.
  struct Row {
    size_t begin, end;
    Microns half_swath;  // of the widest
  };
  /// Where a weed was put last.
  struct Place {
    uint32_t weed = 0;
    Microns right = 0, left = 0;
  };
  static constexpr size_t kPlaces = 4096;

  void SetAt(size_t nozzle, const GroundWeed& weed);
  void Refresh(size_t nozzle);
  void StepOne(size_t nozzle, Nanos now, Nanos until, const Pose& pose, Microns reach,
               std::vector<Command>& out);
  void Insert(int nozzle, const GroundWeed& weed, bool begun);
  Times Project(const Window& window, int nozzle, const Pose& pose, MicronsPerSecond v_y) const;
  void StepOpen(int nozzle, Nanos now, Nanos until, const Pose& pose, MicronsPerSecond v_y,
                std::vector<Command>& out);
  void StepClosed(int nozzle, Nanos now, Nanos until, const Pose& pose, MicronsPerSecond v_y,
                  std::vector<Command>& out);
  void Stop(int nozzle, Nanos now, const Pose& pose, std::vector<Command>& out);
  void Close(int nozzle, Nanos at, std::vector<Command>& out);
  void Miss(int nozzle, const Window& window, Nanos due, Nanos seen);
  void Late(int nozzle, const Window& window, Nanos due, Nanos at, MicronsPerSecond v);

  const Boom boom_;
  const size_t windows_max_;
  const FallRule fall_rule_;
  const Microns lead_on_, lead_off_;  // margin and half the footprint
  std::vector<State> nozzles_;
  std::vector<Row> rows_;
  std::vector<Place> places_;  // by number, of the last weeds
  uint32_t newest_ = 0;        // the greatest number so far
  /// Of each nozzle: where the first window of its calendar begins on the centre's path; the least
  /// number while it is open, the greatest when it has none. All that most steps look at.
  std::vector<Microns> first_;
  Microns reach_y_ = 0;  // of the nozzle farthest out
  Nanos open_delay_max_ = 0;
  Nanos now_ = 0, fall_ = 0;  // of the last step; of the fall the part that counts
  std::vector<LateWindow>* watched_ = nullptr;
  bool master_ = true;
  size_t busy_ = 0;  // windows in calendars and open nozzles
  ScheduleCounters counters_;
};

}  // namespace furrow::edge
