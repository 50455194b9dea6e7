// SPDX-License-Identifier: Apache-2.0
// The folder that backups go to: objects named by their SHA-256, shared by all generations, and one
// manifest per generation, which is written last. docs/formats/backup.md.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/manifest.h"
#include "admin/socket.h"
#include "base/status.h"

namespace furrow::admin {

/// Holds the folder's lock: one command at a time works on it. Not thread-safe.
class Repository {
 public:
  /// `create`: an absent or empty folder becomes one, for its owner's eyes only. What root adds
  /// belongs to the folder's owner, who may go on with it; a folder that root makes gets the owner
  /// of `owner_of`, if that is there. Errors: kNotFound, kIoError also when it may not be read,
  /// kFailedPrecondition for a folder that holds something else, is in use, or is of a newer
  /// version.
  static Result<Repository> Open(const std::string& dir, bool create,
                                 const std::string& owner_of = {});

  /// Numbers of the generations whose manifest is there, ascending.
  Result<std::vector<int>> Generations() const;
  /// Errors: kNotFound, kCorruption.
  Result<Manifest> Read(int generation) const;
  /// The newest when `generation` is 0. Errors: kNotFound also when there is none at all.
  Result<Manifest> Pick(int generation) const;

  struct Object {
    std::string sha256;
    uint64_t size = 0;
    bool fresh = false;  ///< it was not there
  };
  /// Copies an open file from front to back. `tap` sees its bytes in order. Durable with Commit.
  Result<Object> Store(int from, const std::function<void(std::string_view)>& tap);
  /// Whether the object is there, with the right size.
  bool Has(const std::string& sha256, uint64_t size) const;
  /// Reads an object and compares it with its name. `tap` sees its bytes as they are read: keep
  /// nothing of them unless the answer is OK. Errors: kNotFound, kCorruption, kIoError, or tap's.
  Status Load(const std::string& sha256, uint64_t size,
              const std::function<Status(std::string_view)>& tap) const;

  /// Makes all that was stored durable, then the manifest. Only now the generation exists.
  Status Commit(const Manifest& manifest);
  Status Remove(int generation);
  /// Deletes objects that no generation names. Does nothing while a manifest cannot be read: it may
  /// name them. Returns how many.
  Result<uint64_t> DropUnused();

 private:
  Repository() = default;
  std::string ObjectPath(const std::string& sha256) const;
  std::string ManifestPath(int generation) const;
  void GiveAway(const std::string& path) const;

  std::string dir_;
  SocketFd lock_;
  std::optional<std::pair<uid_t, gid_t>> owner_;  ///< unless it is who runs this
  uint64_t temporaries_ = 0;
};

}  // namespace furrow::admin
