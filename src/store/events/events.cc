// SPDX-License-Identifier: Apache-2.0
#include "store/events/events.h"

#include "store/events/store.h"

namespace furrow::events {

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::Open(store::Engine& engine, const Clock& clock,
                                           const Options& options) {
  auto impl = std::make_unique<Impl>(engine, clock, options);
  if (Status status = impl->Recover(); !status.ok()) {
    impl->Abandon();
    return status.With("opening the event store");
  }
  impl->Start();
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Result<bool> Store::Append(const std::vector<OwnerBatch>& batches, const AppendOptions& options) {
  return impl_->Append(batches, options);
}

std::shared_ptr<const OwnerStats> Store::Stats(std::string_view owner) const {
  return impl_->Stats(owner);
}

Status Store::CheckStats(std::string_view owner) const {
  return impl_->Visit(owner, [](OwnerState&) {})
      .With("the statistics of " + std::string(owner) + " cannot be read");
}

Status Store::ForEachStats(
    const std::function<bool(const std::string&, const OwnerStats&)>& visit) const {
  return impl_->ForEachStats(visit);
}

std::vector<std::string> Store::TakeReported() { return impl_->TakeReported(); }

void Store::OnStatsChanged(std::function<void(std::string_view)> listener) {
  impl_->listener = std::move(listener);
}

Result<std::vector<SeriesName>> Store::Series(std::string_view owner) const {
  std::vector<SeriesName> names;
  FURROW_TRY(impl_->Visit(owner, [&](OwnerState& state) {
    for (const SeriesState& s : state.series()) {
      if (s.curve) names.push_back({s.stats.metric, s.stats.variant, s.stats.x_axis_label});
    }
  }));
  return names;
}

Result<std::vector<Store::Single>> Store::SingleValues(std::string_view owner) const {
  std::vector<Single> singles;
  FURROW_TRY(impl_->Visit(owner, [&](OwnerState& state) {
    for (const SeriesState& s : state.series()) {
      if (!s.single) continue;
      singles.push_back({s.stats.metric, s.stats.variant, s.single_value, s.single_time_ms});
    }
  }));
  return singles;
}

Result<uint64_t> Store::LogCount(std::string_view owner) const {
  uint64_t lines = 0;
  FURROW_TRY(impl_->Visit(owner, [&](OwnerState& state) { lines = state.lines(); }));
  return lines;
}

void Store::Delete(std::string_view owner, store::Batch& batch) { impl_->Delete(owner, batch); }
void Store::Forget(std::string_view owner) { impl_->Forget(owner); }

Result<uint64_t> Store::DeleteLogs(std::string_view owner, std::optional<int64_t> before_ms) {
  return impl_->DeleteLogs(owner, before_ms);
}

Store::Usage Store::usage() const { return impl_->usage(); }
Status Store::Fold() { return impl_->Fold(); }

}  // namespace furrow::events
