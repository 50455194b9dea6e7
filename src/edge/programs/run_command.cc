// SPDX-License-Identifier: Apache-2.0
// furrow-edge run: a machine in real time.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/say.h"
#include "edge/boom/clock.h"
#include "edge/boom/text_file.h"
#include "edge/live/machine.h"
#include "edge/live/span_table.h"
#include "edge/programs/commands.h"

namespace furrow::edge {
namespace {

constexpr const char* kExamples = R"(
CONFIG says which boom, cameras and valves there are (docs/edge/run.md). Without cameras of its own
a machine drives over a generated field, in real time. Valves stay closed until the operator's
switch is on: --master-on, or SIGUSR1, which turns it on and off. SIGUSR2 is the emergency stop,
which holds until the program is started anew. SIGINT and SIGTERM close every valve and end it.

Examples:
  furrow-edge run machine.toml --master-on --seconds 60
  furrow-edge run machine.toml --check        read everything, open nothing
  kill -USR1 $(pidof furrow-edge)             the operator's switch
  furrow-edge top health.prom                 in another terminal
)";

struct Options {
  std::string config;
  bool master_on = false, check = false, no_self_test = false;
  double seconds = 0;
};

/// The signals that are obeyed, blocked for all threads and taken one by one.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int one : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) sigaddset(&set_, one);
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  /// The next one, or 0 when none comes until then.
  int Await(Nanos until) {
    const Nanos wait = std::max<Nanos>(until - MonotonicNow(), 0);
    const timespec timeout{static_cast<time_t>(wait / kSecond), static_cast<long>(wait % kSecond)};
    const int got = ::sigtimedwait(&set_, nullptr, &timeout);
    return got > 0 ? got : 0;
  }

 private:
  sigset_t set_;
};

double Milliseconds(Nanos span) { return static_cast<double>(span) / 1e6; }

std::string Line(const Machine& machine) {
  const Health& health = machine.health();
  uint64_t decided = 0, good = 0;
  for (const CameraHealth& camera : health.cameras) {
    decided += camera.decided.get();
    good += camera.state.load() == CameraState::kGood;
  }
  return fmt::format(
      "{:.1f} m, {:.1f} m/s, {} of {} cameras good, {} frames, {} weeds, {} sprays, "
      "{} missed, slack 1 % below {:.0f} ms",
      FromMillionths(health.distance.load()), FromMillionths(health.speed.load()), good,
      health.cameras.size(), decided, health.weeds.get(), health.opened.get(), health.missed.get(),
      Milliseconds(health.slack.At(0.01)));
}

std::string Summary(const Machine& machine) {
  const Health& health = machine.health();
  uint64_t hung = 0;
  for (const CameraHealth& camera : health.cameras) hung += camera.hung.get();
  return fmt::format(
      "driven          {:.1f} m\n"
      "weeds, sprays   {}, {}\n"
      "late, missed    {}, {} ({:.3f} m2)\n"
      "unseen          {:.3f} m2\n"
      "looks that hung {}\n"
      "log             {} records lost for want of disk, {} of them frames\n"
      "slack           p50 {:.1f} ms, 1 % below {:.1f} ms, least {:.1f} ms\n"
      "wake-up         p50 {:.3f} ms, p99 {:.3f} ms, p99.9 {:.3f} ms, most {:.3f} ms\n"
      "ticks           {}, {} skipped\n"
      "scheduling      {}, {}\n"
      "processor       {:.3f} of one core\n"
      "commands' hash  {:016x} of {}\n",
      FromMillionths(health.distance.load()), health.weeds.get(), health.opened.get(),
      health.late.get(), health.missed.get(), static_cast<double>(health.missed_mm2.get()) / 1e6,
      static_cast<double>(health.unseen_mm2.get()) / 1e6, hung, health.log_disk_lost.load(),
      health.log_frames_lost.load(), Milliseconds(health.slack.At(0.5)),
      Milliseconds(health.slack.At(0.01)), Milliseconds(health.slack.least()),
      Milliseconds(health.woken_after.At(0.5)), Milliseconds(health.woken_after.At(0.99)),
      Milliseconds(health.woken_after.At(0.999)), Milliseconds(health.woken_after.most()),
      health.ticks.get(), health.ticks_skipped.get(),
      health.real_time.load() ? "SCHED_FIFO" : "ordinary (SCHED_FIFO is not permitted here)",
      health.locked.load() ? "memory locked" : "memory not locked (RLIMIT_MEMLOCK)",
      FromBillionths(ProcessorTime() - health.processor_before) /
          FromBillionths(MonotonicNow() - health.started),
      machine.commands().value(), machine.commands().count());
}

