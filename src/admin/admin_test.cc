// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "admin/commands.h"
#include "admin/offline.h"
#include "admin/operations.h"
#include "admin/socket.h"
#include "admin/socket_server.h"
#include "admin/user_command.h"
#include "json/text.h"

namespace furrow::admin {
namespace {

namespace fs = std::filesystem;

class AdminTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/furrow-admin-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    dir_ = name;
  }
  void TearDown() override {
    StopServer();
    fs::remove_all(dir_);
  }

  // The part of a server that matters here.
  void StartServer() {
    auto opened = Offline::Open(dir_, true);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    server_ = std::make_unique<Offline>(std::move(*opened));
    auto files = blobs::Store::Open(dir_);
    ASSERT_TRUE(files.ok()) << files.status().ToString();
    files_ = std::move(files).value();
    auto socket = SocketServer::Start(dir_, *server_->directory, *server_->engine, *files_);
    ASSERT_TRUE(socket.ok()) << socket.status().ToString();
    socket_ = std::move(*socket);
  }
  void StopServer() {
    socket_.reset();
    files_.reset();
    server_.reset();
  }

  struct Outcome {
    int code = -1;
    std::string out, err;
  };
  Outcome Run(UserCommand command) {
    command.data = dir_;
    std::ostringstream out, err;
    Outcome outcome;
    outcome.code = RunUserCommand(command, out, err);
    outcome.out = out.str();
    outcome.err = err.str();
    return outcome;
  }
  json::Value RunJson(UserCommand command) {
    command.json = true;
    const Outcome outcome = Run(command);
    const auto value = json::Parse(outcome.out);
    EXPECT_TRUE(value.ok()) << outcome.out << outcome.err;
    return value.ok() ? *value : json::Value();
  }
  static UserCommand Add(const std::string& name, const std::string& role) {
    UserCommand command;
    command.action = "add";
    command.name = name;
    command.role = role;
    return command;
  }
  static UserCommand Act(const std::string& action, const std::string& name = "") {
    UserCommand command;
    command.action = action;
    command.name = name;
    return command;
  }
  bool SignsIn(const std::string& name, const std::string& password) {
    if (server_) return server_->directory->CheckPassword(name, password).ok();
    auto opened = Offline::Open(dir_, false);
    EXPECT_TRUE(opened.ok());
    return opened->directory->CheckPassword(name, password).ok();
  }
  bool KeyWorks(const std::string& key, const std::string& secret) {
    if (server_) return server_->directory->CheckSecret(key, secret).ok();
    auto opened = Offline::Open(dir_, false);
    EXPECT_TRUE(opened.ok());
    return opened->directory->CheckSecret(key, secret).ok();
  }

  std::string dir_;
  std::unique_ptr<Offline> server_;
  std::unique_ptr<blobs::Store> files_;
  std::unique_ptr<SocketServer> socket_;
};

// Everything once with the server stopped and once with it running.
class UserCommandTest : public AdminTest, public ::testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    AdminTest::SetUp();
    StartServer();
    if (!GetParam()) StopServer();
  }
};

TEST_P(UserCommandTest, AddMakesWhatIsNotGivenAndShowsIt) {
  const json::Value added = RunJson(Add("Ada Lovelace", "user"));
  EXPECT_EQ(added.At("user").At("name"), json::Value("Ada Lovelace"));
  EXPECT_EQ(added.At("user").At("role"), json::Value("user"));
  EXPECT_EQ(added.At("password").AsString().size(), 20u);
  EXPECT_TRUE(SignsIn("Ada Lovelace", added.At("password").AsString()));
  EXPECT_TRUE(KeyWorks(added.At("credentials").At("access_key").AsString(),
                       added.At("credentials").At("secret_key").AsString()));
}

TEST_P(UserCommandTest, AddTakesAGivenPair) {
  UserCommand command = Add("ci", "user");
  command.access_key = "CIKEY";
  command.secret_key = "ci-secret-123";
  const Outcome outcome = Run(command);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "Added ci (user).\n");
  EXPECT_TRUE(KeyWorks("CIKEY", "ci-secret-123"));
  EXPECT_FALSE(KeyWorks("CIKEY", "ci-secret-124"));
}

