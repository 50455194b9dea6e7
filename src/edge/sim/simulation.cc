// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/simulation.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "edge/field/random.h"
#include "edge/record/log_file.h"
#include "edge/runtime/sprayer.h"
#include "edge/sim/oracle.h"
#include "edge/sim/sprayed_way.h"
#include "edge/sim/trail.h"

namespace furrow::edge {
namespace {

constexpr Nanos kTick = Sprayer::kTick;
constexpr Nanos kPoseEvery = 10 * kMillisecond;
constexpr Nanos kJudgeEvery = 100 * kMillisecond;
constexpr Nanos kStall = 50 * kMillisecond;
/// What GigE Vision carries in frames of 1,500 bytes.
constexpr double kGigabitBytesPerSecond = 115e6;
constexpr CommandWindow kNever{INT64_MAX, INT64_MAX};
constexpr double kStretch = 20;  // metres of field that are made at a time
constexpr double kStart = kSeenTooLate;
constexpr double kFirst = 2;        // ... and from here on windows are judged
constexpr double kSeen = 4;         // metres ahead up to which the field is made
constexpr double kPassed = 3;       // metres behind from which on a weed is judged
constexpr double kLookAhead = 1.5;  // metres over which a pose is judged

struct TruePlant : WayPlant {
  double corners[4][2] = {};  // in the world
};

struct Frame {
  Nanos due, captured;
  int camera;
  uint64_t sequence;
  bool stalled, after_lost;
  std::vector<Detection> boxes;
};

/// A window that opened late or never.
struct Lateness {
  Nanos at;
  LateCause cause;
};

/// The ground that a camera shows on the machine's own axes, metres.
struct Window {
  double near, far, right, left;
};

Window WindowOf(const Camera& camera, const Projection& projection) {
  Window window{INFINITY, -INFINITY, INFINITY, -INFINITY};
  for (const int u : {0, camera.width}) {
    for (const int v : {0, camera.height}) {
      double x = 0, y = 0;
      // A camera that sees the horizon shows everything.
      if (!projection.ToGround(u, v, x, y)) return {-INFINITY, INFINITY, -INFINITY, INFINITY};
      window = {std::min(window.near, x), std::max(window.far, x), std::min(window.right, y),
                std::max(window.left, y)};
    }
  }
  return window;
}

FuserOptions FuserFor(const SimulationOptions& options) {
  FuserOptions fuser;
  fuser.pulse = options.sensors.wheel.pulse;
  fuser.gnss = options.sensors.gnss_fitted;
  fuser.height = true;
  fuser.boom_height = options.boom.height;
  fuser.gnss_speed_sigma = options.sensors.gnss.speed_noise;
  return fuser;
}

class Simulation {
 public:
  Simulation(const SimulationOptions& options, const FieldOptions& field)
      : options_(options),
        boom_(options.boom),
        field_(field),
        drive_(FieldDrive({ToMillionths(options.speed_mps), ToMillionths(options.braking_mps2),
                           ToBillionths(options.yaw_rate_radps)},
                          ToMillionths(options.distance_m) + 20 * kMetre)),
        trail_(drive_),
        sensing_(drive_, options.sensors, FuserFor(options), options.seed),
        sprayer_(boom_, {}),
        oracle_(boom_),
        projections_(boom_.cameras.begin(), boom_.cameras.end()),
        sequence_(boom_.cameras.size()),
        last_due_(boom_.cameras.size()),
        lost_at_(boom_.cameras.size(), -kSecond),
        lates_(boom_.nozzles.size()),
        commanded_(boom_.nozzles.size()),
        wanted_(boom_.nozzles.size()),
        compared_(boom_.nozzles.size(), {-kSecond, -kSecond}),
        way_(boom_, {{kStart, options.distance_m}}),
        opened_at_(boom_.nozzles.size()) {
    for (size_t i = 0; i < boom_.cameras.size(); ++i) {
      windows_.push_back(WindowOf(boom_.cameras[i], projections_[i]));
    }
    sprayer_.WatchLate(&late_);
  }

