// SPDX-License-Identifier: Apache-2.0
// What opening makes of a log that lost its end, and of one that is damaged.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "store/kv/engine.h"

namespace furrow::store {
namespace {

namespace fs = std::filesystem;

class DurabilityTest : public ::testing::Test {
 protected:
  DurabilityTest() {
    char name[] = "/tmp/furrow-kv-XXXXXX";
    base_ = mkdtemp(name);
    EXPECT_TRUE(Open(base_ + "/live").ok());
  }
  ~DurabilityTest() override {
    engine_.reset();
    fs::remove_all(base_);
  }
  Status Open(const std::string& dir) {
    engine_.reset();
    auto opened = Engine::Open(dir, {.reserve_bytes = 0});
    if (!opened.ok()) return opened.status();
    engine_ = std::move(opened).value();
    return {};
  }
  void Put(const std::string& key, bool sync) {
    Batch batch;
    batch.Put(Family::kDocs, key, std::string(100, 'v'));
    const auto ticket = engine_->Write(std::move(batch));
    ASSERT_TRUE(ticket.ok());
    if (sync) {
      ASSERT_TRUE(engine_->Sync(*ticket).ok());
    }
  }
  bool Has(const std::string& key) { return (*engine_->Get(Family::kDocs, key)).has_value(); }
  // What a kill would leave now. `log_`: its newest log.
  void Kill() {
    copy_ = base_ + "/copy";
    fs::copy(base_ + "/live", copy_, fs::copy_options::recursive);
    for (const auto& entry : fs::directory_iterator(copy_)) {
      if (entry.path().extension() == ".log") log_ = std::max(log_, entry.path().string());
    }
    size_ = fs::file_size(log_);
  }
  void Write(uint64_t at, const std::string& bytes) {
    const int fd = ::open(log_.c_str(), O_WRONLY | O_CLOEXEC);
    ASSERT_EQ(::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at)),
              static_cast<ssize_t>(bytes.size()));
    ::close(fd);
  }

  std::string base_, copy_, log_;
  uint64_t size_ = 0;
  std::unique_ptr<Engine> engine_;
};

TEST_F(DurabilityTest, ATornTailThatNobodyWasToldOfIsCut) {
  Put("answered", true);
  Put("not answered", false);
  Kill();
  fs::resize_file(log_, size_ - 5);
  ASSERT_TRUE(Open(copy_).ok());
  EXPECT_TRUE(Has("answered"));
  EXPECT_FALSE(Has("not answered"));
  EXPECT_NE(engine_->opening_note(), "");
}

// What a kill leaves when it hits the opening that cut the tail: a next log, with an empty record.
TEST_F(DurabilityTest, AnOpeningCutOffIsDoneAgain) {
  Put("answered", true);
  Put("not answered", false);
  Kill();
  fs::resize_file(log_, size_ - 5);
  std::string record(1, '\x01');  // whole
  record += std::string("\x40\0\0\0\0\0\0\0", 8) + std::string(4, '\0');
  const uint32_t crc = Crc32c(0, record.data(), record.size());
  const uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
  std::string head;
  for (int i = 0; i < 4; ++i) head += static_cast<char>(masked >> (8 * i));
  head += std::string("\x0c\0", 2);
  std::ofstream(copy_ + "/900000.log", std::ios::binary) << head << record;
  ASSERT_TRUE(Open(copy_).ok());
  EXPECT_TRUE(Has("answered"));
  EXPECT_FALSE(Has("not answered"));
  Put("later", true);
  EXPECT_TRUE(Has("later"));
}

// All that was answered went to tables when the log before it ended.
TEST_F(DurabilityTest, ALogBegunSinceTheLastAnswerMayBeTornFromItsFirstByte) {
  const auto tear = [&](const std::string& lost) {
    Put(lost, false);
    Kill();
    ASSERT_GT(size_, 0u);
    Write(0, std::string(size_, '\0'));
    ASSERT_TRUE(Open(copy_).ok());
    EXPECT_TRUE(Has("answered"));
    EXPECT_FALSE(Has(lost));
    fs::remove_all(copy_);
    log_.clear();
  };
  Put("answered", true);
  ASSERT_TRUE(Open(base_ + "/live").ok());
  tear("first");
  ASSERT_TRUE(Open(base_ + "/live").ok());
  Put("answered", true);
  ASSERT_TRUE(engine_->Checkpoint(base_ + "/backup").ok());
  tear("second");
}

