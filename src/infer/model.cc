// SPDX-License-Identifier: Apache-2.0
#include "infer/model.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "infer/library_handle.h"

namespace furrow::infer {
namespace {

Status Wrong(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

Result<std::string> ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status(Code::kNotFound, path + ": cannot be opened");
  std::string bytes;
  std::string piece(1 << 20, '\0');
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
    bytes.append(piece, 0, static_cast<size_t>(file.gcount()));
    if (bytes.size() > kModelBytesMax) {
      return Status(Code::kTooLarge,
                    fmt::format("{}: has more than {} bytes", path, kModelBytesMax));
    }
  }
  if (file.bad() || !file.eof()) return Status(Code::kIoError, path + ": cannot be read");
  return bytes;
}

/// A string that the library allocated.
std::string TakeString(const Library& library, char* text) {
  if (text == nullptr) return {};
  std::string copy = text;
  (void)Taken(library.api, library.api.AllocatorFree(library.allocator, text));
  return copy;
}

Result<Shape> ShapeOf(const ort::Api& api, const ort::TensorInfo* info) {
  size_t axes = 0;
  FURROW_TRY(Taken(api, api.GetDimensionsCount(info, &axes)));
  Shape shape(axes);
  if (axes > 0) FURROW_TRY(Taken(api, api.GetDimensions(info, shape.data(), axes)));
  // The library's word for an open length is -1 or, for a named one, any negative number.
  for (int64_t& length : shape) length = std::max<int64_t>(length, -1);
  return shape;
}

bool Fits(const Shape& declared, const Shape& given) {
  return std::ranges::equal(declared, given,
                            [](int64_t a, int64_t b) { return b >= 0 && (a < 0 || a == b); });
}

}  // namespace

std::string ShapeText(const Shape& shape) {
  if (shape.empty()) return "a single number";
  std::string text;
  for (const int64_t length : shape) {
    if (!text.empty()) text += " x ";
    text += length < 0 ? "?" : std::to_string(length);
  }
  return text;
}

size_t ElementCount(const Shape& shape) {
  constexpr int64_t kMost = int64_t{1} << 40;
  int64_t count = 1;
  for (const int64_t length : shape) {
    if (length <= 0 || length > kMost / count) return 0;
    count *= length;
  }
  return static_cast<size_t>(count);
}

struct Model::State {
  explicit State(const Library& l) : library(l), session(l.api) {}
  const Library& library;
  std::string name;
  HeldSession session;
  std::vector<Tensor> inputs, outputs;

  Status Describe();
  Status Check(const char* what, std::span<const Tensor> tensors, const Shape* shapes,
               size_t count) const;
  /// Also checks that the memory has the shape's size.
  Result<HeldValue> MakeValue(const Tensor& tensor, const TensorView& view) const;
};

struct Binding::State {
  State(std::shared_ptr<const Model::State> m, const ort::Api& api)
      : model(std::move(m)), binding(api) {}
  std::shared_ptr<const Model::State> model;
  std::vector<HeldValue> values;
  HeldBinding binding;
};

Status Model::State::Describe() {
  const ort::Api& api = library.api;
  const auto describe = [&](const auto& get_count, const auto& get_name, const auto& get_type,
                            std::vector<Tensor>& tensors) -> Status {
    size_t count = 0;
    FURROW_TRY(Taken(api, get_count(session.get(), &count)));
    for (size_t i = 0; i < count; ++i) {
      Tensor tensor;
      char* text = nullptr;
      FURROW_TRY(Taken(api, get_name(session.get(), i, library.allocator, &text)));
      tensor.name = TakeString(library, text);
      HeldTypeInfo type(api);
      FURROW_TRY(Taken(api, get_type(session.get(), i, type.out())));
      const ort::TensorInfo* info = nullptr;  // part of `type`; none for a sequence or a map
      FURROW_TRY(Taken(api, api.CastTypeInfoToTensorInfo(type.get(), &info)));
      if (info != nullptr) {
        int element = 0;
        FURROW_TRY(Taken(api, api.GetTensorElementType(info, &element)));
        tensor.is_float = element == ort::kFloat;
        FURROW_ASSIGN(tensor.shape, ShapeOf(api, info));
      }
      tensors.push_back(std::move(tensor));
    }
    return {};
  };
  FURROW_TRY(describe(api.SessionGetInputCount, api.SessionGetInputName,
                      api.SessionGetInputTypeInfo, inputs));
  return describe(api.SessionGetOutputCount, api.SessionGetOutputName, api.SessionGetOutputTypeInfo,
                  outputs);
}

