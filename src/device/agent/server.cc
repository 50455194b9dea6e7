// SPDX-License-Identifier: Apache-2.0
#include "device/agent/server.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/id.h"
#include "http/message.h"
#include "json/text.h"

namespace furrow::device {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kTimeout{20};
constexpr size_t kAnswerBytesMax = 64u << 20;
constexpr std::chrono::seconds kTokenEarly{60};  // before its end a new one is asked for

Status Refusal(int status, const std::string& what) {
  const Code code = status == 401                                     ? Code::kUnauthenticated
                    : status == 403                                   ? Code::kPermissionDenied
                    : status == 404                                   ? Code::kNotFound
                    : status == 408 || status == 429 || status >= 500 ? Code::kUnavailable
                                                                      : Code::kInvalidArgument;
  return Status(code, what);
}

}  // namespace

std::vector<bundle::PublicKey> ParseKeys(const json::Value& list) {
  std::vector<bundle::PublicKey> keys;
  for (const json::Value& one : list.array()) {
    bundle::PublicKey key{one.At("name").AsString(), one.At("public_key").AsString()};
    if (bundle::IsPublicKeyHex(key.hex)) keys.push_back(std::move(key));
  }
  return keys;
}

Server::Server(std::string api, std::string files, const std::string& ca_file)
    : api_(std::move(api)),
      files_(std::move(files)),
      http_({.timeout = kTimeout, .ca_file = ca_file, .body_bytes_max = kAnswerBytesMax}) {}

void Server::SignAs(std::string tractor, bundle::SigningKey key) {
  tractor_ = std::move(tractor);
  key_ = std::make_unique<bundle::SigningKey>(std::move(key));
  token_.clear();
}

Result<json::Value> Server::Post(std::string_view endpoint, const json::Value& request,
                                 const std::string& token, int& status) {
  http::ClientRequest post{.method = "POST", .url = fmt::format("{}/{}", api_, endpoint)};
  post.headers.Set("Content-Type", "application/json");
  post.headers.Set("X-ClearML-Client", "furrow-device-" FURROW_VERSION);
  if (!token.empty()) post.headers.Set("Authorization", "Bearer " + token);
  post.body = json::Write(request);
  FURROW_ASSIGN(const http::Response response, http_.Send(post));
  status = response.status;
  auto answer = json::Parse(response.body);
  if (!answer.ok()) {
    return Status(Code::kUnavailable,
                  fmt::format("{}: the answer is no JSON (HTTP {})", endpoint, response.status));
  }
  if (response.status != 200) {
    return Refusal(response.status,
                   fmt::format("{}: {} (HTTP {})", endpoint,
                               answer->At("meta").At("result_msg").AsString(), response.status));
  }
  return std::move((*answer)["data"]);
}

Result<json::Value> Server::Ask(std::string_view endpoint, const json::Value& request) {
  int status = 0;
  return Post(endpoint, request, "", status);
}

Status Server::SignIn() {
  if (!key_) return Status(Code::kUnauthenticated, "this tractor is not enrolled");
  FURROW_ASSIGN(const json::Value challenge,
                Ask("fleet.challenge", json::Object{{"tractor", tractor_}}));
  const std::string& nonce = challenge.At("nonce").AsString();
  const std::string text = fmt::format("furrow sign-in\n{}\n{}", tractor_, nonce);
  FURROW_ASSIGN(
      const json::Value answer,
      Ask("fleet.sign_in",
          json::Object{{"tractor", tractor_}, {"nonce", nonce}, {"signature", key_->Sign(text)}}));
  token_ = answer.At("token").AsString();
  if (token_.empty()) return Status(Code::kUnavailable, "fleet.sign_in: no token in the answer");
  const auto life = std::chrono::seconds(std::max<int64_t>(answer.At("expires_in_s").AsInt(), 1));
  token_until_ = steady_clock::now() + std::max(life - kTokenEarly, life / 2);
  return {};
}

Result<json::Value> Server::Call(std::string_view endpoint, const json::Value& request) {
  for (bool renewed = false;; renewed = true) {
    if (token_.empty() || steady_clock::now() > token_until_) FURROW_TRY(SignIn());
    int status = 0;
    auto answer = Post(endpoint, request, token_, status);
    if (status != 401 || renewed) return answer;
    token_.clear();
  }
}

Result<std::string> Server::Fetch(const std::string& url, uint64_t offset, uint64_t length) {
  std::string from = url;
  if (url.starts_with('/')) {
    from = files_ + url;
  } else if (!url.starts_with(files_ + "/") && !url.starts_with(api_ + "/")) {
    return Status(Code::kInvalidArgument, url + ": lies on another server");
  }
  for (bool renewed = false;; renewed = true) {
    if (token_.empty() || steady_clock::now() > token_until_) FURROW_TRY(SignIn());
    http::ClientRequest get{.url = from};
    get.headers.Set("Authorization", "Bearer " + token_);
    get.headers.Set("Range", fmt::format("bytes={}-{}", offset, offset + length - 1));
    FURROW_ASSIGN(http::Response response, http_.Send(get));
    if (response.status == 401 && !renewed) {
      token_.clear();
      continue;
    }
    if (response.status == 206) return std::move(response.body);
    if (response.status == 416) return std::string();
    if (response.status != 200) {
      return Refusal(response.status, fmt::format("{}: HTTP {}", from, response.status));
    }
    // All of it, from a server that knows no ranges.
    if (offset >= response.body.size()) return std::string();
    return response.body.substr(offset, length);
  }
}

Status Server::Upload(const std::string& path, std::string_view content) {
  const std::string boundary = "furrow-" + NewId();
  for (bool renewed = false;; renewed = true) {
    if (token_.empty() || steady_clock::now() > token_until_) FURROW_TRY(SignIn());
    http::ClientRequest post{.method = "POST", .url = files_ + "/"};
    post.headers.Set("Authorization", "Bearer " + token_);
    post.headers.Set("Content-Type", "multipart/form-data; boundary=" + boundary);
    post.body = fmt::format(
        "--{}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\n",
        boundary, path, path);
    post.body += content;
    post.body += "\r\n--" + boundary + "--\r\n";
    FURROW_ASSIGN(const http::Response response, http_.Send(post));
    if (response.status == 401 && !renewed) {
      token_.clear();
      continue;
    }
    if (response.status / 100 == 2) return {};
    return Refusal(response.status, fmt::format("{}/{}: HTTP {}", files_, path, response.status));
  }
}

}  // namespace furrow::device
