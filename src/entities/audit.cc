// SPDX-License-Identifier: Apache-2.0
#include "entities/audit.h"

#include <cstdio>

#include "base/utf8.h"

namespace furrow::entities {
namespace {

// The trails: a letter that ids begin with, and how many entries stay.
struct Trail {
  char letter;
  int64_t most;
};
constexpr Trail kOwn{'a', kAuditMax}, kStrangers{'s', kAuditStrangersMax};

std::string EntryId(const Trail& trail, int64_t number) {
  char id[32];
  std::snprintf(id, sizeof id, "%c%020lld", trail.letter, static_cast<long long>(number));
  return id;
}

// Where the next number of a trail is kept: a document without `at`, which no query finds.
std::string CounterId(const Trail& trail) { return std::string("next ") + trail.letter; }

std::string Cut(const std::string& text) {
  size_t end = std::min(text.size(), kAuditWhyMax);
  while (end > 0 && !IsUtf8(std::string_view(text).substr(0, end))) --end;
  return text.substr(0, end);
}

}  // namespace

Status Audit(docs::Transaction& t, Micros now, const AuditEntry& entry) {
  const Trail& trail = entry.stranger ? kStrangers : kOwn;
  int64_t number = 0;
  if (const auto counter = t.Get(kAudit, CounterId(trail)); counter.ok()) {
    number = counter->At("next").AsInt();
  } else if (counter.status().code() != Code::kNotFound) {
    return counter.status();
  }
  const std::string id = EntryId(trail, number);
  FURROW_TRY(t.Put(kAudit, id,
                   json::Object{{"id", id},
                                {"at", FormatTime(now)},
                                {"who", entry.who},
                                {"what", entry.what},
                                {"why", Cut(entry.why)},
                                {"release", entry.release},
                                {"tractor", entry.tractor}}));
  FURROW_TRY(t.Put(kAudit, CounterId(trail),
                   json::Object{{"id", CounterId(trail)}, {"next", number + 1}}));
  if (number < trail.most) return {};
  const std::string oldest = EntryId(trail, number - trail.most);
  return t.Exists(kAudit, oldest) ? t.Delete(kAudit, oldest) : Status();
}

Status AuditRefusal(const Core& core, Micros now, const AuditEntry& entry) {
  return core.docs.Transact([&](docs::Transaction& t) { return Audit(t, now, entry); });
}

std::string WhoCalls(const api::Call& call) { return call.identity.user_name; }

Result<json::Array> ReadAudit(const Core& core, const AuditFilter& filter) {
  std::vector<docs::Predicate> wanted;
  wanted.push_back(docs::Predicate::Not({.kind = docs::Predicate::Kind::kEmpty, .path = "at"}));
  if (!filter.release.empty()) {
    wanted.push_back(docs::Predicate::Equals("release", filter.release));
  }
  if (!filter.tractor.empty()) {
    wanted.push_back(docs::Predicate::Equals("tractor", filter.tractor));
  }
  docs::Plan plan;
  plan.where = docs::Predicate::And(std::move(wanted));
  plan.order = {{.path = "at", .descending = true}, {.path = "id", .descending = true}};
  plan.limit = filter.count;
  FURROW_ASSIGN(docs::Page page, core.docs.Find(kAudit, plan));
  json::Array out;
  for (json::Value& entry : page.docs) {
    entry.object().Erase("id");
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace furrow::entities