TEST_P(UserCommandTest, AddTakesAGivenPassword) {
  UserCommand command = Add("ada", "guest");
  command.password = "analytical engine";
  const Outcome outcome = Run(command);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out.find("analytical engine"), std::string::npos);
  EXPECT_TRUE(SignsIn("ada", "analytical engine"));
}

TEST_P(UserCommandTest, MistakesAreSaidInOneLine) {
  ASSERT_EQ(Run(Add("ada", "user")).code, 0);
  const auto fails = [&](UserCommand command, const char* why) {
    const Outcome outcome = Run(std::move(command));
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(why), std::string::npos) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  };
  fails(Add("ada", "user"), "exists already");
  fails(Add("a:b", "user"), "user name");
  fails(Add("bob", "emperor"), "no such role");
  UserCommand weak = Add("bob", "user");
  weak.password = "short";
  fails(weak, "8 to 256");
  UserCommand half = Add("bob", "user");
  half.access_key = "KEY1";
  fails(half, "come together");
  fails(Act("disable", "nobody"), "no user named nobody");
  fails(Act("reset", "nobody"), "no user named nobody");
  fails(Act("explode", "ada"), "unknown operation");
  UserCommand json = Act("disable", "nobody");
  json.json = true;
  EXPECT_EQ(Run(json).code, 1);
}

TEST_P(UserCommandTest, DisableEnableResetAndList) {
  UserCommand add = Add("ada", "superuser");
  add.password = "analytical engine";
  ASSERT_EQ(Run(add).code, 0);
  EXPECT_EQ(Run(Act("disable", "ada")).out, "ada is disabled.\n");
  EXPECT_FALSE(SignsIn("ada", "analytical engine"));
  const Outcome list = Run(Act("list"));
  EXPECT_NE(list.out.find("ada    superuser disabled"), std::string::npos) << list.out;
  EXPECT_NE(list.out.find("admin  admin     active"), std::string::npos) << list.out;
  EXPECT_EQ(Run(Act("enable", "ada")).out, "ada is active.\n");
  EXPECT_TRUE(SignsIn("ada", "analytical engine"));
  const json::Value reset = RunJson(Act("reset", "ada"));
  EXPECT_FALSE(SignsIn("ada", "analytical engine"));
  EXPECT_TRUE(SignsIn("ada", reset.At("password").AsString()));
  UserCommand chosen = Act("reset", "ada");
  chosen.password = "difference engine";
  EXPECT_EQ(Run(chosen).code, 0);
  EXPECT_TRUE(SignsIn("ada", "difference engine"));
  const json::Value users = RunJson(Act("list")).At("users");
  ASSERT_EQ(users.array().size(), 2u);
  EXPECT_EQ(users.array()[0].At("name"), json::Value("ada"));
  EXPECT_TRUE(users.array()[0].At("last_used").IsNull());
}

INSTANTIATE_TEST_SUITE_P(Server, UserCommandTest, ::testing::Values(false, true),
                         [](const auto& mode) { return mode.param ? "Running" : "Stopped"; });

TEST_F(AdminTest, ANewDirectoryIsMadeReadyAndItsAdministratorShown) {
  const Outcome outcome = Run(Add("ada", "user"));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const size_t at = outcome.err.find("password ");
  ASSERT_NE(at, std::string::npos) << outcome.err;
  EXPECT_TRUE(SignsIn("admin", outcome.err.substr(at + 9, 20)));
  EXPECT_EQ(Run(Add("bob", "user")).err, "");
}

TEST_F(AdminTest, OnlyAddMakesADirectoryReady) {
  const std::string missing = dir_ + "/none";
  UserCommand command = Act("list");
  command.data = missing;
  std::ostringstream out, err;
  EXPECT_EQ(RunUserCommand(command, out, err), 1);
  EXPECT_NE(err.str().find("holds no store"), std::string::npos) << err.str();
  EXPECT_FALSE(fs::exists(missing));
}

