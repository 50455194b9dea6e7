// SPDX-License-Identifier: Apache-2.0
// How writes become durable, and what happens when the disk does not take them.
#include <unistd.h>

#include <rocksdb/listener.h>

#include "store/kv/engine_rep.h"
#include "store/kv/log_check.h"

namespace furrow::store {
namespace {

constexpr auto kResumeEvery = std::chrono::milliseconds(250);
// A sync may wait so long for those who will probably write as well.
constexpr auto kGatherMax = std::chrono::milliseconds(3);
constexpr auto kLookEvery = std::chrono::milliseconds(500);

Status Full() { return {Code::kUnavailable, "the disk is full: delete something or make room"}; }

}  // namespace

void Engine::Rep::Stall(const rocksdb::Status& why) {
  few_files = IsShortOfFiles(why);
  stalled = true;
}

Status Engine::Rep::Stalled() const {
  if (!few_files) return Full();
  return {Code::kUnavailable, "too many files are open: raise the limit of open files"};
}

class Engine::Rep::Listener final : public rocksdb::EventListener {
 public:
  explicit Listener(Rep& rep) : rep_(rep) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    if (!IsShort(*error)) return;
    rep_.Stall(*error);
    // RocksDB gives up for good when it cannot begin a new log, for what its buffer may hold of the
    // old one. Here every write goes through to the file, and memory has it all.
    if (error->severity() >= rocksdb::Status::Severity::kFatalError) {
      *error = rocksdb::Status(*error, rocksdb::Status::Severity::kHardError);
    }
  }

  // Two that resume stand in each other's way: RocksDB looks for space every five seconds only.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* automatic) override {
    *automatic = false;
  }

  // A log is synced before anything goes into the next one. So whatever a power cut tears is in the
  // last log, and damage in an earlier one is known for what it is (log_check.h).
  void OnMemTableSealed(const rocksdb::MemTableInfo&) override {
    if (rep_.db) rep_.newest_log = NewestLog(rep_.db->GetName());
    // RocksDB asserts that a file it could not write is not touched again; and while that lasts
    // nothing goes into the next log.
    if (!rep_.db || rep_.broken || rep_.stalled) return;
    const rocksdb::Status synced = rep_.db->SyncWAL();
    if (IsShort(synced)) rep_.Stall(synced);
    if (!synced.ok() && !rep_.stalled) rep_.Break(Convert(synced));
  }

 private:
  Rep& rep_;
};

std::shared_ptr<rocksdb::EventListener> Engine::Rep::NewListener() {
  return std::make_shared<Listener>(*this);
}

void Engine::Rep::Break(const Status& why) {
  broken = true;
  const std::lock_guard lock(mutex);
  if (failed.ok()) failed = why;
}

Status Engine::Rep::SyncLog() {
  // The log could not be written to its end. It is not synced again: the same data goes to tables.
  if (stalled) return Resume();
  const Ticket target = visible();
  const rocksdb::Status synced = db->SyncWAL();
  if (synced.ok()) {
    // Read afterwards: it may name a log younger than the one that holds `target`, never an older.
    mark.Set({target, newest_log});
    durable.store(target, std::memory_order_release);
    return {};
  }
  if (IsShort(synced)) Stall(synced);
  if (stalled) return Resume();
  // What the kernel then holds is unknown, and it may say OK the next time.
  Break(Convert(synced));
  return Convert(synced);
}

Status Engine::Rep::Resume() {
  const std::lock_guard lock(resume_mutex);
  if (!stalled) return {};
  const auto now = std::chrono::steady_clock::now();
  if (now < resume_next) return Stalled();
  resume_next = now + kResumeEvery;
  if (!few_files) space->Spend();
  const Ticket target = visible();
  rocksdb::Status s = db->Resume();
  if (s.ok()) s = db->Flush(rocksdb::FlushOptions(), handles);
  if (s.ok()) s = db->SyncWAL();
  if (!s.ok()) return Convert(s);
  mark.Set({target, newest_log});
  if (durable < target) durable.store(target, std::memory_order_release);
  stalled = false;
  return {};
}

Status Engine::Rep::Admit(uint64_t bytes, bool frees) {
  if (broken) {
    return {Code::kUnavailable, "the log could not be synced: restart the server"};
  }
  if (!space) return {Code::kFailedPrecondition, "the store was opened to be read only"};
  const bool roomy = space->Roomy(bytes);
  if (!stalled && (roomy || frees)) return {};
  if (stalled && (roomy || frees)) return Resume();
  return stalled ? Stalled() : Full();
}

// Everything that waits is served by one sync. New writes go on while it runs; they wait for the
// next round. A sync costs processor time whatever it covers, so a round first waits a moment for
// as many as the last one had and as came while it was synced: those who write alone wait for
// nobody, and those who write one after the other in turn find each other.
void Engine::Rep::CommitLoop() {
  std::unique_lock lock(mutex);
  size_t expected = 1;
  for (;;) {
    wake_at = 1;
    wake.wait_for(lock, kLookEvery, [&] { return stop || !waiters.empty(); });
    if (!waiters.empty() && waiters.size() < expected) {
      wake_at = expected;
      wake.wait_for(lock, kGatherMax, [&] { return stop || waiters.size() >= expected; });
    }
    if (waiters.empty()) {
      if (stop) return;
      lock.unlock();
      // After a full disk it goes on by itself.
      if (stalled && !broken && space->Roomy(0)) (void)Resume();
      if (!stalled) space->Refill();
      lock.lock();
      continue;
    }
    std::vector<Waiter> round;
    round.swap(waiters);
    Status result = failed;
    lock.unlock();
    if (result.ok()) result = SyncLog();
    for (Waiter& w : round) w.then(result);
    const size_t served = round.size();
    round.clear();
    lock.lock();
    expected = served + waiters.size();
  }
}

Engine::Rep::~Rep() {
  {
    std::lock_guard lock(mutex);
    stop = true;
  }
  wake.notify_all();
  if (committer.joinable()) committer.join();
  reclaimer.reset();
  if (db) {
    if (!broken && space && SyncLog().ok()) {
      // The next start then has no log to replay, and nothing lies on the disk twice.
      (void)db->Flush(rocksdb::FlushOptions(), handles);
    }
    for (auto* h : handles) (void)db->DestroyColumnFamilyHandle(h);
    (void)db->Close();
    db.reset();
  }
  if (lock_fd >= 0) ::close(lock_fd);
}

Ticket Engine::written() const { return rep_->visible(); }
Ticket Engine::durable() const { return rep_->durable.load(std::memory_order_acquire); }

void Engine::OnDurable(Ticket ticket, std::function<void(Status)> then) {
  if (durable() >= ticket) return then(Status());
  {
    std::lock_guard lock(rep_->mutex);
    if (!rep_->stop) {
      rep_->waiters.push_back({ticket, std::move(then)});
      if (rep_->waiters.size() == rep_->wake_at) rep_->wake.notify_one();
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

Status Engine::Health() const {
  if (rep_->broken) {
    const std::lock_guard lock(rep_->mutex);
    return rep_->failed.With("the log could not be synced: restart the server");
  }
  if (rep_->stalled) return rep_->Stalled();
  if (rep_->space && !rep_->space->Roomy(0)) return Full();
  return {};
}

const std::string& Engine::opening_note() const { return rep_->opening_note; }

}  // namespace furrow::store
