// SPDX-License-Identifier: Apache-2.0
#include "auth/authenticator.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include "auth/auth_fixture.h"
#include "base/id.h"

namespace furrow::auth {
namespace {

std::string Basic(std::string_view text) {
  std::string out(sodium_base64_encoded_len(text.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()),
                    text.size(), sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();
  return "Basic " + out;
}

http::Headers Fields(std::initializer_list<http::Header> fields) {
  http::Headers headers;
  for (const http::Header& field : fields) headers.Add(field.name, field.value);
  return headers;
}

http::Headers Authorization(const std::string& value) { return Fields({{"Authorization", value}}); }

class AuthenticatorTest : public AuthTest {
 protected:
  void SetUp() override {
    AuthTest::SetUp();
    MakeCompany();
    user_ = MakeUser("ada", Role::kUser, "analytical engine");
    pair_ = *directory->CreateCredential(user_.id, "laptop");
  }
  Result<Login> LogIn(const http::Headers& headers, std::optional<int64_t> life = std::nullopt) {
    return authenticator->LogIn(headers, "10.0.0.1", clock.Now(), life);
  }
  Result<Caller> Check(const http::Headers& headers) {
    return authenticator->Authenticate(headers, clock.Now());
  }
  std::string Token() {
    const auto login = LogIn(Authorization(Basic(pair_.access_key + ":" + pair_.secret_key)));
    EXPECT_TRUE(login.ok());
    return login.ok() ? login->token : "";
  }
  User user_;
  NewCredential pair_;
};

TEST_F(AuthenticatorTest, KeyAndSecretMakeATokenThatWorks) {
  const auto login = LogIn(Authorization(Basic(pair_.access_key + ":" + pair_.secret_key)));
  ASSERT_TRUE(login.ok()) << login.status().ToString();
  EXPECT_EQ(login->expires_at_s, clock.Now() / 1'000'000 + 30 * 86400);
  const auto caller = Check(Authorization("Bearer " + login->token));
  ASSERT_TRUE(caller.ok()) << caller.status().ToString();
  EXPECT_EQ(caller->identity.user_id, user_.id);
  EXPECT_EQ(caller->identity.credential_key, pair_.access_key);
  EXPECT_EQ(caller->identity.session_id, login->identity.session_id);
  EXPECT_FALSE(caller->by_cookie);
}

TEST_F(AuthenticatorTest, NameAndPasswordMakeATokenToo) {
  EXPECT_TRUE(LogIn(Authorization(Basic("ada:analytical engine"))).ok());
  EXPECT_FALSE(LogIn(Authorization(Basic("ada:analytical enginf"))).ok());
  MakeUser("Jörg", Role::kUser, "pässwörter");
  EXPECT_TRUE(LogIn(Authorization(Basic("Jörg:pässwörter"))).ok());
  EXPECT_TRUE(LogIn(Authorization(Basic("J\xf6rg:p\xe4ssw\xf6rter"))).ok()) << "Latin-1";
  MakeUser("colon", Role::kUser, "pass:word:s");
  EXPECT_TRUE(LogIn(Authorization(Basic("colon:pass:word:s"))).ok());
}

TEST_F(AuthenticatorTest, RenewalKeepsTheSessionSoOneLogoutEndsBoth) {
  const std::string first = Token();
  clock.Advance(100);
  const auto second = LogIn(Authorization("Bearer " + first));
  ASSERT_TRUE(second.ok());
  EXPECT_NE(second->token, first);
  const auto caller = Check(Authorization("Bearer " + first));
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(caller->identity.session_id, second->identity.session_id);
  const std::string other = Token();
  ASSERT_TRUE(authenticator->LogOut(caller->identity).ok());
  EXPECT_EQ(Check(Authorization("Bearer " + first)).status().wire(), 4010031u);
  EXPECT_EQ(Check(Authorization("Bearer " + second->token)).status().wire(), 4010031u);
  EXPECT_EQ(LogIn(Authorization("Bearer " + first)).status().wire(), 4010031u);
  EXPECT_TRUE(Check(Authorization("Bearer " + other)).ok());
}

TEST_F(AuthenticatorTest, ExpiryIsBounded) {
  const http::Headers basic = Authorization(Basic(pair_.access_key + ":" + pair_.secret_key));
  const int64_t now_s = clock.Now() / 1'000'000;
  EXPECT_EQ(LogIn(basic, 60)->expires_at_s, now_s + 60);
  EXPECT_EQ(LogIn(basic, 0)->expires_at_s, now_s + 30 * 86400);
  EXPECT_EQ(LogIn(basic, -5)->expires_at_s, now_s + 30 * 86400);
  EXPECT_EQ(LogIn(basic, INT64_MAX)->expires_at_s, now_s + 365 * 86400);
  const std::string token = LogIn(basic, 60)->token;
  clock.Advance(61);
  EXPECT_EQ(Check(Authorization("Bearer " + token)).status().wire(), 4010030u);
}

TEST_F(AuthenticatorTest, TheHeaderWinsOverTheCookie) {
  const std::string token = Token();
  const std::string cookie = "a=b; clearml_token_basic=" + token + "; c=d";
  const auto caller = Check(Fields({{"Cookie", cookie}}));
  ASSERT_TRUE(caller.ok());
  EXPECT_TRUE(caller->by_cookie);
  EXPECT_FALSE(Check(Fields({{"Cookie", cookie}, {"Authorization", "Bearer x"}})).ok());
  const auto both =
      Check(Fields({{"Cookie", "clearml_token_basic=x"}, {"Authorization", "Bearer " + token}}));
  ASSERT_TRUE(both.ok());
  EXPECT_FALSE(both->by_cookie);
}

TEST_F(AuthenticatorTest, EachRefusalHasItsWireCode) {
  EXPECT_EQ(Check({}).status().wire(), 4010020u);
  EXPECT_EQ(LogIn({}).status().wire(), 4010020u);
  EXPECT_EQ(Check(Fields({{"Cookie", "other=1"}})).status().wire(), 4010020u);
  EXPECT_EQ(Check(Authorization("Bearer")).status().wire(), 4010021u);
  EXPECT_EQ(Check(Authorization("Bearer nonsense")).status().wire(), 4010030u);
  EXPECT_EQ(Check(Authorization("Digest x")).status().wire(), 4010010u);
  EXPECT_EQ(LogIn(Authorization("Digest x")).status().wire(), 4010010u);
  EXPECT_EQ(LogIn(Authorization("Basic !!!")).status().wire(), 4010021u);
  EXPECT_EQ(LogIn(Authorization(Basic("no colon"))).status().wire(), 4010021u);
  EXPECT_EQ(LogIn(Authorization("Basic " + std::string(8000, 'A'))).status().wire(), 4010021u);
  EXPECT_EQ(LogIn(Authorization(Basic("ada:wrong password"))).status().wire(), 4010022u);
  EXPECT_EQ(LogIn(Authorization(Basic(":"))).status().wire(), 4010022u);
  const http::Headers twice =
      Fields({{"Authorization", "Bearer " + Token()}, {"authorization", "Bearer x"}});
  EXPECT_EQ(Check(twice).status().wire(), 4010021u);
}

TEST_F(AuthenticatorTest, BasicIsForLogInAlone) {
  const http::Headers basic = Authorization(Basic(pair_.access_key + ":" + pair_.secret_key));
  EXPECT_TRUE(LogIn(basic).ok());
  EXPECT_EQ(Check(basic).status().wire(), 4010010u);
}

TEST_F(AuthenticatorTest, SchemesAndHeadersHaveNoCase) {
  const std::string token = Token();
  EXPECT_TRUE(Check(Fields({{"aUtHorization", "bearer " + token}})).ok());
}

TEST_F(AuthenticatorTest, RevocationsHoldAtOnce) {
  const std::string token = Token();
  const http::Headers bearer = Authorization("Bearer " + token);
  EXPECT_TRUE(Check(bearer).ok());
  ASSERT_TRUE(*directory->RevokeCredential(user_.id, pair_.access_key));
  EXPECT_EQ(Check(bearer).status().wire(), 4010031u);
  const auto login = LogIn(Authorization(Basic("ada:analytical engine")));
  ASSERT_TRUE(login.ok());
  EXPECT_TRUE(Check(Authorization("Bearer " + login->token)).ok());
  ASSERT_TRUE(directory->SetDisabled(user_.id, true).ok());
  EXPECT_EQ(Check(Authorization("Bearer " + login->token)).status().wire(), 4010031u);
}

TEST_F(AuthenticatorTest, GuessingIsSlowedDownPerAddress) {
  const http::Headers wrong = Authorization(Basic(pair_.access_key + ":wrong-secret"));
  const http::Headers right = Authorization(Basic(pair_.access_key + ":" + pair_.secret_key));
  int refused = 0;
  for (int i = 0; i < 30; ++i) {
    const auto login = LogIn(wrong);
    ASSERT_FALSE(login.ok());
    if (login.status().code() == Code::kResourceExhausted) ++refused;
  }
  EXPECT_EQ(refused, 10);
  EXPECT_EQ(LogIn(right).status().wire(), 4290000u);
  EXPECT_TRUE(authenticator->LogIn(right, "10.0.0.2", clock.Now(), {}).ok()) << "another address";
  clock.Advance(600);
  EXPECT_TRUE(LogIn(right).ok());
}

TEST_F(AuthenticatorTest, TokensOfABlockedAddressStillWork) {
  const std::string token = Token();
  for (int i = 0; i < 30; ++i) (void)LogIn(Authorization("Basic x"));
  EXPECT_TRUE(Check(Authorization("Bearer " + token)).ok());
  EXPECT_TRUE(LogIn(Authorization("Bearer " + token)).ok());
}

TEST_F(AuthenticatorTest, UseIsNotedWithTheWorkersName) {
  const std::string token = Token();
  EXPECT_EQ(directory->Credentials(user_.id)[0].last_used_from, "10.0.0.1");
  clock.Advance(5);
  ASSERT_TRUE(
      Check(Fields({{"Authorization", "Bearer " + token}, {"X-Trains-Worker", "gpu-7"}})).ok());
  EXPECT_EQ(directory->Credentials(user_.id)[0].last_used_from, "gpu-7");
  EXPECT_EQ(directory->Credentials(user_.id)[0].last_used, clock.Now());
}

TEST_F(AuthenticatorTest, ImpersonationNeedsAnAdminAndGivesNoMoreRights) {
  const User admin = MakeUser("boss", Role::kAdmin);
  const User root = MakeUser("root", Role::kRoot);
  const Identity as_user = *directory->IdentityOf(user_.id);
  const Identity as_admin = *directory->IdentityOf(admin.id);
  const http::Headers to_user = Fields({{"X-ClearML-Impersonate-As", user_.id}});
  EXPECT_EQ(authenticator->Effective(as_user, {})->user_id, user_.id);
  EXPECT_EQ(authenticator->Effective(as_admin, to_user)->user_id, user_.id);
  EXPECT_EQ(authenticator->Effective(as_admin, to_user)->role, Role::kUser);
  EXPECT_EQ(authenticator->Effective(as_admin, Fields({{"X-Trains-Act-As", user_.id}}))->user_id,
            user_.id);
  EXPECT_EQ(
      authenticator->Effective(as_user, Fields({{"X-ClearML-Act-As", admin.id}})).status().wire(),
      4030020u);
  EXPECT_EQ(
      authenticator->Effective(as_admin, Fields({{"X-ClearML-Act-As", root.id}})).status().wire(),
      4030020u);
  EXPECT_EQ(
      authenticator->Effective(as_admin, Fields({{"X-ClearML-Act-As", NewId()}})).status().wire(),
      4000006u);
}

TEST_F(AuthenticatorTest, CheckTokenServesOtherListeners) {
  const std::string token = Token();
  EXPECT_EQ(authenticator->CheckToken(token, clock.Now())->user_id, user_.id);
  EXPECT_FALSE(authenticator->CheckToken("x", clock.Now()).ok());
}

TEST_F(AuthenticatorTest, CookiesAreNarrow) {
  EXPECT_EQ(TokenCookie("t", false, 60),
            "clearml_token_basic=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=60");
  EXPECT_EQ(TokenCookie("", true, 60),
            "clearml_token_basic=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure");
}

}  // namespace
}  // namespace furrow::auth
