// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "entities/directory_fixture.h"
#include "service/auth/auth_service.h"

namespace furrow::service::auth {
namespace {

using entities::Answer;
using entities::J;
using furrow::auth::Permission;
using furrow::auth::Role;

std::string Base64(std::string_view text) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < text.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += i + k > text.size() ? '=' : kAlphabet[bits >> (18 - 6 * k) & 63];
    }
  }
  return out;
}

class AuthServiceTest : public entities::DirectoryWorld {
 protected:
  AuthServiceTest() { AddEndpoints(context_, endpoints); }
  Answer LogIn(const std::string& authorization, std::string_view request = "{}") {
    head.headers = {};
    if (!authorization.empty()) head.headers.Add("Authorization", authorization);
    return Call("auth.login", request);
  }
  std::string Token() {
    return LogIn("Basic " + Base64("Ada Lovelace:hoe and rake")).At("token").AsString();
  }
  bool Works(const std::string& token) { return authenticator.CheckToken(token, clock.now).ok(); }
  Context context_{authenticator, directory};
};

TEST_F(AuthServiceTest, LoginTakesNameAndPassword) {
  const Answer answer = LogIn("Basic " + Base64("Ada Lovelace:hoe and rake"));
  ASSERT_EQ(answer.code(), "200") << answer.status.ToString();
  EXPECT_TRUE(Works(answer.At("token").AsString()));
}

TEST_F(AuthServiceTest, LoginTakesKeyAndSecret) {
  const Answer made = Call("auth.create_credentials", R"({"label":"laptop"})");
  const std::string pair = made.Path("credentials.access_key").AsString() + ":" +
                           made.Path("credentials.secret_key").AsString();
  EXPECT_TRUE(Works(LogIn("Basic " + Base64(pair)).At("token").AsString()));
}

TEST_F(AuthServiceTest, LoginTakesATokenForRenewal) {
  const std::string token = Token();
  EXPECT_TRUE(Works(LogIn("Bearer " + token).At("token").AsString()));
}

TEST_F(AuthServiceTest, LoginSetsTheCookieOutOfReachOfScripts) {
  const Answer answer = LogIn("Basic " + Base64("Ada Lovelace:hoe and rake"));
  const std::string cookie(answer.headers.Get("Set-Cookie"));
  EXPECT_TRUE(cookie.starts_with("clearml_token_basic=" + answer.At("token").AsString()));
  EXPECT_NE(cookie.find("HttpOnly"), std::string::npos);
  EXPECT_NE(cookie.find("SameSite=Lax"), std::string::npos);
}

TEST_F(AuthServiceTest, LoginRefusesEverythingElse) {
  EXPECT_EQ(LogIn("").code(), "401/20");
  EXPECT_EQ(LogIn("Basic " + Base64("Ada Lovelace:wrong")).code().substr(0, 4), "401/");
  EXPECT_EQ(LogIn("Bearer nonsense").code().substr(0, 4), "401/");
}

TEST_F(AuthServiceTest, ExpirationIsAsAskedForAYearAtMost) {
  const auto lasts = [&](std::string_view request, int64_t seconds) {
    const std::string token =
        LogIn("Basic " + Base64("Ada Lovelace:hoe and rake"), request).At("token").AsString();
    return authenticator.CheckToken(token, clock.now + seconds * 1'000'000).ok();
  };
  EXPECT_TRUE(lasts(R"({"expiration_sec":100})", 90));
  EXPECT_FALSE(lasts(R"({"expiration_sec":100})", 110));
  EXPECT_TRUE(lasts("{}", 29 * 86400));
  EXPECT_FALSE(lasts("{}", 31 * 86400));
  EXPECT_FALSE(lasts(R"({"expiration_sec":999999999})", 366 * 86400));
}

TEST_F(AuthServiceTest, AnAdministratorMayLogInAsAnother) {
  const auto grace = Add("Grace Hopper", Role::kUser);
  Add("boss", Role::kAdmin);
  head.headers = {};
  head.headers.Add("Authorization", "Basic " + Base64("boss:hoe and rake"));
  head.headers.Add("X-Clearml-Impersonate-As", grace.id);
  const Answer answer = Call("auth.login", "{}");
  ASSERT_EQ(answer.code(), "200") << answer.status.ToString();
  EXPECT_EQ(authenticator.CheckToken(answer.At("token").AsString(), clock.now)->user_id, grace.id);
  head.headers.Set("Authorization", "Basic " + Base64("Ada Lovelace:hoe and rake"));
  EXPECT_EQ(Call("auth.login", "{}").code(), "403/20");
}