Status Model::State::Check(const char* what, std::span<const Tensor> tensors, const Shape* shapes,
                           size_t count) const {
  if (count != tensors.size()) {
    return Wrong(
        fmt::format("{}: the model has {} {}s, not {}", name, tensors.size(), what, count));
  }
  for (size_t i = 0; i < count; ++i) {
    if (!tensors[i].is_float) {
      return Wrong(fmt::format("{}: {} '{}' is not a tensor of 32-bit floating point numbers", name,
                               what, tensors[i].name));
    }
    if (!Fits(tensors[i].shape, shapes[i]) || ElementCount(shapes[i]) == 0) {
      return Wrong(fmt::format("{}: {} '{}' has the shape {}, not {}", name, what, tensors[i].name,
                               ShapeText(tensors[i].shape), ShapeText(shapes[i])));
    }
  }
  return {};
}

Result<HeldValue> Model::State::MakeValue(const Tensor& tensor, const TensorView& view) const {
  if (view.values.size() != ElementCount(view.shape)) {
    return Wrong(fmt::format("{}: '{}' is given memory for {} numbers; {} are {}", name,
                             tensor.name, view.values.size(), ShapeText(view.shape),
                             ElementCount(view.shape)));
  }
  HeldValue value(library.api);
  FURROW_TRY(Taken(library.api, library.api.CreateTensorWithDataAsOrtValue(
                                    library.memory, static_cast<void*>(view.values.data()),
                                    view.values.size_bytes(), view.shape.data(), view.shape.size(),
                                    ort::kFloat, value.out())));
  return value;
}

Model::Model(std::shared_ptr<const State> state) : state_(std::move(state)) {}

Result<Model> Model::Load(const std::string& path, const ModelOptions& options) {
  FURROW_ASSIGN(const std::string bytes, ReadBytes(path));
  return FromBytes(bytes, path, options);
}

Result<Model> Model::FromBytes(std::string_view bytes, const std::string& name,
                               const ModelOptions& options) {
  FURROW_ASSIGN(const Library* library, LoadedLibrary());
  const ort::Api& api = library->api;
  if (bytes.empty()) return Wrong(name + ": the file is empty");
  if (bytes.size() > kModelBytesMax) {
    return Status(Code::kTooLarge, fmt::format("{}: has more than {} bytes", name, kModelBytesMax));
  }
  HeldOptions settings(api);
  FURROW_TRY(Taken(api, api.CreateSessionOptions(settings.out())));
  FURROW_TRY(Taken(api, api.SetIntraOpNumThreads(settings.get(), std::max(1, options.threads))));
  FURROW_TRY(Taken(api, api.SetInterOpNumThreads(settings.get(), 1)));
  FURROW_TRY(Taken(api, api.SetSessionGraphOptimizationLevel(settings.get(), ort::kOptimizeAll)));
  constexpr std::pair<const char*, const char*> kEntries[] = {
      {"session.intra_op.allow_spinning", "0"},
      // Numbers near zero cost a processor hundreds of cycles each and mean nothing here.
      {"session.set_denormal_as_zero", "1"},
      // Otherwise the first bytes choose between two formats, one of which is not checked.
      {"session.load_model_format", "ONNX"},
  };
  for (const auto& [key, value] : kEntries) {
    FURROW_TRY(Taken(api, api.AddSessionConfigEntry(settings.get(), key, value)));
  }
  auto state = std::make_shared<State>(*library);
  state->name = name;
  const Status made =
      Taken(api, api.CreateSessionFromArray(library->env, static_cast<const void*>(bytes.data()),
                                            bytes.size(), settings.get(), state->session.out()));
  if (!made.ok()) return made.With(name);
  FURROW_TRY(state->Describe().With(name));
  return Model(std::move(state));
}

const std::string& Model::name() const { return state_->name; }
std::span<const Tensor> Model::inputs() const { return state_->inputs; }
std::span<const Tensor> Model::outputs() const { return state_->outputs; }

