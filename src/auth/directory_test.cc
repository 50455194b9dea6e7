// SPDX-License-Identifier: Apache-2.0
#include "auth/directory.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "auth/auth_fixture.h"
#include "base/id.h"
#include "json/text.h"

namespace furrow::auth {
namespace {

class DirectoryTest : public AuthTest {
 protected:
  void SetUp() override {
    AuthTest::SetUp();
    MakeCompany();
  }
  Claims SignIn(const std::string& user_id, const std::string& key = "") {
    auto identity = directory->IdentityOf(user_id);
    EXPECT_TRUE(identity.ok());
    identity->session_id = NewId();
    identity->credential_key = key;
    auto claims = directory->ClaimsFor(*identity);
    EXPECT_TRUE(claims.ok());
    return *claims;
  }
  void Blocked(const Claims& claims) {
    const auto identity = directory->Resolve(claims);
    ASSERT_FALSE(identity.ok());
    EXPECT_EQ(identity.status().wire(), 4010031u);
  }
};

TEST_F(DirectoryTest, UsersSurviveAReopening) {
  const User added = MakeUser("Ada Lovelace", Role::kSuperuser, "analytical engine");
  const auto pair = directory->CreateCredential(added.id, "laptop");
  ASSERT_TRUE(pair.ok());
  Reopen();
  const auto found = directory->FindByName("Ada Lovelace");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->id, added.id);
  EXPECT_EQ(found->role, Role::kSuperuser);
  EXPECT_TRUE(found->has_password);
  EXPECT_FALSE(found->disabled);
  EXPECT_EQ(found->created, added.created);
  EXPECT_EQ(directory->company_name(), "Furrow");
  EXPECT_TRUE(directory->CheckPassword("Ada Lovelace", "analytical engine").ok());
  const auto identity = directory->CheckSecret(pair->access_key, pair->secret_key);
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->user_id, added.id);
  EXPECT_EQ(identity->user_name, "Ada Lovelace");
  EXPECT_EQ(identity->company_id, directory->company_id());
  EXPECT_EQ(identity->role, Role::kSuperuser);
  EXPECT_EQ(identity->credential_key, pair->access_key);
}

TEST_F(DirectoryTest, UserDocumentIsFitToBeShown) {
  UserSpec spec;
  spec.name = "Ada Byron Lovelace";
  spec.password = "analytical engine";
  spec.extra = json::Object{
      {"email", "ada@example"}, {"role", "root"}, {"id", "x"}, {"family_name", "King"}};
  const auto user = directory->AddUser(spec);
  ASSERT_TRUE(user.ok());
  const auto doc = docs->Get(kIds.user, user->id);
  ASSERT_TRUE(doc.ok());
  EXPECT_EQ(doc->At("id"), json::Value(user->id));
  EXPECT_EQ(doc->At("name"), json::Value("Ada Byron Lovelace"));
  EXPECT_EQ(doc->At("given_name"), json::Value("Ada"));
  EXPECT_EQ(doc->At("family_name"), json::Value("King"));
  EXPECT_EQ(doc->At("role"), json::Value("user"));
  EXPECT_EQ(doc->At("email"), json::Value("ada@example"));
  EXPECT_EQ(json::Write(*doc).find("argon2"), std::string::npos);
}

TEST_F(DirectoryTest, NamesAreUniqueAndSane) {
  MakeUser("ada");
  UserSpec spec;
  spec.name = "ada";
  EXPECT_EQ(directory->AddUser(spec).status().code(), Code::kAlreadyExists);
  for (const std::string bad : {"", "a:b", "a\nb", " a", "a ", "\xff", "\xed\xa0\x80", "a\x7f"}) {
    spec.name = bad;
    EXPECT_EQ(directory->AddUser(spec).status().code(), Code::kInvalidArgument) << bad;
  }
  spec.name = std::string(129, 'x');
  EXPECT_EQ(directory->AddUser(spec).status().code(), Code::kInvalidArgument);
  spec.name = "Jörg Müller";
  EXPECT_TRUE(directory->AddUser(spec).ok());
  EXPECT_EQ(directory->ListUsers().size(), 2u);
}

