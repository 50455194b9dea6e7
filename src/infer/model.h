// SPDX-License-Identifier: Apache-2.0
// A network in a file of the ONNX format, run on the processor by ONNX Runtime.
//
//   FURROW_ASSIGN(infer::Model model, infer::Model::Load("weeds.onnx", {.threads = 1}));
//   std::vector<float> pixels(3 * 64 * 64), scores(...);
//   const infer::TensorView in{{1, 3, 64, 64}, pixels}, out{{1, 3, 32, 32}, scores};
//   FURROW_ASSIGN(infer::Binding binding, model.Bind({&in, 1}, {&out, 1}));
//   FURROW_TRY(binding.Run());                      // reads `pixels`, writes `scores`
//
// Source of the format: https://onnx.ai/onnx/repo-docs/IR.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace furrow::infer {

/// The largest model that is read, in bytes.
constexpr size_t kModelBytesMax = size_t{1} << 29;

/// The lengths of a tensor's axes. In what a model declares -1 is a length left open.
using Shape = std::vector<int64_t>;

/// "1 x 3 x 64 x 64", with "?" for what is open; "a single number" without axes.
std::string ShapeText(const Shape& shape);

/// The product of the lengths; 0 when one is negative or the product is beyond 2^40.
size_t ElementCount(const Shape& shape);

/// An input or an output as the model declares it.
struct Tensor {
  std::string name;
  bool is_float = false;  // of 32 bits; other types are known to be there but cannot be bound
  Shape shape;
};

/// Somebody's memory as a tensor, the last axis changing quickest.
struct TensorView {
  Shape shape;
  std::span<float> values;  // as many as the shape has elements
};

struct ModelOptions {
  /// That work on one run together, the caller's included. They sleep between runs rather than
  /// spin, because on a sprayer other threads have deadlines.
  int threads = 1;
};

class Binding;

/// A loaded network. Copies share it. Thread-safe: any number of bindings may run at once. No
/// function throws.
class Model {
 public:
  /// Reads a file. Errors name it: kNotFound, kIoError, kTooLarge; those of FromBytes.
  static Result<Model> Load(const std::string& path, const ModelOptions& options = {});

  /// `name` is what errors call the bytes, which are copied. Errors: kInvalidArgument for what is
  /// no model, for a damaged one and for one that asks for what the library lacks; kNotFound and
  /// kFailedPrecondition when the library is absent or cannot be used.
  static Result<Model> FromBytes(std::string_view bytes, const std::string& name,
                                 const ModelOptions& options = {});

  const std::string& name() const;
  std::span<const Tensor> inputs() const;
  std::span<const Tensor> outputs() const;

  /// The value of an entry of the model's metadata, none when it is absent.
  std::optional<std::string> Property(const std::string& key) const;

  /// The shapes that the outputs have for inputs of these shapes. Runs the model once on zeros.
  /// Errors: kInvalidArgument, naming the tensor, when a shape does not fit.
  Result<std::vector<Shape>> OutputShapes(std::span<const Shape> inputs) const;

  /// Ties all inputs and all outputs, in the model's order, to the caller's memory, which must
  /// outlive the binding. Errors: kInvalidArgument, naming the tensor, when the number of tensors,
  /// a type or a shape does not fit.
  Result<Binding> Bind(std::span<const TensorView> inputs,
                       std::span<const TensorView> outputs) const;

 private:
  friend class Binding;
  struct State;
  explicit Model(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

/// A model with its memory. Keeps the model alive. One thread at a time.
class Binding {
 public:
  Binding(Binding&&) noexcept;
  Binding& operator=(Binding&&) noexcept;
  ~Binding();

  /// Runs the model on what its inputs hold now. No memory of ours is allocated; the library takes
  /// its own from an arena that has its size after the first run. Errors: kInvalidArgument, naming
  /// the model, when the library refuses (shapes that do not fit within the network).
  Status Run();

 private:
  friend class Model;
  struct State;
  explicit Binding(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace furrow::infer
