// SPDX-License-Identifier: Apache-2.0
#include "admin/snapshot.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "admin/whole.h"

namespace furrow::admin {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kSnapshotPatience{10};

std::string SnapshotPath(const std::string& dir) { return dir + "/snapshot"; }

Status Failed(const std::string& what, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Status(full ? Code::kUnavailable : Code::kIoError, what + ": " + std::strerror(error));
}

// A file system without hard links, or with too many of this file already.
bool CannotLink(int error) {
  return error == EPERM || error == EXDEV || error == EMLINK || error == EOPNOTSUPP;
}

Status LinkFile(const fs::path& from, const fs::path& to) {
  if (::link(from.c_str(), to.c_str()) == 0 || errno == ENOENT) return {};
  if (!CannotLink(errno)) return Failed("linking " + to.string(), errno);
  std::error_code error;
  fs::copy_file(from, to, error);
  return error ? Failed("copying " + to.string(), error.value()) : Status();
}

// Links and other things that no upload made are left out.
Status LinkTree(const fs::path& from, const fs::path& to) {
  if (::mkdir(to.c_str(), 0700) != 0) return Failed("making " + to.string(), errno);
  std::error_code error;
  for (fs::directory_iterator it(from, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    const fs::file_status status = it->symlink_status(gone);
    const fs::path target = to / it->path().filename();
    if (fs::is_directory(status)) FURROW_TRY(LinkTree(it->path(), target));
    if (fs::is_regular_file(status)) FURROW_TRY(LinkFile(it->path(), target));
  }
  // A folder that became empty may go while this runs; its files cannot.
  if (error && error != std::errc::no_such_file_or_directory) {
    return Failed("reading " + from.string(), error.value());
  }
  return {};
}

// -1 when another process holds it.
SocketFd LockSnapshots(const std::string& dir) {
  SocketFd fd(::open((dir + "/snapshot.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  struct stat about {};
  // Made by root, it must not shut the server's own user out.
  if (fd.valid() && ::geteuid() == 0 && ::stat(dir.c_str(), &about) == 0) {
    (void)!::fchown(fd.get(), about.st_uid, about.st_gid);
  }
  if (!fd.valid() || ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  return SocketFd();
}

Status Ask(const std::string& dir, const char* op, bool& running) {
  FURROW_ASSIGN(const auto answer, AskServer(dir, json::Object{{"op", op}}, kSnapshotPatience));
  running = answer.has_value();
  if (!answer || answer->At("ok").AsBool()) return {};
  return Status(Code::kUnavailable, "the server: " + answer->At("error").AsString());
}

}  // namespace

Status MakeSnapshot(const std::string& dir, store::Engine& engine, const blobs::Store& files) {
  DropSnapshot(dir);
  const std::string to = SnapshotPath(dir);
  if (::mkdir(to.c_str(), 0700) != 0) return Failed("making " + to, errno);
  const auto hold = files.Hold();
  FURROW_TRY(engine.Sync());
  FURROW_TRY(engine.Checkpoint(to + "/store"));
  // After the documents: what they name is there by now, and the hold keeps it.
  FURROW_TRY(LinkTree(dir + "/files", to + "/files"));
  return LinkFile(dir + "/secrets.json", to + "/secrets.json");
}

void DropSnapshot(const std::string& dir) {
  std::error_code ignored;
  fs::remove_all(SnapshotPath(dir), ignored);
}

bool DropAbandonedSnapshot(const std::string& dir) {
  if (::access(SnapshotPath(dir).c_str(), F_OK) != 0) return true;
  const SocketFd lock = LockSnapshots(dir);
  if (!lock.valid()) return false;
  DropSnapshot(dir);
  return true;
}

Result<std::unique_ptr<Snapshot>> Snapshot::Take(const std::string& dir) {
  if (!fs::exists(dir + "/store")) return Status(Code::kNotFound, dir + " holds no store");
  FURROW_TRY(CheckWhole(dir));
  std::unique_ptr<Snapshot> out(new Snapshot);
  out->dir_ = dir;
  out->lock_ = LockSnapshots(dir);
  if (!out->lock_.valid()) {
    if (errno != EWOULDBLOCK) return Failed(dir + "/snapshot.lock", errno);
    return Status(Code::kFailedPrecondition,
                  "another backup, fsck or du runs on " + dir + ": wait for its end");
  }
  FURROW_TRY(Ask(dir, "snapshot.begin", out->running_));
  out->path_ = out->running_ ? SnapshotPath(dir) : dir;
  if (out->running_) return out;
  // Holding the store open keeps a server from starting on it.
  const auto engine = out->OpenEngine();
  if (!engine.ok() && engine.status().code() == Code::kFailedPrecondition) return engine.status();
  return out;
}

Result<store::Engine*> Snapshot::OpenEngine() {
  if (!engine_ && engine_status_.ok()) {
    store::EngineOptions options;
    options.read_only = true;
    auto opened = store::Engine::Open(path_ + "/store", options);
    engine_status_ = opened.status();
    if (opened.ok()) engine_ = std::move(opened).value();
  }
  if (!engine_status_.ok()) return engine_status_;
  return engine_.get();
}

Snapshot::~Snapshot() {
  engine_.reset();
  if (!running_) return;
  bool running = false;
  // A server that ended meanwhile drops it at its next start; so may this.
  if (!Ask(dir_, "snapshot.end", running).ok() || !running) DropSnapshot(dir_);
}

}  // namespace furrow::admin