std::optional<std::string> Model::Property(const std::string& key) const {
  const Library& library = state_->library;
  HeldMetadata metadata(library.api);
  if (!Taken(library.api,
             library.api.SessionGetModelMetadata(state_->session.get(), metadata.out()))
           .ok()) {
    return std::nullopt;
  }
  char* text = nullptr;
  const Status found =
      Taken(library.api, library.api.ModelMetadataLookupCustomMetadataMap(
                             metadata.get(), library.allocator, key.c_str(), &text));
  if (!found.ok() || text == nullptr) return std::nullopt;
  return TakeString(library, text);
}

Result<std::vector<Shape>> Model::OutputShapes(std::span<const Shape> inputs) const {
  const State& s = *state_;
  const ort::Api& api = s.library.api;
  FURROW_TRY(s.Check("input", s.inputs, inputs.data(), inputs.size()));
  HeldBinding binding(api);
  FURROW_TRY(Taken(api, api.CreateIoBinding(s.session.get(), binding.out())));
  std::vector<std::vector<float>> memory;
  std::vector<HeldValue> values;
  for (size_t i = 0; i < inputs.size(); ++i) {
    memory.emplace_back(ElementCount(inputs[i]));
    FURROW_ASSIGN(HeldValue value, s.MakeValue(s.inputs[i], {inputs[i], memory.back()}));
    FURROW_TRY(Taken(api, api.BindInput(binding.get(), s.inputs[i].name.c_str(), value.get())));
    values.push_back(std::move(value));
  }
  for (const Tensor& output : s.outputs) {
    FURROW_TRY(
        Taken(api, api.BindOutputToDevice(binding.get(), output.name.c_str(), s.library.memory)));
  }
  FURROW_TRY(Taken(api, api.RunWithBinding(s.session.get(), nullptr, binding.get())).With(s.name));

  ort::Value** made = nullptr;
  size_t count = 0;
  FURROW_TRY(
      Taken(api, api.GetBoundOutputValues(binding.get(), s.library.allocator, &made, &count)));
  std::vector<HeldValue> outputs;
  for (size_t i = 0; i < count; ++i) {
    outputs.emplace_back(api);
    *outputs.back().out() = made[i];
  }
  (void)Taken(api, api.AllocatorFree(s.library.allocator, static_cast<void*>(made)));
  std::vector<Shape> shapes;
  for (size_t i = 0; i < count; ++i) {
    if (!s.outputs[i].is_float) {
      shapes.emplace_back();
      continue;
    }
    HeldShape info(api);
    const ort::Value* value = outputs[i].get();
    FURROW_TRY(Taken(api, api.GetTensorTypeAndShape(value, info.out())).With(s.name));
    FURROW_ASSIGN(Shape shape, ShapeOf(api, info.get()));
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

Result<Binding> Model::Bind(std::span<const TensorView> inputs,
                            std::span<const TensorView> outputs) const {
  const State& s = *state_;
  const ort::Api& api = s.library.api;
  auto bound = std::make_unique<Binding::State>(state_, api);
  FURROW_TRY(Taken(api, api.CreateIoBinding(s.session.get(), bound->binding.out())));
  const auto bind = [&](const char* what, std::span<const Tensor> tensors,
                        std::span<const TensorView> views, const auto& tie) -> Status {
    std::vector<Shape> shapes;
    for (const TensorView& view : views) shapes.push_back(view.shape);
    FURROW_TRY(s.Check(what, tensors, shapes.data(), shapes.size()));
    for (size_t i = 0; i < views.size(); ++i) {
      FURROW_ASSIGN(HeldValue value, s.MakeValue(tensors[i], views[i]));
      const ort::Value* borrowed = value.get();
      FURROW_TRY(Taken(api, tie(bound->binding.get(), tensors[i].name.c_str(), borrowed)));
      bound->values.push_back(std::move(value));
    }
    return {};
  };
  FURROW_TRY(bind("input", s.inputs, inputs, api.BindInput));
  FURROW_TRY(bind("output", s.outputs, outputs, api.BindOutput));
  return Binding(std::move(bound));
}

Binding::Binding(std::unique_ptr<State> state) : state_(std::move(state)) {}
Binding::Binding(Binding&&) noexcept = default;
Binding& Binding::operator=(Binding&&) noexcept = default;
Binding::~Binding() = default;

Status Binding::Run() {
  const Model::State& model = *state_->model;
  const ort::Api& api = model.library.api;
  ort::Session* session = model.session.get();
  const ort::IoBinding* binding = state_->binding.get();
  return Taken(api, api.RunWithBinding(session, nullptr, binding)).With(model.name);
}

}  // namespace furrow::infer