TEST_F(AdminTest, WhatTheCommandDoesHoldsInTheRunningServerAtOnce) {
  StartServer();
  UserCommand add = Add("ada", "user");
  add.access_key = "ADAKEY";
  add.secret_key = "ada-secret-1";
  ASSERT_EQ(Run(add).code, 0);
  auto identity = server_->directory->CheckSecret("ADAKEY", "ada-secret-1");
  ASSERT_TRUE(identity.ok());
  identity->session_id = "s";
  const auto claims = server_->directory->ClaimsFor(*identity);
  ASSERT_TRUE(server_->directory->Resolve(*claims).ok());
  ASSERT_EQ(Run(Act("disable", "ada")).code, 0);
  EXPECT_FALSE(server_->directory->Resolve(*claims).ok());
}

TEST_F(AdminTest, TheSocketIsTheOwnersAlone) {
  StartServer();
  struct stat info {};
  ASSERT_EQ(::stat((dir_ + "/admin.sock").c_str(), &info), 0);
  EXPECT_TRUE(S_ISSOCK(info.st_mode));
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  StopServer();
  EXPECT_FALSE(fs::exists(dir_ + "/admin.sock"));
}

TEST_F(AdminTest, AnotherUserIsNotHeardEvenIfTheFileWereOpen) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  StartServer();
  ::chmod(dir_.c_str(), 0755);
  ::chmod((dir_ + "/admin.sock").c_str(), 0666);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setuid(65534) != 0) ::_exit(3);
    const auto answer = AskServer(dir_, json::Object{{"op", "user.list"}});
    ::_exit(answer.ok() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(AskServer(dir_, json::Object{{"op", "user.list"}})->has_value());
}

TEST_F(AdminTest, ASocketLeftByAKilledServerIsNoServer) {
  StartServer();
  StopServer();
  SocketFd stale(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_TRUE(WithSocketAddress(dir_, [&](const sockaddr* at, socklen_t size) {
                return ::bind(stale.get(), at, size);
              }).ok());
  stale = SocketFd();
  EXPECT_EQ(Run(Add("ada", "user")).code, 0);
  StartServer();
  EXPECT_EQ(Run(Add("bob", "user")).code, 0);
}

TEST_F(AdminTest, AStoreThatIsHeldWithoutASocketIsLeftAlone) {
  StartServer();
  socket_.reset();
  const Outcome outcome = Run(Act("list"));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err, "");
}

TEST_F(AdminTest, LongDirectoriesHaveSocketsToo) {
  const std::string parent = dir_;
  dir_ += "/" + std::string(120, 'd') + "/" + std::string(120, 'e');
  fs::create_directories(dir_);
  StartServer();
  EXPECT_EQ(Run(Add("ada", "user")).code, 0);
  EXPECT_TRUE(server_->directory->FindByName("ada").ok());
  StopServer();
  dir_ = parent;
}

TEST_F(AdminTest, NonsenseDoesNotHurtTheServer) {
  StartServer();
  const auto send = [&](const std::string& bytes) {
    SocketFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_TRUE(WithSocketAddress(dir_, [&](const sockaddr* to, socklen_t size) {
                  return ::connect(fd.get(), to, size);
                }).ok());
    (void)!::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ::shutdown(fd.get(), SHUT_WR);
    const auto line = ReadLine(fd.get(), std::chrono::seconds(20));
    return line.ok() ? *line : "";
  };
  EXPECT_EQ(send(""), "");
  EXPECT_EQ(send("half a line"), "");
  EXPECT_NE(send("nonsense\n").find("\"ok\":false"), std::string::npos);
  EXPECT_NE(send("[]\n").find("unknown operation"), std::string::npos);
  EXPECT_NE(send("{\"op\":[1]}\n").find("unknown operation"), std::string::npos);
  EXPECT_NE(send("{\"op\":\"user.add\"}\n").find("\"ok\":false"), std::string::npos);
  EXPECT_EQ(send(std::string(kLineBytesMax + 10, 'x')), "");
  EXPECT_EQ(Run(Act("list")).code, 0);
}

