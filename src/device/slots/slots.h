// SPDX-License-Identifier: Apache-2.0
// Two folders for bundles, and the link that says which of them is the one: docs/device.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "bundle/bundle.h"
#include "device/slots/state.h"
#include "device/spool/disk.h"

namespace furrow::device {

/// What a bundle must fit.
struct Machine {
  std::string boom_sha256;   // of the boom's file
  std::string runtime;       // version of furrow-edge
  std::string architecture;  // what uname -m says
};

/// Which of its reasons a bundle is refused for: an error begins with a word for people and
/// reports ("older version: …"). Errors: kInvalidArgument.
Status CheckFit(const bundle::Manifest& manifest, const Machine& machine);
/// `highest` has run here; a lower one is meant only where `rollback` says so.
Status CheckVersion(const bundle::Manifest& manifest, int64_t highest, bool rollback);
/// The bundle is the one that the server spoke of.
Status CheckIdentity(const bundle::Bundle& bundle, const Desired& desired);
/// SHA-256 of a whole file. Errors name it.
Result<std::string> FileSha256(const std::string& path);

/// One thread.
class Slots {
 public:
  /// In the folder DEVICE.
  Slots(std::string device, Disk& disk) : device_(std::move(device)), disk_(disk) {}

  /// Makes the folders, takes away what an interruption left, and sees to it that `current` names a
  /// whole, verified slot, or is not there when there is none. What it had to change is appended
  /// to `words`.
  Status Recover(std::span<const bundle::PublicKey> trusted, std::vector<std::string>& words);

  /// "a" or "b"; nothing when there is no bundle yet.
  std::optional<std::string> Current() const;
  /// The one that is not current.
  std::string Free() const;
  std::string Path(const std::string& slot) const { return device_ + "/slots/" + slot; }
  /// What lies in a slot, all of it verified; an error says why it may not run.
  Result<bundle::Bundle> Verify(const std::string& slot,
                                std::span<const bundle::PublicKey> trusted) const;

  /// Verifies a bundle's file and unpacks it into the free slot.
  Result<bundle::Bundle> Fill(const std::string& file, std::span<const bundle::PublicKey> trusted);
  /// From here on, after any interruption, `slot` runs. Durable when it returns.
  Status Switch(const std::string& slot);
  /// Nothing is current. Durable when it returns.
  Status SwitchOff();

 private:
  const std::string device_;
  Disk& disk_;
};

}  // namespace furrow::device
