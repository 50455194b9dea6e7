// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <fmt/format.h>

#include "convert/make_model.h"
#include "convert/process.h"

namespace furrow::convert {
namespace {

constexpr const char* kUsualPlace = "/usr/src/tensorrt/bin/trtexec";

}  // namespace

Result<std::string> MakeTensorRt(const MakeOptions& /*options*/) {
  std::string builder = InPath("trtexec");
  if (builder.empty() && ::access(kUsualPlace, X_OK) == 0) builder = kUsualPlace;
  if (builder.empty()) {
    return Status(
        Code::kFailedPrecondition,
        fmt::format("there is no trtexec, neither in PATH nor at {}: an engine is built by "
                    "the TensorRT of the very machine that runs it. Run this there, or "
                    "choose onnxruntime-fp32 or onnxruntime-int8",
                    kUsualPlace));
  }
  return Status(Code::kFailedPrecondition, "not yet");
}

}  // namespace furrow::convert
