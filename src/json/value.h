// SPDX-License-Identifier: Apache-2.0
// A JSON document in memory.
//
//   json::Value task = json::Object{{"id", id}, {"tags", json::Array{"a", "b"}}};
//   task["status"] = "created";                       // inserts the key
//   const json::Value& name = task.At("name");        // null when absent
//   if (const json::Value* t = task.FindPath("script.diff")) ...
//
// Objects keep the order of insertion. Integers of 64 bits and non-finite doubles survive. A Value
// may be read by many threads at once and written by one.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace furrow::json {

class Value;
struct Member;
using Array = std::vector<Value>;

/// Keys to values in order of insertion. Look-up is linear: made for documents, not for tables.
class Object {
 public:
  Object();
  Object(std::initializer_list<Member> members);
  Object(const Object&);
  Object(Object&&) noexcept;
  Object& operator=(const Object&);
  Object& operator=(Object&&) noexcept;
  ~Object();

  bool empty() const;
  size_t size() const;
  Value* Find(std::string_view key);
  const Value* Find(std::string_view key) const;
  /// The value under `key`, a new null if there was none.
  Value& operator[](std::string_view key);
  /// Appends without looking for an equal key; the parser's fast path.
  Value& Append(std::string key, Value value);
  /// As (*this)[key] = value for each of `other`, however many they are.
  void Put(Object&& other);
  /// True if there was such a key.
  bool Erase(std::string_view key);
  /// Those of `keys` that are there.
  void Erase(const std::set<std::string, std::less<>>& keys);
  void Clear();
  /// Keeps the last of members with equal keys, in the place of the first.
  void DropDuplicates();
  /// Sorts members by key.
  void SortKeys();

  Member* begin();
  Member* end();
  const Member* begin() const;
  const Member* end() const;

 private:
  std::vector<Member> members_;
};

class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}    // NOLINT
  Value(bool b) : v_(b) {}    // NOLINT
  Value(double d) : v_(d) {}  // NOLINT
  template <typename T,
            std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, int> = 0>
  Value(T n) {  // NOLINT
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == 8) {
      if (n > static_cast<uint64_t>(INT64_MAX)) {
        v_ = static_cast<uint64_t>(n);
        return;
      }
    }
    v_ = static_cast<int64_t>(n);
  }
  Value(const char* s) : v_(std::string(s)) {}       // NOLINT
  Value(std::string_view s) : v_(std::string(s)) {}  // NOLINT
  Value(std::string s) : v_(std::move(s)) {}         // NOLINT
  Value(Array a) : v_(std::move(a)) {}               // NOLINT
  Value(Object o) : v_(std::move(o)) {}              // NOLINT

  bool IsNull() const { return std::holds_alternative<std::monostate>(v_); }
  bool IsBool() const { return std::holds_alternative<bool>(v_); }
  /// A whole number that fits int64.
  bool IsInt() const { return std::holds_alternative<int64_t>(v_); }
  bool IsUint64() const { return std::holds_alternative<uint64_t>(v_); }
  bool IsDouble() const { return std::holds_alternative<double>(v_); }
  bool IsNumber() const { return IsInt() || IsDouble() || IsUint64(); }
  bool IsString() const { return std::holds_alternative<std::string>(v_); }
  bool IsArray() const { return std::holds_alternative<Array>(v_); }
  bool IsObject() const { return std::holds_alternative<Object>(v_); }

  /// The value, or `otherwise` when it is of another type. Numbers convert to each other.
  bool AsBool(bool otherwise = false) const;
  int64_t AsInt(int64_t otherwise = 0) const;
  double AsDouble(double otherwise = 0) const;
  /// The string, or an empty one when it is of another type.
  const std::string& AsString() const;
  std::string AsString(std::string_view otherwise) const {
    return IsString() ? AsString() : std::string(otherwise);
  }
  uint64_t AsUint64() const;

  /// The elements; an empty array or object when of another type. The mutable forms turn any
  /// other type into an empty one first.
  const Array& array() const;
  const Object& object() const;
  std::string& mutable_string();
  Array& array();
  Object& object();

  /// Member `key`, or null-valued when absent or not an object.
  const Value& At(std::string_view key) const;
  const Value* Find(std::string_view key) const;
  Value* Find(std::string_view key);
  /// Dotted look-up; nullptr when any step is absent. Keys holding dots cannot be reached this way.
  const Value* FindPath(std::string_view dotted) const;
  Value* FindPath(std::string_view dotted);
  /// Makes the objects on the way; what is not an object there is replaced.
  Value& MakePath(std::string_view dotted);
  /// True if something was removed.
  bool ErasePath(std::string_view dotted);
  /// Member, inserted as null when absent; turns a non-object into an object.
  Value& operator[](std::string_view key) { return object()[key]; }

  /// Deep equality; 1 == 1.0, object order does not matter.
  bool operator==(const Value& other) const;
  bool operator!=(const Value& other) const { return !(*this == other); }

 private:
  std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Array, Object> v_;
};

struct Member {
  std::string key;
  Value value;
};

}  // namespace furrow::json
