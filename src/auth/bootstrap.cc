// SPDX-License-Identifier: Apache-2.0
#include "auth/bootstrap.h"

#include "auth/private_file.h"
#include "auth/secrets.h"
#include "base/id.h"
#include "json/text.h"

namespace furrow::auth {
namespace {

// Without the letters and digits that are mistaken for each other: it is typed by hand.
constexpr std::string_view kPasswordAlphabet =
    "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
constexpr std::string_view kAccessAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::string_view kSecretAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kAdminName = "admin";
constexpr std::string_view kCompanyName = "Furrow";

// What an earlier first boot wrote before it was cut off; empty fields when there is none.
Result<FirstBoot> ReadUnfinished(const std::string& path) {
  FURROW_ASSIGN(const std::optional<std::string> text, ReadPrivateFile(path));
  FirstBoot found;
  if (!text) return found;
  const Result<json::Value> parsed = json::Parse(*text);
  if (!parsed.ok()) return Status(Code::kCorruption, path + " is not JSON");
  found.admin_name = parsed->At("admin").At("name").AsString();
  found.password = parsed->At("admin").At("password").AsString();
  found.access_key = parsed->At("credentials").At("access_key").AsString();
  found.secret_key = parsed->At("credentials").At("secret_key").AsString();
  return found;
}

}  // namespace

Result<FirstBoot> Bootstrap(const std::string& dir, Directory& directory, store::Engine& engine) {
  if (!directory.company_id().empty() && !directory.ListUsers().empty()) return FirstBoot();
  const std::string path = dir + "/bootstrap.json";
  FURROW_ASSIGN(FirstBoot boot, ReadUnfinished(path));
  if (boot.password.empty() || boot.secret_key.empty()) {
    boot.admin_name = kAdminName;
    boot.password = RandomText(20, kPasswordAlphabet);
    boot.access_key = RandomText(30, kAccessAlphabet);
    boot.secret_key = RandomText(64, kSecretAlphabet);
    const json::Value out = json::Object{
        {"admin", json::Object{{"name", boot.admin_name}, {"password", boot.password}}},
        {"credentials",
         json::Object{{"access_key", boot.access_key}, {"secret_key", boot.secret_key}}}};
    // Before the store learns of it: else a cut between the two would leave an administrator whose
    // password nobody knows.
    FURROW_TRY(WritePrivateFile(path, json::WritePretty(out) + "\n"));
  }
  if (directory.company_id().empty()) {
    FURROW_TRY(directory.CreateCompany(NewId(), std::string(kCompanyName)));
  }
  UserSpec admin;
  admin.name = boot.admin_name;
  admin.role = Role::kAdmin;
  admin.password = boot.password;
  FURROW_TRY(directory
                 .AddUserWithCredential(
                     admin, {boot.access_key, boot.secret_key, "administrator, first boot"})
                 .status());
  FURROW_TRY(engine.Sync());
  boot.happened = true;
  return boot;
}

}  // namespace furrow::auth
