// SPDX-License-Identifier: Apache-2.0
#include "store/kv/engine.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "store/kv/engine_rep.h"

namespace furrow::store {
namespace {

constexpr char kFormatKey[] = "format";
constexpr char kFormatVersion = 1;

struct FamilySpec {
  const char* name;
  bool scanned_by_owner;  ///< keys start with a 16-byte owner
};

// In the order of Family. A family may be added at the end; none may be renamed.
constexpr FamilySpec kFamilies[] = {
    {"default", false}, {"docs", false}, {"eventlog", false}, {"series", true},
    {"logs", true},     {"rich", true},  {"owners", true},    {"replay", false},
};
static_assert(std::size(kFamilies) == static_cast<size_t>(Family::kCount_));

rocksdb::Slice ToSlice(std::string_view s) { return {s.data(), s.size()}; }

}  // namespace

Status Convert(const rocksdb::Status& s) {
  if (s.ok()) return {};
  const std::string text = s.ToString();
  if (s.IsCorruption()) return {Code::kCorruption, text};
  if (s.IsNoSpace() || s.subcode() == rocksdb::Status::SubCode::kNoSpace) {
    return {Code::kUnavailable, "the disk is full: " + text};
  }
  if (s.IsIOError()) return {Code::kIoError, text};
  if (s.IsShutdownInProgress()) return {Code::kUnavailable, text};
  return {Code::kInternal, text};
}

std::optional<Family> FamilyNamed(std::string_view name) {
  for (size_t i = 0; i < std::size(kFamilies); ++i) {
    if (name == kFamilies[i].name) return static_cast<Family>(i);
  }
  return std::nullopt;
}

struct Batch::Rep {
  rocksdb::WriteBatch batch;
  struct Op {
    Family family;
    enum { kPut, kDelete, kDeleteRange } kind;
    std::string key, value;
  };
  // Kept until Write, when the families' handles are known.
  std::vector<Op> ops;
  size_t bytes = 0;
};

Batch::Batch() : rep_(std::make_unique<Rep>()) {}
Batch::~Batch() = default;
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;
bool Batch::empty() const { return rep_->ops.empty(); }
size_t Batch::bytes() const { return rep_->bytes; }

void Batch::Put(Family family, std::string_view key, std::string_view value) {
  rep_->bytes += key.size() + value.size();
  rep_->ops.push_back({family, Rep::Op::kPut, std::string(key), std::string(value)});
}
void Batch::Delete(Family family, std::string_view key) {
  rep_->bytes += key.size();
  rep_->ops.push_back({family, Rep::Op::kDelete, std::string(key), {}});
}
void Batch::DeleteRange(Family family, std::string_view from, std::string_view to) {
  rep_->bytes += from.size() + to.size();
  rep_->ops.push_back({family, Rep::Op::kDeleteRange, std::string(from), std::string(to)});
}

struct Cursor::Rep {
  std::unique_ptr<rocksdb::Iterator> it;
  std::string prefix;
  std::string upper;  ///< outlives `it`, which points to `bound`
  rocksdb::Slice bound;
  ~Rep() { it.reset(); }
};

Cursor::Cursor(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Cursor::~Cursor() = default;
Cursor::Cursor(Cursor&&) noexcept = default;
void Cursor::Seek(std::string_view key) {
  rep_->it->Seek(ToSlice(std::max<std::string_view>(key, rep_->prefix)));
}
void Cursor::SeekBack(std::string_view key) { rep_->it->SeekForPrev(ToSlice(key)); }
bool Cursor::valid() const {
  return rep_->it->Valid() && rep_->it->key().starts_with(ToSlice(rep_->prefix));
}
void Cursor::Next() { rep_->it->Next(); }
void Cursor::Prev() { rep_->it->Prev(); }
std::string_view Cursor::key() const { return {rep_->it->key().data(), rep_->it->key().size()}; }
std::string_view Cursor::value() const {
  return {rep_->it->value().data(), rep_->it->value().size()};
}
Status Cursor::status() const { return Convert(rep_->it->status()); }

// Everything that waits is served by one sync. New writes go on while it runs; they wait for the
// next round.
void Engine::Rep::CommitLoop() {
  std::unique_lock lock(mutex);
  for (;;) {
    wake.wait(lock, [&] { return stop || !waiters.empty(); });
    if (waiters.empty()) return;
    std::vector<Waiter> round;
    round.swap(waiters);
    Status result = failed;
    lock.unlock();
    if (result.ok()) {
      const Ticket target = visible();
      result = Convert(db->SyncWAL());
      if (result.ok()) durable.store(target, std::memory_order_release);
    }
    if (!result.ok()) {
      // A failed sync is never retried: what the kernel then holds is unknown.
      broken = true;
      lock.lock();
      failed = result;
      lock.unlock();
    }
    for (Waiter& w : round) w.then(result);
    round.clear();
    lock.lock();
  }
}

Engine::Engine(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}

Engine::Rep::~Rep() {
  {
    std::lock_guard lock(mutex);
    stop = true;
  }
  wake.notify_all();
  if (committer.joinable()) committer.join();
  if (db) {
    if (!broken && lock_fd < 0) (void)db->SyncWAL();
    for (auto* h : handles) (void)db->DestroyColumnFamilyHandle(h);
    (void)db->Close();
    db.reset();
  }
  if (lock_fd >= 0) ::close(lock_fd);
}

Engine::~Engine() = default;

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

template <typename Rep>
Status OpenReadOnly(rocksdb::DBOptions& options, const std::string& dir,
                    const std::vector<rocksdb::ColumnFamilyDescriptor>& families, Rep& parts) {
  FURROW_ASSIGN(parts.lock_fd, LockToRead(dir));
  options.create_if_missing = options.create_missing_column_families = false;
  rocksdb::DB* db = nullptr;
  rocksdb::Status opened =
      rocksdb::DB::OpenForReadOnly(options, dir, families, &parts.handles, &db);
  parts.condition = Convert(opened);
  if (!opened.ok()) {
    // Without what cannot be read, rather than not at all: somebody wants to know what is left.
    parts.handles.clear();
    options.paranoid_checks = false;
    opened = rocksdb::DB::OpenForReadOnly(options, dir, families, &parts.handles, &db);
  }
  if (!opened.ok()) return Convert(opened).With("opening " + dir);
  parts.db.reset(db);
  parts.durable = UINT64_MAX;
  return {};
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::Open(const std::string& dir, const EngineOptions& options) {
  rocksdb::DBOptions db_options;
  db_options.create_if_missing = true;
  db_options.create_missing_column_families = true;
  db_options.max_total_wal_size = options.log_bytes_max;
  db_options.max_background_jobs = 2;
  db_options.max_open_files = 256;
  db_options.keep_log_file_num = 3;
  db_options.max_log_file_size = 4 << 20;
  db_options.max_manifest_file_size = 4 << 20;
  db_options.bytes_per_sync = 1 << 20;
  db_options.paranoid_checks = true;
  // A torn tail after a power cut is dropped; a hole in the middle is an error.
  db_options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db_options.avoid_flush_during_shutdown = false;
  db_options.enable_pipelined_write = true;

  const auto cache = rocksdb::NewLRUCache(options.cache_bytes, 2);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const FamilySpec& spec : kFamilies) {
    rocksdb::ColumnFamilyOptions cf;
    cf.write_buffer_size = options.memtable_bytes;
    cf.max_write_buffer_number = 3;
    cf.arena_block_size = 64 << 10;
    cf.compression = rocksdb::kZSTD;
    // Blocks of points come compressed; the rest is text.
    if (std::string_view(spec.name) == "series") cf.compression = rocksdb::kNoCompression;
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
    families.emplace_back(spec.name, cf);
  }

  auto rep = std::make_unique<Rep>();
  if (options.read_only) {
    FURROW_TRY(OpenReadOnly(db_options, dir, families, *rep));
    return std::unique_ptr<Engine>(new Engine(std::move(rep)));
  }
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(db_options, dir, families, &rep->handles, &db);
  if (!opened.ok()) {
    if (opened.ToString().find("lock") != std::string::npos && opened.IsIOError()) {
      return HeldElsewhere(dir);
    }
    return Convert(opened).With("opening " + dir);
  }
  rep->db.reset(db);

  std::string version;
  const rocksdb::Status read =
      db->Get(rocksdb::ReadOptions(), rep->handle(Family::kMeta), kFormatKey, &version);
  if (read.IsNotFound()) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    const rocksdb::Status put =
        db->Put(synced, rep->handle(Family::kMeta), kFormatKey, rocksdb::Slice(&kFormatVersion, 1));
    if (!put.ok()) return Convert(put);
  } else if (!read.ok()) {
    return Convert(read);
  } else if (version.size() != 1 || version[0] > kFormatVersion) {
    return Status(Code::kFailedPrecondition,
                  "the store in " + dir + " was written by a newer version: use that one");
  }

  rep->committer = std::thread([raw = rep.get()] { raw->CommitLoop(); });
  return std::unique_ptr<Engine>(new Engine(std::move(rep)));
}

Result<std::optional<std::string>> Engine::Get(Family family, std::string_view key) const {
  std::string value;
  const rocksdb::Status s =
      rep_->db->Get(rocksdb::ReadOptions(), rep_->handle(family), ToSlice(key), &value);
  if (s.IsNotFound()) return std::optional<std::string>();
  if (!s.ok()) return Convert(s);
  return std::optional<std::string>(std::move(value));
}

Cursor Engine::Scan(Family family, std::string_view prefix) const {
  auto rep = std::make_unique<Cursor::Rep>();
  rep->prefix = prefix;
  rep->upper = prefix;
  while (!rep->upper.empty() && static_cast<unsigned char>(rep->upper.back()) == 0xff) {
    rep->upper.pop_back();
  }
  rocksdb::ReadOptions read;
  read.total_order_seek = true;
  if (!rep->upper.empty()) {
    rep->upper.back() = static_cast<char>(rep->upper.back() + 1);
    rep->bound = rep->upper;
    read.iterate_upper_bound = &rep->bound;
  }
  rep->it.reset(rep_->db->NewIterator(read, rep_->handle(family)));
  return Cursor(std::move(rep));
}

Result<Ticket> Engine::Write(Batch&& batch) {
  if (rep_->broken) {
    return Status(Code::kIoError, "the log could not be synced: restart the server");
  }
  rocksdb::WriteBatch wire(batch.bytes() + 64);
  for (const Batch::Rep::Op& op : batch.rep_->ops) {
    rocksdb::ColumnFamilyHandle* cf = rep_->handle(op.family);
    rocksdb::Status s;
    switch (op.kind) {
      case Batch::Rep::Op::kPut:
        s = wire.Put(cf, op.key, op.value);
        break;
      case Batch::Rep::Op::kDelete:
        s = wire.Delete(cf, op.key);
        break;
      case Batch::Rep::Op::kDeleteRange:
        s = wire.DeleteRange(cf, op.key, op.value);
        break;
    }
    if (!s.ok()) return Convert(s);
  }
  const rocksdb::Status s = rep_->db->Write(rocksdb::WriteOptions(), &wire);
  if (!s.ok()) return Convert(s);
  return rep_->visible();
}

Ticket Engine::written() const { return rep_->visible(); }
Ticket Engine::durable() const { return rep_->durable.load(std::memory_order_acquire); }

void Engine::OnDurable(Ticket ticket, std::function<void(Status)> then) {
  if (durable() >= ticket) return then(Status());
  {
    std::lock_guard lock(rep_->mutex);
    if (!rep_->stop) {
      rep_->waiters.push_back({ticket, std::move(then)});
      rep_->wake.notify_one();
      return;
    }
  }
  then(Status(Code::kUnavailable, "the server is stopping"));
}

Status Engine::Sync(Ticket ticket) {
  std::mutex mutex;
  std::condition_variable done;
  std::optional<Status> result;
  OnDurable(ticket, [&](Status s) {
    std::lock_guard lock(mutex);
    result = std::move(s);
    done.notify_one();
  });
  std::unique_lock lock(mutex);
  done.wait(lock, [&] { return result.has_value(); });
  return *result;
}

Engine::Usage Engine::usage() const {
  Usage usage;
  uint64_t n = 0;
  for (auto* h : rep_->handles) {
    if (rep_->db->GetIntProperty(h, "rocksdb.total-sst-files-size", &n)) usage.disk_bytes += n;
    if (rep_->db->GetIntProperty(h, "rocksdb.cur-size-all-mem-tables", &n)) usage.memory_bytes += n;
    if (rep_->db->GetIntProperty(h, "rocksdb.estimate-table-readers-mem", &n))
      usage.memory_bytes += n;
  }
  if (rep_->db->GetIntProperty("rocksdb.block-cache-usage", &n)) usage.memory_bytes += n;
  return usage;
}

void Engine::CompactRange(Family family, std::string_view from, std::string_view to) {
  const rocksdb::Slice begin = ToSlice(from), end = ToSlice(to);
  (void)rep_->db->SuggestCompactRange(rep_->handle(family), &begin, &end);
}

}  // namespace furrow::store
