// SPDX-License-Identifier: Apache-2.0
// The part of ONNX Runtime's C API that is used here. Only for files of this module.
//
// The API is a table of function pointers behind OrtGetApiBase. A release appends to the table and
// changes no place in it, so a function is known by its place; asking for version 8 of the table
// fits every library since 1.8. Declared here and not included, because Debian 12 has no package
// with the header, and the program must build and start where the library is absent.
// Source: onnxruntime_c_api.h, https://onnxruntime.ai/docs/api/c/struct_ort_api.html
#pragma once

#include <cstddef>
#include <cstdint>

namespace furrow::infer::ort {

constexpr uint32_t kApiVersion = 8;

// Owned by the library; only pointers to them are seen.
struct Env;
struct Status;
struct MemoryInfo;
struct Session;
struct Value;
struct RunOptions;
struct TypeInfo;
struct TensorInfo;
struct SessionOptions;
struct Metadata;
struct IoBinding;
struct Allocator;

enum : int { kLogError = 3 };                               // OrtLoggingLevel
enum : int { kCodeNoModel = 4, kCodeInvalidProtobuf = 7 };  // OrtErrorCode
enum : int { kDeviceAllocator = 0 };                        // OrtAllocatorType
enum : int { kMemoryDefault = 0 };                          // OrtMemType
enum : int { kOptimizeExtended = 2, kOptimizeAll = 99 };    // GraphOptimizationLevel
enum : int { kFloat = 1 };                                  // ONNXTensorElementDataType

using Logger = void(void*, int, const char*, const char*, const char*, const char*);

struct ApiBase {
  const void* const* (*get_api)(uint32_t version);  // nullptr: too old a library
  const char* (*get_version)();
};

/// A function of the table, by its place.
template <size_t kPlace, typename Function>
class Entry {
 public:
  explicit Entry(const void* const* table)
      : function_(reinterpret_cast<Function*>(const_cast<void*>(table[kPlace]))) {}
  template <typename... Arguments>
  auto operator()(Arguments... arguments) const {
    return function_(arguments...);
  }

 private:
  Function* function_;
};

/// Names are those of the C API. What returns a Status* returns nullptr for success.
struct Api {
  explicit Api(const void* const* t) : table(t) {}
  const void* const* table;

  // clang-format off
  Entry<1, int(const Status*)> GetErrorCode{table};
  Entry<2, const char*(const Status*)> GetErrorMessage{table};
  Entry<4, Status*(Logger*, void*, int, const char*, Env**)> CreateEnvWithCustomLogger{table};
  Entry<8, Status*(const Env*, const void*, size_t, const SessionOptions*, Session**)>
      CreateSessionFromArray{table};
  Entry<10, Status*(SessionOptions**)> CreateSessionOptions{table};
  Entry<11, Status*(SessionOptions*, const char*)> SetOptimizedModelFilePath{table};
  Entry<23, Status*(SessionOptions*, int)> SetSessionGraphOptimizationLevel{table};
  Entry<24, Status*(SessionOptions*, int)> SetIntraOpNumThreads{table};
  Entry<25, Status*(SessionOptions*, int)> SetInterOpNumThreads{table};
  Entry<30, Status*(const Session*, size_t*)> SessionGetInputCount{table};
  Entry<31, Status*(const Session*, size_t*)> SessionGetOutputCount{table};
  Entry<33, Status*(const Session*, size_t, TypeInfo**)> SessionGetInputTypeInfo{table};
  Entry<34, Status*(const Session*, size_t, TypeInfo**)> SessionGetOutputTypeInfo{table};
  Entry<36, Status*(const Session*, size_t, Allocator*, char**)> SessionGetInputName{table};
  Entry<37, Status*(const Session*, size_t, Allocator*, char**)> SessionGetOutputName{table};
  Entry<49, Status*(const MemoryInfo*, void*, size_t, const int64_t*, size_t, int, Value**)>
      CreateTensorWithDataAsOrtValue{table};
  Entry<55, Status*(const TypeInfo*, const TensorInfo**)> CastTypeInfoToTensorInfo{table};
  Entry<60, Status*(const TensorInfo*, int*)> GetTensorElementType{table};
  Entry<61, Status*(const TensorInfo*, size_t*)> GetDimensionsCount{table};
  Entry<62, Status*(const TensorInfo*, int64_t*, size_t)> GetDimensions{table};
  Entry<65, Status*(const Value*, TensorInfo**)> GetTensorTypeAndShape{table};
  Entry<69, Status*(int, int, MemoryInfo**)> CreateCpuMemoryInfo{table};
  Entry<76, Status*(Allocator*, void*)> AllocatorFree{table};
  Entry<78, Status*(Allocator**)> GetAllocatorWithDefaultOptions{table};
  Entry<93, void(Status*)> ReleaseStatus{table};
  Entry<94, void(MemoryInfo*)> ReleaseMemoryInfo{table};
  Entry<95, void(Session*)> ReleaseSession{table};
  Entry<96, void(Value*)> ReleaseValue{table};
  Entry<98, void(TypeInfo*)> ReleaseTypeInfo{table};
  Entry<99, void(TensorInfo*)> ReleaseTensorTypeAndShapeInfo{table};
  Entry<100, void(SessionOptions*)> ReleaseSessionOptions{table};
  Entry<111, Status*(const Session*, Metadata**)> SessionGetModelMetadata{table};
  Entry<116, Status*(const Metadata*, Allocator*, const char*, char**)>
      ModelMetadataLookupCustomMetadataMap{table};
  Entry<118, void(Metadata*)> ReleaseModelMetadata{table};
  Entry<130, Status*(SessionOptions*, const char*, const char*)> AddSessionConfigEntry{table};
  Entry<133, Status*(Session*, const RunOptions*, const IoBinding*)> RunWithBinding{table};
  Entry<134, Status*(Session*, IoBinding**)> CreateIoBinding{table};
  Entry<135, void(IoBinding*)> ReleaseIoBinding{table};
  Entry<136, Status*(IoBinding*, const char*, const Value*)> BindInput{table};
  Entry<137, Status*(IoBinding*, const char*, const Value*)> BindOutput{table};
  Entry<138, Status*(IoBinding*, const char*, const MemoryInfo*)> BindOutputToDevice{table};
  Entry<140, Status*(const IoBinding*, Allocator*, Value***, size_t*)> GetBoundOutputValues{table};
  // clang-format on
};

}  // namespace furrow::infer::ort
