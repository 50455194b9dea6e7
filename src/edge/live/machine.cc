// SPDX-License-Identifier: Apache-2.0
#include "edge/live/machine.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

#include <fmt/format.h>

#include "edge/boom/clock.h"
#include "edge/capture/folder_source.h"
#include "edge/capture/v4l2_source.h"
#include "edge/capture/video_source.h"
#include "edge/live/realtime.h"

namespace furrow::edge {
namespace {

/// A new one in `folder`, which is made if need be: the number after the highest there.
Result<std::string> NextLogFolder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  int highest = 0;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.size() == 6 && name.find_first_not_of("0123456789") == std::string::npos) {
      highest = std::max(highest, std::stoi(name));
    }
  }
  if (error) return Status(Code::kIoError, folder + ": " + error.message());
  return fmt::format("{}/{:06}", folder, highest + 1);
}

/// Until everything stands and the first frame may come.
constexpr Nanos kLeadIn = 300 * kMillisecond;
constexpr size_t kRingBytes = 4u << 20;
constexpr Nanos kWatchEvery = 20 * kMillisecond;

bool IsHang(const CameraFault& fault) { return fault.kind == CameraFaultKind::kHung; }

}  // namespace

Machine::Machine(const MachineConfig& config) : config_(config) {}

Result<std::unique_ptr<Machine>> Machine::Make(const MachineConfig& config) {
  std::unique_ptr<Machine> machine(new Machine(config));
  const Boom& boom = machine->config_.boom;
  FURROW_ASSIGN(machine->bus_, OpenValveBus(config.actuate, boom));
  machine->valves_ = std::make_unique<Valves>(boom, *machine->bus_, config.actuate.Lease(boom));
  machine->health_ = std::make_unique<Health>(boom.cameras.size());
  machine->field_.emplace(config.field);
  FURROW_ASSIGN(Drive drive,
                DriveNamed(config.drive, ToMillionths(config.speed_mps), kEndlessDrive));
  machine->drive_.emplace(std::move(drive));
  if (config.capture == CaptureKind::kStock) {
    const Camera& first = boom.cameras[static_cast<size_t>(config.cameras[0])];
    for (const int camera : config.cameras) {
      const Camera& other = boom.cameras[static_cast<size_t>(camera)];
      if (other.width != first.width || other.height != first.height) {
        return Status(Code::kInvalidArgument,
                      "a stock of frames needs cameras of one size; '" + other.name + "' differs");
      }
    }
    machine->stock_ =
        std::make_shared<const FrameStock>(DrawStock(*machine->field_, first, config.stock));
  }
  return machine;
}

Machine::~Machine() { static_cast<void>(Stop()); }

Status Machine::OpenEyes(OnThread on_thread) {
  for (int i = 0; i < config_.threads; ++i) {
    LookerOptions options{.frames_every = config_.frames_every,
                          .shadow = &shadow_,
                          .on_thread = on_thread,
                          .hung_after = config_.hung_after};
    std::ranges::copy_if(config_.faults, std::back_inserter(options.drills), IsHang);
    if (!frame_encoders_.empty()) options.log = frame_encoders_[static_cast<size_t>(i)].get();
    lookers_.push_back(std::make_unique<Looker>(*health_, options));
  }
  const bool networks = config_.net || !config_.slot.empty();
  std::vector<SeenCamera> seen;
  for (size_t i = 0; i < config_.cameras.size(); ++i) {
    const auto camera = static_cast<size_t>(config_.cameras[i]);
    FURROW_ASSIGN(std::unique_ptr<FrameSource> source, OpenSource(i));
    exchanges_.push_back(std::make_unique<NetExchange>());
    seen.push_back({config_.cameras[i], source->format(), exchanges_.back().get()});
    Eye eye(config_.boom.cameras[camera], source->format(), config_.method, config_.area_min,
            networks ? exchanges_.back().get() : nullptr);
    Looker& looker = *lookers_[i % lookers_.size()];
    receivers_.push_back(
        std::make_unique<Receiver>(std::move(source), health_->cameras[camera], looker));
    looker.Add(config_.cameras[i], receivers_.back()->frames(), std::move(eye),
               [this, camera, format = seen.back().format] {
                 return Eye(config_.boom.cameras[camera], format, config_.method, config_.area_min,
                            nullptr);
               });
  }
  return networks ? OpenNetworks(std::move(seen)) : Status();
}

Status Machine::OpenNetworks(std::vector<SeenCamera> cameras) {
  changer_ = std::make_unique<ModelChanger>(config_.boom, std::move(cameras), shadow_, [this] {
    for (const auto& looker : lookers_) looker->Ring();
  });
  if (config_.net) return changer_->BeginWithout(config_.model, *config_.net, config_.area_min);
  std::error_code error;
  // A machine that has had no bundle yet works by the index until one comes.
  if (!std::filesystem::exists(std::filesystem::symlink_status(config_.slot, error))) return {};
  FURROW_ASSIGN(const Slot slot, ReadSlot(config_.slot));
  return changer_->Begin(slot);
}

Result<std::unique_ptr<FrameSource>> Machine::OpenSource(size_t at) {
  const int index = config_.cameras[at];
  const Camera& camera = config_.boom.cameras[static_cast<size_t>(index)];
  switch (config_.capture) {
    case CaptureKind::kField: {
      std::vector<CameraFault> faults = config_.faults;
      std::erase_if(faults, IsHang);
      return DrawnFrames({&*field_, &*drive_}, config_.boom, index, std::move(faults));
    }
    case CaptureKind::kStock:
      return StoredFrames(config_.boom, index, stock_);
    case CaptureKind::kFolder:
      return FolderFrames(config_.devices[at], camera, index, config_.again);
    case CaptureKind::kV4l2:
      return V4l2Frames(config_.devices[at], camera, index, config_.exposure);
    case CaptureKind::kVideo:
      return VideoFrames(config_.devices[at], camera, index, config_.again);
  }
  return Status(Code::kInternal, "no such source");
}

