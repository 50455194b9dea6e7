// SPDX-License-Identifier: Apache-2.0
// The `fleet` service: tractors enrol, sign in, say how they are and hand over what they recorded;
// people look at them and say whose bundles they may run.
#pragma once

#include <vector>

#include "api/call.h"
#include "auth/authenticator.h"
#include "auth/devices.h"
#include "entities/core.h"

namespace furrow::service::fleet {

inline constexpr size_t kTractorsMax = 10'000;
inline constexpr size_t kKeysMax = 100;
inline constexpr size_t kAboutBytesMax = 4096;  ///< what a machine says of itself

/// Outlives the endpoints bound to it. Thread-safe.
struct Context {
  entities::Core& core;
  furrow::auth::Authenticator& authenticator;
  furrow::auth::Devices& devices;
};

/// Appends the service's endpoints.
void AddEndpoints(Context& context, std::vector<api::Endpoint>& out);

// fleet_enrol.cc
Status CreateToken(Context&, api::Call&);
Status Enroll(Context&, api::Call&);
Status Challenge(Context&, api::Call&);
Status SignIn(Context&, api::Call&);
Status Revoke(Context&, api::Call&);

// fleet_heartbeat.cc
Status Heartbeat(Context&, api::Call&);

// fleet_report.cc
Status Report(Context&, api::Call&);

// fleet_query.cc
Status GetAll(Context&, api::Call&);
Status GetById(Context&, api::Call&);
Status GetReports(Context&, api::Call&);

// fleet_keys.cc
Status AddKey(Context&, api::Call&);
Status RemoveKey(Context&, api::Call&);
Status GetKeys(Context&, api::Call&);
/// [{name, public_key}], by name.
Result<json::Array> TrustedKeys(const entities::Core& core);

}  // namespace furrow::service::fleet
