// SPDX-License-Identifier: Apache-2.0
#include "store/docs/filter.h"

#include <algorithm>
#include <cmath>

namespace furrow::docs {
namespace {

using Kind = Predicate::Kind;

template <typename T>
void SortUnique(std::vector<T>& v) {
  std::sort(v.begin(), v.end());
  v.erase(std::unique(v.begin(), v.end()), v.end());
}

template <typename T, typename K>
bool Holds(const std::vector<T>& sorted, const K& key) {
  const auto it = std::lower_bound(sorted.begin(), sorted.end(), key);
  return it != sorted.end() && *it == key;
}

int CostOf(const Leaf& leaf) {
  if (leaf.path() == kIdPath && leaf.only_texts()) return 0;
  switch (leaf.kind()) {
    case Kind::kRegex:
      return leaf.regex().exact() ? 2 : 20;
    case Kind::kHasAll:
      return 3;
    default:
      return 1;
  }
}

}  // namespace

Result<std::shared_ptr<const Leaf>> Leaf::Compile(const Predicate& p, std::string path) {
  auto leaf = std::make_shared<Leaf>();
  leaf->kind_ = p.kind;
  leaf->path_ = std::move(path);
  for (const json::Value& v : p.values) {
    if (p.kind == Kind::kHasAll) {
      leaf->all_.push_back(v);
      continue;
    }
    const Scalar s = ToScalar(v);
    switch (s.tag) {
      case Tag::kMissing:
        leaf->null_ = true;
        break;
      case Tag::kBool:
        (s.whole ? leaf->true_ : leaf->false_) = true;
        break;
      case Tag::kInt:
        leaf->wholes_.push_back(s.whole);
        leaf->wholes_as_reals_.push_back(static_cast<double>(s.whole));
        break;
      case Tag::kDouble:
        if (!std::isnan(s.real)) leaf->reals_.push_back(s.real);
        break;
      case Tag::kText:
        leaf->texts_.emplace_back(s.text);
        if (const auto t = FixedTime(s.text)) leaf->times_.push_back(*t);
        break;
      default:
        break;
    }
  }
  SortUnique(leaf->texts_);
  SortUnique(leaf->times_);
  SortUnique(leaf->wholes_);
  SortUnique(leaf->reals_);
  SortUnique(leaf->wholes_as_reals_);
  leaf->low_ = p.low;
  leaf->high_ = p.high;
  leaf->low_open_ = p.low_open;
  leaf->high_open_ = p.high_open;
  leaf->missing_matches_ = p.missing_matches;
  leaf->is_time_ = p.is_time;
  if (p.kind == Kind::kRegex) {
    FURROW_ASSIGN(Regex regex, Regex::Compile(p.pattern, p.ignore_case));
    leaf->regex_ = std::move(regex);
    leaf->pattern_ = p.pattern;
    leaf->ignore_case_ = p.ignore_case;
    leaf->may_be_hex_ = MayBeHex(p.pattern);
  }
  return std::shared_ptr<const Leaf>(std::move(leaf));
}

bool MayBeHex(std::string_view word) {
  bool hex = true;
  for (const char c : word) {
    const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const bool digit = c >= '0' && c <= '9';
    // What is none of these may mean anything in a pattern.
    if (!digit && (small < 'a' || small > 'z') && c != '_' && c != ' ') return true;
    hex = hex && (digit || (small >= 'a' && small <= 'f'));
  }
  return hex;
}

const std::vector<std::string>* Leaf::only_texts() const {
  if (kind_ != Kind::kIn || null_ || true_ || false_ || !wholes_.empty() || !reals_.empty()) {
    return nullptr;
  }
  return &texts_;
}

bool Leaf::InSet(const Scalar& s) const {
  switch (s.tag) {
    case Tag::kMissing:
      return null_;
    case Tag::kBool:
      return s.whole ? true_ : false_;
    case Tag::kInt:
      return Holds(wholes_, s.whole) || Holds(reals_, static_cast<double>(s.whole));
    case Tag::kDouble:
      return Holds(reals_, s.real) || Holds(wholes_as_reals_, s.real);
    case Tag::kTime:
      return Holds(times_, s.whole);
    case Tag::kText:
      return Holds(texts_, s.text);
    default:
      return false;
  }
}

bool Leaf::InRange(const Scalar& s) const {
  double x = 0;
  if (is_time_) {
    if (s.tag == Tag::kTime) {
      x = static_cast<double>(s.whole);
    } else if (s.tag == Tag::kText) {
      const auto t = ParseTime(s.text);
      if (!t) return false;
      x = static_cast<double>(*t);
    } else {
      return false;
    }
  } else if (s.tag == Tag::kInt || s.tag == Tag::kDouble) {
    x = s.number();
  } else {
    return false;
  }
  return InRange(x);
}

bool Leaf::Element(const Scalar& s) const {
  switch (kind_) {
    case Kind::kIn:
      return InSet(s);
    case Kind::kRange:
      return InRange(s);
    case Kind::kRegex:
      if (s.tag == Tag::kText) return regex_->Search(s.text);
      if (s.tag == Tag::kTime) return regex_->Search(FormatTime(s.whole));
      return false;
    case Kind::kHasAll:
      return std::all_of(all_.begin(), all_.end(),
                         [&](const json::Value& v) { return SameScalar(ToScalar(v), s); });
    default:
      return false;
  }
}

bool Leaf::TestOne(const Scalar& s) const {
  if (kind_ == Kind::kEmpty) {
    return s.tag == Tag::kMissing || (s.tag == Tag::kText && s.text.empty());
  }
  if (kind_ == Kind::kRange && s.tag == Tag::kMissing) return missing_matches_;
  return Element(s);
}

bool Leaf::Test(const Found& found) const {
  if (!found.list) return TestOne(found.scalars.empty() ? Scalar() : found.scalars.front());
  if (kind_ == Kind::kEmpty) return found.scalars.empty();
  if (kind_ == Kind::kHasAll) {
    return std::all_of(all_.begin(), all_.end(), [&](const json::Value& v) {
      const Scalar wanted = ToScalar(v);
      return std::any_of(found.scalars.begin(), found.scalars.end(),
                         [&](const Scalar& s) { return SameScalar(wanted, s); });
    });
  }
  return std::any_of(found.scalars.begin(), found.scalars.end(),
                     [&](const Scalar& s) { return Element(s); });
}

std::optional<bool> Leaf::TestLong() const {
  const auto is_short = [](const std::string& t) { return t.size() <= kTextKeptMax; };
  switch (kind_) {
    case Kind::kIn:
      if (std::all_of(texts_.begin(), texts_.end(), is_short)) return false;
      return std::nullopt;
    case Kind::kHasAll: {
      bool could = true;
      for (const json::Value& v : all_) could = could && !is_short(v.AsString());
      if (could && !all_.empty()) return std::nullopt;
      return all_.empty();
    }
    case Kind::kEmpty:
      return false;
    case Kind::kRange:
      // No time text is that long.
      return false;
    default:
      return std::nullopt;
  }
}

Result<Filter> CompileFilter(const Predicate& p) {
  Filter f;
  switch (p.kind) {
    case Kind::kTrue:
      return f;
    case Kind::kAnd:
    case Kind::kOr:
      f.op = p.kind == Kind::kAnd ? Filter::Op::kAnd : Filter::Op::kOr;
      for (const Predicate& child : p.children) {
        FURROW_ASSIGN(Filter compiled, CompileFilter(child));
        f.cost += compiled.cost;
        f.children.push_back(std::move(compiled));
      }
      std::stable_sort(f.children.begin(), f.children.end(),
                       [](const Filter& a, const Filter& b) { return a.cost < b.cost; });
      return f;
    case Kind::kNot: {
      if (p.children.size() != 1) return Status(Code::kInternal, "kNot takes one predicate");
      FURROW_ASSIGN(Filter compiled, CompileFilter(p.children.front()));
      f.op = Filter::Op::kNot;
      f.cost = compiled.cost;
      f.children.push_back(std::move(compiled));
      return f;
    }
    case Kind::kText: {
      FURROW_ASSIGN(f.text, TextSearch::Compile(p));
      f.op = f.text->all_terms() == 0 ? Filter::Op::kTrue : Filter::Op::kText;
      f.cost = 50;
      return f;
    }
    default:
      break;
  }
  if (p.kind == Kind::kRegex && !p.paths.empty()) {
    f.op = Filter::Op::kOr;
    for (const std::string& path : p.paths) {
      Filter child;
      FURROW_ASSIGN(child.leaf, Leaf::Compile(p, path));
      child.op = Filter::Op::kLeaf;
      child.cost = CostOf(*child.leaf);
      f.cost += child.cost;
      f.children.push_back(std::move(child));
    }
    return f;
  }
  FURROW_ASSIGN(f.leaf, Leaf::Compile(p, p.path));
  f.op = Filter::Op::kLeaf;
  f.cost = CostOf(*f.leaf);
  return f;
}

void CollectPaths(const Filter& filter, std::set<std::string>& paths) {
  if (filter.leaf && filter.leaf->path() != kIdPath) paths.insert(filter.leaf->path());
  if (filter.op == Filter::Op::kText) {
    for (const std::string& path : filter.text->paths()) {
      if (path != kIdPath) paths.insert(path);
    }
  }
  for (const Filter& child : filter.children) CollectPaths(child, paths);
}

void ExtractField(std::string_view id, const json::Value& doc, std::string_view path,
                  Found& found) {
  if (path == kIdPath) {
    found.Clear();
    found.scalars.push_back({.tag = Tag::kText, .text = id});
  } else {
    Extract(doc, path, found);
  }
}

bool Matches(const Filter& filter, std::string_view id, const json::Value& doc) {
  const auto child_matches = [&](const Filter& child) { return Matches(child, id, doc); };
  switch (filter.op) {
    case Filter::Op::kTrue:
      return true;
    case Filter::Op::kAnd:
      return std::all_of(filter.children.begin(), filter.children.end(), child_matches);
    case Filter::Op::kOr:
      return std::any_of(filter.children.begin(), filter.children.end(), child_matches);
    case Filter::Op::kNot:
      return !Matches(filter.children.front(), id, doc);
    case Filter::Op::kLeaf: {
      Found found;
      ExtractField(id, doc, filter.leaf->path(), found);
      return filter.leaf->Test(found);
    }
    case Filter::Op::kText: {
      Found found;
      uint32_t terms = 0;
      for (const std::string& path : filter.text->paths()) {
        ExtractField(id, doc, path, found);
        terms |= filter.text->Terms(found);
      }
      return terms == filter.text->all_terms();
    }
  }
  return false;
}

double TextScore(const Filter& filter, std::string_view id, const json::Value& doc) {
  double score = 0;
  if (filter.op == Filter::Op::kText) {
    Found found;
    for (size_t i = 0; i < filter.text->paths().size(); ++i) {
      ExtractField(id, doc, filter.text->paths()[i], found);
      score += filter.text->Score(i, found);
    }
  }
  for (const Filter& child : filter.children) score += TextScore(child, id, doc);
  return score;
}

}  // namespace furrow::docs
