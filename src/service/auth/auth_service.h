// SPDX-License-Identifier: Apache-2.0
// The `auth` and `login` services: signing in and out, API credentials, and what administrators do
// to users.
#pragma once

#include <vector>

#include "api/call.h"
#include "auth/authenticator.h"
#include "auth/directory.h"

namespace furrow::service::auth {

/// Outlives the endpoints bound to it. Thread-safe.
struct Context {
  furrow::auth::Authenticator& authenticator;
  furrow::auth::Directory& directory;
};

/// Appends the service's endpoints.
void AddEndpoints(Context& context, std::vector<api::Endpoint>& out);

// auth_session.cc
Status Login(Context&, api::Call&);
Status Logout(Context&, api::Call&);
Status SupportedModes(Context&, api::Call&);
Status FixedUsersMode(Context&, api::Call&);
Status ValidateToken(Context&, api::Call&);
Status GetTokenForUser(Context&, api::Call&);

// auth_credentials.cc
Status CreateCredentials(Context&, api::Call&);
Status GetCredentials(Context&, api::Call&);
Status EditCredentials(Context&, api::Call&);
Status RevokeCredentials(Context&, api::Call&);

// auth_users.cc
Status CreateUser(Context&, api::Call&);
Status EditUser(Context&, api::Call&);

}  // namespace furrow::service::auth
