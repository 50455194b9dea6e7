// SPDX-License-Identifier: Apache-2.0
// What every service works on: the stores, the collections in them, and this server's own facts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "store/docs/docs.h"
#include "store/events/events.h"

namespace furrow::entities {

/// Collections of the document store. The numbers are part of the format: append only.
enum Collection : docs::CollectionId {
  kTasks = 0,
  kProjects,
  kModels,
  kQueues,
  kWorkers,
  kUsers,
  kCredentials,
  kSessions,
  kPreferences,
  kSettings,
  kCompanies,
  kContainers,
  kQueueEntries,  ///< by task: where it waits, see queue_entries.h
  kRemovals,      ///< what is deleted and not yet gone, see removals.h
  kTractors,      ///< by name, see tractors.h
  kDevices,       ///< their keys and enrolment tokens: auth::Devices' alone, served by no query
  kFleetRecords,  ///< what tractors reported, by tractor, stream and number, see fleet_records.h
  kFleetKeys,     ///< by name: keys that bundles may be signed with
  kReleases,      ///< see rollouts.h
  kAudit,         ///< see audit.h
};

/// The list to open the document store with. `task_metrics` and `model_metrics` are merged into
/// tasks and models.
std::vector<docs::Collection> Collections(const docs::DerivedFields* task_metrics,
                                          const docs::DerivedFields* model_metrics);

class QueueIndex;
std::shared_ptr<QueueIndex> NewQueueIndex();

/// Shared by all services; outlives them. Thread-safe, as its parts are.
struct Core {
  docs::Store& docs;
  events::Store& events;
  const Clock& clock;
  std::string company_id;
  std::string company_name;
  std::string server_uid;  ///< 32 hex, made at first boot
  std::string files_url;   ///< public URL of the file server, no trailing '/'
  /// Where else clients may know it, no trailing '/'.
  std::vector<std::string> more_files_urls = {};
  std::shared_ptr<QueueIndex> queues = NewQueueIndex();
};

/// Who changes something, and when.
struct Actor {
  std::string_view user;
  Micros now = 0;
};

}  // namespace furrow::entities
