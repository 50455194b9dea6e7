// SPDX-License-Identifier: Apache-2.0
// No name leaves the root, no trailer promises more than the file holds.
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "store/blobs/format.h"
#include "store/blobs/path.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto path = furrow::blobs::Path::Parse(text); path.ok()) {
    const std::filesystem::path joined = std::filesystem::path("/top") / path->text();
    if (joined.lexically_normal() != joined) std::abort();
    if (path->text().find('\0') != std::string::npos) std::abort();
    for (const std::string& component : path->components()) {
      if (component.empty() || component == "." || component == "..") std::abort();
    }
  }
  const uint64_t file_size = size;
  const auto trailer = furrow::blobs::DecodeTrailer(
      text.substr(size - std::min(size, furrow::blobs::kTrailerBytes)), file_size);
  if (trailer.ok() && trailer->size > file_size) std::abort();
  return 0;
}
