// SPDX-License-Identifier: Apache-2.0
#include "tables.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include <fmt/format.h>

namespace furrow::fieldgen {
namespace {

using edge::Microns;
using edge::Nanos;

constexpr Microns kStretch = 10 * edge::kMetre;  // of plants in memory at a time

/// A text file that remembers its first error.
class TextFile {
 public:
  explicit TextFile(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "wb")) {}
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  ~TextFile() {
    if (file_ != nullptr) std::fclose(file_);
  }

  void Write(const std::string& text) {
    if (file_ == nullptr || failed_) return;
    failed_ = std::fwrite(text.data(), 1, text.size(), file_) != text.size();
  }

  Status Close() {
    if (file_ == nullptr) return Wrong();
    std::FILE* const file = file_;
    file_ = nullptr;
    if (std::fclose(file) != 0 || failed_) return Wrong();
    return {};
  }

 private:
  Status Wrong() const {
    return Status(Code::kIoError, fmt::format("{}: {}", path_, std::strerror(errno)));
  }

  std::string path_;
  std::FILE* file_;
  bool failed_ = false;
};

std::string Decimal(int64_t value, int64_t unit, int digits) {
  const bool negative = value < 0;
  const auto size = static_cast<uint64_t>(negative ? -value : value);
  const auto by = static_cast<uint64_t>(unit);
  return fmt::format("{}{}.{:0{}}", negative ? "-" : "", size / by, size % by, digits);
}

constexpr const char* kStageNames[] = {"seedling", "young", "grown"};

}  // namespace

std::string Decimal6(int64_t millionths) { return Decimal(millionths, 1'000'000, 6); }
std::string Decimal9(int64_t billionths) { return Decimal(billionths, 1'000'000'000, 9); }

Status WriteTruth(const edge::Field& field, Microns length, const std::string& path) {
  TextFile file(path);
  file.Write("id,species,weed,unseen,stage,x_m,y_m,length_m,width_m,stem_x_m,stem_y_m\n");
  std::vector<edge::Plant> plants;
  for (Microns x = 0; x < length; x += kStretch) {
    plants.clear();
    field.PlantsIn(x, std::min(x + kStretch, length), plants);
    std::string text;
    for (const edge::Plant& plant : plants) {
      const edge::Species& species = edge::AllSpecies()[plant.species];
      text += fmt::format("{},{},{:d},{:d},{},{},{},{},{},{},{}\n", plant.id, species.name,
                          plant.weed, species.unseen, kStageNames[static_cast<int>(plant.stage)],
                          Decimal6(plant.x - plant.length / 2), Decimal6(plant.y),
                          Decimal6(plant.length), Decimal6(plant.width), Decimal6(plant.stem_x),
                          Decimal6(plant.stem_y));
    }
    file.Write(text);
  }
  return file.Close();
}

Status WriteWeeds(const edge::Field& field, const edge::Drive& drive, Microns length, Microns ahead,
                  const std::string& path) {
  TextFile file(path);
  file.Write("x_m,y_m,length_m,width_m,t_seen_s\n");
  std::vector<edge::Plant> plants;
  for (Microns x = 0; x < length; x += kStretch) {
    plants.clear();
    field.PlantsIn(x, std::min(x + kStretch, length), plants);
    std::string text;
    for (const edge::Plant& plant : plants) {
      if (!plant.weed) continue;
      const Microns near = plant.x - plant.length / 2;
      const Nanos seen = drive.TimeAt(std::max<Microns>(0, near - ahead));
      if (seen < 0) break;  // the machine has stopped for good before it
      text += fmt::format("{},{},{},{},{}\n", Decimal6(near), Decimal6(plant.y),
                          Decimal6(plant.length), Decimal6(plant.width), Decimal9(seen));
    }
    file.Write(text);
  }
  return file.Close();
}

Status WriteOdometry(const edge::Drive& drive, Odometry quality, uint64_t seed, Microns length,
                     const std::string& path) {
  edge::OdometerOptions wheel{.pulse = 0};
  edge::ImuOptions gyro{.noise = 0};
  if (quality == Odometry::kGood) {
    wheel = {.pulse = 5'000, .scale_ppm = 2'000};
    gyro = {.noise = 1'000'000, .bias = 500'000};
  } else if (quality == Odometry::kPoor) {
    wheel = {.pulse = 50'000,
             .scale_ppm = 15'000,
             .slip_ppm = 40'000,
             .slip_seconds_ppm = 50'000,
             .jitter = edge::kMillisecond};
    gyro = {.noise = 5'000'000, .bias = 5'000'000, .walk = 200'000};
  }
  TextFile file(path);
  file.Write("t_s,s_m,v_mps,yaw_rate_radps\n");
  edge::Odometer odometer(drive, wheel, seed);
  edge::Imu imu(drive, gyro, seed);
  const Nanos end = drive.TimeAt(length);
  const int64_t count = (end < 0 ? drive.end() : end) / wheel.period + 2;
  Nanos last = -1;
  std::string text;
  for (int64_t i = 0; i < count; ++i) {
    const edge::OdometerSample sample = odometer.Next();
    // Jitter may neither turn time back nor stop it.
    last = std::max(sample.t, last + 1);
    text += fmt::format("{},{},{},{}\n", Decimal9(last), Decimal6(sample.s), Decimal6(sample.v),
                        Decimal9(imu.Next().yaw_rate));
    if (text.size() > 1 << 16) {
      file.Write(text);
      text.clear();
    }
  }
  file.Write(text);
  return file.Close();
}

}  // namespace furrow::fieldgen
