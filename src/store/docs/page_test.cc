// SPDX-License-Identifier: Apache-2.0
// Pages of so many documents that most rows are thrown away while they are chosen, against a sort
// of everything, written here a second time; and the parts that decide an order by numbers.
#include <cmath>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "base/time.h"
#include "store/docs/order.h"
#include "store/docs/ranks.h"
#include "store/docs/test_store.h"

namespace furrow::docs {
namespace {

class PageTest : public StoreTest {
 protected:
  int Int(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  std::string Id(int n) {
    // Most are hexadecimal, as ids are; some are not.
    std::string text = std::to_string(n * 7919 % 10'000);
    if (n % 50 == 0) return "odd " + text;
    return std::string(32 - text.size(), 'a') + text;
  }
  json::Value Doc(int n) {
    json::Value doc = json::Object{
        {"time", FormatTime(1'795'000'000'000'000 + Int(2000) * int64_t{1'000'000})},
        {"rising", FormatTime(1'795'000'000'000'000 + n * int64_t{1'000'000})},
        {"few", std::string(1, static_cast<char>('a' + Int(3)))},
        {"number", (Int(4000) - 2000) / 8.0},
        {"parameter", Parameter()},
    };
    if (Int(10) == 0) doc.object().Erase("time");
    if (Int(10) == 0) doc["number"] = Int(100);
    if (Int(50) == 0) doc["number"] = std::nan("");
    if (Int(10) == 0) doc.object().Erase("parameter");
    return doc;
  }
  std::string Parameter() {
    switch (Int(4)) {
      case 0:
        return "layer " + std::to_string(Int(40));
      case 1:
        return std::to_string(Int(50) - 25);
      default:
        return std::to_string(Int(1000) / 1e6);
    }
  }
  void Change(int from, int to) {
    ASSERT_TRUE(store_
                    ->Transact([&](Transaction& t) -> Status {
                      for (int n = from; n < to; ++n) {
                        const std::string id = Id(n);
                        if (Int(20) == 0 && truth_.count(id)) {
                          FURROW_TRY(t.Delete(kTasks, id));
                          truth_.erase(id);
                          continue;
                        }
                        truth_[id] = Doc(n);
                        FURROW_TRY(t.Put(kTasks, id, truth_[id]));
                      }
                      return {};
                    })
                    .ok());
  }

  // A number for a number and a text that is one, else the text; nullopt: it comes last.
  struct Key {
    std::optional<double> number;
    std::string text;
    bool operator==(const Key&) const = default;
  };
  static std::optional<Key> KeyOf(const json::Value& doc, const OrderBy& by) {
    const json::Value& v = doc.At(by.path);
    if (v.IsNull() || (v.IsDouble() && std::isnan(v.AsDouble()))) return std::nullopt;
    if (v.IsNumber()) return Key{v.AsDouble(), ""};
    if (by.numeric_text) {
      size_t read = 0;
      try {
        const double number = std::stod(v.AsString(), &read);
        if (read == v.AsString().size()) return Key{number, ""};
      } catch (const std::invalid_argument&) {
        // "layer 7" before "layer 12": as long as the rest is the same, by length, then by text.
        return Key{std::nullopt,
                   std::string(1, static_cast<char>(v.AsString().size())) + v.AsString()};
      }
    }
    return Key{std::nullopt, v.AsString()};
  }
  static int Compare(const std::optional<Key>& a, const std::optional<Key>& b, bool descending) {
    if (!a || !b) return static_cast<int>(!a) - static_cast<int>(!b);
    if (*a == *b) return 0;
    bool less = a->text < b->text;
    if (a->number && b->number) {
      less = *a->number < *b->number;
    } else if (a->number || b->number) {
      less = a->number.has_value();
    }
    return less == descending ? 1 : -1;
  }
  Ids Sorted(const std::vector<OrderBy>& order, const std::string& few) {
    struct Entry {
      std::vector<std::optional<Key>> keys;
      std::string id;
    };
    std::vector<Entry> entries;
    for (const auto& [id, doc] : truth_) {
      if (!few.empty() && doc.At("few").AsString() != few) continue;
      Entry& entry = entries.emplace_back();
      entry.id = id;
      for (const OrderBy& by : order) entry.keys.push_back(KeyOf(doc, by));
    }
    std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
      for (size_t i = 0; i < order.size(); ++i) {
        if (const int c = Compare(a.keys[i], b.keys[i], order[i].descending)) return c < 0;
      }
      return a.id < b.id;
    });
    Ids ids;
    for (const Entry& e : entries) ids.push_back(e.id);
    return ids;
  }

  std::mt19937 random_{20261128};
  std::map<std::string, json::Value> truth_;
};

TEST_F(PageTest, PagesAgreeWithASortOfEverything) {
  Change(0, 3000);
  for (int round = 0; round < 300; ++round) {
    if (round % 5 == 4) {
      const int from = Int(2900);
      Change(from, from + Int(100));
    }
    std::vector<OrderBy> order;
    for (int n = Int(3); n >= 0; --n) {
      const char* path =
          std::vector<const char*>{"time", "rising", "few", "parameter", "number", "absent"}.at(
              static_cast<size_t>(Int(6)));
      const bool numeric = path == std::string_view("parameter") && Int(2) == 0;
      order.push_back({.path = path, .descending = Int(2) == 0, .numeric_text = numeric});
    }
    if (round % 20 == 0) order.clear();
    const std::string few = Int(3) == 0 ? std::string(1, static_cast<char>('a' + Int(3))) : "";
    const Ids sorted = Sorted(order, few);
    for (const int64_t limit : {1, 30, 200}) {
      Plan plan{.order = order, .offset = Int(4) == 0 ? Int(3000) : Int(3) * limit, .limit = limit};
      if (!few.empty()) plan.where = Predicate::Equals("few", few);
      const auto size = static_cast<int64_t>(sorted.size());
      const Ids page(sorted.begin() + std::min(plan.offset, size),
                     sorted.begin() + std::min(plan.offset + plan.limit, size));
      ASSERT_EQ(Find(plan), page) << "round " << round << " offset " << plan.offset << " limit "
                                  << limit << " by " << (order.empty() ? "id" : order[0].path);
    }
  }
}

TEST_F(PageTest, RanksOrderTextsAsComparingDoes) {
  Dictionary texts;
  const auto add = [&](int times) {
    for (int i = 0; i < times; ++i) {
      std::string text = Parameter();
      if (Int(5) == 0) text += std::string(1, static_cast<char>('a' + Int(26)));
      if (Int(50) == 0)
        text = std::vector<std::string>{"", "nan", "-0.0", "0", "+1", "1e400", "é"}.at(
            static_cast<size_t>(Int(7)));
      texts.Add(text);
    }
  };
  add(400);
  const Ranks plain(texts, false), numeric(texts, true);
  const uint32_t ranked = texts.size();
  add(40);
  ASSERT_GT(texts.size(), ranked);
  const auto scalar = [&](uint32_t n) { return Scalar{.tag = Tag::kText, .text = texts.Text(n)}; };
  int decided = 0;
  for (uint32_t a = 0; a < texts.size(); ++a) {
    for (uint32_t b = 0; b < texts.size(); ++b) {
      for (const Ranks* ranks : {&plain, &numeric}) {
        const uint64_t x = ranks->Key(texts, a), y = ranks->Key(texts, b);
        if (x == y) continue;
        ++decided;
        const int c = CompareScalars(scalar(a), scalar(b), ranks == &numeric);
        ASSERT_EQ(x < y, c < 0) << texts.Text(a) << " and " << texts.Text(b);
        ASSERT_NE(c, 0) << texts.Text(a) << " and " << texts.Text(b);
      }
    }
  }
  // Nearly all pairs are told apart by their keys alone.
  EXPECT_GT(decided, static_cast<int>(texts.size() * (texts.size() - 1) * 2 / 10 * 9));
}

}  // namespace
}  // namespace furrow::docs
