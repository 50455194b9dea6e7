// SPDX-License-Identifier: Apache-2.0
// Errors as values. A Status is either OK or a code, a message for the person who reads it, and
// an optional wire code that the API layer puts into the answer.
//
//   Status Save(...) {
//     if (full) return Status(Code::kUnavailable, "disk full: free some space");
//     FURROW_TRY(Write(...));                 // returns the error, if any
//     FURROW_ASSIGN(auto file, Open(path));   // unwraps a Result or returns its error
//     return {};
//   }
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace furrow {

enum class Code : uint8_t {
  kOk = 0,
  kInvalidArgument,  // the caller sent something wrong
  kNotFound,
  kAlreadyExists,
  kFailedPrecondition,  // right request, wrong moment
  kUnauthenticated,
  kPermissionDenied,
  kTooLarge,
  kResourceExhausted,  // a bound was reached; try again later
  kUnavailable,        // an outage: disk full, shutting down
  kCorruption,         // a checksum did not match
  kIoError,
  kInternal,  // our own mistake
};

/// The name of a code, for logs.
const char* CodeName(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}
  /// `wire` is opaque here; the API layer writes HTTP code * 10000 + subcode into it.
  Status(Code code, uint32_t wire, std::string message)
      : code_(code), wire_(wire), message_(std::move(message)) {}

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  uint32_t wire() const { return wire_; }
  const std::string& message() const { return message_; }

  /// The same error with `context: ` in front of its message.
  Status With(const std::string& context) const {
    return ok() ? *this : Status(code_, wire_, context + ": " + message_);
  }
  std::string ToString() const;

 private:
  Code code_ = Code::kOk;
  uint32_t wire_ = 0;
  std::string message_;
};

/// A value or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}         // NOLINT: implicit by design
  Result(Status status) : state_(std::move(status)) {}  // NOLINT: implicit by design

  bool ok() const { return std::holds_alternative<T>(state_); }
  Status status() const { return ok() ? Status() : std::get<Status>(state_); }
  T& value() & { return std::get<T>(state_); }
  const T& value() const& { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Status> state_;
};

}  // namespace furrow

// Names are made by __COUNTER__, not by the line: a lambda in a macro's argument is all one line.
#define FURROW_CONCAT_INNER(a, b) a##b
#define FURROW_CONCAT(a, b) FURROW_CONCAT_INNER(a, b)

#define FURROW_TRY(expr) FURROW_TRY_AS(FURROW_CONCAT(furrow_status_, __COUNTER__), expr)
#define FURROW_TRY_AS(name, expr)                                \
  do {                                                           \
    if (::furrow::Status name = (expr); !name.ok()) return name; \
  } while (false)

#define FURROW_ASSIGN(decl, expr) \
  FURROW_ASSIGN_AS(FURROW_CONCAT(furrow_result_, __COUNTER__), decl, expr)
#define FURROW_ASSIGN_AS(name, decl, expr) \
  auto name = (expr);                      \
  if (!name.ok()) return name.status();    \
  decl = std::move(name).value()
