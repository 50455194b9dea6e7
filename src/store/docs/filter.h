// SPDX-License-Identifier: Apache-2.0
// A Predicate made ready to run: patterns compiled, values sorted. The same leaves answer for a
// document and for a column, so the two cannot disagree about what a predicate means.
#pragma once

#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "store/docs/plan.h"
#include "store/docs/regex.h"
#include "store/docs/scalar.h"

namespace furrow::docs {

/// The path that is a document's key, whether the document repeats it or not.
inline constexpr std::string_view kIdPath = "id";

/// A predicate on one path: kIn, kHasAll, kEmpty, kRange or kRegex. Immutable, thread-safe.
class Leaf {
 public:
  static Result<std::shared_ptr<const Leaf>> Compile(const Predicate& p, std::string path);

  const std::string& path() const { return path_; }
  Predicate::Kind kind() const { return kind_; }
  bool Test(const Found& found) const;
  /// For a single scalar, present or missing, that is not in a list.
  bool TestOne(const Scalar& s) const;
  /// A number, or a time as one, for a kRange.
  bool InRange(double x) const {
    return !(std::isnan(x) || (low_ && (low_open_ ? x <= *low_ : x < *low_)) ||
             (high_ && (high_open_ ? x >= *high_ : x > *high_)));
  }
  bool is_time() const { return is_time_; }
  /// When the answer for a text follows from its being longer than a column keeps; else nullopt.
  std::optional<bool> TestLong() const;
  /// The texts a kIn looks for when it looks for nothing else.
  const std::vector<std::string>* only_texts() const;
  /// Distinguishes leaves whose verdict on a text may be kept for the next query: kRegex's pattern.
  const std::string& pattern() const { return pattern_; }
  bool ignore_case() const { return ignore_case_; }
  /// False when no text of small hexadecimal digits alone can pass, as most ids are.
  bool may_be_hex() const { return may_be_hex_; }
  const Regex& regex() const { return *regex_; }

 private:
  bool Element(const Scalar& s) const;
  bool InSet(const Scalar& s) const;
  bool InRange(const Scalar& s) const;

  Predicate::Kind kind_ = Predicate::Kind::kTrue;
  std::string path_;
  std::vector<std::string> texts_;  // kIn, sorted
  std::vector<int64_t> times_, wholes_;
  std::vector<double> reals_, wholes_as_reals_;
  bool null_ = false, true_ = false, false_ = false;
  std::vector<json::Value> all_;  // kHasAll
  std::optional<double> low_, high_;
  bool low_open_ = false, high_open_ = false, missing_matches_ = false, is_time_ = false;
  std::optional<Regex> regex_;
  std::string pattern_;
  bool ignore_case_ = false, may_be_hex_ = true;
};

/// A word search over several paths. Immutable, thread-safe.
class TextSearch {
 public:
  static Result<std::shared_ptr<const TextSearch>> Compile(const Predicate& p);

  const std::vector<std::string>& paths() const { return paths_; }
  uint32_t all_terms() const { return all_terms_; }
  /// Those that may stand in a text of small hexadecimal digits alone, as most ids are.
  uint32_t hex_terms() const { return hex_terms_; }
  /// Which terms stand in `text`, as bits.
  uint32_t Terms(std::string_view text) const;
  uint32_t Terms(const Found& found) const;
  size_t terms() const { return terms_.size(); }
  bool TermIn(size_t term, std::string_view text) const { return terms_[term].In(text); }
  /// Two terms of one name stand in the same texts.
  const std::string& TermName(size_t term) const { return terms_[term].name; }
  /// How well `text`, found under paths()[path], matches.
  double Score(size_t path, std::string_view text) const;
  double Score(size_t path, const Found& found) const;

 private:
  struct Term {
    std::string name;
    std::string folded;  // in small letters, when all ASCII: what a text must hold to be looked at
    Regex start, whole;  // at the start of a word; a word of its own
    bool In(std::string_view text) const;
  };
  std::vector<std::string> paths_;
  std::vector<double> weights_;
  std::vector<Term> terms_;
  uint32_t all_terms_ = 0, hex_terms_ = 0;
};

struct Filter {
  enum class Op { kTrue, kAnd, kOr, kNot, kLeaf, kText };
  Op op = Op::kTrue;
  std::vector<Filter> children;  ///< kAnd, kOr: cheapest first
  std::shared_ptr<const Leaf> leaf;
  std::shared_ptr<const TextSearch> text;
  int cost = 0;
};

/// Errors: kInvalidArgument for a pattern that is no regular expression, for too many terms.
Result<Filter> CompileFilter(const Predicate& p);

/// Every path the filter reads but the id.
void CollectPaths(const Filter& filter, std::set<std::string>& paths);

/// The filter on one document, without any column.
bool Matches(const Filter& filter, std::string_view id, const json::Value& doc);
/// Sum of the scores of all word searches in the filter.
double TextScore(const Filter& filter, std::string_view id, const json::Value& doc);

/// False when `word`, in whatever case, cannot stand in a text of small hexadecimal digits alone.
/// For patterns too: what holds more than letters, digits, blanks and underscores may stand
/// anywhere.
bool MayBeHex(std::string_view word);

/// Extract, where kIdPath is the key.
void ExtractField(std::string_view id, const json::Value& doc, std::string_view path, Found& found);

}  // namespace furrow::docs
