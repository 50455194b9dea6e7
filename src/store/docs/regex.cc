// SPDX-License-Identifier: Apache-2.0
#include "store/docs/regex.h"

#include <cctype>
#include <list>
#include <mutex>
#include <optional>

#include <re2/re2.h>

namespace furrow::docs {
namespace {

constexpr size_t kPatternBytesMax = 64 << 10;
constexpr int64_t kRegexMemory = 8 << 20;
constexpr size_t kKept = 64;
constexpr uint32_t kBadRegexWire = 4000021;

// Rewrites the escapes that Python's `re` accepts and RE2 does not.
std::string Translate(std::string_view pattern) {
  std::string out;
  out.reserve(pattern.size() + 8);
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c != '\\' || i + 1 == pattern.size()) {
      if (c == '[' && !in_class) {
        in_class = true;
        // A ']' right after '[' or '[^' is literal.
        out += c;
        if (i + 1 < pattern.size() && pattern[i + 1] == '^') out += pattern[++i];
        if (i + 1 < pattern.size() && pattern[i + 1] == ']') out += "\\]", ++i;
        continue;
      }
      if (c == ']') in_class = false;
      out += c;
      continue;
    }
    const char next = pattern[++i];
    if (static_cast<unsigned char>(next) >= 0x80) {
      out += next;
    } else if (next == 'Z' && !in_class) {
      out += "\\z";
    } else if ((next == 'u' || next == 'U') && i + (next == 'u' ? 4 : 8) < pattern.size()) {
      const size_t digits = next == 'u' ? 4 : 8;
      out += "\\x{";
      out += pattern.substr(i + 1, digits);
      out += '}';
      i += digits;
    } else {
      out += '\\';
      out += next;
    }
  }
  return out;
}

// The text that "^...$" spells when nothing in it has a special meaning.
std::optional<std::string> ExactText(std::string_view pattern) {
  if (pattern.size() < 2 || pattern.front() != '^' || pattern.back() != '$') return std::nullopt;
  pattern = pattern.substr(1, pattern.size() - 2);
  std::string text;
  for (size_t i = 0; i < pattern.size(); ++i) {
    char c = pattern[i];
    if (c == '\\') {
      if (++i == pattern.size()) return std::nullopt;
      c = pattern[i];
      if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') return std::nullopt;
    } else if (std::string_view("^$.|?*+()[]{}").find(c) != std::string_view::npos) {
      return std::nullopt;
    }
    text += c;
  }
  return text;
}

}  // namespace

struct Regex::Rep {
  Rep(const std::string& translated, const re2::RE2::Options& options) : re(translated, options) {}
  re2::RE2 re;
  std::optional<std::string> exact;
};

Result<Regex> Regex::Compile(std::string_view pattern, bool ignore_case) {
  struct Kept {
    std::string key;
    std::shared_ptr<const Rep> rep;
  };
  static std::mutex mutex;
  static std::list<Kept>& kept = *new std::list<Kept>;

  if (pattern.size() > kPatternBytesMax) {
    return Status(Code::kInvalidArgument, kBadRegexWire, "the regular expression is too long");
  }
  std::string key(ignore_case ? "i" : "c");
  key += pattern;
  {
    std::lock_guard lock(mutex);
    for (auto it = kept.begin(); it != kept.end(); ++it) {
      if (it->key != key) continue;
      kept.splice(kept.begin(), kept, it);
      return Regex(it->rep);
    }
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!ignore_case);
  options.set_max_mem(kRegexMemory);
  options.set_never_capture(true);
  auto rep = std::make_shared<Rep>(Translate(pattern), options);
  if (!rep->re.ok()) {
    return Status(
        Code::kInvalidArgument, kBadRegexWire,
        "bad regular expression " + std::string(pattern.substr(0, 200)) + ": " + rep->re.error());
  }
  if (!ignore_case) rep->exact = ExactText(pattern);
  std::lock_guard lock(mutex);
  kept.push_front({std::move(key), rep});
  if (kept.size() > kKept) kept.pop_back();
  return Regex(std::move(rep));
}

bool Regex::Search(std::string_view text) const {
  if (rep_->exact) return text == *rep_->exact;
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), rep_->re);
}

const std::string* Regex::exact() const { return rep_->exact ? &*rep_->exact : nullptr; }

std::string EscapeRegex(std::string_view text) {
  return re2::RE2::QuoteMeta(re2::StringPiece(text.data(), text.size()));
}

}  // namespace furrow::docs
