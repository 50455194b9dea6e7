// SPDX-License-Identifier: Apache-2.0
#include "edge/live/linker.h"

#include <algorithm>

#include <fmt/format.h>

#include "edge/boom/clock.h"

namespace furrow::edge {
namespace {

constexpr Nanos kPoll = 20 * kMillisecond;
constexpr Nanos kTellEvery = 100 * kMillisecond;
constexpr Nanos kSlackTurn = 10 * kSecond;
constexpr Nanos kAlarmEvery = 10 * kSecond;  // of one kind, once it is known

/// What counts of the machine are alarms when they rise.
struct MachineAlarm {
  const char* text;
  const Tally Health::*count;
};
constexpr MachineAlarm kOfMachine[] = {
    {"the valves' lease ran out", &Health::lapses},
    {"errors of the valve bus", &Health::bus_errors},
    {"records of the log were lost", &Health::log_lost},
    {"windows passed unsprayed", &Health::missed},
    {"windows found a nozzle's calendar full", &Health::overflowed},
};

uint64_t Eight(const std::array<uint8_t, 32>& bytes, size_t part) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i) value = value << 8 | bytes[part * 8 + i];
  return value;
}

}  // namespace

Result<std::unique_ptr<Linker>> Linker::Open(const std::string& path, const Boom& boom,
                                             const Health& health, ModelChanger* changer,
                                             std::function<void()> refresh) {
  FURROW_ASSIGN(std::unique_ptr<EdgeLink> link, EdgeLink::Open(path));
  return std::unique_ptr<Linker>(
      new Linker(std::move(link), boom, health, changer, std::move(refresh)));
}

Linker::Linker(std::unique_ptr<EdgeLink> link, const Boom& boom, const Health& health,
               ModelChanger* changer, std::function<void()> refresh)
    : link_(std::move(link)),
      boom_(boom),
      health_(health),
      changer_(changer),
      refresh_(std::move(refresh)),
      states_(boom.cameras.size(), CameraState::kWaiting) {
  for (const MachineAlarm& alarm : kOfMachine) {
    watched_.push_back({alarm.text, [&tally = health.*alarm.count] { return tally.get(); }});
  }
  for (size_t i = 0; i < boom.cameras.size(); ++i) {
    const CameraHealth& camera = health.cameras[i];
    watched_.push_back({fmt::format("camera '{}': errors of its device", boom.cameras[i].name),
                        [&camera] { return camera.errors.get(); }});
    watched_.push_back({fmt::format("camera '{}': findings were lost", boom.cameras[i].name),
                        [&camera] { return camera.results_lost.get(); }});
  }
}

void Linker::Start() {
  const ModelMark* mark = changer_ == nullptr ? nullptr : changer_->present();
  LinkEvent started{.kind = LinkEventKind::kStarted};
  if (mark != nullptr && mark->version > 0) {
    for (const uint8_t byte : mark->bundle) started.text += fmt::format("{:02x}", byte);
  }
  static_cast<void>(link_->Say(std::move(started)));
  if (!link_->refused().empty()) Alarm(link_->refused());
  thread_ = std::thread(&Linker::Run, this);
}

void Linker::Stop() {
  stop_ = true;
  if (!thread_.joinable()) return;
  thread_.join();
  Obey();
  Tell();
  static_cast<void>(link_->Say({.kind = LinkEventKind::kEnding}));
}

void Linker::Run() {
  Nanos told = 0;
  while (!stop_.load(std::memory_order_relaxed)) {
    const Nanos now = MonotonicNow();
    Obey();
    Watch(now);
    if (now - told >= kTellEvery) {
      told = now;
      Turn(now);
      Tell();
    }
    SleepUntil(now + kPoll);
  }
}

void Linker::Obey() {
  while (const std::optional<LinkCommand> command = link_->Next()) {
    const char* why = changer_ == nullptr        ? "the configuration names no slot"
                      : stop_.load()             ? "the machine ends"
                      : !changer_->Ask(*command) ? "it has too much to do"
                                                 : nullptr;
    if (why == nullptr) continue;
    static_cast<void>(
        link_->Say({.kind = LinkEventKind::kRefused, .command = command->number, .text = why}));
  }
  if (changer_ == nullptr) return;
  for (LinkEvent& event : changer_->Said()) static_cast<void>(link_->Say(std::move(event)));
}

void Linker::Alarm(std::string text) {
  static_cast<void>(link_->Say({.kind = LinkEventKind::kAlarm, .text = std::move(text)}));
}

