// SPDX-License-Identifier: Apache-2.0
#include "client/session.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <sodium.h>

#include "base/id.h"
#include "json/text.h"

namespace furrow::client {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void SetIfEmpty(std::string& target, const std::string& value) {
  if (target.empty()) target = value;
}

void FromDataDir(const std::string& dir, Target& target) {
  if (const auto server = json::Parse(ReadAll(dir + "/server.json")); server.ok()) {
    SetIfEmpty(target.api, server->At("api").AsString());
    SetIfEmpty(target.web, server->At("web").AsString());
    SetIfEmpty(target.files, server->At("files").AsString());
  }
  if (const auto first = json::Parse(ReadAll(dir + "/bootstrap.json")); first.ok()) {
    SetIfEmpty(target.access_key, first->At("credentials").At("access_key").AsString());
    SetIfEmpty(target.secret_key, first->At("credentials").At("secret_key").AsString());
  }
}

// The value of `key` in a clearml.conf: `key: "value"` or `"key" = "value"` on a line of its own,
// which is how clearml-init and this program write it.
std::string ConfValue(const std::string& text, std::string_view key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t hash = line.find_first_not_of(" \t");
    if (hash == std::string::npos || line[hash] == '#') continue;
    const size_t at = line.find(key);
    if (at == std::string::npos) continue;
    const size_t after = at + key.size();
    const size_t colon = line.find_first_of(":=", after);
    if (colon == std::string::npos || colon > after + 2) continue;
    size_t first = line.find_first_not_of(" \t\"", colon + 1);
    if (first == std::string::npos) continue;
    const size_t last = line.find_first_of("\" \t", first);
    return line.substr(first, last == std::string::npos ? last : last - first);
  }
  return {};
}

std::string WithoutSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

