// SPDX-License-Identifier: Apache-2.0
#include "files/service.h"

#include "auth/failure_limiter.h"
#include "files/conditions.h"
#include "files/content_type.h"
#include "files/failure.h"
#include "files/upload.h"
#include "json/text.h"

namespace furrow::files {
namespace {

// Checked before the answer begins, so that damage there is a clean 500; what follows is checked as
// it is sent.
constexpr uint64_t kCheckedFirstBytes = 1 << 20;
constexpr size_t kDeleteManyMax = 10'000;
constexpr uint64_t kStrangerBodyMax = 64 * 1024;  // what is read of a caller without a good token
constexpr json::ParseLimits kDeleteManyLimits{.depth_max = 8, .values_max = 2 * kDeleteManyMax};

bool IsRoot(std::string_view path) { return path.empty() || path == "/"; }

bool Reads(std::string_view method) { return method == "GET" || method == "HEAD"; }

Result<blobs::Path> PathOf(std::string_view encoded) {
  std::string decoded;
  if (!http::PercentDecode(encoded, false, decoded)) {
    return Status(Code::kNotFound, "no such file");
  }
  return blobs::Path::Parse(decoded);
}

http::Response MethodNotAllowed() {
  http::Response response = http::Response::Text(405, "method not allowed\n");
  response.headers.Set("Allow", "GET, HEAD, POST, DELETE, OPTIONS");
  return response;
}

Status NotAllowed() {
  return Status(Code::kPermissionDenied, auth::kWireRoleNotAllowed,
                "Forbidden (not allowed for role)");
}

bool AsksForDownload(std::string_view query) {
  for (const auto& [name, value] : http::ParseQuery(query)) {
    if (name == "download" && value != "0" && value != "false") return true;
  }
  return false;
}

}  // namespace

Result<auth::Identity> Service::Admit(const http::RequestHead& head, auth::FileUse use) const {
  const Result<auth::Caller> signed_in = authenticator_.Authenticate(head.headers, clock_.Now());
  const bool within =
      !limits_ || (signed_in.ok() ? limits_->sessions.Take(signed_in->identity.session_id)
                                  : limits_->addresses.Take(auth::FloodKey(head.peer_address)));
  if (!within) {
    return Status(Code::kResourceExhausted, auth::kWireTooManyRequests, "too many requests");
  }
  if (!signed_in.ok()) return signed_in.status();
  const auth::Caller& caller = *signed_in;
  // A device may use some files and not others: that is decided once it is known which.
  const bool by_path = caller.identity.role == auth::Role::kDevice && use != auth::FileUse::kDelete;
  if (!by_path && !auth::MayUseFile(caller.identity, use, "")) return NotAllowed();
  const bool read_only = use == auth::FileUse::kRead;
  if (caller.by_cookie && !auth::CookieCallAllowed(head, read_only, origins_)) {
    return Status(Code::kPermissionDenied,
                  "a cookie alone does not authorise this call from that origin");
  }
  return caller.identity;
}

void Service::AddOriginFields(const http::RequestHead& head, http::Response& response) const {
  const std::string_view origin = head.headers.Get("Origin");
  if (origin.empty()) return;
  response.headers.Add("Vary", "Origin");
  if (!auth::OriginAllowed(origin, origins_)) return;
  response.headers.Set("Access-Control-Allow-Origin", std::string(origin));
  response.headers.Set("Access-Control-Allow-Credentials", "true");
  response.headers.Set("Access-Control-Expose-Headers",
                       "Content-Length, Content-Range, ETag, Last-Modified");
}

std::unique_ptr<http::BodySink> Service::Accept(const http::RequestHead& head,
                                                std::string_view path) {
  const auto refuse = [&](http::Response response) {
    AddOriginFields(head, response);
    return std::make_unique<RefusedUpload>(std::move(response));
  };
  if (head.method != "POST" || !IsRoot(path)) {
    if (!head.chunked && head.content_length <= kStrangerBodyMax) return nullptr;
    const Status known = authenticator_.Authenticate(head.headers, clock_.Now()).status();
    return known.ok() ? nullptr : refuse(FailureResponse(known));
  }
  const Result<auth::Identity> caller = Admit(head, auth::FileUse::kWrite);
  if (!caller.ok()) return refuse(FailureResponse(caller.status()));
  if (head.headers.Has("Content-Encoding")) {
    return refuse(http::Response::Text(415, "an encoded body is not taken\n"));
  }
  const std::string boundary = BoundaryOf(head.headers.Get("Content-Type"));
  if (boundary.empty()) {
    return refuse(http::Response::Text(400, "an upload is multipart/form-data\n"));
  }
  http::Response fields;
  AddOriginFields(head, fields);
  return std::make_unique<Upload>(
      blobs_, boundary,
      [caller = *caller](const blobs::Path& to) {
        return auth::MayUseFile(caller, auth::FileUse::kWrite, to.text()) ? Status() : NotAllowed();
      },
      [fields = std::move(fields.headers)](http::Response& response) {
        for (const http::Header& field : fields.all()) {
          response.headers.Add(field.name, field.value);
        }
      });
}

void Service::Handle(http::Request request, std::string_view path, http::Responder respond) {
  http::Response response = Answer(request, path);
  AddOriginFields(request, response);
  respond(std::move(response));
}

http::Response Service::Answer(const http::Request& request, std::string_view path) {
  if (request.method == "OPTIONS") {
    http::Response response;
    response.headers.Set("Allow", "GET, HEAD, POST, DELETE, OPTIONS");
    if (auth::OriginAllowed(request.headers.Get("Origin"), origins_)) {
      response.headers.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE");
      response.headers.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Range");
      response.headers.Set("Access-Control-Max-Age", "600");
    }
    return response;
  }
  if (request.headers.Has("Content-Encoding")) {
    return http::Response::Text(415, "an encoded body is not taken\n");
  }
  if (IsRoot(path)) return Reads(request.method) ? Root(request) : MethodNotAllowed();
  const bool many = path == "/delete_many" && request.method == "POST";
  if (!Reads(request.method) && request.method != "DELETE" && !many) return MethodNotAllowed();

  const auto use = Reads(request.method) ? auth::FileUse::kRead : auth::FileUse::kDelete;
  const Result<auth::Identity> caller = Admit(request, use);
  if (!caller.ok()) return FailureResponse(caller.status());
  if (many) return DeleteMany(request);
  return request.method == "DELETE" ? Delete(path) : Download(request, *caller, path);
}

// Open to all as a sign of life; a token that is there must be good.
http::Response Service::Root(const http::RequestHead& head) {
  const bool claims = head.headers.Has("Authorization") ||
                      !http::CookieValue(head.headers.Get("Cookie"), auth::kTokenCookie).empty();
  if (claims) {
    const Result<auth::Identity> caller = Admit(head, auth::FileUse::kRead);
    if (!caller.ok()) return FailureResponse(caller.status());
  }
  return http::Response::Text(200, "OK");
}

http::Response Service::Download(const http::RequestHead& head, const auth::Identity& caller,
                                 std::string_view path) {
  const Result<blobs::Path> name = PathOf(path);
  if (!name.ok()) return FailureResponse(name.status());
  if (!auth::MayUseFile(caller, auth::FileUse::kRead, name->text())) {
    return FailureResponse(NotAllowed());
  }
  Result<std::unique_ptr<blobs::Reader>> opened = blobs_.Open(*name);
  if (!opened.ok()) return FailureResponse(opened.status());
  const std::shared_ptr<const blobs::Reader> reader = std::move(*opened);
  const blobs::Info& info = reader->info();
  const std::string etag = "\"" + info.sha256 + "\"";

  http::Response response;
  response.headers.Set("ETag", etag);
  response.headers.Set("Last-Modified", HttpDate(info.stored));
  response.headers.Set("Cache-Control", "private, max-age=300");
  response.headers.Set("Accept-Ranges", "bytes");
  response.headers.Set("X-Content-Type-Options", "nosniff");
  response.headers.Set("Content-Security-Policy", "sandbox; default-src 'none'");
  response.headers.Set("Cross-Origin-Resource-Policy", "same-site");
  if (NotModified(head.headers, etag, info.stored)) {
    response.status = 304;
    return response;
  }

  RangeAnswer range;
  if (head.method == "GET" && head.headers.Has("Range") &&
      IfRangeHolds(head.headers, etag, info.stored)) {
    range = ParseRange(head.headers.Get("Range"), info.size);
  }
  if (range.kind == RangeKind::kUnsatisfiable) {
    response.status = 416;
    response.headers.Set("Content-Range", "bytes */" + std::to_string(info.size));
    return response;
  }
  Span span{0, info.size};
  if (range.kind == RangeKind::kPart) {
    span = range.span;
    response.status = 206;
    response.headers.Set("Content-Range", "bytes " + std::to_string(span.offset) + "-" +
                                              std::to_string(span.offset + span.length - 1) + "/" +
                                              std::to_string(info.size));
  }
  response.headers.Set("Content-Type", std::string(ContentTypeOf(name->text())));
  response.headers.Set("Content-Disposition",
                       DispositionOf(name->text(), AsksForDownload(head.query)));
  if (head.method == "HEAD") {
    response.headers.Set("Content-Length", std::to_string(info.size));
    return response;
  }
  const uint64_t first = std::min(span.length, kCheckedFirstBytes);
  if (Status status = reader->Check(span.offset, first); !status.ok()) {
    return FailureResponse(status);
  }
  response.file = {reader->fd(), span.offset, span.length,
                   [reader, good_until = span.offset + first](uint64_t offset, uint64_t length) {
                     return offset + length <= good_until || reader->Check(offset, length).ok();
                   }};
  return response;
}

http::Response Service::Delete(std::string_view path) {
  const Result<blobs::Path> name = PathOf(path);
  const Status status = name.ok() ? blobs_.Delete(*name) : name.status();
  if (!status.ok()) return FailureResponse(status);
  return http::Response::Json(200, json::Write(name->text()));
}

// {"files": [percent-encoded, ...]} -> {"deleted": {sent: path}, "errors": {why: [sent, ...]}}
http::Response Service::DeleteMany(const http::Request& request) {
  const Result<json::Value> body = json::Parse(request.body, kDeleteManyLimits);
  if (!body.ok() || !body->At("files").IsArray()) {
    return http::Response::Text(400, "a list of files is needed\n");
  }
  const json::Array& files = body->At("files").array();
  if (files.size() > kDeleteManyMax) return http::Response::Text(400, "too many files\n");
  json::Value answer = json::Object{{"deleted", json::Object{}}, {"errors", json::Object{}}};
  const auto fail = [&](const char* why, const json::Value& file) {
    answer["errors"][why].array().push_back(file);
  };
  for (const json::Value& file : files) {
    const Result<blobs::Path> path = PathOf(file.AsString());
    if (!path.ok()) {
      fail("Invalid file name", file);
      continue;
    }
    const Status status = blobs_.DeleteTree(*path);
    if (status.ok()) {
      answer["deleted"].object().Append(file.AsString(), path->text());
    } else if (status.code() == Code::kNotFound) {
      fail("File not found", file);
    } else {
      fail("Could not be deleted", file);
    }
  }
  answer["deleted"].object().DropDuplicates();
  return http::Response::Json(200, json::Write(answer));
}

}  // namespace furrow::files
