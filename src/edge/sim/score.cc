// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/score.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "edge/capture/field_source.h"
#include "edge/record/as_applied.h"
#include "edge/record/log_reader.h"
#include "edge/sim/sprayed_way.h"

namespace furrow::edge {
namespace {

constexpr double kGrow = 20;   // metres of field that are made at a time
constexpr double kSlack = 1;   // metres in which what was switched on takes effect
constexpr double kBehind = 6;  // metres after which nothing more of a place is asked
constexpr const char* kStageNames[] = {"seedling", "young", "grown"};

/// What a log says of a drive.
struct Drove {
  std::optional<Nanos> start;  // when the drive began, on the log's clock
  std::string boom_text;
  std::vector<PoseRecord> poses;
  std::vector<CommandRecord> commands;
  struct Switch {
    Nanos t;
    bool on;
  };
  std::vector<Switch> switches;
  Nanos end = 0;
  struct Seen {
    uint64_t first = 0, last = 0, looked_at = 0;
  };
  std::map<int, Seen> cameras;
  uint64_t lost = 0;
};

Status TakeFrame(const DetectionsRecord& frame, const std::string& log, const Boom& boom,
                 Drove& drove) {
  if (frame.camera < 0 || static_cast<size_t>(frame.camera) >= boom.cameras.size()) return {};
  const Nanos start = frame.captured - DrawnFrameTime(boom, frame.camera, frame.sequence);
  if (!drove.start) drove.start = start;
  if (*drove.start != start) {
    return Status(Code::kFailedPrecondition,
                  fmt::format("{}: frame {} of camera {} was not taken when a drawn frame is: only "
                              "drives with [capture] source = \"field\" can be judged",
                              log, frame.sequence, frame.camera));
  }
  Drove::Seen& seen = drove.cameras[frame.camera];
  if (seen.looked_at == 0) seen.first = frame.sequence;
  seen.last = std::max(seen.last, frame.sequence);
  ++seen.looked_at;
  return {};
}

Result<Drove> Read(const std::string& path, const Boom& boom, std::vector<std::string>& damage) {
  FURROW_ASSIGN(LogReader log, LogReader::Open(path));
  Drove drove;
  Record record;
  while (true) {
    const auto more = log.Next(record);
    if (!more.ok()) {
      damage.push_back(more.status().message());
      if (!log.Resume()) return more.status();
      continue;
    }
    if (!*more) break;
    if (const auto* pose = std::get_if<PoseRecord>(&record)) {
      drove.poses.push_back(*pose);
      drove.end = std::max(drove.end, pose->t);
    } else if (const auto* tick = std::get_if<TickRecord>(&record)) {
      drove.end = std::max(drove.end, tick->now);
    } else if (const auto* command = std::get_if<CommandRecord>(&record)) {
      drove.commands.push_back(*command);
    } else if (const auto* frame = std::get_if<DetectionsRecord>(&record)) {
      FURROW_TRY(TakeFrame(*frame, path, boom, drove));
    } else if (const auto* master = std::get_if<MasterRecord>(&record)) {
      drove.switches.push_back({drove.end, master->on});
    } else if (const auto* gap = std::get_if<GapRecord>(&record)) {
      drove.lost += gap->records - gap->frames;
    } else if (const auto* text = std::get_if<BoomRecord>(&record)) {
      drove.boom_text = text->toml;
    }
  }
  return drove;
}

Status Judgeable(const std::string& log, const ScoreOptions& options, const Drove& drove) {
  if (drove.boom_text.empty()) {
    return Status(Code::kFailedPrecondition, log + ": there is no boom in this log");
  }
  FURROW_ASSIGN(const Boom boom, ParseBoom(drove.boom_text, log + " (boom)"));
  if (BoomText(boom) != BoomText(options.boom)) {
    return Status(Code::kFailedPrecondition,
                  log + ": was recorded by another boom than the machine's file names");
  }
  if (!drove.start || drove.poses.empty()) {
    return Status(Code::kFailedPrecondition,
                  log + ": holds no frame that was looked at, so nothing can be judged");
  }
  return {};
}

class Judge {
 public:
  Judge(const ScoreOptions& options, const Drove& drove, Drive drive)
      : options_(options), drove_(drove), drive_(std::move(drive)), field_(options.field) {}

