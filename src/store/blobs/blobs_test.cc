// SPDX-License-Identifier: Apache-2.0
#include "store/blobs/blobs.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "base/id.h"
#include "store/blobs/verifier.h"

namespace furrow::blobs {
namespace {

namespace fs = std::filesystem;

Path P(const std::string& name) {
  auto path = Path::Parse(name);
  EXPECT_TRUE(path.ok()) << name;
  return std::move(path).value();
}

std::string Noise(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

// Mounts made after this are nobody else's and go with the process.
bool EnterMountNamespace() {
  const uid_t user = ::geteuid();
  if (::unshare(user == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  if (user != 0) {
    std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
  }
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

class BlobsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/furrow-blobs-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    dir_ = name;
    Reopen();
  }
  void TearDown() override {
    store_.reset();
    fs::remove_all(dir_);
  }
  void Reopen() {
    store_.reset();
    auto store = Store::Open(dir_, SystemClock());
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    store_ = std::move(store).value();
  }
  Result<Info> Put(const std::string& name, std::string_view content, size_t step = SIZE_MAX) {
    FURROW_ASSIGN(auto writer, store_->Create(P(name)));
    while (!content.empty()) {
      const size_t take = std::min(step, content.size());
      FURROW_TRY(writer->Append(content.substr(0, take)));
      content.remove_prefix(take);
    }
    return writer->Commit();
  }
  std::string Get(const std::string& name) {
    const auto reader = store_->Open(P(name));
    if (!reader.ok()) return "!" + reader.status().ToString();
    std::string out;
    const Status status = (*reader)->Read(0, (*reader)->info().size, out);
    return status.ok() ? out : "!" + status.ToString();
  }
  int FilesIn(const std::string& folder) {
    int count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(dir_ + "/" + folder)) {
      (void)entry;
      ++count;
    }
    return count;
  }
  std::string dir_;
  std::unique_ptr<Store> store_;
};

TEST_F(BlobsTest, WhatGoesInComesOutAtEverySizeAroundABlock) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{100}, kBlockBytes - 1, kBlockBytes,
                            kBlockBytes + 1, 3 * kBlockBytes, 3 * kBlockBytes + 17}) {
    const std::string content = Noise(size, static_cast<uint32_t>(size));
    for (const size_t step : {size_t{1} << 30, size_t{65536}, size_t{4099}}) {
      const auto info = Put("folder/name", content, step);
      ASSERT_TRUE(info.ok()) << info.status().ToString();
      EXPECT_EQ(info->size, size);
      EXPECT_EQ(Get("folder/name"), content) << size << " by " << step;
      const auto reader = store_->Open(P("folder/name"));
      ASSERT_TRUE(reader.ok());
      EXPECT_EQ((*reader)->info().sha256, info->sha256);
      EXPECT_TRUE((*reader)->CheckWhole().ok());
    }
  }
}

