// SPDX-License-Identifier: Apache-2.0
#include "auth/secrets.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "auth/private_file.h"

namespace furrow::auth {
namespace {

class SecretsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/furrow-secrets-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    dir_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::string Text() const {
    std::ifstream in(dir_ + "/secrets.json");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string dir_;
};

TEST_F(SecretsTest, MadeOnceThenRead) {
  const auto first = Secrets::LoadOrCreate(dir_);
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(first->created);
  EXPECT_NE(first->token_key, first->credential_key);
  EXPECT_NE(first->token_key, Key{});
  const auto second = Secrets::LoadOrCreate(dir_);
  ASSERT_TRUE(second.ok());
  EXPECT_FALSE(second->created);
  EXPECT_EQ(first->token_key, second->token_key);
  EXPECT_EQ(first->credential_key, second->credential_key);
}

TEST_F(SecretsTest, OnlyTheOwnerMayRead) {
  const mode_t before = ::umask(0);
  ASSERT_TRUE(Secrets::LoadOrCreate(dir_).ok());
  ::umask(before);
  struct stat info {};
  const std::string path = dir_ + "/secrets.json";
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ::chmod(path.c_str(), 0644);
  EXPECT_EQ(Secrets::LoadOrCreate(dir_).status().code(), Code::kFailedPrecondition);
}

TEST_F(SecretsTest, LeavesNoTemporaryFileBehind) {
  ASSERT_TRUE(Secrets::LoadOrCreate(dir_).ok());
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir_)) {
    ++files;
    EXPECT_EQ(entry.path().filename(), "secrets.json");
  }
  EXPECT_EQ(files, 1);
}

TEST_F(SecretsTest, DamageIsFoundWhereverItIs) {
  ASSERT_TRUE(Secrets::LoadOrCreate(dir_).ok());
  const std::string path = dir_ + "/secrets.json";
  const std::string good = Text();
  for (size_t i = 0; i < good.size(); ++i) {
    if (good[i] == ' ' || good[i] == '\n') continue;
    std::string bad = good;
    bad[i] = bad[i] == '7' ? '8' : '7';
    std::ofstream(path) << bad;  // in place: the mode stays
    EXPECT_EQ(Secrets::LoadOrCreate(dir_).status().code(), Code::kCorruption) << "byte " << i;
  }
  ASSERT_TRUE(WritePrivateFile(path, "").ok());
  EXPECT_EQ(Secrets::LoadOrCreate(dir_).status().code(), Code::kCorruption);
}

TEST_F(SecretsTest, NoLinkIsFollowed) {
  ASSERT_TRUE(WritePrivateFile(dir_ + "/elsewhere", "{}").ok());
  ASSERT_EQ(::symlink((dir_ + "/elsewhere").c_str(), (dir_ + "/secrets.json").c_str()), 0);
  EXPECT_FALSE(Secrets::LoadOrCreate(dir_).ok());
}

TEST(Secret, HashDependsOnTheKey) {
  Key a{}, b{};
  b[31] = 1;
  EXPECT_EQ(SecretHash(a, "x"), SecretHash(a, "x"));
  EXPECT_NE(SecretHash(a, "x"), SecretHash(b, "x"));
  EXPECT_NE(SecretHash(a, "x"), SecretHash(a, "y"));
  EXPECT_EQ(SecretHash(a, "x").size(), 64u);
}

TEST(Secret, RandomTextStaysInItsAlphabet) {
  const std::string text = RandomText(1000, "ab-");
  EXPECT_EQ(text.size(), 1000u);
  EXPECT_EQ(text.find_first_not_of("ab-"), std::string::npos);
  for (const char c : {'a', 'b', '-'}) EXPECT_NE(text.find(c), std::string::npos);
  EXPECT_NE(RandomText(30, "abcdefgh"), RandomText(30, "abcdefgh"));
}

TEST(Secret, ConstantTimeEqual) {
  EXPECT_TRUE(ConstantTimeEqual("abc", "abc"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "ab"));
  EXPECT_TRUE(ConstantTimeEqual("", ""));
}

}  // namespace
}  // namespace furrow::auth
