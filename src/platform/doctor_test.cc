// SPDX-License-Identifier: Apache-2.0
#include "platform/doctor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "admin/whole.h"
#include "platform/doctor_checks.h"
#include "platform/open_files.h"

namespace furrow::platform {
namespace {

namespace fs = std::filesystem;

class DoctorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/furrow-doctor-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    dir_ = name;
    settings_.data = dir_ + "/data";
    settings_.api_port = settings_.files_port = settings_.web_port = 0;
    fs::create_directory(settings_.data);
    ::chmod(settings_.data.c_str(), 0700);
  }
  void TearDown() override { fs::remove_all(dir_); }

  void Write(const std::string& path, const std::string& text, mode_t mode = 0600) {
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
  }
  // The first finding of a topic whose text holds `part`.
  static const Diagnosis* Find(const Findings& all, const std::string& topic,
                               const std::string& part) {
    for (const Diagnosis& d : all) {
      if (d.topic == topic && d.text.find(part) != std::string::npos) return &d;
    }
    return nullptr;
  }
  static Verdict Worst(const Findings& all) {
    Verdict worst = Verdict::kGood;
    for (const Diagnosis& d : all) worst = std::max(worst, d.verdict);
    return worst;
  }
  bool MakeCertificate() {
    std::string key = dir_ + "/key.pem", certificate = dir_ + "/cert.pem";
    std::vector<std::string> words = {"openssl",
                                      "req",
                                      "-x509",
                                      "-newkey",
                                      "ec",
                                      "-pkeyopt",
                                      "ec_paramgen_curve:P-256",
                                      "-nodes",
                                      "-days",
                                      "365",
                                      "-subj",
                                      "/CN=furrow.test",
                                      "-keyout",
                                      key,
                                      "-out",
                                      certificate};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int started = posix_spawnp(&child, "openssl", &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = 1;
    if (started == 0) ::waitpid(child, &status, 0);
    settings_.tls_certificate = certificate;
    settings_.tls_key = key;
    ::chmod(key.c_str(), 0600);
    return started == 0 && status == 0;
  }

  std::string dir_;
  Settings settings_;
};

TEST_F(DoctorTest, AnEmptyDirectoryOnThisMachineIsFit) {
  const Findings all = Examine(settings_, {{"data", "--data"}});
  for (const Diagnosis& d : all) {
    EXPECT_NE(d.verdict, Verdict::kBad) << d.topic << ": " << d.text;
  }
  EXPECT_NE(Find(all, "configuration", "data = " + settings_.data + "   from --data"), nullptr);
  EXPECT_NE(Find(all, "disk", "a synced write takes"), nullptr);
  EXPECT_TRUE(fs::is_empty(settings_.data));
}

TEST_F(DoctorTest, TheTokenIsNotShown) {
  settings_.metrics_token = "canary";
  Findings all;
  ExamineConfiguration(settings_, {{"metrics_token", "FURROW_METRICS_TOKEN"}}, all);
  EXPECT_NE(Find(all, "configuration", "metrics_token = (not shown)"), nullptr);
  EXPECT_EQ(Find(all, "configuration", "canary"), nullptr);
}

TEST_F(DoctorTest, ListeningToAllWithoutTlsIsWarnedOf) {
  settings_.listen = "0.0.0.0";
  Findings all;
  ExamineConfiguration(settings_, {}, all);
  EXPECT_NE(Find(all, "configuration", "without TLS"), nullptr);
  EXPECT_NE(Find(all, "configuration", "files_url"), nullptr);
  settings_.public_url = "https://furrow.example";
  settings_.files_url = "https://furrow.example/files";
  all.clear();
  ExamineConfiguration(settings_, {}, all);
  EXPECT_EQ(Worst(all), Verdict::kGood);
}

TEST_F(DoctorTest, APortThatIsTakenIsBadUnlessItIsOurs) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(fd, 1), 0);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  settings_.api_port = ntohs(address.sin_port);
  Findings all;
  ExaminePorts(settings_, all);
  EXPECT_EQ(Worst(all), Verdict::kBad);
  const std::string port = std::to_string(settings_.api_port);
  Write(settings_.data + "/server.json", R"({"pid":)" + std::to_string(::getpid()) +
                                             R"(,"api":"https://x","local":{"api":)" +
                                             R"("http://127.0.0.1:)" + port + R"("}})");
  all.clear();
  ExaminePorts(settings_, all);
  EXPECT_EQ(Worst(all), Verdict::kGood);
  EXPECT_NE(Find(all, "port", "held by this server"), nullptr);
  // A file that a killed server left is not believed.
  Write(settings_.data + "/server.json",
        R"({"pid":2147483000,"local":{"api":"http://h:)" + port + R"("}})");
  all.clear();
  ExaminePorts(settings_, all);
  EXPECT_EQ(Worst(all), Verdict::kBad);
  ::close(fd);
}

TEST_F(DoctorTest, SecretsThatOthersReadAreBad) {
  Findings all;
  fs::create_directory(settings_.data + "/store");
  ExamineSecrets(settings_, all);
  EXPECT_NE(Find(all, "secrets", "secrets.json is missing"), nullptr);
  Write(settings_.data + "/secrets.json", "{}");
  all.clear();
  ExamineSecrets(settings_, all);
  EXPECT_EQ(Worst(all), Verdict::kGood);
  ::chmod((settings_.data + "/secrets.json").c_str(), 0644);
  all.clear();
  ExamineSecrets(settings_, all);
  EXPECT_EQ(Worst(all), Verdict::kBad);
  EXPECT_NE(all[0].advice.find("chmod 600"), std::string::npos);
}

TEST_F(DoctorTest, LimitsAreThoseOfTheRunningServer) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit few{100, 100};
    ::setrlimit(RLIMIT_NOFILE, &few);
    Write(settings_.data + "/server.json", R"({"pid":)" + std::to_string(::getpid()) + "}");
    for (;;) ::pause();
  }
  while (!fs::exists(settings_.data + "/server.json") || ServerPid(settings_) != child) {
    ::usleep(1000);
  }
  Findings all;
  ExamineLimits(settings_, all);
  EXPECT_NE(Find(all, "limits", "100 open files allowed to the running server"), nullptr);
  EXPECT_EQ(all[0].verdict, Verdict::kWarning);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST_F(DoctorTest, TheServerTakesAsManyFilesAsItMay) {
  EXPECT_EQ(RaisedOpenFiles({1024, 524'288}), kOpenFiles);
  EXPECT_EQ(RaisedOpenFiles({1024, 20'000}), 20'000u);
  EXPECT_EQ(RaisedOpenFiles({100'000, 524'288}), 100'000u);
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit low{256, 2000};
    ::setrlimit(RLIMIT_NOFILE, &low);
    RaiseOpenFiles();
    rlimit now{};
    ::getrlimit(RLIMIT_NOFILE, &now);
    ::_exit(now.rlim_cur == 2000 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(DoctorTest, HalfARestoreIsBad) {
  Write(settings_.data + "/" + admin::kRestoreMark, "");
  Findings all;
  ExamineData(settings_, all);
  EXPECT_EQ(Worst(all), Verdict::kBad);
}

TEST_F(DoctorTest, AFileFromTheFutureIsWarnedOf) {
  Write(settings_.data + "/x", "");
  Findings all;
  ExamineClock(settings_, all);
  EXPECT_EQ(Find(all, "clock", "future"), nullptr);
  fs::last_write_time(settings_.data + "/x",
                      fs::file_time_type::clock::now() + std::chrono::hours(2));
  all.clear();
  ExamineClock(settings_, all);
  ASSERT_NE(Find(all, "clock", "future"), nullptr);
  EXPECT_EQ(Find(all, "clock", "future")->verdict, Verdict::kWarning);
}

TEST_F(DoctorTest, CertificatesAreLookedInto) {
  ASSERT_TRUE(MakeCertificate());
  const auto verdict_in = [&](int days) {
    Findings all;
    ExamineTls(settings_, SystemClock().Now() + days * 86'400'000'000LL, all);
    return Worst(all);
  };
  EXPECT_EQ(verdict_in(0), Verdict::kNote);  // signed by itself
  EXPECT_EQ(verdict_in(340), Verdict::kWarning);
  EXPECT_EQ(verdict_in(366), Verdict::kBad);
  EXPECT_EQ(verdict_in(-2), Verdict::kBad);
  ::chmod(settings_.tls_key.c_str(), 0644);
  EXPECT_EQ(verdict_in(0), Verdict::kBad);
  ::chmod(settings_.tls_key.c_str(), 0600);
  const std::string key = settings_.tls_key;
  fs::rename(settings_.tls_certificate, dir_ + "/first.pem");
  ASSERT_TRUE(MakeCertificate());
  settings_.tls_certificate = dir_ + "/first.pem";
  EXPECT_EQ(verdict_in(0), Verdict::kBad);  // another's key
  settings_.tls_certificate = dir_ + "/none.pem";
  EXPECT_EQ(verdict_in(0), Verdict::kBad);
}

}  // namespace
}  // namespace furrow::platform
