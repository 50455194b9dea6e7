// SPDX-License-Identifier: Apache-2.0
#include "device/agent/agent.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "base/say.h"
#include "device/agent/about.h"
#include "device/agent/edge_keeper.h"
#include "device/agent/harvester.h"
#include "device/agent/server.h"
#include "device/agent/trust.h"
#include "device/agent/updater.h"
#include "device/spool/image_pool.h"
#include "device/spool/spool.h"
#include "json/text.h"

namespace furrow::device {
namespace {

using Figure = edge::LinkFigure;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kNap{50};
constexpr size_t kBatchRecords = 500, kBatchBytes = 512u << 10;
constexpr int kBatchesAtOnce = 4;  // of a stream, between two heartbeats
constexpr double kWakeLeast = 0.2, kWakeMost = 60;
constexpr Seconds kBackoffMost{60};

std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Keeps a second furrow-device from working on the same folder.
class Alone {
 public:
  static Result<std::unique_ptr<Alone>> Take(const std::string& folder) {
    const std::string path = folder + "/device.lock";
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return bundle::DiskError(path, errno);
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
      ::close(file);
      return Status(Code::kFailedPrecondition, folder + ": another furrow-device works on it");
    }
    return std::unique_ptr<Alone>(new Alone(file));
  }
  ~Alone() { ::close(file_); }
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;

 private:
  explicit Alone(int file) : file_(file) {}
  const int file_;
};

/// The thread that talks to the server.
class Uplink {
 public:
  Uplink(const DeviceConfig& config, Server& server, Spool& spool, ImagePool& images,
         EdgeKeeper& keeper, Updater& updater, const Harvester& harvester,
         std::vector<bundle::PublicKey> trusted)
      : config_(config),
        server_(server),
        spool_(spool),
        images_(images),
        keeper_(keeper),
        updater_(updater),
        harvester_(harvester),
        trusted_(std::move(trusted)),
        wake_(config.heartbeat) {}

  void Run(const std::atomic<bool>& stop) {
    auto next = steady_clock::now();
    while (!stop) {
      const auto now = steady_clock::now();
      const Stage stage = updater_.state().stage;
      const bool told = now >= next || stage != told_stage_;
      if (told && now >= not_before_) {
        const Status beat = Heartbeat();
        next = steady_clock::now() + std::chrono::duration_cast<steady_clock::duration>(wake_);
        Note(beat);
        if (beat.ok()) told_stage_ = updater_.state().stage;
        if (beat.ok()) Note(Report());
      }
      if (!updater_.Step()) std::this_thread::sleep_for(kNap);
    }
  }

 private:
  /// After an error the server is left alone for a while that doubles.
  void Note(const Status& status) {
    if (status.ok()) {
      backoff_ = Seconds(0.5);
      if (!down_.empty()) Say(stderr, "furrow-device: the server answers again\n");
      down_.clear();
      return;
    }
    if (status.message() != down_) Say(stderr, "furrow-device: {}\n", status.message());
    down_ = status.message();
    not_before_ =
        steady_clock::now() + std::chrono::duration_cast<steady_clock::duration>(backoff_);
    backoff_ = std::min(2 * backoff_, std::max(kBackoffMost, config_.heartbeat));
    backoff_ = std::min(backoff_, std::max(config_.heartbeat * 6, Seconds(1)));
  }

