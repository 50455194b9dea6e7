// SPDX-License-Identifier: Apache-2.0
#include "platform/platform.h"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <thread>

#include <spdlog/spdlog.h>

#include "admin/socket_server.h"
#include "admin/whole.h"
#include "auth/authenticator.h"
#include "auth/devices.h"
#include "auth/directory.h"
#include "auth/rate_limiter.h"
#include "auth/secrets.h"
#include "auth/token.h"
#include "base/id.h"
#include "entities/core.h"
#include "entities/find.h"
#include "entities/queue_entries.h"
#include "entities/task_changes.h"
#include "json/text.h"
#include "platform/services.h"
#include "platform/space_alarm.h"
#include "platform/stores.h"
#include "platform/watchdog.h"
#include "store/blobs/blobs.h"
#include "webui/live.h"

namespace furrow::platform {
namespace {

constexpr auto kDrainPatience = std::chrono::seconds(10);
constexpr auto kWatchdogPeriod = std::chrono::seconds(30);
constexpr auto kSpacePeriod = std::chrono::seconds(5);
constexpr char kServerUidKey[] = "server_uid";

enum ListenerId { kApiListener, kFilesListener, kWebListener };

std::vector<std::string> SplitCommas(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    if (end > at) out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::string WithoutSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// How clients on this machine reach a port: an address that means "all" becomes loopback.
std::string LocalUrl(const Settings& settings, uint16_t port) {
  std::string host = settings.listen;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return std::string(settings.tls_certificate.empty() ? "http" : "https") + "://" + host + ":" +
         std::to_string(port);
}

// The server's own id, made at the first boot.
Result<std::string> ServerUid(store::Engine& engine) {
  FURROW_ASSIGN(auto kept, engine.Get(store::Family::kMeta, kServerUidKey));
  if (kept) return std::move(*kept);
  std::string uid = NewId();
  store::Batch batch;
  batch.Put(store::Family::kMeta, kServerUidKey, uid);
  FURROW_ASSIGN(const store::Ticket ticket, engine.Write(std::move(batch)));
  FURROW_TRY(engine.Sync(ticket));
  return uid;
}

// Agents without a queue of their own look for the default one; services run from the other.
Status EnsureQueues(entities::Core& core) {
  return core.docs.Transact([&](docs::Transaction& t) -> Status {
    const entities::Actor actor{"", core.clock.Now()};
    for (const auto& [name, tag] : {std::pair("default", "default"), std::pair("services", "")}) {
      FURROW_ASSIGN(auto existing, entities::FindQueue(t, name));
      if (existing) continue;
      json::Value fields;
      if (*tag) fields["system_tags"] = json::Array{tag};
      FURROW_ASSIGN(const json::Value made, entities::CreateQueue(t, core, actor, name, fields));
    }
    return {};
  });
}

// What the pages of the web UI are told about as it changes.
std::vector<webui::Live::Source> LiveSources() {
  return {{entities::kTractors, "tractors"}, {entities::kReleases, "releases"}};
}

// What server.config may tell: no file names of keys, no tokens.
json::Value PublicConfig(const Settings& settings) {
  json::Value out = json::Object{};
  for (const Setting& s : SettingsTable()) {
    const std::string_view key = s.key;
    if (key == "metrics_token" || key.starts_with("tls_")) continue;
    out[key] =
        s.kind == Kind::kText ? json::Value(settings.*s.text) : json::Value(settings.*s.number);
  }
  return out;
}

// Replaces a small file whole.
Status WriteFile(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".new";
  std::ofstream(temporary) << text;
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return Status(Code::kIoError, "cannot write " + path);
  }
  return {};
}

}  // namespace

class Platform::Impl {
 public:
  explicit Impl(Settings s) : settings(std::move(s)) {}
  ~Impl() { Stop(); }

  Status Open();
  Status Start();
  void Stop();

  Settings settings;
  auth::FirstBoot first_boot;
  std::unique_ptr<Front> front;

 private:
  void AddGauges();
  void WatchSpace();
  void SpaceLoop();
  void WatchdogLoop();
  http::ServerOptions HttpOptions() const;

