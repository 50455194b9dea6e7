// SPDX-License-Identifier: Apache-2.0
#include "entities/tractors.h"

#include "api/error.h"

namespace furrow::entities {

Result<json::Value> GetTractor(docs::Transaction& t, std::string_view name) {
  auto tractor = t.Get(kTractors, name.empty() ? std::string_view("-") : name);
  if (!tractor.ok() && tractor.status().code() == Code::kNotFound) {
    return api::Fail(api::kInvalidTractor, "there is no tractor " + std::string(name));
  }
  return tractor;
}

Result<docs::DocPtr> GetTractor(const Core& core, const std::string& name) {
  auto tractor = core.docs.GetStored(kTractors, name);
  if (!tractor.ok() && tractor.status().code() == Code::kNotFound) {
    return api::Fail(api::kInvalidTractor, "there is no tractor " + name);
  }
  return tractor;
}

json::Value NewTractor(std::string_view name, std::string_view by, Micros now) {
  return json::Object{{"id", name},
                      {"name", name},
                      {"created", FormatTime(now)},
                      {"created_by", by},
                      {"enrolled", nullptr},
                      {"about", json::Object{}},
                      {"revoked", nullptr},
                      {"last_seen", nullptr},
                      {"address", ""},
                      {"state", json::Object{}},
                      {"next", json::Object{}},
                      {"kept", json::Object{}},
                      {"days", json::Object{}},
                      {"release", nullptr},
                      {"desired", nullptr},
                      {"bundles", json::Array{}}};
}

Status PutTractor(docs::Transaction& t, json::Value tractor) {
  const std::string name = tractor.At("id").AsString();
  return t.Put(kTractors, name, std::move(tractor));
}

void SetDesired(json::Value& tractor, json::Value bundle) {
  if (!bundle.IsNull() && bundle.At("url").IsString()) {
    json::Array& known = tractor["bundles"].array();
    std::erase_if(known, [&](const json::Value& b) { return b.At("id") == bundle.At("id"); });
    json::Value kept = json::Object{};
    for (const char* f : {"id", "version", "bytes", "sha256", "url"}) kept[f] = bundle.At(f);
    known.push_back(std::move(kept));
    if (known.size() > kTractorBundlesMax) known.erase(known.begin());
  }
  tractor["desired"] = std::move(bundle);
}

json::Value RunningBundle(const json::Value& tractor) {
  const json::Value& running = tractor.At("state").At("bundle");
  if (running.At("id").AsString().empty()) return {};
  for (const json::Value& known : tractor.At("bundles").array()) {
    if (known.At("id") == running.At("id")) return known;
  }
  return json::Object{{"id", running.At("id")}, {"version", running.At("version")}};
}

}  // namespace furrow::entities
