// SPDX-License-Identifier: Apache-2.0
// The loaded library as the files of this module see it.
#pragma once

#include <string>
#include <utility>

#include "base/status.h"
#include "infer/ort_api.h"

namespace furrow::infer {

struct Library {
  explicit Library(const void* const* table) : api(table) {}
  ort::Api api;
  std::string version;
  // One of each for the whole process, until its end.
  ort::Env* env = nullptr;
  ort::Allocator* allocator = nullptr;
  ort::MemoryInfo* memory = nullptr;
};

/// As LibraryVersion. The library stays for good: it cannot be unloaded while its threads live.
Result<const Library*> LoadedLibrary();

/// What the library said went wrong, as an error of ours; OK for nullptr. Takes `status` over.
Status Taken(const ort::Api& api, ort::Status* status);

/// A pointer of the library's with the function that releases it.
template <typename T, auto kRelease>
class Held {
 public:
  explicit Held(const ort::Api& api) : api_(&api) {}
  Held(Held&& other) noexcept
      : api_(other.api_), pointer_(std::exchange(other.pointer_, nullptr)) {}
  Held& operator=(Held&& other) noexcept {
    std::swap(api_, other.api_);
    std::swap(pointer_, other.pointer_);
    return *this;
  }
  ~Held() {
    if (pointer_ != nullptr) (api_->*kRelease)(pointer_);
  }
  T* get() const { return pointer_; }
  /// Where a function of the library puts what it made. Only while empty.
  T** out() { return &pointer_; }

 private:
  const ort::Api* api_;
  T* pointer_ = nullptr;
};

using HeldSession = Held<ort::Session, &ort::Api::ReleaseSession>;
using HeldOptions = Held<ort::SessionOptions, &ort::Api::ReleaseSessionOptions>;
using HeldTypeInfo = Held<ort::TypeInfo, &ort::Api::ReleaseTypeInfo>;
using HeldShape = Held<ort::TensorInfo, &ort::Api::ReleaseTensorTypeAndShapeInfo>;
using HeldMetadata = Held<ort::Metadata, &ort::Api::ReleaseModelMetadata>;
using HeldValue = Held<ort::Value, &ort::Api::ReleaseValue>;
using HeldBinding = Held<ort::IoBinding, &ort::Api::ReleaseIoBinding>;

}  // namespace furrow::infer
