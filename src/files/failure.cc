// SPDX-License-Identifier: Apache-2.0
#include "files/failure.h"

#include "auth/identity.h"
#include "http/server.h"

namespace furrow::files {
namespace {

constexpr std::string_view kBadName = "bad file name";

}  // namespace

Status ForTransport(const Status& status) {
  if (status.ok()) return status;
  if (status.code() == Code::kInvalidArgument && status.message().starts_with(kBadName)) {
    return Status(Code::kNotFound, status.message());
  }
  if (status.code() == Code::kIoError || status.code() == Code::kInternal) {
    return Status(status.code(), "the file could not be stored");
  }
  return status;
}

http::Response FailureResponse(const Status& status) {
  const Status said = ForTransport(status);
  const int code =
      said.wire() == auth::kWireTooManyRequests ? 429 : http::StatusForCode(said.code());
  http::Response response = http::Response::Text(code, said.message() + "\n");
  response.headers.Set("X-Content-Type-Options", "nosniff");
  if (code == 503 || code == 429) response.headers.Set("Retry-After", "5");
  return response;
}

}  // namespace furrow::files
