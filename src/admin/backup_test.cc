// SPDX-License-Identifier: Apache-2.0
#include "admin/backup.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "admin/offline.h"
#include "admin/progress.h"
#include "admin/socket_server.h"
#include "admin/text.h"
#include "admin/whole.h"

namespace furrow::admin {
namespace {

namespace fs = std::filesystem;

TEST(Text, IsForPeople) {
  EXPECT_EQ(Bytes(0), "0 B");
  EXPECT_EQ(Bytes(999), "999 B");
  EXPECT_EQ(Bytes(1000), "1.0 kB");
  EXPECT_EQ(Bytes(999'949), "999.9 kB");
  EXPECT_EQ(Bytes(999'951), "1.0 MB");
  EXPECT_EQ(Count(1234567), "1,234,567");
  EXPECT_EQ(Count(999), "999");
  EXPECT_EQ(Plural(1, "file"), "1 file");
  EXPECT_EQ(Plural(1000, "file"), "1,000 files");
  EXPECT_EQ(Padded("é", 3), "é  ");
  EXPECT_EQ(Progress::Line("copying", 500, 1000, 2),
            "copying [############------------]  50 %  500 B of 1.0 kB  250 B/s");
  EXPECT_NE(Progress::Line("copying", 0, 0, 0).find("100 %"), std::string::npos);
}

Manifest Sample() {
  Manifest m;
  m.generation = 7;
  m.taken = 1'700'000'000'000'000;
  m.server_version = "1.2.3";
  m.new_objects = 1;
  m.new_bytes = 5;
  m.damaged = {"files/ä \"x\""};
  m.files = {{"files/ä \"x\"", 5, std::string(64, 'a'), ""},
             {"store/000001.sst", 9, std::string(64, 'b'), std::string(32, 'c')}};
  return m;
}

TEST(Manifest, ComesBackAsItWasWritten) {
  const auto read = DecodeManifest(EncodeManifest(Sample()));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(EncodeManifest(*read), EncodeManifest(Sample()));
  EXPECT_EQ(read->generation, 7);
  EXPECT_EQ(read->taken, 1'700'000'000'000'000);
  EXPECT_EQ(read->damaged, Sample().damaged);
  EXPECT_EQ(read->bytes(), 14u);
}

TEST(Manifest, EveryFlippedBitAndEveryCutIsFound) {
  const std::string whole = EncodeManifest(Sample());
  for (size_t at = 0; at < whole.size(); ++at) {
    EXPECT_FALSE(DecodeManifest(whole.substr(0, at)).ok()) << at;
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    const auto read = DecodeManifest(flipped);
    // White space in the sealing line is the one thing that may differ without saying another.
    if (read.ok()) {
      EXPECT_EQ(EncodeManifest(*read), whole) << at;
    }
  }
}

TEST(Manifest, PathsStayInside) {
  EXPECT_TRUE(IsPlainPath("a/b.c/..d"));
  for (const char* bad : {"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/."}) {
    EXPECT_FALSE(IsPlainPath(bad)) << bad;
  }
  EXPECT_TRUE(IsPlainPath(std::string(255, 'x') + "/" + std::string(255, 'y')));
  EXPECT_FALSE(IsPlainPath(std::string(256, 'x')));
  std::string deep = "x";
  while (deep.size() < 3000) deep += "/x";
  EXPECT_FALSE(IsPlainPath(deep));
  Manifest m = Sample();
  m.files[0].path = "../escape";
  EXPECT_FALSE(DecodeManifest(EncodeManifest(m)).ok());
}

TEST(Manifest, SizesCannotWrapAround) {
  Manifest m = Sample();
  m.files[0].size = m.files[1].size = uint64_t{1} << 61;
  EXPECT_TRUE(DecodeManifest(EncodeManifest(m)).ok());
  m.files.push_back(m.files[0]);
  EXPECT_FALSE(DecodeManifest(EncodeManifest(m)).ok());
}

class BackupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/furrow-backup-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    root_ = name;
    data_ = root_ + "/data";
    out_ = root_ + "/out";
    Start();
  }
  void TearDown() override {
    Stop();
    fs::remove_all(root_);
  }
  void Start() {
    auto opened = Offline::Open(data_, true);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    server_ = std::make_unique<Offline>(std::move(*opened));
    auto files = blobs::Store::Open(data_);
    ASSERT_TRUE(files.ok());
    files_ = std::move(files).value();
    auto socket = SocketServer::Start(data_, *server_->directory, *server_->engine, *files_);
    ASSERT_TRUE(socket.ok()) << socket.status().ToString();
    socket_ = std::move(*socket);
  }
  void Stop() {
    socket_.reset();
    files_.reset();
    server_.reset();
  }
  void Upload(const std::string& name, const std::string& content) {
    auto path = blobs::Path::Parse(name);
    auto writer = files_->Create(*path);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->Append(content).ok());
    ASSERT_TRUE((*writer)->Commit().ok());
  }
  void Put(const std::string& key, const std::string& value) {
    store::Batch batch;
    batch.Put(store::Family::kMeta, key, value);
    ASSERT_TRUE(server_->engine->Write(std::move(batch)).ok());
  }
  Manifest Backup() {
    auto repository = Repository::Open(out_, true);
    EXPECT_TRUE(repository.ok()) << repository.status().ToString();
    auto snapshot = Snapshot::Take(data_);
    EXPECT_TRUE(snapshot.ok()) << snapshot.status().ToString();
    auto made = TakeBackup(**snapshot, *repository);
    EXPECT_TRUE(made.ok()) << made.status().ToString();
    return made.ok() ? std::move(made).value() : Manifest();
  }
  Status RestoreTo(const std::string& dir, int generation = 0) {
    auto repository = Repository::Open(out_, false);
    if (!repository.ok()) return repository.status();
    auto manifest = repository->Pick(generation);
    if (!manifest.ok()) return manifest.status();
    return Restore(*repository, *manifest, dir);
  }
  std::string ObjectOf(const Manifest& manifest, const std::string& path) {
    for (const BackupFile& file : manifest.files) {
      if (file.path == path) {
        return out_ + "/objects/" + file.sha256.substr(0, 2) + "/" + file.sha256;
      }
    }
    ADD_FAILURE() << path << " is not in the backup";
    return "";
  }
  static void Flip(const std::string& path, std::streamoff at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const int byte = file.get();
    file.seekp(at);
    file.put(static_cast<char>(byte ^ 1));
    ASSERT_TRUE(file.good()) << path;
  }
  static std::string Value(const std::string& dir, const std::string& key) {
    auto opened = Offline::Open(dir, false);
    EXPECT_TRUE(opened.ok()) << opened.status().ToString();
    return opened.ok() ? opened->engine->Get(store::Family::kMeta, key)->value_or("none") : "";
  }
  static std::string Content(const std::string& dir, const std::string& name) {
    auto files = blobs::Store::Open(dir);
    auto path = blobs::Path::Parse(name);
    auto reader = (*files)->Open(*path);
    if (!reader.ok()) return reader.status().ToString();
    std::string out;
    return (*reader)->Read(0, (*reader)->info().size, out).ok() ? out : "damaged";
  }

  std::string root_, data_, out_;
  std::unique_ptr<Offline> server_;
  std::unique_ptr<blobs::Store> files_;
  std::unique_ptr<SocketServer> socket_;
};

TEST_F(BackupTest, OfARunningServerRestoresWithItsUsersAndFiles) {
  Upload("p/run.1/model.pt", "weights");
  Put("k", "before");
  const std::string password = server_->first_boot.password;
  const std::string secret = server_->first_boot.secret_key;
  const std::string key = server_->first_boot.access_key;
  const Manifest made = Backup();
  EXPECT_EQ(made.generation, 1);
  EXPECT_TRUE(made.damaged.empty());
  EXPECT_TRUE(fs::exists(data_ + "/bootstrap.json"));
  for (const BackupFile& file : made.files) EXPECT_NE(file.path, "bootstrap.json");
  EXPECT_FALSE(fs::exists(data_ + "/snapshot"));
  Put("k", "after");
  ASSERT_TRUE(files_->Delete(*blobs::Path::Parse("p/run.1/model.pt")).ok());
  ASSERT_TRUE(RestoreTo(root_ + "/there").ok());
  EXPECT_EQ(Value(root_ + "/there", "k"), "before");
  EXPECT_EQ(Content(root_ + "/there", "p/run.1/model.pt"), "weights");
  auto opened = Offline::Open(root_ + "/there", false);
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(opened->directory->CheckPassword("admin", password).ok());
  EXPECT_TRUE(opened->directory->CheckSecret(key, secret).ok());
}

TEST_F(BackupTest, OfAStoppedServerIsTheSame) {
  Upload("a", "1");
  Put("k", "in the log alone");
  Stop();
  Backup();
  ASSERT_TRUE(RestoreTo(root_ + "/there").ok());
  EXPECT_EQ(Value(root_ + "/there", "k"), "in the log alone");
  EXPECT_EQ(Content(root_ + "/there", "a"), "1");
}

TEST_F(BackupTest, TheSecondOneCopiesOnlyWhatIsNew) {
  for (int i = 0; i < 20; ++i) Upload("f" + std::to_string(i), std::string(10'000, 'a' + i));
  Put("k", std::string(100'000, 'x'));
  const Manifest first = Backup();
  Upload("new", std::string(5'000, 'n'));
  const Manifest second = Backup();
  EXPECT_EQ(second.generation, 2);
  EXPECT_EQ(second.files.size(), first.files.size() + 1);
  EXPECT_GT(first.new_bytes, 200'000u);
  // The file, and the store's small files that say what belongs to it.
  EXPECT_GE(second.new_bytes, 5'000u);
  EXPECT_LT(second.new_bytes, 60'000u);
  ASSERT_TRUE(RestoreTo(root_ + "/one", 1).ok());
  ASSERT_TRUE(RestoreTo(root_ + "/two", 2).ok());
  EXPECT_FALSE(fs::exists(root_ + "/one/files/new"));
  EXPECT_EQ(Content(root_ + "/two", "new"), std::string(5'000, 'n'));
}

TEST_F(BackupTest, AReplacedFileIsCopiedAgain) {
  Upload("same/name", "old content");
  Backup();
  Upload("same/name", "new content");
  Backup();
  ASSERT_TRUE(RestoreTo(root_ + "/one", 1).ok());
  ASSERT_TRUE(RestoreTo(root_ + "/two", 2).ok());
  EXPECT_EQ(Content(root_ + "/one", "same/name"), "old content");
  EXPECT_EQ(Content(root_ + "/two", "same/name"), "new content");
}

TEST_F(BackupTest, IsForItsOwnersEyes) {
  Upload("a", "1");
  Backup();
  for (const auto& entry : fs::recursive_directory_iterator(out_)) {
    EXPECT_EQ(entry.status().permissions(), entry.is_directory()
                                                ? fs::perms::owner_all
                                                : fs::perms::owner_read | fs::perms::owner_write)
        << entry.path();
  }
  EXPECT_EQ(fs::status(out_).permissions(), fs::perms::owner_all);
}

TEST_F(BackupTest, AFlippedBitInTheBackupIsFoundAndNeverRestored) {
  Upload("good", "1234567890");
  Upload("bad", "abcdefghij");
  const Manifest made = Backup();
  Flip(ObjectOf(made, "files/bad"), 3);
  auto repository = Repository::Open(out_, false);
  const auto bad = VerifyBackup(*repository, made);
  ASSERT_EQ(bad.size(), 1u);
  EXPECT_EQ(bad[0].path, "files/bad");
  const Status restored = RestoreTo(root_ + "/there");
  EXPECT_EQ(restored.code(), Code::kCorruption);
  EXPECT_NE(restored.message().find("files/bad"), std::string::npos);
  // And what is there is taken for what it is.
  EXPECT_FALSE(CheckWhole(root_ + "/there").ok());
  EXPECT_EQ(Offline::Open(root_ + "/there", true).status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(Snapshot::Take(root_ + "/there").status().code(),
            fs::exists(root_ + "/there/store") ? Code::kFailedPrecondition : Code::kNotFound);
  EXPECT_EQ(RestoreTo(root_ + "/there").code(), Code::kFailedPrecondition);
}

TEST_F(BackupTest, AMissingObjectAndACutManifestAreFound) {
  Upload("a", "1");
  const Manifest made = Backup();
  Backup();
  fs::resize_file(out_ + "/generations/000002.jsonl",
                  fs::file_size(out_ + "/generations/000002.jsonl") - 20);
  EXPECT_EQ(RestoreTo(root_ + "/two").code(), Code::kCorruption);
  EXPECT_TRUE(RestoreTo(root_ + "/one", 1).ok());
  fs::remove(ObjectOf(made, "files/a"));
  EXPECT_EQ(RestoreTo(root_ + "/gone", 1).code(), Code::kNotFound);
  // The next backup stands on its own feet.
  const Manifest third = Backup();
  EXPECT_EQ(third.generation, 3);
  EXPECT_TRUE(RestoreTo(root_ + "/three").ok());
}

TEST_F(BackupTest, OnlyRegularFilesAreReadFromIt) {
  Upload("a", "1");
  const Manifest made = Backup();
  const std::string object = ObjectOf(made, "files/a"), aside = root_ + "/aside";
  const std::string manifest = out_ + "/generations/000001.jsonl";
  for (const std::string& path : {object, manifest}) {
    fs::rename(path, aside);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    EXPECT_EQ(RestoreTo(root_ + "/pipe").code(), Code::kCorruption) << path;
    fs::remove(path);
    // Not even to the right bytes: where a link leads may change while it is read.
    fs::create_symlink(aside, path);
    EXPECT_FALSE(RestoreTo(root_ + "/link").ok()) << path;
    fs::rename(aside, path);
    fs::remove_all(root_ + "/pipe");
    fs::remove_all(root_ + "/link");
  }
  EXPECT_TRUE(RestoreTo(root_ + "/there").ok());
}

TEST_F(BackupTest, WithoutRoomNothingIsBegun) {
  Upload("a", "1");
  Manifest made = Backup();
  made.files[0].size = uint64_t{1} << 61;
  auto repository = Repository::Open(out_, false);
  EXPECT_EQ(Restore(*repository, made, root_ + "/there").code(), Code::kUnavailable);
  EXPECT_TRUE(fs::is_empty(root_ + "/there"));
}

TEST_F(BackupTest, ADamagedFileIsBackedUpAsItIsAndNamed) {
  Upload("p/good", "1");
  Upload("p/bad", std::string(1000, 'x'));
  Flip(data_ + "/files/p/bad", 500);
  const Manifest made = Backup();
  EXPECT_EQ(made.damaged, std::vector<std::string>{"files/p/bad"});
  const Manifest again = Backup();
  EXPECT_EQ(again.damaged, std::vector<std::string>{"files/p/bad"});
}

TEST_F(BackupTest, AFileThatRotsLaterStaysGoodInTheBackup) {
  Upload("a", std::string(1000, 'x'));
  Backup();
  // As bad disks do it: the time of the last change stays.
  const auto touched = fs::last_write_time(data_ + "/files/a");
  Flip(data_ + "/files/a", 500);
  fs::last_write_time(data_ + "/files/a", touched);
  Backup();
  ASSERT_TRUE(RestoreTo(root_ + "/there").ok());
  EXPECT_EQ(Content(root_ + "/there", "a"), std::string(1000, 'x'));
}

TEST_F(BackupTest, WhatRootAddsBelongsToTheOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  fs::create_directory(out_);
  ASSERT_EQ(::chown(out_.c_str(), 65534, 65534), 0);
  Upload("a", "1");
  Backup();
  Upload("b", "2");
  Backup();
  for (const auto& entry : fs::recursive_directory_iterator(out_)) {
    struct stat about {};
    ASSERT_EQ(::lstat(entry.path().c_str(), &about), 0);
    EXPECT_EQ(about.st_uid, 65534u) << entry.path();
  }
  // And so does what it restores.
  fs::create_directory(root_ + "/there");
  ASSERT_EQ(::chown((root_ + "/there").c_str(), 65534, 65534), 0);
  ASSERT_TRUE(RestoreTo(root_ + "/there").ok());
  for (const auto& entry : fs::recursive_directory_iterator(root_ + "/there")) {
    struct stat about {};
    ASSERT_EQ(::lstat(entry.path().c_str(), &about), 0);
    EXPECT_EQ(about.st_uid, 65534u) << entry.path();
  }
}

// As the nightly backup of the unit goes on with what an administrator began by hand.
TEST_F(BackupTest, AFolderThatRootMakesBelongsToTheOwnerOfTheData) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  ASSERT_EQ(::chown(data_.c_str(), 65534, 65534), 0);
  ASSERT_TRUE(Repository::Open(out_, true, data_).ok());
  struct stat about {};
  for (const char* path : {"", "/backup.json", "/objects", "/generations", "/tmp"}) {
    ASSERT_EQ(::lstat((out_ + path).c_str(), &about), 0);
    EXPECT_EQ(about.st_uid, 65534u) << path;
  }
  // One that was there is left to whom it belongs.
  fs::create_directory(root_ + "/own");
  ASSERT_TRUE(Repository::Open(root_ + "/own", true, data_).ok());
  ASSERT_EQ(::lstat((root_ + "/own/backup.json").c_str(), &about), 0);
  EXPECT_EQ(about.st_uid, 0u);
}

TEST_F(BackupTest, SaysWhenItMayNotRead) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  Backup();
  ASSERT_EQ(::chmod(root_.c_str(), 0711), 0);
  ASSERT_EQ(::chmod(out_.c_str(), 0711), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setuid(65534) != 0) ::_exit(1);
    const auto closed = Repository::Open(out_, false);
    ::_exit(closed.status().message().find("Permission denied") == std::string::npos ? 2 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(BackupTest, GoesIntoNothingElse) {
  fs::create_directories(out_);
  std::ofstream(out_ + "/letter") << "dear diary";
  EXPECT_EQ(Repository::Open(out_, true).status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(Repository::Open(root_ + "/none", false).status().code(), Code::kNotFound);
  std::ofstream(out_ + "/backup.json") << R"({"format":"furrow-backup","version":2})";
  EXPECT_EQ(Repository::Open(out_, true).status().code(), Code::kFailedPrecondition);
}

TEST_F(BackupTest, RestoresIntoNothingElse) {
  Backup();
  fs::create_directories(root_ + "/full");
  std::ofstream(root_ + "/full/letter") << "dear diary";
  EXPECT_EQ(RestoreTo(root_ + "/full").code(), Code::kFailedPrecondition);
  EXPECT_EQ(RestoreTo(data_).code(), Code::kFailedPrecondition);
  EXPECT_TRUE(fs::exists(root_ + "/full/letter"));
  fs::create_directories(root_ + "/empty/lost+found");
  EXPECT_TRUE(RestoreTo(root_ + "/empty").ok());
}

TEST_F(BackupTest, KeepsAsManyGenerationsAsAsked) {
  for (int i = 0; i < 4; ++i) {
    Upload("changing", "content " + std::to_string(i));
    Backup();
  }
  const auto objects = [&] {
    return std::count_if(fs::recursive_directory_iterator(out_ + "/objects"), {},
                         [](const auto& e) { return e.is_regular_file(); });
  };
  const auto before = objects();
  auto repository = Repository::Open(out_, true);
  ASSERT_TRUE(KeepGenerations(*repository, 2).ok());
  EXPECT_EQ(*repository->Generations(), (std::vector<int>{3, 4}));
  EXPECT_LT(objects(), before);
  ASSERT_TRUE(KeepGenerations(*repository, 2).ok());
  repository = Status(Code::kInternal, "");
  ASSERT_TRUE(RestoreTo(root_ + "/there", 3).ok());
  EXPECT_EQ(Content(root_ + "/there", "changing"), "content 2");
}

TEST_F(BackupTest, WhatACutOffBackupLeftIsNotTrusted) {
  Upload("a", "1");
  const Manifest made = Backup();
  // As a power cut leaves it: the object is there, its bytes are not, no manifest was written.
  std::ofstream(ObjectOf(made, "files/a")) << std::string(fs::file_size(data_ + "/files/a"), '\0');
  fs::remove(out_ + "/generations/000001.jsonl");
  Backup();
  ASSERT_TRUE(RestoreTo(root_ + "/there").ok());
  EXPECT_EQ(Content(root_ + "/there", "a"), "1");
}

TEST_F(BackupTest, OneAtATime) {
  const auto first = Snapshot::Take(data_);
  ASSERT_TRUE(first.ok());
  // flock asks per open file, so this process stands for another as well.
  EXPECT_EQ(Snapshot::Take(data_).status().code(), Code::kFailedPrecondition);
  auto repository = Repository::Open(out_, true);
  ASSERT_TRUE(repository.ok());
  EXPECT_EQ(Repository::Open(out_, true).status().code(), Code::kFailedPrecondition);
}

TEST_F(BackupTest, ASnapshotWhoseCommandDiedIsDropped) {
  ASSERT_TRUE(MakeSnapshot(data_, *server_->engine, *files_).ok());
  ASSERT_TRUE(fs::exists(data_ + "/snapshot/store"));
  {
    const auto held = Snapshot::Take(data_);
    ASSERT_TRUE(held.ok());
    EXPECT_FALSE(DropAbandonedSnapshot(data_));
    EXPECT_TRUE(fs::exists(data_ + "/snapshot/store"));
  }
  ASSERT_TRUE(MakeSnapshot(data_, *server_->engine, *files_).ok());
  EXPECT_TRUE(DropAbandonedSnapshot(data_));
  EXPECT_FALSE(fs::exists(data_ + "/snapshot"));
  ASSERT_TRUE(MakeSnapshot(data_, *server_->engine, *files_).ok());
  Stop();
  Start();
  EXPECT_FALSE(fs::exists(data_ + "/snapshot"));
}

}  // namespace
}  // namespace furrow::admin