TEST_F(DirectoryTest, WrongSecretsAreRefusedWithOneText) {
  const User user = MakeUser("ada", Role::kUser, "analytical engine");
  const auto pair = directory->CreateCredential(user.id, "");
  ASSERT_TRUE(pair.ok());
  const Status a = directory->CheckSecret(pair->access_key, "wrong").status();
  const Status b = directory->CheckSecret("NOSUCHKEY", pair->secret_key).status();
  const Status c = directory->CheckPassword("ada", "analytical enginf").status();
  const Status d = directory->CheckPassword("nobody", "analytical engine").status();
  for (const Status& status : {a, b, c, d}) {
    EXPECT_EQ(status.wire(), 4010022u);
    EXPECT_EQ(status.message(), a.message());
  }
  EXPECT_FALSE(directory->CheckSecret(pair->access_key, "").ok());
  EXPECT_FALSE(directory->CheckPassword("ada", "").ok());
}

TEST_F(DirectoryTest, AUserWithoutPasswordCannotSignInByOne) {
  MakeUser("ada");
  EXPECT_FALSE(directory->CheckPassword("ada", "").ok());
  EXPECT_FALSE(directory->CheckPassword("ada", "anything at all").ok());
}

TEST_F(DirectoryTest, CredentialPairsAreAsClientsExpect) {
  const User user = MakeUser("ada");
  const auto pair = directory->CreateCredential(user.id, "laptop");
  ASSERT_TRUE(pair.ok());
  EXPECT_EQ(pair->access_key.size(), 30u);
  EXPECT_EQ(pair->access_key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
            std::string::npos);
  EXPECT_GE(pair->secret_key.size(), 40u);
  const auto listed = directory->Credentials(user.id);
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].label, "laptop");
  EXPECT_EQ(listed[0].last_used, 0);
}

TEST_F(DirectoryTest, GivenPairsAreCheckedAndUnique) {
  const User user = MakeUser("ada");
  EXPECT_TRUE(directory->AddCredential(user.id, {"LAB-key_1", "a-secret", ""}).ok());
  EXPECT_EQ(directory->AddCredential(user.id, {"LAB-key_1", "other-secret", ""}).code(),
            Code::kAlreadyExists);
  EXPECT_EQ(directory->AddCredential("nobody", {"LAB2", "other-secret", ""}).code(),
            Code::kNotFound);
  for (const NewCredential& bad :
       std::vector<NewCredential>{{"ab", "good-secret", ""},
                                  {"with:colon", "good-secret", ""},
                                  {"account:" + user.id, "good-secret", ""},
                                  {std::string(65, 'K'), "good-secret", ""},
                                  {"GOOD", "short", ""},
                                  {"GOOD", "with space", ""},
                                  {"GOOD", std::string(257, 's'), ""},
                                  {"GOOD", "good-secret", std::string(257, 'l')},
                                  {"GOOD", "good-secret", "\xff"}}) {
    EXPECT_EQ(directory->AddCredential(user.id, bad).code(), Code::kInvalidArgument)
        << bad.access_key;
  }
}

TEST_F(DirectoryTest, UserAndPairComeTogetherOrNotAtAll) {
  UserSpec spec;
  spec.name = "ada";
  ASSERT_TRUE(directory->AddUserWithCredential(spec, {"KEY1", "good-secret", ""}).ok());
  spec.name = "bob";
  EXPECT_EQ(directory->AddUserWithCredential(spec, {"KEY1", "good-secret", ""}).status().code(),
            Code::kAlreadyExists);
  EXPECT_FALSE(directory->FindByName("bob").ok());
  Reopen();
  EXPECT_FALSE(directory->FindByName("bob").ok());
  EXPECT_TRUE(directory->CheckSecret("KEY1", "good-secret").ok());
}

