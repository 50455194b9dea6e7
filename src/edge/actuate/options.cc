// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/options.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "edge/actuate/bench_lines.h"
#include "edge/actuate/can_bus.h"
#include "edge/actuate/gpio_lines.h"
#include "edge/actuate/guard.h"
#include "edge/boom/section.h"
#include "edge/boom/text_file.h"

namespace furrow::edge {
namespace {

constexpr int kLinesMax = 1000;
constexpr size_t kChipsMax = 64;
constexpr double kLeaseMinMs = 20, kLeaseMaxMs = 50;
constexpr size_t kConsumerMax = 31;  // the kernel's
constexpr int kCanIdMax = 0x7ff;

struct Driver {
  std::string_view name;
  ValveDriver driver;
};
constexpr std::array<Driver, 3> kDrivers{{{"simulator", ValveDriver::kSimulator},
                                          {"gpio", ValveDriver::kGpio},
                                          {"can", ValveDriver::kCan}}};

Status ReadGpio(Section& section, const std::string& path, ActuateOptions& options) {
  FURROW_ASSIGN(options.active_low, section.Flag("active_low", options.active_low));
  FURROW_ASSIGN(options.consumer, section.Text("consumer", options.consumer));
  if (options.consumer.empty() || options.consumer.size() > kConsumerMax) {
    return section.Wrong("consumer",
                         fmt::format("actuate.consumer has 1 to {} letters", kConsumerMax));
  }
  FURROW_ASSIGN(const auto tables, section.Tables("chip", kChipsMax));
  if (tables.empty()) return section.Wrong("chip", "gpio needs an [[actuate.chip]] with its lines");
  std::set<std::pair<std::string, int>> taken;
  for (const toml::table* table : tables) {
    Section one(*table, "actuate.chip", path);
    GpioChip chip;
    FURROW_ASSIGN(chip.device, one.Text("device", ""));
    if (chip.device.empty()) return one.Wrong("device", "[actuate.chip] lacks device");
    FURROW_ASSIGN(const auto lines, one.Wholes("lines", 0, 4095, kLinesMax));
    for (const int line : lines) {
      if (!taken.emplace(chip.device, line).second) {
        return one.Wrong("lines", fmt::format("line {} of {} is there twice", line, chip.device));
      }
      chip.lines.push_back(static_cast<unsigned>(line));
    }
    FURROW_TRY(one.Done());
    options.chips.push_back(std::move(chip));
  }
  return {};
}

Status ReadCan(Section& section, ActuateOptions& options) {
  FURROW_ASSIGN(options.device, section.Text("device", "can0"));
  if (options.device.empty() || options.device.size() > 15) {
    return section.Wrong("device", "actuate.device is a CAN interface, such as \"can0\"");
  }
  FURROW_ASSIGN(const int id, section.Whole("id", 0, kCanIdMax, options.can_id));
  options.can_id = static_cast<uint32_t>(id);
  FURROW_ASSIGN(const int renew, section.Whole("renew_ms", 1, 10, 5));
  options.renew = renew * kMillisecond;
  return {};
}

Result<ActuateOptions> FromTable(const toml::table& table, const std::string& path) {
  ActuateOptions options;
  Section section(table, "actuate", path);
  FURROW_ASSIGN(const std::string name, section.Text("driver", "simulator"));
  const auto* const driver = std::ranges::find(kDrivers, name, &Driver::name);
  if (driver == kDrivers.end()) {
    return section.Wrong("driver", "actuate.driver is \"simulator\", \"gpio\" or \"can\"");
  }
  options.driver = driver->driver;
  FURROW_ASSIGN(options.dry_run, section.Flag("dry_run", options.dry_run));
  FURROW_ASSIGN(options.self_test, section.Flag("self_test", options.self_test));
  if (section.Has("lease_ms")) {
    FURROW_ASSIGN(const double lease,
                  section.Number("lease_ms", kLeaseMinMs, kLeaseMaxMs, kRequired));
    options.lease = ToBillionths(lease / 1e3);
  }
  switch (options.driver) {
    case ValveDriver::kSimulator: {
      FURROW_ASSIGN(options.device, section.Text("device", ""));
      break;
    }
    case ValveDriver::kGpio:
      FURROW_TRY(ReadGpio(section, path, options));
      break;
    case ValveDriver::kCan:
      FURROW_TRY(ReadCan(section, options));
      break;
  }
  FURROW_TRY(section.Done());
  return options;
}

Status Misfit(std::string what) { return Status(Code::kInvalidArgument, std::move(what)); }

template <typename Bus>
Result<std::unique_ptr<ValveBus>> AsBus(Result<std::unique_ptr<Bus>> bus) {
  if (!bus.ok()) return bus.status();
  return std::unique_ptr<ValveBus>(std::move(bus).value());
}

}  // namespace

std::string_view DriverName(ValveDriver driver) {
  return std::ranges::find(kDrivers, driver, &Driver::driver)->name;
}

Result<ActuateOptions> ParseActuate(std::string_view text, const std::string& path) {
  FURROW_ASSIGN(const toml::table root, ParseToml(text, path));
  const toml::node* node = root.get("actuate");
  if (node == nullptr) return ActuateOptions{};
  if (!node->is_table()) return Section(root, "", path).Wrong(*node, "write [actuate]");
  return FromTable(*node->as_table(), path);
}

Result<ActuateOptions> ReadActuate(const std::string& path) {
  constexpr size_t kFileMax = 1 << 20;
  FURROW_ASSIGN(const std::string text, ReadTextFile(path, kFileMax));
  return ParseActuate(text, path);
}

Result<std::unique_ptr<ValveBus>> OpenValveBus(const ActuateOptions& options, const Boom& boom) {
  const size_t nozzles = boom.nozzles.size();
  const double lease_ms = FromBillionths(options.Lease(boom)) * 1e3;
  if (lease_ms < kLeaseMinMs || lease_ms > kLeaseMaxMs) {
    return Misfit(fmt::format("the lease is {:g} ms; it must lie between {:g} and {:g}", lease_ms,
                              kLeaseMinMs, kLeaseMaxMs));
  }
  switch (options.driver) {
    case ValveDriver::kSimulator:
      return AsBus(GuardedBus::Start(MakeBenchLines(options.device, nozzles), boom.bus));
    case ValveDriver::kGpio: {
      size_t lines = 0;
      for (const GpioChip& chip : options.chips) lines += chip.lines.size();
      if (lines != nozzles) {
        return Misfit(
            fmt::format("the boom has {} nozzles and [[actuate.chip]] {} lines", nozzles, lines));
      }
      return AsBus(GuardedBus::Start(
          MakeGpioLines({options.chips, options.active_low, options.consumer, options.dry_run}),
          boom.bus));
    }
    case ValveDriver::kCan:
      break;
  }
  const size_t banks = CanBanks(nozzles);
  if (options.can_id + banks - 1 > kCanIdMax) {
    return Misfit(
        fmt::format("actuate.id and the {} frames after it go beyond {:#x}", banks - 1, kCanIdMax));
  }
  const CanBusOptions can{options.can_id, options.renew};
  if (options.dry_run) return AsBus(Result(std::make_unique<CanValveBus>(-1, nozzles, can)));
  return AsBus(CanValveBus::Open(options.device, nozzles, can));
}

}  // namespace furrow::edge
