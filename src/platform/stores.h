// SPDX-License-Identifier: Apache-2.0
// The stores of one data directory, opened in the order they need each other.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "base/time.h"
#include "entities/run_metrics.h"
#include "store/docs/docs.h"
#include "store/events/events.h"
#include "store/kv/engine.h"

namespace furrow::platform {

struct Stores {
  std::unique_ptr<store::Engine> engine;
  std::unique_ptr<entities::RunMetrics> metrics;
  std::unique_ptr<docs::Store> docs;
  std::unique_ptr<events::Store> events;  ///< closed first: it folds into the engine

  /// Makes the directory when missing. Errors: kFailedPrecondition when another process holds it.
  static Result<Stores> Open(const std::string& data_dir, const store::EngineOptions& options,
                             const Clock& clock);
};

}  // namespace furrow::platform
