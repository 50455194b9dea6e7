// SPDX-License-Identifier: Apache-2.0
// A long random history against a naive oracle, with folds, kills and deletions at random points:
// after every step of it the store must say exactly what the oracle says.
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "store/events/test_store.h"

namespace furrow::events {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Every event ever accepted, and answers worked out from all of them each time.
struct OracleOwner {
  struct Point {
    std::string metric, variant, worker;
    int64_t iter, time_ms;
    double value;
  };
  struct Line {
    int64_t time_ms;
    std::string text;
  };
  std::vector<Point> points;
  std::vector<Line> lines;  // in order of acceptance
  std::map<std::tuple<int, std::string, std::string, int64_t, std::string>, std::string> rich;
  std::optional<int64_t> last_iteration;

  std::map<int64_t, Point> Curve(const std::string& metric, const std::string& variant) const {
    std::map<int64_t, Point> out;
    for (const Point& p : points) {
      if (p.metric == metric && p.variant == variant && p.iter != kSingleValueIter) out[p.iter] = p;
    }
    return out;
  }
  bool Empty() const { return points.empty() && lines.empty() && rich.empty(); }
};

bool SameNumber(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

class Model {
 public:
  explicit Model(uint64_t seed) : random_(seed) {
    for (int i = 0; i < 5; ++i)
      owners_.push_back(std::string(31, 'a') + static_cast<char>('0' + i));
    for (int i = 0; i < 4; ++i)
      metrics_.push_back(i == 3 ? ":monitor:gpu" : "metric " + std::to_string(i));
    variants_ = {"", "train", std::string("nul\0byte", 8)};
  }

  void Step() {
    const std::string& owner = Pick(owners_);
    switch (random_() % 40) {
      case 0:
      case 10:
        s_.Kill();
        break;
      case 1:
        s_.Reopen();
        break;
      case 2:
      case 3:
      case 4:
        ASSERT_TRUE(s_.store().Fold().ok());
        break;
      case 5:
        s_.Delete(owner);
        oracle_[owner] = {};
        break;
      case 8:
      case 9:
        s_.FoldUntil(static_cast<int>(random_() % 6));
        break;
      case 6:
        DeleteLines(owner);
        break;
      case 7:
        AppendMany(owner);
        break;
      default:
        AppendSome(owner);
        break;
    }
    ++steps_;
  }

  void CheckAll() {
    for (const std::string& owner : owners_) Check(owner, oracle_[owner]);
  }
  void CheckOne() {
    const std::string& owner = Pick(owners_);
    Check(owner, oracle_[owner]);
  }

 private:
  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[random_() % from.size()];
  }

  double Value() {
    switch (random_() % 12) {
      case 0:
        return kNaN;
      case 1:
        return std::numeric_limits<double>::infinity();
      case 2:
        return -0.0;
      case 3:
        return std::bit_cast<double>(random_());
      case 4:
      case 5:
        return static_cast<float>(random_() % 1000) * 0.1f;
      default:
        return static_cast<double>(random_() % 100'000) / 1e4;
    }
  }

  void Accept(const std::string& owner, const OwnerBatch& batch) {
    OracleOwner& o = oracle_[owner];
    auto moved = [&](std::string_view metric, int64_t iter) {
      if (iter == kSingleValueIter || metric.starts_with(":monitor:")) return;
      o.last_iteration = std::max(o.last_iteration.value_or(iter), iter);
    };
    for (const Scalar& s : batch.scalars) {
      o.points.push_back({std::string(s.metric), std::string(s.variant), std::string(batch.worker),
                          s.iter, s.time_ms, s.value});
      moved(s.metric, s.iter);
    }
    for (const LogLine& l : batch.logs) o.lines.push_back({l.time_ms, std::string(l.text)});
    for (const Rich& r : batch.rich) {
      o.rich[{static_cast<int>(r.type), std::string(r.metric), std::string(r.variant), r.iter,
              std::string(r.key)}] = r.json;
      moved(r.metric, r.iter);
    }
  }

  void AppendSome(const std::string& owner) {
    std::vector<std::string> texts;
    for (int i = 0; i < 20; ++i) texts.push_back("text " + std::to_string(random_()));
    std::vector<OwnerBatch> batches(1 + random_() % 2);
    std::vector<std::string> names = {owner, Pick(owners_)};
    for (size_t b = 0; b < batches.size(); ++b) {
      OwnerBatch& batch = batches[b];
      batch.owner = names[b];
      batch.worker = random_() % 5 == 0 ? "other worker" : "worker";
      int64_t base = static_cast<int64_t>(random_() % 300);
      for (size_t i = random_() % 60; i > 0; --i) {
        const int64_t iter = random_() % 25 == 0    ? kSingleValueIter
                             : random_() % 100 == 0 ? static_cast<int64_t>(random_())
                                                    : base++;
        batch.scalars.push_back({Pick(metrics_), Pick(variants_), iter,
                                 static_cast<int64_t>(random_() % 1'000'000), Value(), ""});
      }
      for (size_t i = random_() % 4; i > 0; --i) {
        batch.logs.push_back({static_cast<int64_t>(random_() % 50) - 10, "info", "w", Pick(texts)});
      }
      for (size_t i = random_() % 3; i > 0; --i) {
        batch.rich.push_back({static_cast<RichType>(1 + random_() % 3), Pick(metrics_),
                              Pick(variants_), random_() % 2 == 0 ? "" : "key",
                              static_cast<int64_t>(random_() % 20) - 5, 7, Pick(texts)});
      }
    }
    const auto applied = s_.store().Append(batches, TestStore::Monitors());
    ASSERT_TRUE(applied.ok()) << applied.status().ToString();
    for (size_t b = 0; b < batches.size(); ++b) Accept(names[b], batches[b]);
  }

  // Enough of one series to fill blocks.
  void AppendMany(const std::string& owner) {
    OwnerBatch batch;
    batch.owner = owner;
    batch.worker = "worker";
    const auto base = static_cast<int64_t>(random_() % 20'000);
    for (int64_t i = 0; i < static_cast<int64_t>(random_() % 12'000); ++i) {
      batch.scalars.push_back({metrics_[0], variants_[1], base + i, 100 * i,
                               static_cast<float>(random_() % 1000) * 0.001f, ""});
    }
    const auto applied = s_.store().Append({batch}, TestStore::Monitors());
    ASSERT_TRUE(applied.ok());
    Accept(owner, batch);
  }

  void DeleteLines(const std::string& owner) {
    const auto before = random_() % 3 == 0
                            ? std::nullopt
                            : std::optional<int64_t>(static_cast<int64_t>(random_() % 40) - 10);
    auto& lines = oracle_[owner].lines;
    const auto count =
        std::erase_if(lines, [&](const auto& line) { return !before || line.time_ms < *before; });
    const auto deleted = s_.store().DeleteLogs(owner, before);
    ASSERT_TRUE(deleted.ok());
    EXPECT_EQ(*deleted, count);
  }

  void Check(const std::string& owner, const OracleOwner& o) {
    SCOPED_TRACE("owner " + owner + " after " + std::to_string(steps_) + " steps");
    CheckStats(owner, o);
    for (const auto& metric : metrics_) {
      for (const auto& variant : variants_) CheckCurve(owner, o, metric, variant);
    }
    CheckLines(owner, o);
    CheckRich(owner, o);
  }

  void CheckStats(const std::string& owner, const OracleOwner& o) {
    const auto stats = s_.store().Stats(owner);
    if (stats == nullptr) {
      EXPECT_TRUE(o.points.empty() && o.lines.empty() && o.rich.empty());
      return;
    }
    EXPECT_EQ(stats->last_iteration, o.last_iteration);
    std::set<std::pair<std::string, std::string>> names;
    for (const auto& p : o.points) names.emplace(p.metric, p.variant);
    ASSERT_EQ(stats->series.size(), names.size());
    for (const SeriesStats& s : stats->series) {
      SeriesStats want;
      want.min = want.max = kNaN;
      for (const auto& p : o.points) {
        if (p.metric != s.metric || p.variant != s.variant) continue;
        if (want.count == 0) {
          want.first = p.value;
          want.first_iter = p.iter;
        }
        if (want.count == 0 || std::pair(p.iter, p.time_ms) >= std::pair(want.iter, want.time_ms)) {
          want.value = p.value;
          want.iter = p.iter;
          want.time_ms = p.time_ms;
        }
        ++want.count;
        if (std::isnan(p.value)) continue;
        if (std::isnan(want.min) || p.value < want.min) {
          want.min = p.value;
          want.min_iter = p.iter;
        }
        if (std::isnan(want.max) || p.value > want.max) {
          want.max = p.value;
          want.max_iter = p.iter;
        }
        want.sum += p.value;
      }
      EXPECT_EQ(s.count, want.count);
      EXPECT_TRUE(SameNumber(s.value, want.value)) << s.value << " " << want.value;
      EXPECT_EQ(s.iter, want.iter);
      EXPECT_EQ(s.time_ms, want.time_ms);
      EXPECT_TRUE(SameNumber(s.first, want.first));
      EXPECT_EQ(s.first_iter, want.first_iter);
      EXPECT_TRUE(SameNumber(s.min, want.min)) << s.min << " " << want.min;
      EXPECT_TRUE(SameNumber(s.max, want.max));
      EXPECT_EQ(s.min_iter, want.min_iter);
      EXPECT_EQ(s.max_iter, want.max_iter);
      EXPECT_TRUE(SameNumber(s.sum, want.sum) || (std::isnan(s.sum) && std::isnan(want.sum)));
    }
  }

  void CheckCurve(const std::string& owner, const OracleOwner& o, const std::string& metric,
                  const std::string& variant) {
    const auto want = o.Curve(metric, variant);
    const auto curve = s_.store().Curve(owner, metric, variant);
    ASSERT_TRUE(curve.ok()) << curve.status().ToString();
    ASSERT_EQ(curve->size(), want.size()) << metric << "/" << variant;
    size_t i = 0;
    for (const auto& [iter, p] : want) {
      ASSERT_EQ(curve->iter[i], iter);
      ASSERT_EQ(curve->time_ms[i], p.time_ms);
      ASSERT_TRUE(SameNumber(curve->value[i], p.value));
      ++i;
    }
    CheckReader(owner, metric, variant, *curve);
    const bool descending = random_() % 2 == 0;
    const auto after = static_cast<int64_t>(random_() % 20'000);
    const size_t limit = 1 + random_() % 3000;
    const auto page = s_.store().Scalars(owner, metric, variant, after, limit, descending);
    ASSERT_TRUE(page.ok());
    std::vector<const OracleOwner::Point*> expected;
    for (const auto& [iter, p] : want) {
      if (descending ? iter < after : iter > after) expected.push_back(&p);
    }
    if (descending) std::reverse(expected.begin(), expected.end());
    ASSERT_EQ(page->size(), std::min(limit, expected.size()));
    for (size_t k = 0; k < page->size(); ++k) {
      ASSERT_EQ((*page)[k].iter, expected[k]->iter);
      ASSERT_EQ((*page)[k].worker, expected[k]->worker);
      ASSERT_TRUE(SameNumber((*page)[k].value, expected[k]->value));
    }
    CheckBuckets(owner, metric, variant, want);
  }

  void CheckReader(const std::string& owner, const std::string& metric, const std::string& variant,
                   const Points& want) {
    auto reader = s_.store().OpenCurve(owner, metric, variant);
    ASSERT_TRUE(reader.ok()) << reader.status().ToString();
    ASSERT_EQ(reader->has_value(), want.size() > 0);
    if (!*reader) return;
    EXPECT_EQ((*reader)->size(), want.size());
    EXPECT_EQ((*reader)->iter_first(), want.iter.front());
    EXPECT_EQ((*reader)->iter_last(), want.iter.back());
    for (int time = 0; time < 2; ++time) {
      size_t at = 0;
      ASSERT_TRUE((*reader)
                      ->ForEach([&](std::span<const int64_t> iter, std::span<const double> value) {
                        for (size_t i = 0; i < iter.size(); ++i, ++at) {
                          ASSERT_LT(at, want.size());
                          ASSERT_EQ(iter[i], want.iter[at]);
                          ASSERT_TRUE(SameNumber(value[i], want.value[at]));
                        }
                      })
                      .ok());
      EXPECT_EQ(at, want.size());
    }
  }

  void CheckBuckets(const std::string& owner, const std::string& metric, const std::string& variant,
                    const std::map<int64_t, OracleOwner::Point>& want) {
    const auto low = static_cast<int64_t>(random_() % 10'000) - 100;
    const int64_t high = low + static_cast<int64_t>(random_() % 30'000);
    const size_t most = 1 + random_() % 60;
    const auto buckets = s_.store().Pyramid(owner, metric, variant, low, high, most);
    ASSERT_TRUE(buckets.ok());
    ASSERT_LE(buckets->size(), most);
    int64_t count = 0, expected = 0, last = low - 1;
    for (const auto& [iter, p] : want) expected += iter >= low && iter <= high ? 1 : 0;
    for (const Bucket& b : *buckets) {
      ASSERT_GT(b.iter_first, last);
      ASSERT_LE(b.iter_last, high);
      last = b.iter_last;
      count += b.count;
      double min = kNaN, max = kNaN;
      for (auto p = want.lower_bound(b.iter_first); p != want.upper_bound(b.iter_last); ++p) {
        const double v = p->second.value;
        if (std::isnan(v)) continue;
        if (!(min <= v)) min = v;
        if (!(max >= v)) max = v;
      }
      ASSERT_TRUE(min == b.min || (std::isnan(min) && std::isnan(b.min))) << min << " " << b.min;
      ASSERT_TRUE(max == b.max || (std::isnan(max) && std::isnan(b.max)));
    }
    ASSERT_EQ(count, expected);
  }

  void CheckLines(const std::string& owner, const OracleOwner& o) {
    auto want = o.lines;
    std::stable_sort(want.begin(), want.end(),
                     [](const auto& a, const auto& b) { return a.time_ms < b.time_ms; });
    ASSERT_EQ(*s_.store().LogCount(owner), want.size());
    const auto lines = s_.store().Logs(owner, std::nullopt, true, 1'000'000, false);
    ASSERT_TRUE(lines.ok());
    ASSERT_EQ(lines->size(), want.size());
    for (size_t i = 0; i < want.size(); ++i) ASSERT_EQ((*lines)[i].text, want[i].text);
  }

  void CheckRich(const std::string& owner, const OracleOwner& o) {
    size_t seen = 0;
    for (int type = 1; type <= 3; ++type) {
      const auto index = s_.store().RichIndex(owner, static_cast<RichType>(type));
      ASSERT_TRUE(index.ok());
      for (const auto& series : *index) {
        const auto events = s_.store().RichEvents(owner, static_cast<RichType>(type), series.metric,
                                                  series.variant, std::nullopt, 1'000'000);
        ASSERT_TRUE(events.ok());
        for (const auto& e : *events) {
          const auto at = o.rich.find({type, e.metric, e.variant, e.iter, e.key});
          ASSERT_NE(at, o.rich.end());
          ASSERT_EQ(at->second, e.json);
          ASSERT_LE(series.iter_min, e.iter);
          ASSERT_GE(series.iter_max, e.iter);
          ++seen;
        }
      }
    }
    ASSERT_EQ(seen, o.rich.size());
  }

  std::mt19937_64 random_;
  TestStore s_;
  std::vector<std::string> owners_, metrics_, variants_;
  std::map<std::string, OracleOwner> oracle_;
  int steps_ = 0;
};

class EventsModelTest : public ::testing::TestWithParam<uint64_t> {};

TEST_P(EventsModelTest, SaysWhatTheOracleSays) {
  Model model(GetParam());
  for (int step = 0; step < 300; ++step) {
    model.Step();
    if (step % 4 == 0) model.CheckOne();
    if (step % 50 == 49) model.CheckAll();
    if (HasFatalFailure() || HasNonfatalFailure()) break;
  }
  model.CheckAll();
}

INSTANTIATE_TEST_SUITE_P(Seeds, EventsModelTest, ::testing::Range(uint64_t{1}, uint64_t{5}));

}  // namespace
}  // namespace furrow::events
