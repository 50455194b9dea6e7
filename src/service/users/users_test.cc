// SPDX-License-Identifier: Apache-2.0
#include "entities/directory_fixture.h"
#include "service/users/users_service.h"

namespace furrow::service::users {
namespace {

using entities::Answer;
using entities::J;
using furrow::auth::Role;

class UsersTest : public entities::DirectoryWorld {
 protected:
  UsersTest() { AddEndpoints(context_, endpoints); }
  Answer Set(std::string_view preferences) {
    json::Value request = json::Object{{"preferences", J(preferences)}};
    return Call("users.set_preferences", json::Write(request));
  }
  json::Value Preferences() { return Call("users.get_preferences", "{}").At("preferences"); }
  Context context_{core, lister, directory};
};

TEST_F(UsersTest, CurrentUserHasCompanyRoleAndSettings) {
  const Answer me = Call("users.get_current_user", "{}");
  EXPECT_EQ(me.Path("user.id").AsString(), ada.id);
  EXPECT_EQ(me.Path("user.name").AsString(), "Ada Lovelace");
  EXPECT_EQ(me.Path("user.given_name").AsString(), "Ada");
  EXPECT_EQ(me.Path("user.role").AsString(), "user");
  EXPECT_EQ(me.Path("user.company.id").AsString(), core.company_id);
  EXPECT_EQ(me.Path("user.company.name").AsString(), core.company_name);
  EXPECT_GT(me.Path("settings.max_download_items").AsInt(), 0);
  EXPECT_NE(me.data.Find("getting_started"), nullptr);
}

TEST_F(UsersTest, NoAnswerHoldsAPasswordHash) {
  for (const char* endpoint : {"users.get_current_user", "users.get_all", "users.get_all_ex"}) {
    const std::string text = json::Write(Call(endpoint, "{}").data);
    EXPECT_EQ(text.find("argon2"), std::string::npos) << endpoint;
    EXPECT_EQ(text.find("password"), std::string::npos) << endpoint;
  }
}

TEST_F(UsersTest, GetByIdOfNobodyIs301) {
  EXPECT_EQ(Call("users.get_by_id", R"({"user":"nobody"})").code(), "400/301");
  EXPECT_EQ(Call("users.get_by_id", R"({"user":")" + ada.id + R"("})").Path("user.name").AsString(),
            "Ada Lovelace");
}

TEST_F(UsersTest, GetAllFindsByNameAndId) {
  Add("Grace Hopper", Role::kUser);
  const auto count = [&](std::string_view request) {
    return Call("users.get_all", request).At("users").array().size();
  };
  EXPECT_EQ(count(R"({"name":"^Grace"})"), 1u);
  EXPECT_EQ(count(R"({"id":[")" + ada.id + R"("]})"), 1u);
  EXPECT_EQ(count(R"({"name":"^nobody$"})"), 0u);
}

TEST_F(UsersTest, GetAllExKeepsThoseActiveInProjects) {
  const std::string field = Put(entities::kProjects, J(R"({"name":"field","path":[]})"));
  Put(entities::kTasks, json::Object{{"project", field}, {"user", ada.id}});
  Add("Grace Hopper", Role::kUser);
  const json::Value users =
      Call("users.get_all_ex", R"({"active_in_projects":[")" + field + R"("]})").At("users");
  ASSERT_EQ(users.array().size(), 1u);
  EXPECT_EQ(users.array().at(0).At("id").AsString(), ada.id);
}

TEST_F(UsersTest, PreferencesMergeByDottedPathAndByNesting) {
  EXPECT_EQ(Preferences(), J("{}"));
  EXPECT_EQ(Set(R"({"view.table.columns":["a"],"version":1})").At("updated"), json::Value(1));
  Set(R"({"view":{"table":{"order":"up"}}})");
  EXPECT_EQ(Preferences(), J(R"({"view":{"table":{"columns":["a"],"order":"up"}},"version":1})"));
  Set(R"({"view.table.columns":["b","c"],"a--DOT--b":2})");
  EXPECT_EQ(
      Preferences(),
      J(R"({"view":{"table":{"columns":["b","c"],"order":"up"}},"version":1,"a--DOT--b":2})"));
}

TEST_F(UsersTest, PreferencesAreOnesOwn) {
  Set(R"({"a":1})");
  As(Add("Grace Hopper", Role::kUser));
  EXPECT_EQ(Preferences(), J("{}"));
}

TEST_F(UsersTest, SetPreferencesGivesThemBackUnlessToldNotTo) {
  EXPECT_EQ(Set(R"({"a":1})").Path("fields.preferences"), J(R"({"a":1})"));
  EXPECT_EQ(Call("users.set_preferences", R"({"preferences":{"b":2},"return_updated":false})")
                .At("fields"),
            J("{}"));
}

TEST_F(UsersTest, BadPreferencesAre305) {
  EXPECT_EQ(Set("[1]").code(), "400/305");
  EXPECT_EQ(Set(R"({"a..b":1})").code(), "400/305");
  EXPECT_EQ(Set(R"({"":1})").code(), "400/305");
  std::string deep = "a";
  for (int i = 0; i < 40; ++i) deep += ".a";
  EXPECT_EQ(Set(R"({")" + deep + R"(":1})").code(), "400/305");
  EXPECT_EQ(Set(R"({"a":")" + std::string(3u << 20, 'x') + R"("})").code(), "400/305");
  EXPECT_EQ(Preferences(), J("{}"));
}

TEST_F(UsersTest, OneUpdatesOneself) {
  const Answer done = Call(
      "users.update", R"({"user":")" + ada.id + R"(","name":"Ada King","family_name":"King"})");
  EXPECT_EQ(done.At("updated"), json::Value(1));
  EXPECT_EQ(done.Path("fields.name").AsString(), "Ada King");
  EXPECT_TRUE(directory.FindByName("Ada King").ok());
  EXPECT_EQ(Get(entities::kUsers, ada.id).At("family_name").AsString(), "King");
}

TEST_F(UsersTest, OthersAreUpdatedByWhoManagesUsers) {
  const auto grace = Add("Grace Hopper", Role::kUser);
  const std::string request = R"({"user":")" + grace.id + R"(","given_name":"Amazing"})";
  EXPECT_EQ(Call("users.update", request).code(), "403/20");
  As(Add("boss", Role::kAdmin));
  EXPECT_EQ(Call("users.update", request).code(), "200");
  EXPECT_EQ(Call("users.update", R"({"user":"nobody","name":"x"})").code(), "400/301");
}

TEST_F(UsersTest, ATakenNameIs801) {
  Add("Grace Hopper", Role::kUser);
  EXPECT_EQ(Call("users.update", R"({"user":")" + ada.id + R"(","name":"Grace Hopper"})").code(),
            "400/801");
}

TEST_F(UsersTest, UpdateCannotTouchTheRole) {
  Call("users.update", R"({"user":")" + ada.id + R"(","role":"root","avatar":"x"})");
  EXPECT_EQ(Get(entities::kUsers, ada.id).At("role").AsString(), "user");
}

}  // namespace
}  // namespace furrow::service::users
