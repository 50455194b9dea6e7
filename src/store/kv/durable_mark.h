// SPDX-License-Identifier: Apache-2.0
// A small file that says how far the log has been synced: the proof, when the log is found to end
// earlier, that answered writes are missing. It is overwritten in place after each sync and never
// synced itself, so after a power cut it may be behind; it is never ahead. docs/formats/store.md.
#pragma once

#include <cstdint>
#include <string>

namespace furrow::store {

/// What was answered lies in logs below number `log`, and in that one up to `sequence`.
struct Answered {
  uint64_t sequence = 0;  ///< 0: nothing is known
  uint64_t log = 0;       ///< UINT64_MAX: the mark does not say
};

/// One thread at a time.
class DurableMark {
 public:
  DurableMark() = default;
  ~DurableMark();
  DurableMark(const DurableMark&) = delete;
  DurableMark& operator=(const DurableMark&) = delete;

  /// The mark in `dir`; nothing is known when there is none, or none that can be read.
  static Answered Read(const std::string& dir);
  /// From now on Set writes to `dir`. Where that fails Set does nothing: a mark that is behind is
  /// a weaker check, not an error.
  void Open(const std::string& dir);
  void Set(Answered answered);

 private:
  int fd_ = -1;
};

}  // namespace furrow::store