TEST_F(DirectoryTest, RevokingACredentialEndsItsTokensAtOnceAndForGood) {
  const User user = MakeUser("ada");
  const auto pair = directory->CreateCredential(user.id, "");
  const auto other = directory->CreateCredential(user.id, "");
  ASSERT_TRUE(pair.ok() && other.ok());
  const Claims by_pair = SignIn(user.id, pair->access_key);
  const Claims by_other = SignIn(user.id, other->access_key);
  EXPECT_TRUE(directory->Resolve(by_pair).ok());
  EXPECT_FALSE(*directory->RevokeCredential("somebody else", pair->access_key));
  EXPECT_TRUE(directory->Resolve(by_pair).ok());
  EXPECT_TRUE(*directory->RevokeCredential(user.id, pair->access_key));
  EXPECT_FALSE(*directory->RevokeCredential(user.id, pair->access_key));
  Blocked(by_pair);
  EXPECT_TRUE(directory->Resolve(by_other).ok());
  EXPECT_FALSE(directory->CheckSecret(pair->access_key, pair->secret_key).ok());
  Reopen();
  Blocked(by_pair);
  EXPECT_TRUE(directory->Resolve(by_other).ok());
}

TEST_F(DirectoryTest, ADisabledUserIsRefusedEverywhere) {
  const User user = MakeUser("ada", Role::kUser, "analytical engine");
  const auto pair = directory->CreateCredential(user.id, "");
  ASSERT_TRUE(pair.ok());
  const Claims claims = SignIn(user.id, pair->access_key);
  const Identity identity = *directory->IdentityOf(user.id);
  ASSERT_TRUE(directory->SetDisabled(user.id, true).ok());
  // Not even a token made after that: whoever holds an old identity gains nothing.
  auto late = directory->ClaimsFor(identity);
  ASSERT_TRUE(late.ok());
  late->session_id = NewId();
  Blocked(*late);
  for (int round = 0; round < 2; ++round) {
    Blocked(claims);
    EXPECT_FALSE(directory->CheckSecret(pair->access_key, pair->secret_key).ok());
    EXPECT_FALSE(directory->CheckPassword("ada", "analytical engine").ok());
    EXPECT_FALSE(directory->IdentityOf(user.id).ok());
    Reopen();
  }
  ASSERT_TRUE(directory->SetDisabled(user.id, false).ok());
  EXPECT_TRUE(directory->CheckSecret(pair->access_key, pair->secret_key).ok());
  EXPECT_TRUE(directory->CheckPassword("ada", "analytical engine").ok());
  Blocked(claims);
  EXPECT_TRUE(directory->Resolve(SignIn(user.id)).ok());
}

TEST_F(DirectoryTest, ANewPasswordEndsTheOldOneAndItsTokens) {
  const User user = MakeUser("ada", Role::kUser, "analytical engine");
  const Claims claims = SignIn(user.id);
  EXPECT_EQ(directory->SetPassword(user.id, "short").code(), Code::kInvalidArgument);
  EXPECT_TRUE(directory->Resolve(claims).ok());
  ASSERT_TRUE(directory->SetPassword(user.id, "difference engine").ok());
  Blocked(claims);
  EXPECT_FALSE(directory->CheckPassword("ada", "analytical engine").ok());
  EXPECT_TRUE(directory->CheckPassword("ada", "difference engine").ok());
  Reopen();
  Blocked(claims);
  EXPECT_TRUE(directory->CheckPassword("ada", "difference engine").ok());
}

TEST_F(DirectoryTest, LoggedOutSessionsStayOut) {
  const User user = MakeUser("ada");
  const Claims one = SignIn(user.id), two = SignIn(user.id);
  ASSERT_TRUE(directory->RevokeSession(one.session_id).ok());
  ASSERT_TRUE(directory->RevokeSession(one.session_id).ok());
  Blocked(one);
  EXPECT_TRUE(directory->Resolve(two).ok());
  Reopen();
  Blocked(one);
  clock.Advance(kTokenLifeMaxS + 1);
  Reopen();
  EXPECT_EQ(*docs->Count(kIds.session, {}), 0) << "dead revocations are dropped";
}

