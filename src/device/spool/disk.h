// SPDX-License-Identifier: Apache-2.0
// What the tractor's durable files ask of the file system; a test can put one in its place that
// loses power.
#pragma once

#include <string>

#include "bundle/disk.h"

namespace furrow::device {

/// Every call returns a negative errno when it fails. Used by one thread at a time.
class Disk : public bundle::Disk {
 public:
  /// A symbolic link at `path`, where nothing may be yet, that says `target`.
  virtual int Symlink(const std::string& target, const std::string& path) = 0;
};

/// The operating system's. Holds nothing; thread-safe.
Disk& SystemDisk();

}  // namespace furrow::device
