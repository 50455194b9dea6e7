// SPDX-License-Identifier: Apache-2.0
// furrow-edge valves: the valves alone, for wiring a machine.
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <memory>
#include <tuple>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "edge/actuate/guard.h"
#include "edge/actuate/options.h"
#include "edge/actuate/self_test.h"
#include "edge/actuate/valves.h"
#include "edge/boom/boom.h"
#include "edge/programs/commands.h"
#include "edge/programs/number_table.h"
#include "json/text.h"

namespace furrow::edge {
namespace {

constexpr const char* kExamples = R"(
The configuration's table [actuate] says which bus (docs/edge/wire.md). Its dry_run is true unless
said otherwise: then nothing is written to a real bus, only encoded and counted.

  test    opens and closes each valve once, from the left, and reports those that did not follow
  play    the same, then gives a table of valve times to the bus, as fast as they were written:
          nozzle,t_open_s,t_close_s, what `furrow-edge plan` writes

Ctrl-C closes everything and ends. Read docs/edge/safety.md before a pump runs.

Examples:
  furrow-edge valves test --boom boom.toml --config edge.toml
  furrow-edge valves play --boom boom.toml --config edge.toml --commands valves.csv --json
)";

constexpr double kSecondsMax = 1e6;
constexpr int kPriority = 80;

struct Options {
  std::string boom, config, commands;
  bool json = false;
};

std::atomic<bool> interrupted{false};

void Interrupt(int /*signal*/) { interrupted = true; }

/// From the first command on, which is at 0.
Result<std::vector<Command>> ReadCommands(const std::string& path, const Boom& boom) {
  static constexpr std::array<std::string_view, 3> kNames{"nozzle", "t_open_s", "t_close_s"};
  FURROW_ASSIGN(const NumberTable table, ReadNumberTable(path, kNames));
  std::vector<Command> commands;
  for (size_t row = 0; row < table.rows(); ++row) {
    const double nozzle = table.columns[0][row];
    const double open = table.columns[1][row], close = table.columns[2][row];
    const auto wrong = [&](std::string_view what) {
      return Status(Code::kInvalidArgument, fmt::format("{}:{}: {}", path, table.lines[row], what));
    };
    const auto last = static_cast<double>(boom.nozzles.size()) - 1;
    if (nozzle < 0 || nozzle > last || nozzle != static_cast<int>(nozzle)) {
      return wrong(fmt::format("nozzle {:g}; this boom has 0 to {:g}", nozzle, last));
    }
    if (open < -kSecondsMax || close > kSecondsMax || close < open) {
      return wrong("the times cannot be");
    }
    commands.push_back({static_cast<int>(nozzle), true, ToBillionths(open)});
    commands.push_back({static_cast<int>(nozzle), false, ToBillionths(close)});
  }
  if (commands.empty()) return Status(Code::kInvalidArgument, path + ": holds no row");
  // A nozzle that closes and opens at one time stays open.
  std::ranges::sort(commands, {},
                    [](const Command& c) { return std::tuple(c.at, c.nozzle, c.open); });
  const Nanos first = commands.front().at;
  for (Command& command : commands) command.at -= first;
  return commands;
}

struct Played {
  Nanos start = 0;     // of the table's first command, on the monotonic clock
  Nanos wake_max = 0;  // the latest that a tick came
};

Played Play(const std::vector<Command>& commands, Valves& valves) {
  std::vector<Command> due;
  due.reserve(commands.size());
  Played played;
  Nanos next = MonotonicNow() + kMillisecond;
  played.start = next + 100 * kMillisecond;
  valves.SetMaster(true);
  const Nanos end = played.start + commands.back().at + 50 * kMillisecond;
  for (size_t at = 0; next < end && !interrupted; next += kMillisecond) {
    SleepUntil(next);
    const Nanos now = MonotonicNow();
    played.wake_max = std::max(played.wake_max, now - next);
    due.clear();
    for (; at < commands.size() && played.start + commands[at].at < next + kMillisecond; ++at) {
      due.push_back({commands[at].nozzle, commands[at].open, played.start + commands[at].at});
    }
    valves.Tick(now, due);
  }
  valves.SetMaster(false);
  valves.Tick(MonotonicNow(), {});
  return played;
}

/// As punctual as the system permits, which a dry bench need not.
void Hurry() {
  ::mlockall(MCL_CURRENT);
  const sched_param priority{kPriority};
  ::sched_setscheduler(0, SCHED_FIFO, &priority);
}

void Report(const Options& options, const ActuateOptions& actuate, const SelfTestReport& test,
            const Played* played, const ValveCounters& valves, ValveBus& bus) {
  const bool dry = actuate.dry_run && actuate.driver != ValveDriver::kSimulator;
  const auto* guarded = dynamic_cast<const GuardedBus*>(&bus);
  const GuardCounters guard = guarded != nullptr ? guarded->guard() : GuardCounters{};
  if (!options.json) {
    fmt::print("{}{}: {} valves tested, {} failed{}\n", DriverName(actuate.driver),
               dry ? ", dry run" : "", test.tested, test.failed.size(),
               test.read_back ? "" : " (the bus does not tell what valves do)");
    if (played == nullptr) return;
    fmt::print(
        "{} commands in {} ticks, {} late, {} bus errors, {} leases ran out; latest tick {:.3f} "
        "ms\n",
        valves.commands, valves.ticks, valves.late, valves.bus_errors, valves.lapses,
        FromBillionths(played->wake_max) * 1e3);
    return;
  }
  json::Array failed;
  for (const ValveVerdict& one : test.failed) {
    failed.push_back(
        json::Object{{"nozzle", one.nozzle}, {"opened", one.opened}, {"closed", one.closed}});
  }
  json::Object out{{"driver", std::string(DriverName(actuate.driver))},
                   {"dry_run", dry},
                   {"tested", test.tested},
                   {"read_back", test.read_back},
                   {"retried", test.retried},
                   {"failed", std::move(failed)},
                   {"ticks", valves.ticks},
                   {"commands", valves.commands},
                   {"late", valves.late},
                   {"bus_errors", valves.bus_errors},
                   {"lapses", valves.lapses}};
  if (guarded != nullptr) {
    out["guard_gap_max_s"] = FromBillionths(guard.gap_max);
    out["guard_real_time"] = guard.real_time;
  }
  if (played != nullptr) {
    out["start_ns"] = played->start;
    out["tick_late_max_s"] = FromBillionths(played->wake_max);
    out["interrupted"] = interrupted.load();
  }
  fmt::print("{}\n", json::Write(std::move(out)));
}

Status Run(const Options& options, bool plays) {
  FURROW_ASSIGN(const Boom boom, ReadBoom(options.boom));
  FURROW_ASSIGN(const ActuateOptions actuate, ReadActuate(options.config));
  std::vector<Command> commands;
  if (plays) {
    FURROW_ASSIGN(commands, ReadCommands(options.commands, boom));
  }
  FURROW_ASSIGN(const auto bus, OpenValveBus(actuate, boom));
  ::signal(SIGINT, Interrupt);
  ::signal(SIGTERM, Interrupt);
  Hurry();
  const Nanos lease = actuate.Lease(boom);
  SelfTestReport test;
  if (!plays || actuate.self_test) {
    Valves valves(boom, *bus, lease);
    const auto sleep_until = [&](Nanos time) {
      if (interrupted) valves.EmergencyStop();
      SleepUntil(time);
    };
    test = TestValves(boom, valves, *bus, {MonotonicNow, sleep_until}, 0);
    const Status status = SelfTestStatus(test);
    if (!status.ok() || !plays) {
      Report(options, actuate, test, nullptr, valves.counters(), *bus);
      return status;
    }
  }
  Valves valves(boom, *bus, lease);
  const Played played = Play(commands, valves);
  Report(options, actuate, test, &played, valves.counters(), *bus);
  return {};
}

void AddOne(CLI::App& parent, const char* name, const char* help, bool plays, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = parent.add_subcommand(name, help);
  command->add_option("--boom", options->boom, "the boom's TOML file")->required();
  command->add_option("--config", options->config, "a TOML file with the table [actuate]")
      ->required();
  if (plays) {
    command->add_option("--commands", options->commands, "the valves' times, comma-separated")
        ->required();
  }
  command->add_flag("--json", options->json, "print one line of JSON");
  command->callback([options, plays, name, &exit_code] {
    const Status status = Run(*options, plays);
    if (status.ok()) return;
    fmt::print(stderr, "furrow-edge valves {}: {}\n", name, status.message());
    exit_code = 1;
  });
}

}  // namespace

void AddValvesCommand(CLI::App& app, int& exit_code) {
  CLI::App* valves = app.add_subcommand("valves", "test the valves, or play a table of times");
  valves->footer(kExamples);
  valves->require_subcommand(1);
  AddOne(*valves, "test", "open and close each valve once", false, exit_code);
  AddOne(*valves, "play", "give a table of valve times to the bus", true, exit_code);
}

}  // namespace furrow::edge
