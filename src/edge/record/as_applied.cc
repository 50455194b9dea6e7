// SPDX-License-Identifier: Apache-2.0
#include "edge/record/as_applied.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "edge/record/log_reader.h"

namespace furrow::edge {
namespace {

constexpr double kNano = 1e-9;
constexpr Microns kPathStep = kMetre / 2;
constexpr int64_t kPathTurn = 17'453'293;  // a degree, in nanoradians
// Commands take effect after the pose that was newest when they were given; so much is kept.
constexpr Nanos kTrackKept = kSecond;

struct Landing {
  Microns s, x, y;
  int64_t heading;
};

}  // namespace

PathPoint AsApplied::OnPath(const TrackPoint& at) {
  return {at.pose.s, ToMillionths(at.x), ToMillionths(at.y), ToBillionths(at.heading)};
}

AsApplied::AsApplied(const Boom& boom, const AsAppliedOptions& options)
    : boom_(boom), options_(options), nozzles_(boom.nozzles.size()) {}

void AsApplied::Pose(const PoseRecord& pose) {
  TrackPoint now;
  now.pose = pose;
  if (track_.empty()) {
    now.x = FromMillionths(pose.s);
  } else {
    const TrackPoint& last = track_.back();
    if (pose.t <= last.pose.t) return;
    const double span = static_cast<double>(pose.t - last.pose.t) * kNano;
    const double turn =
        FromBillionths(pose.yaw_rate) / 2 * span + FromBillionths(last.pose.yaw_rate) / 2 * span;
    const double way = FromMillionths(pose.s) - FromMillionths(last.pose.s);
    now.heading = last.heading + turn;
    now.x = last.x + way * std::cos(last.heading + turn / 2);
    now.y = last.y + way * std::sin(last.heading + turn / 2);
  }
  track_.push_back(now);
  const PathPoint point = OnPath(now);
  if (!on_path_ || point.s - on_path_->s >= kPathStep ||
      std::abs(point.heading - on_path_->heading) >= kPathTurn) {
    path_.push_back(point);
    on_path_ = point;
  }
  Advance(now);
  Forget();
}

void AsApplied::Command(const CommandRecord& command) {
  if (command.nozzle < 0 || static_cast<size_t>(command.nozzle) >= nozzles_.size()) return;
  NozzleState& nozzle = nozzles_[static_cast<size_t>(command.nozzle)];
  const ValveTiming& valve = boom_.nozzles[static_cast<size_t>(command.nozzle)].valve;
  const Nanos t = command.at + boom_.bus + (command.open ? valve.open : valve.close);
  const bool open = nozzle.changes.empty() ? nozzle.open : nozzle.changes.back().open;
  if (open == command.open) return;
  // A valve that is told otherwise before it has moved does not move.
  if (!nozzle.changes.empty() && t <= nozzle.changes.back().t) {
    nozzle.changes.pop_back();
  } else {
    nozzle.changes.push_back({t, command.open});
  }
}

void AsApplied::Finish(Nanos end) {
  if (track_.empty()) return;
  TrackPoint now = At(end);
  now.pose.t = end;
  Advance(now);
  for (size_t i = 0; i < nozzles_.size(); ++i) {
    if (nozzles_[i].open) Emit(i, end);
    nozzles_[i].open = false;
    nozzles_[i].changes.clear();
  }
  const TrackPoint& last = track_.back();
  if (on_path_->s != last.pose.s) path_.push_back(OnPath(last));
}

void AsApplied::Advance(const TrackPoint& now) {
  for (size_t i = 0; i < nozzles_.size(); ++i) {
    NozzleState& nozzle = nozzles_[i];
    while (!nozzle.changes.empty() && nozzle.changes.front().t <= now.pose.t) {
      const Change change = nozzle.changes.front();
      nozzle.changes.pop_front();
      if (change.open) {
        nozzle.from = change.t;
        nozzle.s_from = At(change.t).pose.s;
        nozzle.continues = false;
      } else {
        Emit(i, change.t);
      }
      nozzle.open = change.open;
    }
    if (nozzle.open && now.pose.s - nozzle.s_from >= options_.piece_max &&
        now.pose.t > nozzle.from) {
      Emit(i, now.pose.t);
      nozzle.from = now.pose.t;
      nozzle.s_from = now.pose.s;
      nozzle.continues = true;
    }
  }
}

/// The pose at `t`; before the first and after the last known one at their speed and heading.
AsApplied::TrackPoint AsApplied::At(Nanos t) const {
  const auto after =
      std::ranges::lower_bound(track_, t, {}, [](const TrackPoint& point) { return point.pose.t; });
  if (after == track_.begin() || after == track_.end()) {
    TrackPoint point = after == track_.begin() ? track_.front() : track_.back();
    const double way =
        FromMillionths(point.pose.v) * (static_cast<double>(t - point.pose.t) * kNano);
    point.x += way * std::cos(point.heading);
    point.y += way * std::sin(point.heading);
    point.pose.s += ToMillionths(way);
    point.pose.t = t;
    return point;
  }
  const TrackPoint& a = *(after - 1);
  const TrackPoint& b = *after;
  const double share = static_cast<double>(t - a.pose.t) / static_cast<double>(b.pose.t - a.pose.t);
  const auto between = [&](auto from, auto to) {
    return static_cast<double>(from) +
           share * (static_cast<double>(to) - static_cast<double>(from));
  };
  TrackPoint point;
  point.pose.t = t;
  point.pose.s = std::llround(between(a.pose.s, b.pose.s));
  point.pose.v = std::llround(between(a.pose.v, b.pose.v));
  point.pose.yaw_rate = std::llround(between(a.pose.yaw_rate, b.pose.yaw_rate));
  point.pose.lift = std::llround(between(a.pose.lift, b.pose.lift));
  point.pose.flags = a.pose.flags | b.pose.flags;
  point.x = between(a.x, b.x);
  point.y = between(a.y, b.y);
  point.heading = between(a.heading, b.heading);
  return point;
}

void AsApplied::Emit(size_t index, Nanos until) {
  const NozzleState& state = nozzles_[index];
  const Nozzle& nozzle = boom_.nozzles[index];
  if (until <= state.from) return;
  const auto land = [&](const TrackPoint& at) {
    const double carried = FromBillionths(boom_.ForwardFall(at.pose.lift));
    const double v = FromMillionths(at.pose.v);
    const double y = FromMillionths(nozzle.y);
    const double own = v - FromBillionths(at.pose.yaw_rate) * y;  // this nozzle's speed
    const double ahead = FromMillionths(nozzle.x) + own * carried;
    const double cos = std::cos(at.heading), sin = std::sin(at.heading);
    return Landing{at.pose.s + nozzle.x + ToMillionths(v * carried),
                   ToMillionths(at.x + ahead * cos - y * sin),
                   ToMillionths(at.y + ahead * sin + y * cos), ToBillionths(at.heading)};
  };
  const TrackPoint first = At(state.from), last = At(until);
  const Landing open = land(first), close = land(last);
  SprayedRecord piece;
  piece.nozzle = static_cast<int32_t>(index);
  piece.continues = state.continues;
  piece.t_open = state.from;
  piece.t_close = until;
  piece.s_open = open.s;
  piece.s_close = close.s;
  piece.x_open = open.x;
  piece.y_open = open.y;
  piece.x_close = close.x;
  piece.y_close = close.y;
  piece.heading_open = open.heading;
  piece.heading_close = close.heading;
  const double span = static_cast<double>(until - state.from) * kNano;
  const double way = std::hypot(FromMillionths(close.x - open.x), FromMillionths(close.y - open.y));
  piece.speed = ToMillionths(way / span);
  piece.nanolitres = std::llround(options_.litres_per_minute / 60 * span * 1e9);
  piece.flags = first.pose.flags | last.pose.flags;
  for (auto at = std::ranges::lower_bound(track_, state.from, {},
                                          [](const TrackPoint& point) { return point.pose.t; });
       at != track_.end() && at->pose.t <= until; ++at) {
    piece.flags |= at->pose.flags;
  }
  pieces_.push_back(piece);
}

void AsApplied::Forget() {
  Nanos needed = track_.back().pose.t - kTrackKept;
  for (const NozzleState& nozzle : nozzles_) {
    if (nozzle.open) needed = std::min(needed, nozzle.from);
  }
  while (track_.size() > 2 && track_[1].pose.t <= needed) track_.pop_front();
}

Result<AsApplied> AsApplied::FromLog(const std::string& path, const AsAppliedOptions& options,
                                     std::vector<std::string>& damage) {
  FURROW_ASSIGN(LogReader log, LogReader::Open(path));
  std::optional<AsApplied> table;
  std::vector<SprayedRecord> recorded;
  Nanos end = 0;
  Record record;
  while (true) {
    const auto more = log.Next(record);
    if (!more.ok()) {
      damage.push_back(more.status().message());
      if (!log.Resume()) return more.status();
      continue;
    }
    if (!*more) break;
    if (const auto* boom = std::get_if<BoomRecord>(&record)) {
      FURROW_ASSIGN(const Boom parsed, ParseBoom(boom->toml, log.file() + " (boom)"));
      if (!table) table.emplace(parsed, options);
    } else if (const auto* pose = std::get_if<PoseRecord>(&record)) {
      if (table) table->Pose(*pose);
      end = std::max(end, pose->t);
    } else if (const auto* tick = std::get_if<TickRecord>(&record)) {
      end = std::max(end, tick->now);
    } else if (const auto* command = std::get_if<CommandRecord>(&record)) {
      if (!table) {
        return Status(Code::kFailedPrecondition,
                      path + ": there is no boom before the first command");
      }
      table->Command(*command);
    } else if (const auto* sprayed = std::get_if<SprayedRecord>(&record)) {
      recorded.push_back(*sprayed);
    }
  }
  if (!table) return Status(Code::kFailedPrecondition, path + ": there is no boom in this log");
  table->Finish(end);
  if (!recorded.empty()) {
    std::erase_if(recorded, [&](const SprayedRecord& one) {
      return one.nozzle < 0 || static_cast<size_t>(one.nozzle) >= table->nozzles_.size();
    });
    table->pieces_ = std::move(recorded);
  }
  return std::move(*table);
}

}  // namespace furrow::edge
