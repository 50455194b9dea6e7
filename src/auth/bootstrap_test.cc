// SPDX-License-Identifier: Apache-2.0
#include "auth/bootstrap.h"

#include <sys/stat.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "auth/auth_fixture.h"
#include "auth/private_file.h"
#include "base/id.h"
#include "json/text.h"

namespace furrow::auth {
namespace {

class BootstrapTest : public AuthTest {};

TEST_F(BootstrapTest, MakesAnAdministratorOnce) {
  const auto boot = Bootstrap(dir, *directory, *engine);
  ASSERT_TRUE(boot.ok()) << boot.status().ToString();
  EXPECT_TRUE(boot->happened);
  EXPECT_EQ(boot->admin_name, "admin");
  EXPECT_EQ(boot->password.size(), 20u);
  EXPECT_TRUE(IsId(directory->company_id()));
  for (int round = 0; round < 2; ++round) {
    const auto by_password = directory->CheckPassword("admin", boot->password);
    ASSERT_TRUE(by_password.ok());
    EXPECT_EQ(by_password->role, Role::kAdmin);
    EXPECT_TRUE(directory->CheckSecret(boot->access_key, boot->secret_key).ok());
    const auto again = Bootstrap(dir, *directory, *engine);
    ASSERT_TRUE(again.ok());
    EXPECT_FALSE(again->happened);
    EXPECT_TRUE(again->password.empty());
    EXPECT_EQ(directory->ListUsers().size(), 1u);
    Reopen();
  }
}

TEST_F(BootstrapTest, LeavesTheFileForItsOwnerAlone) {
  const auto boot = Bootstrap(dir, *directory, *engine);
  ASSERT_TRUE(boot.ok());
  struct stat info {};
  ASSERT_EQ(::stat((dir + "/bootstrap.json").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto text = ReadPrivateFile(dir + "/bootstrap.json");
  ASSERT_TRUE(text.ok() && *text);
  const auto value = json::Parse(**text);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(value->FindPath("admin.name")->AsString(), "admin");
  EXPECT_EQ(value->FindPath("admin.password")->AsString(), boot->password);
  EXPECT_EQ(value->FindPath("credentials.access_key")->AsString(), boot->access_key);
  EXPECT_EQ(value->FindPath("credentials.secret_key")->AsString(), boot->secret_key);
}

TEST_F(BootstrapTest, TwoServersShareNothing) {
  const auto boot = Bootstrap(dir, *directory, *engine);
  ASSERT_TRUE(boot.ok());
  const std::string company = directory->company_id();
  Close();
  std::filesystem::remove_all(dir);
  std::filesystem::create_directory(dir);
  Open();
  const auto other = Bootstrap(dir, *directory, *engine);
  ASSERT_TRUE(other.ok());
  EXPECT_NE(boot->password, other->password);
  EXPECT_NE(boot->access_key, other->access_key);
  EXPECT_NE(boot->secret_key, other->secret_key);
  EXPECT_NE(company, directory->company_id());
}

TEST_F(BootstrapTest, ACutOffFirstBootIsFinishedWithTheSamePassword) {
  // The file was written, the store was not.
  ASSERT_TRUE(WritePrivateFile(dir + "/bootstrap.json",
                               R"({"admin":{"name":"admin","password":"from-the-first-try"},
                                   "credentials":{"access_key":"FIRSTTRY",
                                                  "secret_key":"secret-of-first-try"}})")
                  .ok());
  ASSERT_TRUE(directory->CreateCompany(NewId(), "Furrow").ok());
  const auto boot = Bootstrap(dir, *directory, *engine);
  ASSERT_TRUE(boot.ok()) << boot.status().ToString();
  EXPECT_TRUE(boot->happened);
  EXPECT_EQ(boot->password, "from-the-first-try");
  EXPECT_TRUE(directory->CheckPassword("admin", "from-the-first-try").ok());
  EXPECT_TRUE(directory->CheckSecret("FIRSTTRY", "secret-of-first-try").ok());
}

}  // namespace
}  // namespace furrow::auth
