// SPDX-License-Identifier: Apache-2.0
// Files to and from the file server, each request one whole file.
#pragma once

#include <string>

#include "driver.h"
#include "wire.h"

namespace furrow::loadgen {

struct FileOptions {
  uint64_t bytes = 64u << 20;  ///< of one file
  size_t count = 1;
  size_t connections = 1;
  std::string folder = "bench";  ///< names are FOLDER/0000000000.bin and on
};

/// Uploads as the SDK does: multipart, the path as the field's name. Contents are random and differ
/// in their first bytes.
class UploadWork final : public Work {
 public:
  UploadWork(const Target& target, const FileOptions& options);
  std::string_view Next(size_t connection) override;
  int64_t Done(size_t connection, const Answer& answer) override;

 private:
  const FileOptions options_;
  std::vector<std::string> requests_;  // by connection
  size_t name_at_ = 0, content_at_ = 0;
  size_t next_ = 0;
};

class DownloadWork final : public Work {
 public:
  DownloadWork(const Target& target, const FileOptions& options);
  std::string_view Next(size_t connection) override;
  int64_t Done(size_t connection, const Answer& answer) override;

 private:
  const Target target_;
  const FileOptions options_;
  std::vector<std::string> requests_;  // by connection
  size_t next_ = 0;
};

}  // namespace furrow::loadgen
