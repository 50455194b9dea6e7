// SPDX-License-Identifier: Apache-2.0
#include "infer/library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "base/mutex.h"
#include "infer/library_handle.h"

#if defined(__SANITIZE_ADDRESS__)
// At the process's end the library forgets a string of its own before anybody asks.
extern "C" const char* __lsan_default_suppressions() { return "leak:libonnxruntime"; }
#endif

namespace furrow::infer {
namespace {

namespace fs = std::filesystem;

constexpr char kFile[] = "libonnxruntime.so.1";
constexpr char kVariable[] = "FURROW_ONNXRUNTIME";

/// The library says much on standard error that concerns nobody; what matters it returns.
void LogNothing(void*, int, const char*, const char*, const char*, const char*) {}

Status Unusable(const std::string& place, const std::string& why) {
  return Status(Code::kFailedPrecondition,
                fmt::format("{} cannot be used as ONNX Runtime: {}", place, why));
}

std::string Absent(const std::vector<std::string>& places) {
  return fmt::format(
      "a network needs ONNX Runtime, and there is no {} at {} nor among the system's libraries: "
      "`./x build` puts it there. Elsewhere take the file from the Python package `onnxruntime` "
      "(onnxruntime/capi) and name it in {}",
      kFile, places.front(), kVariable);
}

Result<std::unique_ptr<Library>> Start(void* handle, const std::string& place) {
  using GetBase = const ort::ApiBase*();
  auto* get_base = reinterpret_cast<GetBase*>(dlsym(handle, "OrtGetApiBase"));
  if (get_base == nullptr) return Unusable(place, "it has no OrtGetApiBase");
  const ort::ApiBase* base = get_base();
  const void* const* table = base->get_api(ort::kApiVersion);
  if (table == nullptr) {
    return Unusable(
        place, fmt::format("version {} is older than 1.{}", base->get_version(), ort::kApiVersion));
  }
  auto library = std::make_unique<Library>(table);
  library->version = base->get_version();
  const ort::Api& api = library->api;
  FURROW_TRY(Taken(api, api.CreateEnvWithCustomLogger(&LogNothing, nullptr, ort::kLogError,
                                                      "furrow", &library->env)));
  FURROW_TRY(Taken(api, api.GetAllocatorWithDefaultOptions(&library->allocator)));
  FURROW_TRY(Taken(
      api, api.CreateCpuMemoryInfo(ort::kDeviceAllocator, ort::kMemoryDefault, &library->memory)));
  return library;
}

Result<std::unique_ptr<Library>> Find() {
  const std::vector<std::string> places = LibraryPlaces();
  const bool chosen = places.size() == 1;  // by the variable
  for (const std::string& place : places) {
    // A name without a folder is the system's to find.
    const bool named = place.find('/') != std::string::npos;
    std::error_code error;
    if (named && !chosen && !fs::exists(place, error)) continue;
    void* handle = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle != nullptr) return Start(handle, place);
    const char* why = dlerror();
    if (named) return Unusable(place, why != nullptr ? why : "it cannot be loaded");
  }
  return Status(Code::kNotFound, Absent(places));
}

}  // namespace

std::vector<std::string> LibraryPlaces() {
  if (const char* named = std::getenv(kVariable); named != nullptr && *named != '\0') {
    return {fs::absolute(named).string()};
  }
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path folder = program.parent_path().parent_path();
  return {(folder / "lib" / "furrow" / kFile).string(), kFile, "libonnxruntime.so"};
}

Status Taken(const ort::Api& api, ort::Status* status) {
  if (status == nullptr) return {};
  const int code = api.GetErrorCode(status);
  const bool no_model = code == ort::kCodeNoModel || code == ort::kCodeInvalidProtobuf;
  std::string message = no_model ? "it is not an ONNX model, or only a part of one"
                                 : std::string(api.GetErrorMessage(status));
  api.ReleaseStatus(status);
  return Status(Code::kInvalidArgument, std::move(message));
}

Result<const Library*> LoadedLibrary() {
  static Mutex mutex;
  static const Library* loaded = nullptr;
  MutexLock lock(mutex);
  if (loaded == nullptr) {
    Result<std::unique_ptr<Library>> found = Find();
    if (!found.ok()) return found.status();
    loaded = std::move(found).value().release();
  }
  return loaded;
}

Result<std::string> LibraryVersion() {
  FURROW_ASSIGN(const Library* library, LoadedLibrary());
  return library->version;
}

}  // namespace furrow::infer
