// SPDX-License-Identifier: Apache-2.0
#include "bundle/manifest.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/time.h"
#include "bundle/head.h"
#include "bundle/keys.h"
#include "json/text.h"

namespace furrow::bundle {
namespace {

constexpr int64_t kVersionMax = int64_t{1} << 53;
constexpr int kAreaMax = 1'000'000, kFramesMax = 100, kSourceMax = 32;
constexpr size_t kTextMax = 1000;
constexpr size_t kNameMax = 200, kPartsMax = 5;

Status Bad(const std::string& member, const std::string& what) {
  return Refused(Code::kInvalidArgument, "bad manifest", member + ": " + what);
}

/// Takes known members out of an object; says what is wrong with which.
class Members {
 public:
  Members(const json::Value& value, std::string where) : value_(value), where_(std::move(where)) {}

  const json::Value* Find(const char* key) {
    known_.insert(key);
    return value_.Find(key);
  }
  Status Text(const char* key, std::string& out, size_t most = kTextMax) {
    const json::Value* found = Find(key);
    if (found == nullptr || !found->IsString()) return Wrong(key, "has to be a string");
    if (found->AsString().size() > most) return Wrong(key, "is too long");
    out = found->AsString();
    return {};
  }
  template <typename T>
  Status Whole(const char* key, int64_t least, int64_t most, T& out) {
    const json::Value* found = Find(key);
    if (found == nullptr || !found->IsInt() || found->AsInt() < least || found->AsInt() > most) {
      return Wrong(key, fmt::format("has to be a whole number from {} to {}", least, most));
    }
    out = static_cast<T>(found->AsInt());
    return {};
  }
  Status Object(const char* key, const json::Value*& out) {
    out = Find(key);
    if (out == nullptr || !out->IsObject()) return Wrong(key, "has to be an object");
    return {};
  }
  Status Wrong(const char* key, const std::string& what) const {
    return Bad(where_ + (where_.empty() ? "" : ".") + key, what);
  }
  /// An error when there is a member that nobody asked for.
  Status Done() const {
    for (const json::Member& member : value_.object()) {
      if (!known_.contains(member.key)) return Wrong(member.key.c_str(), "is not known");
    }
    return {};
  }