Status Machine::OpenLog() {
  if (config_.log_folder.empty()) return {};
  encoder_ = std::make_unique<LogEncoder>(kRingBytes);
  std::vector<LogEncoder*> all{encoder_.get()};
  if (config_.frames_every > 0) {
    size_t largest = 0;
    for (const Camera& camera : config_.boom.cameras) {
      largest = std::max(largest, PixelBytes(PixelFormat::kRgb8, camera.width, camera.height));
    }
    for (int i = 0; i < config_.threads; ++i) {
      frame_encoders_.push_back(std::make_unique<LogEncoder>(largest * 4 + kRingBytes));
      all.push_back(frame_encoders_.back().get());
    }
  }
  encoder_->Boom(config_.boom_text);
  LogOptions options;
  // On a computer that is too busy idle time never comes, and what was sprayed must be on record.
  options.idle = false;
  options.reserve_bytes = config_.log_reserve;
  options.segment_bytes = config_.segment_bytes;
  std::string folder = config_.log_folder;
  if (config_.log_numbered) {
    FURROW_ASSIGN(folder, NextLogFolder(folder));
  }
  FURROW_ASSIGN(log_, LogFile::Open(folder, options, std::move(all)));
  return {};
}

SelfTestReport Machine::TestValves() {
  return edge::TestValves(config_.boom, *valves_, *bus_, {MonotonicNow, SleepUntil},
                          5 * kMillisecond);
}

Status Machine::Start(OnThread on_thread) {
  FURROW_TRY(OpenLog());
  FURROW_TRY(OpenEyes(on_thread));
  health_->locked = LockMemory();
  const Nanos start = MonotonicNow() + kLeadIn;
  if (config_.gnss_device.empty()) {
    poses_ = std::make_unique<PoseFeed>(
        DrivenPoses(*drive_, start, config_.boom.height, config_.field.seed));
  } else {
    FURROW_ASSIGN(std::unique_ptr<PoseSource> receiver,
                  ReceiverPoses(config_.gnss_device, config_.gnss_baud, config_.gnss_latency));
    poses_ = std::make_unique<PoseFeed>(std::move(receiver));
  }
  for (const auto& receiver : receivers_) receiver->Begin(start);
  std::vector<ByteRing*> findings;
  for (const auto& looker : lookers_) findings.push_back(&looker->findings());
  DeciderOptions options;
  options.when_unseen = config_.when_unseen;
  options.alarm_after = config_.alarm_after;
  options.start = start;
  options.on_thread = on_thread;
  decider_ = std::make_unique<Decider>(config_.boom, *health_, *valves_, poses_->ring(),
                                       std::move(findings), encoder_.get(), options);
  if (!config_.link_file.empty()) {
    FURROW_ASSIGN(linker_, Linker::Open(config_.link_file, config_.boom, *health_, changer_.get(),
                                        [this] { CountReplaced(); }));
  }
  health_->started = MonotonicNow();
  health_->processor_before = ProcessorTime();
  for (const auto& looker : lookers_) looker->Start(start);
  poses_->Start();
  decider_->Start();
  for (const auto& receiver : receivers_) receiver->Start();
  watch_ = std::thread(&Machine::Watch, this);
  if (changer_) changer_->Start();
  if (linker_) linker_->Start();
  return {};
}

/// Not urgent: the threads that it starts in place of others would be so, too.
void Machine::Watch() {
  while (!stop_watching_.load(std::memory_order_relaxed)) {
    SleepUntil(MonotonicNow() + kWatchEvery);
    for (const auto& looker : lookers_) looker->Watch(MonotonicNow());
  }
}

bool Machine::hung() const {
  return std::ranges::any_of(lookers_, [](const auto& looker) { return looker->hung(); });
}

Status Machine::Stop() {
  if (linker_) linker_->Stop();
  if (changer_) changer_->Stop();
  if (decider_) decider_->Stop();
  stop_watching_ = true;
  if (watch_.joinable()) watch_.join();
  for (const auto& receiver : receivers_) receiver->Stop();
  for (const auto& looker : lookers_) looker->Stop();
  if (poses_) poses_->Stop();
  if (!log_) return {};
  const Status closed = log_->Close();
  TellOfLog();
  log_.reset();
  return closed;
}

void Machine::TellOfLog() {
  const LogCounters log = log_->counters();
  health_->log_state = log.state;
  health_->log_disk_lost = log.disk_lost;
  health_->log_frames_lost = log.disk_lost_frames;
  health_->log_reserved = log.reserved;
  health_->log_synced_bytes = log.synced_bytes;
  health_->log_synced_until = log.synced_until;
}

void Machine::CountReplaced() {
  uint64_t replaced = 0;
  for (const auto& receiver : receivers_) replaced += receiver->frames().replaced();
  health_->frames_replaced = replaced;
}

std::string Machine::HealthText() {
  CountReplaced();
  if (log_) TellOfLog();
  return edge::HealthText(config_.boom, *health_);
}

bool Machine::ended() const {
  return std::ranges::all_of(receivers_, [](const auto& one) { return one->ended(); });
}

}  // namespace furrow::edge