  Score Run() {
    score_.distance_m = Way(drove_.end) - Way(drove_.poses.front().t);
    score_.seconds = FromBillionths(drove_.end - drove_.poses.front().t);
    score_.records_lost = drove_.lost;
    for (const auto& [camera, seen] : drove_.cameras) {
      score_.frames += seen.looked_at;
      score_.skipped += seen.last - seen.first + 1 - seen.looked_at;
    }
    judged_ = Judged();
    double width = 0;
    for (const Nozzle& nozzle : options_.boom.nozzles) {
      if (nozzle.x == options_.boom.nozzles[0].x) width += FromMillionths(nozzle.swath);
    }
    for (const Stretch& one : judged_) score_.judged_m += one.length();
    score_.broadcast_m2 = score_.judged_m * width;
    Plants();
    Slices();
    return score_;
  }

 private:
  TruePose At(Nanos t) const {
    const DrivePose pose = drive_.MotionAt(std::max<Nanos>(0, t - *drove_.start));
    TruePose at;
    at.s = FromMillionths(pose.s);
    at.v = FromMillionths(pose.v);
    return at;
  }
  double Way(Nanos t) const { return At(t).s; }

  /// Where the switch was on and ground was shown before the valves' reach.
  std::vector<Stretch> Judged() const {
    const double begin = std::max(options_.from_m, Way(drove_.poses.front().t) + kSeenTooLate);
    const double end = std::min(options_.to_m, Way(drove_.end));
    std::vector<Stretch> all;
    bool on = true;
    double from = begin;
    const auto close = [&](double to) {
      const Stretch one{from, std::min(to, end)};
      if (on && one.length() > 0) all.push_back(one);
    };
    for (const Drove::Switch& flip : drove_.switches) {
      const double at = Way(flip.t);
      close(at);
      on = flip.on;
      from = std::max(begin, at + kSlack);
    }
    close(end);
    return all;
  }

  bool IsJudged(const WayPlant& plant) const {
    return std::ranges::any_of(
        judged_, [&](const Stretch& one) { return plant.near >= one.from && plant.far <= one.to; });
  }

  /// The pieces of ground that were sprayed, by the true way.
  std::vector<SprayedRecord> Sprayed() const {
    AsApplied table(options_.boom, {.piece_max = INT64_MAX});
    auto command = drove_.commands.begin();
    for (const PoseRecord& pose : drove_.poses) {
      // A command takes effect after the pose that was newest when it was given.
      for (; command != drove_.commands.end() && command->at < pose.t + kSecond; ++command) {
        table.Command(*command);
      }
      const TruePose at = At(pose.t);
      table.Pose({pose.t, ToMillionths(at.s), ToMillionths(at.v), 0, 0, 0});
    }
    for (; command != drove_.commands.end(); ++command) table.Command(*command);
    table.Finish(drove_.end);
    return table.pieces();
  }

  void Plants() {
    SprayedWay way(options_.boom, judged_);
    const double half = FromMillionths(options_.boom.footprint) / 2;
    std::vector<SprayedRecord> pieces = Sprayed();
    score_.sprays = pieces.size();
    std::ranges::stable_sort(pieces, {}, &SprayedRecord::s_open);
    for (const SprayedRecord& piece : pieces) {
      way.Open(piece.nozzle, FromMillionths(piece.s_open) - half);
      way.Close(piece.nozzle, FromMillionths(piece.s_close) + half);
    }
    way.Finish();
    const double end = judged_.empty() ? 0 : judged_.back().to;
    std::vector<Plant> plants;
    for (double from = 0; from < end; from += kGrow) {
      plants.clear();
      field_.PlantsIn(ToMillionths(from), ToMillionths(from + kGrow), plants);
      // The crop that weeds stand beside may be of the next stretch's beginning.
      std::vector<Plant> crops = plants;
      field_.PlantsIn(ToMillionths(from + kGrow), ToMillionths(from + kGrow) + kPlantReach, crops);
      std::erase_if(crops, [](const Plant& plant) { return plant.weed; });
      crops.insert(crops.begin(), crops_before_.begin(), crops_before_.end());
      for (const Plant& plant : plants) Take(plant, crops, way);
      crops_before_.clear();
      for (const Plant& crop : crops) {
        if (crop.x >= ToMillionths(from + kGrow) - kPlantReach &&
            crop.x < ToMillionths(from + kGrow)) {
          crops_before_.push_back(crop);
        }
      }
      way.Forget(from + kGrow - kBehind);
    }
    score_.product_m2 = way.product_m2();
    score_.needed_m2 = way.needed_m2();
  }

