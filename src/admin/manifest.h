// SPDX-License-Identifier: Apache-2.0
// What one generation of a backup holds. docs/formats/backup.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/time.h"

namespace furrow::admin {

struct BackupFile {
  std::string path;  ///< within the data directory
  uint64_t size = 0;
  std::string sha256;  ///< of its bytes: the name of the object that holds them
  /// Equal only for equal bytes, and known without reading them; "" when nothing tells.
  std::string origin;
};

struct Manifest {
  int generation = 0;
  Micros taken = 0;
  std::string server_version;
  uint64_t new_objects = 0, new_bytes = 0;  ///< not in an earlier generation
  std::vector<std::string> damaged;         ///< paths that were damaged when they were read
  std::vector<BackupFile> files;

  uint64_t bytes() const;
};

std::string EncodeManifest(const Manifest& manifest);
/// Errors: kCorruption when any byte is not as it was written, kFailedPrecondition when a newer
/// version wrote it.
Result<Manifest> DecodeManifest(std::string_view text);

/// A relative path of plain components: what a restore may write to.
bool IsPlainPath(std::string_view path);

}  // namespace furrow::admin
