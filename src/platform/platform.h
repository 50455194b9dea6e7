// SPDX-License-Identifier: Apache-2.0
// The platform server, assembled: stores, identity, services, ports.
//
//   FURROW_ASSIGN(auto platform, Platform::Open(settings));
//   FURROW_TRY(platform->Start());
//   ...
//   platform->Stop();   // drains, folds, closes
#pragma once

#include <memory>

#include "auth/bootstrap.h"
#include "base/status.h"
#include "platform/front.h"
#include "platform/settings.h"

namespace furrow::platform {

class Platform {
 public:
  /// Opens the stores and, on the first boot, makes the company, an administrator, secrets and the
  /// queues "default" and "services".
  static Result<std::unique_ptr<Platform>> Open(const Settings& settings);
  ~Platform();

  /// Opens the ports, writes DIR/server.json and answers from then on. Errors: kAlreadyExists for a
  /// taken port.
  Status Start();
  /// Accepts no more, lets running calls end, closes. Idempotent.
  void Stop();

  const auth::FirstBoot& first_boot() const;
  /// Once it was shown: nothing of it stays in memory.
  void ForgetFirstBoot();
  /// As clients reach them; known after Start.
  const Urls& urls() const;

 private:
  class Impl;
  explicit Platform(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace furrow::platform
