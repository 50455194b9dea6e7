// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/score.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>

#include "edge/capture/field_source.h"
#include "edge/record/log_file.h"

namespace furrow::edge {
namespace {

constexpr Nanos kBegan = 5 * kSecond;  // on the log's clock
constexpr double kSpeed = 2;

Boom TheBoom() {
  return ParseBoom(R"(format = 1
bus_s = 0.001
drop_s = 0.04
footprint_m = 0.1
margin_on_m = 0.02
margin_off_m = 0.02
[valves]
open_s = 0.010
close_s = 0.008
[[line]]
nozzles = 4
pitch_m = 0.25
[[camera]]
name = "only"
width = 96
height = 60
fps = 10
focal_px = 60
x_m = 1.0
y_m = 0
height_m = 0.66
pitch_rad = 1.5707963
)",
                   "boom.toml")
      .value();
}

ScoreOptions Options() {
  ScoreOptions options;
  options.boom = TheBoom();
  options.field = {.seed = 3,
                   .width_m = 1,
                   .weeds_per_m2 = 6,
                   .weeds = {*WeedNamed("thistle"), *WeedNamed("foxtail")},
                   .crop = Crop::kBeet};
  options.speed_mps = kSpeed;
  return options;
}

/// A drive that sprays every weed but those of the species `spared`, as a perfect machine would.
class Drawn {
 public:
  Drawn() {
    std::string name = std::filesystem::temp_directory_path() / "furrow-score-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~Drawn() { std::filesystem::remove_all(folder_); }

  int spared = SpeciesNamed("thistle");
  double seconds = 30;
  double off_after_s = 1e9;  // the switch
  Microns sensors_off = 0;   // by which the recorded way is wrong
  bool boom = true;

  std::string Record(const ScoreOptions& options) {
    const std::string path = folder_ + "/log" + std::to_string(logs_++);
    LogEncoder encoder(64 << 20);
    LogOptions log;
    log.thread = false;
    auto file = LogFile::Open(path, log, {&encoder});
    EXPECT_TRUE(file.ok());
    if (boom) encoder.Boom(BoomText(options.boom));
    std::vector<CommandRecord> commands = Commands(options);
    size_t given = 0;
    bool on = true;
    for (Nanos t = 0; t <= ToBillionths(seconds); t += 10 * kMillisecond) {
      if (on && FromBillionths(t) > off_after_s) {
        encoder.Master(false);
        on = false;
      }
      const auto s = static_cast<Microns>(FromBillionths(t) * kSpeed * 1e6);
      encoder.Pose({kBegan + t, s + sensors_off, ToMillionths(kSpeed), 0, 0, 0});
      encoder.Tick(kBegan + t);
      for (; given < commands.size() && commands[given].at <= kBegan + t; ++given) {
        if (on) encoder.Command(commands[given]);
      }
      if (t % (100 * kMillisecond) == 0) {
        const auto sequence = static_cast<uint64_t>(t / (100 * kMillisecond));
        const FrameView view{.width = 96,
                             .height = 60,
                             .sequence = sequence,
                             .captured = kBegan + DrawnFrameTime(options.boom, 0, sequence)};
        encoder.Detections(view, kBegan + t, {});
      }
      if (t % kSecond == 0) (*file)->Drain();
    }
    EXPECT_TRUE((*file)->Close().ok());
    return path;
  }

 private:
  std::vector<CommandRecord> Commands(const ScoreOptions& options) const {
    const Field field(options.field);
    std::vector<Plant> plants;
    field.PlantsIn(0, ToMillionths(seconds * kSpeed), plants);
    std::vector<CommandRecord> commands;
    for (int n = 0; n < 4; ++n) {
      const double y = FromMillionths(options.boom.nozzles[static_cast<size_t>(n)].y);
      double open = -1, close = -1;
      const auto give = [&] {
        if (close < 0) return;
        const auto at = [&](double s, double valve) {
          return kBegan + ToBillionths(s / kSpeed - 0.04 - 0.001 - valve);
        };
        commands.push_back({n, true, at(open, 0.010)});
        commands.push_back({n, false, at(close, 0.008)});
      };
      for (const Plant& plant : plants) {
        if (!plant.weed || plant.species == spared) continue;
        if (std::abs(FromMillionths(plant.y) - y) > 0.125) continue;
        const double near = FromMillionths(plant.x - plant.length / 2) - 0.07;
        const double far = FromMillionths(plant.x + plant.length / 2) + 0.07;
        if (near > close + 0.05) {
          give();
          open = near;
        }
        close = std::max(close, far);
      }
      give();
    }
    std::erase_if(commands, [](const CommandRecord& one) { return one.at < kBegan; });
    std::ranges::stable_sort(commands, {}, &CommandRecord::at);
    return commands;
  }

  std::string folder_;
  int logs_ = 0;
};

Score Judged(const std::string& log, const ScoreOptions& options) {
  std::vector<std::string> damage;
  const auto score = ScoreLog(log, options, damage);
  EXPECT_TRUE(score.ok()) << score.status().ToString();
  EXPECT_TRUE(damage.empty());
  return score.ok() ? *score : Score{};
}

const ScoreSlice& Slice(const Score& score, const std::string& name) {
  const auto found = std::ranges::find(score.slices, name, &ScoreSlice::name);
  EXPECT_NE(found, score.slices.end()) << name;
  static const ScoreSlice kNone;
  return found == score.slices.end() ? kNone : *found;
}

TEST(Score, FindsTheSpeciesThatWasNotSprayed) {
  Drawn drawn;
  const ScoreOptions options = Options();
  const Score score = Judged(drawn.Record(options), options);
  EXPECT_NEAR(score.judged_m, 57, 0.1);
  EXPECT_NEAR(score.distance_m, 60, 0.1);
  EXPECT_EQ(score.frames, 301u);
  const ScoreSlice& foxtail = Slice(score, "species foxtail");
  const ScoreSlice& thistle = Slice(score, "species thistle");
  ASSERT_GT(foxtail.weeds, 80u);
  ASSERT_GT(thistle.weeds, 80u);
  EXPECT_EQ(foxtail.hit, foxtail.weeds);
  EXPECT_LT(thistle.share(), 0.6) << "only where a foxtail stood beside it";
  EXPECT_EQ(score.all.weeds, foxtail.weeds + thistle.weeds);
  EXPECT_EQ(score.all.hit, foxtail.hit + thistle.hit);
  EXPECT_EQ(Slice(score, "common species").weeds, foxtail.weeds);
  EXPECT_EQ(Slice(score, "species kept from training").weeds, thistle.weeds);
  ASSERT_GE(score.worst, 0);
  EXPECT_LE(score.slices[static_cast<size_t>(score.worst)].share(), thistle.share());
  EXPECT_LT(thistle.low(), thistle.share());
  EXPECT_GT(thistle.high(), thistle.share());
  EXPECT_GT(score.crops, 300u);
  EXPECT_LT(score.crops_sprayed, score.crops);
  EXPECT_EQ(Slice(score, "beside crop").weeds + Slice(score, "apart from crop").weeds,
            score.all.weeds);
}

TEST(Score, OfAPerfectDriveProductIsWhatTheWeedsNeed) {
  Drawn drawn;
  drawn.spared = -1;
  const ScoreOptions options = Options();
  const Score score = Judged(drawn.Record(options), options);
  EXPECT_EQ(score.all.hit, score.all.weeds);
  EXPECT_NEAR(score.broadcast_m2, 57, 0.1);
  // One nozzle sprayed each weed here; needed are all that it reaches under.
  EXPECT_LT(score.product_m2, score.needed_m2);
  EXPECT_GT(score.product_m2, score.needed_m2 / 2);
}

TEST(Score, JudgesByWhereTheMachineWasAndNotByWhatItsSensorsSaid) {
  Drawn drawn;
  const ScoreOptions options = Options();
  const Score before = Judged(drawn.Record(options), options);
  drawn.sensors_off = 400'000;
  const Score after = Judged(drawn.Record(options), options);
  EXPECT_EQ(after.all.hit, before.all.hit);
  EXPECT_DOUBLE_EQ(after.product_m2, before.product_m2);
}

TEST(Score, LeavesOutWhatWasPassedWithTheSwitchOff) {
  Drawn drawn;
  drawn.spared = -1;
  drawn.off_after_s = 15;
  const ScoreOptions options = Options();
  const Score score = Judged(drawn.Record(options), options);
  EXPECT_NEAR(score.judged_m, 27, 0.1);
  ASSERT_GT(score.all.weeds, 80u);
  EXPECT_GE(score.all.hit + 2, score.all.weeds);
  ScoreOptions part = options;
  part.from_m = 10;
  part.to_m = 20;
  EXPECT_NEAR(Judged(drawn.Record(options), part).judged_m, 10, 0.01);
}

TEST(Score, RefusesWhatItCannotJudge) {
  std::vector<std::string> damage;
  Drawn drawn;
  ScoreOptions options = Options();
  const std::string log = drawn.Record(options);
  ScoreOptions turns = options;
  turns.drive = "turns";
  EXPECT_EQ(ScoreLog(log, turns, damage).status().code(), Code::kInvalidArgument);
  ScoreOptions other = options;
  other.boom.footprint += 1;
  EXPECT_EQ(ScoreLog(log, other, damage).status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(ScoreLog(log + "-none", options, damage).status().code(), Code::kNotFound);
  drawn.seconds = 1;
  drawn.boom = false;
  EXPECT_EQ(ScoreLog(drawn.Record(options), options, damage).status().code(),
            Code::kFailedPrecondition);
}

TEST(Score, RefusesFramesThatNoDriveOfTheFieldGave) {
  // The first frame says when the drive began; a later one that does not fit is of something else.
  Drawn drawn;
  const ScoreOptions options = Options();
  ScoreOptions slower = options;
  slower.boom.cameras[0].fps = 9;
  const std::string log = drawn.Record(options);
  std::vector<std::string> damage;
  const auto score = ScoreLog(log, slower, damage);
  EXPECT_EQ(score.status().code(), Code::kFailedPrecondition);
  EXPECT_NE(score.status().message().find("frame 1 of camera 0"), std::string::npos);
}

}  // namespace
}  // namespace furrow::edge
