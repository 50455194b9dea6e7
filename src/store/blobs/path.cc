// SPDX-License-Identifier: Apache-2.0
#include "store/blobs/path.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>

#include "base/utf8.h"

namespace furrow::blobs {
namespace {

Status BadName(const char* why) {
  return Status(Code::kInvalidArgument, std::string("bad file name: ") + why);
}

int OpenAt2(int root, const char* path, int flags) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: something was renamed meanwhile and the kernel could not be sure.
  for (int attempt = 0;; ++attempt) {
    const auto fd = static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof(how)));
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR) || attempt >= 100) return fd;
  }
}

// One component at a time, none of them a link.
int Walk(int root, const std::string& relative, int flags) {
  Descriptor at;
  int dir = root;
  size_t begin = 0;
  for (;;) {
    const size_t slash = relative.find('/', begin);
    const std::string component = relative.substr(begin, slash - begin);
    if (component.empty() || component == "." || component == "..") {
      errno = EXDEV;
      return -1;
    }
    const bool last = slash == std::string::npos;
    const int how = last ? flags | O_NOFOLLOW : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const int fd = ::openat(dir, component.c_str(), how);
    if (fd < 0 || last) return fd;
    at = Descriptor(fd);
    dir = fd;
    begin = slash + 1;
  }
}

}  // namespace

Result<Path> Path::Parse(std::string_view name) {
  if (name.size() > kPathBytesMax) return BadName("too long");
  if (HasControl(name)) return BadName("control character");
  if (!IsUtf8(name)) return BadName("not UTF-8");
  std::string text;
  while (!name.empty()) {
    const size_t slash = name.find('/');
    const std::string_view component = name.substr(0, slash);
    name.remove_prefix(slash == std::string_view::npos ? name.size() : slash + 1);
    if (component.empty()) continue;
    if (component == "." || component == "..") return BadName("relative component");
    if (component.size() > kComponentBytesMax) return BadName("component too long");
    if (!text.empty()) text += '/';
    text += component;
  }
  if (text.empty()) return BadName("empty");
  return Path(std::move(text));
}

std::string Path::parent() const {
  const size_t slash = text_.rfind('/');
  return slash == std::string::npos ? "" : text_.substr(0, slash);
}

std::string Path::name() const {
  const size_t slash = text_.rfind('/');
  return slash == std::string::npos ? text_ : text_.substr(slash + 1);
}

std::vector<std::string> Path::components() const {
  std::vector<std::string> out;
  size_t begin = 0;
  for (;;) {
    const size_t slash = text_.find('/', begin);
    out.push_back(text_.substr(begin, slash - begin));
    if (slash == std::string::npos) return out;
    begin = slash + 1;
  }
}

Confinement BestConfinement() {
  static const Confinement best = [] {
    const int fd = OpenAt2(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return Confinement::kWalk;
    ::close(fd);
    return Confinement::kKernel;
  }();
  return best;
}

Result<Descriptor> OpenBeneath(int root, const std::string& relative, int flags,
                               Confinement confinement) {
  flags |= O_CLOEXEC;
  int fd = -1;
  if (relative.empty()) {
    fd = ::openat(root, ".", flags);
  } else if (confinement == Confinement::kKernel) {
    fd = OpenAt2(root, relative.c_str(), flags);
  } else {
    fd = Walk(root, relative, flags);
  }
  if (fd < 0) return ErrnoStatus("opening a file", errno);
  return Descriptor(fd);
}

Status ErrnoStatus(const char* what, int error) {
  Code code = Code::kIoError;
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case EXDEV:
      code = Code::kNotFound;
      break;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      code = Code::kUnavailable;
      break;
    case ENAMETOOLONG:
    case EINVAL:
      code = Code::kInvalidArgument;
      break;
    case EISDIR:
    case EEXIST:
    case ENOTEMPTY:
      code = Code::kFailedPrecondition;
      break;
    default:
      break;
  }
  return Status(code, std::string(what) + ": " + std::strerror(error));
}

}  // namespace furrow::blobs
