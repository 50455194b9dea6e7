// SPDX-License-Identifier: Apache-2.0
#include "auth/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/id.h"

namespace furrow::auth {
namespace {

constexpr size_t kBytesMax = 64 * 1024;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Status Failure(const char* what, int error) {
  const Code code = error == ENOSPC || error == EDQUOT ? Code::kUnavailable : Code::kIoError;
  return Status(code, std::string(what) + ": " + std::strerror(error));
}

Status WriteAndSync(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failure("writing a private file", errno);
    text.remove_prefix(static_cast<size_t>(n));
  }
  if (::fsync(fd) != 0) return Failure("syncing a private file", errno);
  return {};
}

}  // namespace

Status WritePrivateFile(const std::string& path, std::string_view text) {
  const size_t slash = path.rfind('/');
  const std::string dir = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const std::string temporary = path + "." + NewId();
  {
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() < 0) return Failure("creating a private file", errno);
    if (Status written = WriteAndSync(file.get(), text); !written.ok()) {
      ::unlink(temporary.c_str());
      return written;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return Failure("renaming a private file", error);
  }
  Descriptor parent(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() < 0 || ::fsync(parent.get()) != 0) return Failure("syncing a directory", errno);
  return {};
}

Result<std::optional<std::string>> ReadPrivateFile(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT) return std::optional<std::string>();
    return Failure("opening a private file", errno);
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return Failure("reading a private file", errno);
  if (!S_ISREG(info.st_mode) || (info.st_mode & 077) != 0) {
    return Status(Code::kFailedPrecondition,
                  path + " must be a regular file that only its owner can read (chmod 600)");
  }
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t n = ::read(file.get(), buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failure("reading a private file", errno);
    if (n == 0) return std::optional<std::string>(std::move(text));
    text.append(buffer, static_cast<size_t>(n));
    if (text.size() > kBytesMax) {
      return Status(Code::kFailedPrecondition, path + " is too large");
    }
  }
}

}  // namespace furrow::auth
