// SPDX-License-Identifier: Apache-2.0
#include "platform/log.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

namespace furrow::platform {
namespace {

namespace fs = std::filesystem;

class LogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/furrow-log-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    dir_ = name;
    path_ = dir_ + "/furrow.log";
  }
  void TearDown() override { fs::remove_all(dir_); }
  void Open(uint64_t bytes_max, int files_max) {
    auto opened = RotatingFile::Open(path_, bytes_max, files_max);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    sink_ = std::move(opened).value();
    logger_ = std::make_unique<spdlog::logger>("test", sink_);
    logger_->set_pattern("%v");
  }
  static std::string Text(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  std::string dir_, path_;
  std::shared_ptr<RotatingFile> sink_;
  std::unique_ptr<spdlog::logger> logger_;
};

TEST_F(LogTest, ChangesTheFileWhenItIsFullAndKeepsSoMany) {
  Open(25, 3);
  for (int i = 0; i < 10; ++i) logger_->info("line number {}", i);  // 14 bytes each
  EXPECT_EQ(Text(path_), "line number 9\n");
  EXPECT_EQ(Text(path_ + ".1"), "line number 8\n");
  EXPECT_EQ(Text(path_ + ".2"), "line number 7\n");
  EXPECT_FALSE(fs::exists(path_ + ".3"));
  // A line longer than a file gets one of its own.
  logger_->info(std::string(100, 'x'));
  EXPECT_EQ(Text(path_), std::string(100, 'x') + "\n");
}

TEST_F(LogTest, OneFileIsBegunAnew) {
  Open(25, 1);
  for (int i = 0; i < 4; ++i) logger_->info("line number {}", i);
  EXPECT_EQ(Text(path_), "line number 3\n");
  EXPECT_FALSE(fs::exists(path_ + ".1"));
}

TEST_F(LogTest, AppendsToWhatIsThereAndCountsIt) {
  std::ofstream(path_) << "from before, 20 bytes\n";
  Open(30, 2);
  logger_->info("line number 0");
  EXPECT_EQ(Text(path_), "line number 0\n");
  EXPECT_EQ(Text(path_ + ".1"), "from before, 20 bytes\n");
}

TEST_F(LogTest, ReopensAFileThatWasMovedAway) {
  Open(1000, 2);
  logger_->info("old");
  fs::rename(path_, dir_ + "/moved");
  logger_->info("still old");
  sink_->Reopen();
  logger_->info("new");
  EXPECT_EQ(Text(dir_ + "/moved"), "old\nstill old\n");
  EXPECT_EQ(Text(path_), "new\n");
}

TEST_F(LogTest, AFileThatCannotBeOpenedIsAnError) {
  EXPECT_EQ(RotatingFile::Open(dir_ + "/none/furrow.log", 10, 2).status().code(), Code::kIoError);
}

TEST_F(LogTest, LinesThatFindNoRoomAreCounted) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    Open(1 << 20, 2);
    const rlimit small{14, RLIM_INFINITY}, large{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &small);
    logger_->info("line number 0");
    logger_->info("line number 1");
    logger_->info("line number 2");
    ::setrlimit(RLIMIT_FSIZE, &large);
    logger_->info("line number 3");
    ::_exit(Text(path_) == "line number 0\n... 2 lines could not be written\nline number 3\n" ? 0
                                                                                              : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace furrow::platform
