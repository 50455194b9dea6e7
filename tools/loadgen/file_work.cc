// SPDX-License-Identifier: Apache-2.0
#include "file_work.h"

#include <cstring>

namespace furrow::loadgen {
namespace {

constexpr std::string_view kBoundary = "furrow-loadgen-0f3a9c";
constexpr int kNameDigits = 10;

std::string Name(const FileOptions& options, size_t number) {
  std::string digits(kNameDigits, '0');
  PutDigits(digits.data(), number, kNameDigits);
  return options.folder + "/" + digits + ".bin";
}

}  // namespace

UploadWork::UploadWork(const Target& target, const FileOptions& options) : options_(options) {
  std::string request =
      Head(target, "POST", "/", "multipart/form-data; boundary=" + std::string(kBoundary));
  const size_t head = request.size();
  request += "--" + std::string(kBoundary) + "\r\nContent-Disposition: form-data; name=\"" +
             Name(options, 0) + "\"; filename=\"f\"\r\n" +
             "Content-Type: application/octet-stream\r\n\r\n";
  name_at_ = request.find(Name(options, 0)) + options.folder.size() + 1;
  content_at_ = request.size();
  request.resize(content_at_ + options.bytes);
  Random random(5);
  for (size_t i = 0; i + 8 <= options.bytes; i += 8) {
    const uint64_t word = random();
    std::memcpy(request.data() + content_at_ + i, &word, 8);
  }
  request += "\r\n--" + std::string(kBoundary) + "--\r\n";
  SetLength(request, head);
  requests_.assign(options.connections, request);
}

std::string_view UploadWork::Next(size_t connection) {
  if (next_ == options_.count) return {};
  std::string& request = requests_[connection];
  PutDigits(request.data() + name_at_, next_, kNameDigits);
  if (options_.bytes >= kNameDigits) PutDigits(request.data() + content_at_, next_, kNameDigits);
  ++next_;
  return request;
}

int64_t UploadWork::Done(size_t, const Answer&) { return static_cast<int64_t>(options_.bytes); }

DownloadWork::DownloadWork(const Target& target, const FileOptions& options)
    : target_(target), options_(options), requests_(options.connections) {}

std::string_view DownloadWork::Next(size_t connection) {
  if (next_ == options_.count) return {};
  std::string& request = requests_[connection];
  request = Call(target_, "GET", "/" + Name(options_, next_++), "text/plain", "");
  return request;
}

int64_t DownloadWork::Done(size_t, const Answer& answer) {
  return answer.body_bytes == options_.bytes ? static_cast<int64_t>(answer.body_bytes) : -1;
}

}  // namespace furrow::loadgen
