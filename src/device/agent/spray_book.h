// SPDX-License-Identifier: Apache-2.0
// What was sprayed, second by second, as records for the server. docs/device.md has their members.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "device/agent/place.h"
#include "edge/boom/boom.h"
#include "edge/record/as_applied.h"
#include "edge/record/record.h"

namespace furrow::device {

/// A second in which something was sprayed.
struct SpraySecond {
  int64_t second = 0;  // of the log's clock, in which its pieces ended
  std::string text;    // the record, without `at`
};

/// How much of the ground that it passed lately with the switch on a network had sprayed.
struct SprayedShare {
  std::string bundle;  // that judged, 64 digits; empty: the index alone
  double share = 0;    // ground under open nozzles, of that under the boom
};

/// Of one log. The same log gives the same seconds, however often and in whatever portions it is
/// read. One thread.
class SprayBook {
 public:
  /// `place` is where the drive began, and must outlive it.
  SprayBook(std::string log, const FieldPlace& place) : log_(std::move(log)), place_(place) {}

  void Take(const edge::Record& record);
  /// The log ends here: what is open is closed.
  void Finish();
  /// Seconds that are complete, in order, each once.
  std::vector<SpraySecond> Seconds() { return std::exchange(done_, {}); }
  /// Over the last minute of the log as far as the network that judges now judged it; nothing
  /// before it has passed 5 m.
  std::optional<SprayedShare> Share() const;

 private:
  struct Sum {
    std::vector<edge::SprayedRecord> pieces;
    uint64_t version = 0;  // of the bundle whose network decided last
    std::array<uint8_t, 32> bundle{};
  };
  struct Step {
    int64_t second = 0;
    FieldPoint at;
  };
  struct Ground {
    int64_t second = 0;
    double way_m = 0, sprayed_m2 = 0;
  };
  void TakePose(const edge::PoseRecord& pose);
  void TakePieces();
  void Settle();
  Ground& GroundOf(int64_t second);
  std::string Text(int64_t second, const Sum& sum, const std::vector<Step>& way) const;

  const std::string log_;
  const FieldPlace& place_;
  std::optional<edge::AsApplied> applied_;
  size_t nozzles_ = 0;
  double width_m_ = 0;  // of the boom
  edge::Nanos now_ = 0;
  edge::Nanos posed_ = 0;  // the last pose, and how far along the path that was
  edge::Microns s_ = 0;
  bool on_ = false;  // the operator's switch
  edge::ModelRecord model_;
  std::map<int64_t, Sum> open_;
  std::vector<Step> way_;      // of the boom's centre, that no second has told yet
  std::deque<Ground> ground_;  // of the last minute, since `model_` judges
  std::vector<SpraySecond> done_;
  int64_t given_ = INT64_MIN;  // seconds up to this one are complete
  bool finished_ = false;
};

}  // namespace furrow::device
