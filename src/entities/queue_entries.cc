// SPDX-License-Identifier: Apache-2.0
#include "entities/queue_entries.h"

#include <algorithm>
#include <fstream>

#include "base/id.h"
#include "entities/task_changes.h"

namespace furrow::entities {
namespace {

using domain::Place;
using domain::QueueLine;

QueueLine::Entry EntryOf(std::string_view task, const json::Value& slot) {
  return {std::string(task), ParseTime(slot.At("added").AsString()).value_or(0)};
}

Status Store(docs::Transaction& t, json::Value doc) {
  const std::string id = doc.At("id").AsString();
  if (!doc.At("in").array().empty()) return t.Put(kQueueEntries, id, std::move(doc));
  return t.Exists(kQueueEntries, id) ? t.Delete(kQueueEntries, id) : Status();
}

Result<json::Value> Entries(docs::Transaction& t, std::string_view task) {
  if (!t.Exists(kQueueEntries, task)) {
    return json::Value(json::Object{{"id", task}, {"in", json::Array{}}});
  }
  return t.Get(kQueueEntries, task);
}

// The index follows once the documents are written.
void Afterwards(docs::Transaction& t, const Core& core, std::string_view queue,
                std::function<void(QueueLine&)> change) {
  t.AfterWrite([index = core.queues, &clock = core.clock, queue = std::string(queue),
                change = std::move(change)] { index->With(queue, clock, change); });
}

bool IsLeased(const Core& core, const json::Value& slot) {
  if (slot.At("lease").IsNull()) return false;
  bool leased = false;
  core.queues->With(slot.At("queue").AsString(), core.clock,
                    [&](QueueLine& line) { leased = line.IsLeased(slot.At("place").AsInt()); });
  return leased;
}

Status Loaded(const Core& core) {
  if (core.queues->loaded()) return {};
  return core.docs.Transact([&](docs::Transaction& t) { return core.queues->Load(t, core); });
}

// Takes the slots that `which` names out of the task's document.
Result<bool> RemoveSlots(docs::Transaction& t, const Core& core, std::string_view task,
                         const std::function<bool(const json::Value& slot, bool leased)>& which,
                         std::optional<Micros> touched) {
  FURROW_TRY(core.queues->Load(t, core));
  if (!t.Exists(kQueueEntries, task)) return false;
  FURROW_ASSIGN(json::Value doc, t.Get(kQueueEntries, task));
  json::Array kept;
  bool waited = false, changed = false;
  for (json::Value& slot : doc["in"].array()) {
    const bool leased = IsLeased(core, slot);
    if (!which(slot, leased)) {
      kept.push_back(std::move(slot));
      continue;
    }
    changed = true;
    const std::string queue = slot.At("queue").AsString();
    if (!leased) {
      waited = true;
      if (touched) FURROW_TRY(TouchQueue(t, queue, *touched));
    }
    Afterwards(t, core, queue,
               [place = slot.At("place").AsInt()](QueueLine& line) { line.Remove(place); });
  }
  doc["in"] = std::move(kept);
  if (changed) FURROW_TRY(Store(t, std::move(doc)));
  return waited;
}

}  // namespace

std::string HolderOf(const api::Call& call) {
  std::string who = call.identity.user_id;
  who.append(1, '\n').append(call.worker).append(1, '\n').append(call.identity.session_id);
  return Md5Hex(who);
}

domain::Ticks TicksOf(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::microseconds>(clock.Steady().time_since_epoch())
      .count();
}

const std::string& BootId() {
  static const std::string id = [] {
    std::string text;
    std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), text);
    return text;
  }();
  return id;
}

Status QueueIndex::Load(docs::Transaction& t, const Core& core) {
  if (loaded_) return {};
  const domain::Ticks now = TicksOf(core.clock);
  std::unordered_map<std::string, QueueLine> lines;
  std::vector<json::Value> renewed;
  FURROW_TRY(core.docs.ForEach(kQueueEntries, [&](std::string_view task, const json::Value& doc) {
    json::Value renewal;
    const json::Array& slots = doc.At("in").array();
    for (size_t i = 0; i < slots.size(); ++i) {
      const json::Value& slot = slots[i];
      std::optional<QueueLine::Lease> lease;
      if (const json::Value& given = slot.At("lease"); !given.IsNull()) {
        const domain::Ticks until = given.At("until").AsInt();
        const domain::Ticks end =
            domain::LeaseEnd(given.At("boot").AsString(), until, BootId(), now, lease_time_);
        lease = {given.At("holder").AsString(), end};
        if (end != until || given.At("boot").AsString() != BootId()) {
          if (renewal.IsNull()) renewal = doc;
          json::Value& changed = renewal["in"].array()[i]["lease"];
          changed["until"] = end;
          changed["boot"] = BootId();
        }
      }
      lines[slot.At("queue").AsString()].Add(slot.At("place").AsInt(), EntryOf(task, slot),
                                             std::move(lease));
    }
    if (!renewal.IsNull()) renewed.push_back(std::move(renewal));
    return true;
  }));
  for (json::Value& doc : renewed) FURROW_TRY(Store(t, std::move(doc)));
  const std::lock_guard lock(mutex_);
  lines_ = std::move(lines);
  loaded_ = true;
  return {};
}

