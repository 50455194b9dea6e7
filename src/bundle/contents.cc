// SPDX-License-Identifier: Apache-2.0
// Where a bundle's bytes come from, and the files in it.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/sha256.h"
#include "bundle/bundle.h"
#include "bundle/head.h"

namespace furrow::bundle {
namespace {

class FileSource final : public Source {
 public:
  FileSource(std::string name, int file, uint64_t size)
      : name_(std::move(name)), file_(file), size_(size) {}
  ~FileSource() override { ::close(file_); }
  const std::string& name() const override { return name_; }
  uint64_t size() const override { return size_; }
  Status Read(uint64_t offset, std::span<char> out) override {
    while (!out.empty()) {
      const ssize_t read = ::pread(file_, out.data(), out.size(), static_cast<off_t>(offset));
      if (read < 0 && errno == EINTR) continue;
      if (read < 0) return Status(Code::kIoError, std::strerror(errno));
      if (read == 0) return Status(Code::kIoError, "became shorter while it was read");
      offset += static_cast<uint64_t>(read);
      out = out.subspan(static_cast<size_t>(read));
    }
    return {};
  }

 private:
  const std::string name_;
  const int file_;
  const uint64_t size_;
};

class BytesSource final : public Source {
 public:
  BytesSource(std::string name, std::string_view bytes) : name_(std::move(name)), bytes_(bytes) {}
  const std::string& name() const override { return name_; }
  uint64_t size() const override { return bytes_.size(); }
  Status Read(uint64_t offset, std::span<char> out) override {
    if (offset > bytes_.size() || out.size() > bytes_.size() - offset) {
      return Status(Code::kIoError, "ends too early");
    }
    std::ranges::copy(bytes_.substr(offset, out.size()), out.begin());
    return {};
  }

 private:
  const std::string name_;
  const std::string_view bytes_;
};

}  // namespace

Result<std::unique_ptr<Source>> OpenFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return DiskError(path, errno);
  struct stat info {};
  if (::fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(file);
    return Status(Code::kInvalidArgument, path + ": is not a regular file");
  }
  return std::unique_ptr<Source>(
      std::make_unique<FileSource>(path, file, static_cast<uint64_t>(info.st_size)));
}

std::unique_ptr<Source> OpenBytes(std::string name, std::string_view bytes) {
  return std::make_unique<BytesSource>(std::move(name), bytes);
}

Status CopyFile(Source& source, const File& file, uint64_t offset,
                const std::function<Status(std::string_view)>& take) {
  Sha256 digest;
  std::string piece;
  for (uint64_t left = file.bytes; left > 0; left -= piece.size(), offset += piece.size()) {
    piece.resize(std::min<uint64_t>(left, 1 << 18));
    FURROW_TRY(source.Read(offset, piece));
    digest.Add(piece);
    FURROW_TRY(take(piece));
  }
  if (digest.Hex() == file.sha256) return {};
  return Refused(Code::kCorruption, "wrong content",
                 fmt::format("the SHA-256 of {} is not the manifest's", file.name));
}

Result<std::string> ReadFile(Source& source, const Bundle& bundle, std::string_view file,
                             uint64_t bytes_max) {
  uint64_t offset = bundle.contents_begin;
  for (const File& one : bundle.manifest.files) {
    if (one.name == file) {
      if (one.bytes > bytes_max) {
        return Refused(Code::kTooLarge, "too large",
                       fmt::format("{} has {} bytes, at most {}", file, one.bytes, bytes_max))
            .With(source.name());
      }
      std::string text;
      FURROW_TRY(CopyFile(source, one, offset, [&](std::string_view piece) -> Status {
                   text += piece;
                   return {};
                 }).With(source.name()));
      return text;
    }
    offset += one.bytes;
  }
  return Status(Code::kNotFound, fmt::format("{}: there is no file {} in it", source.name(), file));
}

}  // namespace furrow::bundle