void Linker::Watch(Nanos now) {
  for (size_t i = 0; i < states_.size(); ++i) {
    const CameraState state = health_.cameras[i].state.load(std::memory_order_relaxed);
    const CameraState before = std::exchange(states_[i], state);
    if (state == before || (before == CameraState::kWaiting && state == CameraState::kGood)) {
      continue;
    }
    Alarm(fmt::format("camera '{}' is {}", boom_.cameras[i].name, CameraStateName(state)));
  }
  for (Watched& one : watched_) {
    const uint64_t count = one.count();
    if (count == one.before || (one.told != 0 && now - one.told < kAlarmEvery)) continue;
    Alarm(fmt::format("{}: {} more, {} in all", one.text, count - one.before, count));
    one.before = count;
    one.told = now;
  }
}

void Linker::Turn(Nanos now) {
  if (now - slack_turned_ < kSlackTurn) return;
  slack_turned_ = now;
  slack_older_ = slack_newer_;
  slack_newer_ = health_.slack.Now();
}

void Linker::Tell() {
  refresh_();
  LinkFigures told;
  const auto set = [&](LinkFigure figure, auto value) {
    told.Set(figure, static_cast<int64_t>(value));
  };
  set(LinkFigure::kBeats, ++beats_);
  set(LinkFigure::kAt, MonotonicNow());
  set(LinkFigure::kMaster, health_.master.load());
  set(LinkFigure::kSpeed, health_.speed.load());
  set(LinkFigure::kDistance, health_.distance.load());
  set(LinkFigure::kX, health_.x.load());
  set(LinkFigure::kY, health_.y.load());
  set(LinkFigure::kHeading, health_.heading.load());
  uint64_t frames = 0, received = 0, dropped = health_.frames_replaced.load(), unusable = 0;
  uint64_t by_index = 0, alarms = 0, good = 0;
  Nanos p50 = 0, p99 = 0;
  for (const CameraHealth& camera : health_.cameras) {
    frames += camera.decided.get();
    received += camera.received.get();
    dropped += camera.skipped.get() + camera.results_lost.get();
    unusable += camera.unusable.get();
    by_index += camera.by_index.get();
    alarms += camera.alarms.get();
    good += camera.state.load() == CameraState::kGood;
    p50 = std::max(p50, camera.decided_after.At(0.5));
    p99 = std::max(p99, camera.decided_after.At(0.99));
  }
  set(LinkFigure::kFrames, frames);
  set(LinkFigure::kFramesReceived, received);
  set(LinkFigure::kFramesDropped, dropped);
  set(LinkFigure::kFramesUnusable, unusable);
  set(LinkFigure::kFramesByIndex, by_index);
  set(LinkFigure::kWeeds, health_.weeds.get());
  set(LinkFigure::kSprays, health_.opened.get());
  set(LinkFigure::kLate, health_.late.get());
  set(LinkFigure::kMissed, health_.missed.get());
  set(LinkFigure::kMissedMm2, health_.missed_mm2.get());
  set(LinkFigure::kUnseenMm2, health_.unseen_mm2.get());
  const SpanHistogram::Counts slack = health_.slack.Now();
  set(LinkFigure::kSlackP50, slack.At(0.5, slack_older_));
  set(LinkFigure::kSlackP1, slack.At(0.01, slack_older_));
  set(LinkFigure::kSlackCount, slack.Since(slack_older_));
  set(LinkFigure::kDecidedP50, p50);
  set(LinkFigure::kDecidedP99, p99);
  set(LinkFigure::kTicks, health_.ticks.get());
  set(LinkFigure::kTicksSkipped, health_.ticks_skipped.get());
  set(LinkFigure::kLapses, health_.lapses.get());
  set(LinkFigure::kBusErrors, health_.bus_errors.get());
  set(LinkFigure::kLogLost, health_.log_lost.get());
  set(LinkFigure::kCameras, health_.cameras.size());
  set(LinkFigure::kCamerasGood, good);
  set(LinkFigure::kAlarms, alarms);
  if (changer_ != nullptr) {
    if (const ModelMark* mark = changer_->present(); mark != nullptr) {
      set(LinkFigure::kModelVersion, mark->version);
      set(LinkFigure::kModelId0, Eight(mark->bundle, 0));
      set(LinkFigure::kModelId1, Eight(mark->bundle, 1));
      set(LinkFigure::kModelId2, Eight(mark->bundle, 2));
      set(LinkFigure::kModelId3, Eight(mark->bundle, 3));
    }
    set(LinkFigure::kSwaps, changer_->swaps());
    set(LinkFigure::kTrying, changer_->trying());
  }
  set(LinkFigure::kProcessor, ProcessorTime() - health_.processor_before);
  set(LinkFigure::kRealTime, health_.real_time.load());
  link_->Tell(told);
}

}  // namespace furrow::edge
