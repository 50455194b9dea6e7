// SPDX-License-Identifier: Apache-2.0
#include "auth/identity.h"

#include <gtest/gtest.h>

namespace furrow::auth {
namespace {

Identity As(Role role) {
  Identity identity;
  identity.user_id = "u";
  identity.role = role;
  return identity;
}

TEST(Identity, RoleNamesRoundTrip) {
  for (const char* name : {"system", "root", "admin", "superuser", "user", "annotator", "guest"}) {
    ASSERT_TRUE(ParseRole(name)) << name;
    EXPECT_EQ(RoleName(*ParseRole(name)), name);
  }
  EXPECT_FALSE(ParseRole("Admin"));
  EXPECT_FALSE(ParseRole(""));
}

TEST(Identity, PermissionsByRole) {
  // One row per role: open, read, self, edit, manage users, system.
  const struct {
    Role role;
    bool allowed[6];
  } kTable[] = {
      {Role::kSystem, {true, true, true, true, true, true}},
      {Role::kRoot, {true, true, true, true, true, true}},
      {Role::kAdmin, {true, true, true, true, true, false}},
      {Role::kSuperuser, {true, true, true, true, false, false}},
      {Role::kUser, {true, true, true, true, false, false}},
      {Role::kAnnotator, {true, true, true, false, false, false}},
      {Role::kGuest, {true, true, true, false, false, false}},
  };
  for (const auto& row : kTable) {
    for (int p = 0; p < 6; ++p) {
      EXPECT_EQ(Allowed(As(row.role), static_cast<Permission>(p)), row.allowed[p])
          << RoleName(row.role) << " " << p;
    }
  }
}

TEST(Identity, NobodyMayOnlyDoWhatIsOpen) {
  Identity nobody;
  nobody.role = Role::kSystem;
  EXPECT_TRUE(Allowed(nobody, Permission::kOpen));
  EXPECT_FALSE(Allowed(nobody, Permission::kRead));
  EXPECT_FALSE(Allowed(nobody, Permission::kSystem));
}

TEST(Identity, RequireNamesTheWireCode) {
  EXPECT_TRUE(Require(As(Role::kUser), Permission::kEdit).ok());
  const Status refused = Require(As(Role::kGuest), Permission::kEdit);
  EXPECT_EQ(refused.code(), Code::kPermissionDenied);
  EXPECT_EQ(refused.wire(), 4030020u);
}

}  // namespace
}  // namespace furrow::auth
