// SPDX-License-Identifier: Apache-2.0
#include "http/head.h"

#include <cstring>

#include <boost/beast/http/basic_parser.hpp>

#include "http/text.h"

namespace furrow::http {

namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using View = boost::beast::string_view;

/// Beast checks the syntax; fields go straight into our Headers.
class Parser : public beast_http::basic_parser<true> {
 public:
  explicit Parser(ParsedHead& out) : out_(out) {
    header_limit(1u << 30);  // HeadScanner has already bounded it
    skip(true);
  }

 private:
  void on_request_impl(beast_http::verb, View method, View target, int version,
                       error_code&) override {
    out_.head.method.assign(method.data(), method.size());
    out_.head.target.assign(target.data(), target.size());
    out_.http11 = version >= 11;
  }
  void on_field_impl(beast_http::field, View name, View value, error_code&) override {
    out_.head.headers.Add(std::string(name.data(), name.size()),
                          std::string(value.data(), value.size()));
  }
  void on_header_impl(error_code&) override {}
  void on_response_impl(int, View, int, error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(View, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, View, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  ParsedHead& out_;
};

HeadError SplitTarget(RequestHead& head) {
  std::string_view target = head.target;
  if (head.method == "CONNECT") return {405, "CONNECT is not offered"};
  if (target != "*" && target.front() != '/') {
    const size_t scheme = target.find("://");
    if (scheme == std::string_view::npos) return {400, "bad request target"};
    const std::string_view name = target.substr(0, scheme);
    if (!EqualNoCase(name, "http") && !EqualNoCase(name, "https"))
      return {400, "bad request target"};
    target.remove_prefix(scheme + 3);
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
  }
  const size_t question = target.find('?');
  head.raw_path.assign(target.substr(0, question));
  if (head.raw_path.empty()) head.raw_path = "/";
  if (question != std::string_view::npos) head.query.assign(target.substr(question + 1));
  return {};
}

HeadError ReadFields(ParsedHead& out) {
  bool has_length = false;
  bool has_encoding = false;
  int hosts = 0;
  bool close = false;
  bool keep = false;
  for (const Header& field : out.head.headers.all()) {
    const std::string_view name = field.name;
    const std::string_view value = field.value;
    switch (name.size()) {
      case 4:
        if (EqualNoCase(name, "host")) ++hosts;
        break;
      case 6:
        if (EqualNoCase(name, "expect")) {
          if (!EqualNoCase(value, "100-continue")) return {417, "unknown expectation"};
          out.expect_continue = out.http11;
        }
        break;
      case 10:
        if (EqualNoCase(name, "connection")) {
          ForEachToken(value, [&](std::string_view token) {
            close = close || EqualNoCase(token, "close");
            keep = keep || EqualNoCase(token, "keep-alive");
          });
        }
        break;
      case 14:
        if (EqualNoCase(name, "content-length")) {
          uint64_t length = 0;
          if (!ParseDecimal(value, length)) return {400, "bad Content-Length"};
          if (has_length) return {400, "more than one Content-Length"};
          has_length = true;
          out.head.content_length = length;
        }
        break;
      case 15:
        if (EqualNoCase(name, "accept-encoding"))
          out.accept_gzip = out.accept_gzip || AcceptsGzip(value);
        break;
      case 16:
        if (EqualNoCase(name, "content-encoding") && !value.empty() &&
            !EqualNoCase(value, "identity"))
          return {415, "request bodies must not be compressed"};
        break;
      case 17:
        if (EqualNoCase(name, "transfer-encoding")) {
          if (has_encoding) return {400, "more than one Transfer-Encoding"};
          if (!EqualNoCase(value, "chunked")) return {400, "unknown Transfer-Encoding"};
          has_encoding = true;
        }
        break;
      default:
        break;
    }
  }
  if (has_encoding && has_length) return {400, "both Content-Length and Transfer-Encoding"};
  if (has_encoding && !out.http11) return {400, "Transfer-Encoding in HTTP/1.0"};
  if (hosts > 1 || (hosts == 0 && out.http11)) return {400, "exactly one Host is needed"};
  out.head.chunked = has_encoding;
  out.keep_alive = out.http11 ? !close : keep && !close;
  return {};
}

}  // namespace

bool HeadScanner::Fail(int status, const char* why) {
  error_ = {status, why};
  return false;
}

bool HeadScanner::Scan(std::string_view input) {
  if (error_) return false;
  for (;;) {
    // A line's first byte tells whether it continues the line before.
    if (lines_ > 0 && at_ == scanned_ && at_ < input.size() &&
        (input[at_] == ' ' || input[at_] == '\t'))
      return Fail(400, "folded header line");
    const void* found = scanned_ < input.size()
                            ? std::memchr(input.data() + scanned_, '\n', input.size() - scanned_)
                            : nullptr;
    if (!found) {
      scanned_ = input.size();
      if (input.size() - begin_ > limits_.bytes_max) return Fail(431, "header too large");
      return false;
    }
    const size_t line_end = static_cast<const char*>(found) - input.data();
    if (line_end == at_ || input[line_end - 1] != '\r') return Fail(400, "bare line feed");
    const bool empty = line_end - 1 == at_;
    at_ = scanned_ = line_end + 1;
    if (lines_ == 0 && empty) {
      begin_ = at_;
      if (begin_ > 8) return Fail(400, "empty lines instead of a request");
      continue;
    }
    if (at_ - begin_ > limits_.bytes_max) return Fail(431, "header too large");
    if (empty) return true;
    if (++lines_ > limits_.fields_max + 1) return Fail(431, "too many header fields");
  }
}

HeadError ParseHead(std::string_view bytes, ParsedHead& out) {
  if (std::memchr(bytes.data(), '\0', bytes.size())) return {400, "NUL in header"};
  Parser parser(out);
  error_code error;
  parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error == beast_http::error::bad_version) return {400, "unknown HTTP version"};
  if (error || !parser.is_done()) return {400, "malformed request header"};
  out.is_head = out.head.method == "HEAD";
  if (HeadError refusal = ReadFields(out)) return refusal;
  return SplitTarget(out.head);
}

bool AcceptsGzip(std::string_view value) {
  int named = -1;
  int any = -1;
  ForEachToken(value, [&](std::string_view token) {
    const size_t semicolon = token.find(';');
    const std::string_view name = Trim(token.substr(0, semicolon));
    bool wanted = true;
    if (semicolon != std::string_view::npos) {
      const std::string_view weight = Trim(token.substr(semicolon + 1));
      if (weight.size() >= 2 && LowerAscii(weight[0]) == 'q' && weight[1] == '=')
        wanted = weight.substr(2).find_first_of("123456789") != std::string_view::npos;
    }
    if (EqualNoCase(name, "gzip") || EqualNoCase(name, "x-gzip")) named = wanted;
    if (name == "*") any = wanted;
  });
  return named == -1 ? any == 1 : named == 1;
}

}  // namespace furrow::http
