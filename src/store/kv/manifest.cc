// SPDX-License-Identifier: Apache-2.0
#include "store/kv/manifest.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "store/kv/log_records.h"

namespace furrow::store {
namespace {

constexpr size_t kPage = 4096;

/// The name in CURRENT; empty when it is no manifest's.
std::string CurrentManifest(const std::string& dir) {
  std::ifstream file(dir + "/CURRENT");
  std::string name;
  std::getline(file, name);
  return name.starts_with("MANIFEST-") && name.find('/') == std::string::npos ? name : "";
}

/// Whether a page of `bytes` from `from` on is nothing but zeros to its end or the file's.
bool PageIsMissing(const std::string& bytes, size_t from) {
  for (size_t page = from / kPage * kPage; page < bytes.size(); page += kPage) {
    const auto begin = bytes.begin() + static_cast<ptrdiff_t>(std::max(page, from));
    const auto end = bytes.begin() + static_cast<ptrdiff_t>(std::min(page + kPage, bytes.size()));
    if (std::all_of(begin, end, [](char c) { return c == 0; })) return true;
  }
  return false;
}

}  // namespace

Result<bool> MendManifest(const std::string& dir, std::string& where) {
  const std::string name = CurrentManifest(dir);
  if (name.empty()) return false;
  const std::string path = dir + "/" + name;
  FURROW_ASSIGN(const std::optional<uint64_t> bad, ReadLogRecords(path, 0, [](auto) {}));
  // A list without a whole record says nothing of any file.
  if (!bad || *bad == 0) return false;
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (*bad >= bytes.size() || !PageIsMissing(bytes, *bad)) return false;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const bool cut = fd >= 0 && ::ftruncate(fd, static_cast<off_t>(*bad)) == 0 && ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!cut) return Status(Code::kIoError, path + ": " + std::strerror(error));
  where = name + " at byte " + std::to_string(*bad);
  return true;
}

}  // namespace furrow::store