  json::Value StateJson() const {
    const EdgeView view = keeper_.View();
    const SpoolCounters spool = spool_.counters();
    json::Object state{{"edge", view.telling      ? "running"
                                : view.restarting ? "restarting"
                                                  : "stopped"},
                       {"frames", view.frames},
                       {"dropped", view.dropped},
                       {"missed", view.missed},
                       {"alarms", spool_.next(Stream::kAlarms)},
                       {"spool", json::Object{{"records", spool.records + images_.count()},
                                              {"bytes", spool.bytes}}}};
    if (const auto disagreement = updater_.disagreement()) state["disagreement"] = *disagreement;
    if (!view.figures) return state;
    const edge::LinkFigures& figures = *view.figures;
    const FieldPoint at = config_.field.On(figures.Get(Figure::kX), figures.Get(Figure::kY));
    const double turned = static_cast<double>(figures.Get(Figure::kHeading)) / 1e9;
    state["position"] =
        json::Object{{"x_m", at.x}, {"y_m", at.y}, {"heading_rad", config_.field.heading + turned}};
    state["speed_mps"] =
        view.telling ? static_cast<double>(figures.Get(Figure::kSpeed)) / 1e6 : 0.0;
    state["spraying"] = view.telling && figures.Get(Figure::kMaster) != 0;
    const std::string id = BundleOf(figures);
    // Of the network that runs now: a gate must not judge it by what another one did.
    if (const auto sprayed = harvester_.Share(); sprayed && sprayed->bundle == id) {
      state["sprayed_share"] = sprayed->share;
    }
    if (!id.empty()) {
      state["bundle"] = json::Object{{"id", id}, {"version", figures.Get(Figure::kModelVersion)}};
    }
    if (figures.Get(Figure::kSlackCount) > 0) {
      state["slack_ms"] =
          json::Object{{"p50", static_cast<double>(figures.Get(Figure::kSlackP50)) / 1e6},
                       {"p1", static_cast<double>(figures.Get(Figure::kSlackP1)) / 1e6}};
    }
    return state;
  }

  Status Heartbeat() {
    json::Object request{{"state", StateJson()}};
    if (json::Value progress = updater_.Progress(); !progress.IsNull()) {
      request["progress"] = std::move(progress);
    }
    // Boom, program or field may be others than when it enrolled.
    if (!told_about_) request["about"] = AboutMachine(config_);
    FURROW_ASSIGN(const json::Value answer, server_.Call("fleet.heartbeat", request));
    told_about_ = true;
    if (answer.At("trusted_keys").IsArray()) {
      std::vector<bundle::PublicKey> trusted = ParseKeys(answer.At("trusted_keys"));
      if (trusted != trusted_) {
        FURROW_TRY(WriteTrusted(config_.folder, trusted));
        trusted_ = trusted;
        updater_.SetTrusted(std::move(trusted));
      }
    }
    const json::Value& desired = answer.At("desired");
    const std::optional<Desired> parsed = ParseDesired(desired);
    if (const std::string& off = desired.At("off").AsString(); !off.empty()) {
      updater_.TakeOff(off);
    } else if (desired.IsNull() || parsed) {
      updater_.Want(parsed);
    } else {
      Say(stderr, "furrow-device: the server wants a bundle that it does not describe\n");
    }
    for (size_t i = 0; i < kStreams; ++i) {
      const auto stream = static_cast<Stream>(i);
      const json::Value& next = answer.At("next").At(StreamName(stream));
      if (next.IsInt() && next.AsInt() >= 0) {
        FURROW_TRY(spool_.Acknowledge(stream, static_cast<uint64_t>(next.AsInt())));
      }
    }
    const double wake = answer.At("wake_s").AsDouble();
    wake_ = wake > 0 ? std::min(Seconds(std::clamp(wake, kWakeLeast, kWakeMost)), config_.heartbeat)
                     : config_.heartbeat;
    return {};
  }

  Status Report() {
    FURROW_TRY(ReportStream(Stream::kAlarms));
    FURROW_TRY(ReportStream(Stream::kSprays));
    FURROW_TRY(ReportStream(Stream::kMetrics));
    FURROW_TRY(UploadImages());
    return ReportStream(Stream::kImages);
  }

  Status ReportStream(Stream stream) {
    for (int i = 0; i < kBatchesAtOnce; ++i) {
      const SpoolBatch batch = spool_.Front(stream, kBatchRecords, kBatchBytes);
      if (batch.records.empty()) return {};
      json::Array records;
      for (const std::string& text : batch.records) {
        auto record = json::Parse(text);
        records.push_back(record.ok() ? std::move(record).value() : json::Value());
      }
      const auto answer = server_.Call(
          "fleet.report",
          json::Object{{"stream", StreamName(stream)}, {"from", batch.from}, {"records", records}});
      if (!answer.ok() && answer.status().code() == Code::kInvalidArgument) {
        FURROW_TRY(ReportOneByOne(stream, batch));
        continue;
      }
      if (!answer.ok()) return answer.status();
      const int64_t next = answer->At("next").AsInt(-1);
      if (next < 0) return Status(Code::kUnavailable, "fleet.report: no next in the answer");
      FURROW_TRY(spool_.Acknowledge(stream, static_cast<uint64_t>(next)));
    }
    return {};
  }

