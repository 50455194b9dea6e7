// SPDX-License-Identifier: Apache-2.0
#include "edge/live/decider.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "edge/boom/clock.h"
#include "edge/boom/projection.h"

namespace furrow::edge {
namespace {

constexpr Nanos kTick = Sprayer::kTick;
constexpr size_t kCommandsReserve = 4096;

double GroundOfPixel(const Camera& camera) {
  const Projection projection(camera);
  const double u = camera.width / 2.0, v = camera.height / 2.0;
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  if (!projection.ToGround(u, v, x0, y0) || !projection.ToGround(u + 1, v, x1, y1)) return 0;
  return std::sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0));
}

}  // namespace

Decider::Decider(const Boom& boom, Health& health, Valves& valves, ByteRing& poses,
                 std::vector<ByteRing*> findings, LogEncoder* log, const DeciderOptions& options)
    : boom_(boom),
      health_(health),
      valves_(valves),
      poses_(poses),
      findings_(std::move(findings)),
      log_(log),
      options_(options),
      delay_(boom.LongestOpenDelay()),
      lead_(boom.margin_on + boom.footprint / 2),
      sprayer_(boom, {}),
      coverage_(boom, options.when_unseen),
      models_(boom.cameras.size()),
      last_frame_(boom.cameras.size()) {
  commands_.reserve(kCommandsReserve);
  for (const Camera& camera : boom.cameras) {
    gsd_.push_back(GroundOfPixel(camera));
    two_frames_.push_back(ToBillionths(2 / camera.fps));
  }
  sprayer_.RecordTo(log);
}

void Decider::Start() { thread_ = std::thread(&Decider::Run, this); }

void Decider::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Decider::Run() {
  health_.real_time = MakeUrgent(Urgency::kDecide);
  TouchStack();
  if (options_.on_thread != nullptr) options_.on_thread(LiveThread::kDecide);
  Nanos next = MonotonicNow() / kTick * kTick + kTick;
  while (!stop_.load(std::memory_order_relaxed)) {
    SleepUntil(next);
    const Nanos now = MonotonicNow();
    health_.woken_after.Add(now - next);
    Tick(now);
    const Nanos done = MonotonicNow();
    health_.tick_took.Add(done - now);
    next += kTick;
    if (done > next) {
      const Nanos missed = (done - next) / kTick + 1;
      health_.ticks_skipped.Add(static_cast<uint64_t>(missed));
      next += missed * kTick;
    }
  }
  valves_.SetMaster(false);
  Tick(std::max(MonotonicNow(), next));
}

void Decider::Tick(Nanos now) noexcept {
  if (begun_ == 0) begun_ = std::max(now, options_.start);
  TakePoses();
  TakeFindings(now);
  const std::optional<Pose> pose = history_.At(now);
  if (pose) {
    coverage_.Check(*pose, [&](const UnseenRecord& hole) { sprayer_.OnUnseen(hole); });
    health_.speed.store(pose->v, std::memory_order_relaxed);
    health_.distance.store(pose->s, std::memory_order_relaxed);
    SetBudgets(pose->v);
  }
  WatchCameras(now);
  const bool on = valves_.gate() == ValveGate::kOn;
  sprayer_.SetMaster(on);
  commands_.clear();
  sprayer_.OnTick(now, commands_);
  valves_.Tick(now, commands_);
  Tell();
}

void Decider::TakePoses() noexcept {
  for (auto bytes = poses_.Front(); bytes.data() != nullptr; bytes = poses_.Front()) {
    Pose pose;
    std::memcpy(&pose, bytes.data(), sizeof pose);
    poses_.Release();
    sprayer_.OnPose(pose);
    history_.Add(pose);
    NotePlace(pose);
  }
}

/// In the plane of the as-applied map. For those who watch: nothing is decided by it.
void Decider::NotePlace(const Pose& pose) noexcept {
  if (placed_ && pose.t > placed_->t) {
    const double turned = FromBillionths(pose.t - placed_->t) *
                          FromBillionths((pose.yaw_rate + placed_->yaw_rate) / 2);
    const double way = FromMillionths(pose.s - placed_->s);
    x_ += way * std::cos(heading_ + turned / 2);
    y_ += way * std::sin(heading_ + turned / 2);
    heading_ += turned;
    health_.x.store(ToMillionths(x_), std::memory_order_relaxed);
    health_.y.store(ToMillionths(y_), std::memory_order_relaxed);
    health_.heading.store(ToBillionths(heading_), std::memory_order_relaxed);
  }
  if (!placed_ || pose.t > placed_->t) placed_ = pose;
}

/// Before the first frame that another network judged.
void Decider::NoteModel(const FrameFindings& head) noexcept {
  const ModelMark*& before = models_[static_cast<size_t>(head.camera)];
  if (before == head.model) return;
  before = head.model;
  if (log_ == nullptr) return;
  ModelRecord record{head.camera, head.sequence, 0, {}, {}};
  if (head.model != nullptr) {
    record.version = head.model->version;
    record.bundle = head.model->bundle;
    record.model = head.model->model;
  }
  log_->Model(record);
}

