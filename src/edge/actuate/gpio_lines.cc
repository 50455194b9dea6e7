// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/gpio_lines.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <gpiod.h>

namespace furrow::edge {
namespace {

static_assert(kGpioGroupMax <= GPIOD_LINE_BULK_MAX_LINES);

class GpioLines : public ValveLines {
 public:
  explicit GpioLines(GpioOptions options)
      : options_(std::move(options)),
        groups_(PlanGpio(options_.chips)),
        bulks_(groups_.size()),
        unsure_(groups_.size(), true) {}
  ~GpioLines() override { Release(); }

  Status Open() override {
    if (options_.dry_run) return {};
    for (const GpioChip& chip : options_.chips) {
      gpiod_chip* opened = gpiod_chip_open(chip.device.c_str());
      if (opened == nullptr) {
        return Status(errno == ENOENT ? Code::kNotFound : Code::kIoError,
                      chip.device + ": " + std::strerror(errno));
      }
      chips_.push_back(opened);
    }
    const gpiod_line_request_config config{
        options_.consumer.c_str(), GPIOD_LINE_REQUEST_DIRECTION_OUTPUT,
        options_.active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0};
    constexpr std::array<int, kGpioGroupMax> kClosed{};
    for (size_t i = 0; i < groups_.size(); ++i) {
      GpioGroup& group = groups_[i];
      gpiod_chip* chip = chips_[group.chip];
      const auto count = static_cast<unsigned>(group.lines.size());
      if (gpiod_chip_get_lines(chip, group.lines.data(), count, &bulks_[i]) != 0 ||
          gpiod_line_request_bulk(&bulks_[i], &config, kClosed.data()) != 0) {
        return Status(Code::kFailedPrecondition,
                      options_.chips[group.chip].device + ": lines for nozzles " +
                          std::to_string(group.first) + " to " +
                          std::to_string(group.first + count - 1) + ": " + std::strerror(errno));
      }
      unsure_[i] = false;
    }
    return {};
  }

  bool Set(Nanos /*now*/, const ValveSet& open) noexcept override {
    bool moved = true;
    for (size_t i = 0; i < groups_.size(); ++i) {
      std::array<int, kGpioGroupMax> values, before;
      GpioValues(groups_[i], open, values.data());
      GpioValues(groups_[i], driven_, before.data());
      const size_t count = groups_[i].lines.size();
      if (!unsure_[i] && std::equal(values.begin(), values.begin() + count, before.begin())) {
        continue;
      }
      unsure_[i] = !options_.dry_run && gpiod_line_set_value_bulk(&bulks_[i], values.data()) != 0;
      moved = moved && !unsure_[i];
    }
    driven_ = open;
    return moved;
  }

  std::optional<ValveSet> Read() noexcept override {
    if (options_.dry_run) return std::nullopt;
    ValveSet open;
    for (size_t i = 0; i < groups_.size(); ++i) {
      std::array<int, kGpioGroupMax> values{};
      if (gpiod_line_get_value_bulk(&bulks_[i], values.data()) != 0) return std::nullopt;
      for (size_t k = 0; k < groups_[i].lines.size(); ++k) {
        open.Set(groups_[i].first + k, values[k] != 0);
      }
    }
    return open;
  }

  void Release() noexcept override {
    // Closing a chip lets its lines go.
    for (gpiod_chip* chip : chips_) gpiod_chip_close(chip);
    chips_.clear();
  }

 private:
  const GpioOptions options_;
  std::vector<GpioGroup> groups_;  // libgpiod takes offsets as if it might change them
  std::vector<gpiod_line_bulk> bulks_;
  std::vector<bool> unsure_;  // groups whose last write failed
  std::vector<gpiod_chip*> chips_;
  ValveSet driven_;
};

}  // namespace

std::unique_ptr<ValveLines> MakeGpioLines(GpioOptions options) {
  return std::make_unique<GpioLines>(std::move(options));
}

}  // namespace furrow::edge
