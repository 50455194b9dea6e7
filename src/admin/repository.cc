// SPDX-License-Identifier: Apache-2.0
#include "admin/repository.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "auth/private_file.h"
#include "base/sha256.h"
#include "json/text.h"

namespace furrow::admin {
namespace {

namespace fs = std::filesystem;

constexpr char kMark[] = "backup.json";
constexpr char kFormat[] = "furrow-backup";
constexpr int64_t kVersion = 1;
constexpr size_t kChunk = 1 << 20;
constexpr std::string_view kSuffix = ".jsonl";
constexpr uint64_t kMarkBytesMax = 64 << 10;
constexpr uint64_t kManifestBytesMax = uint64_t{4} << 30;  // some twenty million files

Status Failed(const std::string& what, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Status(full ? Code::kUnavailable : Code::kIoError, what + ": " + std::strerror(error));
}

Status WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed("writing the backup", errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Result<size_t> ReadSome(int fd, std::string& buffer) {
  for (;;) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n >= 0) return static_cast<size_t>(n);
    if (errno != EINTR) return Status(Code::kIoError, std::strerror(errno));
  }
}

// Opens a regular file to read. A link may lead anywhere, and a pipe or a device never end.
Result<SocketFd> OpenRegular(const std::string& path) {
  SocketFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid()) {
    return errno == ENOENT ? Status(Code::kNotFound, "it is missing from the backup")
                           : Failed("reading the backup", errno);
  }
  struct stat about {};
  if (::fstat(fd.get(), &about) != 0) return Failed("reading the backup", errno);
  if (!S_ISREG(about.st_mode)) return Status(Code::kCorruption, "it is no regular file");
  return fd;
}

// All of a regular file of at most `most` bytes.
Result<std::string> ReadRegular(const std::string& path, uint64_t most) {
  FURROW_ASSIGN(const SocketFd from, OpenRegular(path));
  std::string text;
  std::string buffer(kChunk, '\0');
  for (;;) {
    FURROW_ASSIGN(const size_t n, ReadSome(from.get(), buffer));
    if (n == 0) return text;
    if (text.size() + n > most) return Status(Code::kCorruption, "it is too large");
    text.append(buffer, 0, n);
  }
}

// The number in "000012.jsonl".
std::optional<int> GenerationOf(const std::string& name) {
  if (name.size() < 6 + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  int number = 0;
  const char* end = name.data() + name.size() - kSuffix.size();
  const auto read = std::from_chars(name.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || number <= 0) return std::nullopt;
  return number;
}

Status Begin(const std::string& dir) {
  for (const char* folder : {"", "/objects", "/generations", "/tmp"}) {
    const std::string path = dir + folder;
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return Failed(path, errno);
    // Best effort: some file systems keep no modes.
    (void)!::chmod(path.c_str(), 0700);
  }
  return auth::WritePrivateFile(
      dir + "/" + kMark,
      json::WritePretty(json::Object{
          {"format", kFormat},
          {"version", kVersion},
          {"secret",
           "Holds password hashes and the keys that sign tokens: keep it as safe as the "
           "server itself."}}) +
          "\n");
}

Status CheckMark(const std::string& dir) {
  const auto text = ReadRegular(dir + "/" + kMark, kMarkBytesMax);
  const auto mark = text.ok() ? json::Parse(*text) : Result<json::Value>(text.status());
  if (!mark.ok() || mark->At("format").AsString() != kFormat) {
    return Status(Code::kFailedPrecondition, dir + " is not a backup");
  }
  if (mark->At("version").AsInt() > kVersion) {
    return Status(Code::kFailedPrecondition,
                  dir + " was made by a newer version of Furrow: use that one");
  }
  return {};
}

}  // namespace

