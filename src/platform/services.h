// SPDX-License-Identifier: Apache-2.0
// Every service of the API with what it works on, bound to the dispatcher.
#pragma once

#include "api/dispatcher.h"
#include "auth/authenticator.h"
#include "auth/devices.h"
#include "auth/directory.h"
#include "entities/core.h"
#include "entities/listing.h"
#include "query/scroll.h"
#include "service/auth/auth_service.h"
#include "service/deletions/deletions_service.h"
#include "service/events/events_service.h"
#include "service/fleet/fleet_service.h"
#include "service/models/models_service.h"
#include "service/organization/organization_service.h"
#include "service/projects/projects_service.h"
#include "service/queues/queues_service.h"
#include "service/releases/releases_service.h"
#include "service/server/server_service.h"
#include "service/serving/serving_service.h"
#include "service/tasks/tasks_service.h"
#include "service/users/users_service.h"
#include "service/workers/workers_service.h"

namespace furrow::platform {

class Services {
 public:
  /// Adds all endpoints to the dispatcher; the references outlive it. `config`: settings in effect,
  /// without secrets.
  Services(entities::Core& core, auth::Directory& directory, auth::Authenticator& authenticator,
           auth::Devices& devices, blobs::Store& blobs, api::Dispatcher& dispatcher,
           json::Value config, service::deletions::Worker& remover);

 private:
  query::Scrolls scrolls_;
  entities::Lister lister_;
  service::auth::Context auth_;
  service::deletions::Context deletions_;
  service::events::Context events_;
  service::fleet::Context fleet_;
  service::models::Context models_;
  service::organization::Context organization_;
  service::projects::Context projects_;
  service::queues::Context queues_;
  service::releases::Context releases_;
  service::server::Context server_;
  service::serving::Context serving_;
  service::tasks::Context tasks_;
  service::users::Context users_;
  service::workers::Context workers_;
};

}  // namespace furrow::platform