  void Take(const Plant& plant, const std::vector<Plant>& crops, SprayedWay& way) {
    const double x = FromMillionths(plant.x), length = FromMillionths(plant.length);
    const double width = FromMillionths(plant.width);
    const WayPlant on{x - length / 2, x + length / 2, FromMillionths(plant.y), width,
                      std::max(length, width)};
    if (!IsJudged(on)) return;
    if (plant.weed) way.Need(on);
    const Hit hit = way.HitOf(on);
    if (hit == Hit::kBeside) return;
    if (!plant.weed) {
      ++score_.crops;
      score_.crops_sprayed += hit >= Hit::kMiddle;
      return;
    }
    const Species& species = AllSpecies()[plant.species];
    const bool beside = std::ranges::any_of(crops, [&](const Plant& crop) {
      return std::abs(crop.x - plant.x) * 2 < crop.length + plant.length &&
             std::abs(crop.y - plant.y) * 2 < crop.width + plant.width;
    });
    Count(score_.all, hit);
    score_.hit_whole += hit == Hit::kWhole;
    Count(species_[plant.species], hit);
    Count(sizes_[on.size < 0.04 ? 0 : on.size < 0.08 ? 1 : 2], hit);
    Count(stages_[static_cast<size_t>(plant.stage)], hit);
    Count(known_[species.unseen ? 1 : 0], hit);
    Count(beside_[beside ? 1 : 0], hit);
  }

  static void Count(ScoreSlice& slice, Hit hit) {
    ++slice.weeds;
    slice.hit += hit >= Hit::kMiddle;
  }

  void Slices() {
    score_.all.name = "all";
    const auto take = [&](ScoreSlice slice, std::string name) {
      if (slice.weeds == 0) return;
      slice.name = std::move(name);
      score_.slices.push_back(std::move(slice));
    };
    for (auto& [index, slice] : species_) {
      take(slice, fmt::format("species {}", AllSpecies()[index].name));
    }
    constexpr const char* kSizes[] = {"size 2 to 4 cm", "size 4 to 8 cm", "size from 8 cm on"};
    for (size_t i = 0; i < 3; ++i) take(sizes_[i], kSizes[i]);
    for (size_t i = 0; i < 3; ++i) take(stages_[i], fmt::format("stage {}", kStageNames[i]));
    take(known_[0], "common species");
    take(known_[1], "species kept from training");
    if (score_.crops > 0) {
      take(beside_[0], "apart from crop");
      take(beside_[1], "beside crop");
    }
    for (size_t i = 0; i < score_.slices.size(); ++i) {
      const ScoreSlice& slice = score_.slices[i];
      if (slice.weeds < options_.slice_min) continue;
      if (score_.worst < 0 ||
          slice.share() < score_.slices[static_cast<size_t>(score_.worst)].share()) {
        score_.worst = static_cast<int>(i);
      }
    }
  }

  const ScoreOptions& options_;
  const Drove& drove_;
  const Drive drive_;
  const Field field_;
  std::vector<Stretch> judged_;
  std::vector<Plant> crops_before_;  // that may reach into the stretch that is judged
  std::map<uint8_t, ScoreSlice> species_;
  ScoreSlice sizes_[3], stages_[kStages], known_[2], beside_[2];
  Score score_;
};

/// The borders of Wilson's interval: `side` -1 and 1.
double Wilson(const ScoreSlice& slice, double side) {
  if (slice.weeds == 0) return side < 0 ? 0 : 1;
  constexpr double kZ = 1.959964;
  const auto n = static_cast<double>(slice.weeds);
  const double p = static_cast<double>(slice.hit) / n;
  const double middle = p + kZ * kZ / (2 * n);
  const double spread = kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
  return std::clamp((middle + side * spread) / (1 + kZ * kZ / n), 0.0, 1.0);
}

}  // namespace

double ScoreSlice::share() const {
  return weeds == 0 ? 1 : static_cast<double>(hit) / static_cast<double>(weeds);
}
double ScoreSlice::low() const { return Wilson(*this, -1); }
double ScoreSlice::high() const { return Wilson(*this, 1); }

Result<Score> ScoreLog(const std::string& log, const ScoreOptions& options,
                       std::vector<std::string>& damage) {
  if (options.drive == "turns") {
    return Status(
        Code::kInvalidArgument,
        "a drive that turns passes ground at two speeds at once; only straight drives are "
        "judged (drive = \"constant\", \"braking\" or \"stops\")");
  }
  FURROW_TRY(CheckField(options.field));
  FURROW_ASSIGN(Drive drive,
                DriveNamed(options.drive, ToMillionths(options.speed_mps), kEndlessDrive));
  FURROW_ASSIGN(const Drove drove, Read(log, options.boom, damage));
  FURROW_TRY(Judgeable(log, options, drove));
  return Judge(options, drove, std::move(drive)).Run();
}

}  // namespace furrow::edge
