// SPDX-License-Identifier: Apache-2.0
#include "store/docs/column.h"

#include <cmath>
#include <cstring>

#include "store/docs/order.h"

namespace furrow::docs {
namespace {

constexpr size_t kPatternsKept = 8;
constexpr size_t kCellBytes = 9;

// Whole numbers near zero, below it too, as small numbers.
uint64_t Fold(int64_t n) { return static_cast<uint64_t>(n) << 1 ^ static_cast<uint64_t>(n >> 63); }
int64_t Unfold(uint64_t folded) {
  return static_cast<int64_t>(folded >> 1) ^ -static_cast<int64_t>(folded & 1);
}

enum : uint8_t { kUnknown = 0, kYes, kNo };

}  // namespace

struct Column::Verdicts {
  std::string pattern;
  bool ignore_case = false;
  std::mutex mutex;
  std::vector<uint8_t> of_text;  // guarded by mutex
};

uint64_t Column::Encode(const Scalar& s, Tag& tag) {
  tag = s.tag;
  switch (s.tag) {
    case Tag::kBool:
    case Tag::kTime:
      return static_cast<uint64_t>(s.whole);
    case Tag::kInt:
      return Fold(s.whole);
    case Tag::kDouble:
      return std::bit_cast<uint64_t>(s.real);
    case Tag::kText: {
      if (const auto time = FixedTime(s.text)) {
        tag = Tag::kTime;
        times_ = true;
        return static_cast<uint64_t>(*time);
      }
      if (s.text.size() > kTextKeptMax || !texts_.HasRoom(s.text.size())) {
        tag = Tag::kLong;
        long_texts_ = true;
        return texts_.Add(s.text.substr(0, kLongTextPrefix));
      }
      return texts_.Add(s.text);
    }
    default:
      return 0;
  }
}

Scalar Column::Decode(Tag tag, uint64_t data) const {
  Scalar s;
  s.tag = tag;
  switch (tag) {
    case Tag::kBool:
    case Tag::kTime:
      s.whole = static_cast<int64_t>(data);
      break;
    case Tag::kInt:
      s.whole = Unfold(data);
      break;
    case Tag::kDouble:
      s.real = std::bit_cast<double>(data);
      break;
    case Tag::kText:
    case Tag::kLong:
      s.text = texts_.Text(static_cast<uint32_t>(data));
      break;
    default:
      break;
  }
  return s;
}

void Column::Set(Row row, const Found& found) {
  if (row >= tags_.size()) {
    if (!found.list && found.scalars.empty()) return;
    tags_.resize(row + 1, Tag::kMissing);
    wide_ ? data_.resize(row + 1, 0) : narrow_.resize(row + 1, 0);
  }
  if (!found.list) {
    SetData(row, Encode(found.scalars.empty() ? Scalar() : found.scalars.front(), tags_[row]));
    return;
  }
  std::string packed;
  bool fits = found.scalars.size() <= kListKeptMax;
  for (size_t i = 0; fits && i < found.scalars.size(); ++i) {
    Tag tag;
    const uint64_t data = Encode(found.scalars[i], tag);
    fits = tag != Tag::kLong;
    packed += static_cast<char>(tag);
    packed.append(reinterpret_cast<const char*>(&data), sizeof(data));
  }
  fits = fits && lists_.HasRoom(packed.size());
  tags_[row] = fits ? Tag::kList : Tag::kLongList;
  long_lists_ = long_lists_ || !fits;
  SetData(row, fits ? lists_.Add(packed) : 0);
}

void Column::SetData(Row row, uint64_t data) {
  if (!wide_ && data > UINT32_MAX) {
    data_.assign(narrow_.begin(), narrow_.end());
    narrow_ = {};
    wide_ = true;
  }
  if (wide_) {
    data_[row] = data;
  } else {
    narrow_[row] = static_cast<uint32_t>(data);
  }
}

Scalar Column::Read(Row row) const {
  return row < tags_.size() ? Decode(tags_[row], Data(row)) : Scalar();
}

void Column::DecodeList(uint64_t number, Found& found) const {
  found.Clear();
  found.list = true;
  const std::string_view packed = lists_.Text(static_cast<uint32_t>(number));
  for (size_t at = 0; at + kCellBytes <= packed.size(); at += kCellBytes) {
    uint64_t data;
    std::memcpy(&data, packed.data() + at + 1, sizeof(data));
    found.scalars.push_back(Decode(static_cast<Tag>(packed[at]), data));
  }
}

void Column::Read(Row row, Found& found) const {
  switch (tag(row)) {
    case Tag::kList:
      return DecodeList(Data(row), found);
    case Tag::kLongList:
      found.Clear();
      found.list = true;
      return;
    case Tag::kMissing:
    case Tag::kLong:
      return found.Clear();
    default:
      found.Clear();
      found.scalars.push_back(Decode(tags_[row], Data(row)));
  }
}

Scalar Column::ReadForOrder(Row row, bool descending) const {
  const Tag t = tag(row);
  if (t != Tag::kList) return ForOrder(t == Tag::kMissing ? Scalar() : Decode(t, Data(row)));
  Found found;
  DecodeList(Data(row), found);
  return ForOrder(found, descending);
}

std::shared_ptr<const Ranks> Column::TextRanks() const {
  std::lock_guard lock(kept_mutex_);
  if (!ranks_ || !ranks_->Fresh(texts_)) ranks_ = std::make_shared<const Ranks>(texts_);
  return ranks_;
}

std::shared_ptr<Column::Verdicts> Column::VerdictsFor(const Leaf& leaf) const {
  std::lock_guard lock(kept_mutex_);
  for (auto it = kept_.begin(); it != kept_.end(); ++it) {
    if ((*it)->pattern == leaf.pattern() && (*it)->ignore_case == leaf.ignore_case()) {
      kept_.splice(kept_.begin(), kept_, it);
      return kept_.front();
    }
  }
  auto made = std::make_shared<Verdicts>();
  made->pattern = leaf.pattern();
  made->ignore_case = leaf.ignore_case();
  kept_.push_front(made);
  if (kept_.size() > kPatternsKept) kept_.pop_back();
  return made;
}

void Column::Test(const Leaf& leaf, const Bits& candidates, Bits& yes, Bits& maybe) const {
  const bool if_missing = leaf.TestOne(Scalar());
  const bool if_false = leaf.TestOne({.tag = Tag::kBool});
  const bool if_true = leaf.TestOne({.tag = Tag::kBool, .whole = 1});
  const bool if_other = leaf.TestOne({.tag = Tag::kOther});
  const std::optional<bool> if_long = leaf.TestLong();

  // Verdicts on texts by dictionary number, each reached the first time a candidate asks.
  std::vector<uint8_t> own;
  std::vector<uint8_t>* of_text = &own;
  std::shared_ptr<Verdicts> shared;
  std::unique_lock<std::mutex> lock;
  const auto set_only = [&](std::string_view text) {
    if (const uint32_t n = texts_.Find(text); n != Dictionary::kNone) own[n] = kYes;
  };
  if (const std::vector<std::string>* wanted = leaf.only_texts()) {
    own.assign(texts_.size(), kNo);
    for (const std::string& text : *wanted) set_only(text);
  } else if (leaf.kind() == Predicate::Kind::kRegex && leaf.regex().exact()) {
    own.assign(texts_.size(), kNo);
    set_only(*leaf.regex().exact());
  } else if (leaf.kind() == Predicate::Kind::kRegex) {
    shared = VerdictsFor(leaf);
    lock = std::unique_lock(shared->mutex);
    of_text = &shared->of_text;
    of_text->resize(texts_.size(), kUnknown);
  } else {
    own.assign(texts_.size(), kUnknown);
  }
  std::vector<uint8_t> of_list(lists_.size(), kUnknown);

  Found found;
  candidates.Each([&](Row row) {
    const Tag t = tag(row);
    bool holds = false;
    switch (t) {
      case Tag::kMissing:
        holds = if_missing;
        break;
      case Tag::kBool:
        holds = Data(row) ? if_true : if_false;
        break;
      case Tag::kOther:
        holds = if_other;
        break;
      case Tag::kText: {
        uint8_t& verdict = (*of_text)[Data(row)];
        if (verdict == kUnknown) verdict = leaf.TestOne(Decode(t, Data(row))) ? kYes : kNo;
        holds = verdict == kYes;
        break;
      }
      case Tag::kList: {
        uint8_t& verdict = of_list[Data(row)];
        if (verdict == kUnknown) {
          DecodeList(Data(row), found);
          verdict = leaf.Test(found) ? kYes : kNo;
        }
        holds = verdict == kYes;
        break;
      }
      case Tag::kLong:
        if (!if_long) return maybe.Set(row);
        holds = *if_long;
        break;
      case Tag::kLongList:
        if (leaf.kind() != Predicate::Kind::kEmpty) return maybe.Set(row);
        break;
      default:
        holds = leaf.TestOne(Decode(t, Data(row)));
    }
    if (holds) yes.Set(row);
  });
}

size_t Column::bytes() const {
  size_t bytes = sizeof(*this) + tags_.capacity() + narrow_.capacity() * 4 + data_.capacity() * 8 +
                 texts_.bytes() + lists_.bytes();
  std::lock_guard lock(kept_mutex_);
  bytes += kept_.size() * texts_.size();
  if (ranks_) bytes += ranks_->bytes();
  return bytes;
}

bool Column::stale(size_t rows) const {
  return texts_.size() > 2 * rows + 8192 || lists_.size() > 2 * rows + 8192;
}

}  // namespace furrow::docs
