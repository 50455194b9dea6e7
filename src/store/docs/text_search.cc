// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>

#include "store/docs/filter.h"

namespace furrow::docs {
namespace {

constexpr size_t kTermsMax = 32;
constexpr char kNotInWord[] = "[^\\pL\\pN_]";

// Words, and phrases between double quotes.
std::vector<std::string> SplitTerms(std::string_view text) {
  std::vector<std::string> terms;
  size_t at = 0;
  while (at < text.size()) {
    if (std::isspace(static_cast<unsigned char>(text[at]))) {
      ++at;
      continue;
    }
    const bool quoted = text[at] == '"';
    if (quoted) ++at;
    size_t end = at;
    while (end < text.size() &&
           (quoted ? text[end] != '"'
                   : text[end] != '"' && !std::isspace(static_cast<unsigned char>(text[end])))) {
      ++end;
    }
    if (end > at) terms.emplace_back(text.substr(at, end - at));
    at = quoted ? end + 1 : end;
  }
  return terms;
}

// Word borders only where the term begins or ends with an ASCII letter or digit: languages written
// without spaces have none to look for.
bool Bordered(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

char Small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string FoldAscii(std::string_view text) {
  std::string folded;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return {};
    folded += Small(c);
  }
  return folded;
}

bool HoldsFolded(std::string_view text, std::string_view folded) {
  if (text.size() < folded.size()) return false;
  const char first = folded.front();
  for (size_t at = 0, last = text.size() - folded.size(); at <= last; ++at) {
    if (Small(text[at]) != first) continue;
    size_t i = 1;
    while (i < folded.size() && Small(text[at + i]) == folded[i]) ++i;
    if (i == folded.size()) return true;
  }
  return false;
}

}  // namespace

// Most texts do not hold the term at all, which is told without a regular expression.
bool TextSearch::Term::In(std::string_view text) const {
  return (folded.empty() || HoldsFolded(text, folded)) && start.Search(text);
}

Result<std::shared_ptr<const TextSearch>> TextSearch::Compile(const Predicate& p) {
  auto search = std::make_shared<TextSearch>();
  search->paths_ = p.paths;
  if (search->paths_.empty() && !p.path.empty()) search->paths_.push_back(p.path);
  search->weights_ = p.weights;
  search->weights_.resize(search->paths_.size(), 1.0);
  const std::vector<std::string> terms = SplitTerms(p.pattern);
  if (terms.size() > kTermsMax) {
    return Status(Code::kInvalidArgument,
                  "a text search takes at most " + std::to_string(kTermsMax) + " words");
  }
  for (const std::string& term : terms) {
    std::string start = EscapeRegex(term);
    if (Bordered(term.front())) start = "(?:^|" + std::string(kNotInWord) + ")" + start;
    std::string whole = start;
    if (Bordered(term.back())) whole += "(?:$|" + std::string(kNotInWord) + ")";
    FURROW_ASSIGN(Regex start_regex, Regex::Compile(start, true));
    FURROW_ASSIGN(Regex whole_regex, Regex::Compile(whole, true));
    if (MayBeHex(term)) search->hex_terms_ |= uint32_t{1} << search->terms_.size();
    search->terms_.push_back(
        {start, FoldAscii(term), std::move(start_regex), std::move(whole_regex)});
  }
  search->all_terms_ = terms.empty() ? 0 : static_cast<uint32_t>((uint64_t{1} << terms.size()) - 1);
  return std::shared_ptr<const TextSearch>(std::move(search));
}

uint32_t TextSearch::Terms(std::string_view text) const {
  uint32_t found = 0;
  for (size_t i = 0; i < terms_.size(); ++i) {
    if (terms_[i].In(text)) found |= uint32_t{1} << i;
  }
  return found;
}

uint32_t TextSearch::Terms(const Found& found) const {
  uint32_t terms = 0;
  for (const Scalar& s : found.scalars) {
    if (s.tag == Tag::kText) terms |= Terms(s.text);
  }
  return terms;
}

double TextSearch::Score(size_t path, std::string_view text) const {
  double score = 0;
  for (const Term& term : terms_) {
    if (!term.In(text)) continue;
    // A word of its own counts more; a short text that holds it says more than a long one.
    const double hit = term.whole.Search(text) ? 1 : 0.7;
    score += weights_[path] * hit * (1 + 16.0 / static_cast<double>(16 + text.size()));
  }
  return score;
}

double TextSearch::Score(size_t path, const Found& found) const {
  double score = 0;
  for (const Scalar& s : found.scalars) {
    if (s.tag == Tag::kText) score += Score(path, s.text);
  }
  return score;
}

}  // namespace furrow::docs
