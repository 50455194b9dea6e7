// SPDX-License-Identifier: Apache-2.0
#include "admin/manifest.h"

#include <algorithm>

#include "base/sha256.h"
#include "json/text.h"

namespace furrow::admin {
namespace {

constexpr char kFormat[] = "furrow-backup-generation";
constexpr int64_t kVersion = 1;
constexpr size_t kPathMax = 2048, kPartMax = 255;
constexpr uint64_t kBytesMax = uint64_t{1} << 62;

Status Damaged(const char* why) {
  return Status(Code::kCorruption, std::string("the manifest is damaged: ") + why);
}

bool IsSha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string Digest(std::string_view text) {
  Sha256 digest;
  digest.Add(text);
  return digest.Hex();
}

// Takes one line, without its line feed, off the front.
std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

uint64_t Manifest::bytes() const {
  uint64_t sum = 0;
  for (const BackupFile& file : files) sum += file.size;
  return sum;
}

bool IsPlainPath(std::string_view path) {
  if (path.empty() || path.size() > kPathMax) return false;
  if (path.find('\0') != std::string_view::npos) return false;
  while (true) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part.size() > kPartMax || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

std::string EncodeManifest(const Manifest& manifest) {
  json::Array damaged(manifest.damaged.begin(), manifest.damaged.end());
  std::string out = json::Write(json::Object{{"format", kFormat},
                                             {"version", kVersion},
                                             {"generation", manifest.generation},
                                             {"taken", FormatTime(manifest.taken)},
                                             {"server_version", manifest.server_version},
                                             {"new_objects", manifest.new_objects},
                                             {"new_bytes", manifest.new_bytes},
                                             {"damaged", std::move(damaged)}}) +
                    "\n";
  for (const BackupFile& file : manifest.files) {
    json::Value line =
        json::Object{{"path", file.path}, {"size", file.size}, {"sha256", file.sha256}};
    if (!file.origin.empty()) line["origin"] = file.origin;
    json::WriteTo(out, line);
    out += '\n';
  }
  const std::string digest = Digest(out);
  out += json::Write(json::Object{{"files", manifest.files.size()}, {"sha256", digest}}) + "\n";
  return out;
}

Result<Manifest> DecodeManifest(std::string_view text) {
  if (text.empty() || text.back() != '\n') return Damaged("it is cut off");
  const size_t last = text.substr(0, text.size() - 1).rfind('\n');
  if (last == std::string_view::npos) return Damaged("it is cut off");
  std::string_view body = text.substr(0, last + 1);
  const auto seal = json::Parse(text.substr(last + 1));
  if (!seal.ok() || seal->At("sha256").AsString() != Digest(body)) {
    return Damaged("its checksum does not match");
  }
  const auto head = json::Parse(TakeLine(body));
  if (!head.ok() || head->At("format").AsString() != kFormat) return Damaged("its first line");
  if (head->At("version").AsInt() > kVersion) {
    return Status(Code::kFailedPrecondition,
                  "this backup was made by a newer version: use that one");
  }
  Manifest out;
  out.generation = static_cast<int>(head->At("generation").AsInt());
  out.taken = ParseTime(head->At("taken").AsString()).value_or(0);
  out.server_version = head->At("server_version").AsString();
  out.new_objects = static_cast<uint64_t>(head->At("new_objects").AsInt());
  out.new_bytes = static_cast<uint64_t>(head->At("new_bytes").AsInt());
  for (const json::Value& path : head->At("damaged").array()) {
    out.damaged.push_back(path.AsString());
  }
  uint64_t total = 0;
  while (!body.empty()) {
    const auto line = json::Parse(TakeLine(body));
    if (!line.ok()) return Damaged("a line");
    BackupFile file{line->At("path").AsString(), static_cast<uint64_t>(line->At("size").AsInt(-1)),
                    line->At("sha256").AsString(), line->At("origin").AsString()};
    if (!IsPlainPath(file.path) || !IsSha256(file.sha256) || line->At("size").AsInt(-1) < 0) {
      return Damaged("a line");
    }
    // So that sums of sizes, which decide whether there is room, cannot wrap around.
    if (file.size > kBytesMax - total) return Damaged("its sizes");
    total += file.size;
    out.files.push_back(std::move(file));
  }
  if (static_cast<int64_t>(out.files.size()) != seal->At("files").AsInt(-1)) {
    return Damaged("its number of files");
  }
  return out;
}

}  // namespace furrow::admin