  Stores stores_;
  auth::Secrets secrets_;
  std::unique_ptr<auth::Directory> directory_;
  std::unique_ptr<auth::TokenSigner> signer_;
  std::unique_ptr<auth::Devices> devices_;
  std::unique_ptr<auth::Authenticator> authenticator_;
  std::unique_ptr<auth::RequestLimits> limits_;
  std::unique_ptr<entities::Core> core_;
  std::unique_ptr<blobs::Store> blobs_;
  std::unique_ptr<files::Service> files_;
  std::unique_ptr<service::deletions::Worker> remover_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<api::Dispatcher> dispatcher_;
  std::unique_ptr<webui::Live> live_;
  Metrics metrics_;
  std::unique_ptr<http::Handler> api_handler_, files_handler_, web_handler_;
  std::unique_ptr<admin::SocketServer> admin_;
  std::unique_ptr<http::Server> server_;  ///< stops first: it calls everything above

  bool named_ = false;  ///< DIR/server.json is this process's

  std::unique_ptr<SpaceAlarm> space_;
  std::thread space_watch_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  ///< guarded by mutex_
  std::thread watchdog_;
};

Status Platform::Impl::Open() {
  FURROW_TRY(admin::CheckWhole(settings.data));
  const Clock& clock = SystemClock();
  const store::EngineOptions engine_options{.cache_bytes = static_cast<size_t>(settings.cache_mb)
                                                           << 20};
  FURROW_ASSIGN(stores_, Stores::Open(settings.data, engine_options, clock));
  FURROW_ASSIGN(secrets_, auth::Secrets::LoadOrCreate(settings.data));
  FURROW_ASSIGN(directory_, auth::Directory::Open(*stores_.docs,
                                                  {.company = entities::kCompanies,
                                                   .user = entities::kUsers,
                                                   .credential = entities::kCredentials,
                                                   .session = entities::kSessions},
                                                  secrets_, clock));
  FURROW_ASSIGN(first_boot, auth::Bootstrap(settings.data, *directory_, *stores_.engine));
  signer_ = std::make_unique<auth::TokenSigner>(secrets_.token_key);
  FURROW_ASSIGN(devices_, auth::Devices::Open(*stores_.docs, entities::kDevices, *directory_,
                                              secrets_, clock));
  authenticator_ =
      std::make_unique<auth::Authenticator>(*directory_, *signer_, clock, devices_.get());
  FURROW_ASSIGN(std::string uid, ServerUid(*stores_.engine));
  core_ = std::make_unique<entities::Core>(
      entities::Core{.docs = *stores_.docs,
                     .events = *stores_.events,
                     .clock = clock,
                     .company_id = directory_->company_id(),
                     .company_name = directory_->company_name(),
                     .server_uid = std::move(uid),
                     .files_url = WithoutSlash(settings.files_url)});
  core_->queues->SetLeaseTime(std::chrono::seconds(settings.queue_lease_s));
  FURROW_TRY(entities::OpenQueues(*core_));
  FURROW_TRY(EnsureQueues(*core_));
  FURROW_ASSIGN(blobs_, blobs::Store::Open(settings.data, clock));
  limits_ = std::make_unique<auth::RequestLimits>(clock, static_cast<double>(settings.session_rate),
                                                  static_cast<double>(settings.address_rate));
  files_ = std::make_unique<files::Service>(*blobs_, *authenticator_, clock, limits_.get());
  return stores_.engine->Sync();
}

http::ServerOptions Platform::Impl::HttpOptions() const {
  const auto cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  http::ServerOptions options;
  options.network_threads = std::max(1, cores / 2);
  options.pool_threads = settings.threads ? static_cast<int>(settings.threads) : std::max(4, cores);
  options.tls = {settings.tls_certificate, settings.tls_key};
  if (auto trusted = TrustedProxies(settings); trusted.ok()) {
    options.trusted_proxies = std::move(trusted).value();
  }
  return options;
}

Status Platform::Impl::Start() {
  server_ = std::make_unique<http::Server>(HttpOptions());
  // The origins hold the ports, which are known only once they are bound; requests come later.
  front = std::make_unique<Front>(*files_, metrics_, settings.metrics_token);
  api_handler_ = ApiHandler(*front);
  files_handler_ = FilesHandler(*front);
  web_handler_ = WebHandler(*front);
  struct Port {
    ListenerId id;
    int64_t wanted;
    http::Handler& handler;
    const std::string& public_url;
    std::string& url;
    const char* flag;
  };
  const Port ports[] = {
      {kApiListener, settings.api_port, *api_handler_, settings.api_url, front->urls.api,
       "--api-port"},
      {kFilesListener, settings.files_port, *files_handler_, settings.files_url, front->urls.files,
       "--files-port"},
      {kWebListener, settings.web_port, *web_handler_, settings.public_url, front->urls.web,
       "--web-port"},
  };
  json::Value bound = json::Object{{"pid", static_cast<int64_t>(getpid())}};
  for (const Port& port : ports) {
    auto listening = server_->Listen(port.id, {settings.listen, static_cast<uint16_t>(port.wanted)},
                                     port.handler);
    if (!listening.ok()) {
      return Status(listening.status().code(),
                    listening.status().message() + " (this one is chosen with " + port.flag + ")");
    }
    const std::string local = LocalUrl(settings, *listening);
    // "--api-port" is the flag of "api".
    const std::string_view flag = port.flag;
    bound["local"][flag.substr(2, flag.size() - 7)] = local;
    port.url = port.public_url.empty() ? local : WithoutSlash(port.public_url);
    if (port.id == kFilesListener) core_->more_files_urls.push_back(local);
    if (port.id == kWebListener) {
      core_->more_files_urls.push_back(local + "/files");
      core_->more_files_urls.push_back(port.url + "/files");
    }
  }
  bound["api"] = front->urls.api;
  bound["files"] = front->urls.files;
  bound["web"] = front->urls.web;
  core_->files_url = front->urls.files;

  api::DispatcherOptions options;
  options.origins = SplitCommas(settings.allowed_origins);
  for (const std::string& url : {front->urls.web, front->urls.api}) options.origins.push_back(url);
  files_->SetAllowedOrigins(options.origins);
  options.when_durable = [engine = stores_.engine.get()](std::function<void(Status)> then) {
    engine->OnDurable(engine->written(), std::move(then));
  };
  options.limits = limits_.get();
  options.report = [](std::string_view id, std::string_view name, const Status& status) {
    spdlog::error("{} {}: {}", name, id, status.ToString());
  };
  options.observe = [this](std::string_view name, int status, double seconds) {
    metrics_.Observe(name, status, seconds);
  };
  dispatcher_ =
      std::make_unique<api::Dispatcher>(*authenticator_, core_->clock, std::move(options));
  remover_ = std::make_unique<service::deletions::Worker>(*core_, *blobs_);
  services_ = std::make_unique<Services>(*core_, *directory_, *authenticator_, *devices_, *blobs_,
                                         *dispatcher_, PublicConfig(settings), *remover_);
  front->dispatcher = dispatcher_.get();
  webui::LiveOptions live_options;
  live_options.limits = limits_.get();
  live_ = std::make_unique<webui::Live>(core_->docs, *authenticator_, *directory_, core_->clock,
                                        LiveSources(), live_options);
  live_->Start();
  front->live = live_.get();
  WatchSpace();
  AddGauges();

  FURROW_ASSIGN(admin_,
                admin::SocketServer::Start(settings.data, *directory_, *stores_.engine, *blobs_));
  FURROW_TRY(server_->Start());
  front->ready = true;
  watchdog_ = std::thread([this] { WatchdogLoop(); });
  space_watch_ = std::thread([this] { SpaceLoop(); });
  remover_->Start();
  FURROW_TRY(WriteFile(settings.data + "/server.json", json::WritePretty(bound) + "\n"));
  named_ = true;
  return {};
}

void Platform::Impl::WatchSpace() {
  space_ = std::make_unique<SpaceAlarm>(
      settings.data, static_cast<uint64_t>(settings.low_space_mb) << 20,
      [engine = stores_.engine.get()] { return engine->Health(); },
      [](SpaceAlarm::Level level, const std::string& text) {
        if (level == SpaceAlarm::Level::kGood) return spdlog::info("{}", text);
        spdlog::warn("{}", text);
      });
  space_->Look();
  front->disk = space_->name();
}

void Platform::Impl::AddGauges() {
  metrics_.AddGauge("furrow_disk_free_bytes", "free space on the disk of the data directory",
                    [this] { return static_cast<double>(SpaceAlarm::Ask(settings.data).free); });
  metrics_.AddGauge("furrow_disk_bytes", "size of the disk of the data directory",
                    [this] { return static_cast<double>(SpaceAlarm::Ask(settings.data).total); });
  metrics_.AddGauge("furrow_disk_alarm", "0: room enough, 1: filling up, 2: writes are refused",
                    [this] { return static_cast<double>(static_cast<int>(space_->level())); });
  metrics_.AddGauge("furrow_store_disk_bytes", "bytes of sealed store files",
                    [this] { return static_cast<double>(stores_.engine->usage().disk_bytes); });
  metrics_.AddGauge("furrow_store_memory_bytes", "memory the store holds",
                    [this] { return static_cast<double>(stores_.engine->usage().memory_bytes); });
  metrics_.AddGauge("furrow_columns_bytes", "memory of the columns that queries are answered from",
                    [this] { return static_cast<double>(stores_.docs->usage().column_bytes); });
  metrics_.AddGauge("furrow_documents_cached_bytes", "memory of the documents read last",
                    [this] { return static_cast<double>(stores_.docs->usage().cache_bytes); });
  metrics_.AddGauge("furrow_events_unfolded_bytes", "events logged but not yet sealed in blocks",
                    [this] { return static_cast<double>(stores_.events->usage().unfolded_bytes); });
  metrics_.AddGauge("furrow_deletions_pending", "deletions noted and not yet carried out",
                    [this] { return static_cast<double>(remover_->progress().pending); });
  metrics_.AddGauge("furrow_deleted_files", "files deleted with what named them",
                    [this] { return static_cast<double>(remover_->progress().files); });
  metrics_.AddGauge("furrow_deleted_file_bytes", "bytes of those files",
                    [this] { return static_cast<double>(remover_->progress().bytes); });
  metrics_.AddGauge("furrow_deletions_put_off", "deletions that failed and are tried again",
                    [this] { return static_cast<double>(remover_->progress().failures); });
  metrics_.AddGauge("furrow_http_connections", "open connections",
                    [this] { return static_cast<double>(server_->stats().connections_open); });
  metrics_.AddGauge("furrow_http_refused", "connections and requests refused for overload",
                    [this] { return static_cast<double>(server_->stats().refused); });
}

void Platform::Impl::SpaceLoop() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kSpacePeriod, [this] { return stopping_; })) {
    space_->Look();
    front->disk = space_->name();
  }
}

