// SPDX-License-Identifier: Apache-2.0
#include "service/events/line_reader.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <deque>
#include <string>

#include <simdjson.h>

#include "api/error.h"
#include "json/text.h"
#include "service/events/unescape.h"

namespace furrow::service::events {
namespace {

namespace od = simdjson::ondemand;

// Longer lines (plots) get a parser of their own, so that threads keep no large buffers.
constexpr size_t kSharedParserBytesMax = 256u << 10;
constexpr size_t kKeptBytesMax = 1u << 20;

enum class Member : uint8_t {
  kOther,
  kType,
  kTask,
  kModel,
  kIter,
  kMetric,
  kVariant,
  kValue,
  kValues,
  kTimestamp,
  kWorker,
  kKey,
  kUrl,
  kPlot,
  kMsg,
  kLevel,
  kModelEvent,
  kAllowLocked,
  kXAxisLabel,
};

Member MemberOf(std::string_view name) {
  switch (name.size()) {
    case 2:
      return name == "ts" ? Member::kTimestamp : Member::kOther;
    case 3:
      if (name == "key") return Member::kKey;
      if (name == "url") return Member::kUrl;
      return name == "msg" ? Member::kMsg : Member::kOther;
    case 4:
      if (name == "iter") return Member::kIter;
      if (name == "type") return Member::kType;
      return name == "task" ? Member::kTask : Member::kOther;
    case 5:
      if (name == "value") return Member::kValue;
      if (name == "level") return Member::kLevel;
      return name == "model" ? Member::kModel : Member::kOther;
    case 6:
      if (name == "metric") return Member::kMetric;
      if (name == "worker") return Member::kWorker;
      return name == "values" ? Member::kValues : Member::kOther;
    case 7:
      return name == "variant" ? Member::kVariant : Member::kOther;
    case 8:
      return name == "plot_str" ? Member::kPlot : Member::kOther;
    case 9:
      return name == "timestamp" ? Member::kTimestamp : Member::kOther;
    case 11:
      return name == "model_event" ? Member::kModelEvent : Member::kOther;
    case 12:
      if (name == "allow_locked") return Member::kAllowLocked;
      return name == "x_axis_label" ? Member::kXAxisLabel : Member::kOther;
    default:
      return Member::kOther;
  }
}

/// Where a text member goes, nullptr for members of another kind.
std::string_view* TextSlot(Line& line, Member member) {
  switch (member) {
    case Member::kTask:
      return &line.task;
    case Member::kModel:
      return &line.model;
    case Member::kMetric:
      return &line.metric;
    case Member::kVariant:
      return &line.variant;
    case Member::kWorker:
      return &line.worker;
    case Member::kKey:
      return &line.key;
    case Member::kUrl:
      return &line.url;
    case Member::kMsg:
      return &line.msg;
    case Member::kLevel:
      return &line.level;
    case Member::kXAxisLabel:
      return &line.x_axis_label;
    default:
      return nullptr;
  }
}

std::string_view TrimRight(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

bool Blank(std::string_view text) { return TrimRight(text).empty(); }

/// A whole number, or a text of one; nullopt for anything else or out of range.
std::optional<int64_t> Whole(const json::Value& v) {
  if (v.IsInt()) return v.AsInt();
  if (v.IsBool()) return v.AsBool() ? 1 : 0;
  if (v.IsDouble()) {
    const double d = v.AsDouble();
    if (d >= -9223372036854775808.0 && d < 9223372036854775808.0) return static_cast<int64_t>(d);
    return std::nullopt;
  }
  if (v.IsString()) {
    const std::string& s = v.AsString();
    int64_t n = 0;
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), n);
    if (error == std::errc() && end == s.data() + s.size()) return n;
  }
  return std::nullopt;
}

std::optional<double> Real(const json::Value& v) {
  if (v.IsNumber()) return v.AsDouble();
  if (v.IsBool()) return v.AsBool() ? 1 : 0;
  if (v.IsString()) {
    const std::string& s = v.AsString();
    double d = 0;
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), d);
    if (!s.empty() && error == std::errc() && end == s.data() + s.size()) return d;
  }
  return std::nullopt;
}

