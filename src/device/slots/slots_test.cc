// SPDX-License-Identifier: Apache-2.0
#include "device/slots/slots.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include <gtest/gtest.h>

#include "device/slots/state.h"
#include "device/spool/cut_disk_fixture.h"

namespace furrow::device {
namespace {

class SlotsTest : public testing::Test {
 protected:
  SlotsTest() : key_(bundle::SigningKey::Make("lab").value()) {
    const std::filesystem::path memory = "/dev/shm";
    std::error_code error;
    const bool there = std::filesystem::is_directory(memory, error);
    std::string name =
        (there ? memory : std::filesystem::temp_directory_path()) / "furrow-slots-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
    trusted_ = {key_.public_key()};
  }
  ~SlotsTest() override {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }

  /// The path of a bundle.
  std::string Make(int64_t version, const bundle::Manifest::Fits& fits = {}) {
    const std::string place = folder_ + "/make" + std::to_string(version);
    std::filesystem::create_directories(place);
    const auto put = [&](const std::string& name, const std::string& text) {
      std::ofstream(place + "/" + name) << text;
      return bundle::Input{name == "golden.json" ? "golden/" + name : name, place + "/" + name};
    };
    const std::vector<bundle::Input> inputs = {
        put("model.onnx", std::string(3000, 'm') + std::to_string(version)),
        put("report.json", "{}"), put("golden.json", "{\"frames\": []}")};
    bundle::Manifest manifest;
    manifest.name = "beet";
    manifest.version = version;
    manifest.created_at = "2026-11-29T08:00:00Z";
    manifest.model.file = "model.onnx";
    manifest.fits = fits;
    manifest.budget_ms = 50;
    manifest.report = {"report.json", true, std::nullopt};
    manifest.golden = {"golden/golden.json", 1};
    const bundle::SigningKey* const keys[] = {&key_};
    const std::string path = place + "/made.bundle";
    const auto made = bundle::Write(manifest, inputs, keys, path);
    EXPECT_TRUE(made.ok()) << made.status().message();
    return path;
  }
  static std::string Bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string IdOf(const std::string& path) {
    const auto source = bundle::OpenFile(path);
    return bundle::Verify(**source, trusted_)->id;
  }

