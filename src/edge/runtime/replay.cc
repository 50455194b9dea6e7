// SPDX-License-Identifier: Apache-2.0
#include "edge/runtime/replay.h"

#include <atomic>
#include <map>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "edge/record/log_reader.h"

namespace furrow::edge {
namespace {

using FrameKey = std::pair<int, uint64_t>;  // camera, sequence
using Findings = std::map<FrameKey, std::vector<Detection>>;

/// Frames of one batch are shared out among the threads, each of which has a detector of its own.
void DetectBatch(const std::vector<FrameRecord>& frames, const ReplayOptions& options,
                 Findings& findings) {
  std::vector<std::vector<Detection>> found(frames.size());
  std::atomic<size_t> next{0};
  const auto work = [&] {
    std::unique_ptr<Detector> detector;
    int width = 0, height = 0;
    for (size_t i = next++; i < frames.size(); i = next++) {
      if (!detector || frames[i].width > width || frames[i].height > height) {
        width = std::max(width, frames[i].width);
        height = std::max(height, frames[i].height);
        detector = std::make_unique<Detector>(*options.method, options.detector, width, height);
      }
      detector->Detect(frames[i].View(), found[i]);
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 1; i < options.threads; ++i) threads.emplace_back(work);
  work();
  threads.clear();
  for (size_t i = 0; i < frames.size(); ++i) {
    findings[{frames[i].camera, frames[i].sequence}] = std::move(found[i]);
  }
}

Result<Findings> DetectAnew(const std::string& path, const ReplayOptions& options) {
  FURROW_ASSIGN(LogReader log, LogReader::Open(path));
  Findings findings;
  std::vector<FrameRecord> batch;
  Record record;
  const size_t batch_max = static_cast<size_t>(options.threads) * 4;
  while (true) {
    const Result<bool> next = log.Next(record);
    // Where it cannot be read any more the replay ends as well.
    if (!next.ok() && next.status().code() != Code::kCorruption) return next.status();
    const bool more = next.ok() && *next;
    if (more && std::holds_alternative<FrameRecord>(record)) {
      batch.push_back(std::move(std::get<FrameRecord>(record)));
    }
    if (batch.size() >= batch_max || (!more && !batch.empty())) {
      DetectBatch(batch, options, findings);
      batch.clear();
    }
    if (!more) return findings;
  }
}

class Replayer {
 public:
  explicit Replayer(const Findings& findings) : findings_(findings) {}

  /// `version`: of the log's segment.
  Status Take(const Record& record, int version) {
    version_ = version;
    return std::visit([this](const auto& one) { return On(one); }, record);
  }
  /// After the last record.
  Result<ReplayReport> Finish(bool closed) {
    if (!sprayer_) return Status(Code::kInvalidArgument, "the log names no boom");
    report_.closed = closed;
    report_.commands = sprayer_->hash();
    if (!closed && given_ < commands_.size()) {
      // The log was cut off between the last tick and its commands.
      report_.commands = before_;
      for (size_t i = 0; i < given_; ++i) report_.commands.Add(commands_[i]);
    } else if (!report_.differs && given_ < commands_.size()) {
      // What was given now and not then is missing there.
      report_.differs = commands_[given_].at;
    }
    report_.sprayer = sprayer_->counters();
    report_.schedule = sprayer_->schedule_counters();
    report_.seconds = FromBillionths(last_tick_ - first_tick_);
    return report_;
  }
  ReplayReport& report() { return report_; }

 private:
  Status NoBoom() const {
    return Status(Code::kInvalidArgument, "the log does not begin with its boom");
  }

  Status On(const BoomRecord& record) {
    FURROW_ASSIGN(boom_, ParseBoom(record.toml, "the log's boom"));
    SprayerOptions options;
    if (version_ < 2) {  // docs/formats/edge-log.md
      options.fall = FallRule::kAsInFile;
      options.ahead = 0;
    }
    sprayer_ = std::make_unique<Sprayer>(boom_, options);
    report_.boom = boom_.name;
    return {};
  }
  Status On(const PoseRecord& record) {
    if (!sprayer_) return NoBoom();
    ++report_.poses;
    Pose pose{record.t, record.s, record.v, record.yaw_rate};
    pose.lift = record.lift;
    pose.flags = record.flags;
    sprayer_->OnPose(pose);
    return {};
  }
  Status On(const DetectionsRecord& record) {
    if (!sprayer_) return NoBoom();
    if (record.camera < 0 || record.camera >= static_cast<int>(boom_.cameras.size())) {
      return Status(Code::kInvalidArgument, fmt::format("the log names camera {}; its boom has {}",
                                                        record.camera, boom_.cameras.size()));
    }
    const auto anew = findings_.find({record.camera, record.sequence});
    const std::vector<Detection>& found = anew == findings_.end() ? record.found : anew->second;
    report_.frames_detected += anew != findings_.end();
    ++report_.frames;
    report_.detections += found.size();
    sprayer_->OnFrame({record.camera, record.sequence, record.captured, record.published, found});
    return {};
  }
  Status On(const TickRecord& record) {
    if (!sprayer_) return NoBoom();
    if (report_.ticks++ == 0) first_tick_ = record.now;
    last_tick_ = record.now;
    // Those of the tick before that were not recorded then.
    if (!report_.differs && given_ < commands_.size()) report_.differs = commands_[given_].at;
    commands_.clear();
    given_ = 0;
    before_ = sprayer_->hash();
    sprayer_->OnTick(record.now, commands_);
    return {};
  }
  Status On(const CommandRecord& record) {
    const Command then{record.nozzle, record.open, record.at};
    report_.recorded.Add(then);
    if (!report_.differs && (given_ >= commands_.size() || commands_[given_] != then)) {
      report_.differs = then.at;
    }
    ++given_;
    return {};
  }
  Status On(const UnseenRecord& record) {
    if (!sprayer_) return NoBoom();
    sprayer_->OnUnseen(record);
    return {};
  }
  Status On(const MasterRecord& record) {
    if (!sprayer_) return NoBoom();
    sprayer_->SetMaster(record.on);
    return {};
  }
  Status On(const ModelRecord& record) {
    report_.models.push_back(record);
    return {};
  }
  Status On(const GapRecord& record) {
    report_.lost += record.records;
    return {};
  }
  Status On(const FrameRecord&) { return {}; }
  Status On(const NoteRecord&) { return {}; }
  Status On(const SprayedRecord&) { return {}; }
  Status On(const EndRecord&) { return {}; }

  const Findings& findings_;
  Boom boom_;
  std::unique_ptr<Sprayer> sprayer_;
  int version_ = 0;
  std::vector<Command> commands_;  // of the last tick
  CommandHash before_;             // of all before it
  size_t given_ = 0;               // of these, how many the log had
  Nanos first_tick_ = 0, last_tick_ = 0;
  ReplayReport report_;
};

}  // namespace

Result<ReplayReport> Replay(const std::string& path, const ReplayOptions& options) {
  Findings findings;
  if (options.method) {
    FURROW_ASSIGN(findings, DetectAnew(path, options));
  }
  FURROW_ASSIGN(LogReader log, LogReader::Open(path));
  log.LeaveOutPixels();
  Replayer replayer(findings);
  Record record;
  Status damage;
  while (true) {
    const Result<bool> more = log.Next(record);
    if (!more.ok()) {
      damage = more.status();
      if (damage.code() != Code::kCorruption || replayer.report().ticks == 0) return damage;
      break;
    }
    if (!*more) break;
    if (const Status status = replayer.Take(record, log.version()); !status.ok()) {
      return status.With(path);
    }
  }
  auto report = replayer.Finish(log.closed());
  if (!report.ok()) return report.status().With(path);
  report->damage = damage;
  return report;
}

}  // namespace furrow::edge
