// SPDX-License-Identifier: Apache-2.0
#include "edge/record/patches.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

namespace furrow::edge {
namespace {

constexpr Nanos kTogether = kMillisecond;

/// Pieces of one nozzle without a break, as places in the table.
using Strip = std::vector<size_t>;

std::vector<Strip> MakeStrips(const std::vector<SprayedRecord>& pieces) {
  std::vector<Strip> strips;
  std::map<int32_t, size_t> open;  // nozzle to its last strip
  for (size_t i = 0; i < pieces.size(); ++i) {
    const auto last = open.find(pieces[i].nozzle);
    if (pieces[i].continues && last != open.end() &&
        pieces[strips[last->second].back()].t_close == pieces[i].t_open) {
      strips[last->second].push_back(i);
      continue;
    }
    open[pieces[i].nozzle] = strips.size();
    strips.push_back({i});
  }
  return strips;
}

GroundPoint Edge(Microns x, Microns y, int64_t heading, double left) {
  const double angle = FromBillionths(heading);
  return {FromMillionths(x) - left * std::sin(angle), FromMillionths(y) + left * std::cos(angle)};
}

/// One side of a strip, in the direction of travel.
std::vector<GroundPoint> Side(const std::vector<SprayedRecord>& pieces, const Strip& strip,
                              double left) {
  std::vector<GroundPoint> points;
  for (const size_t i : strip) {
    const SprayedRecord& one = pieces[i];
    points.push_back(Edge(one.x_open, one.y_open, one.heading_open, left));
  }
  const SprayedRecord& last = pieces[strip.back()];
  points.push_back(Edge(last.x_close, last.y_close, last.heading_close, left));
  return points;
}

double Area(const std::vector<GroundPoint>& ring) {
  double twice = 0;
  for (size_t i = 0; i < ring.size(); ++i) {
    const GroundPoint& a = ring[i];
    const GroundPoint& b = ring[(i + 1) % ring.size()];
    // From the first corner: coordinates may be large, what they enclose is small.
    twice += (a.x - ring[0].x) * (b.y - ring[0].y) - (b.x - ring[0].x) * (a.y - ring[0].y);
  }
  return twice / 2;
}

}  // namespace

std::vector<Patch> MakePatches(const AsApplied& table) {
  const auto& pieces = table.pieces();
  const auto& nozzles = table.boom().nozzles;
  std::vector<Strip> strips = MakeStrips(pieces);
  const auto opens = [&](const Strip& strip) { return pieces[strip.front()].t_open; };
  const auto closes = [&](const Strip& strip) { return pieces[strip.back()].t_close; };
  const auto nozzle = [&](const Strip& strip) { return pieces[strip.front()].nozzle; };
  std::ranges::sort(strips, [&](const Strip& a, const Strip& b) {
    return std::pair(nozzle(a), opens(a)) < std::pair(nozzle(b), opens(b));
  });
  // By nozzle and within it by time: a neighbour's strip of the same time is found by search.
  std::vector<bool> used(strips.size());
  const auto neighbour = [&](const Strip& strip) -> size_t {
    const int32_t next = nozzle(strip) + 1;
    const Nozzle& here = nozzles[static_cast<size_t>(nozzle(strip))];
    if (static_cast<size_t>(next) >= nozzles.size() ||
        nozzles[static_cast<size_t>(next)].x != here.x ||
        nozzles[static_cast<size_t>(next)].y > here.y) {
      return strips.size();
    }
    const auto wanted = std::pair(next, opens(strip) - kTogether);
    auto at = std::ranges::lower_bound(
        strips, wanted, {}, [&](const Strip& one) { return std::pair(nozzle(one), opens(one)); });
    for (; at != strips.end() && nozzle(*at) == next && opens(*at) <= opens(strip) + kTogether;
         ++at) {
      const auto index = static_cast<size_t>(at - strips.begin());
      if (!used[index] && std::abs(closes(*at) - closes(strip)) <= kTogether) return index;
    }
    return strips.size();
  };

  std::vector<Patch> patches;
  for (size_t i = 0; i < strips.size(); ++i) {
    if (used[i]) continue;
    std::vector<size_t> side_by_side{i};
    used[i] = true;
    for (size_t next = neighbour(strips[i]); next != strips.size();
         next = neighbour(strips[next])) {
      used[next] = true;
      side_by_side.push_back(next);
    }
    const Strip& left = strips[side_by_side.front()];
    const Strip& right = strips[side_by_side.back()];
    Patch patch;
    patch.nozzle_first = nozzle(left);
    patch.nozzle_last = nozzle(right);
    patch.t_open = opens(left);
    patch.t_close = closes(left);
    patch.s_open = pieces[left.front()].s_open;
    patch.s_close = pieces[left.back()].s_close;
    double metres = 0, seconds = 0;
    for (const size_t strip : side_by_side) {
      for (const size_t at : strips[strip]) {
        const SprayedRecord& one = pieces[at];
        const double span = FromBillionths(one.t_close - one.t_open);
        patch.litres += FromBillionths(one.nanolitres);
        metres += FromMillionths(one.speed) * span;
        seconds += span;
        patch.flags |= one.flags;
      }
    }
    patch.speed = seconds > 0 ? metres / seconds : 0;
    const auto half = [&](int32_t n) {
      return FromMillionths(nozzles[static_cast<size_t>(n)].swath) / 2;
    };
    patch.ring = Side(pieces, right, -half(patch.nozzle_last));
    const auto back = Side(pieces, left, half(patch.nozzle_first));
    patch.ring.insert(patch.ring.end(), back.rbegin(), back.rend());
    patch.square_metres = std::abs(Area(patch.ring));
    patches.push_back(std::move(patch));
  }
  std::ranges::sort(patches, [](const Patch& a, const Patch& b) {
    return std::pair(a.t_open, a.nozzle_first) < std::pair(b.t_open, b.nozzle_first);
  });
  return patches;
}

Degrees OnEarth(const Origin& origin, const GroundPoint& point) {
  constexpr double kDegree = M_PI / 180;
  constexpr double kMajor = 6'378'137.0, kSquare = 6.69437999014e-3;  // WGS 84: a, e^2
  const double sin = std::sin(origin.latitude * kDegree);
  const double bend = 1 - kSquare * sin * sin;
  const double across = kMajor / std::sqrt(bend);      // radius of curvature, east
  const double along = across * (1 - kSquare) / bend;  // and north
  const double c = std::cos(origin.course * kDegree), s = std::sin(origin.course * kDegree);
  const double north = point.x * c + point.y * s;
  const double east = point.x * s - point.y * c;
  return {origin.latitude + north / along / kDegree,
          origin.longitude + east / (across * std::cos(origin.latitude * kDegree)) / kDegree};
}

}  // namespace furrow::edge