void QueueIndex::With(std::string_view queue, const Clock& clock,
                      const std::function<void(QueueLine&)>& use) {
  const domain::Ticks now = TicksOf(clock);
  const std::lock_guard lock(mutex_);
  QueueLine& line = lines_[std::string(queue)];
  line.Settle(now);
  use(line);
}

void QueueIndex::Drop(std::string_view queue) {
  const std::lock_guard lock(mutex_);
  lines_.erase(std::string(queue));
}

Status OpenQueues(Core& core) {
  FURROW_ASSIGN(const auto ids, core.docs.FindIds(kQueues, docs::Plan{}));
  for (const std::string& id : ids) {
    FURROW_ASSIGN(const docs::DocPtr stored, core.docs.GetStored(kQueues, id));
    if (!stored->Find("entries") && !stored->Find("leases")) continue;
    // Whole or not at all: a start that is cut off goes on with the queues that are left.
    FURROW_TRY(core.docs.Transact([&](docs::Transaction& t) -> Status {
      FURROW_ASSIGN(json::Value queue, t.Get(kQueues, id));
      const json::Value leases = queue.At("leases"), entries = queue.At("entries");
      Place place = 0;
      const auto add = [&](const json::Value& old, const json::Value& lease) -> Status {
        const std::string& task = old.At("task").AsString();
        if (task.empty()) return {};
        FURROW_ASSIGN(json::Value doc, Entries(t, task));
        json::Value slot = json::Object{
            {"queue", id}, {"place", place += domain::kPlaceStep}, {"added", old.At("added")}};
        if (!lease.IsNull()) {
          slot["offers"] = 1;
          slot["lease"] = lease;
        }
        for (const json::Value& other : doc["in"].array()) {
          if (other.At("queue").AsString() == id) return {};
        }
        doc["in"].array().push_back(std::move(slot));
        return Store(t, std::move(doc));
      };
      // What was handed out stood before what waits. It was of no known life of the machine.
      for (const json::Value& lease : leases.array()) {
        FURROW_TRY(add(lease, json::Object{{"holder", lease.At("holder")},
                                           {"boot", ""},
                                           {"until", 0},
                                           {"status_changed", lease.At("status_changed")}}));
      }
      for (const json::Value& entry : entries.array()) FURROW_TRY(add(entry, json::Value()));
      queue.object().Erase("entries");
      queue.object().Erase("leases");
      return t.Put(kQueues, id, std::move(queue));
    }));
  }
  return {};
}

Result<std::vector<QueuedTask>> WaitingTasks(const Core& core, std::string_view queue,
                                             size_t most) {
  FURROW_TRY(Loaded(core));
  std::vector<QueuedTask> out;
  if (most == 0) return out;
  core.queues->With(queue, core.clock, [&](QueueLine& line) {
    out.reserve(std::min(most, line.waiting()));
    line.ForEachWaiting([&](Place, const QueueLine::Entry& entry) {
      out.push_back({entry.task, entry.added});
      return out.size() < most;
    });
  });
  return out;
}

Result<size_t> CountWaiting(const Core& core, std::string_view queue) {
  FURROW_TRY(Loaded(core));
  size_t count = 0;
  core.queues->With(queue, core.clock, [&](QueueLine& line) { count = line.waiting(); });
  return count;
}

Result<std::vector<std::string>> QueuesWith(const Core& core, std::string_view task) {
  FURROW_TRY(Loaded(core));
  std::vector<std::string> out;
  const auto doc = core.docs.GetStored(kQueueEntries, task);
  if (!doc.ok()) {
    if (doc.status().code() == Code::kNotFound) return out;
    return doc.status();
  }
  for (const json::Value& slot : (*doc)->At("in").array()) {
    if (!IsLeased(core, slot)) out.push_back(slot.At("queue").AsString());
  }
  return out;
}

Result<std::optional<Standing>> FindStanding(docs::Transaction& t, std::string_view queue,
                                             std::string_view task) {
  if (!t.Exists(kQueueEntries, task)) return std::optional<Standing>();
  FURROW_ASSIGN(json::Value doc, t.Get(kQueueEntries, task));
  const json::Array& slots = doc.At("in").array();
  for (size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].At("queue").AsString() == queue)
      return std::optional<Standing>(Standing{std::move(doc), i});
  }
  return std::optional<Standing>();
}

Result<bool> IsWaiting(docs::Transaction& t, const Core& core, std::string_view queue,
                       std::string_view task) {
  FURROW_TRY(core.queues->Load(t, core));
  FURROW_ASSIGN(const auto standing, FindStanding(t, queue, task));
  return standing && !IsLeased(core, standing->slot());
}

