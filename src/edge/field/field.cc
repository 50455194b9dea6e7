// SPDX-License-Identifier: Apache-2.0
#include "edge/field/field.h"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "edge/field/random.h"

namespace furrow::edge {
namespace {

constexpr Microns kCell = 250'000;
constexpr int kCellMax = 63;  // weeds; the mean is 25 at most: 100 a square metre in a full patch
constexpr int kIdBits = 6;
constexpr Microns kPatchCell = 4'000'000;
constexpr size_t kWeedsMax = 16;

constexpr std::array<std::string_view, kSoils> kSoilNames = {"light", "dark", "wet", "stubble",
                                                             "no-till"};
constexpr std::array<std::string_view, kCrops> kCropNames = {"none", "maize", "beet", "soy",
                                                             "cereal"};
constexpr std::array<std::string_view, kStages> kStageNames = {"seedling", "young", "grown"};

template <typename Enum, size_t N>
Result<Enum> Named(std::string_view what, const std::array<std::string_view, N>& names,
                   std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<Enum>(found - names.begin());
  return Status(Code::kInvalidArgument, fmt::format("there is no {} \"{}\"; there are: {}", what,
                                                    name, fmt::join(names, " ")));
}

/// Rounds towards minus infinity.
int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

bool Before(const Plant& a, const Plant& b) {
  return std::tie(a.x, a.y, a.id) < std::tie(b.x, b.y, b.id);
}

/// Gives a plant with stem, species, stage, heading and key its box.
void Measure(Plant& plant, std::vector<Blade>& scratch) {
  Field::BladesOf(plant, scratch);
  Extent extent;
  for (const Blade& blade : scratch) extent.Add(blade);
  plant.length = extent.x1 - extent.x0;
  plant.width = extent.y1 - extent.y0;
  plant.x = plant.stem_x + FloorDiv(extent.x0 + extent.x1, 2);
  plant.y = plant.stem_y + FloorDiv(extent.y0 + extent.y1, 2);
}

}  // namespace

Status CheckField(const FieldOptions& o) {
  const struct {
    const char* name;
    double value, min, max;
  } bounds[] = {{"width_m", o.width_m, 0.5, 200},
                {"weeds_per_m2", o.weeds_per_m2, 0, 100},
                {"patchiness", o.patchiness, 0, 1},
                {"unseen_share", o.unseen_share, 0, 1},
                {"row_m", o.row_m, 0.1, 5},
                {"in_row_m", o.in_row_m, 0.01, 5},
                {"sun_height_rad", o.sun_height_rad, 0.1, kPi / 2},
                {"sun_heading_rad", o.sun_heading_rad, -2 * kPi, 2 * kPi},
                {"cloud", o.cloud, 0, 1},
                {"dew", o.dew, 0, 1},
                {"dust", o.dust, 0, 1}};
  for (const auto& bound : bounds) {
    if (bound.value >= bound.min && bound.value <= bound.max) continue;
    return Status(Code::kInvalidArgument,
                  fmt::format("{} is {:g}; it must lie between {:g} and {:g}", bound.name,
                              bound.value, bound.min, bound.max));
  }
  if (!o.weeds.empty() && o.unseen_share > 0) {
    return Status(Code::kInvalidArgument,
                  "a list of weeds and a share of unseen ones exclude each other: name the unseen "
                  "species in the list");
  }
  const auto all = AllSpecies();
  const bool weeds =
      std::ranges::all_of(o.weeds, [&](uint8_t one) { return one < all.size() && all[one].weed; });
  if (o.weeds.size() > kWeedsMax || !weeds) {
    return Status(Code::kInvalidArgument,
                  fmt::format("at most {} weeds can be named, and no crop", kWeedsMax));
  }
  return {};
}

Result<Soil> SoilNamed(std::string_view name) { return Named<Soil>("soil", kSoilNames, name); }
Result<Crop> CropNamed(std::string_view name) { return Named<Crop>("crop", kCropNames, name); }
Result<Stage> StageNamed(std::string_view name) { return Named<Stage>("stage", kStageNames, name); }

Result<uint8_t> WeedNamed(std::string_view name) {
  std::string names;
  const auto all = AllSpecies();
  for (size_t i = 0; i < all.size(); ++i) {
    if (!all[i].weed) continue;
    if (all[i].name == name) return static_cast<uint8_t>(i);
    names += std::string(" ") + all[i].name;
  }
  return Status(Code::kInvalidArgument,
                fmt::format("there is no weed \"{}\"; there are:{}", name, names));
}

Field::Field(const FieldOptions& options)
    : options_(options),
      half_width_(ToMillionths(options.width_m) / 2),
      half_cells_((half_width_ + kCell - 1) / kCell),
      mean_q16_(ToMillionths(options.weeds_per_m2) * 65536 / 16'000'000),
      patch_ppm_(ToMillionths(options.patchiness)),
      unseen_ppm_(ToMillionths(options.unseen_share)),
      row_(ToMillionths(options.row_m)),
      in_row_(ToMillionths(options.in_row_m)) {
  const auto all = AllSpecies();
  common_ = options.weeds;
  for (size_t i = 0; i < all.size() && options.weeds.empty(); ++i) {
    if (!all[i].weed) continue;
    auto& list = all[i].unseen ? unseen_ : common_;
    list.insert(list.end(), static_cast<size_t>(all[i].weight), static_cast<uint8_t>(i));
  }
  if (options.crop != Crop::kNone) {
    crop_species_ =
        static_cast<uint8_t>(SpeciesNamed(kCropNames[static_cast<size_t>(options.crop)].data()));
    rows_ = std::max<int64_t>(1, 2 * half_width_ / row_);
  }
}

void Field::BladesOf(const Plant& plant, std::vector<Blade>& out) {
  Grow(AllSpecies()[plant.species], plant.stage, plant.key, plant.heading, out);
}

int64_t Field::PatchAt(Microns x, Microns y) const {
  const int64_t cell_x = FloorDiv(x, kPatchCell);
  const int64_t cell_y = FloorDiv(y, kPatchCell);
  // A quarter of the corners hold four times the mean, the others nothing; between them it goes
  // linearly, which keeps the mean.
  const auto corner = [&](int64_t dx, int64_t dy) -> int64_t {
    return (KeyOf(options_.seed, Purpose::kPatch, cell_x + dx, cell_y + dy) & 3) == 0 ? 4 * 65536
                                                                                      : 0;
  };
  const int64_t fx = (x - cell_x * kPatchCell) * 65536 / kPatchCell;
  const int64_t fy = (y - cell_y * kPatchCell) * 65536 / kPatchCell;
  const int64_t near = corner(0, 0) * (65536 - fy) / 65536 + corner(0, 1) * fy / 65536;
  const int64_t far = corner(1, 0) * (65536 - fy) / 65536 + corner(1, 1) * fy / 65536;
  const int64_t patch = near * (65536 - fx) / 65536 + far * fx / 65536;
  return ((1'000'000 - patch_ppm_) * 65536 + patch_ppm_ * patch) / 1'000'000;
}

void Field::WeedsOfCell(int64_t cell_x, int64_t cell_y, std::vector<Plant>& out,
                        std::vector<Blade>& scratch) const {
  const Microns left = cell_x * kCell;
  const Microns low = cell_y * kCell;
  const int64_t patch = PatchAt(left + kCell / 2, low + kCell / 2);
  Draws draws(KeyOf(options_.seed, Purpose::kWeedCell, cell_x, cell_y));
  const int count = draws.Poisson(mean_q16_ * patch / 65536, kCellMax);
  const int64_t cell = cell_x * (2 * half_cells_) + cell_y + half_cells_;
  for (int k = 0; k < count; ++k) {
    Plant plant;
    plant.weed = true;
    plant.stem_x = left + draws.Below(kCell);
    plant.stem_y = low + draws.Below(kCell);
    plant.id = static_cast<uint32_t>((cell << kIdBits) + k) & 0x7fffffff;
    plant.key = draws.Next();
    if (plant.stem_y < -half_width_ || plant.stem_y >= half_width_) continue;
    Draws own(KeyOf(plant.key, Purpose::kWeed, 0));
    const auto& list = own.Chance(unseen_ppm_) ? unseen_ : common_;
    plant.species = list[static_cast<size_t>(own.Below(static_cast<int64_t>(list.size())))];
    plant.heading = static_cast<Angle>(own.Next());
    // Not all have sprouted on one day.
    const int64_t day = own.Below(100);
    const int stage = static_cast<int>(options_.stage) + (day < 15 ? -1 : day >= 88 ? 1 : 0);
    plant.stage = static_cast<Stage>(std::clamp(stage, 0, kStages - 1));
    Measure(plant, scratch);
    out.push_back(plant);
  }
}

void Field::CropOfPlace(int64_t place, int64_t row, std::vector<Plant>& out,
                        std::vector<Blade>& scratch) const {
  Draws draws(KeyOf(options_.seed, Purpose::kCrop, place, row));
  constexpr int64_t kEmpty = 40'000;  // ppm of seeds that did not come up
  if (draws.Chance(kEmpty)) return;
  Plant plant;
  plant.stem_x = place * in_row_ + draws.Between(-in_row_ / 6, in_row_ / 6);
  plant.stem_y = row * row_ - (rows_ - 1) * row_ / 2 + draws.Normal(6'000);
  plant.species = crop_species_;
  plant.stage = options_.stage;
  plant.id = static_cast<uint32_t>(place * rows_ + row) | 0x80000000;
  plant.heading = static_cast<Angle>(draws.Next());
  plant.key = draws.Next();
  Measure(plant, scratch);
  out.push_back(plant);
}

void Field::PlantsIn(Microns x0, Microns x1, std::vector<Plant>& out) const {
  if (x0 >= x1) return;
  const auto first = static_cast<ptrdiff_t>(out.size());
  std::vector<Blade> scratch;
  // The middle of a box lies within the plant's reach of its stem.
  const Microns from = x0 - kPlantReach;
  const Microns to = x1 + kPlantReach;
  if (mean_q16_ > 0) {
    for (int64_t i = FloorDiv(from, kCell); i <= FloorDiv(to, kCell); ++i) {
      for (int64_t j = -half_cells_; j < half_cells_; ++j) WeedsOfCell(i, j, out, scratch);
    }
  }
  if (rows_ > 0) {
    for (int64_t i = FloorDiv(from, in_row_); i <= FloorDiv(to, in_row_) + 1; ++i) {
      for (int64_t row = 0; row < rows_; ++row) CropOfPlace(i, row, out, scratch);
    }
  }
  const auto outside = [&](const Plant& plant) { return plant.x < x0 || plant.x >= x1; };
  out.erase(std::remove_if(out.begin() + first, out.end(), outside), out.end());
  std::sort(out.begin() + first, out.end(), Before);
}

}  // namespace furrow::edge