void Decider::TakeFindings(Nanos now) noexcept {
  for (ByteRing* ring : findings_) {
    for (auto bytes = ring->Front(); bytes.data() != nullptr; bytes = ring->Front()) {
      FrameFindings head;
      std::memcpy(&head, bytes.data(), sizeof head);
      // A ring's strings lie at multiples of 8.
      const auto* found = reinterpret_cast<const Detection*>(bytes.data() + sizeof head);
      Take(head, {found, head.count}, now);
      ring->Release();
    }
  }
}

void Decider::Take(const FrameFindings& head, std::span<const Detection> found,
                   Nanos now) noexcept {
  const auto camera = static_cast<size_t>(head.camera);
  CameraHealth& health = health_.cameras[camera];
  SetState(camera, head.state);
  if (head.state != CameraState::kGood) return;
  NoteModel(head);
  health.decided.Add();
  health.decided_after.Add(now - head.captured);
  last_frame_[camera] = std::max(last_frame_[camera], head.captured);
  sprayer_.OnFrame({head.camera, head.sequence, head.captured, now, found});
  if (const std::optional<Pose> pose = history_.At(head.captured)) {
    coverage_.OnFrame(head.camera, *pose);
    const double blur = FromMillionths(pose->v) * FromBillionths(head.exposure);
    if (gsd_[camera] > 0) {
      health.blur_thousandths.store(static_cast<int64_t>(1000 * blur / gsd_[camera]),
                                    std::memory_order_relaxed);
    }
  }
  if (const std::optional<Pose> pose = history_.At(now)) NoteSlack(*pose);
}

void Decider::NoteSlack(const Pose& pose) noexcept {
  if (pose.v < Schedule::kSlowest) return;
  for (const GroundWeed& weed : sprayer_.changed()) {
    if (weed.id <= weeds_known_) continue;
    weeds_known_ = weed.id;
    health_.slack.Add((weed.near - pose.s - lead_) * kSecond / pose.v - delay_ -
                      (boom_.ForwardFall(pose.lift) - boom_.ForwardFall()));
  }
}

void Decider::WatchCameras(Nanos now) noexcept {
  for (size_t i = 0; i < last_frame_.size(); ++i) {
    const Nanos since = last_frame_[i] == 0 ? begun_ : last_frame_[i];
    const CameraState state = health_.cameras[i].state.load(std::memory_order_relaxed);
    const bool heard = state == CameraState::kGood || state == CameraState::kWaiting;
    if (heard && now - since > options_.alarm_after) SetState(i, CameraState::kSilent);
  }
}

/// A weed is first shown whole before the view's far end has come nearer by what is driven from one
/// frame to the next, or, when a frame is lost, to the one after it. From there it has to be
/// decided about before it comes within reach of the valves.
void Decider::SetBudgets(MicronsPerSecond speed) noexcept {
  for (size_t i = 0; i < two_frames_.size(); ++i) {
    const Nanos budget = speed < Schedule::kSlowest
                             ? INT64_MAX
                             : (coverage_.far(static_cast<int>(i)) - lead_) * kSecond / speed -
                                   two_frames_[i] - delay_;
    health_.cameras[i].budget.store(budget, std::memory_order_relaxed);
  }
}

void Decider::SetState(size_t camera, CameraState state) noexcept {
  CameraHealth& health = health_.cameras[camera];
  const CameraState before = health.state.load(std::memory_order_relaxed);
  if (before == state) return;
  if (state != CameraState::kGood) health.alarms.Add();
  health.state.store(state, std::memory_order_relaxed);
}

void Decider::Tell() noexcept {
  const ScheduleCounters& plan = sprayer_.schedule_counters();
  const SprayerCounters& seen = sprayer_.counters();
  const ValveCounters valves = valves_.counters();
  health_.ticks.Add();
  health_.weeds.Set(sprayer_.weeds());
  health_.windows.Set(plan.windows);
  health_.opened.Set(plan.opened);
  health_.late.Set(plan.late);
  health_.missed.Set(plan.missed);
  health_.missed_mm2.Set(plan.missed_mm2);
  health_.overflowed.Set(plan.overflowed);
  health_.overflow_mm2.Set(plan.overflow_mm2);
  health_.unseen_mm2.Set(seen.unseen_mm2);
  health_.ticks_blind.Set(seen.ticks_blind);
  health_.commands.Set(valves.commands);
  health_.lapses.Set(valves.lapses);
  health_.bus_errors.Set(valves.bus_errors);
  health_.ticks_off.Set(valves.ticks_off + valves.ticks_stopped);
  health_.master.store(valves_.gate() == ValveGate::kOn, std::memory_order_relaxed);
  if (log_ != nullptr) health_.log_lost.Set(log_->dropped());
}

}  // namespace furrow::edge
