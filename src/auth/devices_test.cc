// SPDX-License-Identifier: Apache-2.0
#include "auth/devices.h"

#include <sodium.h>

#include "auth/auth_fixture.h"
#include "base/id.h"

namespace furrow::auth {
namespace {

struct KeyPair {
  KeyPair() { crypto_sign_keypair(open, secret); }
  std::string Public() const { return Hex({reinterpret_cast<const char*>(open), sizeof open}); }
  std::string Sign(std::string_view text) const {
    unsigned char signature[crypto_sign_BYTES];
    crypto_sign_detached(signature, nullptr, reinterpret_cast<const unsigned char*>(text.data()),
                         text.size(), secret);
    return Hex({reinterpret_cast<const char*>(signature), sizeof signature});
  }
  unsigned char open[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
};

class DevicesTest : public AuthTest {
 protected:
  void SetUp() override {
    AuthTest::SetUp();
    MakeCompany();
  }
  std::string Token(std::string_view device, int64_t life_s = 3600) {
    std::string token;
    const Status made = docs->Transact([&](docs::Transaction& t) -> Status {
      FURROW_ASSIGN(token, devices->CreateToken(t, device, "jane", life_s));
      return {};
    });
    EXPECT_TRUE(made.ok()) << made.ToString();
    return token;
  }
  Status Enrol(std::string_view device, std::string_view token, std::string_view key,
               std::string_view address = "192.0.2.1") {
    return docs->Transact([&](docs::Transaction& t) -> Status {
      FURROW_ASSIGN(made_by, devices->Enrol(t, device, token, key, address));
      return {};
    });
  }
  Status Revoke(std::string_view device) {
    return docs->Transact([&](docs::Transaction& t) -> Status {
      FURROW_ASSIGN(revoked, devices->Revoke(t, device));
      return {};
    });
  }
  Result<Identity> SignIn(std::string_view device, const KeyPair& pair,
                          std::string_view address = "192.0.2.1") {
    const std::string nonce = devices->Challenge(device, clock.Now());
    return devices->SignIn(device, nonce, pair.Sign(SignInText(device, nonce)), address,
                           clock.Now());
  }
  std::string BearerOf(const Identity& identity) {
    const auto login = authenticator->MakeToken(identity, clock.Now(), kDeviceTokenLifeS);
    EXPECT_TRUE(login.ok()) << login.status().ToString();
    return login.ok() ? login->token : "";
  }