bool Truthy(const json::Value& v) { return v.AsBool() || v.AsInt() != 0; }

}  // namespace

struct LineReader::Scratch {
  od::parser parser;
  std::unique_ptr<char[]> text;  // the body and the padding its parser asks for
  size_t text_size = 0;
  std::unique_ptr<char[]> unescaped;  // never longer than the body
  size_t unescaped_size = 0;
  size_t unescaped_used = 0;
  std::deque<std::string> kept;

  static void Reserve(std::unique_ptr<char[]>& buffer, size_t& size, size_t wanted) {
    if (size >= wanted) return;
    size = std::max(wanted, size * 2);
    buffer.reset(new char[size]);
  }
};

LineReader::Scratch& LineReader::ThreadScratch() {
  thread_local Scratch scratch;
  return scratch;
}

LineReader::LineReader(std::string_view body) : scratch_(ThreadScratch()), size_(body.size()) {
  Scratch::Reserve(scratch_.text, scratch_.text_size, body.size() + simdjson::SIMDJSON_PADDING);
  std::memcpy(scratch_.text.get(), body.data(), body.size());
  std::memset(scratch_.text.get() + body.size(), ' ', simdjson::SIMDJSON_PADDING);
  scratch_.unescaped_used = 0;
}

LineReader::~LineReader() {
  scratch_.kept.clear();
  if (scratch_.text_size > kKeptBytesMax) scratch_.text.reset(), scratch_.text_size = 0;
  if (scratch_.unescaped_size > kKeptBytesMax) {
    scratch_.unescaped.reset(), scratch_.unescaped_size = 0;
  }
}

std::string_view LineReader::Keep(std::string text) {
  return scratch_.kept.emplace_back(std::move(text));
}

Result<bool> LineReader::Next(Line& line) {
  const char* const text = scratch_.text.get();
  while (at_ < size_) {
    const char* newline = static_cast<const char*>(std::memchr(text + at_, '\n', size_ - at_));
    const size_t end = newline ? static_cast<size_t>(newline - text) : size_;
    const std::string_view one(text + at_, end - at_);
    at_ = end + 1;
    ++number_;
    if (Blank(one)) continue;
    line = Line();
    if (ReadFast(one, line)) return true;
    line = Line();
    if (ReadSlow(one, line)) return true;
    return api::Fail(api::kBatchValidation,
                     "line " + std::to_string(number_) + " is no JSON object");
  }
  return false;
}

std::string_view LineReader::Unescape(const char* begin, const char* end) {
  if (!scratch_.unescaped || scratch_.unescaped_size < size_) {
    Scratch::Reserve(scratch_.unescaped, scratch_.unescaped_size, size_);
  }
  char* const to = scratch_.unescaped.get() + scratch_.unescaped_used;
  char* const stop = UnescapeJson(begin, end, to);
  if (!stop) return {};
  scratch_.unescaped_used += static_cast<size_t>(stop - to);
  return {to, static_cast<size_t>(stop - to)};
}

bool LineReader::TakePlot(std::string_view token, Line& line) {
  const char* const begin = token.data() + 1;
  const char* const end = token.data() + token.size() - 1;
  switch (CheckEscapes(begin, end)) {
    case Escapes::kMalformed:
      return false;
    case Escapes::kSound:
      line.plot_json = token;
      return true;
    case Escapes::kSurrogate:
      break;
  }
  std::string safe;
  json::WriteString(safe, Unescape(begin, end));
  line.plot_json = Keep(std::move(safe));
  return true;
}

