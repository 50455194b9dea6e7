// SPDX-License-Identifier: Apache-2.0
#include "service/events/unescape.h"

#include <cstdint>
#include <cstring>

namespace furrow::service::events {
namespace {

constexpr int32_t kReplacement = 0xFFFD;

// Four hexadecimal digits, -1 when they are not.
int32_t Hex4(const char* p, const char* end) {
  if (end - p < 4) return -1;
  int32_t out = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = p[i];
    const char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9') {
      out = out * 16 + (c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      out = out * 16 + (lower - 'a' + 10);
    } else {
      return -1;
    }
  }
  return out;
}

char* PutUtf8(char* to, int32_t c) {
  const auto byte = [](int32_t b) { return static_cast<char>(b); };
  if (c < 0x80) {
    *to++ = byte(c);
  } else if (c < 0x800) {
    *to++ = byte(0xC0 | (c >> 6));
    *to++ = byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    *to++ = byte(0xE0 | (c >> 12));
    *to++ = byte(0x80 | ((c >> 6) & 0x3F));
    *to++ = byte(0x80 | (c & 0x3F));
  } else {
    *to++ = byte(0xF0 | (c >> 18));
    *to++ = byte(0x80 | ((c >> 12) & 0x3F));
    *to++ = byte(0x80 | ((c >> 6) & 0x3F));
    *to++ = byte(0x80 | (c & 0x3F));
  }
  return to;
}

bool IsHigh(int32_t c) { return c >= 0xD800 && c < 0xDC00; }
bool IsLow(int32_t c) { return c >= 0xDC00 && c < 0xE000; }

}  // namespace

char* UnescapeJson(const char* begin, const char* end, char* to) {
  const char* p = begin;
  while (p < end) {
    const char* backslash =
        static_cast<const char*>(std::memchr(p, '\\', static_cast<size_t>(end - p)));
    const char* plain_end = backslash ? backslash : end;
    std::memcpy(to, p, static_cast<size_t>(plain_end - p));
    to += plain_end - p;
    if (!backslash) break;
    p = backslash + 1;
    if (p == end) return nullptr;
    switch (*p++) {
      case '"':
        *to++ = '"';
        break;
      case '\\':
        *to++ = '\\';
        break;
      case '/':
        *to++ = '/';
        break;
      case 'b':
        *to++ = '\b';
        break;
      case 'f':
        *to++ = '\f';
        break;
      case 'n':
        *to++ = '\n';
        break;
      case 'r':
        *to++ = '\r';
        break;
      case 't':
        *to++ = '\t';
        break;
      case 'u': {
        int32_t c = Hex4(p, end);
        if (c < 0) return nullptr;
        p += 4;
        if (IsHigh(c)) {
          const int32_t low = end - p >= 2 && p[0] == '\\' && p[1] == 'u' ? Hex4(p + 2, end) : -1;
          if (IsLow(low)) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            p += 6;
          } else {
            c = kReplacement;
          }
        } else if (IsLow(c)) {
          c = kReplacement;
        }
        to = PutUtf8(to, c);
        break;
      }
      default:
        return nullptr;
    }
  }
  return to;
}

Escapes CheckEscapes(const char* begin, const char* end) {
  Escapes found = Escapes::kSound;
  for (const char* p = begin; p < end;) {
    p = static_cast<const char*>(std::memchr(p, '\\', static_cast<size_t>(end - p)));
    if (!p) break;
    if (++p == end) return Escapes::kMalformed;
    const char c = *p++;
    if (c == 'u') {
      const int32_t code = Hex4(p, end);
      if (code < 0) return Escapes::kMalformed;
      if (IsHigh(code) || IsLow(code)) found = Escapes::kSurrogate;
      p += 4;
    } else if (!std::strchr("\"\\/bfnrt", c) || c == '\0') {
      return Escapes::kMalformed;
    }
  }
  return found;
}

}  // namespace furrow::service::events