TEST_F(AuthServiceTest, LogoutEndsTheSessionAndTheCookie) {
  for (const char* endpoint : {"auth.logout", "login.logout"}) {
    const std::string token = Token();
    identity = *authenticator.CheckToken(token, clock.now);
    const Answer answer = Call(endpoint, "{}");
    EXPECT_EQ(answer.code(), "200");
    EXPECT_NE(std::string(answer.headers.Get("Set-Cookie")).find("Max-Age=0"), std::string::npos);
    EXPECT_FALSE(Works(token)) << endpoint;
  }
}

TEST_F(AuthServiceTest, LogoutWithoutASessionIsFine) {
  identity = {};
  EXPECT_EQ(Call("login.logout", "{}").code(), "200");
}

TEST_F(AuthServiceTest, SupportedModesSaysPasswordsAndWhetherSignedIn) {
  const Answer in = Call("login.supported_modes", "{}");
  EXPECT_EQ(in.Path("basic.enabled"), json::Value(true));
  EXPECT_EQ(in.Path("basic.guest.enabled"), json::Value(false));
  EXPECT_EQ(in.At("sso_providers"), J("[]"));
  EXPECT_EQ(in.Path("server_errors.es_connection_error"), json::Value(false));
  EXPECT_EQ(in.At("authenticated"), json::Value(true));
  identity = {};
  EXPECT_EQ(Call("login.supported_modes", "{}").At("authenticated"), json::Value(false));
  EXPECT_EQ(Call("auth.fixed_users_mode", "{}").At("enabled"), json::Value(true));
}

TEST_F(AuthServiceTest, ASecretIsShownOnce) {
  const Answer made = Call("auth.create_credentials", R"({"label":"laptop"})");
  const std::string key = made.Path("credentials.access_key").AsString();
  const std::string secret = made.Path("credentials.secret_key").AsString();
  EXPECT_EQ(key.size(), 30u);
  EXPECT_EQ(key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"), std::string::npos);
  EXPECT_EQ(made.Path("credentials.label").AsString(), "laptop");
  const Answer listed = Call("auth.get_credentials", "{}");
  EXPECT_EQ(listed.At("credentials"), J(R"([{"access_key":")" + key +
                                        R"(","label":"laptop","last_used":null,
                                           "last_used_from":null}])"));
  EXPECT_EQ(json::Write(listed.data).find(secret), std::string::npos);
}

TEST_F(AuthServiceTest, GetCredentialsTellsOfTheirUse) {
  const Answer made = Call("auth.create_credentials", "{}");
  head.headers = {};
  head.headers.Add("Authorization",
                   "Basic " + Base64(made.Path("credentials.access_key").AsString() + ":" +
                                     made.Path("credentials.secret_key").AsString()));
  head.headers.Add("X-ClearML-Worker", "tractor-1");
  Call("auth.login", "{}");
  const json::Value one = Call("auth.get_credentials", "{}").At("credentials").array().at(0);
  EXPECT_EQ(one.At("last_used").AsString(), FormatTime(clock.now));
  EXPECT_EQ(one.At("last_used_from").AsString(), "tractor-1");
}

TEST_F(AuthServiceTest, CredentialsAreRenamedAndRevokedByTheirOwner) {
  const std::string key =
      Call("auth.create_credentials", "{}").Path("credentials.access_key").AsString();
  const std::string request = R"({"access_key":")" + key + R"(","label":"new"})";
  As(Add("Grace Hopper", Role::kUser));
  EXPECT_EQ(Call("auth.edit_credentials", request).At("updated"), json::Value(0));
  EXPECT_EQ(Call("auth.revoke_credentials", request).At("revoked"), json::Value(0));
  As(ada);
  EXPECT_EQ(Call("auth.edit_credentials", request).At("updated"), json::Value(1));
  EXPECT_EQ(
      Call("auth.get_credentials", "{}").At("credentials").array().at(0).At("label").AsString(),
      "new");
  EXPECT_EQ(Call("auth.revoke_credentials", request).At("revoked"), json::Value(1));
  EXPECT_EQ(Call("auth.get_credentials", "{}").At("credentials"), J("[]"));
  EXPECT_EQ(Call("auth.revoke_credentials", "{}").code(), "400/12");
}

