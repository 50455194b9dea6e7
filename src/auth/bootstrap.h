// SPDX-License-Identifier: Apache-2.0
// First boot: the company, an administrator with a password nobody chose, and a credential pair.
#pragma once

#include <string>

#include "auth/directory.h"
#include "base/status.h"
#include "store/kv/engine.h"

namespace furrow::auth {

struct FirstBoot {
  bool happened = false;  ///< false: there was a company already, the rest is empty
  std::string admin_name, password;
  std::string access_key, secret_key;
};

/// Makes all of it if the directory has no company yet, durably, and leaves it in
/// DIR/bootstrap.json (mode 0600) for whoever owns the directory. A first boot cut off half-way is
/// finished by the next with the same password and pair. Call before any listener opens.
Result<FirstBoot> Bootstrap(const std::string& dir, Directory& directory, store::Engine& engine);

}  // namespace furrow::auth