  /// From here on every camera draws its frames.
  Status OpenCameras();
  /// From here on the run is recorded.
  Status OpenLog();
  Result<SimulationReport> Run(const std::function<void(double)>& progress);

 private:
  Nanos LatencyOf(int camera, Draws& draws) const;
  void GrowTo(double s);
  Status Capture(Nanos now, int camera);
  void TellBoxes(int camera, const TruePose& pose, Draws& draws,
                 std::vector<Detection>& boxes) const;
  void Deliver(Nanos now);
  void Tick(Nanos now);
  void JudgeLate(Nanos now);
  double StripEdge(int nozzle, Nanos command, Nanos valve, double footprint_share) const;
  void MakePose(Nanos now, double s);
  void JudgeTruth(double s);
  void JudgeCommands(bool last);
  void CountOff(int nozzle, const CommandWindow& wanted);
  /// Pixels also show what grows before the judged stretch and behind it.
  bool IsJudged(const CommandWindow& window) const {
    return window.open >= judged_.open && window.open < judged_.close;
  }
  void CountOpen(const CommandWindow& given) {
    if (IsJudged(given)) report_.open_s += FromBillionths(given.close - given.open);
  }
  void Compare(int nozzle, const CommandWindow& before, const CommandWindow& wanted,
               const CommandWindow& after);

