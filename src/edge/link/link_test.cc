// SPDX-License-Identifier: Apache-2.0
#include "edge/link/link.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

class LinkTest : public testing::Test {
 protected:
  LinkTest() {
    std::string name = std::filesystem::temp_directory_path() / "furrow-link-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
    path_ = folder_ + "/link";
  }
  ~LinkTest() override {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  void Change(std::streamoff at, std::string_view bytes) const {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  std::string folder_, path_;
};

LinkFigures Beat(int64_t beat) {
  LinkFigures figures;
  for (int64_t& value : figures.values()) value = beat;
  return figures;
}

TEST_F(LinkTest, FiguresEventsAndCommandsCross) {
  EXPECT_EQ(DeviceLink::Open(path_).status().code(), Code::kNotFound);
  auto edge = EdgeLink::Open(path_);
  ASSERT_TRUE(edge.ok()) << edge.status().message();
  auto device = DeviceLink::Open(path_);
  ASSERT_TRUE(device.ok()) << device.status().message();
  EXPECT_FALSE((*device)->Figures());
  (*edge)->Tell(Beat(7));
  EXPECT_EQ((*device)->Figures(), Beat(7));

  LinkEvent tried{.kind = LinkEventKind::kTried,
                  .command = 3,
                  .disagreement = 0.25,
                  .p99_ms = 4.5,
                  .frames = 12,
                  .text = "good"};
  EXPECT_TRUE((*edge)->Say(tried));
  auto event = (*device)->Front();
  ASSERT_TRUE(event.ok() && *event);
  EXPECT_GT((*event)->at, 0);
  tried.at = (*event)->at;
  tried.epoch = 1;
  EXPECT_EQ(**event, tried);
  (*device)->Taken();
  EXPECT_FALSE(*(*device)->Front());

  EXPECT_FALSE((*edge)->Next());
  EXPECT_EQ(*(*device)->Command(LinkCommandKind::kTry, "/slots/b", 2.5), 0u);
  const auto command = (*edge)->Next();
  ASSERT_TRUE(command);
  EXPECT_EQ(command->folder, "/slots/b");
  EXPECT_EQ(command->seconds, 2.5);
  EXPECT_EQ(command->kind, LinkCommandKind::kTry);
  EXPECT_FALSE((*edge)->Next());
}

TEST_F(LinkTest, FullRingsSaySo) {
  auto edge = EdgeLink::Open(path_);
  auto device = DeviceLink::Open(path_);
  for (int i = 0; i < 256; ++i) EXPECT_TRUE((*edge)->Say({.text = std::to_string(i)}));
  EXPECT_FALSE((*edge)->Say({.text = "one too many"}));
  EXPECT_EQ((*device)->lost(), 1u);
  for (int i = 0; i < 256; ++i) {
    ASSERT_EQ((**(*device)->Front()).text, std::to_string(i));
    (*device)->Taken();
  }
  for (int i = 0; i < 23; ++i) EXPECT_TRUE((*device)->Command(LinkCommandKind::kBack, "", 0).ok());
  EXPECT_EQ((*device)->Command(LinkCommandKind::kBack, "", 0).status().code(),
            Code::kResourceExhausted);
  EXPECT_EQ((*device)->Command(LinkCommandKind::kTry, std::string(480, 'x'), 0).status().code(),
            Code::kInvalidArgument);
}

TEST_F(LinkTest, EitherSideMayDie) {
  auto device = [&] { return DeviceLink::Open(path_); };
  {
    auto edge = EdgeLink::Open(path_);
    EXPECT_TRUE((*edge)->Say({.text = "before"}));
    (*edge)->Tell(Beat(5));
    EXPECT_TRUE((*device())->Command(LinkCommandKind::kBack, "", 0).ok());
  }
  auto first = device();
  auto edge = EdgeLink::Open(path_);
  EXPECT_TRUE((*first)->current());
  EXPECT_EQ((*edge)->epoch(), 2u);
  EXPECT_FALSE((*edge)->Next()) << "asked of a process that is gone";
  EXPECT_FALSE((*first)->Figures()) << "figures of a process that is gone";
  EXPECT_TRUE((*edge)->Say({.text = "after"}));
  EXPECT_EQ((**(*first)->Front()).text, "before");
  (*first)->Taken();
  auto second = device();
  EXPECT_EQ((**(*second)->Front()).text, "after");
}

TEST_F(LinkTest, WhatIsNoLinkIsRefusedAndReplaced) {
  const auto refused = [&](const std::string& says) {
    const auto device = DeviceLink::Open(path_);
    EXPECT_EQ(device.status().code(), Code::kCorruption) << says;
    EXPECT_NE(device.status().message().find(says), std::string::npos) << device.status().message();
    auto edge = EdgeLink::Open(path_);
    ASSERT_TRUE(edge.ok()) << edge.status().message();
    EXPECT_NE((*edge)->refused().find(says), std::string::npos);
    EXPECT_TRUE(DeviceLink::Open(path_).ok());
  };
  std::ofstream(path_) << "short";
  ::chmod(path_.c_str(), 0600);
  refused("bytes");
  Change(0, "X");
  refused("FRWLINK");
  Change(8, std::string_view("\2", 1));
  refused("version");
  Change(17, "\7");
  refused("header");
  ::chmod(path_.c_str(), 0660);
  refused("0600");
  std::filesystem::resize_file(path_, 100);
  refused("bytes");
  std::filesystem::remove(path_);
  std::filesystem::create_symlink("elsewhere", path_);
  refused("link");
  std::filesystem::remove(path_);
  ::mkfifo(path_.c_str(), 0600);
  refused("regular");
}

TEST_F(LinkTest, ReplacedFilesAreNoticed) {
  auto edge = EdgeLink::Open(path_);
  auto device = DeviceLink::Open(path_);
  EXPECT_TRUE((*device)->current());
  std::filesystem::remove(path_);
  EXPECT_FALSE((*device)->current());
  auto again = EdgeLink::Open(path_);
  EXPECT_FALSE((*device)->current());
}

TEST_F(LinkTest, HostileCountersAndPlacesAreRefused) {
  auto edge = EdgeLink::Open(path_);
  auto device = DeviceLink::Open(path_);
  EXPECT_TRUE((*edge)->Say({.text = "one"}));
  EXPECT_TRUE((*edge)->Say({.text = "two"}));
  Change(768 + 64, "X");  // the first one's text
  EXPECT_EQ((*device)->Front().status().code(), Code::kCorruption);
  (*device)->Taken();
  EXPECT_EQ((**(*device)->Front()).text, "two");
  Change(640, std::string_view("\377\377\377\377\377\377\377\377", 8));
  EXPECT_EQ((*device)->Front().status().code(), Code::kCorruption);
  EXPECT_FALSE(*(*device)->Front());
  Change(640 + 64, std::string_view("\377\377\377\377\377\377\377\0", 8));
  EXPECT_FALSE((*edge)->Next());
  EXPECT_TRUE((*device)->Command(LinkCommandKind::kBack, "", 0).ok());
  EXPECT_TRUE((*edge)->Next());
  Change(128, "\1");  // a writer died over the figures
  (*edge)->Tell(Beat(3));
  EXPECT_EQ((*device)->Figures(), Beat(3));
  // Noise everywhere behind the header: nothing may crash or loop.
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    std::string noise(78'080 - 128, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    Change(128, noise);
    static_cast<void>((*device)->Figures());
    for (int i = 0; i < 300; ++i) {
      if (const auto front = (*device)->Front(); front.ok() && !*front) break;
      (*device)->Taken();
    }
    EXPECT_FALSE((*edge)->Next());
    static_cast<void>((*device)->Command(LinkCommandKind::kTry, "/x", 1));
    static_cast<void>((*edge)->Say({.text = "x"}));
  }
}

TEST_F(LinkTest, FiguresAreNeverMixed) {
  auto edge = EdgeLink::Open(path_);
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    auto device = DeviceLink::Open(path_);
    while (!stop) {
      const auto figures = (*device)->Figures();
      if (!figures) continue;
      for (const int64_t value : figures->values()) ASSERT_EQ(value, figures->values()[0]);
    }
  });
  for (int64_t beat = 1; beat < 300'000; ++beat) (*edge)->Tell(Beat(beat));
  stop = true;
  reader.join();
}

TEST_F(LinkTest, AKilledWriterLeavesNothingHalfSaid) {
  std::mt19937 random(9);
  uint64_t seen = 0;
  for (int run = 0; run < 40; ++run) {
    const pid_t child = ::fork();
    if (child == 0) {
      auto edge = EdgeLink::Open(path_);
      for (int64_t beat = 1;; ++beat) {
        (*edge)->Tell(Beat(beat));
        static_cast<void>((*edge)->Say({.text = std::to_string(beat)}));
      }
    }
    ::usleep(static_cast<useconds_t>(1000 + random() % 5000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    auto device = DeviceLink::Open(path_);
    if (!device.ok()) continue;  // before the first one was made
    if (const auto figures = (*device)->Figures()) {
      for (const int64_t value : figures->values()) ASSERT_EQ(value, figures->values()[0]);
    }
    while (true) {
      const auto event = (*device)->Front();
      ASSERT_TRUE(event.ok()) << event.status().message();
      if (!*event) break;
      ++seen;
      (*device)->Taken();
    }
  }
  EXPECT_GT(seen, 100u);
}

}  // namespace
}  // namespace furrow::edge
