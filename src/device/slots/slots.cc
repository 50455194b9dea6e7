// SPDX-License-Identifier: Apache-2.0
#include "device/slots/slots.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "base/sha256.h"

namespace furrow::device {
namespace {

Status Refused(std::string_view word, const std::string& what) {
  return Status(Code::kInvalidArgument, fmt::format("{}: {}", word, what));
}

}  // namespace

Status CheckFit(const bundle::Manifest& manifest, const Machine& machine) {
  const auto& fits = manifest.fits;
  if (!fits.boom.empty() && fits.boom != machine.boom_sha256) {
    return Refused("other boom", fmt::format("it is made for boom {:.12}, this one is {:.12}",
                                             fits.boom, machine.boom_sha256));
  }
  if (!fits.runtime_min.empty()) {
    FURROW_ASSIGN(const int order, bundle::CompareVersions(machine.runtime, fits.runtime_min));
    if (order < 0) {
      return Refused("older runtime", fmt::format("it needs furrow-edge {}, this one is {}",
                                                  fits.runtime_min, machine.runtime));
    }
  }
  if (!fits.architectures.empty() &&
      std::ranges::find(fits.architectures, machine.architecture) == fits.architectures.end()) {
    return Refused("other processor",
                   fmt::format("it is made for {}, this one is {}",
                               fmt::join(fits.architectures, ", "), machine.architecture));
  }
  return {};
}

Status CheckVersion(const bundle::Manifest& manifest, int64_t highest, bool rollback) {
  if (manifest.version >= highest || rollback) return {};
  return Refused("older version",
                 fmt::format("{} has run here, and this is {}", highest, manifest.version));
}

Status CheckIdentity(const bundle::Bundle& bundle, const Desired& desired) {
  if (bundle.id != desired.id) {
    return Refused("other bundle", fmt::format("the release speaks of {:.12}, this is {:.12}",
                                               desired.id, bundle.id));
  }
  if (bundle.manifest.version != desired.version) {
    return Refused("other bundle", fmt::format("the release speaks of version {}, this is {}",
                                               desired.version, bundle.manifest.version));
  }
  return {};
}

Result<std::string> FileSha256(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status(Code::kNotFound, path + ": cannot be opened");
  Sha256 digest;
  std::string piece(1 << 16, '\0');
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
    digest.Add(std::string_view(piece).substr(0, static_cast<size_t>(file.gcount())));
  }
  if (file.bad()) return Status(Code::kIoError, path + ": cannot be read");
  return digest.Hex();
}

std::optional<std::string> Slots::Current() const {
  std::error_code error;
  const std::string target = std::filesystem::read_symlink(device_ + "/current", error).string();
  if (!error && target == "slots/a") return "a";
  if (!error && target == "slots/b") return "b";
  return std::nullopt;
}

std::string Slots::Free() const { return Current() == "a" ? "b" : "a"; }

Result<bundle::Bundle> Slots::Verify(const std::string& slot,
                                     std::span<const bundle::PublicKey> trusted) const {
  return bundle::VerifyUnpacked(Path(slot), trusted);
}

Status Slots::Recover(std::span<const bundle::PublicKey> trusted, std::vector<std::string>& words) {
  for (const char* folder : {"/slots", "/incoming"}) {
    if (const int made = disk_.MakeFolder(device_ + folder); made < 0) {
      return bundle::DiskError(device_ + folder, made);
    }
  }
  if (const int synced = disk_.SyncFolder(device_); synced < 0) {
    return bundle::DiskError(device_, synced);
  }
  FURROW_TRY(bundle::RemoveAll(disk_, device_ + "/current.new"));
  for (const char* slot : {"a", "b"}) {
    for (const char* left : {".new", ".old"}) {
      FURROW_TRY(bundle::RemoveAll(disk_, Path(slot) + left));
    }
  }
  std::error_code error;
  const bool named =
      std::filesystem::exists(std::filesystem::symlink_status(device_ + "/current", error));
  const std::optional<std::string> current = Current();
  std::string why = "current names no slot";
  if (current) {
    const auto whole = Verify(*current, trusted);
    if (whole.ok()) return {};
    why = whole.status().message();
  }
  // A whole other one is better than none.
  const std::string other = Free();
  if ((named || current) && Verify(other, trusted).ok()) {
    words.push_back(fmt::format("{}: slot {} runs in its place", why, other));
    return Switch(other);
  }
  if (!named) return {};
  words.push_back(fmt::format("{}: the index works alone", why));
  return SwitchOff();
}

Result<bundle::Bundle> Slots::Fill(const std::string& file,
                                   std::span<const bundle::PublicKey> trusted) {
  FURROW_ASSIGN(const std::unique_ptr<bundle::Source> source, bundle::OpenFile(file));
  return bundle::Unpack(*source, trusted, Path(Free()), disk_);
}

Status Slots::Switch(const std::string& slot) {
  const std::string fresh = device_ + "/current.new", current = device_ + "/current";
  FURROW_TRY(bundle::RemoveAll(disk_, fresh));
  if (const int made = disk_.Symlink("slots/" + slot, fresh); made < 0) {
    return bundle::DiskError(fresh, made);
  }
  if (const int moved = disk_.Rename(fresh, current); moved < 0) {
    return bundle::DiskError(current, moved);
  }
  if (const int synced = disk_.SyncFolder(device_); synced < 0) {
    return bundle::DiskError(device_, synced);
  }
  return {};
}

Status Slots::SwitchOff() {
  FURROW_TRY(bundle::RemoveAll(disk_, device_ + "/current"));
  if (const int synced = disk_.SyncFolder(device_); synced < 0) {
    return bundle::DiskError(device_, synced);
  }
  return {};
}

}  // namespace furrow::device
