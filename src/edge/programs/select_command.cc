// SPDX-License-Identifier: Apache-2.0
// furrow-edge select: which frames of a log are worth sending home.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "edge/boom/text_file.h"
#include "edge/detect/class_rows.h"
#include "edge/detect/detector.h"
#include "edge/detect/net_detector.h"
#include "edge/image/image.h"
#include "edge/pose/pose.h"
#include "edge/programs/commands.h"
#include "edge/record/log_reader.h"
#include "edge/select/choose.h"
#include "edge/select/disagreement.h"
#include "json/text.h"

namespace furrow::edge {
namespace {

constexpr const char* kExamples = R"(
Every frame that LOG holds ([record] frames_every of furrow-edge run) is judged by the index
`adaptive` and by a network, or by two networks. Where they disagree most, where the machine was
elsewhere and the picture looks otherwise, a frame is chosen, until the budget is spent. Writes
CAMERA-SEQUENCE.png for each into the new folder OUT, a Bayer image at half its size in colour, and
selected.json: a line for each, with its score and where it was taken.

Examples:
  furrow-edge select log --model weeds.onnx --out chosen --megabytes 20
  furrow-edge select log --model old.onnx --second-model new.onnx --out chosen
)";

struct Options {
  std::string log, out, model, second;
  double megabytes = 20, score_min = 0.001;
};

/// Loaded once, with a detector for the frames seen last.
class Network {
 public:
  static Result<std::unique_ptr<Network>> Load(const std::string& path) {
    FURROW_ASSIGN(SegmentationModel model, LoadSegmentation(path, 1));
    return std::unique_ptr<Network>(new Network(std::move(model)));
  }

  Result<ClassView> Judge(const FrameView& frame) {
    if (!detector_ || frame.width != width_ || frame.height != height_ || frame.format != format_) {
      detector_.reset();
      width_ = frame.width;
      height_ = frame.height;
      format_ = frame.format;
      FURROW_ASSIGN(NetDetector made, NetDetector::Make(model_, {.method = NetMethod::kNet,
                                                                 .width = width_,
                                                                 .height = height_,
                                                                 .format = format_}));
      detector_.emplace(std::move(made));
    }
    FURROW_TRY(detector_->Detect({&frame, 1}, {&found_, 1}));
    return detector_->last_classes(0);
  }

  const std::string& sha256() const { return model_.sha256; }

 private:
  explicit Network(SegmentationModel model) : model_(std::move(model)) {}

  const SegmentationModel model_;
  std::optional<NetDetector> detector_;
  int width_ = 0, height_ = 0;
  PixelFormat format_ = PixelFormat::kRgb8;
  std::vector<Detection> found_;
};

/// A Bayer frame's quads as pixels; a coloured frame as it is.
Image Coloured(const FrameView& frame) {
  const bool bayer = frame.format == PixelFormat::kBayerRggb8;
  const int scale = bayer ? 2 : 1;
  Image image = MakeImage(frame.width / scale, frame.height / scale, 3);
  for (int y = 0; y < image.height; ++y) {
    uint8_t* to = image.row(y);
    const uint8_t* upper = frame.data + y * scale * frame.stride;
    if (!bayer) {
      std::copy(upper, upper + image.stride(), to);
      continue;
    }
    const uint8_t* lower = upper + frame.stride;
    for (int x = 0; x < image.width; ++x) {
      to[3 * x] = upper[2 * x];
      to[3 * x + 1] = static_cast<uint8_t>((upper[2 * x + 1] + lower[2 * x] + 1) / 2);
      to[3 * x + 2] = lower[2 * x + 1];
    }
  }
  return image;
}

class Selector {
 public:
  explicit Selector(const Options& options) : options_(options) {}

  Status Run() {
    FURROW_ASSIGN(first_, Network::Load(options_.model));
    if (!options_.second.empty()) {
      FURROW_ASSIGN(second_, Network::Load(options_.second));
    }
    std::error_code error;
    if (std::filesystem::exists(options_.out, error)) {
      return Status(Code::kAlreadyExists, options_.out + ": is there already; name a new folder");
    }
    std::vector<std::string> damage;
    const Status scored = Walk([this](const FrameRecord& frame) { return Score(frame); }, damage);
    for (const std::string& one : damage) {
      fmt::print(stderr, "furrow-edge select: left out: {}\n", one);
    }
    FURROW_TRY(scored);
    const std::vector<size_t> chosen = Choose(
        candidates_,
        {.budget = static_cast<size_t>(options_.megabytes * 1e6), .score_min = options_.score_min});
    std::filesystem::create_directories(options_.out, error);
    if (error) {
      return Status(Code::kIoError, fmt::format("{}: {}", options_.out, error.message()));
    }
    rank_.assign(candidates_.size(), 0);
    for (size_t i = 0; i < chosen.size(); ++i) rank_[chosen[i]] = i + 1;
    lines_.resize(chosen.size());
    next_ = 0;
    FURROW_TRY(Walk([this](const FrameRecord& frame) { return Write(frame); }, damage));
    std::string table;
    for (const std::string& line : lines_) table += line + "\n";
    FURROW_TRY(WriteTextFile(options_.out + "/selected.json", table));
    size_t bytes = 0;
    for (const size_t i : chosen) bytes += candidates_[i].bytes;
    fmt::print("{} of {} frames, {:.2f} MB\n", chosen.size(), candidates_.size(),
               static_cast<double>(bytes) / 1e6);
    return {};
  }