TEST_F(DurabilityTest, ALogOfAnswersMayNotBeTornFromItsFirstByte) {
  Put("first", true);
  ASSERT_TRUE(Open(base_ + "/live").ok());
  Put("second", true);
  Kill();
  Write(0, std::string(size_, '\0'));
  EXPECT_EQ(Open(copy_).code(), Code::kCorruption);
}

// As the file was before it named a log.
TEST_F(DurabilityTest, AnOlderMarkIsRead) {
  Put("first", true);
  Put("second", true);
  Kill();
  fs::resize_file(copy_ + "/durable", 16);
  fs::resize_file(log_, size_ - 5);
  EXPECT_EQ(Open(copy_).code(), Code::kCorruption);
}

TEST_F(DurabilityTest, NothingComesBackFromBehindAHole) {
  Put("answered", true);
  Kill();
  const uint64_t hole = size_;
  Put("lost", false);
  Put("later", false);
  fs::remove_all(copy_);
  Kill();
  Write(hole, std::string((size_ - hole) / 2, '\0'));
  ASSERT_TRUE(Open(copy_).ok());
  EXPECT_TRUE(Has("answered"));
  EXPECT_FALSE(Has("lost"));
  EXPECT_FALSE(Has("later"));
}

TEST_F(DurabilityTest, AnAnsweredWriteThatCannotBeReadIsAnError) {
  Put("first", true);
  Put("second", true);
  Kill();
  for (const uint64_t cut : {uint64_t{1}, uint64_t{5}, size_ / 4}) {
    fs::resize_file(log_, size_ - cut);
    const Status status = Open(copy_);
    EXPECT_EQ(status.code(), Code::kCorruption) << cut;
    EXPECT_NE(status.message().find(".log"), std::string::npos) << status.message();
  }
}

TEST_F(DurabilityTest, DamageIsLeftAsItIs) {
  Put("first", true);
  Put("second", true);
  Kill();
  Write(size_ / 2, "?");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Open(copy_).code(), Code::kCorruption);
  EXPECT_EQ(fs::file_size(log_), size_);
}

TEST_F(DurabilityTest, AStoreWithoutItsNewestLogIsAnError) {
  Put("answered", true);
  Kill();
  fs::remove(log_);
  EXPECT_EQ(Open(copy_).code(), Code::kCorruption);
}

TEST_F(DurabilityTest, AListOfFilesWithoutOneOfItsLastPagesIsCut) {
  Put("a", true);
  engine_->Compact(Family::kDocs);
  Put("b", true);
  Kill();
  for (const auto& entry : fs::directory_iterator(copy_)) {
    if (entry.path().filename().string().starts_with("MANIFEST-")) log_ = entry.path();
  }
  // A change of the list over three pages, the second of which did not reach the disk.
  const uint64_t end = fs::file_size(log_);
  std::string change("\1\2\3\4\x10\x27\1", 7);
  change += std::string(10'000, 'f');
  const uint64_t lost = (end / 4096 + 1) * 4096;
  std::fill_n(change.begin() + static_cast<ptrdiff_t>(lost - end), 4096, '\0');
  Write(end, change);
  ASSERT_TRUE(Open(copy_).ok());
  EXPECT_NE(engine_->opening_note().find("the list of files was cut at MANIFEST-"),
            std::string::npos);
  EXPECT_TRUE(Has("a"));
  EXPECT_TRUE(Has("b"));
}

TEST_F(DurabilityTest, AListOfFilesThatRottedIsAnError) {
  Put("a", true);
  engine_->Compact(Family::kDocs);
  Kill();
  for (const auto& entry : fs::directory_iterator(copy_)) {
    if (entry.path().filename().string().starts_with("MANIFEST-")) log_ = entry.path();
  }
  const uint64_t end = fs::file_size(log_);
  Write(end - 20, "rot");
  EXPECT_EQ(Open(copy_).code(), Code::kCorruption);
  EXPECT_EQ(fs::file_size(log_), end);
}

TEST_F(DurabilityTest, AReserveIsSetAside) {
  engine_.reset();
  auto opened = Engine::Open(base_ + "/other", {.reserve_bytes = 1 << 20});
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(fs::file_size(base_ + "/other/reserve"), 1u << 20);
  EXPECT_TRUE((*opened)->Health().ok());
}

}  // namespace
}  // namespace furrow::store
