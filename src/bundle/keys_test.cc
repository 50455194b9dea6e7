// SPDX-License-Identifier: Apache-2.0
#include "bundle/keys.h"

#include <sys/stat.h>

#include "bundle/bundle_fixture.h"

namespace furrow::bundle {
namespace {

class Keys : public BundleTest {
 protected:
  void SetUp() override {
    BundleTest::SetUp();
    secret_ = folder_ + "/ann.key";
    open_ = folder_ + "/ann.pub";
    ASSERT_TRUE(key_->Write(secret_).ok());
    ASSERT_TRUE(WritePublicKey(key_->public_key(), open_).ok());
  }
  std::string secret_, open_;
};

TEST_F(Keys, AreReadAsWritten) {
  const auto again = SigningKey::Read(secret_);
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(again->public_key(), key_->public_key());
  EXPECT_EQ(again->Sign("text"), key_->Sign("text"));
  const auto open = ReadPublicKey(open_);
  ASSERT_TRUE(open.ok()) << open.status().ToString();
  EXPECT_EQ(*open, key_->public_key());
  struct stat info {};
  ASSERT_EQ(::stat(secret_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(TextOf(open_).substr(0, 24), "furrow-public-key 1 ann ");
}

TEST_F(Keys, SignWhatTheySign) {
  const std::string hex = key_->public_key().hex, signature = key_->Sign("text");
  EXPECT_TRUE(VerifySignature(hex, "text", signature));
  EXPECT_FALSE(VerifySignature(hex, "Text", signature));
  EXPECT_FALSE(VerifySignature(SigningKey::Make("b")->public_key().hex, "text", signature));
  EXPECT_FALSE(VerifySignature(hex, "text", signature.substr(2)));
  EXPECT_FALSE(VerifySignature("", "text", ""));
  // The first test vector of RFC 8032, section 7.1.
  EXPECT_TRUE(VerifySignature(
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
      "b46bd25bf5f0595bbe24655141438e7a100b"));
}

TEST_F(Keys, AKeyIsNeverReplaced) {
  EXPECT_EQ(SigningKey::Make("ann")->Write(secret_).code(), Code::kAlreadyExists);
  EXPECT_EQ(SigningKey::Read(secret_)->public_key(), key_->public_key());
}

TEST_F(Keys, WhatIsWrongIsNamed) {
  ASSERT_EQ(::chmod(secret_.c_str(), 0640), 0);
  ExpectRefused(SigningKey::Read(secret_).status(), Code::kPermissionDenied, secret_ + ": others");
  ASSERT_EQ(::chmod(secret_.c_str(), 0600), 0);
  ExpectRefused(SigningKey::Read(open_).status(), Code::kPermissionDenied, open_);
  ASSERT_EQ(::chmod(open_.c_str(), 0600), 0);
  ExpectRefused(SigningKey::Read(open_).status(), Code::kInvalidArgument,
                open_ + ": is not a file");
  ExpectRefused(ReadPublicKey(secret_).status(), Code::kInvalidArgument, secret_ + ": is not a");
  EXPECT_EQ(SigningKey::Read(folder_ + "/none").status().code(), Code::kNotFound);
  EXPECT_EQ(SigningKey::Read(folder_).status().code(), Code::kPermissionDenied);
  EXPECT_EQ(ReadPublicKey(folder_).status().code(), Code::kInvalidArgument);
  std::filesystem::create_symlink(secret_, folder_ + "/link");
  EXPECT_FALSE(SigningKey::Read(folder_ + "/link").ok());

  const std::string text = TextOf(secret_);
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    std::string bad = text;
    bad[i] = bad[i] == '0' ? '1' : '0';
    PutText(secret_, bad);
    EXPECT_FALSE(SigningKey::Read(secret_).ok()) << i;
  }
  for (const char* name : {"", ".hidden", "two words", "a/b", "-x"}) {
    EXPECT_EQ(SigningKey::Make(name).status().code(), Code::kInvalidArgument) << name;
  }
  EXPECT_FALSE(SigningKey::Make(std::string(65, 'a')).ok());
  EXPECT_TRUE(SigningKey::Make(std::string(64, 'a')).ok());
}

}  // namespace
}  // namespace furrow::bundle
