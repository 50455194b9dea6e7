// SPDX-License-Identifier: Apache-2.0
#include "edge/live/span_table.h"

#include <algorithm>
#include <iterator>
#include <memory>

#include <fmt/format.h>

namespace furrow::edge {
namespace {

/// Closer to one another where a tail is.
constexpr double kQuantiles[] = {0,     0.001,  0.01,   0.05,   0.1,     0.25,    0.5,
                                 0.75,  0.9,    0.95,   0.98,   0.99,    0.995,   0.998,
                                 0.999, 0.9995, 0.9998, 0.9999, 0.99995, 0.99999, 1};

struct Stage {
  std::string_view name;
  SpanHistogram CameraHealth::*of_camera;
  SpanHistogram Health::*of_machine;
};
constexpr Stage kStages[] = {
    {"received_after_s", &CameraHealth::received_after, nullptr},
    {"detected_in_s", &CameraHealth::detected_in, nullptr},
    {"found_after_s", &CameraHealth::found_after, nullptr},
    {"decided_after_s", &CameraHealth::decided_after, nullptr},
    {"wake_late_s", nullptr, &Health::woken_after},
    {"tick_s", nullptr, &Health::tick_took},
};

Nanos Quantile(const SpanHistogram& spans, double share) {
  return share == 0   ? spans.least()
         : share == 1 ? spans.most()
                      : std::clamp(spans.At(share), spans.least(), spans.most());
}

}  // namespace

std::string SpanTable(const Health& health) {
  std::vector<std::unique_ptr<SpanHistogram>> all;
  std::string text = "# spans counted:", head = "quantile";
  for (const Stage& stage : kStages) {
    SpanHistogram& spans = *all.emplace_back(std::make_unique<SpanHistogram>());
    if (stage.of_machine != nullptr) spans.AddAll(health.*stage.of_machine);
    for (const CameraHealth& camera : health.cameras) {
      if (stage.of_camera != nullptr) spans.AddAll(camera.*stage.of_camera);
    }
    text += fmt::format(" {} {}", stage.name, spans.count());
    head += fmt::format(",{}", stage.name);
  }
  text += "\n" + head + "\n";
  for (const double share : kQuantiles) {
    fmt::format_to(std::back_inserter(text), "{}", share);
    for (const auto& spans : all) {
      fmt::format_to(std::back_inserter(text), ",{}", FromBillionths(Quantile(*spans, share)));
    }
    text += '\n';
  }
  return text;
}

}  // namespace furrow::edge
