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
  for (const char* name :
       {"system", "root", "admin", "superuser", "user", "annotator", "guest", "device"}) {
    ASSERT_TRUE(ParseRole(name)) << name;
    EXPECT_EQ(RoleName(*ParseRole(name)), name);
  }
  EXPECT_FALSE(ParseRole("Admin"));
  EXPECT_FALSE(ParseRole(""));
}

TEST(Identity, PermissionsByRole) {
  // One row per role: open, read, self, edit, manage users, system, device.
  const struct {
    Role role;
    bool allowed[7];
  } kTable[] = {
      {Role::kSystem, {true, true, true, true, true, true, false}},
      {Role::kRoot, {true, true, true, true, true, true, false}},
      {Role::kAdmin, {true, true, true, true, true, false, false}},
      {Role::kSuperuser, {true, true, true, true, false, false, false}},
      {Role::kUser, {true, true, true, true, false, false, false}},
      {Role::kAnnotator, {true, true, true, false, false, false, false}},
      {Role::kGuest, {true, true, true, false, false, false, false}},
      {Role::kDevice, {true, false, false, false, false, false, true}},
  };
  for (const auto& row : kTable) {
    for (int p = 0; p < 7; ++p) {
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

TEST(Identity, FilesOfADevice) {
  Identity device = As(Role::kDevice);
  device.user_name = "T7";
  const struct {
    const char* path;
    bool read, write;
  } kTable[] = {
      {"bundles/weeds-3.bundle", true, false},
      {"bundles", false, false},
      {"bundlesx/a", false, false},
      {"tractors/T7/2026/a.png", true, true},
      {"tractors/T7", false, false},
      {"tractors/T70/a.png", false, false},
      {"tractors/T8/a.png", false, false},
      {"tractors/T7x/../T8/a.png", false, false},
      {"lab/model.pt", false, false},
      {"", false, false},
  };
  for (const auto& row : kTable) {
    EXPECT_EQ(MayUseFile(device, FileUse::kRead, row.path), row.read) << row.path;
    EXPECT_EQ(MayUseFile(device, FileUse::kWrite, row.path), row.write) << row.path;
    EXPECT_FALSE(MayUseFile(device, FileUse::kDelete, row.path)) << row.path;
    for (const Role role : {Role::kAdmin, Role::kUser}) {
      for (const FileUse use : {FileUse::kRead, FileUse::kWrite, FileUse::kDelete}) {
        EXPECT_TRUE(MayUseFile(As(role), use, row.path));
      }
    }
    EXPECT_TRUE(MayUseFile(As(Role::kGuest), FileUse::kRead, row.path));
    EXPECT_FALSE(MayUseFile(As(Role::kGuest), FileUse::kWrite, row.path));
  }
  device.user_name.clear();
  EXPECT_FALSE(MayUseFile(device, FileUse::kWrite, "tractors//a"));
}

TEST(Identity, RequireNamesTheWireCode) {
  EXPECT_TRUE(Require(As(Role::kUser), Permission::kEdit).ok());
  const Status refused = Require(As(Role::kGuest), Permission::kEdit);
  EXPECT_EQ(refused.code(), Code::kPermissionDenied);
  EXPECT_EQ(refused.wire(), 4030020u);
}

}  // namespace
}  // namespace furrow::auth
