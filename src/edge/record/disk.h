// SPDX-License-Identifier: Apache-2.0
// What a log's writer asks of the file system; a test can put a full or a failing one in its place.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace furrow::edge {

/// Every call returns a negative errno when it fails. Used by one thread at a time.
class Disk {
 public:
  virtual ~Disk() = default;
  /// A descriptor of a new file; -EEXIST when there is one of that name.
  virtual int Create(const std::string& path) = 0;
  /// Room for bytes from `offset` on, whether or not the file is that long; its size stays.
  virtual int Reserve(int file, uint64_t offset, uint64_t length) = 0;
  /// One write: how much of it was taken.
  virtual ssize_t Write(int file, uint64_t offset, std::string_view bytes) = 0;
  /// Also gives back the room that was reserved beyond `size`.
  virtual int Truncate(int file, uint64_t size) = 0;
  /// The file's content and size are on the disk.
  virtual int Sync(int file) = 0;
  /// The names in a folder are on the disk.
  virtual int SyncFolder(const std::string& folder) = 0;
  virtual int Remove(const std::string& path) = 0;
  virtual void Close(int file) = 0;
};

/// The operating system's. Holds nothing; thread-safe.
Disk& SystemDisk();

}  // namespace furrow::edge
