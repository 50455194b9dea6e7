// SPDX-License-Identifier: Apache-2.0
#include "http/gzip.h"

#include <memory>

#include <zlib.h>

#include "http/text.h"

namespace furrow::http {

namespace {

/// A deflater costs 256 KB to set up, so each thread keeps one.
class Deflater {
 public:
  Deflater() {
    ok_ = deflateInit2(&stream_, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~Deflater() {
    if (ok_) deflateEnd(&stream_);
  }

  std::string Run(std::string_view text) {
    if (!ok_ || deflateReset(&stream_) != Z_OK) return {};
    std::string out;
    out.resize(deflateBound(&stream_, text.size()));
    size_t used = 0;
    size_t taken = 0;
    for (;;) {
      constexpr size_t kStep = 1u << 30;  // zlib counts in 32 bits
      const size_t in_now = std::min(text.size() - taken, kStep);
      const size_t out_now = std::min(out.size() - used, kStep);
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data() + taken));
      stream_.avail_in = static_cast<uInt>(in_now);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + used);
      stream_.avail_out = static_cast<uInt>(out_now);
      const bool last = taken + in_now == text.size();
      const int rc = deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH);
      taken += in_now - stream_.avail_in;
      used += out_now - stream_.avail_out;
      if (rc == Z_STREAM_END) break;
      if (rc != Z_OK || used == out.size()) return {};
    }
    out.resize(used);
    return out;
  }

 private:
  z_stream stream_{};
  bool ok_ = false;
};

}  // namespace

std::string Gzip(std::string_view text) {
  thread_local std::unique_ptr<Deflater> deflater;
  if (!deflater) deflater = std::make_unique<Deflater>();
  return deflater->Run(text);
}

bool WantsGzip(const Response& response) {
  if (response.body.size() <= kGzipBytesMin || response.file.fd) return false;
  if (response.stream || response.feed) return false;
  if (response.secret) return false;
  if (response.headers.Has("Content-Encoding")) return false;
  std::string_view type = response.headers.Get("Content-Type");
  type = Trim(type.substr(0, type.find(';')));
  return EqualNoCase(type.substr(0, 5), "text/") || EqualNoCase(type, "application/json") ||
         EqualNoCase(type, "application/javascript") || EqualNoCase(type, "image/svg+xml");
}

void GzipBody(Response& response) {
  std::string packed = Gzip(response.body);
  if (packed.empty() || packed.size() >= response.body.size()) return;
  response.headers.Set("Content-Encoding", "gzip");
  response.body = std::move(packed);
}

}  // namespace furrow::http
