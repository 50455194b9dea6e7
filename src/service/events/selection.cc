// SPDX-License-Identifier: Apache-2.0
#include "service/events/selection.h"

#include <algorithm>

#include "api/error.h"

namespace furrow::service::events {

Result<Selection> Selection::Read(const json::Value& list) {
  Selection out;
  if (list.IsNull()) return out;
  if (!list.IsArray()) return api::Fail(api::kFieldsType, "metrics must be a list");
  for (const json::Value& entry : list.array()) FURROW_TRY(out.Add(entry));
  return out;
}

Result<Selection> Selection::ReadOne(const json::Value& entry) {
  Selection out;
  FURROW_TRY(out.Add(entry));
  return out;
}

Selection Selection::OfMetric(std::string metric) {
  Selection out;
  out.entries_.push_back({std::move(metric), {}});
  return out;
}

Status Selection::Add(const json::Value& entry) {
  if (!entry.IsObject()) return api::Fail(api::kFieldsType, "metrics must hold objects");
  Entry out;
  if (const json::Value& metric = entry.At("metric"); metric.IsString()) {
    out.metric = metric.AsString();
  } else if (!metric.IsNull()) {
    return api::Fail(api::kFieldsType, "metric must be a text");
  }
  for (const json::Value& variant : entry.At("variants").array()) {
    if (!variant.IsString()) return api::Fail(api::kFieldsType, "variants must be texts");
    out.variants.push_back(variant.AsString());
  }
  entries_.push_back(std::move(out));
  return {};
}

bool Selection::Has(std::string_view metric, std::string_view variant) const {
  if (entries_.empty()) return true;
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) {
    if (e.metric && *e.metric != metric) return false;
    return e.variants.empty() ||
           std::find(e.variants.begin(), e.variants.end(), variant) != e.variants.end();
  });
}

}  // namespace furrow::service::events
