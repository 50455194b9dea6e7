// SPDX-License-Identifier: Apache-2.0
// A name somebody sent, made safe; and the one way to open what it stands for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "store/blobs/descriptor.h"

namespace furrow::blobs {

inline constexpr size_t kPathBytesMax = 1024;
inline constexpr size_t kComponentBytesMax = 255;

/// A relative path of plain components. Holding one is proof that it was checked.
class Path {
 public:
  /// Takes a name as it is meant, percent escapes already decoded (once). Slashes in front, at the
  /// end and in a row count as one. Errors: kInvalidArgument for an empty name, a component "." or
  /// "..", a control character, bad UTF-8, or more bytes than the bounds above. Backslashes, colons
  /// and dots elsewhere are ordinary characters.
  static Result<Path> Parse(std::string_view name);

  /// "a/b/c": no slash at either end.
  const std::string& text() const { return text_; }
  /// "a/b", "" at the top.
  std::string parent() const;
  /// "c"
  std::string name() const;
  std::vector<std::string> components() const;

 private:
  explicit Path(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// How OpenBeneath keeps inside. kWalk is for kernels and sandboxes without openat2.
enum class Confinement { kKernel, kWalk };

/// kKernel where openat2 works here.
Confinement BestConfinement();

/// Opens `relative` ("" = the root itself) under the directory `root`. Whatever lies on the way, a
/// link included, the result is inside the root: links are refused, never followed. Errors:
/// kNotFound (also for a link or a file used as a folder), kUnavailable when out of descriptors or
/// memory, kIoError.
Result<Descriptor> OpenBeneath(int root, const std::string& relative, int flags,
                               Confinement confinement = BestConfinement());

}  // namespace furrow::blobs
