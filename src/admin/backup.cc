// SPDX-License-Identifier: Apache-2.0
#include "admin/backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "admin/progress.h"
#include "base/sha256.h"
#include "store/blobs/verifier.h"

namespace furrow::admin {
namespace {

namespace fs = std::filesystem;

Status Failed(const std::string& what, int error) {
  return Status(Code::kIoError, what + ": " + std::strerror(error));
}

// Parts of the store's directory that make it up; the rest are locks and diaries.
bool BelongsToStore(const std::string& name) {
  const fs::path path(name);
  return name == "CURRENT" || name.starts_with("MANIFEST-") || name.starts_with("OPTIONS-") ||
         path.extension() == ".sst" || path.extension() == ".log" || path.extension() == ".blob";
}

struct Source {
  std::string path;  // within the directory
  uint64_t size = 0;
};

// Everything that a data directory consists of, in order of its paths.
Result<std::vector<Source>> ListSources(const std::string& dir) {
  std::vector<Source> out;
  std::error_code error;
  // Not bootstrap.json: once deleted, the password in it would live on in every generation.
  const auto size = fs::file_size(dir + "/secrets.json", error);
  if (error) {
    return Status(Code::kNotFound, dir + "/secrets.json is missing: no password would work");
  }
  out.push_back({"secrets.json", size});
  for (const char* folder : {"files", "store"}) {
    error.clear();
    for (fs::recursive_directory_iterator it(dir + "/" + folder, error), end; !error && it != end;
         it.increment(error)) {
      if (!fs::is_regular_file(it->symlink_status(error)) || error) continue;
      const fs::path relative = it->path().lexically_relative(dir);
      if (folder == std::string_view("store") && !BelongsToStore(relative.filename())) continue;
      out.push_back({relative.string(), it->file_size(error)});
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      return Status(Code::kIoError, dir + "/" + folder + ": " + error.message());
    }
  }
  std::sort(out.begin(), out.end(),
            [](const Source& a, const Source& b) { return a.path < b.path; });
  return out;
}

std::string OriginOf(const std::string& identity) {
  Sha256 digest;
  digest.Add(identity);
  return digest.Hex().substr(0, 32);
}

// The store's own name, so that equally numbered tables of two stores are told apart.
std::string EngineIdentity(const std::string& data_dir) {
  std::string identity;
  std::ifstream(data_dir + "/store/IDENTITY") >> identity;
  return identity;
}

class Taker {
 public:
  Taker(const Snapshot& snapshot, Repository& repository, const Manifest* before, Manifest& out)
      : snapshot_(snapshot),
        repository_(repository),
        identity_(EngineIdentity(snapshot.data_dir())),
        out_(out) {
    if (before == nullptr) return;
    for (const BackupFile& file : before->files) {
      if (!file.origin.empty()) known_.emplace(file.origin, &file);
    }
  }

  Status Add(const Source& source, Progress& progress) {
    const std::string path = snapshot_.path() + "/" + source.path;
    const SocketFd from(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!from.valid()) return Failed(path, errno);
    struct stat about {};
    if (::fstat(from.get(), &about) != 0) return Failed(path, errno);
    const auto size = static_cast<uint64_t>(about.st_size);
    BackupFile file{source.path, size, "", ""};
    std::optional<blobs::Verifier> verifier;
    if (source.path.starts_with("files/")) {
      const auto trailer = blobs::ReadTrailer(from.get(), size);
      if (trailer.ok()) {
        verifier.emplace(*trailer);
        file.origin =
            OriginOf("file " + std::string(trailer->sha256.begin(), trailer->sha256.end()) + " " +
                     std::to_string(trailer->stored));
      } else {
        out_.damaged.push_back(source.path);
      }
    } else if (source.path.ends_with(".sst") && !identity_.empty()) {
      file.origin = OriginOf(fmt::format("table {} {} {}.{}", identity_, source.path,
                                         about.st_mtim.tv_sec, about.st_mtim.tv_nsec));
    }
    if (const auto it = known_.find(file.origin); it != known_.end()) {
      const BackupFile& same = *it->second;
      if (same.size == size && repository_.Has(same.sha256, size)) {
        file.sha256 = same.sha256;
        progress.Add(size);
        out_.files.push_back(std::move(file));
        return {};
      }
    }
    FURROW_ASSIGN(const Repository::Object object,
                  repository_.Store(from.get(), [&](std::string_view bytes) {
                    if (verifier) verifier->Add(bytes);
                    progress.Add(bytes.size());
                  }));
    if (verifier && !verifier->Finish().ok()) {
      out_.damaged.push_back(source.path);
      // Not what its trailer says: a later backup must not take it for that.
      file.origin.clear();
    }
    file.sha256 = object.sha256;
    file.size = object.size;
    if (object.fresh) {
      ++out_.new_objects;
      out_.new_bytes += object.size;
    }
    out_.files.push_back(std::move(file));
    return {};
  }

 private:
  const Snapshot& snapshot_;
  Repository& repository_;
  const std::string identity_;
  std::unordered_map<std::string, const BackupFile*> known_;
  Manifest& out_;
};

}  // namespace

Result<Manifest> TakeBackup(const Snapshot& snapshot, Repository& repository) {
  // What a backup stored that was cut off is not trusted: nobody synced it.
  FURROW_TRY(repository.DropUnused().status());
  FURROW_ASSIGN(const std::vector<int> generations, repository.Generations());
  std::optional<Manifest> before;
  if (!generations.empty()) {
    Result<Manifest> newest = repository.Read(generations.back());
    if (newest.ok()) before = std::move(newest).value();
  }
  Manifest out;
  out.generation = generations.empty() ? 1 : generations.back() + 1;
  out.taken = SystemClock().Now();
  out.server_version = FURROW_VERSION;
  FURROW_ASSIGN(const std::vector<Source> sources, ListSources(snapshot.path()));
  uint64_t total = 0;
  for (const Source& source : sources) total += source.size;
  {
    Progress progress("backing up", total);
    Taker taker(snapshot, repository, before ? &*before : nullptr, out);
    for (const Source& source : sources) FURROW_TRY(taker.Add(source, progress));
  }
  FURROW_TRY(repository.Commit(out));
  return out;
}

Status KeepGenerations(Repository& repository, int keep) {
  FURROW_ASSIGN(const std::vector<int> all, repository.Generations());
  const auto count = static_cast<int>(all.size());
  for (int i = 0; i < count - keep; ++i) {
    FURROW_TRY(repository.Remove(all[static_cast<size_t>(i)]));
  }
  return repository.DropUnused().status();
}

std::vector<BadFile> VerifyBackup(const Repository& repository, const Manifest& manifest) {
  std::vector<BadFile> bad;
  Progress progress("checking", manifest.bytes());
  std::map<std::string, Status> seen;
  for (const BackupFile& file : manifest.files) {
    auto it = seen.find(file.sha256);
    if (it == seen.end()) {
      it = seen.emplace(file.sha256, repository.Load(file.sha256, file.size,
                                                     [&](std::string_view bytes) -> Status {
                                                       progress.Add(bytes.size());
                                                       return {};
                                                     }))
               .first;
    }
    if (!it->second.ok()) bad.push_back({file.path, it->second});
  }
  return bad;
}

}  // namespace furrow::admin