std::string Base64(std::string_view text) {
  std::string out(sodium_base64_encoded_len(text.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()),
                    text.size(), sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // the terminating zero
  return out;
}

/// What may stand in a URL and between quotes as it is; everything else by its number.
std::string EscapedPath(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/";
  std::string out;
  for (const char c : path) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (letter || kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      out += '%';
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

}  // namespace

Result<Target> FindTarget(const TargetHints& hints) {
  Target target{.api = hints.api, .access_key = hints.access_key, .secret_key = hints.secret_key};
  if (!hints.data_dir.empty()) FromDataDir(hints.data_dir, target);
  SetIfEmpty(target.api, Environment("CLEARML_API_HOST"));
  SetIfEmpty(target.web, Environment("CLEARML_WEB_HOST"));
  SetIfEmpty(target.files, Environment("CLEARML_FILES_HOST"));
  SetIfEmpty(target.access_key, Environment("CLEARML_API_ACCESS_KEY"));
  SetIfEmpty(target.secret_key, Environment("CLEARML_API_SECRET_KEY"));
  if (const std::string dir = Environment("FURROW_DATA"); !dir.empty()) FromDataDir(dir, target);
  std::string conf = Environment("CLEARML_CONFIG_FILE");
  if (conf.empty()) conf = Environment("HOME") + "/clearml.conf";
  const std::string text = ReadAll(conf);
  SetIfEmpty(target.api, ConfValue(text, "api_server"));
  SetIfEmpty(target.web, ConfValue(text, "web_server"));
  SetIfEmpty(target.files, ConfValue(text, "files_server"));
  SetIfEmpty(target.access_key, ConfValue(text, "access_key"));
  SetIfEmpty(target.secret_key, ConfValue(text, "secret_key"));
  for (std::string* url : {&target.api, &target.web, &target.files}) *url = WithoutSlash(*url);
  if (target.api.empty()) {
    return Status(Code::kInvalidArgument,
                  "no server named: set CLEARML_API_HOST, or say --api URL, or --data DIR on the "
                  "server's own machine");
  }
  if (target.access_key.empty() || target.secret_key.empty()) {
    return Status(Code::kInvalidArgument,
                  "no credentials: set CLEARML_API_ACCESS_KEY and CLEARML_API_SECRET_KEY, or say "
                  "--data DIR on the server's own machine");
  }
  return target;
}

Session::Session(Target target) : target_(std::move(target)) {}

Status Session::SignIn() {
  http::ClientRequest request{.method = "POST", .url = target_.api + "/auth.login"};
  request.headers.Set("Authorization",
                      "Basic " + Base64(target_.access_key + ":" + target_.secret_key));
  FURROW_ASSIGN(const http::Response response, http_.Send(request));
  auto answer = json::Parse(response.body);
  if (!answer.ok()) {
    return Status(Code::kUnavailable, target_.api + " does not answer like an API server");
  }
  if (response.status != 200) {
    return Status(Code::kUnauthenticated, answer->At("meta").At("result_msg").AsString());
  }
  token_ = answer->At("data").At("token").AsString();
  return {};
}

Result<json::Value> Session::Send(std::string_view endpoint, const std::string& body,
                                  const char* type) {
  for (bool renewed = false;; renewed = true) {
    if (token_.empty()) FURROW_TRY(SignIn());
    http::ClientRequest request{.method = "POST", .url = target_.api + "/" + std::string(endpoint)};
    request.headers.Set("Authorization", "Bearer " + token_);
    request.headers.Set("Content-Type", type);
    request.headers.Set("X-ClearML-Client", "furrow-" FURROW_VERSION);
    request.body = body;
    FURROW_ASSIGN(const http::Response response, http_.Send(request));
    if (response.status == 401 && !renewed) {
      token_.clear();
      continue;
    }
    auto answer = json::Parse(response.body);
    if (!answer.ok()) {
      return Status(Code::kUnavailable, std::string(endpoint) + ": the answer is not JSON (HTTP " +
                                            std::to_string(response.status) + ")");
    }
    const json::Value& meta = answer->At("meta");
    if (response.status != 200) {
      const auto wire = static_cast<uint32_t>(meta.At("result_code").AsInt() * 10000 +
                                              meta.At("result_subcode").AsInt());
      return Status(response.status == 404 ? Code::kNotFound : Code::kInvalidArgument, wire,
                    meta.At("result_msg").AsString());
    }
    return std::move((*answer)["data"]);
  }
}

Result<json::Value> Session::Call(std::string_view endpoint, const json::Value& request) {
  return Send(endpoint, json::Write(request), "application/json");
}

Result<json::Value> Session::CallBatch(std::string_view endpoint, const json::Array& lines) {
  std::string body;
  for (const json::Value& line : lines) {
    json::WriteTo(body, line);
    body += '\n';
  }
  return Send(endpoint, body, "application/json-lines");
}

Result<std::string> Session::Upload(const std::string& path, std::string_view content,
                                    const std::string& type) {
  if (target_.files.empty()) {
    return Status(Code::kFailedPrecondition, "no file server named: set CLEARML_FILES_HOST");
  }
  const std::string escaped = EscapedPath(path);
  for (bool renewed = false;; renewed = true) {
    if (token_.empty()) FURROW_TRY(SignIn());
    // Nobody can have put this line into the content: it is drawn anew for each upload.
    const std::string boundary = "furrow-" + NewId();
    http::ClientRequest request{.method = "POST", .url = target_.files + "/"};
    request.headers.Set("Authorization", "Bearer " + token_);
    request.headers.Set("Content-Type", "multipart/form-data; boundary=" + boundary);
    request.body = "--" + boundary + "\r\nContent-Disposition: form-data; name*=utf-8''" + escaped +
                   "; filename=\"" + escaped.substr(escaped.rfind('/') + 1) +
                   "\"\r\nContent-Type: " + type + "\r\n\r\n";
    request.body += content;
    request.body += "\r\n--" + boundary + "--\r\n";
    FURROW_ASSIGN(const http::Response response, http_.Send(request));
    if (response.status == 401 && !renewed) {
      token_.clear();
      continue;
    }
    if (response.status == 200) return target_.files + "/" + escaped;
    return Status(response.status == 413 ? Code::kTooLarge : Code::kUnavailable,
                  path + ": the file server answers " + std::to_string(response.status) + ": " +
                      response.body.substr(0, 300));
  }
}

}  // namespace furrow::client
