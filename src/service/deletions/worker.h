// SPDX-License-Identifier: Apache-2.0
// Carries deletions out: one note after the other, in the background, until none is left.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "base/status.h"
#include "entities/core.h"
#include "store/blobs/blobs.h"

namespace furrow::service::deletions {

/// What was done since the server started, and what is left.
struct Progress {
  int64_t pending = 0;        ///< notes not yet done
  std::string oldest;         ///< when the oldest of them was made; "" for none
  int64_t files = 0;          ///< deleted
  int64_t bytes = 0;          ///< of those files
  int64_t files_missing = 0;  ///< were gone already
  int64_t files_kept = 0;     ///< something else names them, or they were stored anew
  int64_t runs = 0;           ///< runs and models whose events went
  int64_t projects = 0;
  int64_t failures = 0;  ///< notes that were put off
};

/// Thread-safe.
class Worker {
 public:
  /// Both outlive it.
  Worker(entities::Core& core, blobs::Store& blobs) : core_(core), blobs_(blobs) {}
  ~Worker() { Stop(); }

  /// Looks for notes from now on.
  void Start();
  /// Ends after the file at hand; what is left is found again after the next start.
  void Stop();

  /// One round over the notes there are. Returns the first failure; other notes are done all the
  /// same.
  Status RunOnce();
  Progress progress() const;

 private:
  void Loop();
  bool stopping() const { return stopping_; }
  Status Do(const json::Value& note);
  Status DoFiles(const json::Value& note);
  Status DoRun(const json::Value& note);
  Status DoneWith(const std::string& note);
  /// Deletes the files that events of the run name.
  Status DeleteImages(const std::string& run, Micros created);
  /// `file`: percent-encoded, below the root. `created`: of the note; what was stored later stays.
  Status DeleteFile(const std::string& file, Micros created, bool look_for_names);
  Result<bool> IsNamed(const std::string& file) const;

  entities::Core& core_;
  blobs::Store& blobs_;
  std::atomic<int64_t> files_{0}, bytes_{0}, missing_{0}, kept_{0}, runs_{0}, projects_{0},
      failures_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace furrow::service::deletions
