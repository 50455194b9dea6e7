// SPDX-License-Identifier: Apache-2.0
#include "device/agent/edge_keeper.h"

#include <signal.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "base/say.h"
#include "base/time.h"
#include "base/utf8.h"
#include "json/text.h"

namespace furrow::device {
namespace {

using Figure = edge::LinkFigure;
using edge::LinkFigures;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{50};
constexpr std::chrono::milliseconds kWaitLeast{500}, kWaitMost{30'000};
constexpr std::chrono::seconds kSteady{60};  // ran for so long: the next wait is the least again
constexpr std::chrono::seconds kBegin{30};   // until a start must have told something
constexpr std::chrono::seconds kEndWithin{8};
constexpr std::chrono::seconds kSyncEvery{10};
constexpr size_t kAlarmsKnown = 1024;  // the link's ring has room for a quarter of that

constexpr Figure kSummed[] = {Figure::kFrames, Figure::kFramesDropped, Figure::kMissed,
                              Figure::kAlarms};

/// What becomes a scalar of the tractor's day.
struct Metric {
  const char* name;
  Figure figure;
  double scale;
};
constexpr Metric kMetrics[] = {
    {"machine/speed_mps", Figure::kSpeed, 1e-6},
    {"machine/distance_m", Figure::kDistance, 1e-6},
    {"frames/decided", Figure::kFrames, 1},
    {"frames/dropped", Figure::kFramesDropped, 1},
    {"frames/unusable", Figure::kFramesUnusable, 1},
    {"frames/by_index", Figure::kFramesByIndex, 1},
    {"weeds/seen", Figure::kWeeds, 1},
    {"sprays/opened", Figure::kSprays, 1},
    {"sprays/late", Figure::kLate, 1},
    {"sprays/missed", Figure::kMissed, 1},
    {"ground/missed_m2", Figure::kMissedMm2, 1e-6},
    {"ground/unseen_m2", Figure::kUnseenMm2, 1e-6},
    {"latency/decided_p50_ms", Figure::kDecidedP50, 1e-6},
    {"latency/decided_p99_ms", Figure::kDecidedP99, 1e-6},
    {"valves/lapses", Figure::kLapses, 1},
    {"valves/bus_errors", Figure::kBusErrors, 1},
    {"cameras/good", Figure::kCamerasGood, 1},
    {"model/version", Figure::kModelVersion, 1},
    {"model/swaps", Figure::kSwaps, 1},
};

}  // namespace

std::string BundleOf(const LinkFigures& figures) {
  if (figures.Get(Figure::kModelVersion) == 0) return {};
  std::string id;
  for (const Figure part :
       {Figure::kModelId0, Figure::kModelId1, Figure::kModelId2, Figure::kModelId3}) {
    id += fmt::format("{:016x}", static_cast<uint64_t>(figures.Get(part)));
  }
  return id;
}

std::string AlarmText(std::string_view name, std::string_view text, std::string_view level,
                      std::optional<std::pair<uint64_t, int64_t>> edge) {
  std::string readable(text);
  if (!IsUtf8(readable)) {
    for (char& c : readable) c = static_cast<unsigned char>(c) < 0x80 ? c : '?';
  }
  json::Object alarm{{"at", FormatTime(SystemClock().Now())},
                     {"name", name},
                     {"text", readable},
                     {"level", level}};
  if (edge) {
    alarm["edge_epoch"] = edge->first;
    alarm["edge_at_ns"] = edge->second;
  }
  return json::Write(alarm);
}

EdgeKeeper::EdgeKeeper(const DeviceConfig& config, Spool& spool)
    : config_(config),
      spool_(spool),
      process_(
          [&] {
            std::vector<std::string> command = {FindProgram(config.edge_program), "run",
                                                config.machine};
            command.insert(command.end(), config.edge_arguments.begin(),
                           config.edge_arguments.end());
            return command;
          }(),
          config.folder, config.folder + "/edge.lock", config.folder + "/edge.out") {}

void EdgeKeeper::Start() {
  {
    // Killed between putting an alarm into the spool and taking it from the link, it would say so
    // twice.
    MutexLock lock(mutex_);
    for (const std::string& text : spool_.All(Stream::kAlarms)) {
      const auto alarm = json::Parse(text);
      if (!alarm.ok() || !alarm->At("edge_epoch").IsInt()) continue;
      Remember({static_cast<uint64_t>(alarm->At("edge_epoch").AsInt()),
                alarm->At("edge_at_ns").AsInt()});
    }
  }
  thread_ = std::thread(&EdgeKeeper::Run, this);
}

void EdgeKeeper::Stop(bool edge) {
  stop_ = true;
  if (!thread_.joinable()) return;
  thread_.join();
  if (!edge || !process_.running()) return;
  process_.Signal(SIGTERM);
  const auto until = steady_clock::now() + kEndWithin;
  while (process_.running() && steady_clock::now() < until) std::this_thread::sleep_for(kPoll);
  if (process_.running()) process_.Signal(SIGKILL);
}

EdgeView EdgeKeeper::View() const {
  MutexLock lock(mutex_);
  return view_;
}

std::vector<edge::LinkEvent> EdgeKeeper::TakeEvents() {
  MutexLock lock(mutex_);
  return std::exchange(events_, {});
}

Result<uint64_t> EdgeKeeper::Command(edge::LinkCommandKind kind, const std::string& folder,
                                     double seconds) {
  MutexLock lock(mutex_);
  if (!link_ || !view_.telling) return Status(Code::kUnavailable, "furrow-edge tells nothing");
  return link_->Command(kind, folder, seconds);
}

void EdgeKeeper::Restart() { restart_ = true; }

void EdgeKeeper::Alarm(std::string_view text, std::string_view level) {
  Say(stderr, "furrow-device: {}\n", text);
  const auto put = spool_.Append(Stream::kAlarms, AlarmText("furrow-device", text, level));
  if (!put.ok()) Say(stderr, "furrow-device: {}\n", put.status().message());
}

void EdgeKeeper::Run() {
  while (!stop_) {
    const Time now = steady_clock::now();
    Supervise(now);
    {
      MutexLock lock(mutex_);
      Listen(now);
    }
    std::this_thread::sleep_for(kPoll);
  }
}

void EdgeKeeper::Supervise(Time now) {
  bool telling = false, hangs = false;
  const bool was_running = process_.pid() > 0;
  const bool running = process_.running();
  {
    MutexLock lock(mutex_);
    view_.running = running;
    view_.restarting = !running;
    const auto since = now - std::max(moved_, began_);
    telling = running && view_.figures && now - moved_ <= config_.watchdog;
    view_.telling = telling;
    // Before its first figures it may be loading a network, or a camera may take its time.
    const bool told = moved_ > began_;
    hangs = running && since > (told ? config_.watchdog : Seconds(kBegin));
    if (telling) view_.failures = 0;
  }
  if (was_running && !running) {
    const bool short_life = now - began_ < kSteady;
    wait_ = short_life ? std::min(2 * wait_, kWaitMost) : kWaitLeast;
    next_start_ = now + wait_;
    Alarm(fmt::format("furrow-edge ended: {}; it is started again in {:.1f} s", process_.ended(),
                      static_cast<double>(wait_.count()) / 1000),
          "error");
    MutexLock lock(mutex_);
    if (moved_ <= began_) ++view_.failures;
  }
  if (hangs) {
    if (!told_hang_)
      Alarm("furrow-edge hangs and is killed; its valves' lease closes them", "error");
    told_hang_ = true;
    process_.Signal(SIGKILL);
    return;
  }
  if (restart_.exchange(false) && running) process_.Signal(SIGTERM);
  if (running || now < next_start_) return;
  const auto taken = process_.Start();
  began_ = now;
  told_hang_ = false;
  next_start_ = now + wait_;
  if (!taken.ok()) {
    if (taken.status().code() != Code::kUnavailable) Alarm(taken.status().message(), "error");
    return;
  }
  MutexLock lock(mutex_);
  ++view_.starts;
  view_.running = true;
  view_.restarting = false;
}

void EdgeKeeper::Listen(Time now) {
  if (link_ && !link_->current()) link_.reset();
  if (!link_) {
    auto opened = edge::DeviceLink::Open(config_.link);
    if (!opened.ok()) {
      if (opened.status().code() != Code::kNotFound && opened.status().message() != refused_) {
        refused_ = opened.status().message();
        Say(stderr, "furrow-device: {}\n", refused_);
      }
      return;
    }
    link_ = std::move(opened).value();
    refused_.clear();
    beats_ = 0;
  }
  TakeFigures(now);
  TakeLinkEvents();
  TellMetrics(now);
}

void EdgeKeeper::TakeFigures(Time now) {
  const std::optional<LinkFigures> figures = link_->Figures();
  if (!figures) return;
  const uint64_t epoch = link_->epoch();
  const int64_t beats = figures->Get(Figure::kBeats);
  if (beats == beats_ && epoch == view_.epoch) return;
  if (epoch != view_.epoch) last_ = {};
  // What is found at first may be of one that died long ago: only what moves is believed.
  if (view_.figures) moved_ = now;
  view_.epoch = epoch;
  beats_ = beats;
  Sum(*figures);
  view_.figures = figures;
}

void EdgeKeeper::Sum(const LinkFigures& figures) {
  uint64_t* const to[] = {&view_.frames, &view_.dropped, &view_.missed, &view_.alarms};
  for (size_t i = 0; i < last_.size(); ++i) {
    const auto count = static_cast<uint64_t>(figures.Get(kSummed[i]));
    *to[i] += count >= last_[i] ? count - last_[i] : count;
    last_[i] = count;
  }
}

void EdgeKeeper::Remember(const Said& said) {
  alarmed_.push_back(said);
  if (alarmed_.size() > kAlarmsKnown) alarmed_.pop_front();
}

void EdgeKeeper::TakeLinkEvents() {
  constexpr int kAtOnce = 256;
  for (int i = 0; i < kAtOnce; ++i) {
    auto front = link_->Front();
    if (front.ok() && !*front) break;
    if (front.ok() && (*front)->kind == edge::LinkEventKind::kAlarm) {
      // It stays in the ring until it is durable here.
      const Said said{(*front)->epoch, (*front)->at};
      if (std::ranges::find(alarmed_, said) == alarmed_.end()) {
        const auto put = spool_.Append(Stream::kAlarms,
                                       AlarmText("furrow-edge", (*front)->text, "warning", said));
        if (!put.ok() && put.status().code() != Code::kTooLarge) break;
        Remember(said);
      }
    } else if (front.ok() && (*front)->kind != edge::LinkEventKind::kStarted &&
               (*front)->kind != edge::LinkEventKind::kEnding) {
      events_.push_back(**front);
    }
    link_->Taken();
  }
  if (const uint64_t lost = link_->lost(); lost > lost_) {
    if (lost_ > 0) Say(stderr, "furrow-device: {} events were lost\n", lost - lost_);
    lost_ = lost;
  }
}

void EdgeKeeper::TellMetrics(Time now) {
  if (view_.telling && view_.figures && now - told_ >= config_.metrics) {
    const LinkFigures& figures = *view_.figures;
    json::Value values = json::Object{};
    for (const Metric& metric : kMetrics) {
      values[metric.name] = static_cast<double>(figures.Get(metric.figure)) * metric.scale;
    }
    if (figures.Get(Figure::kSlackCount) > 0) {
      values["slack/p50_ms"] = static_cast<double>(figures.Get(Figure::kSlackP50)) / 1e6;
      values["slack/p1_ms"] = static_cast<double>(figures.Get(Figure::kSlackP1)) / 1e6;
    }
    const auto used = figures.Get(Figure::kProcessor) - metrics_before_.Get(Figure::kProcessor);
    const auto passed = figures.Get(Figure::kAt) - metrics_before_.Get(Figure::kAt);
    if (used >= 0 && passed > 0 && metrics_before_.Get(Figure::kAt) > 0) {
      values["processor/cores"] = static_cast<double>(used) / static_cast<double>(passed);
    }
    metrics_before_ = figures;
    const std::string text = json::Write(
        json::Object{{"at", FormatTime(SystemClock().Now())}, {"values", std::move(values)}});
    static_cast<void>(spool_.Append(Stream::kMetrics, text));
    told_ = now;
  }
  if (now - synced_ >= kSyncEvery) {
    static_cast<void>(spool_.Sync());
    synced_ = now;
  }
}

}  // namespace furrow::device
