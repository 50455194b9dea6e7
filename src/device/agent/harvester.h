// SPDX-License-Identifier: Apache-2.0
// The thread that takes from furrow-edge's logs what the server shall have: what was sprayed, and
// the images that are worth it; and takes away logs when they are too many.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "device/agent/config.h"
#include "device/agent/edge_keeper.h"
#include "device/agent/log_tail.h"
#include "device/agent/spray_book.h"
#include "device/spool/image_pool.h"
#include "device/spool/spool.h"

namespace furrow::device {

class Harvester {
 public:
  Harvester(const DeviceConfig& config, Spool& spool, ImagePool& images);
  ~Harvester() { Stop(); }
  void Start() { thread_ = std::thread(&Harvester::Run, this); }
  void Stop();
  /// What a network sprayed lately; nothing while the newest log is not read to its end.
  std::optional<SprayedShare> Share() const;

 private:
  struct Log {
    Log(const std::string& folder, const std::string& name, const FieldPlace& place)
        : tail(folder), book(name, place) {}
    LogTail tail;
    SprayBook book;
  };
  void Run();
  /// True: there is more to do at once.
  bool Sprays();
  void Images();
  void Choose(const std::string& segment, const std::string& name);
  void NoteChosen(const std::string& name) const;
  void Thin();
  void FreeReserve(int number) const;
  bool ShortOfDisk() const;
  bool PutSeconds();

  const DeviceConfig config_;
  Spool& spool_;
  ImagePool& images_;
  int number_ = 0;  // of the log that is read
  std::unique_ptr<Log> log_;
  // What stands in the spool already.
  int spooled_log_ = 0;
  int64_t spooled_second_ = INT64_MIN;
  std::vector<SpraySecond> waiting_;  // for room in the spool
  std::set<std::string> chosen_;      // segments that were searched for images
  mutable Mutex mutex_;
  std::optional<SprayedShare> share_ FURROW_GUARDED_BY(mutex_);
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace furrow::device
