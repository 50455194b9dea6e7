// SPDX-License-Identifier: Apache-2.0
#include "json/value.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace furrow::json {
namespace {

const Value kNull;
const std::string kEmptyString;
const Array kEmptyArray;
const Object kEmptyObject;

constexpr size_t kFewMembers = 16;

bool AllDiffer(const std::vector<Member>& members) {
  for (size_t i = 1; i < members.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (members[j].key == members[i].key) return false;
    }
  }
  return true;
}

// For each member the place of the first with its key. Sorts instead of hashing: keys come from
// strangers, who could choose them to collide.
std::vector<size_t> FirstOfEqual(const std::vector<Member>& members) {
  std::vector<size_t> first(members.size());
  std::iota(first.begin(), first.end(), size_t{0});
  std::vector<size_t> order(first);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const int compared = members[a].key.compare(members[b].key);
    return compared < 0 || (compared == 0 && a < b);
  });
  for (size_t i = 1; i < order.size(); ++i) {
    if (members[order[i]].key == members[order[i - 1]].key) first[order[i]] = first[order[i - 1]];
  }
  return first;
}

}  // namespace

Object::Object() = default;
Object::Object(std::initializer_list<Member> members) : members_(members) {}
Object::Object(const Object&) = default;
Object::Object(Object&&) noexcept = default;
Object& Object::operator=(const Object&) = default;
Object& Object::operator=(Object&&) noexcept = default;
Object::~Object() = default;

bool Object::empty() const { return members_.empty(); }
size_t Object::size() const { return members_.size(); }
Member* Object::begin() { return members_.data(); }
Member* Object::end() { return members_.data() + members_.size(); }
const Member* Object::begin() const { return members_.data(); }
const Member* Object::end() const { return members_.data() + members_.size(); }
void Object::Clear() { members_.clear(); }

Value* Object::Find(std::string_view key) {
  for (Member& m : members_) {
    if (m.key == key) return &m.value;
  }
  return nullptr;
}

const Value* Object::Find(std::string_view key) const {
  return const_cast<Object*>(this)->Find(key);
}

Value& Object::operator[](std::string_view key) {
  if (Value* found = Find(key)) return *found;
  return Append(std::string(key), Value());
}

Value& Object::Append(std::string key, Value value) {
  members_.push_back({std::move(key), std::move(value)});
  return members_.back().value;
}

void Object::Put(Object&& other) {
  for (Member& m : other.members_) members_.push_back(std::move(m));
  other.members_.clear();
  DropDuplicates();
}

void Object::Erase(const std::set<std::string, std::less<>>& keys) {
  std::erase_if(members_, [&](const Member& m) { return keys.contains(m.key); });
}

bool Object::Erase(std::string_view key) {
  for (auto it = members_.begin(); it != members_.end(); ++it) {
    if (it->key == key) {
      members_.erase(it);
      return true;
    }
  }
  return false;
}

void Object::DropDuplicates() {
  if (members_.size() <= kFewMembers && AllDiffer(members_)) return;
  const std::vector<size_t> first = FirstOfEqual(members_);
  bool duplicates = false;
  std::vector<bool> dead(members_.size(), false);
  for (size_t i = 0; i < members_.size(); ++i) {
    if (first[i] == i) continue;
    members_[first[i]].value = std::move(members_[i].value);
    dead[i] = duplicates = true;
  }
  if (!duplicates) return;
  std::vector<Member> kept;
  kept.reserve(members_.size());
  for (size_t i = 0; i < members_.size(); ++i) {
    if (!dead[i]) kept.push_back(std::move(members_[i]));
  }
  members_ = std::move(kept);
}

void Object::SortKeys() {
  std::sort(members_.begin(), members_.end(),
            [](const Member& a, const Member& b) { return a.key < b.key; });
}

bool Value::AsBool(bool otherwise) const {
  if (const bool* b = std::get_if<bool>(&v_)) return *b;
  return otherwise;
}