  const SimulationOptions options_;
  const Boom& boom_;
  const Field field_;
  const Drive drive_;
  Trail trail_;
  Sensing sensing_;
  std::optional<Pose> told_;  // the last pose
  Nanos measured_at_ = 0;     // when its speed was last measured
  Sprayer sprayer_;
  Oracle oracle_;
  const std::vector<Projection> projections_;
  std::vector<DrawnCamera> drawn_;  // with pixels
  std::vector<uint64_t> sequence_;
  std::vector<Window> windows_;
  std::vector<Nanos> last_due_, lost_at_;  // of each camera's frames
  Deadlines deadlines_;
  std::vector<LateWindow> late_;  // of the last tick
  std::vector<std::deque<Lateness>> lates_;
  Nanos ticked_ = 0;  // the last tick
  std::deque<TruePlant> weeds_, crops_;
  std::vector<Plant> plants_;  // grown, not yet near enough to be in those
  double grown_to_ = kStart;
  std::vector<Frame> in_flight_;
  std::vector<Command> commands_;
  std::vector<std::deque<CommandWindow>> commanded_, wanted_;
  std::vector<CommandWindow> compared_;  // the last of each nozzle
  CommandWindow judged_ = kNever;        // windows that open in this time
  ScheduleCounters unjudged_;            // what the scheduler had counted before
  SprayedWay way_;
  std::vector<Nanos> opened_at_;  // of nozzles that are open
  uint32_t weeds_known_ = 0;
  SpreadCounts error_{0, 1e-5}, slack_{-1, 1e-4}, way_error_{0, 1e-5};
  struct Way {
    double s;   // true
    Pose pose;  // told then
  };
  std::deque<Way> ways_;  // of the last look-ahead
  std::unique_ptr<LogEncoder> encoder_;
  std::unique_ptr<LogFile> log_;
  SimulationReport report_;
};

void Simulation::GrowTo(double s) {
  for (; grown_to_ < s; grown_to_ += kStretch) {
    const double end = std::min(grown_to_ + kStretch, options_.distance_m);
    field_.PlantsIn(ToMillionths(grown_to_), ToMillionths(end), plants_);
  }
  size_t taken = 0;
  for (const Plant& plant : plants_) {
    if (FromMillionths(plant.x) >= s) break;
    ++taken;
    const double x = FromMillionths(plant.x), length = FromMillionths(plant.length);
    const double y = FromMillionths(plant.y), width = FromMillionths(plant.width);
    TruePlant weed;
    static_cast<WayPlant&>(weed) = {x - length / 2, x + length / 2, y, width,
                                    std::max(length, width)};
    int corner = 0;
    for (const double at : {weed.near, weed.far}) {
      const TruePose centre = trail_.AtDistance(std::max(at, 0.0));
      for (const double aside : {y - width / 2, y + width / 2}) {
        weed.corners[corner][0] = centre.x - aside * std::sin(centre.heading);
        weed.corners[corner][1] = centre.y + aside * std::cos(centre.heading);
        ++corner;
      }
    }
    (plant.weed ? weeds_ : crops_).push_back(weed);
  }
  plants_.erase(plants_.begin(), plants_.begin() + static_cast<ptrdiff_t>(taken));
}

/// From mid-exposure to the scheduler, without stalls.
Nanos Simulation::LatencyOf(int camera, Draws& draws) const {
  if (options_.found_after) {
    const Camera& lens = boom_.cameras[camera];
    const double bytes = static_cast<double>(lens.width) * lens.height;
    return options_.found_after->Draw(draws) +
           ToBillionths(options_.transfer_s.value_or(bytes / kGigabitBytesPerSecond));
  }
  return ToBillionths(options_.latency_s -
                      options_.latency_tail_s *
                          std::log((static_cast<double>(draws.Below(1 << 20)) + 1) / (1 << 20)));
}

Status Simulation::Capture(Nanos now, int camera) {
  const uint64_t sequence = sequence_[camera]++;
  Draws draws(KeyOf(options_.seed, Purpose::kSensor, camera, static_cast<int64_t>(sequence)));
  ++report_.frames;
  if (options_.drop_every > 0 && draws.Below(options_.drop_every) == 0) {
    ++report_.frames_dropped;
    lost_at_[camera] = now;
    return {};
  }
  Nanos latency = LatencyOf(camera, draws);
  const bool stalled = options_.stall_every > 0 && draws.Below(options_.stall_every) == 0;
  if (stalled) {
    ++report_.stalls;
    latency += kStall;
  }
  // What one thread looks at it does in order.
  last_due_[camera] = std::max(last_due_[camera], now + latency);
  const bool after_lost = now - lost_at_[camera] < ToBillionths(1.5 / boom_.cameras[camera].fps);
  Frame frame{last_due_[camera], now, camera, sequence, stalled, after_lost, {}};
  const TruePose pose = trail_.At(FromBillionths(now));
  if (options_.pixels) {
    Shot shot;
    shot.s = ToMillionths(pose.s);
    shot.speed_mps = pose.v;
    shot.exposure_s = 0.000'2;
    shot.sequence = sequence;
    FURROW_TRY(drawn_[camera].Look(shot, frame.boxes));
  } else {
    TellBoxes(camera, pose, draws, frame.boxes);
  }
  in_flight_.push_back(std::move(frame));
  return {};
}

void Simulation::TellBoxes(int camera, const TruePose& pose, Draws& draws,
                           std::vector<Detection>& boxes) const {
  const Camera& lens = boom_.cameras[camera];
  const double sine = std::sin(pose.heading), cosine = std::cos(pose.heading);
  const double lift = FromMillionths(sensing_.TrueLift(ToBillionths(pose.t)));
  // Quick to say no: in a bend half a metre and more is allowed for.
  constexpr double kAllowed = 0.6;
  const Window& window = windows_[camera];
  const double ratio = std::max(0.2, 1 - pose.yaw_rate / pose.v * lens.y);
  const double first = pose.s + window.near / ratio - kAllowed;
  const double last = pose.s + window.far / ratio + kAllowed;
  for (const TruePlant& weed : weeds_) {
    if (weed.far < first || weed.near > last) continue;
    if (weed.y - weed.width > window.left + kAllowed) continue;
    if (weed.y + weed.width < window.right - kAllowed) continue;
    double left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
    bool seen = true;
    for (const auto& corner : weed.corners) {
      const double dx = corner[0] - pose.x, dy = corner[1] - pose.y;
      double u = 0, v = 0;
      seen = seen && projections_[camera].ToPixel(dx * cosine + dy * sine, dy * cosine - dx * sine,
                                                  u, v, lift);
      left = std::min(left, u), right = std::max(right, u);
      top = std::min(top, v), bottom = std::max(bottom, v);
    }
    if (!seen || right <= 1 || bottom <= 1 || left >= lens.width - 1 || top >= lens.height - 1) {
      continue;
    }
    const auto edge = [&](double at, int most) {
      const auto shaken = static_cast<int64_t>(std::lround(at)) + draws.Between(-1, 1);
      return static_cast<int32_t>(std::clamp<int64_t>(shaken, 0, most));
    };
    const Detection box{edge(left, lens.width),
                        edge(top, lens.height),
                        edge(right, lens.width),
                        edge(bottom, lens.height),
                        1,
                        PlantKind::kWeed};
    if (box.left < box.right && box.top < box.bottom) boxes.push_back(box);
  }
}

void Simulation::Deliver(Nanos now) {
  const auto late = [&](const Frame& frame) { return frame.due > now; };
  if (std::ranges::all_of(in_flight_, late)) return;
  std::ranges::sort(in_flight_, {}, [](const Frame& f) { return std::pair(f.due, f.camera); });
  const auto end = std::ranges::find_if(in_flight_, late);
  for (auto at = in_flight_.begin(); at != end; ++at) {
    const Frame& frame = *at;
    sprayer_.OnFrame({frame.camera, frame.sequence, frame.captured, now, frame.boxes});
    deadlines_.OnFrame(now, frame.stalled, frame.after_lost, sprayer_.changed());
    const Pose pose = told_ ? Ahead(*told_, now) : Pose{};
    for (const GroundWeed& weed : sprayer_.changed()) {
      oracle_.OnWeed(weed);
      if (weed.id <= weeds_known_ || pose.v <= 0) continue;
      weeds_known_ = weed.id;
      if (now < judged_.open) continue;
      const double v = FromMillionths(pose.v);
      const double lead = FromMillionths(boom_.margin_on + boom_.footprint / 2);
      slack_.Add(
          (FromMillionths(weed.near - pose.s) - lead) / v -
          FromBillionths(boom_.bus + boom_.nozzles[0].valve.open + boom_.ForwardFall(pose.lift)));
    }
  }
  in_flight_.erase(in_flight_.begin(), end);
}

/// The pose of this moment, and how far its way over the last look-ahead is off.
void Simulation::MakePose(Nanos now, double s) {
  const std::optional<Pose> pose = sensing_.PoseAt(now);
  const double step = FromBillionths(kPoseEvery);
  if (!pose) {
    report_.blind_s += step;
    ways_.clear();
    told_.reset();
    return;
  }
  told_ = pose;
  sprayer_.OnPose(*pose);
  for (const GroundWeed& weed : sprayer_.changed()) oracle_.OnWeed(weed);
  deadlines_.OnTurn(now, sprayer_.changed());
  oracle_.OnPose(*pose);
  if ((pose->flags & kSpeedHeld) != 0) {
    report_.held_s += step;
  } else {
    measured_at_ = now;
  }
  if (StateOf(pose->flags, Source::kGnss) != SourceState::kGood) report_.gnss_doubt_s += step;
  if (StateOf(pose->flags, Source::kWheel) != SourceState::kGood) report_.wheel_doubt_s += step;
  ways_.push_back({s, *pose});
  while (ways_.size() > 1 && s - ways_[1].s >= kLookAhead) ways_.pop_front();
  const Way& then = ways_.front();
  if (s - then.s < kLookAhead) return;
  const double off = std::abs(FromMillionths(pose->s - then.pose.s) - (s - then.s));
  way_error_.Add(off);
  ++report_.ways;
  report_.within_sigma += off <= 3 * FromMillionths(then.pose.sigma);
  report_.within_margin += off <= FromMillionths(std::min(boom_.margin_on, boom_.margin_off));
}

double Simulation::StripEdge(int nozzle, Nanos command, Nanos valve, double footprint_share) const {
  const TruePose pose = trail_.At(FromBillionths(command + boom_.bus + valve));
  const Microns lift = sensing_.TrueLift(command + boom_.bus + valve);
  return SprayEdge(boom_, nozzle, pose, lift, footprint_share);
}

void Simulation::JudgeLate(Nanos now) {
  const Nanos before = std::exchange(ticked_, now);
  if (judged_.open == kNever.open) return;
  const Nanos covered = before + kTick + SprayerOptions{}.ahead;
  for (const LateWindow& window : late_) {
    const LateCause cause = deadlines_.Add(window, before, covered);
    std::deque<Lateness>& lates = lates_[window.nozzle];
    lates.push_back({window.at, cause});
    while (lates.front().at < window.at - 20 * kSecond) lates.pop_front();
  }
}

void Simulation::Tick(Nanos now) {
  commands_.clear();
  late_.clear();
  sprayer_.OnTick(now, commands_);
  JudgeLate(now);
  if (now - measured_at_ > SprayerOptions{}.hold_max + kTick) {
    for (size_t i = 0; i < boom_.nozzles.size(); ++i) {
      report_.open_without_pose += sprayer_.IsOpen(static_cast<int>(i));
    }
  }
  for (const Command& command : commands_) {
    const int n = command.nozzle;
    if (command.open) {
      ++report_.sprays;
      opened_at_[n] = command.at;
      way_.Open(n, StripEdge(n, command.at, boom_.nozzles[n].valve.open, -0.5));
      continue;
    }
    const ValveTiming& valve = boom_.nozzles[n].valve;
    commanded_[n].push_back({opened_at_[n], command.at});
    way_.Close(n, StripEdge(n, command.at, valve.close, 0.5));
  }
}

void Simulation::JudgeTruth(double s) {
  for (; !weeds_.empty() && weeds_.front().far < s - kPassed; weeds_.pop_front()) {
    way_.Need(weeds_.front());
    const Hit hit = way_.HitOf(weeds_.front());
    report_.weeds += hit != Hit::kBeside;
    report_.hit += hit >= Hit::kMiddle;
    report_.hit_whole += hit == Hit::kWhole;
  }
  for (; !crops_.empty() && crops_.front().far < s - kPassed; crops_.pop_front()) {
    const Hit hit = way_.HitOf(crops_.front());
    report_.crops += hit != Hit::kBeside;
    report_.crops_sprayed += hit >= Hit::kMiddle;
  }
  way_.Forget(s - 2 * kPassed);
}

/// Of windows that were not met: the cause of what was late there.
void Simulation::CountOff(int nozzle, const CommandWindow& wanted) {
  constexpr Nanos kAround = 50 * kMillisecond;
  for (const Lateness& late : lates_[nozzle]) {
    if (late.at < wanted.open - kAround || late.at > wanted.close + kAround) continue;
    ++report_.off_by[static_cast<size_t>(late.cause)];
    return;
  }
  ++report_.off_otherwise;
}

/// Whether commands and oracle agree within kNear at both ends of a window and between them.
/// Whether two windows are united turns on whether a gap is longer than the valve's minimum off
/// time: at a gap of about that length both ways are right.
void Simulation::Compare(int nozzle, const CommandWindow& before, const CommandWindow& wanted,
                         const CommandWindow& after) {
  constexpr double kNear = 0.02;  // metres
  ++report_.windows;
  report_.oracle_open_s += FromBillionths(wanted.close - wanted.open);
  // Two centimetres of the nozzle's own way.
  const TruePose pose = trail_.At(FromBillionths(wanted.open));
  const double v = std::max(pose.v - pose.yaw_rate * FromMillionths(boom_.nozzles[nozzle].y), 0.05);
  const Nanos near = ToBillionths(kNear / v);
  const Nanos closable = boom_.nozzles[nozzle].valve.min_off + near;
  const auto covered = [&](Nanos from, Nanos to) {
    return to - from <= closable &&
           std::ranges::any_of(commanded_[nozzle], [&](const CommandWindow& given) {
             return given.open <= from && given.close >= to;
           });
  };
  Nanos open_error = INT64_MAX, close_error = INT64_MAX, gap = 0;
  const CommandWindow* last = nullptr;
  for (const CommandWindow& given : commanded_[nozzle]) {
    if (given.open > wanted.close || given.close < wanted.open) continue;
    open_error = std::min(open_error, std::abs(given.open - wanted.open));
    close_error = std::min(close_error, std::abs(given.close - wanted.close));
    if (last != nullptr) gap = std::max(gap, given.open - last->close);
    last = &given;
  }
  if (last == nullptr) {
    CountOff(nozzle, wanted);
    return;
  }
  if (covered(before.close, wanted.open)) open_error = 0;
  if (covered(wanted.close, after.open)) close_error = 0;
  if (gap > closable) close_error = std::max(close_error, gap);
  const Nanos error = std::max(open_error, close_error);
  error_.Add(v * FromBillionths(error));
  if (error <= near) {
    ++report_.within_2cm;
  } else {
    CountOff(nozzle, wanted);
  }
}

void Simulation::JudgeCommands(bool last) {
  oracle_.Settle(wanted_);
  for (size_t i = 0; i < wanted_.size(); ++i) {
    const int n = static_cast<int>(i);
    // The last one may still be united with what comes.
    while (wanted_[i].size() > (last ? 0 : 1)) {
      const CommandWindow wanted = wanted_[i].front();
      wanted_[i].pop_front();
      if (IsJudged(wanted)) {
        Compare(n, compared_[i], wanted, wanted_[i].empty() ? kNever : wanted_[i].front());
      }
      compared_[i] = wanted;
      auto& given = commanded_[i];
      while (!given.empty() && given.front().close < wanted.open - kSecond) {
        CountOpen(given.front());
        given.pop_front();
      }
    }
    for (; last && !commanded_[i].empty(); commanded_[i].pop_front()) {
      CountOpen(commanded_[i].front());
    }
  }
}

Status Simulation::OpenCameras() {
  for (int i = 0; i < static_cast<int>(boom_.cameras.size()); ++i) {
    FURROW_ASSIGN(DrawnCamera made, DrawnCamera::Make(field_, boom_, i, options_.detect));
    drawn_.push_back(std::move(made));
  }
  return {};
}

Status Simulation::OpenLog() {
  encoder_ = std::make_unique<LogEncoder>(8 << 20);
  LogOptions log;
  log.thread = false;  // virtual time waits for the disk
  FURROW_ASSIGN(log_, LogFile::Open(options_.log_folder, log, {encoder_.get()}));
  encoder_->Boom(BoomText(boom_));
  sprayer_.RecordTo(encoder_.get());
  return {};
}

Result<SimulationReport> Simulation::Run(const std::function<void(double)>& progress) {
  std::vector<Nanos> next_frame(boom_.cameras.size());
  for (size_t i = 0; i < next_frame.size(); ++i) {
    next_frame[i] = ToBillionths(static_cast<double>(i) / static_cast<double>(next_frame.size()) /
                                 boom_.cameras[i].fps);
  }
  Nanos now = 0, tick = 0;
  Draws wakes(KeyOf(options_.seed, Purpose::kWake, 0));
  double s = 0;
  for (; s < options_.distance_m + kPassed + 1; now += kTick) {
    const double t = FromBillionths(now);
    trail_.ReachFor(t);
    s = trail_.At(t).s;
    if (s >= kFirst && judged_.open == kNever.open) {
      judged_.open = now;
      unjudged_ = sprayer_.schedule_counters();
    }
    if (s >= options_.distance_m && judged_.close == kNever.close) judged_.close = now;
    if (s < options_.distance_m) GrowTo(std::min(s + kSeen, options_.distance_m));
    sensing_.Hear(now);
    if (now % kPoseEvery == 0) {
      MakePose(now, s);
    }
    for (size_t i = 0; i < next_frame.size(); ++i) {
      if (next_frame[i] > now) continue;
      FURROW_TRY(Capture(now, static_cast<int>(i)));
      next_frame[i] += ToBillionths(1 / boom_.cameras[i].fps);
    }
    // A thread that woke after the next tick was due has passed that over.
    if (tick < now + kTick) {
      Deliver(tick);
      Tick(tick);
      tick = now + kTick + (options_.woken_after ? options_.woken_after->Draw(wakes) : 0);
    }
    if (now % kJudgeEvery != 0) continue;
    if (log_) log_->Drain();
    JudgeTruth(s);
    JudgeCommands(false);
    if (now % kSecond == 0) progress(std::min(1.0, s / options_.distance_m));
  }
  JudgeTruth(s + kPassed);
  way_.Finish();
  JudgeCommands(true);
  if (log_) FURROW_TRY(log_->Close());
  const ScheduleCounters& schedule = sprayer_.schedule_counters();
  report_.distance_m = options_.distance_m;
  report_.judged_m = options_.distance_m - kStart;
  report_.seconds = FromBillionths(now);
  report_.late = schedule.late - unjudged_.late;
  report_.late_m2 = FromMillionths(static_cast<int64_t>(schedule.late_mm2 - unjudged_.late_mm2));
  for (size_t i = 0; i < kLateCauses; ++i) {
    report_.late_by[i] = deadlines_.cost(static_cast<LateCause>(i));
  }
  report_.missed = schedule.missed - unjudged_.missed;
  report_.missed_m2 =
      FromMillionths(static_cast<int64_t>(schedule.missed_mm2 - unjudged_.missed_mm2));
  report_.sprayed_m2 = way_.sprayed_m2();
  report_.product_m2 = way_.product_m2();
  report_.needed_m2 = way_.needed_m2();
  report_.error_m = error_.Upwards();
  report_.slack_s = slack_.Downwards();
  report_.way_error_m = way_error_.Upwards();
  report_.unsure_s = FromBillionths(kTick) * static_cast<double>(sprayer_.counters().ticks_unsure);
  report_.fuser = sensing_.fuser().counters();
  report_.hash = sprayer_.hash().value();
  return report_;
}

Status InBounds(double value, double low, double high, std::string_view name) {
  if (value >= low && value <= high) return {};
  return Status(Code::kInvalidArgument, fmt::format("{} is {:g}; it must lie between {:g} and {:g}",
                                                    name, value, low, high));
}

}  // namespace

Result<SimulationReport> Simulate(const SimulationOptions& options,
                                  const std::function<void(double)>& progress) {
  FURROW_TRY(InBounds(options.distance_m, 5, 1e7, "the distance in metres"));
  FURROW_TRY(InBounds(options.speed_mps, 0.5, 15, "the speed in m/s"));
  FURROW_TRY(InBounds(options.braking_mps2, 0, 5, "the braking in m/s2"));
  FURROW_TRY(InBounds(options.yaw_rate_radps, 0, 0.2, "the yaw rate in rad/s"));
  FURROW_TRY(InBounds(options.latency_s, 0, 2, "the latency in seconds"));
  FURROW_TRY(InBounds(options.latency_tail_s, 0, 1, "the latency's tail in seconds"));
  FURROW_TRY(InBounds(options.transfer_s.value_or(0), 0, 2, "the transfer in seconds"));
  if (options.boom.cameras.empty()) {
    return Status(Code::kInvalidArgument, "the boom has no camera, so nothing would be seen");
  }
  if (options.pixels && options.yaw_rate_radps != 0) {
    return Status(Code::kInvalidArgument, "with pixels the drive must be straight");
  }
  if (options.pixels && options.sensors.height.swing != 0) {
    return Status(Code::kInvalidArgument, "with pixels the boom must not swing");
  }
  FieldOptions field = options.field;
  field.seed = options.seed;
  double reach = 0;
  for (const Nozzle& nozzle : options.boom.nozzles) {
    reach = std::max(reach, std::abs(FromMillionths(nozzle.y)) + FromMillionths(nozzle.swath) / 2);
  }
  field.width_m = std::max(2 * reach, 0.5);
  FURROW_TRY(CheckField(field));
  Simulation simulation(options, field);
  if (options.pixels) FURROW_TRY(simulation.OpenCameras());
  if (!options.log_folder.empty()) FURROW_TRY(simulation.OpenLog());
  return simulation.Run(progress);
}

}  // namespace furrow::edge
