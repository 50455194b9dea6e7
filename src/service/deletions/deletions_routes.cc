// SPDX-License-Identifier: Apache-2.0
#include "service/deletions/deletions_service.h"

namespace furrow::service::deletions {
namespace {

using auth::Permission;

constexpr api::RouteOf<Context> kRoutes[] = {
    {"deletions.get_progress", {2, 4}, Permission::kRead, GetProgress, true},
};

}  // namespace

void AddEndpoints(Context& context, std::vector<api::Endpoint>& out) {
  api::Bind(kRoutes, context, out);
}

Status GetProgress(Context& context, api::Call& call) {
  const Progress p = context.worker.progress();
  call.response = json::Object{{"pending", p.pending},
                               {"oldest", p.oldest.empty() ? json::Value() : json::Value(p.oldest)},
                               {"files", p.files},
                               {"bytes", p.bytes},
                               {"files_missing", p.files_missing},
                               {"files_kept", p.files_kept},
                               {"runs", p.runs},
                               {"projects", p.projects},
                               {"failures", p.failures}};
  return {};
}

}  // namespace furrow::service::deletions
