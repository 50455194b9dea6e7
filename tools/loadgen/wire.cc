// SPDX-License-Identifier: Apache-2.0
#include "wire.h"

#include <cstring>

namespace furrow::loadgen {
namespace {

// The last line of a head; blanks before the number are allowed there.
constexpr std::string_view kLength = "Content-Length:           0\r\n\r\n";
constexpr size_t kLengthDigits = 10;

}  // namespace

std::string Head(const Target& target, std::string_view method, std::string_view path,
                 std::string_view content_type) {
  std::string out(method);
  out += ' ';
  out += path;
  out += " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(target.port);
  out += "\r\nUser-Agent: furrow-loadgen\r\nAccept-Encoding: identity\r\nAccept: */*\r\n";
  out += "Connection: keep-alive\r\n";
  if (!target.token.empty()) out += "Authorization: Bearer " + target.token + "\r\n";
  out += "X-ClearML-Worker: " + target.worker + "\r\nX-ClearML-Client: furrow-loadgen\r\n";
  out += "Content-Type: ";
  out += content_type;
  out += "\r\n";
  out += kLength;
  return out;
}

void SetLength(std::string& request, size_t head_size) {
  char* const end = request.data() + head_size - 4;
  std::memset(end - kLengthDigits, ' ', kLengthDigits);
  size_t length = request.size() - head_size;
  char* at = end;
  do {
    *--at = static_cast<char>('0' + length % 10);
    length /= 10;
  } while (length);
}

std::string Call(const Target& target, std::string_view method, std::string_view path,
                 std::string_view content_type, std::string_view body) {
  std::string out = Head(target, method, path, content_type);
  const size_t head = out.size();
  out += body;
  SetLength(out, head);
  return out;
}

}  // namespace furrow::loadgen
