// SPDX-License-Identifier: Apache-2.0
#include "device/agent/spray_book.h"

#include <algorithm>
#include <cmath>

#include "base/id.h"
#include "json/text.h"

namespace furrow::device {
namespace {

using edge::kSecond;

/// A piece is known once the machine is past it; no piece is longer than two metres.
constexpr int64_t kSettleSeconds = 4;
/// More windows than this in a second are told as sums of sections.
constexpr size_t kWindowsMax = 150;
constexpr int32_t kSectionNozzles = 8;

/// A record's path has at most twice so many points.
constexpr size_t kWayMax = 50;
constexpr int64_t kShareSeconds = 60;
constexpr double kShareWayMin = 5;

/// Millimetres are enough, and short.
double Short(double metres) { return std::round(metres * 1000) / 1000; }

std::string BundleHex(const std::array<uint8_t, 32>& id) {
  return Hex({reinterpret_cast<const char*>(id.data()), id.size()});
}

/// Leaves every second one, and the first and the last.
template <typename T>
void Thin(std::vector<T>& all) {
  size_t kept = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    if (i % 2 == 0 || i + 1 == all.size()) all[kept++] = all[i];
  }
  all.resize(kept);
}

}  // namespace

void SprayBook::Take(const edge::Record& record) {
  if (const auto* boom = std::get_if<edge::BoomRecord>(&record)) {
    auto parsed = edge::ParseBoom(boom->toml, "the log's boom");
    if (!parsed.ok() || applied_) return;
    nozzles_ = parsed->nozzles.size();
    for (const edge::Nozzle& nozzle : parsed->nozzles) {
      // A second line lies behind the first and covers the same ground.
      if (nozzle.x == parsed->nozzles[0].x) width_m_ += edge::FromMillionths(nozzle.swath);
    }
    applied_.emplace(*parsed, edge::AsAppliedOptions{});
    return;
  }
  if (!applied_) return;
  if (const auto* pose = std::get_if<edge::PoseRecord>(&record)) {
    TakePose(*pose);
  } else if (const auto* tick = std::get_if<edge::TickRecord>(&record)) {
    now_ = std::max(now_, tick->now);
  } else if (const auto* command = std::get_if<edge::CommandRecord>(&record)) {
    applied_->Command(*command);
  } else if (const auto* master = std::get_if<edge::MasterRecord>(&record)) {
    on_ = master->on;
  } else if (const auto* model = std::get_if<edge::ModelRecord>(&record)) {
    if (model->bundle != model_.bundle) ground_.clear();
    model_ = *model;
  }
  TakePieces();
  if (!finished_) given_ = std::max(given_, now_ / kSecond - kSettleSeconds);
  Settle();
}

void SprayBook::TakePose(const edge::PoseRecord& pose) {
  applied_->Pose(pose);
  now_ = std::max(now_, pose.t);
  if (pose.t <= posed_) return;
  if (on_ && pose.s > s_ && posed_ > 0) {
    GroundOf(pose.t / kSecond).way_m += edge::FromMillionths(pose.s - s_);
  }
  s_ = pose.s;
  posed_ = pose.t;
}

void SprayBook::TakePieces() {
  for (const edge::PathPoint& point : applied_->TakePath()) {
    way_.push_back({now_ / kSecond, place_.On(point.x, point.y)});
  }
  // A long way without a drop is told by fewer points.
  if (way_.size() > 2 * kWayMax) Thin(way_);
  for (const edge::SprayedRecord& piece : applied_->Take()) {
    // One that comes after its second was told counts to the next that is open.
    const int64_t second = std::max(piece.t_close / kSecond, given_ + 1);
    Sum& sum = open_[second];
    sum.pieces.push_back(piece);
    sum.version = model_.version;
    sum.bundle = model_.bundle;
    const edge::Microns swath = applied_->boom().nozzles[static_cast<size_t>(piece.nozzle)].swath;
    GroundOf(second).sprayed_m2 +=
        edge::FromMillionths(piece.s_close - piece.s_open) * edge::FromMillionths(swath);
  }
}

