// SPDX-License-Identifier: Apache-2.0
#include "auth/token.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include "json/text.h"

namespace furrow::auth {
namespace {

constexpr Micros kNow = 1'700'000'000'000'000;

std::string Base64(std::string_view text, int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING) {
  std::string out(sodium_base64_encoded_len(text.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()),
                    text.size(), variant);
  out.pop_back();
  return out;
}

std::string Unbase64(std::string_view text) {
  std::string out(text.size(), '\0');
  size_t size = 0;
  EXPECT_EQ(sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                              text.size(), nullptr, &size, nullptr,
                              sodium_base64_VARIANT_URLSAFE_NO_PADDING),
            0);
  out.resize(size);
  return out;
}

Key MakeKey(unsigned char fill) {
  Key key;
  key.fill(fill);
  return key;
}

std::string Signed(const Key& key, const std::string& header, const std::string& payload) {
  const std::string text = Base64(header) + "." + Base64(payload);
  unsigned char mac[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256(mac, reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                         key.data());
  return text + "." + Base64({reinterpret_cast<char*>(mac), sizeof(mac)});
}

Claims MakeClaims() {
  Claims claims;
  claims.user = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  claims.user_name = "Jörg \"J\" Müller";
  claims.company = "cccccccccccccccccccccccccccccccc";
  claims.company_name = "Furrow";
  claims.role = "admin";
  claims.session_id = "55555555555555555555555555555555";
  claims.issued_at_s = kNow / 1'000'000;
  claims.expires_at_s = claims.issued_at_s + 3600;
  claims.credential_key = "KEY";
  claims.epoch = 7;
  return claims;
}

class TokenTest : public ::testing::Test {
 protected:
  void Refused(const std::string& token, const char* what) {
    const auto claims = signer_.Verify(token, kNow);
    ASSERT_FALSE(claims.ok()) << what;
    EXPECT_EQ(claims.status().code(), Code::kUnauthenticated) << what;
    EXPECT_EQ(claims.status().wire(), 4010030u) << what;
  }
  std::string Header() const {
    const std::string token = signer_.Make(MakeClaims());
    return Unbase64(token.substr(0, token.find('.')));
  }
  std::string Payload() const {
    const std::string token = signer_.Make(MakeClaims());
    const size_t dot = token.find('.');
    return Unbase64(token.substr(dot + 1, token.rfind('.') - dot - 1));
  }
  Key key_ = MakeKey(1);
  TokenSigner signer_{key_};
};

TEST_F(TokenTest, RoundTrip) {
  const Claims in = MakeClaims();
  const auto out = signer_.Verify(signer_.Make(in), kNow);
  ASSERT_TRUE(out.ok()) << out.status().ToString();
  EXPECT_EQ(out->user, in.user);
  EXPECT_EQ(out->user_name, in.user_name);
  EXPECT_EQ(out->company, in.company);
  EXPECT_EQ(out->role, in.role);
  EXPECT_EQ(out->session_id, in.session_id);
  EXPECT_EQ(out->credential_key, in.credential_key);
  EXPECT_EQ(out->epoch, in.epoch);
  EXPECT_EQ(out->expires_at_s, in.expires_at_s);
}

TEST_F(TokenTest, PayloadIsWhatClientsDecode) {
  const auto payload = json::Parse(Payload());
  ASSERT_TRUE(payload.ok());
  EXPECT_EQ(payload->At("auth_type"), json::Value("Bearer"));
  EXPECT_EQ(payload->At("api_version"), json::Value("2.34"));
  EXPECT_EQ(payload->At("server_version"), json::Value("2.3.0"));
  EXPECT_EQ(payload->At("feature_set"), json::Value("basic"));
  EXPECT_TRUE(payload->At("server_build").IsString());
  EXPECT_TRUE(payload->At("env").IsString());
  EXPECT_TRUE(payload->At("exp").IsInt());
  EXPECT_TRUE(payload->At("iat").IsInt());
  EXPECT_EQ(payload->At("session_id"), json::Value(MakeClaims().session_id));
  for (const char* name : {"user", "company", "role", "user_name", "company_name"}) {
    EXPECT_TRUE(payload->At("identity").At(name).IsString()) << name;
  }
}

TEST_F(TokenTest, EveryChangedCharacterIsNoticed) {
  const std::string good = signer_.Make(MakeClaims());
  for (size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'A', 'B', '_', '.', '=', '\0', ' '}) {
      if (good[i] == c) continue;
      std::string bad = good;
      bad[i] = c;
      EXPECT_FALSE(signer_.Verify(bad, kNow).ok()) << i << " " << c;
    }
  }
}

TEST_F(TokenTest, EveryTruncationAndExtensionIsNoticed) {
  const std::string good = signer_.Make(MakeClaims());
  for (size_t i = 0; i < good.size(); ++i) Refused(good.substr(0, i), "cut");
  for (const char* tail : {"=", "==", ".", ".A", "A", " ", "\n", "%00"}) {
    Refused(good + tail, tail);
  }
  for (const char* head : {" ", ".", "Bearer ", "A"}) Refused(head + good, head);
}