void Platform::Impl::WatchdogLoop() {
  Watchdog dog(*core_, std::chrono::seconds(settings.task_timeout_s));
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kWatchdogPeriod, [this] { return stopping_; })) {
    lock.unlock();
    const auto round = dog.Look();
    if (!round.ok()) {
      spdlog::error("watchdog: {}", round.status().ToString());
    } else if (round->unreachable + round->back + round->stopped > 0) {
      spdlog::warn("watchdog: {} running tasks fell silent, {} are back, {} were stopped",
                   round->unreachable, round->back, round->stopped);
    }
    lock.lock();
  }
}

void Platform::Impl::Stop() {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  wake_.notify_all();
  if (front) front->ready = false;
  if (live_) live_->Stop();
  if (server_) server_->Drain(kDrainPatience);
  if (watchdog_.joinable()) watchdog_.join();
  if (space_watch_.joinable()) space_watch_.join();
  if (remover_) remover_->Stop();
  admin_.reset();
  server_.reset();
  // A start that failed because another server runs here must leave that one's.
  if (named_) std::remove((settings.data + "/server.json").c_str());
}

Platform::Platform(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Platform::~Platform() = default;

Result<std::unique_ptr<Platform>> Platform::Open(const Settings& settings) {
  auto impl = std::make_unique<Impl>(settings);
  FURROW_TRY(impl->Open());
  return std::unique_ptr<Platform>(new Platform(std::move(impl)));
}

Status Platform::Start() { return impl_->Start(); }
void Platform::Stop() { impl_->Stop(); }
const auth::FirstBoot& Platform::first_boot() const { return impl_->first_boot; }
void Platform::ForgetFirstBoot() {
  auth::Wipe(impl_->first_boot.password);
  auth::Wipe(impl_->first_boot.secret_key);
}
const Urls& Platform::urls() const { return impl_->front->urls; }

}  // namespace furrow::platform
