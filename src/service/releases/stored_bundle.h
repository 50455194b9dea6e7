// SPDX-License-Identifier: Apache-2.0
// A bundle that lies on the file server.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "bundle/bundle.h"
#include "entities/core.h"
#include "store/blobs/blobs.h"

namespace furrow::service::releases {

struct StoredBundle {
  std::string file;  ///< "bundles/beet-7.bundle"
  std::unique_ptr<bundle::Source> source;
  blobs::Info info;
};

/// The file named by a path on the file server or by its URL; it lies below /bundles/, where
/// tractors may read. Errors: 400/1204 naming the file.
Result<StoredBundle> OpenStored(const entities::Core& core, const blobs::Store& blobs,
                                std::string_view name);

/// The keys that bundles may be signed with.
Result<std::vector<bundle::PublicKey>> FleetKeys(const entities::Core& core);

}  // namespace furrow::service::releases
