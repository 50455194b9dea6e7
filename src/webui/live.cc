// SPDX-License-Identifier: Apache-2.0
#include "webui/live.h"

#include <algorithm>

#include "auth/failure_limiter.h"
#include "json/text.h"

namespace furrow::webui {
namespace {

using std::chrono::steady_clock;

std::string Event(std::string_view name, std::string_view data) {
  std::string out = "event: ";
  out += name;
  out += "\ndata: ";
  out += data;
  out += "\n\n";
  return out;
}

http::Response Refusal(int status, const char* text) {
  http::Response response = http::Response::Text(status, text);
  if (status == 503 || status == 429) response.headers.Set("Retry-After", "5");
  return response;
}

}  // namespace

Live::Live(docs::Store& docs, auth::Authenticator& authenticator, auth::Directory& directory,
           const Clock& clock, std::vector<Source> sources, LiveOptions options)
    : docs_(docs),
      authenticator_(authenticator),
      directory_(directory),
      clock_(clock),
      sources_(std::move(sources)),
      options_(std::move(options)) {}

void Live::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Live::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const Listener& listener : listeners_) listener.feed->End();
    listeners_.clear();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

size_t Live::listeners() const {
  std::lock_guard lock(mutex_);
  return listeners_.size();
}

http::Response Live::Open(const http::RequestHead& head) {
  if (head.method != "GET") {
    http::Response response = Refusal(405, "only GET\n");
    response.headers.Set("Allow", "GET");
    return response;
  }
  const auto caller = authenticator_.Authenticate(head.headers, clock_.Now());
  if (options_.limits) {
    const bool within = caller.ok()
                            ? options_.limits->sessions.Take(caller->identity.session_id)
                            : options_.limits->addresses.Take(auth::FloodKey(head.peer_address));
    if (!within) return Refusal(429, "too many requests\n");
  }
  if (!caller.ok()) return Refusal(401, "sign in first\n");
  if (!auth::Allowed(caller->identity, auth::Permission::kRead)) return Refusal(403, "not yours\n");
  // A page of another origin could not read it, but could use up the session's streams.
  const std::string_view site = head.headers.Get("Sec-Fetch-Site");
  if (caller->by_cookie && !site.empty() && site != "same-origin" && site != "none") {
    return Refusal(403, "only for pages of this server\n");
  }
  auto claims = directory_.ClaimsFor(caller->identity);
  if (!claims.ok()) return Refusal(401, "sign in first\n");

  auto feed = std::make_shared<http::Feed>(options_.behind_max);
  feed->Push("retry: 1000\n" + Event("hello", std::to_string(clock_.Now())));
  http::Response response;
  response.headers.Set("Content-Type", "text/event-stream");
  response.headers.Set("Cache-Control", "no-store");
  response.headers.Set("X-Content-Type-Options", "nosniff");
  response.headers.Set("X-Accel-Buffering", "no");  // nginx: pass it on as it comes
  response.feed = http::Feed::ForReader(feed);
  {
    std::lock_guard lock(mutex_);
    listeners_.remove_if([](const Listener& l) { return !l.feed->open(); });
    const auto mine = std::count_if(listeners_.begin(), listeners_.end(), [&](const Listener& l) {
      return l.claims.session_id == claims->session_id;
    });
    if (stopping_ || listeners_.size() >= options_.listeners_max ||
        static_cast<size_t>(mine) >= options_.session_listeners_max) {
      return Refusal(503, "too many pages are open\n");
    }
    listeners_.push_back(
        {std::move(feed), std::move(claims).value(), clock_.Steady() + options_.life});
  }
  wake_.notify_all();
  return response;
}

void Live::Loop() {
  auto next_beat = steady_clock::now() + options_.beat;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (listeners_.empty()) {
      wake_.wait(lock, [this] { return stopping_ || !listeners_.empty(); });
    } else {
      wake_.wait_for(lock, options_.tick, [this] { return stopping_; });
    }
    if (stopping_) return;
    lock.unlock();
    const auto now = steady_clock::now();
    const bool beat = now >= next_beat;
    if (beat) next_beat = now + options_.beat;
    Tick(beat);
    lock.lock();
  }
}

/// The members of the event, or "" when nothing changed.
std::string Live::Changes() {
  json::Value out = json::Object{};
  bool any = false;
  for (const Source& source : sources_) {
    std::vector<std::string> ids = docs_.TakeWritten(source.collection);
    if (ids.empty()) continue;
    any = true;
    if (ids.size() > options_.names_max) {
      out[source.name] = "all";
      continue;
    }
    std::sort(ids.begin(), ids.end());
    out[source.name] = json::Array(ids.begin(), ids.end());
  }
  return any ? json::Write(out) : std::string();
}

bool Live::Stands(const Listener& listener) const {
  if (clock_.Steady() >= listener.until) return false;
  const auto identity = directory_.Resolve(listener.claims);
  return identity.ok() && auth::Allowed(*identity, auth::Permission::kRead);
}

void Live::Tick(bool beat) {
  std::string text;
  if (const std::string changes = Changes(); !changes.empty()) text = Event("changed", changes);
  if (beat) text += Event("beat", std::to_string(clock_.Now()));
  std::lock_guard lock(mutex_);
  listeners_.remove_if([&](const Listener& listener) {
    if (!Stands(listener)) listener.feed->End();
    return text.empty() ? !listener.feed->open() : !listener.feed->Push(text);
  });
}

}  // namespace furrow::webui
