// SPDX-License-Identifier: Apache-2.0
// The tables of a data set, as comma-separated text. docs/edge/fieldgen.md names their columns.
// Errors name the file.
#pragma once

#include <string>

#include "base/status.h"
#include "edge/field/drive.h"
#include "edge/field/field.h"
#include "edge/field/sensors.h"

namespace furrow::fieldgen {

/// How good the machine's wheel and gyroscope are.
enum class Odometry : uint8_t { kPerfect, kGood, kPoor };

/// Millionths or billionths as a decimal number, exactly.
std::string Decimal6(int64_t millionths);
std::string Decimal9(int64_t billionths);

/// Every plant whose middle lies in [0, length).
Status WriteTruth(const edge::Field& field, edge::Microns length, const std::string& path);

/// The weeds alone, as `furrow-edge plan` reads them: each is known when the nozzle line is
/// `ahead` before its near edge. For a straight drive.
Status WriteWeeds(const edge::Field& field, const edge::Drive& drive, edge::Microns length,
                  edge::Microns ahead, const std::string& path);

/// What wheel and gyroscope say until the nozzle line is at `length`, 100 times a second.
Status WriteOdometry(const edge::Drive& drive, Odometry quality, uint64_t seed,
                     edge::Microns length, const std::string& path);

}  // namespace furrow::fieldgen
