// SPDX-License-Identifier: Apache-2.0
// furrow keys: what bundles are signed with.
#include <cstdio>

#include <fmt/format.h>

#include "bundle/keys.h"
#include "cli/command.h"

namespace furrow::cli {
namespace {

constexpr const char* kMakeExamples =
    "Examples:\n"
    "  furrow keys make ann                 writes ann.key and ann.pub\n"
    "  furrow keys make ann --folder ~/keys\n"
    "\n"
    "NAME.key signs bundles. Keep it off the server and off tractors, and have a copy in a safe\n"
    "place. NAME.pub is what others know it by. docs/formats/bundle.md describes both files.";

Status MakeKeys(const std::string& name, const std::string& folder) {
  FURROW_ASSIGN(const bundle::SigningKey key, bundle::SigningKey::Make(name));
  const std::string base = folder + "/" + name;
  FURROW_TRY(key.Write(base + ".key"));
  FURROW_TRY(bundle::WritePublicKey(key.public_key(), base + ".pub"));
  fmt::print("{}.key  the signing key: keep it to yourself\n{}.pub  the public key {}\n", base,
             base, key.public_key().hex);
  return {};
}

Status ShowKey(const std::string& path, bool json) {
  const bool secret = path.ends_with(".key");
  bundle::PublicKey key;
  if (secret) {
    FURROW_ASSIGN(const bundle::SigningKey signing, bundle::SigningKey::Read(path));
    key = signing.public_key();
  } else {
    FURROW_ASSIGN(key, bundle::ReadPublicKey(path));
  }
  if (json) {
    PrintJson(json::Object{{"name", key.name}, {"public_key", key.hex}});
  } else {
    fmt::print("{}  {}\n", key.hex, key.name);
  }
  return {};
}

}  // namespace

void AddKeysCommand(CLI::App& app, int& exit_code) {
  CLI::App* keys = app.add_subcommand("keys", "Keys that bundles are signed with");
  keys->require_subcommand(1);
  struct Options {
    std::string name, folder = ".", path;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* make = keys->add_subcommand("make", "Make a pair of keys, which are never replaced");
  make->add_option("NAME", options->name, "1 to 64 of A-Z a-z 0-9 . _ -")->required();
  make->add_option("--folder", options->folder, "where to put them [.]");
  make->footer(kMakeExamples);
  make->callback([options, &exit_code] {
    exit_code = Ended("keys make", MakeKeys(options->name, options->folder));
  });
  CLI::App* show = keys->add_subcommand("show", "Show a key's public half");
  show->add_option("FILE", options->path, "NAME.pub or NAME.key")->required();
  show->add_flag("--json", options->json, "print JSON for programs");
  show->footer("Examples:\n  furrow keys show ann.pub");
  show->callback([options, &exit_code] {
    exit_code = Ended("keys show", ShowKey(options->path, options->json));
  });
}

}  // namespace furrow::cli
