// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "admin/backup.h"
#include "admin/progress.h"
#include "admin/text.h"
#include "admin/whole.h"
#include "store/kv/engine.h"

namespace furrow::admin {
namespace {

namespace fs = std::filesystem;

constexpr char kMarkText[] =
    "A restore into this directory is under way or was cut off. Nothing opens it until a restore\n"
    "came to its end: if none is running, empty the directory and restore again.\n";

Status Failed(const std::string& what, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Status(full ? Code::kUnavailable : Code::kIoError, what + ": " + std::strerror(error));
}

Status WriteAll(int fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed(path, errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Status SyncFolder(const std::string& path) {
  const SocketFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) return Failed("syncing " + path, errno);
  return {};
}

// lost+found is what an empty file system of its own begins with.
bool IsEmpty(const std::string& dir, std::error_code& error) {
  for (const auto& entry : fs::directory_iterator(dir, error)) {
    if (entry.path().filename() != "lost+found") return false;
  }
  return true;
}

class Restorer {
 public:
  Restorer(const Repository& repository, std::string dir)
      : repository_(repository), dir_(std::move(dir)) {}

  /// `bytes`: what is going to be written. Nothing is left behind unless there is room for it.
  Status Prepare(uint64_t bytes) {
    std::error_code error;
    const bool made = fs::create_directories(dir_, error);
    if (error) return Failed(dir_, error.value());
    if (made && ::chmod(dir_.c_str(), 0700) != 0) return Failed(dir_, errno);
    if (!IsEmpty(dir_, error) || error) {
      return Status(Code::kFailedPrecondition,
                    dir_ + " is not empty: a restore goes into an empty directory only");
    }
    struct statvfs space {};
    if (::statvfs(dir_.c_str(), &space) != 0) return Failed(dir_, errno);
    if (bytes / space.f_frsize > space.f_bavail) {
      return Status(Code::kUnavailable, "there is no room for " + Bytes(bytes) + " in " + dir_);
    }
    struct stat about {};
    if (::geteuid() == 0 && ::stat(dir_.c_str(), &about) == 0 && about.st_uid != 0) {
      owner_ = about;
    }
    FURROW_ASSIGN(const SocketFd mark, Create(MarkPath()));
    FURROW_TRY(WriteAll(mark.get(), MarkPath(), kMarkText));
    if (::fsync(mark.get()) != 0) return Failed(MarkPath(), errno);
    return SyncFolder(dir_);
  }

  Status Add(const BackupFile& file, Progress& progress) {
    FURROW_TRY(MakeFolders(file.path));
    const std::string path = dir_ + "/" + file.path;
    FURROW_ASSIGN(const SocketFd to, Create(path));
    return repository_
        .Load(file.sha256, file.size,
              [&](std::string_view bytes) {
                progress.Add(bytes.size());
                return WriteAll(to.get(), path, bytes);
              })
        .With(file.path);
  }

  Status Finish() {
    {
      const SocketFd fd(::open(dir_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (!fd.valid() || ::syncfs(fd.get()) != 0) return Failed("syncing " + dir_, errno);
    }
    store::EngineOptions options;
    options.read_only = true;
    const auto engine = store::Engine::Open(dir_ + "/store", options);
    if (!engine.ok()) return engine.status();
    if (!(*engine)->condition().ok()) return (*engine)->condition();
    if (::unlink(MarkPath().c_str()) != 0) return Failed(MarkPath(), errno);
    return SyncFolder(dir_);
  }

 private:
  std::string MarkPath() const { return dir_ + "/" + kRestoreMark; }

  Status GiveAway(const std::string& path) const {
    if (!owner_ || ::lchown(path.c_str(), owner_->st_uid, owner_->st_gid) == 0) return {};
    return Failed(path, errno);
  }

  Result<SocketFd> Create(const std::string& path) const {
    SocketFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd.valid()) return Failed(path, errno);
    FURROW_TRY(GiveAway(path));
    return fd;
  }

  Status MakeFolders(const std::string& path) const {
    for (size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      const std::string folder = dir_ + "/" + path.substr(0, slash);
      if (::mkdir(folder.c_str(), 0700) == 0) {
        FURROW_TRY(GiveAway(folder));
      } else if (errno != EEXIST) {
        return Failed(folder, errno);
      }
    }
    return {};
  }

  const Repository& repository_;
  const std::string dir_;
  std::optional<struct stat> owner_;
};

}  // namespace

Status Restore(const Repository& repository, const Manifest& manifest, const std::string& dir) {
  Restorer restorer(repository, dir);
  FURROW_TRY(restorer.Prepare(manifest.bytes()));
  {
    Progress progress("restoring", manifest.bytes());
    for (const BackupFile& file : manifest.files) FURROW_TRY(restorer.Add(file, progress));
  }
  return restorer.Finish();
}

}  // namespace furrow::admin