Result<Repository> Repository::Open(const std::string& dir, bool create,
                                    const std::string& owner_of) {
  std::error_code error;
  const bool marked = fs::exists(dir + "/" + kMark, error);
  if (error == std::errc::permission_denied ||
      (marked && ::access((dir + "/" + kMark).c_str(), R_OK) != 0)) {
    return Failed(dir, EACCES);
  }
  if (!marked) {
    const bool absent = !fs::exists(dir, error);
    if (!create && absent) return Status(Code::kNotFound, "there is no backup in " + dir);
    const bool fresh = absent || (fs::is_directory(dir, error) && fs::is_empty(dir, error));
    if (!create || !fresh || error) {
      return Status(Code::kFailedPrecondition, dir + " is neither a backup nor an empty folder");
    }
    fs::create_directories(fs::path(dir).parent_path(), error);
    FURROW_TRY(Begin(dir));
    struct stat like {};
    if (absent && ::geteuid() == 0 && ::stat(owner_of.c_str(), &like) == 0) {
      (void)!::lchown(dir.c_str(), like.st_uid, like.st_gid);
    }
  }
  FURROW_TRY(CheckMark(dir));
  Repository out;
  out.dir_ = dir;
  out.lock_ = SocketFd(::open((dir + "/" + kMark).c_str(), O_RDONLY | O_CLOEXEC));
  if (!out.lock_.valid()) return Failed(dir, errno);
  if (::flock(out.lock_.get(), (create ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
    return Status(Code::kFailedPrecondition, "another command works on " + dir);
  }
  struct stat about {};
  if (::geteuid() == 0 && ::stat(dir.c_str(), &about) == 0 && about.st_uid != 0) {
    out.owner_ = {about.st_uid, about.st_gid};
  }
  if (create) {
    // What a backup left that was cut off.
    fs::remove_all(dir + "/tmp", error);
    (void)!::mkdir((dir + "/tmp").c_str(), 0700);
    for (const char* name : {"/tmp", "/objects", "/generations", "/backup.json"}) {
      out.GiveAway(dir + name);
    }
  }
  return out;
}

void Repository::GiveAway(const std::string& path) const {
  if (owner_) (void)!::lchown(path.c_str(), owner_->first, owner_->second);
}

std::string Repository::ObjectPath(const std::string& sha256) const {
  return dir_ + "/objects/" + sha256.substr(0, 2) + "/" + sha256;
}

std::string Repository::ManifestPath(int generation) const {
  return fmt::format("{}/generations/{:06}{}", dir_, generation, kSuffix);
}

Result<std::vector<int>> Repository::Generations() const {
  std::vector<int> out;
  std::error_code error;
  for (fs::directory_iterator it(dir_ + "/generations", error), end; !error && it != end;
       it.increment(error)) {
    if (const auto number = GenerationOf(it->path().filename().string())) out.push_back(*number);
  }
  if (error) return Status(Code::kIoError, dir_ + "/generations: " + error.message());
  std::sort(out.begin(), out.end());
  return out;
}

Result<Manifest> Repository::Read(int generation) const {
  const std::string name = "generation " + std::to_string(generation);
  const Result<std::string> text = ReadRegular(ManifestPath(generation), kManifestBytesMax);
  if (text.status().code() == Code::kNotFound) {
    return Status(Code::kNotFound, "there is no " + name + " in " + dir_);
  }
  if (!text.ok()) return text.status().With(name);
  Result<Manifest> manifest = DecodeManifest(*text);
  if (!manifest.ok()) return manifest.status().With(name);
  if (manifest->generation != generation) {
    return Status(Code::kCorruption, name + " has another's manifest");
  }
  return manifest;
}

Result<Manifest> Repository::Pick(int generation) const {
  if (generation != 0) return Read(generation);
  FURROW_ASSIGN(const std::vector<int> all, Generations());
  if (all.empty()) return Status(Code::kNotFound, "no backup was finished in " + dir_);
  return Read(all.back());
}

Result<Repository::Object> Repository::Store(int from,
                                             const std::function<void(std::string_view)>& tap) {
  const std::string temporary = dir_ + "/tmp/object-" + std::to_string(++temporaries_);
  const SocketFd to(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!to.valid()) return Failed(temporary, errno);
  Object out;
  Sha256 digest;
  std::string buffer(kChunk, '\0');
  for (;;) {
    FURROW_ASSIGN(const size_t n, ReadSome(from, buffer));
    if (n == 0) break;
    const std::string_view bytes(buffer.data(), n);
    FURROW_TRY(WriteAll(to.get(), bytes));
    digest.Add(bytes);
    tap(bytes);
    out.size += n;
  }
  out.sha256 = digest.Hex();
  if (Has(out.sha256, out.size)) {
    ::unlink(temporary.c_str());
    return out;
  }
  out.fresh = true;
  const std::string path = ObjectPath(out.sha256);
  const std::string folder = fs::path(path).parent_path().string();
  if (::mkdir(folder.c_str(), 0700) == 0) {
    GiveAway(folder);
  } else if (errno != EEXIST) {
    return Failed(folder, errno);
  }
  GiveAway(temporary);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return Failed(path, errno);
  return out;
}

bool Repository::Has(const std::string& sha256, uint64_t size) const {
  struct stat about {};
  return ::stat(ObjectPath(sha256).c_str(), &about) == 0 && S_ISREG(about.st_mode) &&
         static_cast<uint64_t>(about.st_size) == size;
}

Status Repository::Load(const std::string& sha256, uint64_t size,
                        const std::function<Status(std::string_view)>& tap) const {
  FURROW_ASSIGN(const SocketFd from, OpenRegular(ObjectPath(sha256)));
  Sha256 digest;
  uint64_t seen = 0;
  std::string buffer(kChunk, '\0');
  for (;;) {
    FURROW_ASSIGN(const size_t n, ReadSome(from.get(), buffer));
    if (n == 0) break;
    seen += n;
    if (seen > size) break;
    digest.Add({buffer.data(), n});
    FURROW_TRY(tap({buffer.data(), n}));
  }
  if (seen != size || digest.Hex() != sha256) {
    return Status(Code::kCorruption, "it is damaged in the backup");
  }
  return {};
}

Status Repository::Commit(const Manifest& manifest) {
  // One sync for all objects. An error says that some may be lost: no manifest may name them.
  if (::syncfs(lock_.get()) != 0) return Failed("syncing the backup", errno);
  const std::string temporary = dir_ + "/tmp/manifest";
  const std::string text = EncodeManifest(manifest);
  if (text.size() > kManifestBytesMax) {
    return Status(Code::kFailedPrecondition, "too many files for one backup");
  }
  {
    const SocketFd to(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!to.valid()) return Failed(temporary, errno);
    FURROW_TRY(WriteAll(to.get(), text));
    if (::fsync(to.get()) != 0) return Failed("syncing the backup", errno);
  }
  const std::string path = ManifestPath(manifest.generation);
  GiveAway(temporary);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return Failed(path, errno);
  const SocketFd folder(
      ::open((dir_ + "/generations").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || ::fsync(folder.get()) != 0) return Failed("syncing the backup", errno);
  return {};
}

Status Repository::Remove(int generation) {
  if (::unlink(ManifestPath(generation).c_str()) != 0) {
    return Failed("removing generation " + std::to_string(generation), errno);
  }
  return {};
}

Result<uint64_t> Repository::DropUnused() {
  std::set<std::string> used;
  FURROW_ASSIGN(const std::vector<int> all, Generations());
  for (const int generation : all) {
    const Result<Manifest> manifest = Read(generation);
    if (!manifest.ok()) return uint64_t{0};
    for (const BackupFile& file : manifest->files) used.insert(file.sha256);
  }
  uint64_t dropped = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(dir_ + "/objects", error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_directory(error) || used.contains(it->path().filename().string())) continue;
    dropped += ::unlink(it->path().c_str()) == 0 ? 1 : 0;
  }
  if (error) return Status(Code::kIoError, dir_ + "/objects: " + error.message());
  return dropped;
}

}  // namespace furrow::admin
