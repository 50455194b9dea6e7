// SPDX-License-Identifier: Apache-2.0
#include "store/events/survey.h"

#include <optional>

#include "base/id.h"
#include "store/events/block.h"
#include "store/events/chunk.h"
#include "store/events/keys.h"
#include "store/events/owner.h"
#include "store/events/record.h"
#include "store/events/values.h"

namespace furrow::events {
namespace {

using store::Family;

constexpr size_t kOwnerBytes = 16;

// What a key of the families that begin with an owner's prefix is.
struct OwnedKey {
  OwnerKey owner;
  uint64_t epoch = 0;
  std::string_view prefix, rest;
};

std::optional<OwnedKey> ParseOwned(std::string_view key) {
  if (key.size() <= kOwnerBytes) return std::nullopt;
  OwnedKey out;
  out.owner = key.substr(0, kOwnerBytes);
  size_t prefix = kOwnerBytes + 1;
  if (key[kOwnerBytes] == 1) {
    prefix += 8;
    if (key.size() < prefix) return std::nullopt;
    out.epoch = BigEndian64(key.substr(kOwnerBytes + 1, 8));
  } else if (key[kOwnerBytes] != 0) {
    return std::nullopt;
  }
  out.prefix = key.substr(0, prefix);
  out.rest = key.substr(prefix);
  return out;
}

const char* RichName(uint8_t type) {
  switch (static_cast<RichType>(type)) {
    case RichType::kImage:
      return "image";
    case RichType::kPlot:
      return "plot";
    case RichType::kVector:
      return "vector";
  }
  return "event";
}

const char* GapName(Family family) {
  switch (family) {
    case Family::kEventLog:
      return "events not yet folded";
    case Family::kSeries:
      return "points";
    case Family::kLogs:
      return "log lines";
    case Family::kRich:
      return "plots, images or vectors";
    case Family::kOwners:
      return "statistics";
    default:
      return "hashes of recent batches";
  }
}

class Surveyor {
 public:
  Surveyor(const store::Engine& engine, const std::vector<store::TableReport>& damaged, bool deep,
           const std::function<void(const Damage&)>& found)
      : engine_(engine), damaged_(damaged), deep_(deep), found_(found) {}

  Survey Run() {
    Scan(Family::kOwners, &Surveyor::Owner);
    Scan(Family::kSeries, &Surveyor::Points);
    Scan(Family::kLogs, &Surveyor::Line);
    Scan(Family::kRich, &Surveyor::RichEvent);
    Scan(Family::kEventLog, &Surveyor::LogRecord);
    Scan(Family::kReplay, &Surveyor::Replay);
    for (const auto& [id, sizes] : out_.owners) {
      out_.total.points += sizes.points;
      out_.total.point_bytes += sizes.point_bytes;
      out_.total.lines += sizes.lines;
      out_.total.line_bytes += sizes.line_bytes;
      out_.total.rich += sizes.rich;
      out_.total.rich_bytes += sizes.rich_bytes;
    }
    return std::move(out_);
  }

 private:
  using Visit = void (Surveyor::*)(std::string_view key, std::string_view value);

  void Scan(Family family, Visit visit) {
    store::ScanPast(
        engine_, family, damaged_,
        [&](std::string_view key, std::string_view value) {
          (this->*visit)(key, value);
          return true;
        },
        [&](const store::Gap& gap, const Status& status) {
          Damage damage;
          damage.what = GapName(gap.family);
          damage.status = status;
          const bool owned = family != Family::kEventLog && family != Family::kReplay;
          if (owned) {
            damage.owner =
                gap.after.empty() ? std::string(32, '0') : Hex(gap.after.substr(0, kOwnerBytes));
            damage.owner_last =
                gap.until.empty() ? std::string(32, 'f') : Hex(gap.until.substr(0, kOwnerBytes));
            if (damage.owner_last == damage.owner) damage.owner_last.clear();
          }
          found_(damage);
        });
  }

  void Report(const OwnerKey& owner, std::string what, const Status& status,
              std::string metric = "", std::string variant = "") {
    found_({Hex(owner), "", std::move(what), std::move(metric), std::move(variant), status});
  }

  // What the owner's records say; kept for the next key, which is mostly the same owner's.
  struct Known {
    OwnerKey key;
    uint64_t epoch = 0;
    std::optional<OwnerState> state;
  };
  const Known& Look(const OwnerKey& owner) {
    if (known_.key == owner) return known_;
    known_ = {owner, 0, std::nullopt};
    // Damage of these two is told of where they are visited themselves.
    const auto mark = engine_.Get(Family::kOwners, OwnerMarkKey(owner));
    if (mark.ok() && *mark) {
      if (const auto epoch = DecodeNumber(**mark); epoch.ok()) known_.epoch = *epoch;
    }
    const auto record = engine_.Get(Family::kOwners, OwnerRecordKey(owner));
    if (record.ok() && *record) {
      OwnerState state(owner, known_.epoch);
      if (const auto loaded = state.Load(**record); loaded.ok() && *loaded) {
        known_.state = std::move(state);
      }
    }
    return known_;
  }

  // nullptr when the key is not one of ours, or its owner's events were deleted.
  OwnerSizes* SizesOf(const std::optional<OwnedKey>& key, size_t bytes, const char* what) {
    if (!key) {
      found_({"", "", what, "", "", Status(Code::kCorruption, "its key has no such form")});
      return nullptr;
    }
    if (Look(key->owner).epoch != key->epoch) {
      out_.deleted_bytes += bytes;
      return nullptr;
    }
    return &out_.owners[Hex(key->owner)];
  }

