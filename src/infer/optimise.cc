// SPDX-License-Identifier: Apache-2.0
#include "infer/optimise.h"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "infer/library_handle.h"
#include "infer/model.h"

namespace furrow::infer {

Status WriteOptimised(std::string_view bytes, const std::string& name, const std::string& path) {
  FURROW_ASSIGN(const Library* library, LoadedLibrary());
  const ort::Api& api = library->api;
  if (bytes.empty() || bytes.size() > kModelBytesMax) {
    return Status(bytes.empty() ? Code::kInvalidArgument : Code::kTooLarge,
                  fmt::format("{}: {} bytes are no model", name, bytes.size()));
  }
  std::error_code error;
  std::filesystem::remove(path, error);
  HeldOptions settings(api);
  FURROW_TRY(Taken(api, api.CreateSessionOptions(settings.out())));
  FURROW_TRY(Taken(api, api.SetIntraOpNumThreads(settings.get(), 1)));
  FURROW_TRY(Taken(api, api.SetInterOpNumThreads(settings.get(), 1)));
  // Beyond the extended optimisations come layouts for the vector units of this very processor.
  FURROW_TRY(
      Taken(api, api.SetSessionGraphOptimizationLevel(settings.get(), ort::kOptimizeExtended)));
  FURROW_TRY(Taken(api, api.SetOptimizedModelFilePath(settings.get(), path.c_str())));
  FURROW_TRY(
      Taken(api, api.AddSessionConfigEntry(settings.get(), "session.load_model_format", "ONNX")));
  FURROW_TRY(
      Taken(api, api.AddSessionConfigEntry(settings.get(), "session.save_model_format", "ONNX")));
  HeldSession session(api);
  FURROW_TRY(
      Taken(api, api.CreateSessionFromArray(library->env, static_cast<const void*>(bytes.data()),
                                            bytes.size(), settings.get(), session.out()))
          .With(name));
  if (!std::filesystem::exists(path, error)) {
    return Status(Code::kIoError, path + ": ONNX Runtime wrote no file");
  }
  return {};
}

}  // namespace furrow::infer
