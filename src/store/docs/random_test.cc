// SPDX-License-Identifier: Apache-2.0
// Random documents, random changes, random queries: Find against a plain reading of the documents,
// written here a second time and on purpose without the store's own code.
#include <cmath>
#include <map>
#include <random>
#include <regex>

#include <gtest/gtest.h>

#include "base/time.h"
#include "store/docs/test_store.h"

namespace furrow::docs {
namespace {

using Kind = Predicate::Kind;

struct Reached {
  bool list = false;
  std::vector<json::Value> values;
};

void Reach(const json::Value& v, std::string_view path, Reached& out) {
  if (path.empty()) {
    if (v.IsArray()) {
      out.list = true;
      for (const json::Value& e : v.array()) out.values.push_back(e);
    } else if (!v.IsNull() || out.list) {
      out.values.push_back(v);
    }
    return;
  }
  const size_t dot = path.find('.');
  const std::string_view rest = dot == std::string_view::npos ? "" : path.substr(dot + 1);
  if (v.IsObject()) {
    if (const json::Value* m = v.Find(path.substr(0, dot))) Reach(*m, rest, out);
  } else if (v.IsArray()) {
    out.list = true;
    for (const json::Value& e : v.array()) {
      if (e.IsObject()) Reach(e, path, out);
    }
  }
}

bool Equal(const json::Value& a, const json::Value& b) {
  return !a.IsObject() && !a.IsArray() && a == b;
}

bool Element(const Predicate& p, const json::Value& v) {
  switch (p.kind) {
    case Kind::kIn:
      return std::any_of(p.values.begin(), p.values.end(),
                         [&](const json::Value& w) { return Equal(v, w); });
    case Kind::kRange: {
      double x;
      if (p.is_time) {
        const auto t = v.IsString() ? ParseTime(v.AsString()) : std::nullopt;
        if (!t) return false;
        x = static_cast<double>(*t);
      } else {
        if (!v.IsNumber()) return false;
        x = v.AsDouble();
      }
      return !std::isnan(x) && (!p.low || (p.low_open ? x > *p.low : x >= *p.low)) &&
             (!p.high || (p.high_open ? x < *p.high : x <= *p.high));
    }
    case Kind::kRegex:
      return v.IsString() && std::regex_search(v.AsString(), std::regex(p.pattern));
    default:
      return false;
  }
}

bool Holds(const Predicate& p, const json::Value& doc) {
  switch (p.kind) {
    case Kind::kTrue:
      return true;
    case Kind::kAnd:
      return std::all_of(p.children.begin(), p.children.end(),
                         [&](const Predicate& c) { return Holds(c, doc); });
    case Kind::kOr:
      return std::any_of(p.children.begin(), p.children.end(),
                         [&](const Predicate& c) { return Holds(c, doc); });
    case Kind::kNot:
      return !Holds(p.children[0], doc);
    default:
      break;
  }
  Reached r;
  Reach(doc, p.path, r);
  if (p.kind == Kind::kEmpty) {
    return r.values.empty() ||
           (!r.list && r.values[0].IsString() && r.values[0].AsString().empty());
  }
  if (p.kind == Kind::kHasAll) {
    return std::all_of(p.values.begin(), p.values.end(), [&](const json::Value& w) {
      return std::any_of(r.values.begin(), r.values.end(),
                         [&](const json::Value& v) { return Equal(v, w); });
    });
  }
  if (!r.list && r.values.empty()) {
    if (p.kind == Kind::kRange) return p.missing_matches;
    return p.kind == Kind::kIn && Element(p, json::Value());
  }
  return std::any_of(r.values.begin(), r.values.end(),
                     [&](const json::Value& v) { return Element(p, v); });
}

class RandomTest : public StoreTest {
 protected:
  int Int(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool Chance(int percent) { return Int(100) < percent; }

  std::string Word() {
    static const char* kWords[] = {"",      "a",    "ab",  "abc", "weed",
                                   "weeds", "crop", "a b", "7",   "Ünicode"};
    if (Chance(5)) return std::string(600, static_cast<char>('a' + Int(3))) + kWords[Int(10)];
    return kWords[Int(10)];
  }
  std::string Time() {
    const Micros t = 1'795'000'000'000'000 + Int(20) * 1'000'000;
    std::string text = FormatTime(t);
    if (Chance(20)) text = text.substr(0, 19) + "Z";
    return text;
  }
  json::Value Scalar() {
    switch (Int(9)) {
      case 0:
        return nullptr;
      case 1:
        return Chance(50);
      case 2:
        return Int(10) - 5;
      case 3:
        return (Int(20) - 10) / 2.0;
      case 4:
        return Time();
      case 5:
        return static_cast<int64_t>(Int(3)) << 60;
      default:
        return Word();
    }
  }
  json::Value List() {
    json::Array out;
    for (int n = Int(4); n > 0; --n)
      out.push_back(Chance(90) ? Scalar() : json::Value(json::Array{1}));
    return out;
  }
  json::Value Doc() {
    json::Value doc = json::Object();
    if (Chance(80)) doc["s"] = Word();
    if (Chance(80))
      doc["n"] = Chance(80) ? json::Value(Int(10) - 5) : json::Value((Int(20) - 10) / 2.0);
    if (Chance(80)) doc["t"] = Time();
    if (Chance(80)) doc["w"] = "the same beginning " + std::to_string(Int(500));
    if (Chance(80)) doc["x"] = Chance(70) ? Scalar() : List();
    if (Chance(80)) doc["l"] = List();
    if (Chance(80)) {
      json::Array inner;
      for (int n = Int(3); n > 0; --n)
        inner.push_back(json::Object{{"k", Scalar()}, {"v", Int(5)}});
      doc["o"]["m"] = std::move(inner);
    }
    return doc;
  }
  std::string Path() {
    static const char* kPaths[] = {"s", "n", "t", "x", "l", "o.m.k", "o.m.v", "o.m", "w", "absent"};
    return kPaths[Int(10)];
  }
  Predicate Random(int depth) {
    Predicate p;
    if (depth > 0 && Chance(60)) {
      std::vector<Predicate> children;
      for (int n = 1 + Int(3); n > 0; --n) children.push_back(Random(depth - 1));
      if (Chance(25)) return Predicate::Not(std::move(children[0]));
      return Chance(50) ? Predicate::And(std::move(children)) : Predicate::Or(std::move(children));
    }
    p.path = Path();
    switch (Int(6)) {
      case 0:
      case 1:
        p.kind = Kind::kIn;
        for (int n = 1 + Int(3); n > 0; --n) p.values.push_back(Scalar());
        break;
      case 2:
        p.kind = Kind::kHasAll;
        for (int n = 1 + Int(2); n > 0; --n) p.values.push_back(Scalar());
        // To have all of nothing is for nobody to ask.
        for (json::Value& v : p.values) {
          if (v.IsNull()) v = "a";
        }
        break;
      case 3:
        p.kind = Kind::kEmpty;
        break;
      case 4:
        p.kind = Kind::kRange;
        p.is_time = Chance(50);
        if (Chance(70)) p.low = p.is_time ? 1.795e15 + Int(20) * 1e6 : Int(10) - 5;
        if (Chance(70)) p.high = p.is_time ? 1.795e15 + Int(20) * 1e6 : Int(10) - 5;
        p.low_open = Chance(50);
        p.high_open = Chance(50);
        p.missing_matches = Chance(30);
        break;
      default: {
        static const char* kPatterns[] = {"a",   "^ab",      "s$",  "^weed$",
                                          "e+d", "^2026-12", "b|7", "^$"};
        p.kind = Kind::kRegex;
        p.pattern = kPatterns[Int(8)];
      }
    }
    return p;
  }
  std::string Id() {
    const int n = Int(120);
    return n % 2 ? "id" + std::to_string(n)
                 : std::string(30, '0') + std::to_string(100 + n).substr(1);
  }
  void Mutate(int times) {
    ASSERT_TRUE(store_
                    ->Transact([&](Transaction& t) -> Status {
                      for (int i = 0; i < times; ++i) {
                        const std::string id = Id();
                        if (Chance(25) && t.Exists(kTasks, id)) {
                          FURROW_TRY(t.Delete(kTasks, id));
                          truth_.erase(id);
                        } else {
                          truth_[id] = Doc();
                          FURROW_TRY(t.Put(kTasks, id, truth_[id]));
                        }
                      }
                      return {};
                    })
                    .ok());
  }

  std::mt19937 random_{20261123};
  std::map<std::string, json::Value> truth_;
};

TEST_F(RandomTest, FindAgreesWithAPlainReading) {
  Mutate(100);
  int matched = 0;
  for (int round = 0; round < 3000; ++round) {
    if (round % 10 == 0) Mutate(1 + Int(8));
    if (round % 1000 == 999) Open();
    const Predicate where = Random(3);
    Ids expected;
    for (const auto& [id, doc] : truth_) {
      if (Holds(where, doc)) expected.push_back(id);
    }
    matched += static_cast<int>(expected.size());
    Plan plan{.where = where};
    ASSERT_EQ(Find(plan), expected) << "round " << round;
    ASSERT_EQ(*store_->Count(kTasks, where), static_cast<int64_t>(expected.size()));

    // Any order is a permutation that the page cuts, and a page is what the whole would be there.
    for (int n = Int(3); n > 0; --n) {
      plan.order.push_back({.path = Path(), .descending = Chance(50), .numeric_text = Chance(20)});
    }
    const Ids whole = Find(plan);
    ASSERT_TRUE(std::is_permutation(whole.begin(), whole.end(), expected.begin(), expected.end()));
    plan.offset = Int(20);
    plan.limit = Int(20);
    const auto size = static_cast<int64_t>(whole.size());
    const Ids page(whole.begin() + std::min(plan.offset, size),
                   whole.begin() + std::min(plan.offset + plan.limit, size));
    ASSERT_EQ(Find(plan), page) << "round " << round;
    // And the same by looking the documents up.
    std::vector<json::Value> ids(expected.begin(), expected.end());
    plan.where = Predicate::And({Predicate::In("id", ids), where});
    ASSERT_EQ(Find(plan), page) << "round " << round;
  }
  // The queries were not all empty.
  EXPECT_GT(matched, 10'000);
}

// Whether `term` stands in `text` at the start of a word, without case.
bool StandsIn(const std::string& term, std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (size_t at = text.find(term); at != std::string::npos; at = text.find(term, at + 1)) {
    const auto before = at == 0 ? ' ' : static_cast<unsigned char>(text[at - 1]);
    if (before < 0x80 && !std::isalnum(before) && before != '_') return true;
  }
  return false;
}

TEST_F(RandomTest, WordSearchAgreesWithAPlainReading) {
  Mutate(100);
  const std::vector<std::string> words = {"weed", "crop", "a",         "the",
                                          "b",    "2026", "beginning", "id"};
  int matched = 0;
  for (int round = 0; round < 1500; ++round) {
    // The same words come again while documents change: what is remembered of them must not.
    if (round % 3 == 0) Mutate(1 + Int(4));
    Predicate search{.kind = Kind::kText};
    std::vector<std::string> terms;
    for (int n = 1 + Int(3); n > 0; --n) {
      terms.push_back(words.at(static_cast<size_t>(Int(8))));
      search.pattern += terms.back() + " ";
    }
    for (const char* path : {"id", "s", "w", "x", "l", "t", "o.m.k", "absent"}) {
      if (Chance(60)) search.paths.push_back(path);
    }
    if (search.paths.empty()) search.paths.push_back("s");
    Ids expected;
    for (const auto& [id, doc] : truth_) {
      Reached all;
      for (const std::string& path : search.paths) {
        if (path == "id") {
          all.values.push_back(id);
        } else {
          Reach(doc, path, all);
        }
      }
      if (std::all_of(terms.begin(), terms.end(), [&](const std::string& term) {
            return std::any_of(all.values.begin(), all.values.end(), [&](const json::Value& v) {
              return v.IsString() && StandsIn(term, v.AsString());
            });
          })) {
        expected.push_back(id);
      }
    }
    matched += static_cast<int>(expected.size());
    const Predicate where =
        Chance(30) ? Predicate::And({search, Predicate::Equals("s", "weed")}) : search;
    if (where.kind == Kind::kAnd) {
      std::erase_if(expected,
                    [&](const std::string& id) { return truth_[id].At("s").AsString() != "weed"; });
    }
    ASSERT_EQ(Where(where), expected) << "round " << round << " " << search.pattern;
  }
  EXPECT_GT(matched, 10'000);
}

TEST_F(RandomTest, OrderOfOnePathAgreesWithAPlainReading) {
  Mutate(150);
  for (int round = 0; round < 200; ++round) {
    Mutate(3);
    const bool descending = Chance(50);
    const std::string path =
        std::vector<std::string>{"n", "s", "w"}.at(static_cast<size_t>(Int(3)));
    struct Entry {
      bool missing;
      json::Value v;
      std::string id;
    };
    std::vector<Entry> entries;
    for (const auto& [id, doc] : truth_) entries.push_back({!doc.Find(path), doc.At(path), id});
    std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
      if (a.missing != b.missing) return b.missing;
      if (!a.missing && a.v != b.v) {
        const std::string x = a.v.AsString().substr(0, a.v.AsString().size() > 512 ? 8 : 512);
        const std::string y = b.v.AsString().substr(0, b.v.AsString().size() > 512 ? 8 : 512);
        if (a.v.IsString() && x != y) return descending ? x > y : x < y;
        if (a.v.IsNumber()) {
          return descending ? a.v.AsDouble() > b.v.AsDouble() : a.v.AsDouble() < b.v.AsDouble();
        }
      }
      return a.id < b.id;
    });
    Ids expected;
    for (const Entry& e : entries) expected.push_back(e.id);
    ASSERT_EQ(Ordered({{.path = path, .descending = descending}}), expected) << path << descending;
  }
}

}  // namespace
}  // namespace furrow::docs