  void Owner(std::string_view key, std::string_view value) {
    if (key.size() != kOwnerBytes + 1) {
      found_({"", "", "statistics", "", "", Status(Code::kCorruption, "its key has no such form")});
      return;
    }
    const OwnerKey owner(key.substr(0, kOwnerBytes));
    if (key == OwnerMarkKey(owner)) {
      const auto epoch = DecodeNumber(value);
      if (!epoch.ok()) Report(owner, "mark of a deletion", epoch.status());
      return;
    }
    ++out_.owner_records;
    OwnerState state(owner, Look(owner).epoch);
    const auto loaded = state.Load(value);
    if (!loaded.ok()) Report(owner, "statistics", loaded.status());
  }

  void Points(std::string_view key, std::string_view value) {
    const auto parsed = ParseOwned(key);
    OwnerSizes* sizes = SizesOf(parsed, key.size() + value.size(), "points");
    if (sizes == nullptr) return;
    sizes->point_bytes += key.size() + value.size();
    if (parsed->rest.size() != 8) {
      return Report(parsed->owner, "points", Status(Code::kCorruption, "their key is damaged"));
    }
    const uint32_t series = BigEndian32(parsed->rest);
    if (series == kChunkSeries) {
      ++out_.chunks;
      const Status status = CountChunk(value, *sizes);
      if (!status.ok()) Report(parsed->owner, "points of several series", status);
      return;
    }
    ++out_.blocks;
    const Status status = CountBlock(value, *sizes);
    if (status.ok()) return;
    const Known& known = Look(parsed->owner);
    std::string metric, variant;
    if (known.state && series < known_.state->series().size()) {
      const SeriesStats& stats = known_.state->series()[series].stats;
      metric = stats.metric;
      variant = stats.variant;
    }
    Report(parsed->owner, "points", status, metric, variant);
  }

  Status CountBlock(std::string_view value, OwnerSizes& sizes) const {
    FURROW_ASSIGN(const Block block, Block::Open(value));
    sizes.points += block.head().count;
    if (!deep_) return {};
    Columns columns;
    FURROW_TRY(block.Read(columns));
    return block.Pyramid().status();
  }

  static Status CountChunk(std::string_view value, OwnerSizes& sizes) {
    FURROW_ASSIGN(const Chunk chunk, Chunk::Open(value));
    std::map<uint32_t, Columns> columns;
    std::vector<std::string> workers;
    FURROW_TRY(chunk.ReadAll(columns, workers));
    for (const auto& [series, points] : columns) sizes.points += points.size();
    return {};
  }

  void Line(std::string_view key, std::string_view value) {
    const auto parsed = ParseOwned(key);
    OwnerSizes* sizes = SizesOf(parsed, key.size() + value.size(), "log line");
    if (sizes == nullptr) return;
    ++sizes->lines;
    sizes->line_bytes += key.size() + value.size();
    const auto line = DecodeLine(value);
    if (!line.ok()) Report(parsed->owner, "log line", line.status());
    if (!ParseLineKey(parsed->prefix, key)) {
      Report(parsed->owner, "log line", Status(Code::kCorruption, "its key is damaged"));
    }
  }

  void RichEvent(std::string_view key, std::string_view value) {
    const auto parsed = ParseOwned(key);
    OwnerSizes* sizes = SizesOf(parsed, key.size() + value.size(), "plot, image or vector");
    if (sizes == nullptr) return;
    ++sizes->rich;
    sizes->rich_bytes += key.size() + value.size();
    if (parsed->rest.empty()) {
      return Report(parsed->owner, "event", Status(Code::kCorruption, "its key is damaged"));
    }
    const auto type = static_cast<uint8_t>(parsed->rest[0]);
    const auto parts =
        ParseRichKey(RichTypePrefix(parsed->prefix, static_cast<RichType>(type)), key);
    if (!parts) {
      return Report(parsed->owner, RichName(type), Status(Code::kCorruption, "its key is damaged"));
    }
    const auto event = DecodeRich(value);
    if (!event.ok()) {
      Report(parsed->owner, RichName(type), event.status(), parts->metric, parts->variant);
    }
  }

  void LogRecord(std::string_view key, std::string_view value) {
    ++out_.log_records;
    const auto record = DecodeRecord(value);
    if (!record.ok() || key.size() != 8) {
      found_({"", "", "a request whose events were not yet folded", "", "",
              record.ok() ? Status(Code::kCorruption, "its key is damaged") : record.status()});
      return;
    }
    if (record->kind != RecordKind::kEvents) return;
    const uint64_t sequence = BigEndian64(key);
    for (const OwnerEvents& events : record->owners) {
      const Known& known = Look(events.owner);
      const bool folded = known.state && known.state->folded_sequence() >= sequence;
      if (known.epoch != events.epoch || folded) continue;
      OwnerSizes& sizes = out_.owners[Hex(events.owner)];
      sizes.points += events.points.size();
      sizes.point_bytes += value.size() / record->owners.size();
    }
  }

  void Replay(std::string_view, std::string_view value) {
    const auto when = DecodeNumber(value);
    if (!when.ok()) found_({"", "", "hash of a recent batch", "", "", when.status()});
  }

  const store::Engine& engine_;
  const std::vector<store::TableReport>& damaged_;
  const bool deep_;
  const std::function<void(const Damage&)>& found_;
  Survey out_;
  Known known_;
};

}  // namespace

Survey TakeSurvey(const store::Engine& engine, const std::vector<store::TableReport>& damaged,
                  bool deep, const std::function<void(const Damage&)>& found) {
  return Surveyor(engine, damaged, deep, found).Run();
}

}  // namespace furrow::events
