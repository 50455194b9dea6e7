// SPDX-License-Identifier: Apache-2.0
// Opening: the options RocksDB runs with, and the checks before anything is served.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include "store/kv/diary.h"
#include "store/kv/engine_rep.h"
#include "store/kv/log_guard.h"
#include "store/kv/manifest.h"

namespace furrow::store {
namespace {

Status HeldElsewhere(const std::string& dir) {
  return Status(Code::kFailedPrecondition,
                "another process holds the store in " + dir + ": stop it first");
}

// RocksDB's own lock, which it does not take to read: a store that somebody changes meanwhile would
// look damaged. A store without the file was never opened, as a checkpoint's.
Result<int> LockToRead(const std::string& dir) {
  const int fd = ::open((dir + "/LOCK").c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return -1;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(fd, F_SETLK, &lock) == 0) return fd;
  ::close(fd);
  return HeldElsewhere(dir);
}

using Families = std::vector<rocksdb::ColumnFamilyDescriptor>;
using Handles = std::vector<rocksdb::ColumnFamilyHandle*>;

void Close(std::unique_ptr<rocksdb::DB>& db, Handles& handles) {
  for (auto* handle : handles) (void)db->DestroyColumnFamilyHandle(handle);
  handles.clear();
  db.reset();
}

struct Attempt {
  const std::string& dir;
  const Families& families;
  bool read_only;

  rocksdb::Status operator()(const rocksdb::DBOptions& options, std::unique_ptr<rocksdb::DB>& db,
                             Handles& handles) const {
    rocksdb::DB* raw = nullptr;
    handles.clear();
    const rocksdb::Status opened =
        read_only ? rocksdb::DB::OpenForReadOnly(options, dir, families, &handles, &raw)
                  : rocksdb::DB::Open(options, dir, families, &handles, &raw);
    db.reset(raw);
    return opened;
  }
};

// Replays what the guard lets pass. `note`: what was dropped.
Status OpenGuarded(rocksdb::DBOptions& options, const Attempt& attempt, LogGuard& guard,
                   std::unique_ptr<rocksdb::DB>& db, Handles& handles, std::string& note) {
  options.wal_filter = &guard;
  rocksdb::Status opened = attempt(options, db, handles);
  if (guard.status().ok() && guard.end().cut) {
    note = "the log was cut at " + guard.end().where +
           ": what came after was torn before anybody was told of it";
    if (!opened.ok()) {
      guard.AcceptCut();
      options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
      opened = attempt(options, db, handles);
    }
  }
  if (!guard.status().ok()) {
    if (db) Close(db, handles);
    return guard.status();
  }
  if (!opened.ok()) {
    if (opened.ToString().find("lock") != std::string::npos && opened.IsIOError()) {
      return HeldElsewhere(attempt.dir);
    }
    return Convert(opened);
  }
  if (db->GetLatestSequenceNumber() < guard.durable()) {
    Close(db, handles);
    return Status(Code::kCorruption, "the store ends before writes that were answered");
  }
  return {};
}

// Makes the directory, and its name durable.
Status MakeDirectory(const std::string& dir) {
  if (::mkdir(dir.c_str(), 0700) != 0) {
    if (errno == EEXIST) return {};
    return Status(Code::kIoError, dir + ": " + std::strerror(errno));
  }
  const std::string parent = std::filesystem::path(dir).parent_path().string();
  const int fd = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Status(Code::kIoError, parent + ": " + std::strerror(errno));
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (error == 0) return {};
  // Found the next time it would be taken for one whose name is durable.
  ::rmdir(dir.c_str());
  return Status(Code::kIoError, parent + ": " + std::strerror(error));
}

constexpr char kFormatKey[] = "format";
constexpr char kFormatVersion = 1;

// Writes the version into a new store; refuses one that a newer program wrote.
Status CheckVersion(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* meta, const std::string& dir) {
  std::string version;
  const rocksdb::Status read = db.Get(rocksdb::ReadOptions(), meta, kFormatKey, &version);
  if (read.IsNotFound()) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    return Convert(db.Put(synced, meta, kFormatKey, rocksdb::Slice(&kFormatVersion, 1)));
  }
  if (!read.ok()) return Convert(read);
  if (version.size() == 1 && version[0] <= kFormatVersion) return {};
  return Status(Code::kFailedPrecondition,
                "the store in " + dir + " was written by a newer version: use that one");
}

// On smaller disks space set aside for a file that never grows into it is missing elsewhere.
constexpr uint64_t kPreallocateFrom = 4ull << 30;

rocksdb::DBOptions DatabaseOptions(const EngineOptions& options, uint64_t disk_bytes) {
  rocksdb::DBOptions db_options;
  db_options.create_if_missing = true;
  db_options.create_missing_column_families = true;
  // On a small disk the log stays small, so that there is room to move it into tables.
  db_options.max_total_wal_size = std::min<uint64_t>(options.log_bytes_max, disk_bytes / 16);
  db_options.allow_fallocate = disk_bytes > kPreallocateFrom;
  db_options.max_background_jobs = 2;
  db_options.max_open_files = 256;
  db_options.max_manifest_file_size = 4 << 20;
  // Tables go to the disk in small steps: a sync of the log would have to wait behind a large one.
  db_options.bytes_per_sync = 512 << 10;
  db_options.strict_bytes_per_sync = true;
  db_options.paranoid_checks = true;
  // After a full disk the engine resumes by itself: commit.cc.
  db_options.max_bgerror_resume_count = 0;
  // The guard decides what a torn tail is; this mode fails at anything else.
  db_options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db_options.avoid_flush_during_shutdown = false;
  db_options.enable_pipelined_write = true;
  // A log that the list of files lost sight of is missed when the store is opened.
  db_options.track_and_verify_wals_in_manifest = true;
  // Else each table carries the name of the machine it was made on, and so does every backup.
  db_options.db_host_id.clear();
  return db_options;
}

Families FamilyOptions(const EngineOptions& options) {
  const auto cache = rocksdb::NewLRUCache(options.cache_bytes, 2);
  Families families;
  for (size_t i = 0; i < static_cast<size_t>(Family::kCount_); ++i) {
    rocksdb::ColumnFamilyOptions cf;
    cf.write_buffer_size = options.memtable_bytes;
    cf.max_write_buffer_number = 3;
    cf.arena_block_size = 64 << 10;
    cf.compression = rocksdb::kZSTD;
    // Blocks of points come compressed, and records of events are soon gone; the rest is text.
    if (static_cast<Family>(i) == Family::kSeries || static_cast<Family>(i) == Family::kEventLog) {
      cf.compression = rocksdb::kNoCompression;
    }
    cf.level_compaction_dynamic_level_bytes = true;
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.block_size = 16 << 10;
    table.checksum = rocksdb::kXXH3;
    table.cache_index_and_filter_blocks = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    table.format_version = 5;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
    cf.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    families.emplace_back(FamilyName(static_cast<Family>(i)), cf);
  }
  return families;
}

}  // namespace