Status WriteHealth(Machine& machine, const std::string& file) {
  return file.empty() ? Status() : WriteTextFile(file, machine.HealthText());
}

void Obey(int signal, Valves& valves) {
  if (signal == SIGUSR2) {
    valves.EmergencyStop();
    Say(stderr, "emergency stop\n");
  } else {
    const bool on = valves.SetMaster(valves.gate() != ValveGate::kOn);
    Say(stderr, "{}\n",
        !on                               ? "stopped: start anew to spray again"
        : valves.gate() == ValveGate::kOn ? "switch on"
                                          : "switch off");
  }
}

void Complain(const Status& status) {
  if (!status.ok()) Say(stderr, "furrow-edge run: {}\n", status.message());
}

Status Run(const Options& options) {
  Signals signals;
  FURROW_ASSIGN(const MachineConfig config, ReadMachine(options.config));
  if (options.check) {
    Say(stdout, "{}: {} nozzles, {} cameras, valves by {}: good\n", options.config,
        config.boom.nozzles.size(), config.cameras.size(), DriverName(config.actuate.driver));
    return {};
  }
  FURROW_ASSIGN(const std::unique_ptr<Machine> machine, Machine::Make(config));
  if (config.actuate.self_test && !options.no_self_test) {
    FURROW_TRY(SelfTestStatus(machine->TestValves()));
  }
  FURROW_TRY(machine->Start());
  if (options.master_on) machine->valves().SetMaster(true);
  const Nanos begun = MonotonicNow();
  const Nanos end = options.seconds > 0 ? begun + ToBillionths(options.seconds) : INT64_MAX;
  const bool watched = ::isatty(STDERR_FILENO) != 0;
  Status health_status;
  for (bool on = true; on;) {
    const Nanos now = MonotonicNow();
    const int signal = signals.Await(std::min(now + config.health_every, end));
    if (signal == SIGUSR1 || signal == SIGUSR2) Obey(signal, machine->valves());
    on = signal != SIGINT && signal != SIGTERM && MonotonicNow() < end && !machine->ended();
    // A full disk must not stop the spraying; it is told at the end.
    if (const Status wrote = WriteHealth(*machine, config.health_file); !wrote.ok()) {
      health_status = wrote;
    }
    if (watched) Say(stderr, "\r\033[K{}", Line(*machine));
  }
  if (watched) Say(stderr, "\n");
  const Status log = machine->Stop();
  static_cast<void>(WriteHealth(*machine, config.health_file));
  Say(stdout, "{}", Summary(*machine));
  Status status = log.ok() ? health_status : log;
  if (!config.spans_file.empty()) {
    const Status spans = WriteTextFile(config.spans_file, SpanTable(machine->health()));
    if (status.ok()) status = spans;
  }
  if (machine->hung()) {
    // Nothing but the process's end gets rid of a call that does not return.
    Complain(status);
    std::fflush(nullptr);
    std::_Exit(status.ok() ? 0 : 1);
  }
  return status;
}

}  // namespace

void AddRunCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* run = app.add_subcommand("run", "run a machine in real time");
  run->footer(kExamples);
  run->add_option("CONFIG", options->config, "the machine's TOML file")->required();
  run->add_flag("--master-on", options->master_on, "the operator's switch is on from the start");
  run->add_option("--seconds", options->seconds, "ends by itself after so long")
      ->check(CLI::PositiveNumber);
  run->add_flag("--check", options->check, "read the configuration and stop");
  run->add_flag("--no-self-test", options->no_self_test, "do not try the valves before the start");
  run->callback([options, &exit_code] {
    const Status status = Run(*options);
    Complain(status);
    if (!status.ok()) exit_code = 1;
  });
}

}  // namespace furrow::edge
