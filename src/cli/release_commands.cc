// SPDX-License-Identifier: Apache-2.0
// furrow release create|approve|advance|halt|status|list|audit
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/table.h"

namespace furrow::cli {
namespace {

// The release a person meant: an id, the beginning of one, or the newest of a name; "" the newest.
Result<std::string> ResolveRelease(client::Session& session, const std::string& text) {
  if (text.size() == 32) return text;
  FURROW_ASSIGN(const json::Value data,
                session.Call("releases.get_all", json::Object{{"page_size", 500}}));
  for (const json::Value& r : data.At("releases").array()) {
    const std::string& id = r.At("id").AsString();
    if (id.starts_with(text) || r.At("name").AsString() == text) return id;
  }
  return Status(Code::kNotFound, text.empty() ? "there is no release yet"
                                              : "no release has an id that begins with '" + text +
                                                    "', or that name");
}

struct CreateOptions {
  std::string name, bundle;
  std::vector<std::string> rings, gates;
  bool rollback = false, by_itself = false;
};

// "field A=T1,T2"
Result<json::Value> ReadRing(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return Status(Code::kInvalidArgument, "--ring " + text + ": say NAME=TRACTOR,TRACTOR");
  }
  json::Array tractors;
  for (size_t at = equals + 1; at < text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    if (end > at) tractors.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return json::Value(
      json::Object{{"name", text.substr(0, equals)}, {"tractors", std::move(tractors)}});
}

// "alarms_max=2", "alarms_max=none"
Status ReadGate(const std::string& text, json::Value& gates) {
  const size_t equals = text.find('=');
  const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (value == "none") {
    gates[text.substr(0, equals)] = nullptr;
  } else if (!value.empty() && *end == '\0') {
    gates[text.substr(0, equals)] = number;
  } else {
    return Status(Code::kInvalidArgument, "--gate " + text + ": say GATE=NUMBER or GATE=none");
  }
  return {};
}

Status Create(client::Session& session, const CreateOptions& options, bool as_json) {
  json::Array rings;
  for (const std::string& ring : options.rings) {
    FURROW_ASSIGN(json::Value read, ReadRing(ring));
    rings.push_back(std::move(read));
  }
  json::Value gates = json::Object{};
  for (const std::string& gate : options.gates) FURROW_TRY(ReadGate(gate, gates));
  std::string file = options.bundle;
  if (!file.starts_with("/bundles/")) {
    file = "/bundles/" + std::filesystem::path(options.bundle).filename().string();
    std::ifstream bundle(options.bundle, std::ios::binary);
    std::stringstream content;
    content << bundle.rdbuf();
    if (!bundle || !content) {
      return Status(Code::kNotFound, options.bundle + ": cannot be read, or is empty");
    }
    FURROW_TRY(session.Upload(file.substr(1), content.str(), "application/octet-stream").status());
  }
  FURROW_ASSIGN(const json::Value made,
                session.Call("releases.create", json::Object{{"name", options.name},
                                                             {"bundle", file},
                                                             {"rings", std::move(rings)},
                                                             {"gates", std::move(gates)},
                                                             {"rollback", options.rollback},
                                                             {"auto_advance", options.by_itself}}));
  if (as_json) {
    PrintJson(made);
  } else {
    std::printf("created %s\n", made.At("release").AsString().c_str());
  }
  return {};
}

std::string Stages(const json::Value& release) {
  std::string out;
  for (const json::Member& m : release.At("stages").object()) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", m.value.AsInt(), m.key);
  }
  return out;
}

std::string BundleName(const json::Value& release) {
  const json::Value& bundle = release.At("bundle");
  return fmt::format("{}-{}", bundle.At("name").AsString(), bundle.At("version").AsInt());
}

Status List(client::Session& session, bool as_json) {
  FURROW_ASSIGN(const json::Value data,
                session.Call("releases.get_all", json::Object{{"page_size", 100}}));
  if (as_json) {
    PrintJson(data.At("releases"));
    return {};
  }
  Table table({"ID", "STATUS", "NAME", "BUNDLE", "RING", "TRACTORS", "CREATED"});
  for (const json::Value& r : data.At("releases").array()) {
    table.Add({r.At("id").AsString().substr(0, 8), r.At("status").AsString(),
               Clip(r.At("name").AsString(), 30), BundleName(r),
               fmt::format("{} of {}", r.At("ring").AsInt() + 1, r.At("rings").array().size()),
               Stages(r), ShortTime(r.At("created").AsString())});
  }
  table.Print();
  return {};
}

void PrintFacts(const json::Value& release) {
  const json::Value& bundle = release.At("bundle");
  Table facts({"RELEASE", release.At("id").AsString()});
  facts.Add({"name", release.At("name").AsString()});
  facts.Add({"status", release.At("status").AsString()});
  facts.Add({"bundle", fmt::format("{} {}, signed by {}", BundleName(release),
                                   bundle.At("id").AsString().substr(0, 12),
                                   bundle.At("signed_by").AsString())});
  const json::Value& waiver = bundle.At("waiver");
  facts.Add({"report", bundle.At("passed").AsBool()
                           ? "passed"
                           : fmt::format("did not pass, waived by {}: {}",
                                         waiver.At("by").AsString(), waiver.At("why").AsString())});
  facts.Add({"created", fmt::format("{} by {}", ShortTime(release.At("created").AsString()),
                                    release.At("created_by").AsString())});
  if (const json::Value& approved = release.At("approved"); !approved.IsNull()) {
    facts.Add(
        {"approved", fmt::format("{} by {} {}", ShortTime(approved.At("at").AsString()),
                                 approved.At("by").AsString(), approved.At("comment").AsString())});
  }
  if (const json::Value& halted = release.At("halted"); !halted.IsNull()) {
    facts.Add({"halted", fmt::format("{} by {}: {}", ShortTime(halted.At("at").AsString()),
                                     halted.At("by").AsString(), halted.At("why").AsString())});
  }
  facts.Print();
}

Status Show(client::Session& session, const std::string& text, bool as_json) {
  FURROW_ASSIGN(const std::string id, ResolveRelease(session, text));
  FURROW_ASSIGN(const json::Value data,
                session.Call("releases.get_by_id", json::Object{{"release", id}}));
  if (as_json) {
    PrintJson(data);
    return {};
  }
  PrintFacts(data.At("release"));
  std::puts("");
  Table tractors({"RING", "TRACTOR", "STAGE", "SINCE", "REASON"});
  for (const json::Value& ring : data.At("rings").array()) {
    for (const json::Value& t : ring.At("tractors").array()) {
      tractors.Add(
          {ring.At("name").AsString(), t.At("tractor").AsString(), t.At("stage").AsString(),
           Ago(t.At("since").AsString(), data.At("now").AsString()), t.At("reason").AsString()});
    }
  }
  tractors.Print();
  std::puts("");
  Table gates({"GATE", "LIMIT", "WORST", "OF", "MEANING"});
  for (const json::Value& g : data.At("gates").array()) {
    if (g.At("limit").IsNull()) continue;
    gates.Add({g.At("gate").AsString(), Number(g.At("limit").AsDouble()),
               g.At("figure").IsNull()
                   ? "-"
                   : Number(g.At("figure").AsDouble()) + (g.At("broken").AsBool() ? " BROKEN" : ""),
               g.At("tractor").AsString(), g.At("meaning").AsString()});
  }
  gates.Print();
  std::puts("");
  Table story({"AT", "WHO", "WHAT", "WHY"});
  for (const json::Value& e : data.At("audit").array()) {
    story.Add({ShortTime(e.At("at").AsString()), Clip(e.At("who").AsString(), 24),
               e.At("what").AsString(), e.At("why").AsString()});
  }
  story.Print();
  return {};
}

Status Audit(client::Session& session, int64_t count, bool as_json) {
  FURROW_ASSIGN(const json::Value data,
                session.Call("releases.get_audit", json::Object{{"count", count}}));
  if (as_json) {
    PrintJson(data.At("audit"));
    return {};
  }
  Table story({"AT", "WHO", "WHAT", "RELEASE", "WHY"});
  for (const json::Value& e : data.At("audit").array()) {
    story.Add({ShortTime(e.At("at").AsString()), Clip(e.At("who").AsString(), 24),
               e.At("what").AsString(), e.At("release").AsString().substr(0, 8),
               e.At("why").AsString()});
  }
  story.Print();
  return {};
}

struct StepOptions {
  std::string release, text;
  bool force = false;
};

// approve, advance, halt: a release, and a word about it.
CLI::App* AddStep(CLI::App& parent, const std::shared_ptr<Common>& common, const char* name,
                  const char* help, const char* examples, const char* text_field,
                  const std::shared_ptr<StepOptions>& options) {
  CLI::App* command =
      AddCommand(parent, common, name, help, examples,
                 [common, options, call = std::string("releases.") + name,
                  field = std::string(text_field)](client::Session& session) -> Status {
                   FURROW_ASSIGN(const std::string id, ResolveRelease(session, options->release));
                   json::Value request = json::Object{{"release", id}, {field, options->text}};
                   if (options->force) request["force"] = true;
                   FURROW_ASSIGN(const json::Value data, session.Call(call, request));
                   if (common->json) {
                     PrintJson(data);
                   } else {
                     std::printf("%s is %s\n", id.c_str(), data.At("status").AsString().c_str());
                   }
                   return {};
                 });
  command->add_option("release", options->release, "an id, the beginning of one, or a name")
      ->required();
  return command;
}

}  // namespace