// Takes the usual shape of an event; whatever is unusual is left to ReadSlow.
bool LineReader::ReadFast(std::string_view text, Line& line) {
  std::optional<od::parser> own;
  od::parser& parser = text.size() > kSharedParserBytesMax ? own.emplace() : scratch_.parser;
  od::document document;
  od::object object;
  if (parser.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING)
          .get(document)) {
    return false;
  }
  if (document.get_object().get(object)) return false;
  for (auto field : object) {
    od::raw_json_string raw_key;
    od::value value;
    if (field.key().get(raw_key) || field.value().get(value)) return false;
    const char* const key_begin = raw_key.raw();
    const char* key_end = key_begin;
    while (*key_end != '"') {
      if (*key_end == '\\') return false;
      ++key_end;
    }
    const Member member = MemberOf({key_begin, static_cast<size_t>(key_end - key_begin)});
    if (member == Member::kOther) continue;

    const std::string_view token = TrimRight(value.raw_json_token());
    if (token == "null") continue;
    const bool is_text = token.size() >= 2 && token.front() == '"' && token.back() == '"';
    if (std::string_view* slot = TextSlot(line, member)) {
      if (!is_text) return false;
      const std::string_view inside = token.substr(1, token.size() - 2);
      if (std::memchr(inside.data(), '\\', inside.size())) {
        *slot = Unescape(inside.data(), inside.data() + inside.size());
        if (slot->data() == nullptr) return false;
      } else {
        *slot = inside;
      }
      continue;
    }
    switch (member) {
      case Member::kType:
        if (!is_text) return false;
        line.type = ParseType(token.substr(1, token.size() - 2));
        break;
      case Member::kPlot:
        if (!is_text) return false;
        if (!TakePlot(token, line)) return false;
        break;
      case Member::kIter: {
        int64_t n = 0;
        if (value.get_int64().get(n)) return false;
        line.iter = n;
        break;
      }
      case Member::kTimestamp: {
        int64_t n = 0;
        if (value.get_int64().get(n)) return false;
        line.time_ms = n;
        break;
      }
      case Member::kValue: {
        double d = 0;
        if (value.get_double().get(d)) return false;
        line.value = d;
        break;
      }
      case Member::kModelEvent:
      case Member::kAllowLocked: {
        const bool is_true = token == "true";
        if (!is_true && token != "false") return false;
        (member == Member::kModelEvent ? line.model_event : line.allow_locked) = is_true;
        break;
      }
      default:
        return false;  // values: a list
    }
  }
  const char* rest = nullptr;
  return document.current_location().get(rest) == simdjson::OUT_OF_BOUNDS;
}

bool LineReader::ReadSlow(std::string_view text, Line& line) {
  auto parsed = json::Parse(text);
  if (!parsed.ok() || !parsed->IsObject()) return false;
  for (json::Member& m : parsed->object()) {
    const Member member = MemberOf(m.key);
    json::Value& v = m.value;
    if (member == Member::kOther || v.IsNull()) continue;
    if (std::string_view* slot = TextSlot(line, member)) {
      if (v.IsString()) {
        *slot = Keep(std::move(v.mutable_string()));
      } else if (v.IsNumber()) {
        *slot = Keep(json::Write(v));
      } else {
        line.problem = "Event holds a field of a wrong type";
      }
      continue;
    }
    switch (member) {
      case Member::kType:
        line.type = ParseType(v.AsString());
        break;
      case Member::kPlot:
        if (v.IsString()) {
          line.plot_json = Keep(json::Write(v));
        } else {
          line.problem = "Event holds a field of a wrong type";
        }
        break;
      case Member::kIter:
        line.iter = Whole(v);
        if (!line.iter) line.problem = "Event iteration is no whole number of 64 bits";
        break;
      case Member::kTimestamp:
        line.time_ms = Whole(v);
        if (!line.time_ms) line.problem = "Event timestamp is no number";
        break;
      case Member::kValue:
      case Member::kValues:
        if (v.IsArray()) {
          line.values_json = Keep(json::Write(v));
        } else {
          line.value = Real(v);
          if (!line.value) line.problem = "Event value is no number";
        }
        break;
      case Member::kModelEvent:
        line.model_event = Truthy(v);
        break;
      case Member::kAllowLocked:
        line.allow_locked = Truthy(v);
        break;
      default:
        break;
    }
  }
  return true;
}

}  // namespace furrow::service::events
