// SPDX-License-Identifier: Apache-2.0
#include "query/scroll.h"

#include <algorithm>
#include <unordered_set>

#include "base/id.h"
#include "query/errors.h"

namespace furrow::query {
namespace {

constexpr int64_t kSizeDefault = 500, kSizeMax = 10'000;
constexpr size_t kCursorOverhead = 512;
// Ids looked up ahead: enough that looking up is rare, few enough that the first batch is quick.
constexpr size_t kAheadMin = 1000, kBatchesAhead = 4;

// Ids one after another: a length of two bytes, then the text; for 32 hexadecimal digits a length
// that no id has, then their sixteen bytes.
constexpr unsigned kHexMark = 0xFFFF;

int HexDigit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

void Pack(std::string_view id, std::string& out) {
  const bool hex = IsId(id);
  const unsigned mark = hex ? kHexMark : static_cast<unsigned>(id.size());
  out += static_cast<char>(mark & 0xFF);
  out += static_cast<char>(mark >> 8);
  if (!hex) {
    out += id;
    return;
  }
  for (size_t i = 0; i < id.size(); i += 2) {
    out += static_cast<char>(HexDigit(id[i]) << 4 | HexDigit(id[i + 1]));
  }
}

std::string Unpack(std::string_view packed, size_t& at) {
  const unsigned mark = static_cast<unsigned char>(packed[at]) |
                        static_cast<unsigned>(static_cast<unsigned char>(packed[at + 1])) << 8;
  at += 2;
  const size_t bytes = mark == kHexMark ? 16 : mark;
  const std::string_view raw = packed.substr(at, bytes);
  at += bytes;
  return mark == kHexMark ? Hex(raw) : std::string(raw);
}

// A little more than the filter's values take.
size_t PlanBytes(const docs::Predicate& p) {
  size_t bytes = sizeof(p) + p.path.size() + p.pattern.size();
  for (const json::Value& v : p.values) bytes += sizeof(v) + v.AsString().size();
  for (const docs::Predicate& child : p.children) bytes += PlanBytes(child);
  return bytes;
}

}  // namespace

Result<std::optional<ScrollRequest>> Scrolls::Read(const json::Value& request) {
  const json::Value* id = request.Find("scroll_id");
  const json::Value& size = request.At("size");
  if (!id && size.IsNull()) return std::optional<ScrollRequest>();
  ScrollRequest scroll;
  if (id && !id->IsNull()) {
    if (!id->IsString()) return BadScroll("a scroll id is a text");
    scroll.scroll_id = id->AsString();
  }
  scroll.size = size.AsInt(size.IsNull() ? kSizeDefault : 0);
  if (scroll.size < 1) return BadRequest("size must be a whole number, 1 or more");
  scroll.size = std::min(scroll.size, kSizeMax);
  scroll.refresh = request.At("refresh_scroll").AsBool();
  return std::optional<ScrollRequest>(std::move(scroll));
}

Result<std::shared_ptr<Scrolls::Cursor>> Scrolls::Open(const ScrollRequest& request,
                                                       docs::CollectionId collection) {
  const auto now = clock_.Steady();
  MutexLock lock(mutex_);
  while (!cursors_.empty() && now - cursors_.back()->used > limits_.idle_max) {
    Drop(std::prev(cursors_.end()));
  }
  if (request.scroll_id.empty()) {
    auto cursor = std::make_shared<Cursor>();
    cursor->id = NewId();
    cursor->collection = collection;
    cursor->used = now;
    return cursor;
  }
  const auto it = by_id_.find(request.scroll_id);
  if (it == by_id_.end() || (*it->second)->collection != collection) {
    return BadScroll("unknown or expired scroll id");
  }
  (*it->second)->used = now;
  cursors_.splice(cursors_.begin(), cursors_, it->second);
  return *it->second;
}

void Scrolls::Drop(std::list<std::shared_ptr<Cursor>>::iterator it) {
  bytes_ -= (*it)->counted;
  by_id_.erase((*it)->id);
  cursors_.erase(it);
}

void Scrolls::Account(const std::shared_ptr<Cursor>& cursor, size_t bytes) {
  MutexLock lock(mutex_);
  const auto it = by_id_.find(cursor->id);
  if (it == by_id_.end()) {
    cursors_.push_front(cursor);
    by_id_[cursor->id] = cursors_.begin();
  }
  bytes_ += bytes - cursor->counted;
  cursor->counted = bytes;
  // The one in use stays, whatever its size: a walk that begins must be able to go on.
  while (cursors_.size() > 1 &&
         (cursors_.size() > limits_.cursors_max || bytes_ > limits_.bytes_max)) {
    Drop(std::prev(cursors_.end()));
  }
}

// Looks up the first `wanted` ids as things are now; those not given yet come next.
Status Scrolls::Extend(const docs::Store& store, Cursor& cursor, size_t wanted) {
  cursor.plan.offset = 0;
  cursor.plan.limit = static_cast<int64_t>(wanted);
  FURROW_ASSIGN(const std::vector<std::string> ids, store.FindIds(cursor.collection, cursor.plan));
  cursor.complete = ids.size() < wanted;
  std::unordered_set<std::string> given;
  for (size_t at = 0; at < cursor.given;) given.insert(Unpack(cursor.packed, at));
  cursor.packed.resize(cursor.given);
  for (const std::string& id : ids) {
    if (!given.contains(id)) Pack(id, cursor.packed);
  }
  cursor.packed.shrink_to_fit();
  return {};
}

Result<ScrollBatch> Scrolls::Next(const docs::Store& store, docs::CollectionId collection,
                                  const docs::Plan& plan, const ScrollRequest& request) {
  FURROW_ASSIGN(const std::shared_ptr<Cursor> cursor, Open(request, collection));
  MutexLock lock(cursor->mutex);
  auto give = static_cast<size_t>(request.size);
  if (request.scroll_id.empty() || request.refresh) {
    give = std::max(give, std::min(cursor->ids_given, static_cast<size_t>(kSizeMax)));
    cursor->plan = plan;
    cursor->packed.clear();
    cursor->given = cursor->ids_given = 0;
    cursor->complete = false;
  }
  ScrollBatch batch;
  batch.scroll_id = cursor->id;
  while (batch.page.docs.size() < give) {
    if (cursor->given == cursor->packed.size()) {
      if (cursor->complete) break;
      // Documents given may have fallen back: as many again are looked up beyond them.
      FURROW_TRY(Extend(store, *cursor,
                        std::max(kAheadMin, 2 * cursor->ids_given + kBatchesAhead * give)));
      continue;
    }
    std::string id = Unpack(cursor->packed, cursor->given);
    ++cursor->ids_given;
    Result<docs::DocPtr> doc = store.GetShared(collection, id);
    // Deleted since it was looked up.
    if (doc.status().code() == Code::kNotFound) continue;
    if (!doc.ok()) return doc.status();
    batch.page.docs.push_back(std::move(*doc));
    batch.page.ids.push_back(std::move(id));
  }
  Account(cursor, cursor->packed.capacity() + PlanBytes(cursor->plan.where) + kCursorOverhead);
  return batch;
}

size_t Scrolls::cursors() const {
  MutexLock lock(mutex_);
  return cursors_.size();
}

size_t Scrolls::bytes() const {
  MutexLock lock(mutex_);
  return bytes_;
}

}  // namespace furrow::query
