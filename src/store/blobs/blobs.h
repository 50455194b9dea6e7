// SPDX-License-Identifier: Apache-2.0
// Files by name in a directory: written whole or not at all, checked whenever they are read.
//
//   FURROW_ASSIGN(blobs::Path path, blobs::Path::Parse("Lab/run.1/model.pt"));
//   FURROW_ASSIGN(auto writer, store.Create(path));
//   FURROW_TRY(writer->Append(chunk));                     // as often as chunks arrive
//   FURROW_ASSIGN(blobs::Info info, writer->Commit());     // now, and only now, it is there
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/time.h"
#include "store/blobs/descriptor.h"
#include "store/blobs/format.h"
#include "store/blobs/path.h"

namespace furrow::blobs {

class Store;

struct Info {
  uint64_t size = 0;
  std::string sha256;  ///< 64 hexadecimal digits
  Micros stored = 0;
};

/// An upload under way. Not thread-safe. Destroyed without Commit it leaves nothing behind; it must
/// not outlive its Store.
class Writer {
 public:
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Errors: kUnavailable when the disk is full, kTooLarge, kIoError. After an error only
  /// destruction is left.
  Status Append(std::string_view chunk);
  /// Ends the content, makes it durable and gives its descriptor back; the name still shows what
  /// was there before. For several files that shall appear together or not at all. Errors: as
  /// Append.
  Status Seal();
  /// Seals if need be and puts the file in its place, over what was there. Durable on return. Of
  /// several uploads of one name the one that commits last wins, whole. Errors: kFailedPrecondition
  /// when a folder stands in that place or a file where a folder is needed, kUnavailable, kIoError.
  Result<Info> Commit();
  uint64_t size() const { return trailer_.size; }

 private:
  friend class Store;
  class Digest;
  Writer(Store& store, Path path, std::string temporary, Descriptor file);
  Status WriteAll(std::string_view bytes);

  Store& store_;
  const Path path_;
  std::string temporary_;  ///< its name in the temporary folder; empty once renamed
  Descriptor file_;
  Trailer trailer_;
  std::unique_ptr<Digest> digest_;
  uint32_t block_crc_ = 0;
  std::string table_;
  bool sealed_ = false;
  uint64_t written_ = 0;
  uint64_t pushed_ = 0;  ///< bytes the kernel was asked to start writing to disk
};

/// An open file. Stays readable after the name is deleted or overwritten. Thread-safe.
class Reader {
 public:
  const Info& info() const { return info_; }
  /// Reads the content and compares every block that the span touches with its checksum. Errors:
  /// kCorruption, kIoError.
  Status Check(uint64_t offset, uint64_t length) const;
  /// Appends the span to `out`, checked. kInvalidArgument when it reaches beyond the content.
  Status Read(uint64_t offset, uint64_t length, std::string& out) const;
  /// Check of everything, the SHA-256 included.
  Status CheckWhole() const;
  /// For sending: content byte n is file byte n. What is sent must have passed Check.
  const std::shared_ptr<int>& fd() const { return fd_; }

 private:
  friend class Store;
  Reader(Descriptor file, const Trailer& trailer);
  Status ReadBlock(uint64_t block, char* buffer) const;

  std::shared_ptr<int> fd_;
  Info info_;
};

/// Thread-safe.
class Store {
 public:
  struct Options {
    uint64_t size_max = 1ull << 40;  ///< of one file
    /// Uploads leave this much of the disk free, or a twentieth of it if that is less: the log of
    /// everything else lies there too.
    uint64_t reserve_bytes = 64ull << 20;
    Confinement confinement = BestConfinement();
  };

  /// Uses DIR/files and DIR/tmp, made if absent; what an earlier process left in DIR/tmp goes.
  /// Only one Store may be open on a DIR. `clock` outlives it.
  static Result<std::unique_ptr<Store>> Open(const std::string& dir, const Clock& clock,
                                             const Options& options);
  static Result<std::unique_ptr<Store>> Open(const std::string& dir,
                                             const Clock& clock = SystemClock()) {
    return Open(dir, clock, Options());
  }

  /// Errors: kUnavailable when the disk is (nearly) full.
  Result<std::unique_ptr<Writer>> Create(const Path& path);
  /// Errors: kNotFound (also for a folder), kCorruption when the trailer is damaged.
  Result<std::unique_ptr<Reader>> Open(const Path& path) const;
  /// Durable on return. A file only: kNotFound for a folder. Folders left empty go with it.
  Status Delete(const Path& path);
  /// A file or a folder with all in it: it disappears at once and whole. Durable on return.
  Status DeleteTree(const Path& path);

  /// While the answer lives every stored file stays as it is: what would delete or replace one
  /// waits. Uploads of new names go on. For the moment in which a snapshot is taken.
  [[nodiscard]] std::unique_lock<std::shared_mutex> Hold() const {
    return std::unique_lock(contents_);
  }

  /// Deletes leftovers in the temporary folder untouched for `older_than`; returns how many.
  Result<int> Reclaim(std::chrono::seconds older_than);
  /// Checks every file there is; `visit` gets its path and kCorruption or OK. Return false to stop.
  Status Scrub(const std::function<bool(const std::string& path, const Status&)>& visit) const;

 private:
  friend class Writer;
  Store(std::string dir, const Clock& clock, const Options& options, Descriptor files,
        Descriptor temporary);
  Status Publish(const std::string& temporary, const Path& path);
  Result<Descriptor> Rename(const std::string& temporary, const Path& path, unsigned flags);
  Result<Descriptor> MakeFolders(const std::string& folder);
  Status HasRoom() const;
  void PruneEmpty(const Path& path);

  const std::string dir_;
  const Clock& clock_;
  const Options options_;
  const Descriptor files_;
  const Descriptor temporary_;
  /// Shared: to find a folder and rename into it. Alone: to make, move or remove folders. So
  /// nothing is renamed into a folder that is on its way out, nor into one that is not durable yet.
  mutable std::shared_mutex folders_;
  /// Shared: to take a stored file away. Taken before folders_.
  mutable std::shared_mutex contents_;
};

}  // namespace furrow::blobs
