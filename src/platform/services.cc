// SPDX-License-Identifier: Apache-2.0
#include "platform/services.h"

namespace furrow::platform {

Services::Services(entities::Core& core, auth::Directory& directory,
                   auth::Authenticator& authenticator, auth::Devices& devices, blobs::Store& blobs,
                   api::Dispatcher& dispatcher, json::Value config,
                   service::deletions::Worker& remover)
    : scrolls_(core.clock),
      lister_(core, scrolls_),
      auth_{authenticator, directory},
      deletions_{remover},
      events_{core},
      fleet_{core, authenticator, devices},
      models_{core, lister_},
      organization_{core},
      projects_{core, lister_},
      queues_{core, lister_},
      releases_{core, blobs},
      server_{core, dispatcher.endpoints(), FURROW_VERSION, std::move(config)},
      serving_{core},
      tasks_{core, lister_},
      users_{core, lister_, directory},
      workers_{core} {
  std::vector<api::Endpoint> all;
  service::auth::AddEndpoints(auth_, all);
  service::deletions::AddEndpoints(deletions_, all);
  service::events::AddEndpoints(events_, all);
  service::fleet::AddEndpoints(fleet_, all);
  service::models::AddEndpoints(models_, all);
  service::organization::AddEndpoints(organization_, all);
  service::projects::AddEndpoints(projects_, all);
  service::queues::AddEndpoints(queues_, all);
  service::releases::AddEndpoints(releases_, all);
  service::server::AddEndpoints(server_, all);
  service::serving::AddEndpoints(serving_, all);
  service::tasks::AddEndpoints(tasks_, all);
  service::users::AddEndpoints(users_, all);
  service::workers::AddEndpoints(workers_, all);
  dispatcher.Add(std::move(all));
}

}  // namespace furrow::platform
