// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "convert/make_model.h"
#include "convert/process.h"
#include "convert/quantise_script.h"
#include "convert/scores.h"
#include "edge/boom/text_file.h"
#include "json/text.h"

namespace furrow::convert {
namespace {

namespace fs = std::filesystem;

constexpr size_t kTilesBytesMax = size_t{512} << 20;

/// Where a Python that can quantise may be, in the order in which they are tried.
std::vector<std::string> PythonPlaces(const std::string& given) {
  if (!given.empty()) return {given};
  if (const char* named = std::getenv("FURROW_CONVERT_PYTHON"); named != nullptr && *named != 0) {
    return {named};
  }
  std::vector<std::string> places;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  // Where ./x makes it, seen from where ./x builds the program.
  if (!error) {
    places.push_back((program.parent_path() / "../../venv/convert/bin/python").lexically_normal());
  }
  places.emplace_back("python3");
  return places;
}

Result<std::string> FindPython(const std::string& given) {
  std::string tried, last;
  for (const std::string& place : PythonPlaces(given)) {
    const Result<Ran> ran = Run({place, "-c", "import onnx, onnxruntime.quantization"});
    if (ran.ok() && ran->exit_code == 0) return place;
    tried += (tried.empty() ? "" : ", ") + place;
    last = ran.ok() ? ran->output : ran.status().message();
  }
  while (!last.empty() && last.back() == '\n') last.pop_back();
  const size_t line = last.find_last_of('\n');
  return Status(
      Code::kFailedPrecondition,
      fmt::format(
          "quantising needs a Python with onnx and onnxruntime; tried {}: {}. Make one with "
          "\"python3 -m venv V && V/bin/pip install onnx onnxruntime\" and name it with "
          "--python V/bin/python (in a source tree: tools/x/venv.sh convert)",
          tried, line == std::string::npos ? last : last.substr(line + 1)));
}

/// Appends to a file that is closed whatever happens.
class TileFile {
 public:
  explicit TileFile(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "wb")) {}
  ~TileFile() {
    if (file_ != nullptr) std::fclose(file_);
  }
  TileFile(const TileFile&) = delete;
  TileFile& operator=(const TileFile&) = delete;
  Status Add(const std::vector<float>& tile) {
    if (file_ == nullptr ||
        std::fwrite(tile.data(), sizeof(float), tile.size(), file_) != tile.size()) {
      return Status(Code::kIoError, path_ + ": cannot be written");
    }
    return {};
  }
  Status Close() {
    const bool closed = file_ != nullptr && std::fclose(file_) == 0;
    file_ = nullptr;
    return closed ? Status() : Status(Code::kIoError, path_ + ": cannot be written");
  }

 private:
  const std::string path_;
  std::FILE* file_;
};

/// The tiles that the quantiser sees: one a frame, each at another place.
Status WriteTiles(const MakeOptions& options, const edge::Boom& boom, const FrameSet& set,
                  const Progress& progress) {
  FURROW_ASSIGN(const edge::SegmentationModel model, edge::LoadSegmentation(options.source, 1));
  const size_t wanted =
      std::min(set.frames.size(), static_cast<size_t>(std::max(1, options.calibration_frames)));
  TileFile file(options.scratch + "/tiles.f32");
  std::optional<ScoreReader> reader;
  std::vector<int64_t> shape;
  size_t written = 0, bytes = 0;
  edge::PixelFormat format{};
  size_t camera = 0;
  for (size_t i = 0; i < wanted && bytes < kTilesBytesMax; ++i) {
    const FrameFile& from = set.frames[i * set.frames.size() / wanted];
    FURROW_ASSIGN(const Frame frame, ReadFrame(from, boom.cameras[from.camera]));
    if (!reader) {
      FURROW_ASSIGN(ScoreReader made, ScoreReader::Make(model, frame.image.width,
                                                        frame.image.height, frame.format()));
      reader.emplace(std::move(made));
      format = frame.format();
      camera = from.camera;
      shape = reader->input_shape();
    }
    const edge::Camera &a = boom.cameras[camera], &b = boom.cameras[from.camera];
    // All tiles have one shape; other cameras' are left out.
    if (a.width != b.width || a.height != b.height || frame.format() != format) continue;
    const std::vector<float>& tile = reader->FillTile(frame.view(), i % reader->tiles());
    FURROW_TRY(file.Add(tile));
    bytes += tile.size() * sizeof(float);
    ++written;
    progress("calibration", i + 1, wanted);
  }
  FURROW_TRY(file.Close());
  json::Array lengths = {written};
  for (const int64_t length : shape) lengths.emplace_back(length);
  return edge::WriteTextFile(options.scratch + "/calibration.json",
                             json::Write(json::Object{{"input", model.model.inputs().front().name},
                                                      {"file", "tiles.f32"},
                                                      {"shape", std::move(lengths)}}));
}

}  // namespace

Result<std::string> MakeInt8(const MakeOptions& options, const edge::Boom& boom,
                             const FrameSet& frames, const Progress& progress) {
  FURROW_ASSIGN(const std::string python, FindPython(options.python));
  FURROW_ASSIGN(const std::string source, ReadSealed(options.source));
  const std::string from = options.scratch + "/source.onnx";
  const std::string script = options.scratch + "/quantise.py";
  const std::string to = options.scratch + "/quantised.onnx";
  FURROW_TRY(edge::WriteTextFile(from, source));
  FURROW_TRY(edge::WriteTextFile(script, kQuantiseScript));
  FURROW_TRY(WriteTiles(options, boom, frames, progress));
  FURROW_ASSIGN(const Ran ran,
                Run({python, script, from, options.scratch + "/calibration.json", to}));
  if (ran.exit_code != 0) {
    return Status(Code::kFailedPrecondition,
                  fmt::format("{}: quantising ended with {}:\n{}", options.source, ran.exit_code,
                              ran.output.substr(ran.output.size() -
                                                std::min<size_t>(ran.output.size(), 2000))));
  }
  FURROW_ASSIGN(std::string made, edge::ReadTextFile(to, infer::kModelBytesMax));
  FURROW_TRY(edge::WriteTextFile(options.result, edge::Sealed(std::move(made))));
  const size_t said = ran.output.rfind("RESULT ");
  std::string versions = said == std::string::npos ? "" : ran.output.substr(said + 7);
  while (!versions.empty() && versions.back() == '\n') versions.pop_back();
  return fmt::format("static quantisation to 8 bits by onnxruntime.quantization ({})", versions);
}

}  // namespace furrow::convert
