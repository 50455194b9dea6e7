// SPDX-License-Identifier: Apache-2.0
// The event store: what a run reports, kept per owner (a run or a model) and, within it, per
// metric and variant.
//
// A request's events are appended to the log as they came, as one record, and are visible and
// durable with it; they are folded into sealed, compressed column blocks later. Running statistics
// per series are kept in memory, written behind, and rebuilt from the log after a crash: they can
// never disagree with the points. Design: docs/store.md; bytes: docs/formats/.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/time.h"
#include "store/kv/engine.h"

namespace furrow::events {

/// Iteration of a single value: outside every curve.
inline constexpr int64_t kSingleValueIter = -2147483648LL;

struct Scalar {
  std::string_view metric, variant;
  int64_t iter = 0;
  int64_t time_ms = 0;            ///< since 1970 UTC
  double value = 0;               ///< may be NaN or infinite
  std::string_view x_axis_label;  ///< usually empty
};

struct LogLine {
  int64_t time_ms = 0;
  std::string_view level, worker, text;
};

enum class RichType : uint8_t { kImage = 1, kPlot = 2, kVector = 3 };

struct Rich {
  RichType type = RichType::kPlot;
  std::string_view metric, variant, key;
  int64_t iter = 0;
  int64_t time_ms = 0;
  std::string_view json;  ///< the event as it will be given back
};

/// All events of one owner in one request; views into the request's buffer.
struct OwnerBatch {
  std::string_view owner;   ///< 32 hex
  std::string_view worker;  ///< of the scalars
  std::vector<Scalar> scalars;
  std::vector<LogLine> logs;
  std::vector<Rich> rich;
};

/// Running statistics of one series, over every point accepted, single values too. `value` is the
/// last by (iteration, time), the later accepted of equals; `first` the first accepted; `min`,
/// `max` (the first of equals) and `sum` pass over NaN, and min and max are NaN when there is
/// nothing else.
struct SeriesStats {
  std::string metric, variant, x_axis_label;
  double value = 0, min = 0, max = 0, first = 0, sum = 0;
  int64_t iter = 0, min_iter = 0, max_iter = 0, first_iter = 0, time_ms = 0;
  int64_t count = 0;  ///< points accepted
};

/// What is known of an owner without reading a point.
struct OwnerStats {
  std::vector<SeriesStats> series;  ///< at most kSeriesMax, in order of arrival
  std::optional<int64_t> last_iteration;
  Micros last_event = 0;  ///< wall time of the last accepted batch
  /// Per metric, per kind of event: wall time of the last accepted. At most kKindsMax.
  struct MetricKind {
    std::string metric;
    uint8_t kind;
    Micros last;
  };
  std::vector<MetricKind> kinds;
};
inline constexpr size_t kSeriesMax = 2000;
inline constexpr size_t kKindsMax = 2 * kSeriesMax;
/// MetricKind::kind of scalars; that of rich events is their RichType.
inline constexpr uint8_t kScalarKind = 0;

struct AppendOptions {
  /// Metrics that do not move last_iteration.
  std::function<bool(std::string_view metric)> is_monitor;
  /// 16 bytes naming body and sender: a batch seen within ten minutes is not applied again.
  /// Empty: never taken for a repeat.
  std::string replay_key;
  /// Further changes that are written with the events, all or none; for docs::Transaction::WriteBy.
  /// Moved from. A repeat leaves them out, so there must be no replay_key.
  store::Batch* together = nullptr;
};

struct Points {
  std::vector<int64_t> iter, time_ms;
  std::vector<double> value;
  size_t size() const { return iter.size(); }
};

struct SeriesName {
  std::string metric, variant, x_axis_label;
};

struct StoredScalar {
  int64_t iter, time_ms;
  double value;
  std::string worker;
};
struct StoredLog {
  int64_t time_ms;
  uint64_t sequence;
  std::string level, worker, text;
};
struct StoredRich {
  std::string metric, variant, key;
  int64_t iter, time_ms;
  std::string json;
};

/// What bounds memory, the restart after a kill, and the work of folding.
struct Options {
  /// Log bytes not yet folded beyond which a fold starts. At four times this Append refuses.
  uint64_t unfolded_bytes_max = 16u << 20;
  uint64_t unfolded_points_max = 1'000'000;    ///< 32 bytes each in memory
  std::chrono::seconds unfolded_age_max{300};  ///< a point waits no longer in the log
  std::chrono::seconds quiet{10};              ///< after so long without an append all is folded
  std::chrono::seconds owner_idle{15};         ///< a folded owner leaves memory after this
  size_t owners_bytes_max = 64u << 20;         ///< or earlier, when owners take more together
  size_t fold_owners_per_write = 256;
  bool background = true;     ///< false: folds only when told, for tests
  bool fold_on_close = true;  ///< false: closes as a kill would, for tests
  /// Called before each write of a fold; an error stops the fold there. For tests.
  std::function<Status()> before_fold_write;
};

/// A curve as it was when it was opened, read without holding it whole. Sorted by iteration, one
/// point per iteration (the last accepted), without single values. Not thread-safe; its store
/// outlives it.
class CurveReader {
 public:
  ~CurveReader();
  CurveReader(CurveReader&&) noexcept;
  CurveReader& operator=(CurveReader&&) noexcept;
  size_t size() const;  ///< points, never 0
  int64_t iter_first() const;
  int64_t iter_last() const;
  /// Calls `visit` with some thousand points at a time. Errors: kCorruption.
  using Visit = std::function<void(std::span<const int64_t> iter, std::span<const double> value)>;
  Status ForEach(const Visit& visit);

