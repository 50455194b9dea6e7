// SPDX-License-Identifier: Apache-2.0
#include "files/content_type.h"

#include <algorithm>
#include <array>
#include <utility>

#include "http/message.h"

namespace furrow::files {
namespace {

constexpr std::string_view kBytes = "application/octet-stream";

constexpr std::array<std::pair<std::string_view, std::string_view>, 26> kTypes = {{
    {"avif", "image/avif"},
    {"bmp", "image/bmp"},
    {"css", "text/css; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},
    {"gif", "image/gif"},
    {"htm", "text/html; charset=utf-8"},
    {"html", "text/html; charset=utf-8"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"log", "text/plain; charset=utf-8"},
    {"md", "text/markdown; charset=utf-8"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"svg", "image/svg+xml"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"txt", "text/plain; charset=utf-8"},
    {"wav", "audio/wav"},
    {"webm", "video/webm"},
    {"webp", "image/webp"},
    {"xml", "application/xml"},
    {"yaml", "application/yaml"},
}};

std::string_view LastPart(std::string_view name) {
  const size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

}  // namespace

std::string_view ContentTypeOf(std::string_view name) {
  name = LastPart(name);
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return kBytes;
  std::string ending(name.substr(dot + 1));
  for (char& c : ending) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const auto& entry) { return entry.first == ending; });
  return found == kTypes.end() ? kBytes : found->second;
}

bool MayShowInline(std::string_view content_type) {
  for (const std::string_view type :
       {"image/avif", "image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"}) {
    if (content_type == type) return true;
  }
  return false;
}

std::string DispositionOf(std::string_view name, bool download) {
  if (!download && MayShowInline(ContentTypeOf(name))) return "inline";
  // One form for every client: the extended one carries any name without quoting.
  return "attachment; filename*=UTF-8''" + http::PercentEncode(LastPart(name), "");
}

}  // namespace furrow::files
