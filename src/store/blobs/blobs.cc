// SPDX-License-Identifier: Apache-2.0
#include "store/blobs/blobs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <mutex>

#include "base/id.h"

namespace furrow::blobs {
namespace {

namespace fs = std::filesystem;

constexpr int kFolder = O_RDONLY | O_DIRECTORY;

// What stands in the way of an upload is the client's mistake, not an absent file.
Status InTheWay(const Status& status) {
  if (status.code() != Code::kNotFound) return status;
  return Status(Code::kFailedPrecondition, "a file stands where a folder is needed");
}

Status SyncFolder(int fd) {
  return ::fsync(fd) == 0 ? Status() : ErrnoStatus("syncing a folder", errno);
}

// A folder that was just made in `parent` is there to stay. If its name cannot be synced it goes
// again: whoever finds it takes it for one that will outlast a power cut.
Status KeepFolder(int parent, const char* name) {
  Status synced = SyncFolder(parent);
  if (!synced.ok()) ::unlinkat(parent, name, AT_REMOVEDIR);
  return synced;
}

Result<Descriptor> OpenOrMake(const std::string& dir, const char* name) {
  const std::string path = dir + "/" + name;
  const bool made = ::mkdir(path.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) return ErrnoStatus("making a folder", errno);
  Descriptor fd(::open(path.c_str(), kFolder | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus("opening a folder", errno);
  if (made) {
    Descriptor parent(::open(dir.c_str(), kFolder | O_CLOEXEC));
    if (!parent.valid()) return ErrnoStatus("opening a folder", errno);
    FURROW_TRY(KeepFolder(parent.get(), name));
  }
  return fd;
}

}  // namespace

Store::Store(std::string dir, const Clock& clock, const Options& options, Descriptor files,
             Descriptor temporary)
    : dir_(std::move(dir)),
      clock_(clock),
      options_(options),
      files_(std::move(files)),
      temporary_(std::move(temporary)) {}

Result<std::unique_ptr<Store>> Store::Open(const std::string& dir, const Clock& clock,
                                           const Options& options) {
  FURROW_ASSIGN(Descriptor files, OpenOrMake(dir, "files"));
  FURROW_ASSIGN(Descriptor temporary, OpenOrMake(dir, "tmp"));
  std::unique_ptr<Store> store(
      new Store(dir, clock, options, std::move(files), std::move(temporary)));
  FURROW_TRY(store->Reclaim(std::chrono::seconds(0)).status());
  return store;
}

Status Store::HasRoom() const {
  struct statvfs disk {};
  if (::fstatvfs(temporary_.get(), &disk) != 0) return ErrnoStatus("asking for space", errno);
  const uint64_t total = static_cast<uint64_t>(disk.f_blocks) * disk.f_frsize;
  const uint64_t free = static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize;
  if (free >= std::min(options_.reserve_bytes, total / 20)) return {};
  return Status(Code::kUnavailable, "the disk is full");
}

Result<std::unique_ptr<Writer>> Store::Create(const Path& path) {
  FURROW_TRY(HasRoom());
  std::string name = "upload-" + NewId();
  Descriptor file(::openat(temporary_.get(), name.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return ErrnoStatus("creating a file", errno);
  return std::unique_ptr<Writer>(new Writer(*this, path, std::move(name), std::move(file)));
}

Result<std::unique_ptr<Reader>> Store::Open(const Path& path) const {
  // O_NONBLOCK: a named pipe put there by hand must not hang a thread.
  FURROW_ASSIGN(Descriptor file, OpenBeneath(files_.get(), path.text(), O_RDONLY | O_NONBLOCK,
                                             options_.confinement));
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return ErrnoStatus("reading a file", errno);
  if (!S_ISREG(about.st_mode)) return Status(Code::kNotFound, "no such file");
  const auto size = static_cast<uint64_t>(about.st_size);
  char bytes[kTrailerBytes];
  if (size < sizeof(bytes) ||
      ::pread(file.get(), bytes, sizeof(bytes), static_cast<off_t>(size - sizeof(bytes))) !=
          static_cast<ssize_t>(sizeof(bytes))) {
    return Status(Code::kCorruption, "the stored file is damaged");
  }
  FURROW_ASSIGN(const Trailer trailer, DecodeTrailer({bytes, sizeof(bytes)}, size));
  return std::unique_ptr<Reader>(new Reader(std::move(file), trailer));
}

Result<Descriptor> Store::MakeFolders(const std::string& folder) {
  FURROW_ASSIGN(Descriptor at, OpenBeneath(files_.get(), "", kFolder, options_.confinement));
  if (folder.empty()) return at;
  FURROW_ASSIGN(const Path path, Path::Parse(folder));
  for (const std::string& component : path.components()) {
    const bool made = ::mkdirat(at.get(), component.c_str(), 0700) == 0;
    if (!made && errno != EEXIST) return ErrnoStatus("making a folder", errno);
    if (made) FURROW_TRY(KeepFolder(at.get(), component.c_str()));
    Result<Descriptor> next =
        OpenBeneath(at.get(), component, kFolder | O_NOFOLLOW, options_.confinement);
    if (!next.ok()) return InTheWay(next.status());
    at = std::move(next).value();
  }
  return at;
}

Status Store::Publish(const std::string& temporary, const Path& path) {
  // A new name needs no leave; one that is taken may be replaced only when nobody holds the files.
  Result<Descriptor> folder = Rename(temporary, path, RENAME_NOREPLACE);
  if (!folder.ok()) {
    std::shared_lock keep(contents_);
    folder = Rename(temporary, path, 0);
  }
  if (!folder.ok()) return folder.status();
  return SyncFolder(folder->get());
}

Result<Descriptor> Store::Rename(const std::string& temporary, const Path& path, unsigned flags) {
  const auto rename = [&](int folder) {
    return ::renameat2(temporary_.get(), temporary.c_str(), folder, path.name().c_str(), flags) == 0
               ? Status()
               : ErrnoStatus("storing a file", errno);
  };
  {
    std::shared_lock lock(folders_);
    Result<Descriptor> folder =
        OpenBeneath(files_.get(), path.parent(), kFolder, options_.confinement);
    if (folder.ok()) {
      FURROW_TRY(rename(folder->get()));
      return folder;
    }
    if (folder.status().code() != Code::kNotFound) return folder.status();
  }
  std::unique_lock lock(folders_);
  FURROW_ASSIGN(Descriptor folder, MakeFolders(path.parent()));
  FURROW_TRY(rename(folder.get()));
  return folder;
}

Status Store::Delete(const Path& path) {
  Descriptor folder;
  {
    std::shared_lock keep(contents_);
    std::shared_lock lock(folders_);
    FURROW_ASSIGN(folder, OpenBeneath(files_.get(), path.parent(), kFolder, options_.confinement));
    if (::unlinkat(folder.get(), path.name().c_str(), 0) != 0) {
      if (errno == EISDIR || errno == EPERM) return Status(Code::kNotFound, "no such file");
      return ErrnoStatus("deleting a file", errno);
    }
  }
  FURROW_TRY(SyncFolder(folder.get()));
  PruneEmpty(path);
  return {};
}

Status Store::DeleteTree(const Path& path) {
  const std::string trash = "trash-" + NewId();
  Descriptor folder;
  {
    std::shared_lock keep(contents_);
    std::unique_lock lock(folders_);
    FURROW_ASSIGN(folder, OpenBeneath(files_.get(), path.parent(), kFolder, options_.confinement));
    if (::renameat(folder.get(), path.name().c_str(), temporary_.get(), trash.c_str()) != 0) {
      return ErrnoStatus("deleting a folder", errno);
    }
  }
  FURROW_TRY(SyncFolder(folder.get()));
  FURROW_TRY(SyncFolder(temporary_.get()));
  // Nobody can see it any more; what a failure leaves here is reclaimed later.
  std::error_code ignored;
  fs::remove_all(fs::path(dir_) / "tmp" / trash, ignored);
  PruneEmpty(path);
  return {};
}

void Store::PruneEmpty(const Path& path) {
  std::unique_lock lock(folders_);
  std::string folder = path.parent();
  while (!folder.empty()) {
    const Result<Path> at = Path::Parse(folder);
    if (!at.ok()) return;
    const Result<Descriptor> parent =
        OpenBeneath(files_.get(), at->parent(), kFolder, options_.confinement);
    if (!parent.ok() || ::unlinkat(parent->get(), at->name().c_str(), AT_REMOVEDIR) != 0) return;
    folder = at->parent();
  }
}

Result<int> Store::Reclaim(std::chrono::seconds older_than) {
  const auto limit = fs::file_time_type::clock::now() - older_than;
  std::error_code error;
  int reclaimed = 0;
  std::vector<fs::path> stale;
  for (fs::directory_iterator it(fs::path(dir_) / "tmp", error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    const auto touched = fs::last_write_time(it->path(), gone);
    if (!gone && touched <= limit) stale.push_back(it->path());
  }
  for (const fs::path& path : stale) {
    std::error_code ignored;
    if (fs::remove_all(path, ignored) > 0 && !ignored) ++reclaimed;
  }
  if (error) return Status(Code::kIoError, "reading the temporary folder: " + error.message());
  return reclaimed;
}

Status Store::Scrub(
    const std::function<bool(const std::string& path, const Status&)>& visit) const {
  const fs::path root = fs::path(dir_) / "files";
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    if (fs::is_directory(it->symlink_status(gone)) || gone) continue;
    const std::string relative = it->path().lexically_relative(root).string();
    Status status;
    if (const Result<Path> path = Path::Parse(relative); !path.ok()) {
      status = Status(Code::kCorruption, "a name that was never stored");
    } else if (const auto reader = Open(*path); reader.ok()) {
      status = (*reader)->CheckWhole();
    } else if (!fs::exists(it->symlink_status(gone))) {
      continue;  // deleted meanwhile
    } else {
      status = reader.status();
    }
    if (!visit(relative, status)) return {};
  }
  if (error) return Status(Code::kIoError, "reading the files: " + error.message());
  return {};
}

}  // namespace furrow::blobs
