// SPDX-License-Identifier: Apache-2.0
// Any bytes are a bundle or an error that is not empty; the manifest of one that was read is
// written and read again without a difference. The manifest is also fed alone, because hardly any
// bytes reach it behind a header's checksum.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "bundle/bundle.h"

namespace {

void CheckManifest(std::string_view text) {
  const auto manifest = furrow::bundle::ParseManifest(text);
  if (!manifest.ok()) {
    if (manifest.status().message().empty()) std::abort();
    return;
  }
  const auto again = furrow::bundle::ParseManifest(furrow::bundle::ManifestText(*manifest));
  if (!again.ok() || !(*again == *manifest)) std::abort();
  for (const furrow::bundle::File& file : manifest->files) {
    if (file.name.find("..") == 0 || file.name.front() == '/') std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto source = furrow::bundle::OpenBytes("input", text);
  const auto bundle = furrow::bundle::ReadHead(*source);
  if (!bundle.ok() && bundle.status().message().empty()) std::abort();
  if (bundle.ok() && bundle->bytes != size) std::abort();
  if (furrow::bundle::Verify(*source, {}).ok()) std::abort();
  CheckManifest(text);
  return 0;
}
