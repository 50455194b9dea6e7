// SPDX-License-Identifier: Apache-2.0
// furrow-edge plan: the scheduler alone on anybody's trace.
#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <numeric>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "edge/boom/boom.h"
#include "edge/boom/text_file.h"
#include "edge/programs/commands.h"
#include "edge/programs/number_table.h"
#include "edge/schedule/schedule.h"

namespace furrow::edge {
namespace {

constexpr const char* kExamples = R"(
Axes: x forward along the path of the boom's centre, y to the left, yaw rate positive to the left.

  weeds.csv     x_m,y_m,length_m,width_m,t_seen_s
                x_m: the near edge, as odometer distance of the nozzle line on the centre path;
                y_m: the middle; t_seen_s: when the scheduler learns of it
  odo.csv       t_s,s_m,v_mps,yaw_rate_radps, in order of time
  valves.csv    nozzle,t_open_s,t_close_s: command times, one row for each united window,
                nozzles counted from 0 at the left

Examples:
  furrow-edge plan --boom boom.toml --weeds weeds.csv --odometry odo.csv --out valves.csv
  furrow-edge plan --boom boom.toml --describe
)";

/// Beyond this a distance in micrometres or a time in nanoseconds would not fit.
constexpr double kMetresMax = 1e9, kSecondsMax = 4e9, kSpeedMax = 100, kYawRateMax = 10;

struct Options {
  std::string boom, weeds, odometry, out;
  bool describe = false;
};

Status InRange(const NumberTable& table, size_t column, double most, std::string_view name,
               const std::string& path) {
  for (size_t row = 0; row < table.rows(); ++row) {
    const double value = table.columns[column][row];
    if (value < -most || value > most) {
      return Status(Code::kInvalidArgument,
                    fmt::format("{}:{}: {} is {:g}; more than {:g} cannot be", path,
                                table.lines[row], name, value, most));
    }
  }
  return {};
}

struct SeenWeed {
  Nanos seen;
  GroundWeed weed;
};

Result<std::vector<SeenWeed>> ReadWeeds(const std::string& path) {
  static constexpr std::array<std::string_view, 5> kNames{"x_m", "y_m", "length_m", "width_m",
                                                          "t_seen_s"};
  FURROW_ASSIGN(const NumberTable table, ReadNumberTable(path, kNames));
  for (size_t i = 0; i < 4; ++i) FURROW_TRY(InRange(table, i, kMetresMax, kNames[i], path));
  FURROW_TRY(InRange(table, 4, kSecondsMax, kNames[4], path));
  std::vector<SeenWeed> weeds;
  for (size_t row = 0; row < table.rows(); ++row) {
    const auto value = [&](size_t column) { return table.columns[column][row]; };
    if (value(2) < 0 || value(3) < 0) {
      return Status(Code::kInvalidArgument,
                    fmt::format("{}:{}: a weed has no negative size", path, table.lines[row]));
    }
    const Microns near = ToMillionths(value(0)), y = ToMillionths(value(1)),
                  width = ToMillionths(value(3));
    weeds.push_back({ToBillionths(value(4)),
                     {static_cast<uint32_t>(row) + 1, near, near + ToMillionths(value(2)),
                      y - width / 2, y + width / 2}});
  }
  std::ranges::stable_sort(weeds, {}, &SeenWeed::seen);
  return weeds;
}

Result<std::vector<Pose>> ReadOdometry(const std::string& path) {
  static constexpr std::array<std::string_view, 4> kNames{"t_s", "s_m", "v_mps", "yaw_rate_radps"};
  FURROW_ASSIGN(const NumberTable table, ReadNumberTable(path, kNames));
  FURROW_TRY(InRange(table, 0, kSecondsMax, kNames[0], path));
  FURROW_TRY(InRange(table, 1, kMetresMax, kNames[1], path));
  FURROW_TRY(InRange(table, 2, kSpeedMax, kNames[2], path));
  FURROW_TRY(InRange(table, 3, kYawRateMax, kNames[3], path));
  std::vector<Pose> trace;
  for (size_t row = 0; row < table.rows(); ++row) {
    const auto& c = table.columns;
    const Pose pose{ToBillionths(c[0][row]), ToMillionths(c[1][row]), ToMillionths(c[2][row]),
                    ToBillionths(c[3][row])};
    if (!trace.empty() && pose.t <= trace.back().t) {
      return Status(Code::kInvalidArgument,
                    fmt::format("{}:{}: t_s does not grow", path, table.lines[row]));
    }
    trace.push_back(pose);
  }
  if (trace.empty()) return Status(Code::kInvalidArgument, path + ": holds no row");
  return trace;
}

struct Row {
  int nozzle;
  Nanos open, close;
};

/// Steps of a millisecond, cut where a weed is first seen, so that nothing is learnt late.
std::vector<Row> Plan(const Boom& boom, const std::vector<SeenWeed>& weeds,
                      const std::vector<Pose>& trace) {
  Schedule schedule(boom, std::max<size_t>(weeds.size(), 1));
  std::vector<Command> commands;
  std::vector<Row> rows;
  std::vector<Nanos> opened(boom.nozzles.size());
  auto next_weed = weeds.begin();
  auto sample = trace.begin();
  const Nanos end = trace.back().t;
  for (Nanos now = trace.front().t; now < end;) {
    for (; next_weed != weeds.end() && next_weed->seen <= now; ++next_weed) {
      schedule.Set(next_weed->weed);
    }
    Nanos until = std::min(end, (now / kMillisecond + 1) * kMillisecond);
    if (next_weed != weeds.end()) until = std::min(until, next_weed->seen);
    while (sample + 1 != trace.end() && (sample + 1)->t <= now) ++sample;
    commands.clear();
    schedule.Step(now, until, Between(*sample, *(sample + 1), now), commands);
    for (const Command& command : commands) {
      if (command.open) {
        opened[command.nozzle] = command.at;
      } else {
        rows.push_back({command.nozzle, opened[command.nozzle], command.at});
      }
    }
    now = until;
  }
  // Where the trace ends nothing is known of the movement: what is open closes.
  for (int nozzle = 0; nozzle < static_cast<int>(opened.size()); ++nozzle) {
    if (schedule.IsOpen(nozzle)) rows.push_back({nozzle, opened[nozzle], end});
  }
  std::ranges::sort(rows, {}, [](const Row& r) { return std::pair(r.open, r.nozzle); });
  return rows;
}

Status WriteRows(const std::vector<Row>& rows, const std::string& path) {
  std::string text = "nozzle,t_open_s,t_close_s\n";
  for (const Row& row : rows) {
    fmt::format_to(std::back_inserter(text), "{},{:.9f},{:.9f}\n", row.nozzle,
                   FromBillionths(row.open), FromBillionths(row.close));
  }
  return WriteTextFile(path, text);
}

Status Run(const Options& options) {
  FURROW_ASSIGN(const Boom boom, ReadBoom(options.boom));
  if (options.describe) {
    fmt::print("{}\n", DescribeBoom(boom));
    return {};
  }
  FURROW_ASSIGN(const auto weeds, ReadWeeds(options.weeds));
  FURROW_ASSIGN(const auto trace, ReadOdometry(options.odometry));
  return WriteRows(Plan(boom, weeds, trace), options.out);
}

}  // namespace

void AddPlanCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* plan = app.add_subcommand("plan", "which nozzle opens when, for given weeds");
  plan->footer(kExamples);
  plan->add_option("--boom", options->boom, "the boom's TOML file")->required();
  plan->add_option("--weeds", options->weeds, "the weeds, comma-separated");
  plan->add_option("--odometry", options->odometry, "the drive, comma-separated");
  plan->add_option("--out", options->out, "the valves' times, comma-separated");
  plan->add_flag("--describe", options->describe, "print the boom as JSON and stop");
  plan->callback([options, &exit_code] {
    const bool whole =
        !options->weeds.empty() && !options->odometry.empty() && !options->out.empty();
    if (!options->describe && !whole) {
      throw CLI::RequiredError("--weeds, --odometry and --out (or --describe)");
    }
    const Status status = Run(*options);
    if (status.ok()) return;
    fmt::print(stderr, "furrow-edge plan: {}\n", status.message());
    exit_code = 1;
  });
}

}  // namespace furrow::edge