// A store that is only looked at: nothing is changed, and what can be read of a damaged one is.
Status Engine::Rep::OpenToRead(const std::string& dir, const EngineOptions& options) {
  FURROW_ASSIGN(lock_fd, LockToRead(dir));
  rocksdb::DBOptions db_options = DatabaseOptions(options, UINT64_MAX);
  db_options.create_if_missing = db_options.create_missing_column_families = false;
  const Families families = FamilyOptions(options);
  const Attempt attempt{dir, families, true};
  auto checked = std::make_unique<LogGuard>(dir, DurableMark::Read(dir));
  condition = OpenGuarded(db_options, attempt, *checked, db, handles, opening_note);
  guard = std::move(checked);
  if (!condition.ok()) {
    // Without what cannot be read, rather than not at all: somebody wants to know what is left.
    db_options.wal_filter = nullptr;
    db_options.paranoid_checks = false;
    db_options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    const rocksdb::Status opened = attempt(db_options, db, handles);
    if (!opened.ok()) return Convert(opened).With("opening " + dir);
  }
  durable = UINT64_MAX;
  return {};
}

Status Engine::Rep::OpenToWrite(const std::string& dir, const EngineOptions& options) {
  FURROW_TRY(MakeDirectory(dir));
  rocksdb::DBOptions db_options = DatabaseOptions(options, Space::DiskBytes(dir));
  db_options.info_log = OpenDiary(dir);
  db_options.listeners.push_back(NewListener());
  const Families families = FamilyOptions(options);
  const Attempt attempt{dir, families, false};
  const auto open = [&] {
    auto checked = std::make_unique<LogGuard>(dir, DurableMark::Read(dir));
    Status status = OpenGuarded(db_options, attempt, *checked, db, handles, opening_note);
    guard = std::move(checked);
    return status;
  };
  Status opened = open();
  std::string torn;
  if (opened.code() == Code::kCorruption) {
    FURROW_ASSIGN(const bool mended, MendManifest(dir, torn));
    if (mended) opened = open();
  }
  if (!torn.empty()) {
    opening_note += (opening_note.empty() ? "" : "; ") + ("the list of files was cut at " + torn) +
                    ": its last change was torn before it counted";
  }
  // To be opened it has to write a little; the reserve is there for that.
  if (opened.code() == Code::kUnavailable && Space::Spend(dir)) opened = open();
  if (opened.code() == Code::kFailedPrecondition) return opened;
  FURROW_TRY(opened.With("opening " + dir));
  FURROW_TRY(CheckVersion(*db, handle(Family::kMeta), dir));
  space = std::make_unique<Space>(dir, options.reserve_bytes);
  mark.Open(dir);
  newest_log = NewestLog(dir);
  reclaimer = std::make_unique<Reclaimer>(*db, handles);
  committer = std::thread([this] { CommitLoop(); });
  return {};
}

Result<std::unique_ptr<Engine>> Engine::Open(const std::string& dir, const EngineOptions& options) {
  auto rep = std::make_unique<Rep>();
  FURROW_TRY(options.read_only ? rep->OpenToRead(dir, options) : rep->OpenToWrite(dir, options));
  return std::unique_ptr<Engine>(new Engine(std::move(rep)));
}

}  // namespace furrow::store
