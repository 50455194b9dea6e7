// SPDX-License-Identifier: Apache-2.0
// The doctor's single examinations; each appends what it found.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "platform/doctor.h"

namespace furrow::platform {

using Findings = std::vector<Diagnosis>;

void ExamineConfiguration(const Settings& settings,
                          const std::map<std::string, std::string>& sources, Findings& out);
void ExamineVersions(Findings& out);
void ExamineData(const Settings& settings, Findings& out);
void ExamineSecrets(const Settings& settings, Findings& out);
void ExamineClock(const Settings& settings, Findings& out);
void ExaminePorts(const Settings& settings, Findings& out);
/// Of the server that runs, else of this process.
void ExamineLimits(const Settings& settings, Findings& out);
void ExamineTls(const Settings& settings, Micros now, Findings& out);

/// The process that serves the data directory, 0 for none: from DIR/server.json, believed only
/// while that process lives.
int ServerPid(const Settings& settings);

}  // namespace furrow::platform
