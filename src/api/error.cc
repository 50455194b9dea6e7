// SPDX-License-Identifier: Apache-2.0
#include "api/error.h"

namespace furrow::api {
namespace {

Code CodeOf(const Error& e) {
  switch (e.http) {
    case 401:
      return Code::kUnauthenticated;
    case 403:
      return Code::kPermissionDenied;
    case 404:
      return Code::kNotFound;
    case 400:
      return e.subcode == kNotUnique.subcode ? Code::kAlreadyExists : Code::kInvalidArgument;
    default:
      return e.http >= 500 ? Code::kInternal : Code::kInvalidArgument;
  }
}

}  // namespace

Status Fail(const Error& error, std::string_view detail) {
  std::string text = error.text;
  if (!detail.empty()) text.append(": ").append(detail);
  return Status(CodeOf(error), error.http * 10000u + error.subcode, std::move(text));
}

WireCode ToWire(const Status& status) {
  if (status.ok()) return {};
  if (status.wire()) {
    return {static_cast<int>(status.wire() / 10000), static_cast<int>(status.wire() % 10000)};
  }
  switch (status.code()) {
    case Code::kInvalidArgument:
      return {400, 12};
    case Code::kNotFound:
      return {400, 10};
    case Code::kAlreadyExists:
      return {400, 801};
    case Code::kFailedPrecondition:
      return {400, 0};
    case Code::kUnauthenticated:
      return {401, 0};
    case Code::kPermissionDenied:
      return {403, 0};
    case Code::kTooLarge:
      return {413, 0};
    case Code::kResourceExhausted:
      return {429, 0};
    case Code::kUnavailable:
      return {503, 0};
    case Code::kCorruption:
      return {500, 101};
    default:
      return {500, 0};
  }
}

json::Value FailedItem(std::string_view id, const Status& status) {
  const WireCode code = ToWire(status);
  return json::Object{{"id", id},
                      {"error", json::Object{{"codes", json::Array{code.http, code.subcode}},
                                             {"msg", status.message()},
                                             {"data", json::Object{}}}}};
}

}  // namespace furrow::api
