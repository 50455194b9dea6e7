// SPDX-License-Identifier: Apache-2.0
#include "json/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

// RapidJSON asserts on misuse; a parser of foreign text must never abort.
#define RAPIDJSON_ASSERT(x) ((void)(x))
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace furrow::json {
namespace {

using Stream = rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream>;

// Builds a Value from the reader's events, on an explicit stack.
class Builder {
 public:
  Builder(const ParseLimits& limits, std::string_view text, const Stream& stream)
      : limits_(limits), text_(text), stream_(stream) {}

  bool Null() { return Put(Value()); }
  bool Bool(bool b) { return Put(Value(b)); }
  bool Int(int n) { return Put(Value(n)); }
  bool Uint(unsigned n) { return Put(Value(n)); }
  bool Int64(int64_t n) { return Put(Value(n)); }
  bool Uint64(uint64_t n) { return Put(Value(n)); }
  bool Double(double d) { return Put(Value(std::isfinite(d) ? Exact(d) : d)); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return false; }
  bool String(const char* s, rapidjson::SizeType n, bool) {
    return IsWhole({s, n}) && Put(Value(std::string(s, n)));
  }
  bool Key(const char* s, rapidjson::SizeType n, bool) {
    if (!IsWhole({s, n})) return false;
    keys_.back().assign(s, n);
    return true;
  }
  bool StartObject() { return Open(Value(Object())); }
  bool StartArray() { return Open(Value(Array())); }
  bool EndObject(rapidjson::SizeType) {
    stack_.back().object().DropDuplicates();
    return Close();
  }
  bool EndArray(rapidjson::SizeType) { return Close(); }

  Value Take() { return std::move(root_); }
  const char* problem() const { return problem_; }

 private:
  // The number that ends where the reader stands, rounded as IEEE 754 asks. RapidJSON's own exact
  // way makes 2e80 of "0e99".
  double Exact(double near) const {
    const size_t end = std::min(stream_.Tell(), text_.size());
    size_t begin = end;
    while (begin > 0 &&
           std::string_view("0123456789+-.eE").find(text_[begin - 1]) != std::string_view::npos)
      --begin;
    double exact = 0;
    const auto read = std::from_chars(text_.data() + begin, text_.data() + end, exact);
    return read.ec == std::errc() && read.ptr == text_.data() + end ? exact : near;
  }
  // RapidJSON misses the second half of a pair that stands alone, and writes it as if it were a
  // character.
  bool IsWhole(std::string_view text) {
    for (size_t at = text.find('\xED'); at != std::string_view::npos;
         at = text.find('\xED', at + 1)) {
      if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0)
        return problem_ = "a lone surrogate", false;
    }
    return true;
  }
  bool Count() {
    if (++values_ > limits_.values_max) return problem_ = "too many values", false;
    return true;
  }
  bool Open(Value v) {
    if (static_cast<int>(stack_.size()) >= limits_.depth_max)
      return problem_ = "nested too deep", false;
    if (!Count()) return false;
    stack_.push_back(std::move(v));
    keys_.emplace_back();
    return true;
  }
  bool Close() {
    Value done = std::move(stack_.back());
    stack_.pop_back();
    keys_.pop_back();
    return Attach(std::move(done));
  }
  bool Put(Value v) { return Count() && Attach(std::move(v)); }
  bool Attach(Value v) {
    if (stack_.empty()) {
      root_ = std::move(v);
    } else if (stack_.back().IsArray()) {
      stack_.back().array().push_back(std::move(v));
    } else {
      json::Object& object = stack_.back().object();
      if (object.size() >= limits_.members_max) return problem_ = "too many members", false;
      object.Append(std::move(keys_.back()), std::move(v));
    }
    return true;
  }

  const ParseLimits& limits_;
  const std::string_view text_;
  const Stream& stream_;
  std::vector<Value> stack_;
  std::vector<std::string> keys_;
  Value root_;
  size_t values_ = 0;
  const char* problem_ = nullptr;
};

void WriteIndented(std::string& out, const Value& v, int indent) {
  const std::string pad(static_cast<size_t>(indent) + 2, ' ');
  if (v.IsArray() && !v.array().empty()) {
    out += "[\n";
    for (size_t i = 0; i < v.array().size(); ++i) {
      out += pad;
      WriteIndented(out, v.array()[i], indent + 2);
      out += i + 1 < v.array().size() ? ",\n" : "\n";
    }
    out.append(static_cast<size_t>(indent), ' ') += ']';
  } else if (v.IsObject() && !v.object().empty()) {
    out += "{\n";
    size_t left = v.object().size();
    for (const Member& m : v.object()) {
      out += pad;
      WriteString(out, m.key);
      out += ": ";
      WriteIndented(out, m.value, indent + 2);
      out += --left ? ",\n" : "\n";
    }
    out.append(static_cast<size_t>(indent), ' ') += '}';
  } else {
    WriteTo(out, v);
  }
}

}  // namespace

