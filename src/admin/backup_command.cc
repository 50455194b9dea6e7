// SPDX-License-Identifier: Apache-2.0
#include "admin/backup_command.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "admin/backup.h"
#include "admin/text.h"
#include "json/text.h"

namespace furrow::admin {
namespace {

constexpr char kBackupExamples[] =
    "Examples:\n"
    "  furrow backup /mnt/backup/furrow --data /var/lib/furrow\n"
    "  furrow backup /mnt/backup/furrow --data /var/lib/furrow --keep 14\n"
    "  furrow backup /mnt/backup/furrow --list\n"
    "  furrow backup /mnt/backup/furrow --verify\n"
    "\n"
    "Works while a server runs on the directory and while none does. The first backup copies\n"
    "everything, later ones what is new; each is whole by itself. It holds password hashes and\n"
    "signing keys, so only its owner may read it. Exit status: 0 good, 1 failed, 2 done but a\n"
    "file is damaged.\n";

constexpr char kRestoreExamples[] =
    "Examples:\n"
    "  furrow restore /mnt/backup/furrow --data /var/lib/furrow\n"
    "  furrow restore /mnt/backup/furrow --data ./last-week --generation 12\n"
    "\n"
    "Restores into an empty directory only, and compares every byte with the SHA-256 that the\n"
    "backup keeps. A directory whose restore was cut off does not open. Users, passwords and\n"
    "keys are those of the backup.\n";

struct Values {
  std::string out, data;
  int generation = 0, keep = 0;
  bool list = false, verify = false, json = false;
};

int Fail(const char* command, const Status& status) {
  fmt::print(stderr, "furrow {}: {}\n", command, status.message());
  return 1;
}

std::string ShortTime(Micros time) {
  std::string text = FormatTime(time).substr(0, 19);
  text[10] = ' ';
  return text + " UTC";
}

json::Value Describe(const Manifest& m) {
  json::Array damaged(m.damaged.begin(), m.damaged.end());
  return json::Object{{"generation", m.generation},
                      {"taken", FormatTime(m.taken)},
                      {"server_version", m.server_version},
                      {"files", m.files.size()},
                      {"bytes", m.bytes()},
                      {"new_objects", m.new_objects},
                      {"new_bytes", m.new_bytes},
                      {"damaged", std::move(damaged)}};
}

void Print(const json::Value& value) { fmt::print("{}\n", json::WritePretty(value)); }

void WarnOfDamage(const Manifest& manifest) {
  for (const std::string& path : manifest.damaged) {
    fmt::print(stderr, "damaged before it was backed up: {}\n", path);
  }
}

bool LiesWithin(const std::string& path, const std::string& dir) {
  std::error_code error;
  const auto inner = std::filesystem::weakly_canonical(path, error);
  const auto outer = std::filesystem::weakly_canonical(dir, error);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

int Take(const Values& values) {
  if (values.data.empty()) {
    return Fail("backup", Status(Code::kInvalidArgument, "of what? say --data DIR"));
  }
  if (LiesWithin(values.out, values.data)) {
    return Fail("backup", Status(Code::kInvalidArgument,
                                 "a backup inside of " + values.data +
                                     " is lost with it: choose another place, best another disk"));
  }
  auto repository = Repository::Open(values.out, true, values.data);
  if (!repository.ok()) return Fail("backup", repository.status());
  Result<Manifest> made = Status(Code::kInternal, "");
  {
    const auto snapshot = Snapshot::Take(values.data);
    if (!snapshot.ok()) return Fail("backup", snapshot.status());
    made = TakeBackup(**snapshot, *repository);
  }
  if (!made.ok()) return Fail("backup", made.status());
  if (values.keep > 0) {
    const Status kept = KeepGenerations(*repository, values.keep);
    if (!kept.ok()) return Fail("backup", kept);
  }
  WarnOfDamage(*made);
  if (values.json) {
    Print(Describe(*made));
  } else {
    fmt::print(
        "Generation {} in {}: {}, {}; {} of it new.\n"
        "It holds password hashes and signing keys: keep it as safe as the server.\n",
        made->generation, values.out, Plural(made->files.size(), "file"), Bytes(made->bytes()),
        Bytes(made->new_bytes));
  }
  return made->damaged.empty() ? 0 : 2;
}

int List(const Values& values) {
  const auto repository = Repository::Open(values.out, false);
  if (!repository.ok()) return Fail("backup", repository.status());
  const auto generations = repository->Generations();
  if (!generations.ok()) return Fail("backup", generations.status());
  json::Array all;
  int bad = 0;
  if (!values.json) {
    fmt::print("{:>10}  {:<24}{:>10}{:>12}{:>12}  STATE\n", "GENERATION", "TAKEN", "FILES", "SIZE",
               "NEW");
  }
  for (const int number : *generations) {
    const auto manifest = repository->Read(number);
    bad += manifest.ok() ? 0 : 1;
    if (values.json) {
      all.push_back(manifest.ok()
                        ? Describe(*manifest)
                        : json::Value(json::Object{{"generation", number},
                                                   {"error", manifest.status().message()}}));
    } else if (manifest.ok()) {
      fmt::print(
          "{:>10}  {:<24}{:>10}{:>12}{:>12}  {}\n", number, ShortTime(manifest->taken),
          Count(manifest->files.size()), Bytes(manifest->bytes()), Bytes(manifest->new_bytes),
          manifest->damaged.empty() ? "good" : Plural(manifest->damaged.size(), "damaged file"));
    } else {
      fmt::print("{:>10}  {}\n", number, manifest.status().message());
    }
  }
  if (values.json) Print(json::Object{{"generations", std::move(all)}});
  return bad == 0 ? 0 : 2;
}

int Verify(const Values& values) {
  const auto repository = Repository::Open(values.out, false);
  if (!repository.ok()) return Fail("backup", repository.status());
  std::vector<int> wanted{values.generation};
  if (values.generation == 0) {
    auto all = repository->Generations();
    if (!all.ok()) return Fail("backup", all.status());
    wanted = std::move(all).value();
    if (wanted.empty()) return Fail("backup", repository->Pick(0).status());
  }
  json::Array results;
  bool good = true;
  for (const int number : wanted) {
    const auto manifest = repository->Read(number);
    json::Array bad;
    if (!manifest.ok()) {
      bad.push_back(json::Object{{"error", manifest.status().message()}});
    } else {
      for (const BadFile& file : VerifyBackup(*repository, *manifest)) {
        bad.push_back(json::Object{{"path", file.path}, {"error", file.status.message()}});
      }
    }
    good = good && bad.empty();
    if (!values.json) {
      fmt::print("generation {}: {}\n", number,
                 bad.empty() ? "every byte is as it was backed up" : "DAMAGED");
      for (const json::Value& line : bad) {
        fmt::print("  {}{}\n", line.At("path").IsString() ? line.At("path").AsString() + ": " : "",
                   line.At("error").AsString());
      }
    }
    results.push_back(json::Object{{"generation", number}, {"bad", std::move(bad)}});
  }
  if (values.json) Print(json::Object{{"good", good}, {"generations", std::move(results)}});
  return good ? 0 : 2;
}

int RunRestore(const Values& values) {
  const auto repository = Repository::Open(values.out, false);
  if (!repository.ok()) return Fail("restore", repository.status());
  const auto manifest = repository->Pick(values.generation);
  if (!manifest.ok()) return Fail("restore", manifest.status());
  const Status restored = Restore(*repository, *manifest, values.data);
  if (!restored.ok()) return Fail("restore", restored);
  WarnOfDamage(*manifest);
  if (values.json) {
    Print(Describe(*manifest));
  } else {
    fmt::print(
        "Restored generation {} of {} into {}: {}, {}, every byte checked.\n"
        "Start it with: furrow server --data {}\n",
        manifest->generation, ShortTime(manifest->taken), values.data,
        Plural(manifest->files.size(), "file"), Bytes(manifest->bytes()), values.data);
  }
  return manifest->damaged.empty() ? 0 : 2;
}

}  // namespace

void AddBackupCommands(CLI::App& app, int& exit_code) {
  auto values = std::make_shared<Values>();
  CLI::App* backup = app.add_subcommand("backup", "back a data directory up, while it is served");
  backup->footer(kBackupExamples);
  backup->add_option("out", values->out, "folder of the backup; made when missing")->required();
  backup->add_option("--data", values->data, "data directory of the server [FURROW_DATA]")
      ->envname("FURROW_DATA");
  auto* list = backup->add_flag("--list", values->list, "show the generations, make none");
  auto* verify =
      backup->add_flag("--verify", values->verify, "read the backup and check every byte");
  list->excludes(verify);
  backup->add_option("--generation", values->generation, "verify only this one")
      ->check(CLI::PositiveNumber)
      ->needs(verify);
  backup->add_option("--keep", values->keep, "afterwards delete all but so many generations")
      ->check(CLI::PositiveNumber)
      ->excludes(list)
      ->excludes(verify);
  backup->add_flag("--json", values->json, "answer in JSON");
  backup->callback([values, &exit_code] {
    exit_code = values->list ? List(*values) : values->verify ? Verify(*values) : Take(*values);
  });

  CLI::App* restore = app.add_subcommand("restore", "make a data directory out of a backup");
  restore->footer(kRestoreExamples);
  restore->add_option("backup", values->out, "folder of the backup")->required();
  restore
      ->add_option("--data", values->data,
                   "data directory to make; absent or empty so far [FURROW_DATA]")
      ->envname("FURROW_DATA")
      ->required();
  restore->add_option("--generation", values->generation, "which one; by default the newest")
      ->check(CLI::PositiveNumber);
  restore->add_flag("--json", values->json, "answer in JSON");
  restore->callback([values, &exit_code] { exit_code = RunRestore(*values); });
}

}  // namespace furrow::admin
