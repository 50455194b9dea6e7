// SPDX-License-Identifier: Apache-2.0
#include "edge/boom/text_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace furrow::edge {
namespace {

Status Failed(const std::string& path, int error) {
  return Status(error == ENOENT ? Code::kNotFound : Code::kIoError,
                path + ": " + std::strerror(error));
}

}  // namespace

Result<std::string> ReadTextFile(const std::string& path, size_t bytes_max) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return Failed(path, errno);
  std::string text;
  char piece[1 << 16];
  while (const size_t count = std::fread(piece, 1, sizeof piece, file)) {
    text.append(piece, count);
    if (text.size() > bytes_max) break;
  }
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  if (failed) return Status(Code::kIoError, path + ": cannot be read");
  if (text.size() > bytes_max) {
    return Status(Code::kTooLarge, path + ": over " + std::to_string(bytes_max >> 20) + " MB");
  }
  return text;
}

Status WriteTextFile(const std::string& path, std::string_view text) {
  std::error_code ignored;
  const bool replaces =
      !std::filesystem::exists(path, ignored) || std::filesystem::is_regular_file(path, ignored);
  const std::string target = replaces ? path + ".new" : path;
  std::FILE* file = std::fopen(target.c_str(), "wb");
  if (file == nullptr) return Failed(target, errno);
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const int wrong = errno;
  if (std::fclose(file) != 0 || !written) {
    const Status status = Failed(path, written ? errno : wrong);
    if (replaces) std::remove(target.c_str());
    return status;
  }
  if (replaces && std::rename(target.c_str(), path.c_str()) != 0) return Failed(path, errno);
  return {};
}

}  // namespace furrow::edge
