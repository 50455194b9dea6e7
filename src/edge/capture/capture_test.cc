// SPDX-License-Identifier: Apache-2.0
#include <linux/videodev2.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "edge/boom/standard.h"
#include "edge/capture/fault.h"
#include "edge/capture/field_source.h"
#include "edge/capture/folder_source.h"
#include "edge/capture/pace.h"
#include "edge/capture/v4l2_source.h"
#include "edge/image/image.h"

namespace furrow::edge {
namespace {

using Got = FrameSource::Got;

struct Folder {
  Folder() { ::mkdtemp(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  char path[32] = "/tmp/furrow_capture_XXXXXX";
};

Boom SmallBoom(double fps) {
  Boom boom = StandardBoom(1);
  boom.cameras[0].width = 96;
  boom.cameras[0].height = 60;
  boom.cameras[0].focal = 60;
  boom.cameras[0].centre_u = 48;
  boom.cameras[0].centre_v = 30;
  boom.cameras[0].fps = fps;
  return boom;
}

TEST(FrameExchange, TheNewestFrameWinsAndTheOthersAreCounted) {
  FrameExchange exchange;
  EXPECT_EQ(exchange.Take(), nullptr);
  for (uint64_t i = 1; i <= 3; ++i) {
    exchange.Next().view.sequence = i;
    exchange.Publish();
  }
  const FrameSlot* taken = exchange.Take();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(taken->view.sequence, 3u);
  EXPECT_EQ(exchange.replaced(), 2u);
  EXPECT_EQ(exchange.Take(), nullptr);
  exchange.Next().view.sequence = 4;
  EXPECT_EQ(taken->view.sequence, 3u) << "what was taken stays until the next is";
}

// Each frame is written whole before it is given away, and only by one side at a time.
TEST(FrameExchange, NoFrameIsTorn) {
  FrameExchange exchange;
  constexpr uint64_t kFrames = 200'000;
  std::jthread receiver([&] {
    for (uint64_t i = 1; i <= kFrames; ++i) {
      FrameSlot& slot = exchange.Next();
      slot.pixels.assign(8, static_cast<uint8_t>(i));
      slot.view.sequence = i;
      exchange.Publish();
    }
  });
  uint64_t last = 0, taken = 0;
  while (last < kFrames) {
    const FrameSlot* slot = exchange.Take();
    if (slot == nullptr) continue;
    ++taken;
    ASSERT_GT(slot->view.sequence, last);
    last = slot->view.sequence;
    for (const uint8_t byte : slot->pixels) ASSERT_EQ(byte, static_cast<uint8_t>(last));
  }
  EXPECT_EQ(taken + exchange.replaced(), kFrames);
}

TEST(FrameExchange, AFrameThatWasLeftStaysAsItIs) {
  FrameExchange exchange;
  const auto publish = [&](uint64_t sequence) {
    exchange.Next().view.sequence = sequence;
    exchange.Publish();
  };
  publish(1);
  const FrameSlot* const left = exchange.Take();
  const int at = exchange.Leave();
  EXPECT_EQ(exchange.spares(), 1);
  for (uint64_t i = 2; i < 20; ++i) {
    publish(i);
    if (i % 3 == 0) continue;
    EXPECT_EQ(exchange.Take()->view.sequence, i);
    EXPECT_EQ(left->view.sequence, 1u);
  }
  exchange.TakeBack(at);
  EXPECT_EQ(exchange.spares(), 2);
  for (uint64_t i = 20; i < 30; ++i) {
    publish(i);
    EXPECT_EQ(exchange.Take()->view.sequence, i);
  }
}

TEST(Pace, WhoComesLateLosesMomentsAndKeepsTheirCount) {
  Pace pace(MonotonicNow() - 95 * kMillisecond, 10 * kMillisecond);
  ASSERT_TRUE(pace.Await(kSecond));
  EXPECT_GE(pace.number(), 8u);
  const Nanos first = pace.at();
  const uint64_t number = pace.number();
  ASSERT_TRUE(pace.Await(kSecond));
  EXPECT_EQ((pace.at() - first) / (10 * kMillisecond), static_cast<Nanos>(pace.number() - number));
  Pace far(MonotonicNow() + kSecond, kSecond);
  EXPECT_FALSE(far.Await(kMillisecond));
}

TEST(Fault, StrikesItsCameraInItsTime) {
  const std::vector<CameraFault> faults{{1, CameraFaultKind::kBlack, kSecond, 2 * kSecond, 0}};
  EXPECT_EQ(FaultAt(faults, 1, kSecond - 1), nullptr);
  EXPECT_NE(FaultAt(faults, 1, kSecond), nullptr);
  EXPECT_EQ(FaultAt(faults, 1, 2 * kSecond), nullptr);
  EXPECT_EQ(FaultAt(faults, 0, kSecond), nullptr);
  EXPECT_EQ(*CameraFaultNamed("late"), CameraFaultKind::kLate);
  EXPECT_NE(CameraFaultNamed("blind").status().message().find("dead black"), std::string::npos);
}

TEST(DrawnFrames, ShowWhereTheDriveIs) {
  FieldOptions options;
  const Field field(options);
  const Drive drive(2 * kMetre);
  const Boom boom = SmallBoom(50);
  const FieldScene scene{&field, &drive};
  const auto source = DrawnFrames(scene, boom, 0, {{0, CameraFaultKind::kStuck, 0, kSecond, 0}});
  const Nanos start = MonotonicNow() + kMillisecond;
  source->Begin(start);
  FrameSlot first, second;
  ASSERT_EQ(*source->Next(first), Got::kFrame);
  const auto late = static_cast<Nanos>(first.view.sequence) * 20 * kMillisecond;
  EXPECT_EQ(first.view.captured, start + late);
  EXPECT_EQ(first.pixels.size(), 96u * 60u);
  ASSERT_EQ(*source->Next(second), Got::kFrame);
  EXPECT_GE(second.view.captured, first.view.captured + 20 * kMillisecond);
  EXPECT_EQ(first.pixels, second.pixels) << "the camera is stuck";
  const auto sound = DrawnFrames(scene, boom, 0, {});
  sound->Begin(MonotonicNow());
  ASSERT_EQ(*sound->Next(first), Got::kFrame);
  ASSERT_EQ(*sound->Next(second), Got::kFrame);
  EXPECT_NE(first.pixels, second.pixels);
}

TEST(StoredFrames, AreThoseOfTheStockOneAfterAnother) {
  FieldOptions options;
  const Field field(options);
  const Boom boom = SmallBoom(200);
  const auto stock = std::make_shared<const FrameStock>(DrawStock(field, boom.cameras[0], 3));
  EXPECT_NE((*stock)[0], (*stock)[1]);
  const auto source = StoredFrames(boom, 0, stock);
  source->Begin(MonotonicNow());
  for (int i = 0; i < 4; ++i) {
    FrameSlot slot;
    ASSERT_EQ(*source->Next(slot), Got::kFrame);
    EXPECT_EQ(slot.view.data, (*stock)[slot.view.sequence % 3].data());
  }
}

TEST(FolderFrames, PlaysTheImagesInOrderOfTheirNames) {
  const Folder folder;
  const Camera camera = SmallBoom(200).cameras[0];
  Image image = MakeImage(96, 60, 3);
  for (const char* name : {"b.png", "a.png"}) {
    image.pixels[0] = static_cast<uint8_t>(name[0]);
    ASSERT_TRUE(WritePng(image, std::string(folder.path) + "/" + name).ok());
  }
  auto source = FolderFrames(folder.path, camera, 0, false);
  ASSERT_TRUE(source.ok()) << source.status().message();
  (*source)->Begin(MonotonicNow());
  FrameSlot slot;
  ASSERT_EQ(*(*source)->Next(slot), Got::kFrame);
  EXPECT_EQ(slot.view.data[0], 'a');
  while (*(*source)->Next(slot) != Got::kEnd) EXPECT_EQ(slot.view.data[0], 'b');
}

TEST(FolderFrames, NamesWhatIsWrong) {
  const Folder folder;
  const Camera camera = SmallBoom(200).cameras[0];
  const std::string path = folder.path;
  const auto error = [&](const std::string& where) {
    return FolderFrames(where, camera, 0, true).status().message();
  };
  EXPECT_NE(error(path + "/none").find("/none"), std::string::npos);
  EXPECT_NE(error(path).find("holds no PNG or JPEG"), std::string::npos);
  ASSERT_TRUE(WritePng(MakeImage(96, 60, 3), path + "/c.png").ok());
  ASSERT_TRUE(WritePng(MakeImage(96, 60, 1), path + "/d.png").ok());
  EXPECT_NE(error(path).find("d.png: Bayer images and coloured ones"), std::string::npos);
  ASSERT_TRUE(WritePng(MakeImage(10, 10, 3), path + "/b.png").ok());
  EXPECT_NE(error(path).find("b.png: 10 x 10 pixels, camera 0 has 96 x 60"), std::string::npos);
  std::ofstream(path + "/a.png") << "no image";
  EXPECT_NE(error(path).find("a.png"), std::string::npos);
}

TEST(V4l2Frames, NamesADeviceThatIsNone) {
  const Camera camera = SmallBoom(10).cameras[0];
  EXPECT_NE(V4l2Frames("/dev/none", camera, 0, 0).status().message().find("/dev/none: cannot open"),
            std::string::npos);
  EXPECT_NE(V4l2Frames("/dev/null", camera, 0, 0).status().message().find("/dev/null: cannot ask"),
            std::string::npos);
}

TEST(V4l2Frames, TimesTheMiddleOfTheExposure) {
  EXPECT_EQ(MiddleOfExposure(1000, V4L2_BUF_FLAG_TSTAMP_SRC_SOE, 200, 50), 1100);
  EXPECT_EQ(MiddleOfExposure(1000, V4L2_BUF_FLAG_TSTAMP_SRC_EOF, 200, 50), 850);
}

}  // namespace
}  // namespace furrow::edge