TEST_F(AdminTest, AServerStopsWhileAClientSaysNothing) {
  StartServer();
  SocketFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_TRUE(WithSocketAddress(dir_, [&](const sockaddr* to, socklen_t size) {
                return ::connect(fd.get(), to, size);
              }).ok());
  StopServer();
  EXPECT_FALSE(ReadLine(fd.get(), std::chrono::seconds(20)).ok());
}

TEST_F(AdminTest, UsersAreManagedWhileASnapshotIsMade) {
  StartServer();
  auto hold = files_->Hold();  // what the snapshot waits for
  bool made = false;
  std::thread asking([&] {
    const auto answer = AskServer(dir_, json::Object{{"op", "snapshot.begin"}});
    made = answer.ok() && answer->has_value() && (**answer).At("ok").AsBool();
  });
  while (!fs::exists(dir_ + "/snapshot")) std::this_thread::yield();
  const Outcome outcome = Run(Act("list"));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const auto second = AskServer(dir_, json::Object{{"op", "snapshot.begin"}});
  EXPECT_TRUE(second.ok() && second->has_value() && !(**second).At("ok").AsBool());
  hold.unlock();
  asking.join();
  EXPECT_TRUE(made);
  const auto ended = AskServer(dir_, json::Object{{"op", "snapshot.end"}});
  ASSERT_TRUE(ended.ok());
  EXPECT_TRUE((**ended).At("ok").AsBool());
  EXPECT_FALSE(fs::exists(dir_ + "/snapshot"));
}

// Root would leave files in the store that its owner could not open.
TEST_F(AdminTest, AnotherUsersStoreIsNotOpened) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  StartServer();
  StopServer();
  ASSERT_EQ(::chown(dir_.c_str(), 65534, 65534), 0);
  const Outcome outcome = Run(Act("list"));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("belongs to another user"), std::string::npos) << outcome.err;
}

TEST_F(AdminTest, TheCommandLineIsWired) {
  const auto run = [&](std::vector<std::string> words) {
    CLI::App app;
    int code = -1;
    AddUserCommands(app, code);
    std::reverse(words.begin(), words.end());
    try {
      app.parse(words);
    } catch (const CLI::ParseError& error) {
      return 100 + (error.get_exit_code() != 0 ? 1 : 0);
    }
    return code;
  };
  StartServer();
  StopServer();
  testing::internal::CaptureStdout();
  EXPECT_EQ(run({"user", "add", "ci", "--role", "user", "--access-key", "CIKEY", "--secret-key",
                 "ci-secret-1", "--data", dir_}),
            0);
  EXPECT_EQ(run({"user", "reset", "ci", "--password", "a new password", "--data", dir_}), 0);
  EXPECT_EQ(run({"user", "list", "--data", dir_, "--json"}), 0);
  EXPECT_NE(testing::internal::GetCapturedStdout().find("\"name\": \"ci\""), std::string::npos);
  EXPECT_TRUE(KeyWorks("CIKEY", "ci-secret-1"));
  EXPECT_TRUE(SignsIn("ci", "a new password"));
  EXPECT_EQ(run({"user"}), 101);
  EXPECT_EQ(run({"user", "add", "x", "--data", dir_}), 101) << "a role is needed";
  EXPECT_EQ(run({"user", "add", "x", "--role", "emperor", "--data", dir_}), 101);
  EXPECT_EQ(run({"user", "add", "x", "--role", "user", "--access-key", "K", "--data", dir_}), 101);
}

TEST(PromptPassword, ReadsALineFromAPipe) {
  std::istringstream in("secret word\nrest"), none("");
  std::ostringstream err;
  if (::isatty(STDIN_FILENO)) GTEST_SKIP() << "stdin is a terminal";
  EXPECT_EQ(*PromptPassword(in, err), "secret word");
  EXPECT_EQ(PromptPassword(none, err).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(err.str(), "");
}

}  // namespace
}  // namespace furrow::admin
