// SPDX-License-Identifier: Apache-2.0
#include "device/agent/commands.h"

#include <signal.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "device/agent/agent.h"
#include "device/agent/edge_keeper.h"
#include "device/agent/trust.h"
#include "device/slots/slots.h"
#include "device/slots/state.h"
#include "device/spool/spool.h"
#include "edge/link/link.h"
#include "json/text.h"

namespace furrow::device {
namespace {

constexpr const char* kEnrollExamples = R"(
TOKEN comes from `furrow fleet enroll NAME` and is good once. Makes DEVICE/device.key, which stays
on the tractor, device.toml unless it is there, and trusted.json. machine.toml and boom.toml are
furrow-edge's own (docs/edge/run.md); put them there first, so that the server knows the boom.

Examples:
  furrow-device enroll /var/lib/furrow-device/T7 --server https://lab:8008 --files https://lab:8081 \
      --token 5c1e... --name T7
)";

constexpr const char* kRunExamples = R"(
Starts furrow-edge and looks after it; talks to the server whenever it can be reached; keeps what
the server has not had. SIGINT and SIGTERM end both in order. When it is killed furrow-edge goes on,
and the next furrow-device takes it over.

Examples:
  furrow-device run /var/lib/furrow-device/T7
  furrow-device run T7 --check
)";

constexpr const char* kStatusExamples = R"(
Reads what is in the folder; the server is not asked.

Examples:
  furrow-device status T7
  furrow-device status T7 --json
)";

std::atomic<bool> stop{false};

int Tell(const char* command, const Status& status) {
  if (status.ok()) return 0;
  fmt::print(stderr, "furrow-device {}: {}\n", command, status.message());
  return 1;
}

Status Run(const std::string& folder, bool check) {
  FURROW_ASSIGN(const DeviceConfig config, ReadDeviceConfig(folder));
  if (check) {
    fmt::print("{}/device.toml: tractor {}, server {}: good\n", config.folder, config.name,
               config.server);
    return {};
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  std::thread([ends] {
    int got = 0;
    ::sigwait(&ends, &got);
    stop = true;
  }).detach();
  return RunDevice(config, stop);
}

Status ShowStatus(const std::string& folder, bool as_json) {
  FURROW_ASSIGN(const DeviceConfig config, ReadDeviceConfig(folder));
  FURROW_ASSIGN(const std::vector<bundle::PublicKey> trusted, ReadTrusted(config.folder));
  FURROW_ASSIGN(const std::optional<State> state, ReadState(config.folder + "/state.json"));
  const Slots slots(config.folder, SystemDisk());
  json::Object told{{"tractor", config.name}, {"server", config.server}};
  const auto current = slots.Current();
  told["current"] = current ? json::Value(*current) : json::Value();
  for (const char* slot : {"a", "b"}) {
    const auto held = slots.Verify(slot, trusted);
    if (held.ok()) {
      told[fmt::format("slot_{}", slot)] =
          json::Object{{"bundle", held->id}, {"version", held->manifest.version}};
    } else if (held.status().code() != Code::kNotFound) {
      told[fmt::format("slot_{}", slot)] = json::Object{{"refused", held.status().message()}};
    }
  }
  if (state) {
    told["highest_version"] = state->highest_version;
    told["stage"] = StageName(state->stage);
    told["reason"] = state->reason;
    told["release"] = state->update ? json::Value(state->update->release) : json::Value();
  }
  if (const auto link = edge::DeviceLink::Open(config.link); link.ok()) {
    if (const auto figures = (*link)->Figures()) {
      told["running_bundle"] = BundleOf(*figures);
      told["speed_mps"] = static_cast<double>(figures->Get(edge::LinkFigure::kSpeed)) / 1e6;
      told["frames"] = figures->Get(edge::LinkFigure::kFrames);
    }
  }
  if (as_json) {
    fmt::print("{}\n", json::Write(told));
    return {};
  }
  for (const json::Member& one : told) {
    fmt::print("{:16} {}\n", one.key,
               one.value.IsString() ? one.value.AsString() : json::Write(one.value));
  }
  return {};
}

}  // namespace

void AddEnrollCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<EnrollOptions>();
  CLI::App* enroll = app.add_subcommand("enroll", "make this folder a tractor of a server");
  enroll->footer(kEnrollExamples);
  enroll->add_option("DEVICE", options->folder, "the tractor's folder")->required();
  enroll->add_option("--server", options->server, "URL of the API")->required();
  enroll->add_option("--files", options->files, "URL of the file server, where it is another");
  enroll->add_option("--token", options->token, "good once")->required();
  enroll->add_option("--name", options->name, "the tractor's name, else that of the folder");
  enroll->add_option("--ca-file", options->ca_file, "PEM, where the system does not know it");
  enroll->callback([options, &exit_code] { exit_code = Tell("enroll", Enroll(*options)); });
}

void AddRunCommand(CLI::App& app, int& exit_code) {
  auto folder = std::make_shared<std::string>();
  auto check = std::make_shared<bool>(false);
  CLI::App* run = app.add_subcommand("run", "look after a tractor");
  run->footer(kRunExamples);
  run->add_option("DEVICE", *folder, "the tractor's folder")->required();
  run->add_flag("--check", *check, "read the configuration and stop");
  run->callback([folder, check, &exit_code] { exit_code = Tell("run", Run(*folder, *check)); });
}

void AddStatusCommand(CLI::App& app, int& exit_code) {
  auto folder = std::make_shared<std::string>();
  auto as_json = std::make_shared<bool>(false);
  CLI::App* status = app.add_subcommand("status", "what a tractor's folder says");
  status->footer(kStatusExamples);
  status->add_option("DEVICE", *folder, "the tractor's folder")->required();
  status->add_flag("--json", *as_json, "one line of JSON");
  status->callback(
      [folder, as_json, &exit_code] { exit_code = Tell("status", ShowStatus(*folder, *as_json)); });
}

}  // namespace furrow::device
