// SPDX-License-Identifier: Apache-2.0
#include "edge/live/slot.h"

#include <algorithm>
#include <string_view>

#include "edge/boom/text_file.h"
#include "json/text.h"

namespace furrow::edge {
namespace {

constexpr size_t kBytesMax = 64u << 10;
constexpr int64_t kVersionMax = int64_t{1} << 53;
constexpr int64_t kAreaMax = 1'000'000;
constexpr size_t kHashDigits = 64;

int Nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool IsHash(const std::string& text) {
  return text.size() == kHashDigits &&
         std::ranges::all_of(text, [](char c) { return Nibble(c) >= 0; });
}

/// Relative, and does not leave its folder or hide in it.
bool IsInside(std::string_view name) {
  while (true) {
    const size_t slash = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part.front() == '.' || part.find('\0') != std::string_view::npos) {
      return false;
    }
    if (slash == name.size()) return true;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace

std::array<uint8_t, 32> HashBytes(const std::string& hex) {
  std::array<uint8_t, 32> bytes{};
  if (!IsHash(hex)) return bytes;
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(Nibble(hex[2 * i]) << 4 | Nibble(hex[2 * i + 1]));
  }
  return bytes;
}

Result<Slot> ReadSlot(const std::string& folder) {
  const std::string path = folder + "/slot.json";
  FURROW_ASSIGN(const std::string text, ReadTextFile(path, kBytesMax));
  const auto parsed = json::Parse(text);
  if (!parsed.ok()) return parsed.status().With(path);
  const json::Value& said = *parsed;
  const auto wrong = [&](const char* member, const char* must) {
    return Status(Code::kInvalidArgument, path + ": " + member + " must be " + must);
  };
  Slot slot;
  slot.folder = folder;
  if (said.At("format").AsInt() != 1) return wrong("format", "1");
  slot.bundle = said.At("bundle").AsString();
  if (!IsHash(slot.bundle)) return wrong("bundle", "64 hexadecimal digits");
  const int64_t version = said.At("version").AsInt();
  if (version < 1 || version > kVersionMax) return wrong("version", "a whole number from 1 on");
  slot.version = static_cast<uint64_t>(version);
  const std::string& method = said.At("method").AsString();
  if (method != "net" && method != "hybrid") return wrong("method", "net or hybrid");
  slot.method = method == "net" ? NetMethod::kNet : NetMethod::kHybrid;
  const std::string& model = said.At("model").AsString();
  if (!IsInside(model)) return wrong("model", "a file's name within the folder");
  slot.model = folder + "/" + model;
  const int64_t area = said.At("area_min_px").AsInt();
  if (area < 1 || area > kAreaMax)
    return wrong("area_min_px", "a whole number from 1 to 1,000,000");
  slot.area_min = static_cast<int>(area);
  slot.budget_ms = said.At("budget_ms").AsDouble();
  if (!(slot.budget_ms > 0)) return wrong("budget_ms", "above 0");
  const std::string& golden = said.At("golden").AsString();
  if (!golden.empty()) {
    if (!IsInside(golden)) return wrong("golden", "a file's name within the folder");
    slot.golden = folder + "/" + golden;
  }
  return slot;
}

}  // namespace furrow::edge
