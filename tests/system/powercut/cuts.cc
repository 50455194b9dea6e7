// SPDX-License-Identifier: Apache-2.0
#include "system/powercut/cuts.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "system/powercut/judge.h"

namespace furrow::powercut {
namespace {

namespace fs = std::filesystem;
using faults::Event;
using faults::Kind;

constexpr Mode kModes[] = {Mode::kStrict, Mode::kShuffled, Mode::kKept};
constexpr const char* kModeNames[] = {"strict", "shuffled", "kept"};
constexpr size_t kTornWrites = 8;  // the last ones of the log, each at every byte

}  // namespace

std::string Cuts::Cut::Name() const {
  if (!torn) return "cut at " + std::to_string(at) + " " + kModeNames[static_cast<int>(mode)];
  return "torn at " + std::to_string(at) + " after " + std::to_string(bytes) +
         (zeros ? " bytes, then zeros" : " bytes");
}

Cuts::Cuts(const Trace& trace, const CutOptions& options)
    : trace_(trace), options_(options), knows_(Follow(trace)) {
  std::vector<size_t> candidates;
  std::map<uint64_t, std::string> names;
  std::vector<size_t> log_writes;
  for (size_t n = 0; n < trace.events.size(); ++n) {
    const Event& e = trace.events[n];
    if (e.kind == Kind::kCreate) names[e.file] = e.path;
    if (e.kind == Kind::kMark) continue;
    // A change of the engine's diary makes no difference worth a cut.
    const bool of_file = e.kind == Kind::kWrite || e.kind == Kind::kSync;
    if (of_file && IsDiary(names[e.file])) continue;
    candidates.push_back(n + 1);
    if (e.kind == Kind::kWrite && names[e.file].ends_with(".log")) log_writes.push_back(n + 1);
  }
  candidates_ = candidates.size();
  if (options.only >= 0) {
    for (const Mode mode : kModes)
      cuts_.push_back({.at = static_cast<size_t>(options.only), .mode = mode});
    return;
  }
  const size_t count = options.all
                           ? candidates.size()
                           : std::min(candidates.size(), static_cast<size_t>(options.points));
  for (size_t i = 0; i < count; ++i) {
    const size_t at = candidates[i * candidates.size() / count];
    for (const Mode mode : kModes) cuts_.push_back({.at = at, .mode = mode});
  }
  const size_t tears = std::min(log_writes.size(), options.all ? kTornWrites : 1);
  for (size_t i = log_writes.size() - tears; i < log_writes.size(); ++i) {
    const size_t size = trace.events[log_writes[i] - 1].data.size();
    const size_t step = options.all ? 1 : std::max<size_t>(1, size / 40);
    for (size_t bytes = 0; bytes <= size; bytes += step) {
      for (const bool zeros : {false, true}) {
        cuts_.push_back({.at = log_writes[i], .torn = true, .zeros = zeros, .bytes = bytes});
      }
    }
  }
  std::stable_sort(cuts_.begin(), cuts_.end(),
                   [](const Cut& a, const Cut& b) { return a.at < b.at; });
}

// Follows the trace: the disk, and what was answered.
class Cuts::Walk {
 public:
  explicit Walk(const Cuts& cuts) : cuts_(cuts) {}

  void To(size_t at) {
    for (; done_ < at; ++done_) disk_.Apply(cuts_.trace_.events[done_]);
    const Knowledge& k = cuts_.knows_[at];
    for (; engine_done_ < k.answered; ++engine_done_) {
      const Step& step = cuts_.trace_.steps[engine_done_];
      if (!step.OfFiles()) answered_.Apply(step);
    }
    const size_t files = k.begun - (k.file_open ? 1 : 0);
    for (; files_done_ < files; ++files_done_) {
      const Step& step = cuts_.trace_.steps[files_done_];
      if (step.OfFiles()) answered_.Apply(step);
    }
  }

  // What the disk holds, and what the client knows of it. The same again needs no judging.
  uint64_t Key(const Image& image) const {
    const Knowledge& k = knows();
    const uint64_t known = k.begun << 32 | k.answered << 1 | (k.file_open ? 1 : 0);
    return HashOf(image) ^ (known * 0x9e3779b97f4a7c15u);
  }
  const Knowledge& knows() const { return cuts_.knows_[done_]; }
  const Expected& answered() const { return answered_; }
  const Disk& disk() const { return disk_; }

 private:
  const Cuts& cuts_;
  Disk disk_;
  Expected answered_;
  size_t done_ = 0, engine_done_ = 0, files_done_ = 0;
};

void Cuts::Run(Board& board, int process, const std::string& dir) const {
  Walk walk(*this);
  for (size_t turn; (turn = board.NextTurn()) < cuts_.size();) {
    const Cut& cut = cuts_[turn];
    walk.To(cut.at);
    const Image image =
        cut.torn ? walk.disk().FoundTorn(trace_.events[cut.at - 1].file, cut.bytes, cut.zeros)
                 : walk.disk().Found(cut.mode, options_.seed * 1'000'003 + cut.at);
    if (options_.only < 0 && !board.FirstToSee(walk.Key(image))) {
      board.Skip();
      continue;
    }
    board.Tell(process, cut.Name());
    std::string wrong;
    double opening_s = 0;
    // Slow because of something else on this machine is not slow every time.
    for (int tries = 0; tries < 3; ++tries) {
      fs::remove_all(dir);
      LayOut(image, dir);
      wrong = Judge(dir, trace_, walk.knows(), walk.answered(), opening_s);
      if (!wrong.empty() || options_.ready_in == 0 || opening_s <= options_.ready_in) break;
    }
    if (wrong.empty() && options_.ready_in != 0 && opening_s > options_.ready_in) {
      wrong = "took " + std::to_string(opening_s) + " s to open";
    }
    board.Took(opening_s);
    board.Count(cut.Name(), wrong);
  }
  fs::remove_all(dir);
}

}  // namespace furrow::powercut
