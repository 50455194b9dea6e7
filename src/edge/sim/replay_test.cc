// SPDX-License-Identifier: Apache-2.0
// A simulated drive, recorded and replayed: what a replay owes to the log.
#include "edge/runtime/replay.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "edge/boom/standard.h"
#include "edge/record/log_file.h"
#include "edge/record/log_reader.h"
#include "edge/record/segment_format.h"
#include "edge/sim/simulation.h"

namespace furrow::edge {
namespace {

class ReplayTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/furrow-replay-XXXXXX";
    folder_ = mkdtemp(name);
    SimulationOptions options;
    options.boom = StandardBoom();
    options.distance_m = 25;
    options.log_folder = folder_ + "/log";
    const auto report = Simulate(options, [](double) {});
    ASSERT_TRUE(report.ok()) << report.status().ToString();
    hash_ = report->hash;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// The log again, record by record, each first shown to `change`; false leaves it out.
  std::string Rewritten(const std::function<bool(Record&)>& change) {
    const std::string path = folder_ + "/changed";
    LogEncoder encoder(64 << 20);
    LogOptions log_options;
    log_options.thread = false;
    auto file = LogFile::Open(path, log_options, {&encoder});
    auto log = LogReader::Open(folder_ + "/log");
    Record record;
    while (*log->Next(record)) {
      if (!change(record)) continue;
      if (const auto* boom = std::get_if<BoomRecord>(&record)) encoder.Boom(boom->toml);
      if (const auto* pose = std::get_if<PoseRecord>(&record)) encoder.Pose(*pose);
      if (const auto* tick = std::get_if<TickRecord>(&record)) encoder.Tick(tick->now);
      if (const auto* command = std::get_if<CommandRecord>(&record)) encoder.Command(*command);
      if (const auto* seen = std::get_if<DetectionsRecord>(&record)) {
        const FrameView view{.width = seen->width,
                             .height = seen->height,
                             .camera = seen->camera,
                             .sequence = seen->sequence,
                             .captured = seen->captured};
        encoder.Detections(view, seen->published, seen->found);
      }
    }
    EXPECT_TRUE((*file)->Close().ok());
    return path;
  }

  std::string folder_;
  uint64_t hash_ = 0;
};

ReplayReport Replayed(const std::string& path) {
  auto report = Replay(path, {});
  EXPECT_TRUE(report.ok()) << report.status().ToString();
  return report.ok() ? *report : ReplayReport{};
}

TEST_F(ReplayTest, GivesTheSameCommands) {
  for (int i = 0; i < 3; ++i) {
    const ReplayReport report = Replayed(folder_ + "/log");
    EXPECT_GT(report.commands.count(), 1000u);
    EXPECT_EQ(report.commands.value(), hash_);
    EXPECT_TRUE(report.same());
    EXPECT_FALSE(report.differs);
    EXPECT_TRUE(report.closed);
  }
}

TEST_F(ReplayTest, OneChangedDetectionChangesTheHash) {
  int seen = 0;
  const ReplayReport report = Replayed(Rewritten([&](Record& record) {
    auto* frame = std::get_if<DetectionsRecord>(&record);
    if (frame != nullptr && !frame->found.empty() && seen++ == 20) {
      frame->found[0].bottom += 400;
    }
    return true;
  }));
  EXPECT_FALSE(report.same());
  EXPECT_NE(report.commands.value(), hash_);
  EXPECT_TRUE(report.differs);
}

TEST_F(ReplayTest, AMissingCommandIsNoticed) {
  int commands = 0;
  const ReplayReport report = Replayed(Rewritten([&](Record& record) {
    return !std::holds_alternative<CommandRecord>(record) || commands++ != 100;
  }));
  EXPECT_FALSE(report.same());
  EXPECT_EQ(report.commands.value(), hash_);
  EXPECT_TRUE(report.differs);
}

/// A log as a program wrote it by whose rule droplets always fell as long, of a boom that swings,
/// and which gave no command ahead.
TEST_F(ReplayTest, ALogOfVersion1IsDecidedByItsOwnRule) {
  SimulationOptions options;
  options.boom = StandardBoom();
  options.distance_m = 25;
  options.sensors.height.swing = 150'000;
  options.log_folder = folder_ + "/swinging";
  const auto now = Simulate(options, [](double) {});
  ASSERT_TRUE(now.ok());
  const std::string path = folder_ + "/old";
  LogEncoder encoder(64 << 20);
  LogOptions log_options;
  log_options.thread = false;
  log_options.log_id = 42;
  auto file = LogFile::Open(path, log_options, {&encoder});
  encoder.Boom(BoomText(options.boom));
  Sprayer then(options.boom, {.fall = FallRule::kAsInFile, .ahead = 0});
  then.RecordTo(&encoder);
  auto log = LogReader::Open(options.log_folder);
  Record record;
  std::vector<Command> commands;
  while (*log->Next(record)) {
    if (const auto* pose = std::get_if<PoseRecord>(&record)) {
      Pose is{pose->t, pose->s, pose->v, pose->yaw_rate};
      is.lift = pose->lift;
      is.flags = pose->flags;
      then.OnPose(is);
    }
    if (const auto* tick = std::get_if<TickRecord>(&record)) then.OnTick(tick->now, commands);
    if (const auto* seen = std::get_if<DetectionsRecord>(&record)) {
      then.OnFrame({seen->camera, seen->sequence, seen->captured, seen->published, seen->found});
    }
  }
  EXPECT_EQ(log->version(), 2);
  ASSERT_TRUE((*file)->Close().ok());
  EXPECT_NE(then.hash().value(), now->hash);
  EXPECT_FALSE(Replayed(path).same()) << "it says that it was decided by today's rule";
  std::fstream segment(path + "/000001.fel", std::ios::in | std::ios::out | std::ios::binary);
  segment << EncodeSegmentHeader({.version = 1, .number = 1, .log_id = 42});
  segment.close();
  const ReplayReport again = Replayed(path);
  EXPECT_GT(again.commands.count(), 1000u);
  EXPECT_TRUE(again.same());
  EXPECT_EQ(again.commands.value(), then.hash().value());
}

TEST_F(ReplayTest, ALogWithoutItsBoomIsRefused) {
  const auto report = Replay(
      Rewritten([](Record& record) { return !std::holds_alternative<BoomRecord>(record); }), {});
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.status().message().find("does not begin with its boom"), std::string::npos);
}

}  // namespace
}  // namespace furrow::edge