 private:
  template <typename F>
  Status Walk(const F& on_frame, std::vector<std::string>& damage) {
    FURROW_ASSIGN(LogReader log, LogReader::Open(options_.log));
    PoseHistory history;
    Record record;
    bool any = false;
    while (true) {
      const auto more = log.Next(record);
      if (!more.ok()) {
        damage.push_back(more.status().message());
        if (log.Resume()) continue;
      }
      if (!more.ok() || !*more) break;
      any = true;
      if (const auto* pose = std::get_if<PoseRecord>(&record)) {
        history.Add({.t = pose->t, .s = pose->s, .v = pose->v, .yaw_rate = pose->yaw_rate});
      } else if (const auto* model = std::get_if<ModelRecord>(&record)) {
        judges_[{model->camera, model->sequence}] = *model;
      } else if (const auto* frame = std::get_if<FrameRecord>(&record)) {
        const std::optional<Pose> at = history.At(frame->captured);
        place_ = at ? at->s : 0;
        FURROW_TRY(on_frame(*frame));
      }
    }
    return any ? Status()
               : Status(Code::kInvalidArgument, options_.log + ": there is no record in this log");
  }

  Status Score(const FrameRecord& record) {
    const FrameView frame = record.View();
    FURROW_ASSIGN(const ClassView net, first_->Judge(frame));
    Candidate one;
    if (second_) {
      FURROW_ASSIGN(const ClassView other, second_->Judge(frame));
      one.score = Disagreement(net.width, net.height,
                               [&](int x, int y) { return net.row(y)[x] != other.row(y)[x]; });
    } else {
      Detector index(Method::kAdaptive, {}, frame.width, frame.height);
      std::vector<Detection> found;
      index.Detect(frame, found);
      const MaskView mask = index.last_mask();
      one.score = Disagreement(net.width, net.height, [&](int x, int y) {
        return mask.At(x, y) != (net.row(y)[x] != kNoPlant);
      });
    }
    const Image image = Coloured(frame);
    FURROW_ASSIGN(const std::string png, EncodePng(image));
    one.camera = record.camera;
    one.s = place_;
    one.look = LookOf(image);
    one.bytes = png.size();
    candidates_.push_back(one);
    if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r{} frames", candidates_.size());
    return {};
  }

  /// The bundle whose network decided then; null when none did or the log does not say.
  json::Value JudgeOf(const FrameRecord& frame) const {
    auto at = judges_.upper_bound({frame.camera, frame.sequence});
    if (at == judges_.begin() || (--at)->first.first != frame.camera) return {};
    if (at->second.version == 0) return {};
    std::string id;
    for (const uint8_t byte : at->second.bundle) id += fmt::format("{:02x}", byte);
    return json::Object{{"bundle", id}, {"version", at->second.version}};
  }

  Status Write(const FrameRecord& record) {
    const size_t at = next_++;
    if (rank_[at] == 0) return {};
    const std::string name = fmt::format("{}-{:06}.png", record.camera, record.sequence);
    FURROW_TRY(WritePng(Coloured(record.View()), options_.out + "/" + name));
    lines_[rank_[at] - 1] = json::Write(json::Object{
        {"file", name},
        {"camera", record.camera},
        {"sequence", static_cast<int64_t>(record.sequence)},
        {"captured_s", FromBillionths(record.captured)},
        {"s_m", FromMillionths(candidates_[at].s)},
        {"score", candidates_[at].score},
        {"bytes", static_cast<int64_t>(candidates_[at].bytes)},
        {"judged_by", JudgeOf(record)},
        {"model_sha256", first_->sha256()},
        {"second_model_sha256", second_ ? json::Value(second_->sha256()) : json::Value()}});
    return {};
  }

  const Options& options_;
  std::unique_ptr<Network> first_, second_;
  std::map<std::pair<int32_t, uint64_t>, ModelRecord> judges_;  // by camera and first frame
  Microns place_ = 0;  // of the machine at the frame that is looked at
  std::vector<Candidate> candidates_;
  std::vector<size_t> rank_;  // from 1; 0: not chosen
  std::vector<std::string> lines_;
  size_t next_ = 0;
};

}  // namespace

void AddSelectCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* select = app.add_subcommand("select", "choose frames of a log that are worth sending");
  select->footer(kExamples);
  select->add_option("LOG", options->log, "a log with frames")->required();
  select->add_option("--model", options->model, "a network")->required();
  select->add_option("--second-model", options->second, "another, in place of the index");
  select->add_option("--out", options->out, "a new folder")->required();
  select->add_option("--megabytes", options->megabytes, "of all images together")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  select->add_option("--score-min", options->score_min, "0 to 1; below it nobody disagrees")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  select->callback([options, &exit_code] {
    const Status status = Selector(*options).Run();
    if (status.ok()) return;
    fmt::print(stderr, "furrow-edge select: {}\n", status.message());
    exit_code = 1;
  });
}

}  // namespace furrow::edge