Result<Value> Parse(std::string_view text, const ParseLimits& limits) {
  using namespace rapidjson;
  constexpr unsigned kFlags =
      kParseIterativeFlag | kParseNanAndInfFlag | kParseValidateEncodingFlag;
  MemoryStream memory(text.data(), text.size());
  Stream stream(memory);
  Builder builder(limits, text, stream);
  Reader reader;
  const ParseResult result = reader.Parse<kFlags>(stream, builder);
  if (result.IsError()) {
    const char* why = builder.problem() ? builder.problem() : GetParseError_En(result.Code());
    return Status(Code::kInvalidArgument,
                  std::string("bad JSON at byte ") + std::to_string(result.Offset()) + ": " + why);
  }
  return builder.Take();
}

void WriteInt(std::string& out, int64_t number) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof(text), number).ptr;
  out.append(text, end);
}

void WriteDouble(std::string& out, double number, NonFinite non_finite) {
  if (!std::isfinite(number)) {
    out += non_finite == NonFinite::kNull ? "null"
           : std::isnan(number)           ? "NaN"
           : number > 0                   ? "Infinity"
                                          : "-Infinity";
    return;
  }
  char text[40];
  const auto end = std::to_chars(text, text + sizeof(text), number).ptr;
  const std::string_view written(text, static_cast<size_t>(end - text));
  out += written;
  if (written.find_first_of(".e") == std::string_view::npos) out += ".0";
}

void WriteString(std::string& out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += '"';
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += "\\u00";
        out += kDigits[c >> 4];
        out += kDigits[c & 15];
    }
  }
  out.append(text, plain, text.size() - plain);
  out += '"';
}

void WriteTo(std::string& out, const Value& v, NonFinite non_finite) {
  if (v.IsNull()) {
    out += "null";
  } else if (v.IsBool()) {
    out += v.AsBool() ? "true" : "false";
  } else if (v.IsInt()) {
    WriteInt(out, v.AsInt());
  } else if (v.IsUint64()) {
    out += std::to_string(v.AsUint64());
  } else if (v.IsDouble()) {
    WriteDouble(out, v.AsDouble(), non_finite);
  } else if (v.IsString()) {
    WriteString(out, v.AsString());
  } else if (v.IsArray()) {
    out += '[';
    bool first = true;
    for (const Value& e : v.array()) {
      if (!first) out += ',';
      first = false;
      WriteTo(out, e, non_finite);
    }
    out += ']';
  } else {
    out += '{';
    bool first = true;
    for (const Member& m : v.object()) {
      if (!first) out += ',';
      first = false;
      WriteString(out, m.key);
      out += ':';
      WriteTo(out, m.value, non_finite);
    }
    out += '}';
  }
}

std::string Write(const Value& value, NonFinite non_finite) {
  std::string out;
  WriteTo(out, value, non_finite);
  return out;
}

std::string WritePretty(const Value& value) {
  std::string out;
  WriteIndented(out, value, 0);
  return out;
}

}  // namespace furrow::json
