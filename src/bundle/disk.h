// SPDX-License-Identifier: Apache-2.0
// What writing bundles and unpacking them asks of the file system; a test can put a failing one, or
// one that loses power, in its place.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/status.h"

namespace furrow::bundle {

/// Every call returns a negative errno when it fails. Used by one thread at a time.
class Disk {
 public:
  virtual ~Disk() = default;
  /// 0 also when it is there already.
  virtual int MakeFolder(const std::string& path) = 0;
  /// A descriptor of a new file; -EEXIST when there is one of that name.
  virtual int Create(const std::string& path, int mode) = 0;
  /// One write at the end: how much of it was taken.
  virtual ssize_t Write(int file, std::string_view bytes) = 0;
  /// The file's content and size are on the disk.
  virtual int Sync(int file) = 0;
  virtual void Close(int file) = 0;
  /// The names in a folder are on the disk.
  virtual int SyncFolder(const std::string& folder) = 0;
  /// `to` is replaced if it is a file; a folder must not be there.
  virtual int Rename(const std::string& from, const std::string& to) = 0;
  /// A file or an empty folder.
  virtual int Remove(const std::string& path) = 0;
};

/// The operating system's. Holds nothing; thread-safe.
Disk& SystemDisk();

/// A new file on a disk, written and synced by Finish, or removed.
class NewFile {
 public:
  static Result<NewFile> Create(Disk& disk, const std::string& path, int mode);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  /// Errors name the file: kUnavailable when the disk is full, kIoError.
  Status Add(std::string_view bytes);
  /// Content is on the disk; its name is once the folder is synced.
  Status Finish();

 private:
  NewFile(Disk& disk, std::string path, int file)
      : disk_(disk), path_(std::move(path)), file_(file) {}

  Disk& disk_;
  std::string path_;
  int file_;
};

/// Puts `text` at `path`, whole or not at all: temporary file, sync, rename, sync of the folder.
Status PutFile(Disk& disk, const std::string& path, std::string_view text, int mode);

/// Removes a file or folder with all in it, if it is there.
Status RemoveAll(Disk& disk, const std::string& path);

/// The error of an errno, negative or not, about a file.
Status DiskError(const std::string& path, int error);

/// The folder that holds `path`: "." when it names none.
std::string FolderOf(const std::string& path);

}  // namespace furrow::bundle