SprayBook::Ground& SprayBook::GroundOf(int64_t second) {
  while (!ground_.empty() && ground_.front().second < second - kShareSeconds) ground_.pop_front();
  const auto at = std::ranges::lower_bound(ground_, second, {}, &Ground::second);
  if (at != ground_.end() && at->second == second) return *at;
  return *ground_.insert(at, Ground{second, 0, 0});
}

std::optional<SprayedShare> SprayBook::Share() const {
  double way = 0, sprayed = 0;
  for (const Ground& one : ground_) {
    if (one.second > given_) break;  // pieces of it may come yet
    way += one.way_m;
    sprayed += one.sprayed_m2;
  }
  if (way < kShareWayMin || width_m_ <= 0) return std::nullopt;
  SprayedShare share{"", std::min(sprayed / (way * width_m_), 1.0)};
  if (model_.version > 0) share.bundle = BundleHex(model_.bundle);
  return share;
}

void SprayBook::Finish() {
  if (finished_ || !applied_) return;
  finished_ = true;
  applied_->Finish(now_);
  TakePieces();
  given_ = INT64_MAX - 1;
  Settle();
}

void SprayBook::Settle() {
  while (!open_.empty() && open_.begin()->first <= given_) {
    const int64_t second = open_.begin()->first;
    const auto after = std::ranges::upper_bound(way_, second, {}, &Step::second);
    std::vector<Step> way(way_.begin(), after);
    way_.erase(way_.begin(), after);
    done_.push_back({second, Text(second, open_.begin()->second, way)});
    open_.erase(open_.begin());
  }
}

std::string SprayBook::Text(int64_t second, const Sum& sum, const std::vector<Step>& way) const {
  json::Object record{{"log", log_}, {"second", second}};
  if (sum.version > 0) {
    record["bundle"] = BundleHex(sum.bundle);
    record["version"] = sum.version;
  }
  json::Array path;
  for (const Step& step : way) path.push_back(json::Array{Short(step.at.x), Short(step.at.y)});
  record["path"] = std::move(path);
  int64_t nanolitres = 0;
  for (const edge::SprayedRecord& piece : sum.pieces) nanolitres += piece.nanolitres;
  record["ml"] = static_cast<double>(nanolitres) / 1e6;
  record["count"] = sum.pieces.size();
  if (sum.pieces.size() <= kWindowsMax) {
    json::Array windows;
    for (const edge::SprayedRecord& piece : sum.pieces) {
      const FieldPoint open = place_.On(piece.x_open, piece.y_open);
      const FieldPoint close = place_.On(piece.x_close, piece.y_close);
      windows.push_back(
          json::Array{piece.nozzle, Short(open.x), Short(open.y), Short(close.x), Short(close.y)});
    }
    record["windows"] = std::move(windows);
    return json::Write(record);
  }
  struct Section {
    int64_t nanolitres = 0;
    double near_x = 1e12, far_x = -1e12, near_y = 1e12, far_y = -1e12;
  };
  std::map<int32_t, Section> sections;
  for (const edge::SprayedRecord& piece : sum.pieces) {
    Section& one = sections[piece.nozzle / kSectionNozzles];
    one.nanolitres += piece.nanolitres;
    for (const FieldPoint& at :
         {place_.On(piece.x_open, piece.y_open), place_.On(piece.x_close, piece.y_close)}) {
      one.near_x = std::min(one.near_x, Short(at.x));
      one.far_x = std::max(one.far_x, Short(at.x));
      one.near_y = std::min(one.near_y, Short(at.y));
      one.far_y = std::max(one.far_y, Short(at.y));
    }
  }
  json::Array list;
  for (const auto& [number, one] : sections) {
    list.push_back(json::Object{
        {"nozzles",
         json::Array{number * kSectionNozzles, std::min<int64_t>((number + 1) * kSectionNozzles,
                                                                 static_cast<int64_t>(nozzles_)) -
                                                   1}},
        {"ml", static_cast<double>(one.nanolitres) / 1e6},
        {"box", json::Array{one.near_x, one.near_y, one.far_x, one.far_y}}});
  }
  record["sections"] = std::move(list);
  return json::Write(record);
}

}  // namespace furrow::device
