// SPDX-License-Identifier: Apache-2.0
#include "store/docs/column.h"

#include <bit>
#include <cstring>

#include "store/docs/order.h"

namespace furrow::docs {
namespace {

constexpr size_t kCellBytes = 9;

}  // namespace

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
    ever_ |= static_cast<uint16_t>(1u << static_cast<int>(tags_[row]));
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
  ever_ |= static_cast<uint16_t>(1u << static_cast<int>(tags_[row]));
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

std::shared_ptr<const Ranks> Column::TextRanks(bool numeric_text) const {
  std::lock_guard lock(kept_mutex_);
  auto& ranks = numeric_text ? numeric_ranks_ : ranks_;
  if (!ranks || !ranks->Fresh(texts_)) ranks = std::make_shared<const Ranks>(texts_, numeric_text);
  return ranks;
}

bool Column::stale(size_t rows) const {
  return texts_.size() > 2 * rows + 8192 || lists_.size() > 2 * rows + 8192;
}

}  // namespace furrow::docs
