// SPDX-License-Identifier: Apache-2.0
// `furrow doctor`: is this machine fit for the server, and if not, what to do.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "platform/settings.h"

namespace furrow::platform {

enum class Verdict { kGood, kNote, kWarning, kBad };

struct Diagnosis {
  Verdict verdict = Verdict::kGood;
  std::string topic;   ///< "clock"
  std::string text;    ///< what was found
  std::string advice;  ///< what to do; "" when nothing
};

/// Looks at everything the settings name, changes nothing but a small file that it writes, syncs
/// and removes in the data directory. `sources` as LoadSettings gives them.
std::vector<Diagnosis> Examine(const Settings& settings,
                               const std::map<std::string, std::string>& sources);

/// Adds the subcommand.
void AddDoctorCommand(CLI::App& app, int& exit_code);

}  // namespace furrow::platform
