// SPDX-License-Identifier: Apache-2.0
#include "http/response_head.h"

#include "http/text.h"

namespace furrow::http {

namespace {

bool IsOurs(std::string_view name) {
  switch (name.size()) {
    case 4:
      return EqualNoCase(name, "date");
    case 6:
      return EqualNoCase(name, "server");
    case 10:
      return EqualNoCase(name, "connection");
    case 14:
      return EqualNoCase(name, "content-length");
    case 17:
      return EqualNoCase(name, "transfer-encoding");
    default:
      return false;
  }
}

void AppendValue(std::string& out, std::string_view value) {
  for (const char c : value)
    out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c);
}

void AppendField(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  AppendValue(out, value);
  out += "\r\n";
}

bool IsFieldName(std::string_view name) {
  if (name.empty()) return false;
  for (const char c : name) {
    const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    if (!ok) return false;
  }
  return true;
}

}  // namespace

HeadFraming FrameResponse(const Response& response, bool head_request, bool http11,
                          bool keep_alive) {
  HeadFraming framing;
  framing.http11 = http11;
  framing.keep_alive = keep_alive;
  framing.head_request = head_request;
  bool close = false;
  ForEachToken(response.headers.Get("Connection"),
               [&](std::string_view token) { close = close || EqualNoCase(token, "close"); });
  if (close) framing.keep_alive = false;
  if (response.status == 204 || response.status == 304 || response.status < 200) {
    framing.kind = BodyKind::kNone;
  } else if (response.stream || response.feed) {
    framing.kind = http11 ? BodyKind::kChunked : BodyKind::kUntilClose;
    if (!http11 && !head_request) framing.keep_alive = false;
  } else {
    framing.kind = BodyKind::kLength;
    framing.length = response.file.fd ? response.file.length : response.body.size();
  }
  return framing;
}

std::string ResponseHead(const Response& response, const HeadFraming& framing,
                         std::string_view server, std::string_view date) {
  std::string out;
  // Growing would leave a copy of a secret behind.
  out.reserve(response.secret ? 16 * 1024 : 512);
  const int status = response.status >= 200 && response.status <= 999 ? response.status : 500;
  out += "HTTP/1.1 ";
  out += std::to_string(status);
  out += ' ';
  out += ReasonPhrase(status);
  out += "\r\n";
  AppendField(out, "Server", server);
  AppendField(out, "Date", date);
  for (const Header& field : response.headers.all())
    if (!IsOurs(field.name) && IsFieldName(field.name)) AppendField(out, field.name, field.value);
  switch (framing.kind) {
    case BodyKind::kLength: {
      // A HEAD answer has no body to measure; its handler may know the length.
      uint64_t length = framing.length;
      if (framing.head_request && length == 0)
        ParseDecimal(response.headers.Get("Content-Length"), length);
      AppendField(out, "Content-Length", std::to_string(length));
      break;
    }
    case BodyKind::kChunked:
      out += "Transfer-Encoding: chunked\r\n";
      break;
    case BodyKind::kNone:
    case BodyKind::kUntilClose:
      break;
  }
  if (!framing.keep_alive) {
    out += "Connection: close\r\n";
  } else if (!framing.http11) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
  return out;
}

}  // namespace furrow::http
