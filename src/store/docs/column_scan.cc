// SPDX-License-Identifier: Apache-2.0
// Deciding a predicate for very many rows: once for each distinct text and list, then by number.
#include <algorithm>
#include <type_traits>

#include "store/docs/column.h"

namespace furrow::docs {
namespace {

constexpr size_t kPatternsKept = 8;
// Verdicts on fewer texts are sooner reached again than looked up.
constexpr size_t kTextsWorthKeeping = 64;
// Of so few lists all are judged before any row is.
constexpr size_t kListsFew = 256;

enum : uint8_t { kUnknown = 0, kYes, kNo };

// What Column::Decide asks: of a scalar, a list, and of what is too long to be kept (nullopt: only
// the document can tell).
struct LeafJudge {
  const Leaf& leaf;

  bool One(const Scalar& s) const { return leaf.TestOne(s); }
  bool List(const Found& found) const { return leaf.Test(found); }
  std::optional<bool> Long() const { return leaf.TestLong(); }
  std::optional<bool> LongList() const {
    if (leaf.kind() == Predicate::Kind::kEmpty) return false;
    return std::nullopt;
  }
  // The texts that alone can match, when they are known.
  bool Only(std::vector<std::string_view>& texts) const {
    if (const auto* wanted = leaf.only_texts()) {
      texts.assign(wanted->begin(), wanted->end());
      return true;
    }
    if (leaf.kind() != Predicate::Kind::kRegex || !leaf.regex().exact()) return false;
    texts.push_back(*leaf.regex().exact());
    return true;
  }
  // Under what name verdicts on texts are kept for the next query; empty: not worth it.
  std::string Name() const {
    if (leaf.kind() != Predicate::Kind::kRegex) return {};
    return (leaf.ignore_case() ? "i" : "c") + leaf.pattern();
  }
};

struct TermJudge {
  const TextSearch& search;
  size_t term;