TEST_F(AuthServiceTest, ValidateTokenTellsWhoseItIs) {
  const Answer good = Call("auth.validate_token", R"({"token":")" + Token() + R"("})");
  EXPECT_EQ(good.At("valid"), json::Value(true));
  EXPECT_EQ(good.At("user").AsString(), ada.id);
  EXPECT_EQ(good.At("company").AsString(), core.company_id);
  const Answer bad = Call("auth.validate_token", R"({"token":"nonsense"})");
  EXPECT_EQ(bad.code(), "200");
  EXPECT_EQ(bad.At("valid"), json::Value(false));
  EXPECT_FALSE(bad.At("msg").AsString().empty());
}

TEST_F(AuthServiceTest, ATokenForAnotherUser) {
  const Answer made = Call("auth.get_token_for_user", R"({"user":")" + ada.id + R"("})");
  EXPECT_EQ(authenticator.CheckToken(made.At("token").AsString(), clock.now)->user_id, ada.id);
  EXPECT_EQ(Call("auth.get_token_for_user", R"({"user":"nobody"})").code(), "400/301");
}

TEST_F(AuthServiceTest, CreateUserMakesAUserOfTheCompany) {
  As(Add("root", Role::kRoot));
  const std::string company = R"("company":")" + core.company_id + R"(")";
  const Answer made = Call("auth.create_user", R"({"name":"Grace","email":"g@x",)" + company + "}");
  ASSERT_EQ(made.code(), "200") << made.status.ToString();
  EXPECT_EQ(directory.Get(made.At("id").AsString())->role, Role::kUser);
  EXPECT_EQ(Get(entities::kUsers, made.At("id").AsString()).At("email").AsString(), "g@x");
  EXPECT_EQ(Call("auth.create_user", R"({"name":"Grace","email":"g@x",)" + company + "}").code(),
            "400/801");
  EXPECT_EQ(Call("auth.create_user", R"({"name":"G2","email":"g@x","company":"other"})").code(),
            "400/16");
  EXPECT_EQ(
      Call("auth.create_user", R"({"name":"G3","email":"g@x","role":"system",)" + company + "}")
          .code(),
      "403/20");
}

TEST_F(AuthServiceTest, NobodyIsMadeTheServerItself) {
  As(Add("the server", Role::kSystem));
  const std::string request = R"({"user":")" + ada.id + R"(","role":"system"})";
  EXPECT_EQ(Call("auth.edit_user", request).code(), "403/20");
}

TEST_F(AuthServiceTest, EditUserGrantsNoMoreThanOneHas) {
  const auto root = Add("root", Role::kRoot);
  As(Add("boss", Role::kAdmin));
  const auto edit = [&](const std::string& user, const std::string& role) {
    return Call("auth.edit_user", R"({"user":")" + user + R"(","role":")" + role + R"("})").code();
  };
  EXPECT_EQ(edit(ada.id, "superuser"), "200");
  EXPECT_EQ(directory.Get(ada.id)->role, Role::kSuperuser);
  EXPECT_EQ(edit(ada.id, "root"), "403/20");
  EXPECT_EQ(edit(root.id, "guest"), "403/20");
  EXPECT_EQ(edit(ada.id, "farmer"), "400/16");
  EXPECT_EQ(edit("nobody", "user"), "400/301");
}

TEST_F(AuthServiceTest, WhatEachRouteAsksOfItsCaller) {
  std::set<std::string_view> open, system;
  for (const api::Endpoint& e : endpoints) {
    if (e.permission == Permission::kOpen) open.insert(e.name);
    if (e.permission == Permission::kSystem) system.insert(e.name);
    if (e.name == "auth.edit_user") EXPECT_EQ(e.permission, Permission::kManageUsers);
  }
  EXPECT_EQ(open, (std::set<std::string_view>{"auth.fixed_users_mode", "auth.login", "login.logout",
                                              "login.supported_modes"}));
  EXPECT_EQ(system, (std::set<std::string_view>{"auth.create_user", "auth.get_token_for_user",
                                                "auth.validate_token"}));
}

}  // namespace
}  // namespace furrow::service::auth