  /// One of them the server will not have. It must not stop the others: nothing is sent in its
  /// place, and that is said.
  Status ReportOneByOne(Stream stream, const SpoolBatch& batch) {
    for (size_t i = 0; i < batch.records.size(); ++i) {
      auto record = json::Parse(batch.records[i]);
      for (bool given_up = !record.ok();; given_up = true) {
        const auto answer = server_.Call(
            "fleet.report",
            json::Object{{"stream", StreamName(stream)},
                         {"from", batch.from + i},
                         {"records", json::Array{given_up ? json::Value() : *record}}});
        if (answer.ok()) {
          FURROW_TRY(spool_.Acknowledge(stream, batch.from + i + 1));
          break;
        }
        if (answer.status().code() != Code::kInvalidArgument || given_up) return answer.status();
        Say(stderr, "furrow-device: record {} of {} is not taken: {}\n", batch.from + i,
            StreamName(stream), answer.status().message());
      }
    }
    return {};
  }

  Status UploadImages() {
    for (int i = 0; i < kBatchesAtOnce; ++i) {
      const auto image = images_.Best();
      if (!image) return {};
      auto record = json::Parse(image->text);
      if (!record.ok()) {
        images_.Remove(image->name);
        continue;
      }
      const std::string path = fmt::format("tractors/{}/{}", config_.name, image->name);
      FURROW_TRY(server_.Upload(path, ReadBytes(image->path)));
      (*record)["url"] = "/" + path;
      const auto put = spool_.Append(Stream::kImages, json::Write(*record));
      if (!put.ok()) return put.status();
      images_.Remove(image->name);
    }
    return {};
  }

  const DeviceConfig& config_;
  Server& server_;
  Spool& spool_;
  ImagePool& images_;
  EdgeKeeper& keeper_;
  Updater& updater_;
  const Harvester& harvester_;
  std::vector<bundle::PublicKey> trusted_;
  Seconds wake_, backoff_{0.5};
  steady_clock::time_point not_before_{};
  Stage told_stage_ = Stage::kNone;
  std::string down_;
  bool told_about_ = false;
};

}  // namespace

Status RunDevice(const DeviceConfig& config, const std::atomic<bool>& stop) {
  FURROW_ASSIGN(const std::unique_ptr<Alone> alone, Alone::Take(config.folder));
  FURROW_ASSIGN(std::vector<bundle::PublicKey> trusted, ReadTrusted(config.folder));
  FURROW_ASSIGN(bundle::SigningKey key, bundle::SigningKey::Read(config.folder + "/device.key"));
  FURROW_ASSIGN(const std::unique_ptr<Spool> spool,
                Spool::Open(config.folder + "/spool", {.bytes_max = config.spool_bytes}));
  std::set<std::string> sent;
  for (const std::string& text : spool->All(Stream::kImages)) {
    if (const auto record = json::Parse(text); record.ok()) {
      sent.insert(record->At("name").AsString());
    }
  }
  FURROW_ASSIGN(const std::unique_ptr<ImagePool> images,
                ImagePool::Open(config.folder + "/spool/waiting", nullptr,
                                [&](const std::string& name) { return sent.contains(name); }));
  spool->SetGiver([&] { return images->GiveUp(); }, [&] { return images->bytes(); });
  Server server(config.server, config.files, config.ca_file);
  server.SignAs(config.name, std::move(key));
  EdgeKeeper keeper(config, *spool);
  Updater updater(config, server, keeper, SystemDisk());
  FURROW_TRY(updater.Begin(trusted));
  keeper.Start();
  Harvester harvester(config, *spool, *images);
  harvester.Start();
  Uplink(config, server, *spool, *images, keeper, updater, harvester, std::move(trusted)).Run(stop);
  harvester.Stop();
  keeper.Stop(true);
  spool->SetGiver({}, {});
  return spool->Sync();
}

}  // namespace furrow::device
