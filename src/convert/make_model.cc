// SPDX-License-Identifier: Apache-2.0
#include "convert/make_model.h"

#include <fmt/format.h>

#include "edge/boom/text_file.h"
#include "edge/detect/segmentation.h"
#include "infer/library.h"
#include "infer/optimise.h"

namespace furrow::convert {
namespace {

constexpr size_t kSealBytes = 83;  // docs/formats/edge-model.md

}  // namespace

Result<std::string> ReadSealed(const std::string& path) {
  FURROW_ASSIGN(std::string file, edge::ReadTextFile(path, infer::kModelBytesMax));
  FURROW_TRY(edge::CheckSeal(file).With(path));
  file.resize(file.size() - kSealBytes);
  return file;
}

Result<std::string> MakeFp32(const MakeOptions& options) {
  FURROW_ASSIGN(const std::string source, ReadSealed(options.source));
  const std::string bare = options.scratch + "/optimised.onnx";
  FURROW_TRY(infer::WriteOptimised(source, options.source, bare));
  FURROW_ASSIGN(std::string made, edge::ReadTextFile(bare, infer::kModelBytesMax));
  FURROW_TRY(edge::WriteTextFile(options.result, edge::Sealed(std::move(made))));
  FURROW_ASSIGN(const std::string version, infer::LibraryVersion());
  return fmt::format("graph optimisation by ONNX Runtime {}", version);
}

Result<Made> MakeModel(Target target, const MakeOptions& options, const edge::Boom& boom,
                       const FrameSet& frames, const Progress& progress) {
  if (target == Target::kTensorRt) return MakeTensorRt(options, boom, frames);
  Made made;
  FURROW_ASSIGN(made.how, target == Target::kFp32 ? MakeFp32(options)
                                                  : MakeInt8(options, boom, frames, progress));
  return made;
}

}  // namespace furrow::convert
