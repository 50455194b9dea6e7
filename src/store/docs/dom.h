// SPDX-License-Identifier: Apache-2.0
// Reads paths out of a document's text without building a Value: what a scan over a collection
// spends its time on.
#pragma once

#include <memory>
#include <string_view>

#include "base/status.h"
#include "store/docs/scalar.h"

namespace furrow::docs {

/// Reused from document to document. Not thread-safe.
class DomReader {
 public:
  DomReader();
  ~DomReader();

  /// kCorruption when `bytes` is no stored document.
  Status Open(std::string_view bytes);
  /// As Extract on the opened document; views live until the next Open.
  void Extract(std::string_view path, Found& found) const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace furrow::docs