Result<bool> IsInOtherHands(docs::Transaction& t, const Core& core, std::string_view queue,
                            const json::Value& task, std::string_view holder) {
  FURROW_TRY(core.queues->Load(t, core));
  FURROW_ASSIGN(const auto standing, FindStanding(t, queue, task.At("id").AsString()));
  if (!standing || !IsLeased(core, standing->slot())) return false;
  const json::Value& lease = standing->slot().At("lease");
  return lease.At("holder").AsString() != holder &&
         lease.At("status_changed") == task.At("status_changed");
}

Status AppendEntry(docs::Transaction& t, const Core& core, std::string_view queue,
                   std::string_view task, Micros now) {
  FURROW_ASSIGN(
      const bool waited,
      RemoveSlots(t, core, task, [](const json::Value&, bool leased) { return leased; }, {}));
  (void)waited;
  FURROW_ASSIGN(json::Value doc, Entries(t, task));
  Place place = 0;
  core.queues->With(queue, core.clock, [&](QueueLine& line) { place = line.TakeBack(); });
  json::Value slot = json::Object{{"queue", queue}, {"place", place}, {"added", FormatTime(now)}};
  Afterwards(t, core, queue,
             [place, entry = EntryOf(task, slot)](QueueLine& line) { line.Add(place, entry); });
  doc["in"].array().push_back(std::move(slot));
  FURROW_TRY(Store(t, std::move(doc)));
  return TouchQueue(t, queue, now);
}

Result<bool> RemoveEntry(docs::Transaction& t, const Core& core, std::string_view queue,
                         std::string_view task, Micros now) {
  return RemoveSlots(
      t, core, task,
      [queue](const json::Value& slot, bool leased) {
        return !leased && slot.At("queue").AsString() == queue;
      },
      now);
}

Result<bool> RemoveFromQueues(docs::Transaction& t, const Core& core, std::string_view task,
                              Micros now) {
  return RemoveSlots(
      t, core, task, [](const json::Value&, bool) { return true; }, now);
}

Status EndLeases(docs::Transaction& t, const Core& core, std::string_view task) {
  return RemoveSlots(t, core, task, [](const json::Value&, bool leased) { return leased; }, {})
      .status();
}

Result<std::optional<size_t>> MoveEntry(docs::Transaction& t, const Core& core,
                                        std::string_view queue, std::string_view task,
                                        domain::QueueMove move, int64_t count, Micros now) {
  FURROW_TRY(core.queues->Load(t, core));
  FURROW_ASSIGN(auto standing, FindStanding(t, queue, task));
  if (!standing) return std::optional<size_t>();
  const Place from = standing->slot().At("place").AsInt();
  std::optional<QueueLine::Move> way;
  core.queues->With(queue, core.clock,
                    [&](QueueLine& line) { way = line.MoveOf(from, move, count); });
  if (!way) return std::optional<size_t>();
  FURROW_TRY(TouchQueue(t, queue, now));
  for (const QueueLine::Step& step : way->steps) {
    FURROW_ASSIGN(auto moved, FindStanding(t, queue, step.task));
    if (!moved) return Status(Code::kInternal, "a queue's order and its entries differ");
    moved->slot()["place"] = step.to;
    FURROW_TRY(Store(t, std::move(moved->doc)));
  }
  Afterwards(t, core, queue,
             [steps = std::move(way->steps)](QueueLine& line) { line.Apply(steps); });
  return std::optional<size_t>(way->position);
}

Status Remove(docs::Transaction& t, const Core& core, Standing standing) {
  const std::string queue = standing.slot().At("queue").AsString();
  Afterwards(t, core, queue, [place = standing.slot().At("place").AsInt()](QueueLine& line) {
    line.Remove(place);
  });
  json::Array& slots = standing.doc["in"].array();
  slots.erase(slots.begin() + static_cast<ptrdiff_t>(standing.at));
  return Store(t, std::move(standing.doc));
}

Status Grant(docs::Transaction& t, const Core& core, Standing standing, std::string_view holder,
             const json::Value& task) {
  const domain::Ticks until = TicksOf(core.clock) + core.queues->lease_time().count();
  json::Value& slot = standing.slot();
  slot["offers"] = slot.At("offers").AsInt() + 1;
  slot["lease"] = json::Object{{"holder", holder},
                               {"boot", BootId()},
                               {"until", until},
                               {"status_changed", task.At("status_changed")}};
  Afterwards(
      t, core, slot.At("queue").AsString(),
      [place = slot.At("place").AsInt(), holder = std::string(holder), until](QueueLine& line) {
        line.Grant(place, {holder, until});
      });
  return Store(t, std::move(standing.doc));
}

Status TouchQueue(docs::Transaction& t, std::string_view queue, Micros now) {
  if (!t.Exists(kQueues, queue)) return {};
  FURROW_ASSIGN(json::Value doc, t.Get(kQueues, queue));
  doc["last_update"] = FormatTime(now);
  return t.Put(kQueues, queue, std::move(doc));
}

}  // namespace furrow::entities