int64_t Value::AsInt(int64_t otherwise) const {
  if (const int64_t* n = std::get_if<int64_t>(&v_)) return *n;
  if (const double* d = std::get_if<double>(&v_)) {
    if (std::isfinite(*d) && std::abs(*d) < 9.2e18) return static_cast<int64_t>(*d);
  }
  return otherwise;
}

double Value::AsDouble(double otherwise) const {
  if (const double* d = std::get_if<double>(&v_)) return *d;
  if (const int64_t* n = std::get_if<int64_t>(&v_)) return static_cast<double>(*n);
  if (const uint64_t* n = std::get_if<uint64_t>(&v_)) return static_cast<double>(*n);
  return otherwise;
}

uint64_t Value::AsUint64() const {
  if (const uint64_t* n = std::get_if<uint64_t>(&v_)) return *n;
  return static_cast<uint64_t>(AsInt());
}

const std::string& Value::AsString() const {
  const std::string* s = std::get_if<std::string>(&v_);
  return s ? *s : kEmptyString;
}

const Array& Value::array() const {
  const Array* a = std::get_if<Array>(&v_);
  return a ? *a : kEmptyArray;
}

const Object& Value::object() const {
  const Object* o = std::get_if<Object>(&v_);
  return o ? *o : kEmptyObject;
}

std::string& Value::mutable_string() {
  if (!IsString()) v_ = std::string();
  return std::get<std::string>(v_);
}

Array& Value::array() {
  if (!IsArray()) v_ = Array();
  return std::get<Array>(v_);
}

Object& Value::object() {
  if (!IsObject()) v_ = Object();
  return std::get<Object>(v_);
}

const Value* Value::Find(std::string_view key) const {
  const Object* o = std::get_if<Object>(&v_);
  return o ? o->Find(key) : nullptr;
}

Value* Value::Find(std::string_view key) {
  return const_cast<Value*>(static_cast<const Value*>(this)->Find(key));
}

const Value& Value::At(std::string_view key) const {
  const Value* found = Find(key);
  return found ? *found : kNull;
}

const Value* Value::FindPath(std::string_view dotted) const {
  const Value* at = this;
  while (at) {
    const size_t dot = dotted.find('.');
    at = at->Find(dotted.substr(0, dot));
    if (dot == std::string_view::npos) return at;
    dotted.remove_prefix(dot + 1);
  }
  return nullptr;
}

Value* Value::FindPath(std::string_view dotted) {
  return const_cast<Value*>(static_cast<const Value*>(this)->FindPath(dotted));
}

Value& Value::MakePath(std::string_view dotted) {
  Value* at = this;
  for (;;) {
    const size_t dot = dotted.find('.');
    at = &(*at)[dotted.substr(0, dot)];
    if (dot == std::string_view::npos) return *at;
    dotted.remove_prefix(dot + 1);
  }
}

bool Value::ErasePath(std::string_view dotted) {
  const size_t dot = dotted.rfind('.');
  Value* parent = dot == std::string_view::npos ? this : FindPath(dotted.substr(0, dot));
  if (!parent || !parent->IsObject()) return false;
  return parent->object().Erase(dot == std::string_view::npos ? dotted : dotted.substr(dot + 1));
}

bool Value::operator==(const Value& other) const {
  if (IsNumber() && other.IsNumber()) {
    if (IsInt() && other.IsInt()) return AsInt() == other.AsInt();
    if (IsUint64() && other.IsUint64()) return AsUint64() == other.AsUint64();
    return AsDouble() == other.AsDouble();
  }
  if (v_.index() != other.v_.index()) return false;
  if (IsArray()) return array() == other.array();
  if (IsObject()) {
    if (object().size() != other.object().size()) return false;
    for (const Member& m : object()) {
      const Value* theirs = other.Find(m.key);
      if (!theirs || *theirs != m.value) return false;
    }
    return true;
  }
  if (IsString()) return AsString() == other.AsString();
  if (IsBool()) return AsBool() == other.AsBool();
  return true;
}

}  // namespace furrow::json
