// SPDX-License-Identifier: Apache-2.0
// What each port answers: the API port, the files port, and the web port, which carries both under
// /api and /files, the pages of the web UI, their live stream, and a plain page of its own.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "api/dispatcher.h"
#include "files/service.h"
#include "http/server.h"
#include "platform/metrics.h"
#include "webui/live.h"

namespace furrow::platform {

struct Urls {
  std::string web, api, files;
};

/// Shared by the three handlers.
struct Front {
  Front(files::Service& f, Metrics& m, std::string token)
      : files(f), metrics(m), metrics_token(std::move(token)) {}

  api::Dispatcher* dispatcher = nullptr;  ///< set before Start
  webui::Live* live = nullptr;            ///< set before Start
  files::Service& files;
  Metrics& metrics;
  const std::string metrics_token;
  Urls urls;  ///< public ones, set before Start
  std::atomic<bool> ready{false};
  std::atomic<const char*> disk{"good"};  ///< "low": filling up; "full": writes are refused
};

std::unique_ptr<http::Handler> ApiHandler(Front& front);
std::unique_ptr<http::Handler> FilesHandler(Front& front);
std::unique_ptr<http::Handler> WebHandler(Front& front);

/// The page at the web port's root: what runs here and how to connect an SDK.
std::string WelcomePage(const Urls& urls);
extern const std::string_view kStyle;

}  // namespace furrow::platform
