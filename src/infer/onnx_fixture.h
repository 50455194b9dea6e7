// SPDX-License-Identifier: Apache-2.0
// Small models for tests, encoded by hand so that a test can also make wrong ones.
// Source of the field numbers: onnx/onnx.proto of ONNX 1.12.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace furrow::infer {

/// A message of Protocol Buffers.
class ProtoText {
 public:
  ProtoText& Int(int field, int64_t value) {
    Varint(static_cast<uint64_t>(field) << 3);
    Varint(static_cast<uint64_t>(value));
    return *this;
  }
  ProtoText& Bytes(int field, std::string_view value) {
    Varint(static_cast<uint64_t>(field) << 3 | 2);
    Varint(value.size());
    text_ += value;
    return *this;
  }
  ProtoText& Message(int field, const ProtoText& value) { return Bytes(field, value.text_); }
  const std::string& text() const { return text_; }

 private:
  void Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) text_ += static_cast<char>(value | 0x80);
    text_ += static_cast<char>(value);
  }
  std::string text_;
};

enum OnnxType : int { kOnnxFloat = 1, kOnnxUint8 = 2, kOnnxInt64 = 7 };

/// A graph node by node.
class OnnxModel {
 public:
  /// -1 is a length left open.
  OnnxModel& Input(const std::string& name, int type, std::vector<int64_t> shape) {
    graph_.Message(11, ValueInfo(name, type, shape));
    return *this;
  }
  OnnxModel& Output(const std::string& name, int type, std::vector<int64_t> shape) {
    graph_.Message(12, ValueInfo(name, type, shape));
    return *this;
  }
  OnnxModel& Weights(const std::string& name, std::vector<int64_t> shape,
                     const std::vector<float>& values) {
    ProtoText tensor;
    for (const int64_t length : shape) tensor.Int(1, length);
    std::string raw(values.size() * sizeof(float), '\0');
    std::memcpy(raw.data(), values.data(), raw.size());
    graph_.Message(5, tensor.Int(2, kOnnxFloat).Bytes(8, name).Bytes(9, raw));
    return *this;
  }
  struct Ints {
    std::string name;
    std::vector<int64_t> values;
  };
  OnnxModel& Node(const std::string& kind, std::initializer_list<std::string> inputs,
                  const std::string& output, const std::vector<Ints>& attributes = {}) {
    ProtoText node;
    for (const std::string& input : inputs) node.Bytes(1, input);
    node.Bytes(2, output).Bytes(4, kind);
    for (const Ints& ints : attributes) {
      ProtoText attribute;
      attribute.Bytes(1, ints.name);
      for (const int64_t value : ints.values) attribute.Int(8, value);
      node.Message(5, attribute.Int(20, 7));
    }
    graph_.Message(1, node);
    return *this;
  }
  OnnxModel& Property(const std::string& key, const std::string& value) {
    properties_.Message(14, ProtoText().Bytes(1, key).Bytes(2, value));
    return *this;
  }
  std::string Text() const {
    ProtoText graph = graph_;
    return ProtoText()
               .Int(1, 7)  // of the format
               .Message(8, ProtoText().Bytes(1, "").Int(2, 13))
               .Message(7, graph.Bytes(2, "test"))
               .text() +
           properties_.text();
  }

 private:
  static ProtoText ValueInfo(const std::string& name, int type, const std::vector<int64_t>& shape) {
    ProtoText axes;
    for (size_t i = 0; i < shape.size(); ++i) {
      ProtoText axis;
      if (shape[i] >= 0) {
        axis.Int(1, shape[i]);
      } else {
        axis.Bytes(2, name + std::to_string(i));
      }
      axes.Message(1, axis);
    }
    const ProtoText tensor = ProtoText().Int(1, type).Message(2, axes);
    return ProtoText().Bytes(1, name).Message(2, ProtoText().Message(1, tensor));
  }

  ProtoText graph_, properties_;
};

}  // namespace furrow::infer
