// SPDX-License-Identifier: Apache-2.0
// Stands between a program and the C library's file functions, and makes faults there. Everything
// the program changes below one folder is seen, whichever library changes it; reading is left
// alone. Two ways to use it:
//
// - loaded before a program (LD_PRELOAD), told by the environment what to do:
//     FURROW_FAULT_ROOT=DIR          the folder to watch; nothing happens without it
//     FURROW_FAULT_KILL_AT=N         SIGKILL at the N-th change, every other time in its midst
//     FURROW_FAULT_SYNC_ERROR_AT=N   the N-th fsync or fdatasync fails with EIO, and all later ones
//                                    of the same file
//     FURROW_FAULT_COUNT=FILE        at exit the number of changes seen is written here
// - linked into a test, through the functions below.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace furrow::faults {

enum class Kind : uint8_t {
  kCreate,        ///< path, file
  kWrite,         ///< file, offset, data
  kResize,        ///< file, offset = new size
  kSync,          ///< file
  kSyncFolder,    ///< path
  kRename,        ///< path, to
  kRemove,        ///< path: a file's name
  kMakeFolder,    ///< path
  kRemoveFolder,  ///< path
  kMark,          ///< offset = the number given to Mark
};

/// A change, in the order in which they were made. Paths are relative to the root.
struct Event {
  Kind kind = Kind::kMark;
  uint64_t file = 0;  ///< a file keeps its number whatever its name
  uint64_t offset = 0;
  std::string path, to, data;
};

/// Which change fails. Changes are counted from 1, from the call of Watch on.
struct Plan {
  uint64_t full_from = 0, full_until = 0;  ///< these writes, creations and growths: ENOSPC
  uint64_t sync_error_at = 0;              ///< the n-th sync and all later ones of that file: EIO
};

/// Watches the folder `root` from now on; nothing is recorded when `into` is null. One at a time.
void Watch(const std::string& root, std::vector<Event>* into, const Plan& plan = {});
/// Changes and syncs seen so far; ends the watch.
struct Seen {
  uint64_t changes = 0, syncs = 0;
};
Seen EndWatch();
/// The next sync of a watched file runs `what` once it has begun: it does not cover what that
/// changes. Returns, when nothing of an earlier call runs any more, whether that still waited for
/// its sync.
bool DuringNextSync(std::function<void()> what);
/// Puts a mark into the record.
void Mark(uint64_t number);

}  // namespace furrow::faults
