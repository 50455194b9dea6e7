// SPDX-License-Identifier: Apache-2.0
#include "platform/stores.h"

#include <filesystem>

#include <spdlog/spdlog.h>

#include "entities/core.h"

namespace furrow::platform {

Result<Stores> Stores::Open(const std::string& data_dir, const store::EngineOptions& options,
                            const Clock& clock) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(data_dir, error);
  if (error) return Status(Code::kIoError, data_dir + ": " + error.message());
  if (made) {
    std::filesystem::permissions(data_dir, std::filesystem::perms::owner_all, error);
  }
  Stores s;
  FURROW_ASSIGN(s.engine, store::Engine::Open(data_dir + "/store", options));
  if (!s.engine->opening_note().empty()) spdlog::warn("store: {}", s.engine->opening_note());
  s.metrics = std::make_unique<entities::RunMetrics>();
  s.docs = std::make_unique<docs::Store>(*s.engine,
                                         entities::Collections(s.metrics.get(), s.metrics.get()));
  FURROW_ASSIGN(s.events, events::Store::Open(*s.engine, clock));
  s.metrics->Attach(s.events.get());
  s.events->OnStatsChanged([docs = s.docs.get()](std::string_view owner) {
    docs->Touch(entities::kTasks, owner);
    docs->Touch(entities::kModels, owner);
  });
  return s;
}

}  // namespace furrow::platform