TEST_F(BlobsTest, ShaIsThatOfTheContent) {
  EXPECT_EQ(Put("abc", "abc")->sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Put("empty", "")->sha256,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_F(BlobsTest, ContentLiesAtTheFrontOfTheFile) {
  ASSERT_TRUE(Put("a/b", "hello").ok());
  std::ifstream in(dir_ + "/files/a/b", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(bytes.substr(0, 5), "hello");
  EXPECT_EQ(bytes.size(), 5 + 4 + kTrailerBytes);
  struct stat info {};
  ASSERT_EQ(::stat((dir_ + "/files/a/b").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

// A file of version 1, made from docs/formats/blobs.md alone: every later version opens it.
TEST_F(BlobsTest, GoldenFileOfVersion1) {
  const std::string hex =
      "68656c6c6f2c206669656c640abe2a843801120000000000000d00000000000000e06a62"
      "7bf7600600bf0c42456289611b45970d4a583ef24f107f9dfd0e351a15271fd7d18a1a5d"
      "208ad37fb046525742";
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  std::ofstream(dir_ + "/files/golden", std::ios::binary) << bytes;
  EXPECT_EQ(Get("golden"), "hello, field\n");
  const auto reader = store_->Open(P("golden"));
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ((*reader)->info().stored, 1795465903500000);
  EXPECT_EQ((*reader)->info().sha256,
            "bf0c42456289611b45970d4a583ef24f107f9dfd0e351a15271fd7d18a1a5d20");
  EXPECT_TRUE((*reader)->CheckWhole().ok());
}

TEST_F(BlobsTest, AnySpanCanBeRead) {
  const std::string content = Noise(3 * kBlockBytes + 1000, 5);
  ASSERT_TRUE(Put("x", content).ok());
  const auto reader = store_->Open(P("x"));
  ASSERT_TRUE(reader.ok());
  std::mt19937 random(3);
  for (int i = 0; i < 200; ++i) {
    const uint64_t offset = random() % (content.size() + 1);
    const uint64_t length = random() % (content.size() - offset + 1);
    std::string out;
    ASSERT_TRUE((*reader)->Read(offset, length, out).ok());
    ASSERT_EQ(out, content.substr(offset, length)) << offset << "+" << length;
    ASSERT_TRUE((*reader)->Check(offset, length).ok());
  }
  std::string out;
  EXPECT_EQ((*reader)->Read(content.size(), 1, out).code(), Code::kInvalidArgument);
  EXPECT_EQ((*reader)->Read(content.size() + 1, 0, out).code(), Code::kInvalidArgument);
  EXPECT_EQ((*reader)->Read(1, UINT64_MAX, out).code(), Code::kInvalidArgument);
}

TEST_F(BlobsTest, NothingAppearsBeforeCommitAndNothingStaysWithoutIt) {
  {
    auto writer = store_->Create(P("a/b"));
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->Append("half").ok());
    EXPECT_EQ(store_->Open(P("a/b")).status().code(), Code::kNotFound);
    EXPECT_EQ(FilesIn("tmp"), 1);
    EXPECT_EQ(FilesIn("files"), 0);
  }
  EXPECT_EQ(FilesIn("tmp"), 0);
  EXPECT_EQ(FilesIn("files"), 0);
}

TEST_F(BlobsTest, AnAbandonedUploadLeavesTheOldContent) {
  ASSERT_TRUE(Put("a", "old").ok());
  {
    auto writer = store_->Create(P("a"));
    ASSERT_TRUE((*writer)->Append("newer and longer").ok());
  }
  EXPECT_EQ(Get("a"), "old");
}

TEST_F(BlobsTest, OverwritingIsSilentAndOpenReadersKeepTheOld) {
  ASSERT_TRUE(Put("a", "old content").ok());
  const auto reader = store_->Open(P("a"));
  ASSERT_TRUE(Put("a", "new").ok());
  EXPECT_EQ(Get("a"), "new");
  std::string out;
  ASSERT_TRUE((*reader)->Read(0, 11, out).ok());
  EXPECT_EQ(out, "old content");
}

TEST_F(BlobsTest, FilesAndFoldersDoNotReplaceEachOther) {
  ASSERT_TRUE(Put("a/b", "x").ok());
  EXPECT_EQ(Put("a", "y").status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(Put("a/b/c", "y").status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(Put("a/b/c/d", "y").status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(Get("a/b"), "x");
  EXPECT_EQ(store_->Open(P("a")).status().code(), Code::kNotFound);
  EXPECT_EQ(store_->Open(P("a/b/c")).status().code(), Code::kNotFound);
  EXPECT_EQ(FilesIn("tmp"), 0);
}

TEST_F(BlobsTest, LinksPutThereByHandAreNotFollowed) {
  std::ofstream(dir_ + "/secret") << "secret";
  ASSERT_TRUE(Put("sub/x", "x").ok());
  ASSERT_EQ(::symlink("../secret", (dir_ + "/files/link").c_str()), 0);
  ASSERT_EQ(::symlink("..", (dir_ + "/files/up").c_str()), 0);
  EXPECT_EQ(store_->Open(P("link")).status().code(), Code::kNotFound);
  EXPECT_EQ(store_->Open(P("up/secret")).status().code(), Code::kNotFound);
  EXPECT_EQ(Put("up/secret", "overwritten").status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(store_->Delete(P("up/secret")).code(), Code::kNotFound);
  EXPECT_EQ(store_->DeleteTree(P("up/secret")).code(), Code::kNotFound);
  ASSERT_TRUE(Put("link", "replaces the link itself").ok());
  std::ifstream in(dir_ + "/secret");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "secret");
}

TEST_F(BlobsTest, ANamedPipeDoesNotHang) {
  ASSERT_EQ(::mkfifo((dir_ + "/files/pipe").c_str(), 0600), 0);
  EXPECT_EQ(store_->Open(P("pipe")).status().code(), Code::kNotFound);
}

TEST_F(BlobsTest, DeleteTakesFilesAndTheFoldersTheyLeaveEmpty) {
  ASSERT_TRUE(Put("a/b/c/one", "1").ok());
  ASSERT_TRUE(Put("a/two", "2").ok());
  EXPECT_EQ(store_->Delete(P("a/b")).code(), Code::kNotFound);
  EXPECT_EQ(store_->Delete(P("none")).code(), Code::kNotFound);
  EXPECT_EQ(store_->Delete(P("a/two/x")).code(), Code::kNotFound);
  EXPECT_TRUE(store_->Delete(P("a/b/c/one")).ok());
  EXPECT_FALSE(fs::exists(dir_ + "/files/a/b"));
  EXPECT_EQ(Get("a/two"), "2");
  EXPECT_TRUE(store_->Delete(P("a/two")).ok());
  EXPECT_EQ(FilesIn("files"), 0);
  EXPECT_TRUE(fs::exists(dir_ + "/files"));
}

TEST_F(BlobsTest, DeleteTreeTakesAllAtOnce) {
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(Put("t/d" + std::to_string(i % 3) + "/" + std::to_string(i), "x").ok());
  ASSERT_TRUE(Put("t2", "stays").ok());
  EXPECT_EQ(store_->DeleteTree(P("none")).code(), Code::kNotFound);
  EXPECT_TRUE(store_->DeleteTree(P("t")).ok());
  EXPECT_EQ(FilesIn("files"), 1);
  EXPECT_EQ(FilesIn("tmp"), 0);
  EXPECT_TRUE(store_->DeleteTree(P("t2")).ok());
  EXPECT_EQ(FilesIn("files"), 0);
}

TEST_F(BlobsTest, LeftoversAreReclaimed) {
  std::ofstream(dir_ + "/tmp/upload-old") << "x";
  fs::create_directories(dir_ + "/tmp/trash-old/deep");
  std::ofstream(dir_ + "/tmp/upload-new") << "x";
  const auto past = fs::file_time_type::clock::now() - std::chrono::hours(2);
  fs::last_write_time(dir_ + "/tmp/upload-old", past);
  fs::last_write_time(dir_ + "/tmp/trash-old", past);
  EXPECT_EQ(*store_->Reclaim(std::chrono::hours(1)), 2);
  EXPECT_EQ(FilesIn("tmp"), 1);
  Reopen();
  EXPECT_EQ(FilesIn("tmp"), 0);
}

TEST_F(BlobsTest, EveryFlippedBitIsNoticed) {
  const std::string content = Noise(2 * kBlockBytes + 300, 11);
  ASSERT_TRUE(Put("x", content).ok());
  ASSERT_TRUE(Put("other", "fine").ok());
  const std::string file = dir_ + "/files/x";
  const auto size = fs::file_size(file);
  std::mt19937 random(1);
  for (int i = 0; i < 400; ++i) {
    // Half of them in the table and the trailer, which are small.
    const uint64_t at = i % 2 ? random() % size : size - 1 - random() % (kTrailerBytes + 12);
    const int bit = static_cast<int>(random() % 8);
    std::fstream edit(file, std::ios::in | std::ios::out | std::ios::binary);
    edit.seekg(static_cast<std::streamoff>(at));
    const char old = static_cast<char>(edit.get());
    edit.seekp(static_cast<std::streamoff>(at));
    edit.put(static_cast<char>(old ^ (1 << bit))).flush();
    EXPECT_EQ(Get("x").substr(0, 11), "!corruption") << at;
    if (at < content.size()) {
      // Blocks that the flip did not touch are still served, the one it did is not.
      const auto reader = store_->Open(P("x"));
      ASSERT_TRUE(reader.ok());
      for (uint64_t block = 0; block < 3; ++block) {
        const uint64_t begin = block * kBlockBytes;
        const Status read = (*reader)->Check(begin, std::min(kBlockBytes, content.size() - begin));
        EXPECT_EQ(read.ok(), at / kBlockBytes != block);
      }
    }
    edit.seekp(static_cast<std::streamoff>(at));
    edit.put(old).flush();
  }
  EXPECT_EQ(Get("x"), content);
  EXPECT_EQ(Get("other"), "fine");
}

TEST_F(BlobsTest, EveryTruncationIsNoticed) {
  const std::string content = Noise(700, 2);
  ASSERT_TRUE(Put("x", content).ok());
  const std::string file = dir_ + "/files/x";
  for (auto size = fs::file_size(file); size-- > 0;) {
    fs::resize_file(file, size);
    EXPECT_EQ(store_->Open(P("x")).status().code(), Code::kCorruption) << size;
  }
}

TEST_F(BlobsTest, BlocksInEachOthersPlaceAreNoticed) {
  const std::string a = Noise(kBlockBytes, 1), b = Noise(kBlockBytes, 2);
  ASSERT_TRUE(Put("x", a + b).ok());
  std::fstream edit(dir_ + "/files/x", std::ios::in | std::ios::out | std::ios::binary);
  std::string table(8, '\0');
  edit.seekg(2 * kBlockBytes);
  edit.read(table.data(), 8);
  edit.seekp(0);
  edit << b << a;
  // Even if their sums had moved along.
  edit.seekp(2 * kBlockBytes);
  edit << table.substr(4) << table.substr(0, 4);
  edit.close();
  EXPECT_EQ(Get("x").substr(0, 11), "!corruption");
}

TEST_F(BlobsTest, ScrubNamesTheDamaged) {
  ASSERT_TRUE(Put("good", "x").ok());
  ASSERT_TRUE(Put("d/bad", "content").ok());
  std::ofstream(dir_ + "/files/foreign") << "not one of ours";
  std::fstream edit(dir_ + "/files/d/bad", std::ios::in | std::ios::out);
  edit << "C";
  edit.close();
  std::map<std::string, Code> seen;
  ASSERT_TRUE(store_
                  ->Scrub([&](const std::string& path, const Status& status) {
                    seen[path] = status.code();
                    return true;
                  })
                  .ok());
  EXPECT_EQ(seen, (std::map<std::string, Code>{{"good", Code::kOk},
                                               {"d/bad", Code::kCorruption},
                                               {"foreign", Code::kCorruption}}));
}

TEST_F(BlobsTest, SizeIsBounded) {
  Store::Options options;
  options.size_max = 10;
  store_.reset();
  auto store = Store::Open(dir_, SystemClock(), options);
  ASSERT_TRUE(store.ok());
  auto writer = (*store)->Create(P("a"));
  EXPECT_TRUE((*writer)->Append("12345").ok());
  EXPECT_EQ((*writer)->Append("123456").code(), Code::kTooLarge);
}

TEST_F(BlobsTest, ParallelUploadsOfOneNameLeaveOneOfThemWhole) {
  std::vector<std::string> contents;
  for (uint32_t i = 0; i < 4; ++i) contents.push_back(Noise(kBlockBytes + 1000 * i, i));
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        if (!Put("same/name", contents[static_cast<size_t>(t)], 5000).ok()) ++failures;
        const std::string now = Get("same/name");
        if (std::find(contents.begin(), contents.end(), now) == contents.end()) ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(FilesIn("tmp"), 0);
}

TEST_F(BlobsTest, UploadsAndDeletionsOfTheSameFoldersDoNotLoseAnAnsweredFile) {
  std::atomic<int> failures{0};
  std::atomic<bool> stop{false};
  std::thread deleter([&] {
    while (!stop) {
      (void)store_->Delete(P("d/e/f/churn"));
      (void)store_->DeleteTree(P("d/e/tree"));
    }
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 40; ++i) {
        const std::string mine = "d/e/f/keep" + std::to_string(t);
        if (!Put("d/e/f/churn", "x").ok()) ++failures;
        if (!Put("d/e/tree/g/h" + std::to_string(t), "x").ok()) ++failures;
        if (!Put(mine, std::to_string(i)).ok()) ++failures;
        if (Get(mine) != std::to_string(i)) ++failures;
        if (!store_->Delete(P(mine)).ok()) ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  stop = true;
  deleter.join();
  EXPECT_EQ(failures, 0);
}

TEST_F(BlobsTest, CheckFileFindsEveryFlippedByteAndEveryCut) {
  for (const size_t size : {size_t{0}, size_t{1000}, size_t{kBlockBytes}, size_t{600'000}}) {
    ASSERT_TRUE(Put("whole", Noise(size, 9)).ok());
    const std::string path = dir_ + "/files/whole";
    const auto check = [&] {
      const Descriptor file(::open(path.c_str(), O_RDONLY));
      return CheckFile(file.get(), fs::file_size(path));
    };
    const uint64_t stored = fs::file_size(path);
    EXPECT_TRUE(check().ok()) << size;
    std::vector<uint64_t> places = {stored - 1, stored - 60, stored - 40, stored - 64};
    for (uint64_t at = 0; at < stored - kTrailerBytes; at += 49'999) places.push_back(at);
    if (size > 0) places.push_back(size);  // the table
    for (const uint64_t at : places) {
      const auto flip = [&] {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(at));
        const int byte = file.get();
        file.seekp(static_cast<std::streamoff>(at));
        file.put(static_cast<char>(byte ^ 4));
      };
      flip();
      EXPECT_EQ(check().code(), Code::kCorruption) << size << " at " << at;
      flip();
    }
    EXPECT_TRUE(check().ok());
    fs::resize_file(path, stored - 1);
    EXPECT_EQ(check().code(), Code::kCorruption) << size;
  }
}

TEST_F(BlobsTest, WhileHeldNothingStoredGoesOrChangesAndNewNamesCome) {
  ASSERT_TRUE(Put("a/goes", "1").ok());
  ASSERT_TRUE(Put("b/tree", "2").ok());
  ASSERT_TRUE(Put("c/changes", "3").ok());
  auto hold = store_->Hold();
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  threads.emplace_back([&] { done += store_->Delete(P("a/goes")).ok(); });
  threads.emplace_back([&] { done += store_->DeleteTree(P("b")).ok(); });
  threads.emplace_back([&] { done += Put("c/changes", "33").ok(); });
  // Time enough for all three, were they not to wait.
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(Put("new" + std::to_string(i), "4").ok());
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_EQ(done, 0);
  EXPECT_EQ(Get("a/goes"), "1");
  EXPECT_EQ(Get("b/tree"), "2");
  EXPECT_EQ(Get("c/changes"), "3");
  hold.unlock();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(done, 3);
  EXPECT_FALSE(store_->Open(P("a/goes")).ok());
  EXPECT_FALSE(store_->Open(P("b/tree")).ok());
  EXPECT_EQ(Get("c/changes"), "33");
}

// On a real full disk: a file system of one megabyte in a namespace of its own.
TEST_F(BlobsTest, AFullDiskRefusesUploadsAndKeepsEverythingElse) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!EnterMountNamespace()) ::_exit(77);
    const std::string disk = dir_ + "/disk";
    fs::create_directory(disk);
    if (::mount("none", disk.c_str(), "tmpfs", 0, "size=1m") != 0) ::_exit(77);
    auto store = Store::Open(disk, SystemClock());
    if (!store.ok()) ::_exit(1);
    store_ = std::move(store).value();
    const std::string content = Noise(300'000, 1);
    if (!Put("a", content).ok()) ::_exit(2);
    // Refused while it arrives, and then before it begins.
    if (Put("b", Noise(2'000'000, 2), 10'000).status().code() != Code::kUnavailable) ::_exit(3);
    if (!fs::is_empty(disk + "/tmp")) ::_exit(4);
    if (Get("a") != content) ::_exit(5);
    if (!Put("c", Noise(300'000, 3)).ok()) ::_exit(6);
    if (!Put("c2", Noise(300'000, 3)).ok()) ::_exit(7);
    std::ofstream fill(disk + "/fill");
    fill << std::string(100'000, 'x') << std::flush;
    if (store_->Create(P("d")).status().code() != Code::kUnavailable) ::_exit(8);
    if (!store_->Delete(P("c")).ok()) ::_exit(9);
    if (!Put("d", content).ok()) ::_exit(10);
    if (Get("d") != content) ::_exit(11);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no namespaces here: a full disk was not tried";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace furrow::blobs
