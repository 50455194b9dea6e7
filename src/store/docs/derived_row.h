// SPDX-License-Identifier: Apache-2.0
// Sets the columns of one row that show derived members, with one question to their owner.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/docs/column.h"
#include "store/docs/docs.h"

namespace furrow::docs {

/// Reused from row to row.
class DerivedRow {
 public:
  explicit DerivedRow(const DerivedFields* fields) : fields_(fields) {}

  /// `stored`: what the document holds under `path`.
  void Add(const std::string& path, Column& column, const Found& stored) {
    paths_.push_back(path);
    columns_.push_back(&column);
    const bool scalar = !stored.list && !stored.scalars.empty();
    values_.push_back(scalar ? ToValue(stored.scalars.front()) : json::Value());
  }

  void Set(std::string_view id, Row row) {
    if (paths_.empty()) return;
    fields_->Read(id, paths_, values_);
    Found found;
    for (size_t i = 0; i < paths_.size(); ++i) {
      Extract(values_[i], "", found);
      columns_[i]->Set(row, found);
    }
    paths_.clear();
    columns_.clear();
    values_.clear();
  }

 private:
  const DerivedFields* fields_;
  std::vector<std::string> paths_;
  std::vector<Column*> columns_;
  std::vector<json::Value> values_;
};

}  // namespace furrow::docs