  std::string folder_;
  bundle::SigningKey key_;
  std::vector<bundle::PublicKey> trusted_;
};

TEST_F(SlotsTest, FillsTheFreeSlotAndSwitches) {
  const std::string first = Make(1), second = Make(2);
  Slots slots(folder_ + "/T7", SystemDisk());
  std::filesystem::create_directory(folder_ + "/T7");
  std::vector<std::string> words;
  ASSERT_TRUE(slots.Recover(trusted_, words).ok());
  EXPECT_FALSE(slots.Current());
  EXPECT_EQ(slots.Free(), "a");
  ASSERT_TRUE(slots.Fill(first, trusted_).ok());
  ASSERT_TRUE(slots.Switch("a").ok());
  EXPECT_EQ(slots.Current(), "a");
  ASSERT_TRUE(slots.Fill(second, trusted_).ok());
  EXPECT_EQ(slots.Verify("a", trusted_)->manifest.version, 1);
  EXPECT_EQ(slots.Verify("b", trusted_)->manifest.version, 2);
  ASSERT_TRUE(slots.Switch("b").ok());
  EXPECT_EQ(slots.Free(), "a");
  ASSERT_TRUE(slots.Recover(trusted_, words).ok());
  EXPECT_TRUE(words.empty());
  EXPECT_EQ(slots.Current(), "b");
}

TEST_F(SlotsTest, ADamagedSlotIsLeft) {
  std::filesystem::create_directory(folder_ + "/T7");
  Slots slots(folder_ + "/T7", SystemDisk());
  std::vector<std::string> words;
  ASSERT_TRUE(slots.Recover(trusted_, words).ok());
  ASSERT_TRUE(slots.Fill(Make(1), trusted_).ok() && slots.Switch("a").ok());
  ASSERT_TRUE(slots.Fill(Make(2), trusted_).ok() && slots.Switch("b").ok());
  std::ofstream(slots.Path("b") + "/model.onnx", std::ios::app) << "x";
  ASSERT_TRUE(slots.Recover(trusted_, words).ok());
  EXPECT_EQ(slots.Current(), "a");
  EXPECT_EQ(words.size(), 1u);
  std::filesystem::remove(slots.Path("a") + "/slot.json");
  ASSERT_TRUE(slots.Recover(trusted_, words).ok());
  EXPECT_FALSE(slots.Current()) << "rather none than a damaged one";
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/T7/current"));
}

TEST_F(SlotsTest, WhatDoesNotFitIsNamed) {
  const Machine machine{std::string(64, 'a'), "0.1.0", "x86_64"};
  bundle::Manifest manifest;
  const auto says = [&](const char* word) {
    const Status status = CheckFit(manifest, machine);
    EXPECT_TRUE(status.message().starts_with(word)) << status.message();
  };
  EXPECT_TRUE(CheckFit(manifest, machine).ok());
  manifest.fits.boom = std::string(64, 'b');
  says("other boom");
  manifest.fits.boom = machine.boom_sha256;
  manifest.fits.runtime_min = "0.2.0";
  says("older runtime");
  manifest.fits.runtime_min = "0.0.9";
  manifest.fits.architectures = {"aarch64"};
  says("other processor");
  manifest.fits.architectures.emplace_back("x86_64");
  EXPECT_TRUE(CheckFit(manifest, machine).ok());
  manifest.version = 4;
  EXPECT_TRUE(CheckVersion(manifest, 4, false).ok());
  EXPECT_TRUE(CheckVersion(manifest, 5, false).message().starts_with("older version"));
  EXPECT_TRUE(CheckVersion(manifest, 5, true).ok());
}

TEST_F(SlotsTest, StateComesBackAsItWasAndDamageIsSeen) {
  const std::string path = folder_ + "/state.json";
  EXPECT_FALSE(*ReadState(path));
  State state;
  state.highest_version = 7;
  state.update = Desired{"r", std::string(64, 'a'), 8, 1234, std::string(64, 'b'), "/x", true};
  state.stage = Stage::kRunning;
  state.way_back = "a";
  state.tries = 2;
  ASSERT_TRUE(WriteState(SystemDisk(), path, state).ok());
  EXPECT_EQ(**ReadState(path), state);
  std::string text = Bytes(path);
  text[20] ^= 1;
  std::ofstream(path) << text;
  EXPECT_EQ(ReadState(path).status().code(), Code::kCorruption);
}

/// "Shows" 3 of the loop: an update with a power cut at every call of the disk.
TEST_F(SlotsTest, APowerCutAnywhereLeavesTheOldOrTheNewWhole) {
  const std::string first = Make(1), second = Make(2);
  const std::string old_id = IdOf(first), new_id = IdOf(second);
  const std::string bytes = Bytes(second);
  const Desired desired{"r", new_id, 2, bytes.size(), std::string(64, 'c'), "/x", false};
  std::mt19937 random(5);
  int cuts = 0, olds = 0, news = 0;
  uint64_t cut_at = 0;
  for (bool more = true; more; ++cut_at) {
    for (int sample = 0; sample < 4; ++sample) {
      SCOPED_TRACE(cut_at);
      const std::string before = folder_ + "/before", after = folder_ + "/after";
      std::filesystem::remove_all(before);
      std::filesystem::remove_all(after);
      std::filesystem::create_directory(before);
      {
        Slots prepare(before, SystemDisk());
        std::vector<std::string> words;
        ASSERT_TRUE(prepare.Recover(trusted_, words).ok());
        ASSERT_TRUE(prepare.Fill(first, trusted_).ok() && prepare.Switch("a").ok());
        ASSERT_TRUE(WriteState(SystemDisk(), before + "/state.json", {.highest_version = 1}).ok());
      }
      CutDisk disk(before, cut_at);
      disk.Adopt();
      const auto update = [&]() -> Status {
        Slots slots(before, disk);
        const std::string state = before + "/state.json", part = before + "/incoming/x.part";
        const auto stage = [&](Stage to) {
          return WriteState(disk, state, {1, desired, to, "", "a", 0});
        };
        FURROW_TRY(stage(Stage::kFetching));
        {
          FURROW_ASSIGN(bundle::NewFile file, bundle::NewFile::Create(disk, part, 0644));
          for (size_t at = 0; at < bytes.size(); at += 1000) {
            FURROW_TRY(file.Add(std::string_view(bytes).substr(at, 1000)));
          }
          FURROW_TRY(file.Finish());
        }
        FURROW_TRY(stage(Stage::kVerifying));
        FURROW_ASSIGN(const std::unique_ptr<bundle::Source> source, bundle::OpenFile(part));
        const std::string trial = before + "/incoming/trial";
        FURROW_TRY(bundle::Unpack(*source, trusted_, trial, disk).status());
        FURROW_TRY(bundle::RemoveAll(disk, trial));
        FURROW_TRY(slots.Fill(part, trusted_).status());
        FURROW_TRY(stage(Stage::kTrying));
        FURROW_TRY(stage(Stage::kRunning));
        FURROW_TRY(slots.Switch("b"));
        return stage(Stage::kGood);
      };
      const Status updated = update();
      EXPECT_EQ(updated.ok(), !disk.cut()) << updated.message();
      more = disk.cut();
      cuts += more;
      disk.Leave(after, random);

      Slots slots(after, SystemDisk());
      std::vector<std::string> words;
      ASSERT_TRUE(slots.Recover(trusted_, words).ok());
      EXPECT_TRUE(words.empty()) << words[0];
      const auto current = slots.Current();
      ASSERT_TRUE(current);
      const auto held = slots.Verify(*current, trusted_);
      ASSERT_TRUE(held.ok()) << held.status().message();
      ASSERT_TRUE(held->id == old_id || held->id == new_id);
      (held->id == old_id ? olds : news) += 1;
      const auto state = ReadState(after + "/state.json");
      ASSERT_TRUE(state.ok()) << state.status().message();
      ASSERT_TRUE(*state);
      if ((*state)->stage == Stage::kGood) {
        EXPECT_EQ(held->id, new_id) << "what is good runs";
      }
      // And from there the update comes to its end.
      ASSERT_TRUE(slots.Fill(second, trusted_).ok());
      ASSERT_TRUE(slots.Switch(slots.Free()).ok());
      EXPECT_EQ(slots.Verify(*slots.Current(), trusted_)->id, new_id);
    }
  }
  EXPECT_GT(cuts, 200);
  EXPECT_GT(olds, 100);
  EXPECT_GT(news, 3);
  RecordProperty("cuts", cuts);
}

}  // namespace
}  // namespace furrow::device
