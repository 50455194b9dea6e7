// SPDX-License-Identifier: Apache-2.0
#include "store/kv/engine.h"

#include <algorithm>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "store/kv/engine_rep.h"

namespace furrow::store {
namespace {

// In the order of Family. A family may be added at the end; none may be renamed.
constexpr const char* kFamilies[] = {
    "default", "docs", "eventlog", "series", "logs", "rich", "owners", "replay",
};
static_assert(std::size(kFamilies) == static_cast<size_t>(Family::kCount_));

rocksdb::Slice ToSlice(std::string_view s) { return {s.data(), s.size()}; }

}  // namespace

bool IsShortOfFiles(const rocksdb::Status& s) {
  // It has no code of its own: these are the system's words for EMFILE and ENFILE.
  return s.IsIOError() && s.ToString().find("Too many open files") != std::string::npos;
}

bool IsShort(const rocksdb::Status& s) {
  return s.IsNoSpace() || s.subcode() == rocksdb::Status::SubCode::kNoSpace || IsShortOfFiles(s);
}

Status Convert(const rocksdb::Status& s) {
  if (s.ok()) return {};
  const std::string text = s.ToString();
  if (s.IsCorruption()) return {Code::kCorruption, text};
  if (IsShortOfFiles(s)) return {Code::kUnavailable, "too many files are open: " + text};
  if (IsShort(s)) return {Code::kUnavailable, "the disk is full: " + text};
  if (s.IsIOError()) return {Code::kIoError, text};
  if (s.IsShutdownInProgress()) return {Code::kUnavailable, text};
  return {Code::kInternal, text};
}

const char* FamilyName(Family family) { return kFamilies[static_cast<size_t>(family)]; }

std::optional<Family> FamilyNamed(std::string_view name) {
  for (size_t i = 0; i < std::size(kFamilies); ++i) {
    if (name == kFamilies[i]) return static_cast<Family>(i);
  }
  return std::nullopt;
}

struct Batch::Rep {
  struct Op {
    Family family;
    enum { kPut, kDelete, kDeleteRange } kind;
    std::string key, value;
  };
  // Kept until Write, when the families' handles are known.
  std::vector<Op> ops;
  size_t bytes = 0;
  bool frees = false;  // deletes something: goes on when the disk is full
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
  rep_->frees = true;
  rep_->ops.push_back({family, Rep::Op::kDelete, std::string(key), {}});
}
void Batch::DeleteRange(Family family, std::string_view from, std::string_view to) {
  rep_->bytes += from.size() + to.size();
  rep_->frees = true;
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

Engine::Engine(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Engine::~Engine() = default;

Result<std::optional<std::string>> Engine::Get(Family family, std::string_view key) const {
  std::string value;
  const rocksdb::Status s =
      rep_->db->Get(rocksdb::ReadOptions(), rep_->handle(family), ToSlice(key), &value);
  if (s.IsNotFound()) return std::optional<std::string>();
  if (!s.ok()) return Convert(s);
  return std::optional<std::string>(std::move(value));
}

Cursor Engine::Scan(Family family, std::string_view prefix, Reading reading) const {
  auto rep = std::make_unique<Cursor::Rep>();
  rep->prefix = prefix;
  rep->upper = prefix;
  while (!rep->upper.empty() && static_cast<unsigned char>(rep->upper.back()) == 0xff) {
    rep->upper.pop_back();
  }
  rocksdb::ReadOptions read;
  read.total_order_seek = true;
  read.fill_cache = reading == Reading::kAgain;
  if (!rep->upper.empty()) {
    rep->upper.back() = static_cast<char>(rep->upper.back() + 1);
    rep->bound = rep->upper;
    read.iterate_upper_bound = &rep->bound;
  }
  rep->it.reset(rep_->db->NewIterator(read, rep_->handle(family)));
  return Cursor(std::move(rep));
}

Result<Ticket> Engine::Write(Batch&& batch) {
  FURROW_TRY(rep_->Admit(batch.bytes(), batch.rep_->frees));
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
  rocksdb::Status s = rep_->db->Write(rocksdb::WriteOptions(), &wire);
  if (IsShort(s)) {
    rep_->Stall(s);
    // Nothing of it can be seen, nor comes back: what was torn ends with the log it stands in.
    if (batch.rep_->frees && rep_->Resume().ok()) {
      s = rep_->db->Write(rocksdb::WriteOptions(), &wire);
    }
  }
  if (!s.ok()) return Convert(s);
  return rep_->visible();
}

void Engine::LetFlush(Family family) const {
  constexpr auto kStep = std::chrono::milliseconds(5);
  constexpr int kStepsMax = 200;
  uint64_t full = 0;
  for (int i = 0; i < kStepsMax && !rep_->stalled; ++i) {
    if (!rep_->db->GetIntProperty(rep_->handle(family),
                                  rocksdb::DB::Properties::kNumImmutableMemTable, &full) ||
        full == 0) {
      return;
    }
    std::this_thread::sleep_for(kStep);
  }
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
  if (rep_->reclaimer) rep_->reclaimer->Ask(family, from, to);
}

void Engine::Compact(Family family) {
  if (!rep_->reclaimer || rep_->broken || rep_->stalled) return;
  const rocksdb::Status done = rep_->db->CompactRange(rocksdb::CompactRangeOptions(),
                                                      rep_->handle(family), nullptr, nullptr);
  // Of a failure nothing is lost but the space.
  done.PermitUncheckedError();
}

}  // namespace furrow::store
