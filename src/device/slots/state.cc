// SPDX-License-Identifier: Apache-2.0
#include "device/slots/state.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "base/crc32c.h"
#include "json/text.h"

namespace furrow::device {
namespace {

constexpr std::array<const char*, 8> kStages = {"none",    "fetching", "verifying", "trying",
                                                "running", "good",     "refused",   "rolled_back"};
constexpr int64_t kVersionMax = int64_t{1} << 53;

bool IsHash(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string CrcText(std::string_view text) {
  return fmt::format("{:08x}\n", Crc32c(0, text.data(), text.size()));
}

}  // namespace

const char* StageName(Stage stage) { return kStages[static_cast<size_t>(stage)]; }

std::optional<Desired> ParseDesired(const json::Value& value) {
  Desired desired{.release = value.At("release").AsString(),
                  .id = value.At("id").AsString(),
                  .version = value.At("version").AsInt(),
                  .bytes = value.At("bytes").AsUint64(),
                  .sha256 = value.At("sha256").AsString(),
                  .url = value.At("url").AsString(),
                  .rollback = value.At("rollback").AsBool()};
  if (!IsHash(desired.id) || !IsHash(desired.sha256) || desired.version < 1 ||
      desired.version > kVersionMax || desired.bytes == 0 || desired.url.empty()) {
    return std::nullopt;
  }
  return desired;
}

json::Value DesiredJson(const Desired& desired) {
  return json::Object{{"release", desired.release},  {"id", desired.id},
                      {"version", desired.version},  {"bytes", desired.bytes},
                      {"sha256", desired.sha256},    {"url", desired.url},
                      {"rollback", desired.rollback}};
}

Result<std::optional<State>> ReadState(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::optional<State>();
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto damaged = [&] { return Status(Code::kCorruption, path + ": is damaged"); };
  const size_t end = text.find('\n');
  if (end == std::string::npos || text.substr(end + 1) != CrcText(text.substr(0, end + 1))) {
    return damaged();
  }
  const auto value = json::Parse(std::string_view(text).substr(0, end));
  if (!value.ok() || value->At("format").AsInt() != 1) return damaged();
  State state;
  state.highest_version = value->At("highest_version").AsInt();
  state.update = ParseDesired(value->At("update"));
  for (size_t i = 0; i < kStages.size(); ++i) {
    if (value->At("stage").AsString() == kStages[i]) state.stage = static_cast<Stage>(i);
  }
  state.reason = value->At("reason").AsString();
  state.way_back = value->At("way_back").AsString();
  state.tries = static_cast<int>(value->At("tries").AsInt());
  return std::optional<State>(state);
}

Status WriteState(Disk& disk, const std::string& path, const State& state) {
  const std::string text =
      json::Write(
          json::Object{{"format", 1},
                       {"highest_version", state.highest_version},
                       {"update", state.update ? DesiredJson(*state.update) : json::Value()},
                       {"stage", StageName(state.stage)},
                       {"reason", state.reason},
                       {"way_back", state.way_back},
                       {"tries", state.tries}}) +
      "\n";
  return bundle::PutFile(disk, path, text + CrcText(text), 0644);
}

}  // namespace furrow::device
