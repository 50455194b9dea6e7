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

/// Millimetres are enough, and short.
double Metres(edge::Microns length) {
  return std::round(static_cast<double>(length) / 1000) / 1000;
}

}  // namespace

void SprayBook::Take(const edge::Record& record) {
  if (const auto* boom = std::get_if<edge::BoomRecord>(&record)) {
    auto parsed = edge::ParseBoom(boom->toml, "the log's boom");
    if (!parsed.ok() || applied_) return;
    nozzles_ = parsed->nozzles.size();
    applied_.emplace(*parsed, edge::AsAppliedOptions{});
    return;
  }
  if (!applied_) return;
  if (const auto* pose = std::get_if<edge::PoseRecord>(&record)) {
    applied_->Pose(*pose);
    now_ = std::max(now_, pose->t);
  } else if (const auto* tick = std::get_if<edge::TickRecord>(&record)) {
    now_ = std::max(now_, tick->now);
  } else if (const auto* command = std::get_if<edge::CommandRecord>(&record)) {
    applied_->Command(*command);
  } else if (const auto* model = std::get_if<edge::ModelRecord>(&record)) {
    model_ = *model;
  }
  for (const edge::SprayedRecord& piece : applied_->Take()) {
    // One that comes after its second was told counts to the next that is open.
    const int64_t second = std::max(piece.t_close / kSecond, given_ + 1);
    Sum& sum = open_[second];
    sum.pieces.push_back(piece);
    sum.version = model_.version;
    sum.bundle = model_.bundle;
  }
  if (!finished_) given_ = std::max(given_, now_ / kSecond - kSettleSeconds);
}

void SprayBook::Finish() {
  if (finished_ || !applied_) return;
  finished_ = true;
  applied_->Finish(now_);
  for (const edge::SprayedRecord& piece : applied_->Take()) {
    Sum& sum = open_[std::max(piece.t_close / kSecond, given_ + 1)];
    sum.pieces.push_back(piece);
    sum.version = model_.version;
    sum.bundle = model_.bundle;
  }
  given_ = INT64_MAX - 1;
}

std::vector<SpraySecond> SprayBook::Seconds() {
  std::vector<SpraySecond> done;
  while (!open_.empty() && open_.begin()->first <= given_) {
    done.push_back({open_.begin()->first, Text(open_.begin()->first, open_.begin()->second)});
    open_.erase(open_.begin());
  }
  return done;
}

std::string SprayBook::Text(int64_t second, const Sum& sum) const {
  json::Object record{{"log", log_}, {"second", second}};
  if (sum.version > 0) {
    record["bundle"] = Hex({reinterpret_cast<const char*>(sum.bundle.data()), sum.bundle.size()});
    record["version"] = sum.version;
  }
  int64_t nanolitres = 0;
  for (const edge::SprayedRecord& piece : sum.pieces) nanolitres += piece.nanolitres;
  record["ml"] = static_cast<double>(nanolitres) / 1e6;
  record["count"] = sum.pieces.size();
  if (sum.pieces.size() <= kWindowsMax) {
    json::Array windows;
    for (const edge::SprayedRecord& piece : sum.pieces) {
      windows.push_back(json::Array{piece.nozzle, Metres(piece.x_open), Metres(piece.y_open),
                                    Metres(piece.x_close), Metres(piece.y_close)});
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
    for (const edge::Microns x : {piece.x_open, piece.x_close}) {
      one.near_x = std::min(one.near_x, Metres(x));
      one.far_x = std::max(one.far_x, Metres(x));
    }
    for (const edge::Microns y : {piece.y_open, piece.y_close}) {
      one.near_y = std::min(one.near_y, Metres(y));
      one.far_y = std::max(one.far_y, Metres(y));
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
