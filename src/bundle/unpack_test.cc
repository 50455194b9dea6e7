// SPDX-License-Identifier: Apache-2.0
#include <cerrno>

#include "bundle/bundle_fixture.h"
#include "json/text.h"

namespace furrow::bundle {
namespace {

class Unpacked : public BundleTest {
 protected:
  void SetUp() override {
    BundleTest::SetUp();
    slot_ = folder_ + "/slot";
    ASSERT_TRUE(WriteIt().ok());
    source_ = OpenFile(path()).value();
  }
  std::string slot_;
  std::unique_ptr<Source> source_;
};

TEST_F(Unpacked, HoldsEverything) {
  const auto bundle = Unpack(*source_, trusted_, slot_);
  ASSERT_TRUE(bundle.ok()) << bundle.status().ToString();
  for (const auto& [name, content] : contents_) EXPECT_EQ(TextOf(slot_ + "/" + name), content);
  const auto slot = json::Parse(TextOf(slot_ + "/slot.json"));
  ASSERT_TRUE(slot.ok());
  EXPECT_EQ(slot->At("bundle").AsString(), bundle->id);
  EXPECT_EQ(slot->At("version").AsInt(), 7);
  EXPECT_EQ(slot->At("method").AsString(), "hybrid");
  EXPECT_EQ(slot->At("model").AsString(), "model.onnx");
  EXPECT_EQ(slot->At("golden").AsString(), "golden/golden.json");
  const auto again = VerifyUnpacked(slot_, trusted_);
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(again->id, bundle->id);
}

TEST_F(Unpacked, ReplacesWhatWasThere) {
  std::filesystem::create_directories(slot_ + "/deep/er");
  PutText(slot_ + "/deep/er/old", "old");
  std::filesystem::create_directories(slot_ + ".new/model.onnx");
  ASSERT_TRUE(Unpack(*source_, trusted_, slot_).ok());
  EXPECT_FALSE(std::filesystem::exists(slot_ + "/deep"));
  EXPECT_FALSE(std::filesystem::exists(slot_ + ".new"));
  EXPECT_FALSE(std::filesystem::exists(slot_ + ".old"));
}

TEST_F(Unpacked, NothingOfABadBundleStays) {
  std::string bytes = TextOf(path());
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  std::filesystem::create_directories(slot_);
  PutText(slot_ + "/present", "present");
  const auto bundle = Unpack(*OpenBytes("it", bytes), trusted_, slot_);
  ExpectRefused(bundle.status(), Code::kCorruption, "it: wrong content");
  EXPECT_EQ(TextOf(slot_ + "/present"), "present");
  EXPECT_FALSE(std::filesystem::exists(slot_ + ".new"));
  ExpectRefused(Unpack(*source_, {}, slot_).status(), Code::kUnauthenticated,
                path() + ": unknown key");
}

TEST_F(Unpacked, EveryChangeIsFound) {
  ASSERT_TRUE(Unpack(*source_, trusted_, slot_).ok());
  for (const char* name : {"model.onnx", "report.json", "bundle.head", "slot.json"}) {
    const std::string good = TextOf(slot_ + "/" + name);
    std::string bad = good;
    bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 4);
    PutText(slot_ + "/" + name, bad);
    EXPECT_FALSE(VerifyUnpacked(slot_, trusted_).ok()) << name;
    PutText(slot_ + "/" + name, good.substr(1));
    EXPECT_FALSE(VerifyUnpacked(slot_, trusted_).ok()) << name;
    std::filesystem::remove(slot_ + "/" + name);
    EXPECT_FALSE(VerifyUnpacked(slot_, trusted_).ok()) << name;
    PutText(slot_ + "/" + name, good);
    ASSERT_TRUE(VerifyUnpacked(slot_, trusted_).ok()) << name;
  }
  PutText(slot_ + "/golden/more", "");
  ExpectRefused(VerifyUnpacked(slot_, trusted_).status(), Code::kInvalidArgument,
                slot_ + "/golden/more: bad name");
}

/// Fails the call with this number, and all after it: as a disk that goes away.
class FailingDisk final : public Disk {
 public:
  explicit FailingDisk(int at) : left_(at) {}
  bool failed() const { return failed_; }
  int MakeFolder(const std::string& path) override {
    return Failed() != 0 ? -ENOSPC : disk_.MakeFolder(path);
  }
  int Create(const std::string& path, int mode) override {
    return Failed() != 0 ? -ENOSPC : disk_.Create(path, mode);
  }
  ssize_t Write(int file, std::string_view bytes) override {
    return Failed() != 0 ? -ENOSPC : disk_.Write(file, bytes);
  }
  int Sync(int file) override { return Failed() != 0 ? -ENOSPC : disk_.Sync(file); }
  void Close(int file) override { disk_.Close(file); }
  int SyncFolder(const std::string& folder) override {
    return Failed() != 0 ? -ENOSPC : disk_.SyncFolder(folder);
  }
  int Rename(const std::string& from, const std::string& to) override {
    return Failed() != 0 ? -ENOSPC : disk_.Rename(from, to);
  }
  int Remove(const std::string& path) override {
    return Failed() != 0 ? -ENOSPC : disk_.Remove(path);
  }

 private:
  int Failed() {
    if (left_-- > 0) return 0;
    failed_ = true;
    return -ENOSPC;
  }
  Disk& disk_ = SystemDisk();
  int left_;
  bool failed_ = false;
};

TEST_F(Unpacked, AnInterruptedOneLeavesNothingHalf) {
  ASSERT_TRUE(Unpack(*source_, trusted_, slot_).ok());
  int points = 0;
  for (bool failed = true; failed; ++points) {
    FailingDisk disk(points);
    const auto bundle = Unpack(*source_, trusted_, slot_, disk);
    failed = disk.failed();
    EXPECT_EQ(bundle.ok(), !failed);
    if (failed) {
      EXPECT_EQ(bundle.status().code(), Code::kUnavailable);
    }
    // The whole folder, or none.
    if (std::filesystem::exists(slot_)) {
      EXPECT_TRUE(VerifyUnpacked(slot_, trusted_).ok()) << points;
    }
    // And the next one succeeds, whatever lies about.
    if (points % 7 == 0) {
      ASSERT_TRUE(Unpack(*source_, trusted_, slot_).ok()) << points;
    }
  }
  EXPECT_GT(points, 20);
}

TEST_F(Unpacked, AnInterruptedWriteLeavesNoBundle) {
  const SigningKey* const keys[] = {&*key_};
  const std::string other = folder_ + "/other.bundle";
  for (int at = 0;; ++at) {
    FailingDisk disk(at);
    const auto written = Write(SmallManifest(), WriteInputs(), keys, other, disk);
    if (!disk.failed()) {
      EXPECT_TRUE(written.ok());
      break;
    }
    EXPECT_FALSE(written.ok());
    if (std::filesystem::exists(other)) {  // whole, but its name was not synced
      EXPECT_TRUE(Verify(*OpenFile(other).value(), trusted_).ok()) << at;
      std::filesystem::remove(other);
    }
  }
}

}  // namespace
}  // namespace furrow::bundle
