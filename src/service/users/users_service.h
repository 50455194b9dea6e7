// SPDX-License-Identifier: Apache-2.0
// The `users` service: who there is, who asks, and what the asker's screens remember.
#pragma once

#include <vector>

#include "api/call.h"
#include "auth/directory.h"
#include "entities/core.h"
#include "entities/listing.h"

namespace furrow::service::users {

/// Outlives the endpoints bound to it. Thread-safe.
struct Context {
  entities::Core& core;
  entities::Lister& lister;
  furrow::auth::Directory& directory;
};

/// Appends the service's endpoints.
void AddEndpoints(Context& context, std::vector<api::Endpoint>& out);

// users_query.cc
Status GetAll(Context&, api::Call&);
Status GetAllEx(Context&, api::Call&);
Status GetById(Context&, api::Call&);
Status GetCurrentUser(Context&, api::Call&);

// users_update.cc
Status Update(Context&, api::Call&);

// users_preferences.cc
Status GetPreferences(Context&, api::Call&);
Status SetPreferences(Context&, api::Call&);

}  // namespace furrow::service::users
