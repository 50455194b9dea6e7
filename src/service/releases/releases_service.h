// SPDX-License-Identifier: Apache-2.0
// The `releases` service: which bundle goes to which tractors, in which order, on whose word, and
// what became of it.
#pragma once

#include <vector>

#include "api/call.h"
#include "entities/core.h"
#include "store/blobs/blobs.h"

namespace furrow::service::releases {

inline constexpr size_t kRingsMax = 20;
inline constexpr size_t kTractorsMax = 500;  ///< of one release

/// Outlives the endpoints bound to it. Thread-safe.
struct Context {
  entities::Core& core;
  blobs::Store& blobs;  ///< behind the file server: bundles are read from it
};

/// Appends the service's endpoints.
void AddEndpoints(Context& context, std::vector<api::Endpoint>& out);

// releases_create.cc
Status Create(Context&, api::Call&);

// releases_steps.cc
Status Approve(Context&, api::Call&);
Status Advance(Context&, api::Call&);
Status Halt(Context&, api::Call&);

// releases_note.cc
Status NoteConversion(Context&, api::Call&);

// releases_query.cc
Status GetAll(Context&, api::Call&);
Status GetById(Context&, api::Call&);
Status GetAudit(Context&, api::Call&);
Status GetReport(Context&, api::Call&);

/// Notes a refusal in the audit trail and gives it back. What is wrong with the request's form
/// alone, or with the server, is not noted.
Status NoteRefused(Context&, const api::Call&, const std::string& release, const Status& refused);

}  // namespace furrow::service::releases
