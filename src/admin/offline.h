// SPDX-License-Identifier: Apache-2.0
// A data directory that no server holds.
#pragma once

#include <memory>
#include <string>

#include "auth/bootstrap.h"
#include "auth/directory.h"
#include "auth/secrets.h"
#include "base/status.h"
#include "store/docs/docs.h"
#include "store/kv/engine.h"

namespace furrow::admin {

struct Offline {
  std::unique_ptr<store::Engine> engine;
  std::unique_ptr<docs::Store> docs;
  std::unique_ptr<auth::Secrets> secrets;
  std::unique_ptr<auth::Directory> directory;
  auth::FirstBoot first_boot;  ///< happened: the directory was new

  /// Opens the store of `dir`. `create`: a directory that never saw a server is made ready as its
  /// first start would. Errors: kNotFound when there is no store, kFailedPrecondition when a server
  /// holds it.
  static Result<Offline> Open(const std::string& dir, bool create);
};

}  // namespace furrow::admin