TEST_F(DirectoryTest, RevocationsAreBounded) {
  Close();
  directory_options.revoked_sessions_max = 3;
  Open();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(directory->RevokeSession(NewId()).ok());
  EXPECT_EQ(directory->RevokeSession(NewId()).code(), Code::kResourceExhausted);
  clock.Advance(kTokenLifeMaxS + 1);
  EXPECT_TRUE(directory->RevokeSession(NewId()).ok());
  EXPECT_EQ(*docs->Count(kIds.session, {}), 1);
}

TEST_F(DirectoryTest, RoleAndNameAreTheDirectorysNotTheTokens) {
  const User user = MakeUser("ada", Role::kAdmin);
  const Claims claims = SignIn(user.id);
  ASSERT_TRUE(directory->SetRole(user.id, Role::kGuest).ok());
  ASSERT_TRUE(directory->Rename(user.id, "ada2").ok());
  const auto identity = directory->Resolve(claims);
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->role, Role::kGuest);
  EXPECT_EQ(identity->user_name, "ada2");
  EXPECT_FALSE(directory->FindByName("ada").ok());
  MakeUser("bob");
  EXPECT_EQ(directory->Rename(user.id, "bob").code(), Code::kAlreadyExists);
  Reopen();
  EXPECT_EQ(directory->Get(user.id)->role, Role::kGuest);
  EXPECT_EQ(directory->Get(user.id)->name, "ada2");
}

TEST_F(DirectoryTest, TokensOfAnotherCompanyOrUserAreRefused) {
  const User user = MakeUser("ada");
  const auto pair = directory->CreateCredential(MakeUser("bob").id, "");
  Claims claims = SignIn(user.id);
  claims.company = NewId();
  Blocked(claims);
  claims = SignIn(user.id);
  claims.user = NewId();
  Blocked(claims);
  claims = SignIn(user.id, pair->access_key);  // bob's key on ada's token
  Blocked(claims);
}

TEST_F(DirectoryTest, RemovedUsersLeaveNothingThatSignsIn) {
  const User user = MakeUser("ada", Role::kUser, "analytical engine");
  const auto pair = directory->CreateCredential(user.id, "");
  const Claims claims = SignIn(user.id);
  ASSERT_TRUE(directory->Remove(user.id).ok());
  EXPECT_EQ(directory->Remove(user.id).code(), Code::kNotFound);
  for (int round = 0; round < 2; ++round) {
    Blocked(claims);
    EXPECT_FALSE(directory->CheckSecret(pair->access_key, pair->secret_key).ok());
    EXPECT_FALSE(directory->CheckPassword("ada", "analytical engine").ok());
    EXPECT_TRUE(directory->ListUsers().empty());
    Reopen();
  }
  EXPECT_EQ(*docs->Count(kIds.credential, {}), 0);
  MakeUser("ada");
}

TEST_F(DirectoryTest, LabelsCanBeEdited) {
  const User user = MakeUser("ada");
  const auto pair = directory->CreateCredential(user.id, "old");
  EXPECT_FALSE(*directory->EditLabel("somebody", pair->access_key, "new"));
  EXPECT_TRUE(*directory->EditLabel(user.id, pair->access_key, "new"));
  EXPECT_EQ(directory->Credentials(user.id)[0].label, "new");
  Reopen();
  EXPECT_EQ(directory->Credentials(user.id)[0].label, "new");
  EXPECT_TRUE(directory->CheckSecret(pair->access_key, pair->secret_key).ok());
}

TEST_F(DirectoryTest, UseIsRememberedAndWrittenBehind) {
  const User user = MakeUser("ada");
  const auto pair = directory->CreateCredential(user.id, "");
  clock.Advance(10);
  directory->NoteUse(pair->access_key, "host-1");
  directory->NoteUse("NOSUCHKEY", "host-1");
  auto info = directory->Credentials(user.id)[0];
  EXPECT_EQ(info.last_used, clock.Now());
  EXPECT_EQ(info.last_used_from, "host-1");
  EXPECT_TRUE(docs->Get(kIds.credential, pair->access_key)->At("last_used").IsNull());
  ASSERT_TRUE(directory->FlushUsage().ok());
  EXPECT_EQ(docs->Get(kIds.credential, pair->access_key)->At("last_used_from"),
            json::Value("host-1"));
  clock.Advance(10);
  directory->NoteUse(pair->access_key, "\xff\xfe");
  Reopen();  // the destructor writes the rest
  info = directory->Credentials(user.id)[0];
  EXPECT_EQ(info.last_used, clock.Now());
  EXPECT_EQ(info.last_used_from, "");
  EXPECT_TRUE(directory->CheckSecret(pair->access_key, pair->secret_key).ok());
}

