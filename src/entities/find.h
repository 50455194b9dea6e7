// SPDX-License-Identifier: Apache-2.0
// Small plans that services write by hand.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "store/docs/plan.h"

namespace furrow::entities {

inline docs::Plan Where(docs::Predicate predicate) {
  docs::Plan plan;
  plan.where = std::move(predicate);
  return plan;
}

inline docs::Plan WhereEquals(std::string path, json::Value value) {
  return Where(docs::Predicate::Equals(std::move(path), std::move(value)));
}

inline docs::Predicate AnyOf(std::string path, const std::vector<std::string>& texts) {
  return docs::Predicate::In(std::move(path), {texts.begin(), texts.end()});
}

}  // namespace furrow::entities
