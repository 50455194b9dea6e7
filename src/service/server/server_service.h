// SPDX-License-Identifier: Apache-2.0
// The `server` and `debug` services: what this server says of itself.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/call.h"
#include "entities/core.h"

namespace furrow::service::server {

/// As api::Dispatcher keeps them.
using EndpointMap = std::map<std::string, std::vector<api::Endpoint>, std::less<>>;

/// Outlives the endpoints bound to it. Thread-safe.
struct Context {
  entities::Core& core;
  const EndpointMap& endpoints;  ///< complete before the first call
  std::string build;             ///< of the program, e.g. "0.1.0"
  json::Value config;            ///< settings in effect, without anything secret
};

/// Appends the service's endpoints.
void AddEndpoints(Context& context, std::vector<api::Endpoint>& out);

Status Info(Context&, api::Call&);
Status Endpoints(Context&, api::Call&);
Status Config(Context&, api::Call&);
Status GetStats(Context&, api::Call&);
Status ReportStatsOption(Context&, api::Call&);
Status Ping(Context&, api::Call&);

}  // namespace furrow::service::server