TEST_F(DirectoryTest, UseOfARevokedKeyDoesNotBringItBack) {
  const User user = MakeUser("ada");
  const auto pair = directory->CreateCredential(user.id, "");
  directory->NoteUse(pair->access_key, "host-1");
  ASSERT_TRUE(*directory->RevokeCredential(user.id, pair->access_key));
  ASSERT_TRUE(directory->FlushUsage().ok());
  EXPECT_FALSE(docs->Exists(kIds.credential, pair->access_key));
}

TEST_F(DirectoryTest, CountsAreBounded) {
  Close();
  directory_options.users_max = 2;
  directory_options.credentials_per_user_max = 2;
  Open();
  const User user = MakeUser("a");
  MakeUser("b");
  UserSpec spec;
  spec.name = "c";
  EXPECT_EQ(directory->AddUser(spec).status().code(), Code::kResourceExhausted);
  EXPECT_TRUE(directory->CreateCredential(user.id, "").ok());
  EXPECT_TRUE(directory->CreateCredential(user.id, "").ok());
  EXPECT_EQ(directory->CreateCredential(user.id, "").status().code(), Code::kResourceExhausted);
}

TEST_F(DirectoryTest, LostKeysAreSaidNotGuessed) {
  MakeUser("ada");
  Close();
  std::filesystem::remove(dir + "/secrets.json");
  auto opened_engine = store::Engine::Open(dir + "/store", {});
  ASSERT_TRUE(opened_engine.ok());
  docs::Store reopened(
      **opened_engine,
      {{.name = "company"}, {.name = "user"}, {.name = "credential"}, {.name = "session"}});
  const auto fresh = Secrets::LoadOrCreate(dir);
  ASSERT_TRUE(fresh.ok());
  EXPECT_EQ(Directory::Open(reopened, kIds, *fresh, clock).status().code(),
            Code::kFailedPrecondition);
}

TEST_F(DirectoryTest, NoSecretReachesTheDisk) {
  const std::string password = "canary-password-7f3a";
  const User user = MakeUser("ada", Role::kUser, password);
  ASSERT_TRUE(directory->AddCredential(user.id, {"CANARYKEY", "canary-secret-91be", ""}).ok());
  Close();
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(bytes.find(password), std::string::npos) << entry.path();
    EXPECT_EQ(bytes.find("canary-secret-91be"), std::string::npos) << entry.path();
  }
  EXPECT_GT(files, 1);
}

TEST_F(DirectoryTest, ChecksAndChangesMayRunTogether) {
  const User user = MakeUser("ada");
  const auto pair = directory->CreateCredential(user.id, "");
  const Claims claims = SignIn(user.id);
  std::atomic<bool> stop{false};
  std::atomic<int> failures{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        if (!directory->Resolve(claims).ok()) ++failures;
        if (!directory->CheckSecret(pair->access_key, pair->secret_key).ok()) ++failures;
        directory->NoteUse(pair->access_key, "host");
        (void)directory->Credentials(user.id);
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    const auto extra = directory->CreateCredential(user.id, "");
    ASSERT_TRUE(extra.ok());
    ASSERT_TRUE(directory->RevokeSession(NewId()).ok());
    ASSERT_TRUE(directory->FlushUsage().ok());
    ASSERT_TRUE(*directory->RevokeCredential(user.id, extra->access_key));
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(directory->Credentials(user.id).size(), 1u);
}

}  // namespace
}  // namespace furrow::auth
