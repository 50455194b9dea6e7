// SPDX-License-Identifier: Apache-2.0
// furrow fleet [list|show|enroll|keys|revoke]
#include <cstdio>

#include <fmt/format.h>

#include "bundle/keys.h"
#include "cli/command.h"
#include "cli/table.h"

namespace furrow::cli {
namespace {

constexpr int64_t kPage = 500;

Result<json::Value> AllTractors(client::Session& session) {
  json::Value all;
  for (int64_t page = 0;; ++page) {
    FURROW_ASSIGN(
        json::Value data,
        session.Call("fleet.get_all", json::Object{{"page", page}, {"page_size", kPage}}));
    const bool last = static_cast<int64_t>(data.At("tractors").array().size()) < kPage;
    if (all.IsNull()) {
      all = std::move(data);
    } else {
      for (json::Value& t : data["tractors"].array()) all["tractors"].array().push_back(t);
    }
    if (last) return all;
  }
}

std::string StateOf(const json::Value& tractor) {
  if (!tractor.At("revoked").IsNull()) return "revoked";
  if (tractor.At("enrolled").IsNull()) return "expected";
  const json::Value& state = tractor.At("state");
  if (state.At("spraying").AsBool()) return "spraying";
  return state.At("edge").AsString("enrolled");
}

std::string BundleOf(const json::Value& tractor) {
  const json::Value& bundle = tractor.At("state").At("bundle");
  const std::string& id = bundle.At("id").AsString();
  if (id.empty()) return "-";
  return fmt::format("{} {}", bundle.At("version").AsInt(), id.substr(0, 8));
}

std::string RingOf(const json::Value& tractor) {
  const json::Value& release = tractor.At("release");
  if (release.IsNull()) return "-";
  return fmt::format("{} / {}: {}", Clip(release.At("name").AsString(), 20),
                     Clip(release.At("ring_name").AsString(), 12), release.At("stage").AsString());
}

std::string Figure(const json::Value& value, const char* unit = "") {
  return value.IsNumber() ? Number(value.AsDouble()) + unit : "-";
}

Status List(client::Session& session, bool as_json) {
  FURROW_ASSIGN(const json::Value data, AllTractors(session));
  const json::Value& tractors = data.At("tractors");
  if (as_json) {
    PrintJson(tractors);
    return {};
  }
  Table table({"TRACTOR", "STATE", "BUNDLE", "RELEASE / RING: STAGE", "SEEN", "SLACK P1 MS", "HIT",
               "TO SEND"});
  for (const json::Value& t : tractors.array()) {
    const json::Value& state = t.At("state");
    table.Add({t.At("name").AsString(), StateOf(t), BundleOf(t), RingOf(t),
               Ago(t.At("last_seen").AsString(), data.At("now").AsString()),
               Figure(state.At("slack_ms").At("p1")), Figure(state.At("hit_share")),
               Figure(state.At("spool").At("records"))});
  }
  table.Print();
  return {};
}

Status Show(client::Session& session, const std::string& name, bool as_json) {
  FURROW_ASSIGN(json::Value data, session.Call("fleet.get_by_id", json::Object{{"tractor", name}}));
  FURROW_ASSIGN(json::Value trail,
                session.Call("releases.get_audit", json::Object{{"tractor", name}, {"count", 20}}));
  json::Value& tractor = data["tractor"];
  if (as_json) {
    tractor["audit"] = std::move(trail["audit"]);
    PrintJson(tractor);
    return {};
  }
  const json::Value& state = tractor.At("state");
  Table facts({"TRACTOR", name});
  facts.Add({"state", StateOf(tractor)});
  facts.Add({"seen", Ago(tractor.At("last_seen").AsString(), data.At("now").AsString())});
  facts.Add({"enrolled", ShortTime(tractor.At("enrolled").AsString())});
  facts.Add({"address", tractor.At("address").AsString()});
  facts.Add({"runs", BundleOf(tractor)});
  const std::string& desired = tractor.At("desired").At("id").AsString();
  if (!desired.empty()) {
    facts.Add(
        {"is to run",
         fmt::format("{} {}{}", tractor.At("desired").At("version").AsInt(), desired.substr(0, 8),
                     tractor.At("desired").At("rollback").AsBool() ? " (going back)" : "")});
  }
  if (!tractor.At("desired").At("off").IsNull()) facts.Add({"is to run", "none (going back)"});
  facts.Add({"release", RingOf(tractor)});
  facts.Add({"position", fmt::format("{}, {}", Figure(state.At("position").At("x_m"), " m"),
                                     Figure(state.At("position").At("y_m"), " m"))});
  facts.Add({"speed", Figure(state.At("speed_mps"), " m/s")});
  facts.Add({"slack p50, p1", fmt::format("{}, {}", Figure(state.At("slack_ms").At("p50"), " ms"),
                                          Figure(state.At("slack_ms").At("p1"), " ms"))});
  for (const char* f : {"frames", "dropped", "missed", "alarms", "hit_share"}) {
    facts.Add({f, Figure(state.At(f))});
  }
  facts.Print();
  Table days({"DAY", "TASK"});
  for (const json::Member& day : tractor.At("days").object()) {
    days.Add({day.key, day.value.AsString()});
  }
  if (days.size() > 0) {
    std::puts("");
    days.Print();
  }
  std::puts("");
  Table story({"AT", "WHO", "WHAT", "WHY"});
  for (const json::Value& e : trail.At("audit").array()) {
    story.Add({ShortTime(e.At("at").AsString()), Clip(e.At("who").AsString(), 24),
               e.At("what").AsString(), e.At("why").AsString()});
  }
  story.Print();
  return {};
}

Status Enroll(client::Session& session, const std::string& name, int64_t expires_s, bool as_json) {
  FURROW_ASSIGN(const json::Value data,
                session.Call("fleet.create_token",
                             json::Object{{"tractor", name}, {"expires_in_s", expires_s}}));
  if (as_json) {
    PrintJson(data);
    return {};
  }
  std::printf("%s\n", data.At("token").AsString().c_str());
  std::fprintf(stderr,
               "Good once, for %lld s. On the tractor:\n"
               "  furrow-device enroll DEVICE --name %s --server %s --token TOKEN\n",
               static_cast<long long>(expires_s), name.c_str(), session.target().api.c_str());
  return {};
}

struct KeyOptions {
  std::string add, remove;
};

Status Keys(client::Session& session, const KeyOptions& options, bool as_json) {
  if (!options.add.empty()) {
    FURROW_ASSIGN(const bundle::PublicKey key, bundle::ReadPublicKey(options.add));
    FURROW_ASSIGN(
        const json::Value added,
        session.Call("fleet.add_key", json::Object{{"name", key.name}, {"public_key", key.hex}}));
  }
  if (!options.remove.empty()) {
    FURROW_ASSIGN(const json::Value removed,
                  session.Call("fleet.remove_key", json::Object{{"name", options.remove}}));
  }
  FURROW_ASSIGN(const json::Value data, session.Call("fleet.get_keys", json::Object{}));
  if (as_json) {
    PrintJson(data.At("keys"));
    return {};
  }
  Table table({"KEY", "PUBLIC KEY", "ADDED", "BY"});
  for (const json::Value& k : data.At("keys").array()) {
    table.Add({k.At("name").AsString(), k.At("public_key").AsString(),
               ShortTime(k.At("added").AsString()), k.At("added_by").AsString()});
  }
  table.Print();
  return {};
}

}  // namespace

void AddFleetCommands(CLI::App& app, const std::shared_ptr<Common>& common) {
  CLI::App* fleet =
      app.add_subcommand("fleet", "tractors: list, show, enrol, revoke; keys of their bundles");
  AddConnection(*fleet, common);
  fleet->footer("Examples:\n  furrow fleet\n  furrow fleet list --watch 2\n");
  fleet->callback([fleet, common] {
    if (!fleet->get_subcommands().empty()) return;
    RunCommand(common, "fleet",
               [&](client::Session& session) { return List(session, common->json); });
  });

  auto every = std::make_shared<double>(0);
  AddCommand(*fleet, common, "list", "every tractor: what it runs, since when it is silent",
             "  furrow fleet list\n  furrow fleet list --watch 2\n",
             [common, every](client::Session& session) {
               return Repeat(*every, [&] { return List(session, common->json); });
             })
      ->add_option("--watch", *every, "show it again every so many seconds")
      ->check(CLI::PositiveNumber);

  auto shown = std::make_shared<std::string>();
  AddCommand(
      *fleet, common, "show", "a tractor's facts, its days' tasks and what befell it",
      "  furrow fleet show T7\n",
      [common, shown](client::Session& session) { return Show(session, *shown, common->json); })
      ->add_option("tractor", *shown, "its name")
      ->required();

  auto enrolled = std::make_shared<std::string>();
  auto expires = std::make_shared<int64_t>(86'400);
  CLI::App* enroll =
      AddCommand(*fleet, common, "enroll", "make the one-time token a tractor enrols with",
                 "  furrow fleet enroll T7\n  furrow fleet enroll T7 --expires 600 --json\n",
                 [common, enrolled, expires](client::Session& session) {
                   return Enroll(session, *enrolled, *expires, common->json);
                 });
  enroll->add_option("tractor", *enrolled, "the name it will have")->required();
  enroll->add_option("--expires", *expires, "seconds the token is good");

  auto keys = std::make_shared<KeyOptions>();
  CLI::App* keys_command = AddCommand(
      *fleet, common, "keys", "the keys that bundles may be signed with",
      "  furrow fleet keys\n  furrow fleet keys --add lab.pub\n  furrow fleet keys --remove lab\n",
      [common, keys](client::Session& session) { return Keys(session, *keys, common->json); });
  keys_command->add_option("--add", keys->add, "trust the key in this file (furrow keys make)");
  keys_command->add_option("--remove", keys->remove, "trust the key of this name no longer");

  auto revoked = std::make_shared<std::string>();
  auto reason = std::make_shared<std::string>();
  CLI::App* revoke = AddCommand(
      *fleet, common, "revoke", "shut a tractor out: its key and its tokens end at once",
      "  furrow fleet revoke T7 --reason 'sold'\n",
      [revoked, reason](client::Session& session) -> Status {
        FURROW_ASSIGN(
            const json::Value done,
            session.Call("fleet.revoke", json::Object{{"tractor", *revoked}, {"reason", *reason}}));
        std::printf("revoked %s\n", revoked->c_str());
        return {};
      });
  revoke->add_option("tractor", *revoked, "its name")->required();
  revoke->add_option("--reason", *reason, "kept with it")->required();
}

}  // namespace furrow::cli
