// SPDX-License-Identifier: Apache-2.0
#include "system/faults/faults.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include <climits>

namespace furrow::faults {
namespace {

template <typename F>
F* Real(const char* name) {
  return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}
#define FURROW_REAL(name) static auto* const real = ::furrow::faults::Real<decltype(::name)>(#name)

struct Watcher {
  std::recursive_mutex mutex;
  std::string root;  ///< without a slash at the end; empty: nothing is watched
  std::vector<Event>* into = nullptr;
  Plan plan;
  uint64_t kill_at = 0;
  Seen seen;
  std::map<std::pair<dev_t, ino_t>, uint64_t> files;
  uint64_t next_file = 1;
  std::set<uint64_t> unsyncable;
  std::function<void()> during_sync;
  std::mutex running;  ///< held while that runs
};

// Never destroyed: files are closed until the very end.
Watcher& W() {
  static auto* const watcher = new Watcher();
  return *watcher;
}
std::atomic<bool> g_on{false};

// Per descriptor: 0 not known, 1 not below the root, else 2 + the file's number.
constexpr int kDescriptors = 1 << 16;
std::array<std::atomic<uint64_t>, kDescriptors> g_known{};

void Forget(int fd) {
  if (fd >= 0 && fd < kDescriptors) g_known[static_cast<size_t>(fd)] = 0;
}

std::string LinkOf(int fd) {
  char path[4096];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t n = ::readlink(link.c_str(), path, sizeof(path));
  return n > 0 ? std::string(path, static_cast<size_t>(n)) : std::string();
}

std::string Absolute(int dir, const char* path) {
  if (path[0] == '/') return path;
  char here[4096];
  if (dir == AT_FDCWD) return std::string(::getcwd(here, sizeof(here)) ? here : "") + "/" + path;
  return LinkOf(dir) + "/" + path;
}

// The path below the root; false when it is not there. "" is the root itself.
bool Below(const std::string& path, std::string& relative) {
  const std::string& root = W().root;
  if (root.empty() || path.compare(0, root.size(), root) != 0) return false;
  if (path.size() > root.size() && path[root.size()] != '/') return false;
  relative = path.size() > root.size() ? path.substr(root.size() + 1) : "";
  while (relative.ends_with('/')) relative.pop_back();
  for (size_t at = 0; (at = relative.find("//", at)) != std::string::npos;) relative.erase(at, 1);
  return true;
}

uint64_t FileNumber(const struct stat& about, bool fresh) {
  uint64_t& number = W().files[{about.st_dev, about.st_ino}];
  if (number == 0 || fresh) number = W().next_file++;
  return number;
}

// The number of a watched regular file, or 0.
uint64_t Known(int fd) {
  if (!g_on || fd < 0 || fd >= kDescriptors) return 0;
  uint64_t known = g_known[static_cast<size_t>(fd)];
  if (known == 0) {
    const std::lock_guard lock(W().mutex);
    known = 1;
    struct stat about {};
    std::string relative;
    if (::fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && Below(LinkOf(fd), relative)) {
      known = 2 + FileNumber(about, false);
    }
    g_known[static_cast<size_t>(fd)] = known;
  }
  return known >= 2 ? known - 2 : 0;
}

enum class Verdict { kGo, kHalfThenKill, kFull };

// Counts a change and says what is to become of it. Under the lock.
Verdict Judge(bool takes_space) {
  Watcher& w = W();
  const uint64_t n = ++w.seen.changes;
  if (w.kill_at != 0 && n >= w.kill_at) {
    if (n % 2 == 0) return Verdict::kHalfThenKill;
    ::kill(::getpid(), SIGKILL);
    ::pause();
  }
  if (takes_space && n >= w.plan.full_from && n < w.plan.full_until) return Verdict::kFull;
  return Verdict::kGo;
}

[[noreturn]] void Die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

void Note(Event event) {
  if (W().into != nullptr) W().into->push_back(std::move(event));
}

ssize_t WriteAt(int fd, const char* data, size_t size, off_t offset, bool positioned) {
  FURROW_REAL(pwrite64);
  static auto* const plain = Real<decltype(::write)>("write");
  const auto write = [&](size_t n) {
    return positioned ? real(fd, data, n, offset) : plain(fd, data, n);
  };
  const uint64_t file = Known(fd);
  if (file == 0) return write(size);
  const std::lock_guard lock(W().mutex);
  switch (Judge(true)) {
    case Verdict::kHalfThenKill:
      (void)!write(size / 2);
      Die();
    case Verdict::kFull:
      errno = ENOSPC;
      return -1;
    case Verdict::kGo:
      break;
  }
  if (!positioned) {
    struct stat about {};
    const bool appends = (::fcntl(fd, F_GETFL) & O_APPEND) != 0;
    offset = appends && ::fstat(fd, &about) == 0 ? about.st_size : ::lseek(fd, 0, SEEK_CUR);
  }
  const ssize_t n = write(size);
  if (n > 0) {
    Note({Kind::kWrite,
          file,
          static_cast<uint64_t>(offset),
          {},
          {},
          std::string(data, static_cast<size_t>(n))});
  }
  return n;
}

int Opened(int dir, const char* path, int flags, mode_t mode) {
  FURROW_REAL(openat64);
  std::string relative;
  if (!g_on || (flags & (O_CREAT | O_TRUNC)) == 0 || !Below(Absolute(dir, path), relative)) {
    const int fd = real(dir, path, flags, mode);
    Forget(fd);
    return fd;
  }
  const std::lock_guard lock(W().mutex);
  struct stat before {};
  const bool there = ::fstatat(dir, path, &before, 0) == 0;
  if (!there) {
    switch (Judge(true)) {
      case Verdict::kHalfThenKill:
        Die();
      case Verdict::kFull:
        errno = ENOSPC;
        return -1;
      case Verdict::kGo:
        break;
    }
  }
  const int fd = real(dir, path, flags, mode);
  Forget(fd);
  struct stat about {};
  if (fd < 0 || ::fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return fd;
  const uint64_t file = FileNumber(about, !there);
  if (fd < kDescriptors) g_known[static_cast<size_t>(fd)] = 2 + file;
  if (!there) Note({Kind::kCreate, file, 0, relative, {}, {}});
  if (there && (flags & O_TRUNC) != 0 && before.st_size > 0) {
    Note({Kind::kResize, file, 0, relative, {}, {}});
  }
  return fd;
}

template <typename F>
int Synced(int fd, F&& real) {
  if (!g_on) return real(fd);
  std::string relative;
  const uint64_t file = Known(fd);
  struct stat about {};
  const bool folder = file == 0 && ::fstat(fd, &about) == 0 && S_ISDIR(about.st_mode) &&
                      Below(LinkOf(fd), relative);
  if (file == 0 && !folder) return real(fd);
  std::function<void()> meanwhile;
  std::unique_lock<std::mutex> running;
  {
    const std::lock_guard lock(W().mutex);
    if (Judge(false) == Verdict::kHalfThenKill) Die();
    const uint64_t n = ++W().seen.syncs;
    if (file != 0 && n == W().plan.sync_error_at) W().unsyncable.insert(file);
    if (n == W().plan.sync_error_at || W().unsyncable.contains(file)) {
      errno = EIO;
      return -1;
    }
    // Noted as it begins: what is changed while it runs may not be covered.
    Note({folder ? Kind::kSyncFolder : Kind::kSync, file, 0, relative, {}, {}});
    if (file != 0 && W().during_sync) {
      meanwhile = std::exchange(W().during_sync, nullptr);
      running = std::unique_lock(W().running);
    }
  }
  if (meanwhile) meanwhile();
  return real(fd);
}

int Resized(int fd, off_t size, int (*real)(int, off_t)) {
  const uint64_t file = Known(fd);
  if (file == 0) return real(fd, size);
  const std::lock_guard lock(W().mutex);
  if (Judge(false) == Verdict::kHalfThenKill) Die();
  const int result = real(fd, size);
  if (result == 0) Note({Kind::kResize, file, static_cast<uint64_t>(size), {}, {}, {}});
  return result;
}

// A change of names by one call; `to` is empty unless it renames.
template <typename F>
int Named(Kind kind, const std::string& path, const std::string& to, F&& change) {
  std::string from_relative, to_relative;
  if (!g_on || !Below(path, from_relative)) return change();
  if (kind == Kind::kRename && !Below(to, to_relative)) return change();
  const std::lock_guard lock(W().mutex);
  switch (Judge(kind == Kind::kMakeFolder)) {
    case Verdict::kHalfThenKill:
      Die();
    case Verdict::kFull:
      errno = ENOSPC;
      return -1;
    case Verdict::kGo:
      break;
  }
  const int result = change();
  if (result == 0) Note({kind, 0, 0, from_relative, to_relative, {}});
  return result;
}

uint64_t Number(const char* name) {
  const char* const text = ::getenv(name);
  return text != nullptr ? ::strtoull(text, nullptr, 10) : 0;
}

std::string g_count_path;

__attribute__((constructor)) void FromEnvironment() {
  const char* const root = ::getenv("FURROW_FAULT_ROOT");
  if (root == nullptr) return;
  Plan plan;
  plan.sync_error_at = Number("FURROW_FAULT_SYNC_ERROR_AT");
  W().kill_at = Number("FURROW_FAULT_KILL_AT");
  if (const char* const path = ::getenv("FURROW_FAULT_COUNT")) g_count_path = path;
  Watch(root, nullptr, plan);
}

__attribute__((destructor)) void WriteCount() {
  if (g_count_path.empty()) return;
  if (FILE* const file = ::fopen(g_count_path.c_str(), "w")) {
    ::fprintf(file, "%llu\n", static_cast<unsigned long long>(W().seen.changes));
    ::fclose(file);
  }
}

}  // namespace

void Watch(const std::string& root, std::vector<Event>* into, const Plan& plan) {
  Watcher& w = W();
  const std::lock_guard lock(w.mutex);
  char real[PATH_MAX];
  w.root = ::realpath(root.c_str(), real) != nullptr ? real : root;
  w.into = into;
  w.plan = plan;
  w.seen = {};
  w.unsyncable.clear();
  w.during_sync = nullptr;
  for (auto& known : g_known) known = 0;
  g_on = true;
}

Seen EndWatch() {
  Watcher& w = W();
  const std::lock_guard lock(w.mutex);
  g_on = false;
  w.root.clear();
  w.into = nullptr;
  w.files.clear();
  return w.seen;
}

bool DuringNextSync(std::function<void()> what) {
  bool waited = false;
  {
    const std::lock_guard lock(W().mutex);
    waited = std::exchange(W().during_sync, std::move(what)) != nullptr;
  }
  const std::lock_guard ended(W().running);
  return waited;
}

void Mark(uint64_t number) {
  const std::lock_guard lock(W().mutex);
  Note({Kind::kMark, 0, number, {}, {}, {}});
}

}  // namespace furrow::faults

using furrow::faults::Absolute;
using furrow::faults::Forget;
using furrow::faults::Kind;
using furrow::faults::Named;
using furrow::faults::Opened;

extern "C" {

static mode_t ModeOf(int flags, va_list list) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE
             ? static_cast<mode_t>(va_arg(list, int))
             : 0;
}
#define FURROW_MODE(flags)                 \
  va_list list;                            \
  va_start(list, flags);                   \
  const mode_t mode = ModeOf(flags, list); \
  va_end(list)

int open(const char* path, int flags, ...) {
  FURROW_MODE(flags);
  return Opened(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  FURROW_MODE(flags);
  return Opened(AT_FDCWD, path, flags, mode);
}
int openat(int dir, const char* path, int flags, ...) {
  FURROW_MODE(flags);
  return Opened(dir, path, flags, mode);
}
int openat64(int dir, const char* path, int flags, ...) {
  FURROW_MODE(flags);
  return Opened(dir, path, flags, mode);
}

// Files written through stdio's descriptor, as C++ streams do: seen as created, then by write.
static FILE* OpenedStream(const char* path, const char* how,
                          FILE* (*real)(const char*, const char*)) {
  if (furrow::faults::g_on && (how[0] == 'w' || how[0] == 'a')) {
    const int flags = O_WRONLY | O_CREAT | (how[0] == 'w' ? O_TRUNC : 0);
    const int fd = Opened(AT_FDCWD, path, flags, 0666);
    if (fd < 0) return nullptr;
    close(fd);
  }
  FILE* const file = real(path, how);
  if (file != nullptr) Forget(fileno(file));
  return file;
}
FILE* fopen(const char* path, const char* how) {
  FURROW_REAL(fopen);
  return OpenedStream(path, how, real);
}
FILE* fopen64(const char* path, const char* how) {
  FURROW_REAL(fopen64);
  return OpenedStream(path, how, real);
}
int fclose(FILE* file) {
  FURROW_REAL(fclose);
  Forget(fileno(file));
  return real(file);
}
int close(int fd) {
  FURROW_REAL(close);
  Forget(fd);
  return real(fd);
}

ssize_t write(int fd, const void* data, size_t size) {
  return furrow::faults::WriteAt(fd, static_cast<const char*>(data), size, 0, false);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  return furrow::faults::WriteAt(fd, static_cast<const char*>(data), size, offset, true);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off_t offset) {
  return furrow::faults::WriteAt(fd, static_cast<const char*>(data), size, offset, true);
}
ssize_t writev(int fd, const iovec* parts, int count) {
  FURROW_REAL(writev);
  if (furrow::faults::Known(fd) == 0) return real(fd, parts, count);
  std::string all;
  for (int i = 0; i < count; ++i) {
    all.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  }
  return write(fd, all.data(), all.size());
}

int fsync(int fd) {
  FURROW_REAL(fsync);
  return furrow::faults::Synced(fd, real);
}
int fdatasync(int fd) {
  FURROW_REAL(fdatasync);
  return furrow::faults::Synced(fd, real);
}

int ftruncate(int fd, off_t size) noexcept {
  FURROW_REAL(ftruncate);
  return furrow::faults::Resized(fd, size, real);
}
int ftruncate64(int fd, off_t size) noexcept {
  FURROW_REAL(ftruncate64);
  return furrow::faults::Resized(fd, size, real);
}

int rename(const char* from, const char* to) noexcept {
  FURROW_REAL(rename);
  return Named(Kind::kRename, Absolute(AT_FDCWD, from), Absolute(AT_FDCWD, to),
               [&] { return real(from, to); });
}
int renameat(int from_dir, const char* from, int to_dir, const char* to) noexcept {
  FURROW_REAL(renameat);
  return Named(Kind::kRename, Absolute(from_dir, from), Absolute(to_dir, to),
               [&] { return real(from_dir, from, to_dir, to); });
}
// An exchange of two names is recorded as a rename: nothing here uses it.
int renameat2(int from_dir, const char* from, int to_dir, const char* to, unsigned flags) noexcept {
  FURROW_REAL(renameat2);
  return Named(Kind::kRename, Absolute(from_dir, from), Absolute(to_dir, to),
               [&] { return real(from_dir, from, to_dir, to, flags); });
}
int unlink(const char* path) noexcept {
  FURROW_REAL(unlink);
  return Named(Kind::kRemove, Absolute(AT_FDCWD, path), "", [&] { return real(path); });
}
int unlinkat(int dir, const char* path, int flags) noexcept {
  FURROW_REAL(unlinkat);
  const Kind kind = (flags & AT_REMOVEDIR) != 0 ? Kind::kRemoveFolder : Kind::kRemove;
  return Named(kind, Absolute(dir, path), "", [&] { return real(dir, path, flags); });
}
int rmdir(const char* path) noexcept {
  FURROW_REAL(rmdir);
  return Named(Kind::kRemoveFolder, Absolute(AT_FDCWD, path), "", [&] { return real(path); });
}
int remove(const char* path) noexcept {
  struct stat about {};
  return ::lstat(path, &about) == 0 && S_ISDIR(about.st_mode) ? rmdir(path) : unlink(path);
}
int mkdir(const char* path, mode_t mode) noexcept {
  FURROW_REAL(mkdir);
  return Named(Kind::kMakeFolder, Absolute(AT_FDCWD, path), "", [&] { return real(path, mode); });
}
int mkdirat(int dir, const char* path, mode_t mode) noexcept {
  FURROW_REAL(mkdirat);
  return Named(Kind::kMakeFolder, Absolute(dir, path), "", [&] { return real(dir, path, mode); });
}

}  // extern "C"