  std::string made_by;
  bool revoked = false;
};

TEST(DeviceNames, Table) {
  for (const char* good : {"T7", "7", "north.field_2-b", "A"}) EXPECT_TRUE(IsDeviceName(good));
  for (const char* bad : {"", ".", "..", ".a", "-a", "a/b", "a b", "a:b", "a\n", "\xc3\xa4"}) {
    EXPECT_FALSE(IsDeviceName(bad)) << bad;
  }
  EXPECT_TRUE(IsDeviceName(std::string(64, 'a')));
  EXPECT_FALSE(IsDeviceName(std::string(65, 'a')));
}

TEST_F(DevicesTest, ATokenIsGoodOnceForItsNameAndItsTime) {
  const KeyPair pair;
  const std::string token = Token("T7");
  EXPECT_EQ(Enrol("T8", token, pair.Public()).code(), Code::kUnauthenticated);
  EXPECT_EQ(Enrol("T7", token + "x", pair.Public()).code(), Code::kUnauthenticated);
  EXPECT_EQ(Enrol("T7", token, "00").code(), Code::kInvalidArgument);
  ASSERT_TRUE(Enrol("T7", token, pair.Public()).ok());
  EXPECT_EQ(made_by, "jane");
  EXPECT_EQ(Enrol("T7", token, pair.Public()).code(), Code::kUnauthenticated) << "used up";

  const std::string old = Token("T7"), newer = Token("T7");
  EXPECT_EQ(Enrol("T7", old, pair.Public()).code(), Code::kUnauthenticated) << "replaced";
  clock.Advance(3600);
  EXPECT_EQ(Enrol("T7", newer, pair.Public()).code(), Code::kUnauthenticated) << "expired";
}

TEST_F(DevicesTest, NothingOfATokenIsAtRest) {
  const std::string token = Token("T7");
  const auto kept = docs->Get(kDeviceCollection, "enrolment:T7");
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->At("token_hash").AsString().size(), 64u);
  EXPECT_NE(kept->At("token_hash").AsString(), token);
}

TEST_F(DevicesTest, SignsInByItsKeyAlone) {
  const KeyPair pair, other;
  ASSERT_TRUE(Enrol("T7", Token("T7"), pair.Public()).ok());
  const auto in = SignIn("T7", pair);
  ASSERT_TRUE(in.ok()) << in.status().ToString();
  EXPECT_EQ(in->role, Role::kDevice);
  EXPECT_EQ(in->user_name, "T7");
  EXPECT_FALSE(SignIn("T7", other).ok());
  EXPECT_FALSE(SignIn("T8", pair).ok()) << "not enrolled";

  const auto checked = authenticator->CheckToken(BearerOf(*in), clock.Now());
  ASSERT_TRUE(checked.ok()) << checked.status().ToString();
  EXPECT_EQ(checked->role, Role::kDevice);
  EXPECT_EQ(checked->user_name, "T7");
  Reopen();
  EXPECT_TRUE(SignIn("T7", pair).ok());
}

TEST_F(DevicesTest, ANonceIsGoodOnceForItsNameAndAMinute) {
  const KeyPair pair;
  ASSERT_TRUE(Enrol("T7", Token("T7"), pair.Public()).ok());
  ASSERT_TRUE(Enrol("T8", Token("T8"), pair.Public()).ok());
  const auto with = [&](std::string_view device, const std::string& nonce) {
    return devices
        ->SignIn(device, nonce, pair.Sign(SignInText(device, nonce)), "192.0.2.1", clock.Now())
        .ok();
  };
  const std::string nonce = devices->Challenge("T7", clock.Now());
  EXPECT_FALSE(with("T8", nonce));
  std::string bent = nonce;
  bent[3] = bent[3] == '0' ? '1' : '0';
  EXPECT_FALSE(with("T7", bent));
  EXPECT_FALSE(with("T7", ""));
  EXPECT_FALSE(with("T7", std::string(nonce.size(), 'g')));
  EXPECT_TRUE(with("T7", nonce));
  EXPECT_FALSE(with("T7", nonce)) << "replayed";
  const std::string late = devices->Challenge("T7", clock.Now());
  clock.Advance(kChallengeLifeS);
  EXPECT_FALSE(with("T7", late));
  const std::string from_before = devices->Challenge("T7", clock.Now());
  Reopen();
  EXPECT_FALSE(with("T7", from_before)) << "another process";
}

TEST_F(DevicesTest, RevocationAndANewKeyEndTokensAtOnce) {
  const KeyPair pair, newer;
  ASSERT_TRUE(Enrol("T7", Token("T7"), pair.Public()).ok());
  const std::string first = BearerOf(*SignIn("T7", pair));
  ASSERT_TRUE(Enrol("T7", Token("T7"), newer.Public()).ok());
  EXPECT_EQ(authenticator->CheckToken(first, clock.Now()).status().wire(), kWireBlockedToken);
  EXPECT_FALSE(SignIn("T7", pair).ok());
  const std::string second = BearerOf(*SignIn("T7", newer));
  const std::string unused = Token("T7");
  ASSERT_TRUE(Revoke("T7").ok());
  EXPECT_TRUE(revoked);
  EXPECT_EQ(authenticator->CheckToken(second, clock.Now()).status().wire(), kWireBlockedToken);
  EXPECT_FALSE(SignIn("T7", newer).ok());
  EXPECT_FALSE(Enrol("T7", unused, newer.Public()).ok()) << "a token from before";
  Reopen();
  EXPECT_FALSE(SignIn("T7", newer).ok());
  EXPECT_EQ(authenticator->CheckToken(second, clock.Now()).status().wire(), kWireBlockedToken);
  ASSERT_TRUE(Revoke("T7").ok());
  EXPECT_FALSE(revoked);
  ASSERT_TRUE(Enrol("T7", Token("T7"), newer.Public()).ok());
  EXPECT_TRUE(SignIn("T7", newer).ok());
  EXPECT_FALSE(authenticator->CheckToken(second, clock.Now()).ok()) << "the epoch moved on";
}

TEST_F(DevicesTest, ATransactionThatFailsChangesNothing) {
  const KeyPair pair;
  const std::string token = Token("T7");
  const Status failed = docs->Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(made_by, devices->Enrol(t, "T7", token, pair.Public(), "192.0.2.1"));
    return Status(Code::kInternal, "later");
  });
  EXPECT_FALSE(failed.ok());
  EXPECT_FALSE(SignIn("T7", pair).ok());
  EXPECT_TRUE(Enrol("T7", token, pair.Public()).ok()) << "the token was not used up";
}

TEST_F(DevicesTest, GuessingIsSlowedDownPerAddress) {
  const KeyPair pair, other;
  const std::string token = Token("T7");
  ASSERT_TRUE(Enrol("T7", token, pair.Public()).ok());
  int refused = 0;
  while (SignIn("T7", other).status().code() != Code::kResourceExhausted) ASSERT_LT(++refused, 100);
  EXPECT_GE(refused, 20);
  EXPECT_EQ(Enrol("T7", token, pair.Public()).code(), Code::kResourceExhausted);
  EXPECT_EQ(SignIn("T7", pair).status().wire(), kWireTooManyRequests);
  EXPECT_TRUE(SignIn("T7", pair, "192.0.2.2").ok());
}

TEST_F(DevicesTest, ADeviceIsNoUser) {
  UserSpec spec{.name = "tractor", .role = Role::kDevice};
  EXPECT_EQ(directory->AddUser(spec).status().code(), Code::kInvalidArgument);
  const User user = MakeUser("jane");
  EXPECT_EQ(directory->SetRole(user.id, Role::kDevice).code(), Code::kInvalidArgument);

  const KeyPair pair;
  ASSERT_TRUE(Enrol("T7", Token("T7"), pair.Public()).ok());
  http::Headers headers;
  headers.Set("Authorization", "Bearer " + BearerOf(*SignIn("T7", pair)));
  EXPECT_TRUE(authenticator->Authenticate(headers, clock.Now()).ok());
  EXPECT_EQ(authenticator->LogIn(headers, "192.0.2.1", clock.Now(), 1'000'000).status().wire(),
            kWireRoleNotAllowed)
      << "a token of a day is not made one of a year";
  const auto mine = authenticator->Authenticate(headers, clock.Now());
  headers.Set("X-ClearML-Act-As", user.id);
  const auto caller = authenticator->Authenticate(headers, clock.Now());
  EXPECT_FALSE(authenticator->Effective(caller->identity, headers).ok());
  ASSERT_TRUE(authenticator->LogOut(mine->identity).ok());
  EXPECT_FALSE(authenticator->Authenticate(headers, clock.Now()).ok());
}

}  // namespace
}  // namespace furrow::auth
