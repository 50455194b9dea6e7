// SPDX-License-Identifier: Apache-2.0
#include "edge/live/machine_config.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>

#include "base/toml.h"
#include "edge/boom/section.h"
#include "edge/boom/sine.h"
#include "edge/boom/standard.h"
#include "edge/boom/text_file.h"

namespace furrow::edge {
namespace {

constexpr size_t kBytesMax = 1u << 20;
constexpr size_t kFaultsMax = 1000;
constexpr std::string_view kTables[] = {"field",  "capture", "pose",    "detect", "decide",
                                        "record", "health",  "actuate", "link"};

const toml::table& TableOf(const toml::table& root, std::string_view name) {
  static const toml::table kNone;
  const toml::node* node = root.get(name);
  return node != nullptr && node->is_table() ? *node->as_table() : kNone;
}

/// One of `names`, as its index.
template <size_t N>
Result<size_t> Choice(Section& section, std::string_view key, const std::string_view (&names)[N],
                      size_t fallback) {
  FURROW_ASSIGN(const std::string word, section.Text(key, std::string(names[fallback])));
  for (size_t i = 0; i < N; ++i) {
    if (names[i] == word) return i;
  }
  return section.Wrong(key, fmt::format("'{}' is not known; there are: {}", word,
                                        fmt::join(std::begin(names), std::end(names), " ")));
}

std::string Beside(const std::string& path, const std::string& named) {
  if (named.empty() || std::filesystem::path(named).is_absolute()) return named;
  return (std::filesystem::path(path).parent_path() / named).string();
}

/// What `parse` says of a word, with the place where the word stands.
template <typename T, typename Parse>
Status Named(Section& section, std::string_view key, std::string_view fallback, Parse parse,
             T& out) {
  FURROW_ASSIGN(const std::string word, section.Text(key, std::string(fallback)));
  Result<T> value = parse(word);
  if (!value.ok()) return section.Wrong(key, value.status().message());
  out = *value;
  return {};
}

Status ReadField(Section section, MachineConfig& config) {
  FieldOptions& field = config.field;
  FURROW_ASSIGN(const int seed, section.Whole("seed", 0, 1'000'000'000, 1));
  field.seed = static_cast<uint64_t>(seed);
  FURROW_ASSIGN(field.weeds_per_m2, section.Number("weeds_per_m2", 0, 100, 1));
  FURROW_ASSIGN(field.patchiness, section.Number("patchiness", 0, 1, field.patchiness));
  FURROW_ASSIGN(field.unseen_share, section.Number("unseen_share", 0, 1, 0));
  FURROW_ASSIGN(const auto weeds, section.Texts("weeds", 16));
  for (const std::string& weed : weeds) {
    const Result<uint8_t> species = WeedNamed(weed);
    if (!species.ok()) return section.Wrong("weeds", species.status().message());
    field.weeds.push_back(*species);
  }
  FURROW_ASSIGN(field.cloud, section.Number("cloud", 0, 1, field.cloud));
  if (section.Has("sun_deg")) {
    FURROW_ASSIGN(const double sun, section.Number("sun_deg", 6, 90, 90));
    field.sun_height_rad = std::min(sun * kPi / 180, kPi / 2);
  }
  FURROW_ASSIGN(config.speed_mps, section.Number("speed_mps", 0.1, 15, 2));
  FURROW_TRY(Named(section, "soil", "light", SoilNamed, field.soil));
  FURROW_TRY(Named(section, "crop", "none", CropNamed, field.crop));
  FURROW_TRY(Named(section, "stage", "young", StageNamed, field.stage));
  FURROW_ASSIGN(config.drive, section.Text("drive", "constant"));
  return section.Done();
}

Status ReadCapture(Section section, const std::string& path, MachineConfig& config) {
  constexpr std::string_view kKinds[] = {"field", "stock", "folder", "v4l2", "video"};
  FURROW_ASSIGN(const size_t kind, Choice(section, "source", kKinds, 0));
  config.capture = static_cast<CaptureKind>(kind);
  FURROW_ASSIGN(config.stock, section.Whole("frames", 2, 1000, 48));
  FURROW_ASSIGN(config.again, section.Flag("again", true));
  FURROW_ASSIGN(const double exposure, section.Number("exposure_s", 1e-6, 0.1, 0.000'2));
  config.exposure = ToBillionths(exposure);
  FURROW_ASSIGN(const auto cameras, section.Tables("camera", config.boom.cameras.size()));
  for (const toml::table* table : cameras) {
    Section camera(*table, "capture.camera", path);
    FURROW_ASSIGN(const std::string name, camera.Text("name", ""));
    const bool video = config.capture == CaptureKind::kVideo;
    const std::string_view key = video ? "file" : "device";
    FURROW_ASSIGN(const std::string device, camera.Text(key, ""));
    FURROW_TRY(camera.Done());
    const auto& all = config.boom.cameras;
    const auto at = std::ranges::find(all, name, &Camera::name);
    if (at == all.end()) {
      return camera.Wrong("name", fmt::format("the boom has no camera '{}'", name));
    }
    config.cameras.push_back(static_cast<int>(at - all.begin()));
    const bool beside = video || config.capture == CaptureKind::kFolder;
    config.devices.push_back(beside ? Beside(path, device) : device);
    if (device.empty() && config.capture >= CaptureKind::kFolder) {
      return camera.Wrong(key, video ? "write file = \"...\": a video"
                                     : "write device = \"...\": a folder or a video device");
    }
  }
  if (config.cameras.empty() && config.capture >= CaptureKind::kFolder) {
    return section.Wrong("source",
                         "write a [[capture.camera]] for each one, with name and device or file");
  }
  return section.Done({"camera"});
}

Status ReadFault(Section section, MachineConfig& config) {
  CameraFault fault;
  FURROW_TRY(Named(section, "kind", "", CameraFaultNamed, fault.kind));
  FURROW_ASSIGN(fault.camera,
                section.Whole("camera", 0, static_cast<int>(config.boom.cameras.size()) - 1, 0));
  FURROW_ASSIGN(const double from, section.Number("from_s", 0, 1e6, 0));
  FURROW_ASSIGN(const double length, section.Number("for_s", 0, 1e6, 1e6));
  FURROW_ASSIGN(const double delay, section.Number("late_s", 0, 10, 0.1));
  FURROW_TRY(section.Done());
  fault.from = ToBillionths(from);
  fault.until = ToBillionths(from + length);
  fault.delay = ToBillionths(delay);
  config.faults.push_back(fault);
  return {};
}

Status ReadPose(Section section, const std::string& path, MachineConfig& config) {
  FURROW_ASSIGN(const std::string device, section.Text("gnss", ""));
  config.gnss_device = Beside(path, device);
  FURROW_ASSIGN(config.gnss_baud, section.Whole("baud", 4800, 921'600, 38'400));
  FURROW_ASSIGN(const double latency, section.Number("latency_s", 0, 2, 0.06));
  config.gnss_latency = ToBillionths(latency);
  return section.Done();
}

Status ReadRest(const toml::table& root, const std::string& path, MachineConfig& config) {
  Section detect(TableOf(root, "detect"), "detect", path);
  FURROW_ASSIGN(const std::string method, detect.Text("method", "adaptive"));
  FURROW_ASSIGN(const std::string model, detect.Text("model", ""));
  if (method == "net" || method == "hybrid") {
    config.net = method == "net" ? NetMethod::kNet : NetMethod::kHybrid;
    config.model = Beside(path, model);
    if (model.empty()) return detect.Wrong("method", "write model = \"FILE.onnx\" as well");
  } else {
    FURROW_TRY(Named(detect, "method", "adaptive", ParseMethod, config.method));
    if (!model.empty()) return detect.Wrong("model", "only net and hybrid take a network");
  }
  FURROW_ASSIGN(const std::string slot, detect.Text("slot", ""));
  if (!slot.empty() && config.net) {
    return detect.Wrong("slot", "the slot names the network and its method; leave method out");
  }
  config.slot = Beside(path, slot);
  FURROW_ASSIGN(config.area_min, detect.Whole("area_min_px", 1, 1'000'000, 10));
  FURROW_ASSIGN(config.threads, detect.Whole("threads", 1, 64, 1));
  FURROW_ASSIGN(const double hung, detect.Number("hung_after_s", 0.05, 60, 0.25));
  config.hung_after = ToBillionths(hung);
  FURROW_TRY(detect.Done());

  Section decide(TableOf(root, "decide"), "decide", path);
  constexpr std::string_view kUnseen[] = {"spray", "leave"};
  FURROW_ASSIGN(const size_t unseen, Choice(decide, "when_unseen", kUnseen, 0));
  config.when_unseen = static_cast<WhenUnseen>(unseen);
  FURROW_ASSIGN(const double alarm, decide.Number("alarm_after_s", 0.01, 10, 0.2));
  config.alarm_after = ToBillionths(alarm);
  FURROW_TRY(decide.Done());

  Section record(TableOf(root, "record"), "record", path);
  FURROW_ASSIGN(const std::string folder, record.Text("folder", ""));
  config.log_folder = Beside(path, folder);
  FURROW_ASSIGN(config.log_numbered, record.Flag("numbered", false));
  FURROW_ASSIGN(const double segment, record.Number("segment_mb", 0.01, 1024, 67.108864));
  config.segment_bytes = static_cast<uint64_t>(segment * 1e6);
  FURROW_ASSIGN(config.frames_every, record.Whole("frames_every", 0, 1'000'000, 0));
  FURROW_ASSIGN(const int reserve, record.Whole("reserve_mb", 1, 65'536, 16));
  config.log_reserve = static_cast<uint64_t>(reserve) << 20;
  FURROW_TRY(record.Done());

  Section link(TableOf(root, "link"), "link", path);
  FURROW_ASSIGN(const std::string link_file, link.Text("file", ""));
  config.link_file = Beside(path, link_file);
  FURROW_TRY(link.Done());

  Section health(TableOf(root, "health"), "health", path);
  FURROW_ASSIGN(const std::string file, health.Text("file", ""));
  config.health_file = Beside(path, file);
  FURROW_ASSIGN(const std::string spans, health.Text("spans", ""));
  config.spans_file = Beside(path, spans);
  FURROW_ASSIGN(const double every, health.Number("every_s", 0.1, 3600, 1));
  config.health_every = ToBillionths(every);
  return health.Done();
}

}  // namespace

Result<MachineConfig> ParseMachine(std::string_view text, const std::string& path) {
  FURROW_ASSIGN(const toml::table root, ParseToml(text, path));
  MachineConfig config;
  Section top(root, "", path);
  FURROW_TRY(top.Whole("format", 1, 1, 1).status());
  for (const std::string_view name : kTables) {
    const toml::node* node = root.get(name);
    if (node != nullptr && !node->is_table()) {
      return top.Wrong(*node, fmt::format("write [{}] on a line of its own", name));
    }
  }
  FURROW_ASSIGN(const std::string boom, top.Text("boom", ""));
  if (boom.empty()) {
    config.boom = StandardBoom(1);
    config.boom_text = BoomText(config.boom);
  } else {
    FURROW_ASSIGN(config.boom_text, ReadTextFile(Beside(path, boom), kBytesMax));
    FURROW_ASSIGN(config.boom, ParseBoom(config.boom_text, Beside(path, boom)));
  }
  if (config.boom.cameras.empty()) return top.Wrong("boom", "the boom has no camera");
  config.has_field = root.contains("field");
  FURROW_TRY(ReadField(Section(TableOf(root, "field"), "field", path), config));
  FURROW_TRY(ReadCapture(Section(TableOf(root, "capture"), "capture", path), path, config));
  FURROW_TRY(ReadPose(Section(TableOf(root, "pose"), "pose", path), path, config));
  FURROW_ASSIGN(const auto faults, top.Tables("fault", kFaultsMax));
  for (const toml::table* table : faults) {
    FURROW_TRY(ReadFault(Section(*table, "fault", path), config));
  }
  FURROW_TRY(ReadRest(root, path, config));
  FURROW_ASSIGN(config.actuate, ParseActuate(text, path));
  FURROW_TRY(top.Done({"field", "capture", "pose", "fault", "detect", "decide", "record", "health",
                       "actuate", "link"}));
  if (config.cameras.empty()) {
    for (size_t i = 0; i < config.boom.cameras.size(); ++i) {
      config.cameras.push_back(static_cast<int>(i));
    }
  }
  double reach = 0;
  for (const Nozzle& nozzle : config.boom.nozzles) {
    reach = std::max(reach, std::abs(FromMillionths(nozzle.y)) + FromMillionths(nozzle.swath) / 2);
  }
  config.field.width_m = std::max(2 * reach, 0.5);
  FURROW_TRY(CheckField(config.field).With(path));
  return config;
}

Result<MachineConfig> ReadMachine(const std::string& path) {
  FURROW_ASSIGN(const std::string text, ReadTextFile(path, kBytesMax));
  return ParseMachine(text, path);
}

}  // namespace furrow::edge
