// SPDX-License-Identifier: Apache-2.0
#include "store/docs/plan.h"

#include <utility>

namespace furrow::docs {

Predicate Predicate::And(std::vector<Predicate> children) {
  std::vector<Predicate> kept;
  for (Predicate& child : children) {
    if (child.kind == Kind::kTrue) continue;
    if (child.kind == Kind::kAnd) {
      for (Predicate& inner : child.children) kept.push_back(std::move(inner));
    } else {
      kept.push_back(std::move(child));
    }
  }
  if (kept.empty()) return {};
  if (kept.size() == 1) return std::move(kept.front());
  Predicate p;
  p.kind = Kind::kAnd;
  p.children = std::move(kept);
  return p;
}

Predicate Predicate::Or(std::vector<Predicate> children) {
  if (children.size() == 1) return std::move(children.front());
  Predicate p;
  p.kind = Kind::kOr;
  p.children = std::move(children);
  return p;
}

Predicate Predicate::Not(Predicate child) {
  if (child.kind == Kind::kNot) {
    Predicate inner = std::move(child.children.front());
    return inner;
  }
  Predicate p;
  p.kind = Kind::kNot;
  p.children.push_back(std::move(child));
  return p;
}

Predicate Predicate::In(std::string path, std::vector<json::Value> values) {
  Predicate p;
  p.kind = Kind::kIn;
  p.path = std::move(path);
  p.values = std::move(values);
  return p;
}

}  // namespace furrow::docs
