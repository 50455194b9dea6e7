// SPDX-License-Identifier: Apache-2.0
// What a bundle says of itself. docs/formats/bundle.md has every member and its bounds.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace furrow::bundle {

constexpr size_t kManifestBytesMax = size_t{1} << 20;
constexpr uint64_t kBundleBytesMax = uint64_t{1} << 30;
constexpr size_t kFilesMax = 1000;

/// A file of the bundle, in the order the contents lie in it.
struct File {
  std::string name;  // relative, parts divided by '/'
  uint64_t bytes = 0;
  std::string sha256;  // 64 lowercase hexadecimal digits

  bool operator==(const File&) const = default;
};

/// Somebody's word that the bundle may go out although its report did not pass.
struct Waiver {
  std::string why, by;

  bool operator==(const Waiver&) const = default;
};

struct Manifest {
  std::string name;
  int64_t version = 0;     // only rises
  std::string created_at;  // RFC 3339

  struct Model {
    std::string file, method = "hybrid";  // or "net"
    int area_min_px = 1;
    std::string target = "onnxruntime-fp32";  // or "onnxruntime-int8", "tensorrt"
    bool operator==(const Model&) const = default;
  } model;

  struct Fits {
    std::string boom;                        // SHA-256 of the boom's file; empty: any
    std::string runtime_min;                 // "0.1.0"; empty: any
    std::vector<std::string> architectures;  // empty: any
    bool operator==(const Fits&) const = default;
  } fits;

  double budget_ms = 0;  // that a frame may take

  struct Report {
    std::string file;
    bool passed = false;
    std::optional<Waiver> waiver;
    bool operator==(const Report&) const = default;
  } report;

  struct Golden {
    std::string file;  // the table; empty: there are none
    int frames = 0;
    bool operator==(const Golden&) const = default;
  } golden;

  std::map<std::string, std::string> source;  // task, model, dataset, …
  std::vector<File> files;

  /// Whether it may be released: its report passed, or somebody answers for it.
  bool Releasable() const { return report.passed || report.waiver.has_value(); }
  const File* Find(std::string_view file) const;
  bool operator==(const Manifest&) const = default;
};

/// Whether a file of that name may be in a bundle.
bool IsFileName(std::string_view name);

/// "0.1.0" against "0.2.0": below 0, 0 or above 0. Errors: kInvalidArgument when one is no version.
Result<int> CompareVersions(std::string_view a, std::string_view b);

/// Errors: kInvalidArgument; the message begins with the word of docs/formats/bundle.md (`bad
/// manifest`, `bad name`, `duplicate name`, `too large`) and names the member.
Result<Manifest> ParseManifest(std::string_view json);

/// What ParseManifest reads, compact. Does not check.
std::string ManifestText(const Manifest& manifest);

}  // namespace furrow::bundle