  bool One(const Scalar& s) const {
    if (s.tag == Tag::kText) return search.TermIn(term, s.text);
    return s.tag == Tag::kTime && search.TermIn(term, FormatTime(s.whole));
  }
  bool List(const Found& found) const {
    return std::any_of(found.scalars.begin(), found.scalars.end(),
                       [&](const Scalar& s) { return One(s); });
  }
  std::optional<bool> Long() const { return std::nullopt; }
  std::optional<bool> LongList() const { return std::nullopt; }
  bool Only(std::vector<std::string_view>&) const { return false; }
  std::string Name() const { return "t" + search.TermName(term); }
};

}  // namespace

struct Column::Verdicts {
  std::string name;
  std::mutex mutex;
  std::vector<uint8_t> of_text;  // guarded by mutex
  size_t yes = 0, no = 0;        // guarded by mutex: how many of each
};

std::shared_ptr<Column::Verdicts> Column::VerdictsNamed(const std::string& name) const {
  std::lock_guard lock(kept_mutex_);
  for (auto it = kept_.begin(); it != kept_.end(); ++it) {
    if ((*it)->name == name) {
      kept_.splice(kept_.begin(), kept_, it);
      return kept_.front();
    }
  }
  auto made = std::make_shared<Verdicts>();
  made->name = name;
  kept_.push_front(made);
  if (kept_.size() > kPatternsKept) kept_.pop_back();
  return made;
}

bool Column::EverOnly(std::initializer_list<Tag> tags) const {
  unsigned allowed = 0;
  for (const Tag tag : tags) allowed |= 1u << static_cast<int>(tag);
  return (ever_ & ~allowed) == 0;
}

template <typename Judge>
void Column::Decide(const Judge& judge, const Bits& candidates, Bits& yes, Bits& maybe) const {
  const size_t rows = tags_.size();
  const bool if_missing = judge.One(Scalar());
  if constexpr (std::is_same_v<Judge, LeafJudge>) {
    const bool times = judge.leaf.is_time();
    if (judge.leaf.kind() == Predicate::Kind::kRange &&
        (times ? EverOnly({Tag::kMissing, Tag::kTime})
               : EverOnly({Tag::kMissing, Tag::kInt, Tag::kDouble}))) {
      yes.SetWhere(candidates, [&](Row row) {
        if (tag(row) == Tag::kMissing) return if_missing;
        return judge.leaf.InRange(times ? static_cast<double>(Time(row)) : Number(row));
      });
      return;
    }
  }

  // Verdicts on texts by dictionary number, each reached the first time a candidate asks.
  std::shared_ptr<Verdicts> verdicts;
  const std::string name = texts_.size() < kTextsWorthKeeping ? std::string() : judge.Name();
  std::vector<std::string_view> only;
  if (judge.Only(only)) {
    verdicts = std::make_shared<Verdicts>();
    verdicts->of_text.assign(texts_.size(), kNo);
    verdicts->no = texts_.size();
    for (const std::string_view text : only) {
      const uint32_t number = texts_.Find(text);
      if (number == Dictionary::kNone || verdicts->of_text[number] == kYes) continue;
      verdicts->of_text[number] = kYes;
      ++verdicts->yes, --verdicts->no;
    }
  } else {
    verdicts = name.empty() ? std::make_shared<Verdicts>() : VerdictsNamed(name);
  }
  const std::lock_guard lock(verdicts->mutex);
  verdicts->of_text.resize(texts_.size(), kUnknown);
  uint8_t* const of_text = verdicts->of_text.data();
  const auto judge_text = [&](uint32_t number) {
    const bool holds = judge.One({.tag = Tag::kText, .text = texts_.Text(number)});
    of_text[number] = holds ? kYes : kNo;
    ++(holds ? verdicts->yes : verdicts->no);
  };
  if (texts_.size() < kTextsWorthKeeping) {
    for (uint32_t n = 0; n < texts_.size(); ++n) {
      if (of_text[n] == kUnknown) judge_text(n);
    }
  }

  Found found;
  std::vector<uint8_t> of_list(lists_.size(), kUnknown);
  const auto judge_list = [&](uint64_t number) {
    DecodeList(number, found);
    of_list[number] = judge.List(found) ? kYes : kNo;
  };
  bool lists_may = lists_.size() > kListsFew;
  if (!lists_may) {
    for (uint32_t n = 0; n < lists_.size(); ++n) {
      judge_list(n);
      lists_may = lists_may || of_list[n] == kYes;
    }
  }
  const bool texts_may = verdicts->no != texts_.size();

  if (EverOnly({Tag::kMissing, Tag::kText, Tag::kList})) {
    // Where no text and no list matches, no row needs to be looked at.
    if (!if_missing && !texts_may && !lists_may) return;
    yes.SetWhere(candidates, [&](Row row) {
      const Tag t = row < rows ? tags_[row] : Tag::kMissing;
      if (t == Tag::kMissing) return if_missing;
      const uint64_t number = Data(row);
      if (t == Tag::kText) {
        if (of_text[number] == kUnknown) judge_text(static_cast<uint32_t>(number));
        return of_text[number] == kYes;
      }
      if (of_list[number] == kUnknown) judge_list(number);
      return of_list[number] == kYes;
    });
    return;
  }

  const bool if_false = judge.One({.tag = Tag::kBool});
  const bool if_true = judge.One({.tag = Tag::kBool, .whole = 1});
  const bool if_other = judge.One({.tag = Tag::kOther});
  const std::optional<bool> if_long = judge.Long(), if_long_list = judge.LongList();
  const auto unless_unknown = [&](std::optional<bool> holds, Row row) {
    if (!holds) maybe.Set(row);
    return holds.value_or(false);
  };
  yes.SetWhere(candidates, [&](Row row) {
    const Tag t = tag(row);
    switch (t) {
      case Tag::kMissing:
        return if_missing;
      case Tag::kBool:
        return Data(row) ? if_true : if_false;
      case Tag::kOther:
        return if_other;
      case Tag::kText: {
        const auto number = static_cast<uint32_t>(Data(row));
        if (of_text[number] == kUnknown) judge_text(number);
        return of_text[number] == kYes;
      }
      case Tag::kList:
        if (of_list[Data(row)] == kUnknown) judge_list(Data(row));
        return of_list[Data(row)] == kYes;
      case Tag::kLong:
        return unless_unknown(if_long, row);
      case Tag::kLongList:
        return unless_unknown(if_long_list, row);
      default:
        return judge.One(Decode(t, Data(row)));
    }
  });
}

void Column::Test(const Leaf& leaf, const Bits& candidates, Bits& yes, Bits& maybe) const {
  Decide(LeafJudge{leaf}, candidates, yes, maybe);
}

void Column::Test(const TextSearch& search, size_t term, const Bits& candidates, Bits& yes,
                  Bits& maybe) const {
  Decide(TermJudge{search, term}, candidates, yes, maybe);
}

size_t Column::bytes() const {
  size_t bytes = sizeof(*this) + tags_.capacity() + narrow_.capacity() * 4 + data_.capacity() * 8 +
                 texts_.bytes() + lists_.bytes();
  std::lock_guard lock(kept_mutex_);
  bytes += kept_.size() * texts_.size();
  for (const auto& ranks : {ranks_, numeric_ranks_}) bytes += ranks ? ranks->bytes() : 0;
  return bytes;
}

}  // namespace furrow::docs
