// SPDX-License-Identifier: Apache-2.0
#include "store/events/record.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <unordered_map>

#include "store/events/bytes.h"
#include "store/events/seal.h"

namespace furrow::events {
namespace {

constexpr uint8_t kVersion = 1;

// How a value stands in the log; the numbers are part of the format.
enum ValueForm : uint64_t { kDouble = 0, kFloat = 1, kWhole = 2 };

void PutPoint(std::string& out, const OwnerEvents::Point& p, int64_t iter_before,
              int64_t time_before) {
  ValueForm form = kDouble;
  const auto narrow = static_cast<float>(p.value);
  if (std::fabs(p.value) < 1e6 && p.value == std::nearbyint(p.value) &&
      !(p.value == 0 && std::signbit(p.value))) {
    form = kWhole;
  } else if (std::bit_cast<uint64_t>(static_cast<double>(narrow)) ==
             std::bit_cast<uint64_t>(p.value)) {
    form = kFloat;
  }
  PutVarint(out, static_cast<uint64_t>(p.series) << 2 | form);
  PutSigned(out, static_cast<int64_t>(static_cast<uint64_t>(p.iter) -
                                      static_cast<uint64_t>(iter_before)));
  PutSigned(out, static_cast<int64_t>(static_cast<uint64_t>(p.time_ms) -
                                      static_cast<uint64_t>(time_before)));
  switch (form) {
    case kDouble:
      PutDouble(out, p.value);
      break;
    case kFloat:
      PutFloat(out, narrow);
      break;
    case kWhole:
      PutSigned(out, static_cast<int64_t>(p.value));
      break;
  }
}

void PutBody(std::string& out, const OwnerEvents& owner) {
  PutString(out, owner.worker);
  PutVarint(out, owner.rich.size());
  for (const auto& touch : owner.rich) {
    PutU8(out, static_cast<uint8_t>(touch.type));
    PutString(out, touch.metric);
    PutSigned(out, touch.iter_max);
  }
  PutVarint(out, owner.series.size());
  for (const auto& s : owner.series) {
    PutU8(out, s.monitor ? 1 : 0);
    PutString(out, s.metric);
    PutString(out, s.variant);
    PutString(out, s.x_axis_label);
  }
  PutVarint(out, owner.points.size());
  std::vector<int64_t> iter_before(owner.series.size(), 0);
  int64_t time_before = 0;
  for (const auto& p : owner.points) {
    PutPoint(out, p, iter_before[p.series], time_before);
    iter_before[p.series] = p.iter;
    time_before = p.time_ms;
  }
}

bool TakeBody(std::string_view body, OwnerEvents& owner) {
  Reader in(body);
  owner.worker = in.String();
  // A count is believed only as far as there are bytes for it.
  owner.rich.resize(in.Bounded(in.left() / 3));
  for (auto& touch : owner.rich) {
    const uint8_t type = in.U8();
    if (type < 1 || type > 3) in.Fail();
    touch.type = static_cast<RichType>(type);
    touch.metric = in.String();
    touch.iter_max = in.Signed();
  }
  owner.series.resize(in.Bounded(in.left() / 4));
  for (auto& s : owner.series) {
    s.monitor = in.U8() != 0;
    s.metric = in.String();
    s.variant = in.String();
    s.x_axis_label = in.String();
  }
  owner.points.resize(in.Bounded(in.left() / 4));
  std::vector<int64_t> iter_before(owner.series.size(), 0);
  int64_t time_before = 0;
  for (auto& p : owner.points) {
    const uint64_t head = in.Varint();
    if (head >> 2 >= owner.series.size()) {
      return false;
    }
    p.series = static_cast<uint32_t>(head >> 2);
    p.iter = static_cast<int64_t>(static_cast<uint64_t>(iter_before[p.series]) +
                                  static_cast<uint64_t>(in.Signed()));
    p.time_ms = static_cast<int64_t>(static_cast<uint64_t>(time_before) +
                                     static_cast<uint64_t>(in.Signed()));
    iter_before[p.series] = p.iter;
    time_before = p.time_ms;
    switch (head & 3) {
      case kDouble:
        p.value = in.Double();
        break;
      case kFloat:
        p.value = in.Float();
        break;
      case kWhole:
        p.value = static_cast<double>(in.Signed());
        break;
      default:
        in.Fail();
    }
  }
  return in.done();
}

// The seal, the head, and every owner's section without looking into it.
Status Walk(std::string_view bytes, Record& record, std::vector<std::string_view>& bodies) {
  const auto sealed = Unseal(bytes);
  if (!sealed) return {Code::kCorruption, "a record of the event log: its checksum does not match"};
  Reader in(*sealed);
  const uint8_t version = in.U8(), kind = in.U8();
  if (version != kVersion || kind < 1 || kind > 3) {
    return {Code::kCorruption, "a record of the event log has version " + std::to_string(version) +
                                   " and kind " + std::to_string(kind) +
                                   ", unknown to this program"};
  }
  record.kind = static_cast<RecordKind>(kind);
  record.accepted = in.Signed();
  record.owners.resize(in.Bounded(in.left() / 16));
  for (auto& owner : record.owners) {
    owner.owner = in.Bytes(16);
    owner.epoch = in.Varint();
    owner.lines = in.Varint();
    bodies.push_back(in.String());
  }
  if (!in.done()) return {Code::kCorruption, "a record of the event log: its length"};
  return {};
}

}  // namespace

OwnerEvents Gather(const OwnerBatch& batch, OwnerKey owner,
                   const std::function<bool(std::string_view)>& is_monitor) {
  OwnerEvents out;
  out.owner = std::move(owner);
  out.worker = batch.worker;
  out.lines = batch.logs.size();
  out.points.reserve(batch.scalars.size());

  // Requests name few series many times, mostly in turn: look at the likely next one first.
  struct Name {
    std::string_view metric, variant;
    bool operator==(const Name&) const = default;
  };
  struct NameHash {
    size_t operator()(const Name& n) const {
      const std::hash<std::string_view> hash;
      return hash(n.metric) * 31 + hash(n.variant);
    }
  };
  std::unordered_map<Name, uint32_t, NameHash> known;
  uint32_t last = 0;
  for (const Scalar& s : batch.scalars) {
    const auto is = [&](size_t i) {
      return i < out.series.size() && out.series[i].metric == s.metric &&
             out.series[i].variant == s.variant;
    };
    if (!is(last)) {
      if (is(last + 1)) {
        ++last;
      } else {
        const auto [at, fresh] =
            known.try_emplace({s.metric, s.variant}, static_cast<uint32_t>(out.series.size()));
        last = at->second;
        if (fresh) {
          out.series.push_back(
              {s.metric, s.variant, s.x_axis_label, is_monitor && is_monitor(s.metric)});
        }
      }
    }
    if (!s.x_axis_label.empty()) out.series[last].x_axis_label = s.x_axis_label;
    out.points.push_back({last, s.iter, s.time_ms, s.value});
  }

  for (const Rich& r : batch.rich) {
    auto at = std::find_if(out.rich.begin(), out.rich.end(),
                           [&](const auto& t) { return t.type == r.type && t.metric == r.metric; });
    if (at == out.rich.end()) {
      at = out.rich.insert(out.rich.end(), {r.type, r.metric, kSingleValueIter});
    }
    if (!is_monitor || !is_monitor(r.metric)) at->iter_max = std::max(at->iter_max, r.iter);
  }
  return out;
}

std::string EncodeRecord(const Record& record) {
  std::string out;
  size_t points = 0;
  for (const auto& owner : record.owners) points += owner.points.size();
  out.reserve(256 + points * 12);
  PutU8(out, kVersion);
  PutU8(out, static_cast<uint8_t>(record.kind));
  PutSigned(out, record.accepted);
  PutVarint(out, record.owners.size());
  std::string body;
  for (const auto& owner : record.owners) {
    out.append(owner.owner);
    PutVarint(out, owner.epoch);
    PutVarint(out, owner.lines);
    body.clear();
    PutBody(body, owner);
    PutString(out, body);
  }
  Seal(out);
  return out;
}

Result<Record> DecodeRecord(std::string_view bytes) {
  Record record;
  std::vector<std::string_view> bodies;
  FURROW_TRY(Walk(bytes, record, bodies));
  for (size_t i = 0; i < bodies.size(); ++i) {
    if (!TakeBody(bodies[i], record.owners[i])) {
      return Status(Code::kCorruption, "a record of the event log: a section of it");
    }
  }
  return record;
}

Result<Record> PeekRecord(std::string_view bytes) {
  Record record;
  std::vector<std::string_view> bodies;
  FURROW_TRY(Walk(bytes, record, bodies));
  return record;
}

}  // namespace furrow::events
