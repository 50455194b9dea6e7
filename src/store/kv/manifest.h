// SPDX-License-Identifier: Apache-2.0
// The engine's list of files (MANIFEST) after a power cut.
#pragma once

#include <string>

#include "base/status.h"

namespace furrow::store {

/// Cuts off what a power cut tore at the end of the list of files in `dir`: RocksDB passes over a
/// last change that breaks off, but not over one with a page missing in it. True when something was
/// cut; `where` says where, for people.
///
/// Only a missing page (zeros to its end) is taken for torn, never a byte that rotted. A change of
/// the list counts once it is synced, and until then the files it replaces are all there, so
/// without it the store is the same. Should a synced one be cut by mistake, files or logs are
/// missing and the store does not open. Errors: kIoError.
Result<bool> MendManifest(const std::string& dir, std::string& where);

}  // namespace furrow::store
