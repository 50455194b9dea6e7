// SPDX-License-Identifier: Apache-2.0
// A data directory of one moment, for whatever reads all of it: backup, fsck, du.
//
// A running server makes one in DIR/snapshot out of hard links: nothing is copied, and only the
// deletion and replacement of files wait while the links are made. Of a stopped server the
// directory itself is taken, locked against a start.
#pragma once

#include <memory>
#include <string>

#include "admin/socket.h"
#include "base/status.h"
#include "store/blobs/blobs.h"
#include "store/kv/engine.h"

namespace furrow::admin {

/// The server's side. Takes the place of an older snapshot. It holds every write answered before
/// the call; of a file that a document of it names, the content is there. Errors: kUnavailable when
/// the disk is full, kIoError.
Status MakeSnapshot(const std::string& dir, store::Engine& engine, const blobs::Store& files);
void DropSnapshot(const std::string& dir);
/// Drops it if the command it was made for is gone. True when there is none left.
bool DropAbandonedSnapshot(const std::string& dir);

/// The command's side. One at a time may be held on a directory.
class Snapshot {
 public:
  /// Errors: kNotFound when `dir` holds no store, kFailedPrecondition when another command holds a
  /// snapshot, when a server is just starting, or half a restore lies there.
  static Result<std::unique_ptr<Snapshot>> Take(const std::string& dir);
  ~Snapshot();

  /// Looks like a data directory. Read only.
  const std::string& path() const { return path_; }
  /// The directory it was taken of.
  const std::string& data_dir() const { return dir_; }
  bool of_running_server() const { return running_; }
  /// The store in it, opened to read alone. Errors: what kept it from opening.
  Result<store::Engine*> OpenEngine();

 private:
  Snapshot() = default;

  std::string dir_, path_;
  bool running_ = false;
  SocketFd lock_;  ///< of DIR/snapshot.lock
  std::unique_ptr<store::Engine> engine_;
  Status engine_status_;
};

}  // namespace furrow::admin
