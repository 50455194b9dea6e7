// SPDX-License-Identifier: Apache-2.0
// What keeps open pages up to date: a stream of server-sent events per page (docs/web.md) that says
// which documents changed. It carries no documents: the page asks the API for them, so that who may
// see what is decided in one place.
#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "auth/authenticator.h"
#include "auth/directory.h"
#include "auth/rate_limiter.h"
#include "base/time.h"
#include "http/feed.h"
#include "http/message.h"
#include "store/docs/docs.h"

namespace furrow::webui {

struct LiveOptions {
  size_t listeners_max = 256;                 ///< beyond: 503
  size_t session_listeners_max = 8;           ///< of one session; beyond: 503
  std::chrono::milliseconds tick{200};        ///< how often changes are gathered and told
  std::chrono::milliseconds beat{5000};       ///< how often a quiet stream says that it lives
  std::chrono::milliseconds life{3'600'000};  ///< then a page opens it anew, with a token as good
  size_t names_max = 500;                     ///< more changes at once are told as "all"
  size_t behind_max = http::Feed::kBytesMax;  ///< bytes a listener may be behind
  auth::RequestLimits* limits = nullptr;      ///< outlives it; null: no bound
};

/// Thread-safe.
class Live {
 public:
  /// A collection and what its documents are called in the stream. It must be nobody else's to take
  /// the written ids of.
  struct Source {
    docs::CollectionId collection = 0;
    std::string name;
  };

  /// All outlive it.
  Live(docs::Store& docs, auth::Authenticator& authenticator, auth::Directory& directory,
       const Clock& clock, std::vector<Source> sources, LiveOptions options = {});
  ~Live() { Stop(); }
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  void Start();
  /// Ends every stream. Idempotent.
  void Stop();

  /// The answer to GET /live/fleet: a stream, or 401, 403, 405, 429 or 503.
  http::Response Open(const http::RequestHead& head);

  size_t listeners() const;

 private:
  struct Listener {
    std::shared_ptr<http::Feed> feed;
    auth::Claims claims;  ///< what it signed in with; asked again at every tick
    std::chrono::steady_clock::time_point until;
  };

  void Loop();
  void Tick(bool beat);
  std::string Changes();
  bool Stands(const Listener& listener) const;

  docs::Store& docs_;
  auth::Authenticator& authenticator_;
  auth::Directory& directory_;
  const Clock& clock_;
  const std::vector<Source> sources_;
  const LiveOptions options_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;          ///< guarded by mutex_
  std::list<Listener> listeners_;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace furrow::webui