void AddReleaseCommands(CLI::App& app, const std::shared_ptr<Common>& common) {
  CLI::App* release =
      app.add_subcommand("release", "send a bundle to tractors, ring by ring, and watch it");
  release->require_subcommand(1);

  auto create = std::make_shared<CreateOptions>();
  CLI::App* create_command = AddCommand(
      *release, common, "create", "make a release of a bundle; it waits for approval",
      "  furrow release create spring beet-7.bundle --ring trial=T1,T2 --ring all=T3,T4,T5\n"
      "  furrow release create back /bundles/beet-6.bundle --ring all=T1 --rollback\n"
      "  furrow release create spring beet-7.bundle --ring all=T1 --gate watch_s=60 "
      "--gate alarms_max=2\n",
      [common, create](client::Session& session) {
        return Create(session, *create, common->json);
      });
  create_command->add_option("name", create->name, "what people call it")->required();
  create_command
      ->add_option("bundle", create->bundle, "a file, uploaded, or its /bundles/... on the server")
      ->required();
  create_command->add_option("--ring", create->rings, "NAME=TRACTOR,TRACTOR; repeatable, in order")
      ->required();
  create_command->add_option("--gate", create->gates, "GATE=NUMBER or GATE=none; repeatable");
  create_command->add_flag("--rollback", create->rollback, "a lower version is meant");
  create_command->add_flag("--auto-advance", create->by_itself,
                           "the next ring begins by itself when one is good");

  auto approve = std::make_shared<StepOptions>();
  AddStep(*release, common, "approve", "answer for a release with your name",
          "  furrow release approve spring --comment 'read the report'\n", "comment", approve)
      ->add_option("--comment", approve->text, "kept with it");

  auto advance = std::make_shared<StepOptions>();
  CLI::App* advance_command =
      AddStep(*release, common, "advance", "let the next ring begin",
              "  furrow release advance spring\n"
              "  furrow release advance spring --force --reason 'T2 is in the shed'\n",
              "reason", advance);
  advance_command->add_option("--reason", advance->text, "kept with it");
  advance_command->add_flag("--force", advance->force, "without waiting for the ring before");

  auto halt = std::make_shared<StepOptions>();
  AddStep(*release, common, "halt", "stop it: every tractor goes back to what it ran before",
          "  furrow release halt spring --reason 'misses beet at the headland'\n", "reason", halt)
      ->add_option("--reason", halt->text, "kept with it")
      ->required();

  auto shown = std::make_shared<std::string>();
  auto every = std::make_shared<double>(0);
  CLI::App* status = AddCommand(
      *release, common, "status", "a release: rings, stages, gates with figures, its story",
      "  furrow release status\n  furrow release status spring --watch 2\n",
      [common, shown, every](client::Session& session) {
        return Repeat(*every, [&] { return Show(session, *shown, common->json); });
      });
  status->add_option("release", *shown, "an id, the beginning of one, or a name; else the newest");
  status->add_option("--watch", *every, "show it again every so many seconds")
      ->check(CLI::PositiveNumber);

  AddCommand(*release, common, "list", "list releases, the newest first",
             "  furrow release list\n  furrow release list --json\n",
             [common](client::Session& session) { return List(session, common->json); });

  auto count = std::make_shared<int64_t>(50);
  AddCommand(
      *release, common, "audit", "who did what and why, and what was refused",
      "  furrow release audit\n  furrow release audit --count 500 --json\n",
      [common, count](client::Session& session) { return Audit(session, *count, common->json); })
      ->add_option("--count", *count, "entries, the newest first")
      ->check(CLI::Range(1, 1000));
}

}  // namespace furrow::cli
