// SPDX-License-Identifier: Apache-2.0
// Source of trtexec's options and files: https://docs.nvidia.com/deeplearning/tensorrt/
// (command-line programs), and samples/common/sampleReporting.cpp of TensorRT's open part.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "convert/make_model.h"
#include "convert/process.h"
#include "convert/scores.h"
#include "edge/boom/text_file.h"
#include "json/text.h"

namespace furrow::convert {
namespace {

constexpr const char* kUsualPlace = "/usr/src/tensorrt/bin/trtexec";
constexpr size_t kAnswerBytesMax = size_t{1} << 30;

Result<std::string> FindBuilder() {
  std::string builder = InPath("trtexec");
  if (builder.empty() && ::access(kUsualPlace, X_OK) == 0) builder = kUsualPlace;
  if (!builder.empty()) return builder;
  return Status(Code::kFailedPrecondition,
                fmt::format("there is no trtexec, neither in PATH nor at {}: an engine is built by "
                            "the TensorRT of the very machine that runs it. Run this there, or "
                            "choose onnxruntime-fp32 or onnxruntime-int8",
                            kUsualPlace));
}

/// Runs trtexec; an error holds the end of what it said.
Status RunBuilder(const std::vector<std::string>& command, const std::string& name) {
  FURROW_ASSIGN(const Ran ran, Run(command));
  if (ran.exit_code == 0) return {};
  return Status(Code::kFailedPrecondition,
                fmt::format("{}: trtexec ended with {}:\n{}", name, ran.exit_code,
                            ran.output.substr(ran.output.size() -
                                              std::min<size_t>(ran.output.size(), 2000))));
}

std::string ShapeOption(const std::string& input, const infer::Shape& shape) {
  return input + ":" + fmt::format("{}", fmt::join(shape, "x"));
}

/// An engine on the disk, run by trtexec: slow, because it is loaded for each tile, and as exact as
/// the engine is.
struct Engine {
  std::string builder, plan, scratch, input, output;
  std::vector<std::string> shapes;  // an option, where the network leaves lengths open

  std::vector<std::string> Command(std::vector<std::string> more) const {
    std::vector<std::string> command = {builder, "--loadEngine=" + plan};
    command.insert(command.end(), shapes.begin(), shapes.end());
    for (std::string& one : more) command.push_back(std::move(one));
    return command;
  }

  Status Score(std::span<const float> inputs, std::span<float> scores) const {
    const std::string in = scratch + "/engine-in.f32", out = scratch + "/engine-out.json";
    FURROW_TRY(edge::WriteTextFile(
        in, {reinterpret_cast<const char*>(inputs.data()), inputs.size_bytes()}));
    std::remove(out.c_str());
    FURROW_TRY(RunBuilder(Command({"--loadInputs=" + input + ":" + in, "--exportOutput=" + out,
                                   "--iterations=1", "--warmUp=0", "--duration=0", "--avgRuns=1"}),
                          plan));
    FURROW_ASSIGN(const std::string text, edge::ReadTextFile(out, kAnswerBytesMax));
    const Result<json::Value> answer = json::Parse(text, {.values_max = 200'000'000});
    if (!answer.ok()) return answer.status().With(out);
    for (const json::Value& tensor : answer->array()) {
      const json::Array& values = tensor.At("values").array();
      if (tensor.At("name").AsString() != output) continue;
      if (values.size() != scores.size()) break;
      for (size_t i = 0; i < scores.size(); ++i) {
        scores[i] = static_cast<float>(values[i].AsDouble());
      }
      return {};
    }
    return Status(Code::kFailedPrecondition, fmt::format("{}: gives no output '{}' of {} values",
                                                         plan, output, scores.size()));
  }

  Result<std::vector<double>> Times(int runs) const {
    const std::string out = scratch + "/engine-times.json";
    FURROW_TRY(RunBuilder(
        Command({fmt::format("--iterations={}", runs), "--duration=0", "--exportTimes=" + out}),
        plan));
    FURROW_ASSIGN(const std::string text, edge::ReadTextFile(out, kAnswerBytesMax));
    const Result<json::Value> answer = json::Parse(text);
    if (!answer.ok()) return answer.status().With(out);
    std::vector<double> times;
    for (const json::Value& one : answer->array()) {
      if (one.At("latencyMs").IsNumber()) times.push_back(one.At("latencyMs").AsDouble());
    }
    if (times.empty()) return Status(Code::kFailedPrecondition, out + ": holds no latencyMs");
    return times;
  }
};

/// The shape of the tiles that all frames are cut into.
Result<infer::Shape> TileShape(const edge::SegmentationModel& model, const edge::Boom& boom,
                               const FrameSet& set) {
  const edge::Camera& camera = boom.cameras[set.frames.front().camera];
  for (const FrameFile& frame : set.frames) {
    const edge::Camera& other = boom.cameras[frame.camera];
    if (other.width != camera.width || other.height != camera.height) {
      return Status(Code::kInvalidArgument,
                    fmt::format("{}: an engine is built for one size of images, and the cameras "
                                "\"{}\" and \"{}\" differ",
                                frame.image, camera.name, other.name));
    }
  }
  FURROW_ASSIGN(const Frame first, ReadFrame(set.frames.front(), camera));
  FURROW_ASSIGN(const ScoreReader reader,
                ScoreReader::Make(model, camera.width, camera.height, first.format()));
  return reader.input_shape();
}

}  // namespace

Result<Made> MakeTensorRt(const MakeOptions& options, const edge::Boom& boom,
                          const FrameSet& frames) {
  auto engine = std::make_shared<Engine>();
  FURROW_ASSIGN(engine->builder, FindBuilder());
  FURROW_ASSIGN(const edge::SegmentationModel model, edge::LoadSegmentation(options.source, 1));
  FURROW_ASSIGN(const infer::Shape shape, TileShape(model, boom, frames));
  engine->plan = options.result;
  engine->scratch = options.scratch;
  engine->input = model.model.inputs().front().name;
  engine->output = model.model.outputs().front().name;
  std::vector<std::string> command = {engine->builder, "--onnx=" + options.source,
                                      "--saveEngine=" + options.result, "--fp16",
                                      "--skipInference"};
  const std::string option = ShapeOption(engine->input, shape);
  if (std::ranges::any_of(model.model.inputs().front().shape,
                          [](int64_t length) { return length < 0; })) {
    for (const char* which : {"--minShapes=", "--optShapes=", "--maxShapes="}) {
      command.push_back(which + option);
    }
    engine->shapes = {"--shapes=" + option};
  }
  FURROW_TRY(RunBuilder(command, options.source));
  if (::access(options.result.c_str(), R_OK) != 0) {
    return Status(Code::kFailedPrecondition, options.source + ": trtexec wrote no engine");
  }
  return Made{.how = "engine by TensorRT's trtexec, half precision where that is quicker",
              .scorer = [engine](std::span<const float> inputs, const infer::Shape&,
                                 std::span<float> scores) { return engine->Score(inputs, scores); },
              .times = [engine](int runs) { return engine->Times(runs); }};
}

}  // namespace furrow::convert
