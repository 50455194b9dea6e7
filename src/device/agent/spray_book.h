// SPDX-License-Identifier: Apache-2.0
// What was sprayed, second by second, as records for the server. docs/device.md has their members.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "edge/boom/boom.h"
#include "edge/record/as_applied.h"
#include "edge/record/record.h"

namespace furrow::device {

/// A second in which something was sprayed.
struct SpraySecond {
  int64_t second = 0;  // of the log's clock, in which its pieces ended
  std::string text;    // the record, without `at`
};

/// Of one log. The same log gives the same seconds, however often and in whatever portions it is
/// read. One thread.
class SprayBook {
 public:
  explicit SprayBook(std::string log) : log_(std::move(log)) {}

  void Take(const edge::Record& record);
  /// The log ends here: what is open is closed.
  void Finish();
  /// Seconds that are complete, in order, each once.
  std::vector<SpraySecond> Seconds();

 private:
  struct Sum {
    std::vector<edge::SprayedRecord> pieces;
    uint64_t version = 0;  // of the bundle whose network decided last
    std::array<uint8_t, 32> bundle{};
  };
  std::string Text(int64_t second, const Sum& sum) const;

  const std::string log_;
  std::optional<edge::AsApplied> applied_;
  size_t nozzles_ = 0;
  edge::Nanos now_ = 0;
  edge::ModelRecord model_;
  std::map<int64_t, Sum> open_;
  int64_t given_ = INT64_MIN;  // seconds up to this one are complete
  bool finished_ = false;
};

}  // namespace furrow::device
