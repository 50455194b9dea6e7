// SPDX-License-Identifier: Apache-2.0
// Images that wait to be uploaded: the most valuable goes first, the least valuable gives way.
// docs/formats/spool.md describes the folder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/status.h"
#include "bundle/disk.h"

namespace furrow::device {

struct WaitingImage {
  std::string name;  // what it is uploaded as
  std::string path;
  std::string text;  // its record: a JSON object
  double score = 0;  // 0 to 1
  uint64_t bytes = 0;
};

/// Thread-safe.
class ImagePool {
 public:
  /// Takes away remnants. `sent` says whether an image's record stands in the spool already. Errors
  /// name the folder.
  static Result<std::unique_ptr<ImagePool>> Open(
      const std::string& folder, bundle::Disk* disk,
      const std::function<bool(const std::string& name)>& sent);

  /// Puts an image there durably, giving up less valuable ones while all together are more than
  /// `room` bytes. False: it is itself what gives way. `name` is of A-Z a-z 0-9 . _ -.
  Result<bool> Add(const std::string& name, double score, std::string_view image,
                   const std::string& text, uint64_t room);
  /// The most valuable; nothing when there is none.
  std::optional<WaitingImage> Best() const;
  void Remove(const std::string& name);
  /// Gives up the least valuable. False when there is none.
  bool GiveUp();

  uint64_t bytes() const;
  uint64_t count() const;
  uint64_t given_up() const;

 private:
  struct Entry {
    std::string stem;  // without the ending
    uint64_t bytes = 0;
  };
  using Key = std::pair<uint64_t, std::string>;  // score in millionths, name

  ImagePool(std::string folder, bundle::Disk& disk) : folder_(std::move(folder)), disk_(disk) {}
  void Take(std::map<Key, Entry>::iterator at) FURROW_REQUIRES(mutex_);

  const std::string folder_;
  bundle::Disk& disk_;
  mutable Mutex mutex_;
  std::map<Key, Entry> entries_ FURROW_GUARDED_BY(mutex_);
  uint64_t bytes_ FURROW_GUARDED_BY(mutex_) = 0, given_up_ FURROW_GUARDED_BY(mutex_) = 0;
};

}  // namespace furrow::device
