// SPDX-License-Identifier: Apache-2.0
// What a tractor must not forget: state.json. docs/device.md has its members.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/status.h"
#include "device/spool/disk.h"
#include "json/value.h"

namespace furrow::device {

/// What the server wants to run here.
struct Desired {
  std::string release;
  std::string id;  // the bundle's
  int64_t version = 0;
  uint64_t bytes = 0;
  std::string sha256;  // of the whole file
  std::string url;
  bool rollback = false;  // a lower version than one that has run is meant

  bool operator==(const Desired&) const = default;
};
/// Nothing when a member is absent or of another type.
std::optional<Desired> ParseDesired(const json::Value& value);
json::Value DesiredJson(const Desired& desired);

/// The stages of docs/loop.md, those that a tractor itself reports.
enum class Stage : uint8_t {
  kNone,
  kFetching,
  kVerifying,
  kTrying,
  kRunning,
  kGood,
  kRefused,
  kRolledBack,
};
const char* StageName(Stage stage);

struct State {
  int64_t highest_version = 0;  // that has been `good` here, or ran last before a `rollback`
  std::optional<Desired> update;
  Stage stage = Stage::kNone;  // of `update`
  std::string reason;          // of kRefused, kRolledBack
  std::string way_back;        // kRunning: slot that ran before; empty: none did
  int tries = 0;               // kRunning: starts of furrow-edge since the switch

  bool operator==(const State&) const = default;
};

/// Nothing when there is none. Errors name the file: kCorruption when its checksum is another.
Result<std::optional<State>> ReadState(const std::string& path);
/// Durable when it returns.
Status WriteState(Disk& disk, const std::string& path, const State& state);

}  // namespace furrow::device