 private:
  friend class Store;
  struct Rep;
  explicit CurveReader(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

/// One bucket of the pyramid: exact extremes, so a peak is never averaged away.
struct Bucket {
  int64_t iter_first, iter_last;
  double min, max, mean;
  int64_t count;
};

/// Thread-safe.
class Store {
 public:
  /// Replays what the log holds since the last fold.
  /// `engine` and `clock` outlive the store. Errors: kCorruption when a log record is damaged.
  static Result<std::unique_ptr<Store>> Open(store::Engine& engine, const Clock& clock,
                                             const Options& options = {});
  ~Store();  ///< folds what is left and stops its thread

  /// Applies all or nothing; visible on return, durable as the engine says. Returns false when the
  /// batch was a repeat and was not applied again. Scalars of one (owner, metric, variant,
  /// iteration) and rich events of one (owner, type, metric, variant, iteration, key): the last
  /// wins. Logs always append. A new series beyond kSeriesMax keeps its points but gets no stats.
  /// Errors: kInvalidArgument for an owner that is no id, kResourceExhausted when folding lags
  /// behind or an owner has too many series, else the engine's.
  Result<bool> Append(const std::vector<OwnerBatch>& batches, const AppendOptions& options);

  /// nullptr when the owner has none, or none that can be read: CheckStats tells. A snapshot.
  std::shared_ptr<const OwnerStats> Stats(std::string_view owner) const;
  /// kCorruption when the owner has statistics that cannot be read.
  Status CheckStats(std::string_view owner) const;
  /// Statistics of every owner that has some, in no order, without keeping them in memory. Return
  /// false to stop.
  Status ForEachStats(
      const std::function<bool(const std::string& owner, const OwnerStats&)>& visit) const;
  /// Owners of whom a batch was accepted since this was last called; the first call begins to note
  /// them.
  std::vector<std::string> TakeReported();
  /// Called after statistics of an owner changed (for DerivedFields columns). Set once, before use.
  void OnStatsChanged(std::function<void(std::string_view owner)> listener);

  /// Series with at least one point that is no single value.
  Result<std::vector<SeriesName>> Series(std::string_view owner) const;
  /// nullopt when there is no such curve.
  Result<std::optional<CurveReader>> OpenCurve(std::string_view owner, std::string_view metric,
                                               std::string_view variant) const;
  /// As what OpenCurve reads, with times and at once. Empty when there is none.
  Result<Points> Curve(std::string_view owner, std::string_view metric,
                       std::string_view variant) const;
  /// The raw points in order of iteration for paging: those after `after_iter` (or before, when
  /// descending), at most `limit`.
  Result<std::vector<StoredScalar>> Scalars(std::string_view owner, std::string_view metric,
                                            std::string_view variant,
                                            std::optional<int64_t> after_iter, size_t limit,
                                            bool descending) const;
  /// At most `buckets_max` buckets over the curve's iterations from low to high, from the pyramid
  /// where it suffices.
  Result<std::vector<Bucket>> Pyramid(std::string_view owner, std::string_view metric,
                                      std::string_view variant, int64_t low, int64_t high,
                                      size_t buckets_max) const;
  struct Single {
    std::string metric, variant;
    double value;
    int64_t time_ms;
  };
  Result<std::vector<Single>> SingleValues(std::string_view owner) const;

  /// Lines by (time, sequence) from `from` on, forwards or back. `whole_ms`: never stops within one
  /// millisecond, so the answer may be longer than `limit`.
  Result<std::vector<StoredLog>> Logs(std::string_view owner, std::optional<int64_t> from_ms,
                                      bool forwards, size_t limit, bool whole_ms) const;
  Result<uint64_t> LogCount(std::string_view owner) const;

  /// Every (metric, variant) of a type with its lowest and highest iteration.
  struct RichSeries {
    std::string metric, variant;
    int64_t iter_min, iter_max;
  };
  Result<std::vector<RichSeries>> RichIndex(std::string_view owner, RichType type) const;
  /// Events of one metric and variant (no variant: all of the metric's), newest iteration first,
  /// those with iteration <= `from`, of at most `iterations_max` iterations. With `oldest_first`
  /// the other way round: those with iteration >= `from`.
  Result<std::vector<StoredRich>> RichEvents(std::string_view owner, RichType type,
                                             std::string_view metric,
                                             std::optional<std::string_view> variant,
                                             std::optional<int64_t> from, size_t iterations_max,
                                             bool oldest_first = false) const;
  /// How many events of a type there are, counted no further than `most`.
  Result<uint64_t> RichCount(std::string_view owner, RichType type, uint64_t most) const;

  /// Adds to `batch` the deletion of all events of the owner; readers stop seeing them once that
  /// batch is written and Forget is called, both under the caller's lock.
  void Delete(std::string_view owner, store::Batch& batch);
  void Forget(std::string_view owner);

  /// Deletes log lines of an owner older than `before_ms` (all when nullopt). Returns how many.
  Result<uint64_t> DeleteLogs(std::string_view owner, std::optional<int64_t> before_ms);

  /// points: accepted since the store was opened.
  struct Usage {
    uint64_t points = 0, memory_bytes = 0, unfolded_bytes = 0, owners_loaded = 0;
  };
  Usage usage() const;
  /// Seals everything now; for a clean stop and for tests.
  Status Fold();

  class Impl;  ///< store.h, for the module's own files

 private:
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace furrow::events
