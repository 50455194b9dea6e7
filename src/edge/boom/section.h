// SPDX-License-Identifier: Apache-2.0
// For the readers of the edge's TOML files.
#pragma once

#include <cmath>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/toml.h"

namespace furrow::edge {

/// The fallback of a member that has to be there.
constexpr double kRequired = NAN;

/// One table of a file: takes known members out of it and names what is wrong, with its line. The
/// table and `path` must outlive it.
class Section {
 public:
  /// `name` is the table's in messages.
  Section(const toml::table& table, std::string name, const std::string& path)
      : table_(table), name_(std::move(name)), path_(path) {}

  bool Has(std::string_view key) const { return table_.contains(key); }

  /// A number within [min, max]; `fallback` when it is not there, an error when that is kRequired.
  Result<double> Number(std::string_view key, double min, double max, double fallback);

  /// A whole number within [min, max].
  Result<int> Whole(std::string_view key, int min, int max, double fallback);

  Result<std::string> Text(std::string_view key, std::string fallback);

  Result<bool> Flag(std::string_view key, bool fallback);

  /// A list of 1 to `most` whole numbers within [min, max], which has to be there.
  Result<std::vector<int>> Wholes(std::string_view key, int min, int max, size_t most);

  /// A list of at most `most` texts; empty when it is not there.
  Result<std::vector<std::string>> Texts(std::string_view key, size_t most);

  /// The tables of [[key]], in order; none when it is not there.
  Result<std::vector<const toml::table*>> Tables(std::string_view key, size_t most);

  /// An error when the table has a member that nobody asked for, `others` aside: a typing error is
  /// never silent.
  Status Done(std::initializer_list<std::string_view> others = {}) const;

  Status Wrong(const toml::node& node, const std::string& what) const;
  /// Of a member, or of the table when it is not there.
  Status Wrong(std::string_view key, const std::string& what) const;

 private:
  const toml::table& table_;
  const std::string name_;
  const std::string& path_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace furrow::edge
