// SPDX-License-Identifier: Apache-2.0
#include "convert/convert.h"

#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/id.h"
#include "base/sha256.h"
#include "bundle/disk.h"
#include "convert/golden_frames.h"
#include "convert/make_model.h"
#include "edge/boom/text_file.h"
#include "infer/library.h"
#include "json/text.h"

namespace furrow::convert {
namespace {

namespace fs = std::filesystem;

constexpr size_t kTextBytesMax = size_t{16} << 20;

/// A folder beside the one that is to be made; taken away again unless it was renamed.
class Workplace {
 public:
  static Result<Workplace> Make(const std::string& out) {
    fs::path plain = fs::path(out).lexically_normal();
    if (plain.filename().empty()) plain = plain.parent_path();
    Workplace place(plain.string());
    std::error_code error;
    if (plain.has_parent_path()) fs::create_directories(plain.parent_path(), error);
    for (const std::string& folder :
         {place.path_, place.path_ + "/out", place.path_ + "/out/golden"}) {
      if (!fs::create_directory(folder, error)) {
        return Status(Code::kIoError, folder + ": " + error.message());
      }
    }
    return place;
  }
  Workplace(Workplace&& other) noexcept
      : target_(std::move(other.target_)), path_(std::exchange(other.path_, {})) {}
  ~Workplace() {
    if (!path_.empty()) (void)bundle::RemoveAll(bundle::SystemDisk(), path_);
  }
  const std::string& path() const { return path_; }
  std::string out() const { return path_ + "/out"; }

  /// Everything below is on the disk, and then the folder has its name.
  Status Publish() {
    bundle::Disk& disk = bundle::SystemDisk();
    std::error_code error;
    std::vector<std::string> folders = {out()};
    for (fs::recursive_directory_iterator entry(out(), error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->is_directory(error)) {
        folders.push_back(entry->path().string());
        continue;
      }
      FURROW_TRY(SyncFile(entry->path().string()));
    }
    if (error) return Status(Code::kIoError, out() + ": " + error.message());
    for (const std::string& folder : folders) {
      if (const int failed = disk.SyncFolder(folder); failed < 0) {
        return bundle::DiskError(folder, failed);
      }
    }
    const std::string old = path_ + "/old";
    if (fs::exists(target_, error)) {
      if (const int failed = disk.Rename(target_, old); failed < 0) {
        return bundle::DiskError(target_, failed);
      }
    }
    if (const int failed = disk.Rename(out(), target_); failed < 0) {
      disk.Rename(old, target_);
      return bundle::DiskError(target_, failed);
    }
    const std::string parent = bundle::FolderOf(target_);
    const int synced = disk.SyncFolder(parent);
    return synced < 0 ? bundle::DiskError(parent, synced) : Status();
  }

 private:
  explicit Workplace(std::string target)
      : target_(std::move(target)), path_(target_ + ".new-" + NewId().substr(0, 8)) {}

  static Status SyncFile(const std::string& path);

  std::string target_, path_;
};

Status Workplace::SyncFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return bundle::DiskError(path, errno);
  const int synced = ::fsync(file) == 0 ? 0 : -errno;
  ::close(file);
  return synced < 0 ? bundle::DiskError(path, synced) : Status();
}

std::string ProcessorName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "unknown processor";
}

std::string MachineName() {
  utsname name{};
  ::uname(&name);
  return fmt::format("{}, {} {}", ProcessorName(), name.sysname, name.machine);
}

std::string DigestOf(std::string_view text) {
  Sha256 digest;
  digest.Add(text);
  return digest.Hex();
}

Status CheckOut(const ConvertOptions& options) {
  std::error_code error;
  if (options.force || !fs::exists(options.out, error) ||
      (fs::is_directory(options.out, error) && fs::is_empty(options.out, error))) {
    return {};
  }
  return Status(Code::kAlreadyExists,
                options.out + " is there and not an empty folder: name another, or add --force");
}

Result<About> AboutOf(const ConvertOptions& options, const edge::Boom& boom,
                      const std::string& boom_text, const Clock& clock) {
  FURROW_ASSIGN(const std::string version, infer::LibraryVersion());
  return About{.created_at = FormatTime(clock.Now()),
               .target = options.target,
               .method = options.method == edge::NetMethod::kNet ? "net" : "hybrid",
               .area_min_px = options.area_min,
               .boom_file = options.boom,
               .boom_name = boom.name,
               .boom_sha256 = DigestOf(boom_text),
               .data_folder = options.data,
               .policy_file = options.policy,
               .runtime = "ONNX Runtime " + version,
               .machine = MachineName()};
}

}  // namespace

Result<Converted> Convert(const ConvertOptions& options, const Clock& clock,
                          const Progress& progress) {
  FURROW_TRY(CheckOut(options));
  Policy policy = DefaultPolicy(options.target);
  if (!options.policy.empty()) {
    FURROW_ASSIGN(const std::string text, edge::ReadTextFile(options.policy, kTextBytesMax));
    FURROW_ASSIGN(policy, ParsePolicy(text, options.policy, options.target));
  }
  FURROW_ASSIGN(const std::string boom_text, edge::ReadTextFile(options.boom, kTextBytesMax));
  FURROW_ASSIGN(const edge::Boom boom, edge::ParseBoom(boom_text, options.boom));
  if (boom.cameras.empty()) {
    return Status(Code::kInvalidArgument, options.boom + ": has no [[camera]]");
  }
  FURROW_ASSIGN(const FrameSet frames,
                FindFrames(options.data, boom, static_cast<size_t>(policy.frames_max)));
  FURROW_ASSIGN(About about, AboutOf(options, boom, boom_text, clock));
  FURROW_ASSIGN(Workplace place, Workplace::Make(options.out));
  const bool engine = options.target == Target::kTensorRt && options.converted.empty();
  const std::string model = place.out() + (engine ? "/model.plan" : "/model.onnx");
  Made made;
  if (options.converted.empty()) {
    progress("converting", 0, 1);
    FURROW_ASSIGN(made, MakeModel(options.target,
                                  {.source = options.model,
                                   .result = model,
                                   .scratch = place.path(),
                                   .python = options.python},
                                  boom, frames, progress));
    progress("converting", 1, 1);
  } else {
    FURROW_ASSIGN(const std::string text,
                  edge::ReadTextFile(options.converted, infer::kModelBytesMax));
    FURROW_TRY(edge::WriteTextFile(model, text));
    made.how = "converted elsewhere: " + options.converted;
  }
  about.how = made.how;
  const CheckOptions check{.source = options.model,
                           .result = model,
                           .method = options.method,
                           .area_min = options.area_min,
                           .threads = options.threads,
                           .scorer = made.scorer,
                           .times = made.times};
  Converted done;
  FURROW_ASSIGN(done.figures, Check(check, boom, frames, policy, progress));
  done.verdict = Judge(done.figures, policy);
  GoldenMade golden;
  if (engine) {
    about.notes.emplace_back(
        "furrow-edge runs ONNX Runtime: an engine is proved here, but no bundle is made of it.");
  } else {
    FURROW_ASSIGN(golden,
                  MakeGolden(check, boom, frames, done.figures, policy, place.out() + "/golden"));
  }
  done.report = ReportJson(about, done.figures, policy, done.verdict, golden);
  FURROW_TRY(
      edge::WriteTextFile(place.out() + "/report.json", json::WritePretty(done.report) + "\n"));
  FURROW_TRY(edge::WriteTextFile(place.out() + "/report.html",
                                 ReportPage(about, done.figures, done.verdict, frames)));
  FURROW_TRY(place.Publish());
  return done;
}

}  // namespace furrow::convert
