// SPDX-License-Identifier: Apache-2.0
#include "platform/metrics.h"

#include <map>
#include <mutex>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace furrow::platform {

class Metrics::Impl {
 public:
  struct PerEndpoint {
    prometheus::Histogram* seconds = nullptr;
    std::map<int, prometheus::Counter*> by_status;
  };
  struct Reader {
    prometheus::Gauge* gauge;
    std::function<double()> read;
  };

  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      prometheus::BuildCounter()
          .Name("furrow_api_requests_total")
          .Help("API calls answered, by endpoint and HTTP status")
          .Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds =
      prometheus::BuildHistogram()
          .Name("furrow_api_request_seconds")
          .Help("Time from the call's arrival to its durable answer")
          .Register(registry);
  std::mutex mutex;
  std::map<std::string, PerEndpoint, std::less<>> endpoints;
  std::vector<Reader> readers;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::Observe(std::string_view endpoint, int status, double seconds) {
  // Names a client made up must not become series of ours.
  if (status == 404 || endpoint.empty()) endpoint = "unknown";
  prometheus::Histogram* histogram;
  prometheus::Counter* counter;
  {
    std::lock_guard lock(impl_->mutex);
    auto it = impl_->endpoints.find(endpoint);
    if (it == impl_->endpoints.end()) {
      it = impl_->endpoints.emplace(std::string(endpoint), Impl::PerEndpoint{}).first;
      it->second.seconds = &impl_->seconds.Add(
          {{"endpoint", it->first}}, prometheus::Histogram::BucketBoundaries{
                                         0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5});
    }
    auto& slot = it->second.by_status[status];
    if (!slot) {
      slot = &impl_->requests.Add({{"endpoint", it->first}, {"status", std::to_string(status)}});
    }
    counter = slot;
    histogram = it->second.seconds;
  }
  counter->Increment();
  histogram->Observe(seconds);
}

void Metrics::AddGauge(const std::string& name, const std::string& help,
                       std::function<double()> read) {
  auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
  impl_->readers.push_back({&family.Add({}), std::move(read)});
}

std::string Metrics::Text() {
  for (auto& reader : impl_->readers) reader.gauge->Set(reader.read());
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace furrow::platform