 private:
  const json::Value& value_;
  const std::string where_;
  std::set<std::string, std::less<>> known_;
};

bool IsSha256(std::string_view text) { return IsPublicKeyHex(text); }

Status OneOf(const Members& members, const char* key, const std::string& value,
             std::initializer_list<std::string_view> choices) {
  if (std::ranges::find(choices, value) != choices.end()) return {};
  std::string list;
  for (const std::string_view choice : choices) list += fmt::format(" {}", choice);
  return members.Wrong(key, fmt::format("\"{}\" is none of:{}", value, list));
}

Status ReadModel(const json::Value& value, Manifest::Model& model) {
  Members members(value, "model");
  FURROW_TRY(members.Text("file", model.file));
  FURROW_TRY(members.Text("method", model.method));
  FURROW_TRY(OneOf(members, "method", model.method, {"net", "hybrid"}));
  FURROW_TRY(members.Whole("area_min_px", 1, kAreaMax, model.area_min_px));
  FURROW_TRY(members.Text("target", model.target));
  FURROW_TRY(
      OneOf(members, "target", model.target, {"onnxruntime-fp32", "onnxruntime-int8", "tensorrt"}));
  return members.Done();
}

Status ReadFits(const json::Value& value, Manifest::Fits& fits) {
  Members members(value, "fits");
  FURROW_TRY(members.Text("boom", fits.boom));
  if (!fits.boom.empty() && !IsSha256(fits.boom)) {
    return members.Wrong("boom", "is neither empty nor a SHA-256");
  }
  FURROW_TRY(members.Text("runtime_min", fits.runtime_min));
  if (!fits.runtime_min.empty() && !CompareVersions(fits.runtime_min, fits.runtime_min).ok()) {
    return members.Wrong("runtime_min", "is no version");
  }
  const json::Value* list = members.Find("architectures");
  if (list == nullptr || !list->IsArray() || list->array().size() > 16) {
    return members.Wrong("architectures", "has to be a list of at most 16 names");
  }
  for (const json::Value& one : list->array()) {
    if (!one.IsString() || !IsPlainName(one.AsString())) {
      return members.Wrong("architectures", "has to be a list of names");
    }
    fits.architectures.push_back(one.AsString());
  }
  return members.Done();
}

Status ReadReport(const json::Value& value, Manifest::Report& report) {
  Members members(value, "report");
  FURROW_TRY(members.Text("file", report.file));
  const json::Value* passed = members.Find("passed");
  if (passed == nullptr || !passed->IsBool()) return members.Wrong("passed", "has to be a boolean");
  report.passed = passed->AsBool();
  const json::Value* waiver = members.Find("waiver");
  if (waiver == nullptr || !(waiver->IsNull() || waiver->IsObject())) {
    return members.Wrong("waiver", "has to be null or an object");
  }
  if (waiver->IsObject()) {
    Members inner(*waiver, "report.waiver");
    Waiver read;
    FURROW_TRY(inner.Text("why", read.why));
    FURROW_TRY(inner.Text("by", read.by));
    if (read.why.empty()) return inner.Wrong("why", "is empty");
    if (read.by.empty()) return inner.Wrong("by", "is empty");
    FURROW_TRY(inner.Done());
    report.waiver = std::move(read);
  }
  return members.Done();
}

Status ReadGolden(const json::Value& value, Manifest::Golden& golden) {
  Members members(value, "golden");
  FURROW_TRY(members.Text("file", golden.file));
  FURROW_TRY(members.Whole("frames", 0, kFramesMax, golden.frames));
  if (golden.file.empty() != (golden.frames == 0)) {
    return members.Wrong("frames", "has to be 0 without a file, and only then");
  }
  return members.Done();
}

Status ReadSource(const json::Value& value, std::map<std::string, std::string>& source) {
  if (value.object().size() > kSourceMax) return Bad("source", "has too many members");
  for (const json::Member& member : value.object()) {
    if (!IsPlainName(member.key) || !member.value.IsString() ||
        member.value.AsString().size() > kTextMax) {
      return Bad("source", "has to be an object of strings");
    }
    source[member.key] = member.value.AsString();
  }
  return {};
}

std::string Lowered(std::string_view name) {
  std::string lowered(name);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

Status ReadFiles(const json::Value& list, std::vector<File>& files) {
  if (!list.IsArray() || list.array().empty()) return Bad("files", "has to be a list");
  if (list.array().size() > kFilesMax) {
    return Refused(Code::kTooLarge, "too large",
                   fmt::format("{} files, at most {}", list.array().size(), kFilesMax));
  }
  std::set<std::string> names, folders;
  for (size_t i = 0; i < list.array().size(); ++i) {
    Members members(list.array()[i], fmt::format("files[{}]", i));
    File file;
    FURROW_TRY(members.Text("name", file.name));
    if (!IsFileName(file.name)) {
      return Refused(Code::kInvalidArgument, "bad name", fmt::format("files[{}].name", i));
    }
    const std::string lowered = Lowered(file.name);
    bool free = names.insert(lowered).second && !folders.contains(lowered);
    for (size_t at = lowered.find('/'); at != std::string::npos; at = lowered.find('/', at + 1)) {
      folders.insert(lowered.substr(0, at));
      free = free && !names.contains(lowered.substr(0, at));
    }
    if (!free) return Refused(Code::kInvalidArgument, "duplicate name", file.name);
    FURROW_TRY(members.Whole("bytes", 0, INT64_MAX, file.bytes));
    FURROW_TRY(members.Text("sha256", file.sha256));
    if (!IsSha256(file.sha256)) return members.Wrong("sha256", "is no SHA-256");
    FURROW_TRY(members.Done());
    files.push_back(std::move(file));
  }
  return {};
}

}  // namespace

const File* Manifest::Find(std::string_view file) const {
  const auto found = std::ranges::find(files, file, &File::name);
  return found == files.end() ? nullptr : &*found;
}

bool IsFileName(std::string_view name) {
  if (name.empty() || name.size() > kNameMax) return false;
  const std::string lowered = Lowered(name);
  if (lowered == "bundle.head" || lowered == "slot.json") return false;
  size_t parts = 1;
  bool begins = true;
  for (const char c : name) {
    if (c == '/') {
      if (begins) return false;
      begins = true;
      ++parts;
      continue;
    }
    const bool letter =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (!letter && (c != '.' || begins) && c != '-') return false;
    begins = false;
  }
  return !begins && parts <= kPartsMax;
}

Result<int> CompareVersions(std::string_view a, std::string_view b) {
  const auto read = [](std::string_view text) -> Result<std::array<int, 3>> {
    std::array<int, 3> numbers{};
    const char* at = text.data();
    const char* const end = at + text.size();
    for (size_t i = 0; i < 3; ++i) {
      if (i > 0 && (at == end || *at++ != '.')) at = nullptr;
      const auto parsed = at == nullptr || at == end || *at < '0' || *at > '9'
                              ? std::from_chars_result{at, std::errc::invalid_argument}
                              : std::from_chars(at, end, numbers[i]);
      if (parsed.ec != std::errc()) {
        return Status(Code::kInvalidArgument,
                      fmt::format("\"{}\" is no version such as 0.1.0", text));
      }
      at = parsed.ptr;
    }
    if (at != end) {
      return Status(Code::kInvalidArgument,
                    fmt::format("\"{}\" is no version such as 0.1.0", text));
    }
    return numbers;
  };
  FURROW_ASSIGN(const auto first, read(a));
  FURROW_ASSIGN(const auto second, read(b));
  return first < second ? -1 : (second < first ? 1 : 0);
}

Result<Manifest> ParseManifest(std::string_view json) {
  const Result<json::Value> parsed = json::Parse(json, {.depth_max = 8, .values_max = 20'000});
  if (!parsed.ok()) return Bad("JSON", parsed.status().message());
  if (!parsed->IsObject()) return Bad("JSON", "has to be an object");
  Members members(*parsed, "");
  int format = 0;
  FURROW_TRY(members.Whole("format", 1, 1, format));
  Manifest m;
  FURROW_TRY(members.Text("name", m.name));
  if (!IsPlainName(m.name)) return members.Wrong("name", "is none");
  FURROW_TRY(members.Whole("version", 1, kVersionMax, m.version));
  FURROW_TRY(members.Text("created_at", m.created_at, 40));
  if (m.created_at.size() < 20 || !ParseTime(m.created_at)) {
    return members.Wrong("created_at", "is no time");
  }
  const json::Value* part = nullptr;
  FURROW_TRY(members.Object("model", part));
  FURROW_TRY(ReadModel(*part, m.model));
  FURROW_TRY(members.Object("fits", part));
  FURROW_TRY(ReadFits(*part, m.fits));
  const json::Value* budget = members.Find("budget_ms");
  m.budget_ms = budget == nullptr ? 0 : budget->AsDouble();
  if (!std::isfinite(m.budget_ms) || m.budget_ms <= 0 || m.budget_ms > 1e6) {
    return members.Wrong("budget_ms", "has to be a number above 0");
  }
  FURROW_TRY(members.Object("report", part));
  FURROW_TRY(ReadReport(*part, m.report));
  FURROW_TRY(members.Object("golden", part));
  FURROW_TRY(ReadGolden(*part, m.golden));
  FURROW_TRY(members.Object("source", part));
  FURROW_TRY(ReadSource(*part, m.source));
  const json::Value* files = members.Find("files");
  if (files == nullptr) return members.Wrong("files", "has to be a list");
  FURROW_TRY(ReadFiles(*files, m.files));
  FURROW_TRY(members.Done());
  const std::pair<const char*, const std::string&> named[] = {
      {"model.file", m.model.file}, {"report.file", m.report.file}, {"golden.file", m.golden.file}};
  for (const auto& [member, name] : named) {
    const bool none = name.empty() && m.golden.file.empty() && &name == &m.golden.file;
    if (!none && m.Find(name) == nullptr) {
      return Bad(member, fmt::format("there is no file \"{}\"", name));
    }
  }
  return m;
}

std::string ManifestText(const Manifest& m) {
  json::Array architectures, files;
  for (const std::string& one : m.fits.architectures) architectures.emplace_back(one);
  for (const File& file : m.files) {
    files.emplace_back(json::Object{
        {"name", file.name}, {"bytes", static_cast<int64_t>(file.bytes)}, {"sha256", file.sha256}});
  }
  json::Object source;
  for (const auto& [key, value] : m.source) source[key] = value;
  json::Value waiver;
  if (m.report.waiver) {
    waiver = json::Object{{"why", m.report.waiver->why}, {"by", m.report.waiver->by}};
  }
  return json::Write(json::Object{
      {"format", 1},
      {"name", m.name},
      {"version", m.version},
      {"created_at", m.created_at},
      {"model", json::Object{{"file", m.model.file},
                             {"method", m.model.method},
                             {"area_min_px", m.model.area_min_px},
                             {"target", m.model.target}}},
      {"fits", json::Object{{"boom", m.fits.boom},
                            {"runtime_min", m.fits.runtime_min},
                            {"architectures", std::move(architectures)}}},
      {"budget_ms", m.budget_ms},
      {"report",
       json::Object{
           {"file", m.report.file}, {"passed", m.report.passed}, {"waiver", std::move(waiver)}}},
      {"golden", json::Object{{"file", m.golden.file}, {"frames", m.golden.frames}}},
      {"source", std::move(source)},
      {"files", std::move(files)}});
}

}  // namespace furrow::bundle
