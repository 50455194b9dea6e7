// SPDX-License-Identifier: Apache-2.0
#include "admin/operations.h"

#include "auth/secrets.h"
#include "base/time.h"

namespace furrow::admin {
namespace {

// Without the letters and digits that are mistaken for each other: it is typed by hand.
constexpr std::string_view kPasswordAlphabet =
    "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
constexpr size_t kPasswordSize = 20;

using Directory = auth::Directory;

Result<auth::User> Named(const Directory& directory, const json::Value& request) {
  const std::string& name = request.At("name").AsString();
  Result<auth::User> user = directory.FindByName(name);
  if (!user.ok()) return Status(Code::kNotFound, "there is no user named " + name);
  return user;
}

json::Value Describe(const auth::User& user) {
  return json::Object{{"id", user.id}, {"name", user.name}, {"role", auth::RoleName(user.role)}};
}

// The password given, or a new one that `data` will show.
std::string PasswordFor(const json::Value& request, json::Value& data) {
  if (request.At("password").IsString()) return request.At("password").AsString();
  std::string made = auth::RandomText(kPasswordSize, kPasswordAlphabet);
  data["password"] = made;
  return made;
}

Result<json::Value> Add(Directory& directory, const json::Value& request) {
  const auto role = auth::ParseRole(request.At("role").AsString());
  if (!role) return Status(Code::kInvalidArgument, "there is no such role");
  const bool given_pair = request.At("access_key").IsString();
  if (given_pair != request.At("secret_key").IsString()) {
    return Status(Code::kInvalidArgument, "an access key and a secret key come together");
  }
  json::Value data;
  auth::UserSpec spec;
  spec.name = request.At("name").AsString();
  spec.role = *role;
  // Who is given a pair of its own and no password signs in by that pair alone.
  if (!given_pair || request.At("password").IsString()) {
    spec.password = PasswordFor(request, data);
  }
  auth::User user;
  if (given_pair) {
    const auth::NewCredential pair{request.At("access_key").AsString(),
                                   request.At("secret_key").AsString(), ""};
    FURROW_ASSIGN(user, directory.AddUserWithCredential(spec, pair));
  } else {
    FURROW_ASSIGN(user, directory.AddUser(spec));
    FURROW_ASSIGN(const auth::NewCredential pair, directory.CreateCredential(user.id, ""));
    data["credentials"] =
        json::Object{{"access_key", pair.access_key}, {"secret_key", pair.secret_key}};
  }
  data["user"] = Describe(user);
  return data;
}

Result<json::Value> List(Directory& directory) {
  json::Array users;
  for (const auth::User& user : directory.ListUsers()) {
    json::Value line = Describe(user);
    const auto credentials = directory.Credentials(user.id);
    Micros last_used = 0;
    for (const auth::CredentialInfo& info : credentials) {
      last_used = std::max(last_used, info.last_used);
    }
    line["disabled"] = user.disabled;
    line["has_password"] = user.has_password;
    line["created"] = FormatTime(user.created);
    line["credentials"] = static_cast<int64_t>(credentials.size());
    line["last_used"] = last_used == 0 ? json::Value() : json::Value(FormatTime(last_used));
    users.push_back(std::move(line));
  }
  return json::Value(json::Object{{"users", std::move(users)}});
}

Result<json::Value> SetDisabled(Directory& directory, const json::Value& request, bool disabled) {
  FURROW_ASSIGN(const auth::User user, Named(directory, request));
  FURROW_TRY(directory.SetDisabled(user.id, disabled));
  return json::Value(json::Object{{"user", Describe(user)}});
}

Result<json::Value> Reset(Directory& directory, const json::Value& request) {
  FURROW_ASSIGN(const auth::User user, Named(directory, request));
  json::Value data = json::Object{{"user", Describe(user)}};
  FURROW_TRY(directory.SetPassword(user.id, PasswordFor(request, data)));
  return data;
}

Result<json::Value> Dispatch(Directory& directory, const json::Value& request) {
  const std::string& op = request.At("op").AsString();
  if (op == "user.add") return Add(directory, request);
  if (op == "user.list") return List(directory);
  if (op == "user.disable") return SetDisabled(directory, request, true);
  if (op == "user.enable") return SetDisabled(directory, request, false);
  if (op == "user.reset") return Reset(directory, request);
  return Status(Code::kInvalidArgument, "unknown operation");
}

}  // namespace

json::Value Perform(auth::Directory& directory, store::Engine& engine, const json::Value& request) {
  Result<json::Value> data = Dispatch(directory, request);
  // Also after an error: part of it may have been done.
  const Status synced = engine.Sync();
  if (!data.ok() || !synced.ok()) {
    const Status& status = data.ok() ? synced : data.status();
    return json::Object{{"ok", false}, {"error", status.message()}};
  }
  return json::Object{{"ok", true}, {"data", std::move(*data)}};
}

}  // namespace furrow::admin
