// SPDX-License-Identifier: Apache-2.0
#include "edge/boom/section.h"

#include <algorithm>

#include <fmt/format.h>

namespace furrow::edge {

Result<double> Section::Number(std::string_view key, double min, double max, double fallback) {
  known_.emplace(key);
  const toml::node* node = table_.get(key);
  if (node == nullptr) {
    if (!std::isnan(fallback)) return fallback;
    return Wrong(table_, fmt::format("[{}] lacks {}", name_, key));
  }
  const auto value = node->value<double>();
  if (!node->is_number() || !value || !std::isfinite(*value)) {
    return Wrong(*node, fmt::format("{}.{} is not a number", name_, key));
  }
  if (*value < min || *value > max) {
    return Wrong(*node, fmt::format("{}.{} is {:g}; it must lie between {:g} and {:g}", name_, key,
                                    *value, min, max));
  }
  return *value;
}

Result<int> Section::Whole(std::string_view key, int min, int max, double fallback) {
  const toml::node* node = table_.get(key);
  FURROW_ASSIGN(const double value, Number(key, min, max, fallback));
  if (value != std::floor(value)) {
    return Wrong(*node, fmt::format("{}.{} must be a whole number", name_, key));
  }
  return static_cast<int>(value);
}

Result<std::string> Section::Text(std::string_view key, std::string fallback) {
  known_.emplace(key);
  const toml::node* node = table_.get(key);
  if (node == nullptr) return fallback;
  const auto value = node->value_exact<std::string>();
  if (!value) return Wrong(*node, fmt::format("{}.{} is not a text", name_, key));
  return *value;
}

Result<bool> Section::Flag(std::string_view key, bool fallback) {
  known_.emplace(key);
  const toml::node* node = table_.get(key);
  if (node == nullptr) return fallback;
  const auto value = node->value_exact<bool>();
  if (!value) return Wrong(*node, fmt::format("{}.{} is true or false", name_, key));
  return *value;
}

Result<std::vector<int>> Section::Wholes(std::string_view key, int min, int max, size_t most) {
  known_.emplace(key);
  const toml::node* node = table_.get(key);
  if (node == nullptr) return Wrong(table_, fmt::format("[{}] lacks {}", name_, key));
  const toml::array* array = node->as_array();
  if (array == nullptr || array->empty() || array->size() > most) {
    return Wrong(*node, fmt::format("{}.{} is a list of 1 to {} whole numbers", name_, key, most));
  }
  std::vector<int> numbers;
  for (const toml::node& one : *array) {
    const auto value = one.value_exact<int64_t>();
    if (!value || *value < min || *value > max) {
      return Wrong(
          one, fmt::format("{}.{} holds whole numbers between {} and {}", name_, key, min, max));
    }
    numbers.push_back(static_cast<int>(*value));
  }
  return numbers;
}

Result<std::vector<std::string>> Section::Texts(std::string_view key, size_t most) {
  known_.emplace(key);
  std::vector<std::string> texts;
  const toml::node* node = table_.get(key);
  if (node == nullptr) return texts;
  const toml::array* array = node->as_array();
  if (array == nullptr || array->size() > most) {
    return Wrong(*node, fmt::format("{}.{} is a list of at most {} texts", name_, key, most));
  }
  for (const toml::node& one : *array) {
    const auto value = one.value_exact<std::string>();
    if (!value) return Wrong(one, fmt::format("{}.{} holds texts", name_, key));
    texts.push_back(*value);
  }
  return texts;
}

Result<std::vector<const toml::table*>> Section::Tables(std::string_view key, size_t most) {
  known_.emplace(key);
  std::vector<const toml::table*> tables;
  const toml::node* node = table_.get(key);
  if (node == nullptr) return tables;
  const toml::array* array = node->as_array();
  if (array == nullptr) return Wrong(*node, fmt::format("write [[{}]]", key));
  for (const toml::node& one : *array) {
    if (!one.is_table()) return Wrong(one, fmt::format("write [[{}]]", key));
    tables.push_back(one.as_table());
  }
  if (tables.size() > most) {
    return Wrong(*node, fmt::format("at most {} [[{}]]", most, key));
  }
  return tables;
}

Status Section::Done(std::initializer_list<std::string_view> others) const {
  for (const auto& [key, node] : table_) {
    const std::string_view word = key.str();
    if (known_.contains(word) || std::ranges::find(others, word) != others.end()) continue;
    return Wrong(node, fmt::format("{}.{} is not known here", name_, word));
  }
  return {};
}

Status Section::Wrong(const toml::node& node, const std::string& what) const {
  const auto& place = node.source().begin;
  return Status(Code::kInvalidArgument,
                fmt::format("{}:{}:{}: {}", path_, place.line, place.column, what));
}

Status Section::Wrong(std::string_view key, const std::string& what) const {
  const toml::node* node = table_.get(key);
  return Wrong(node != nullptr ? *node : table_, what);
}

}  // namespace furrow::edge