TEST_F(TokenTest, OnlyOurOwnHeaderIsTaken) {
  EXPECT_TRUE(signer_.Verify(Signed(key_, Header(), Payload()), kNow).ok());
  const std::string kid = Header().substr(Header().find("\"kid\":") + 7, 16);
  for (const std::string& header : {
           std::string(R"({"alg":"none"})"),
           std::string(R"({"alg":"None","typ":"JWT"})"),
           R"({"alg":"none","kid":")" + kid + R"(","typ":"JWT"})",
           R"({"alg":"HS384","kid":")" + kid + R"(","typ":"JWT"})",
           R"({"alg":"HS512","kid":")" + kid + R"(","typ":"JWT"})",
           R"({"alg":"RS256","kid":")" + kid + R"(","typ":"JWT"})",
           R"({"alg":"ES256","kid":")" + kid + R"(","typ":"JWT"})",
           std::string(R"({"alg":"HS256","typ":"JWT"})"),
           std::string(R"({"alg":"HS256","kid":"0000000000000000","typ":"JWT"})"),
           std::string(R"({"alg":"HS256","kid":"../../dev/null","typ":"JWT"})"),
           R"({"kid":")" + kid + R"(","alg":"HS256","typ":"JWT"})",
           R"({"alg":"HS256","kid":")" + kid + R"(","typ":"JWT","jku":"http://127.0.0.1/"})",
           R"({"alg":"HS256","kid":")" + kid + R"(","typ":"JWT","crit":["x"]})",
           std::string(""),
           std::string("{}"),
           std::string("[]"),
       }) {
    Refused(Signed(key_, header, Payload()), header.c_str());
    Refused(Base64(header) + "." + Base64(Payload()) + ".", header.c_str());
  }
}

TEST_F(TokenTest, AnotherKeyIsRefused) {
  const TokenSigner other(MakeKey(2));
  Refused(other.Make(MakeClaims()), "another server's token");
  Refused(Signed(MakeKey(2), Header(), Payload()), "our header, another key");
  Refused(Signed(MakeKey(0), Header(), Payload()), "an empty key");
}

TEST_F(TokenTest, SignatureVariantsAreRefused) {
  const std::string good = signer_.Make(MakeClaims());
  const std::string body = good.substr(0, good.rfind('.'));
  const std::string mac = Unbase64(good.substr(good.rfind('.') + 1));
  Refused(body + ".", "empty signature");
  Refused(body + "." + Base64(mac.substr(0, 16)), "half a signature");
  Refused(body + "." + Base64(mac + mac), "two signatures");
  Refused(body + "." + Base64(mac, sodium_base64_VARIANT_URLSAFE), "padded signature");
  // The last character carries two unused bits: only one spelling may be taken.
  std::string twisted = good;
  const char last = twisted.back();
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  twisted.back() = alphabet[alphabet.find(last) ^ 1];
  Refused(twisted, "stray bits");
}

TEST_F(TokenTest, SizeIsBounded) {
  Refused(std::string(kTokenBytesMax + 1, 'A'), "just too long");
  Refused(std::string(1 << 20, 'A'), "a megabyte");
  Refused(std::string(1 << 20, '.'), "a megabyte of dots");
  Claims large = MakeClaims();
  large.user_name = std::string(kTokenBytesMax, 'x');
  Refused(signer_.Make(large), "well signed, too long");
}

TEST_F(TokenTest, TimeIsChecked) {
  Claims claims = MakeClaims();
  const std::string token = signer_.Make(claims);
  EXPECT_TRUE(signer_.Verify(token, kNow + 3599'000'000).ok());
  EXPECT_FALSE(signer_.Verify(token, kNow + 3600'000'000).ok());
  // The clock set back: five minutes are forgiven, no more.
  EXPECT_TRUE(signer_.Verify(token, kNow - 300'000'000).ok());
  EXPECT_FALSE(signer_.Verify(token, kNow - 302'000'000).ok());
}

TEST_F(TokenTest, HostileTimesAreNoLicence) {
  for (const char* exp : {"null", "\"9999999999\"", "-1", "0", "{}", "[]"}) {
    std::string payload = Payload();
    const size_t at = payload.find("\"exp\":") + 6;
    payload.replace(at, payload.find(',', at) - at, exp);
    Refused(Signed(key_, Header(), payload), exp);
  }
}

TEST_F(TokenTest, IncompleteClaimsAreRefused) {
  for (auto member : {&Claims::user, &Claims::session_id}) {
    Claims claims = MakeClaims();
    (claims.*member).clear();
    Refused(signer_.Make(claims), "incomplete");
  }
  Refused(Signed(key_, Header(), "not json"), "no JSON");
  Refused(Signed(key_, Header(), ""), "nothing");
}

}  // namespace
}  // namespace furrow::auth
