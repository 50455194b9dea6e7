// SPDX-License-Identifier: Apache-2.0
// What the stores should hold after a number of steps, kept in a few maps that share no code with
// them; and the steps themselves.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace furrow::powercut {

struct Point {
  int series;  ///< "m<series / 3>" / "v<series % 3>"
  int64_t iter, time_ms;
  int64_t halves;  ///< the value is a multiple of one half: exact in text and in binary
};
struct Line {
  int64_t time_ms;
  std::string text;
};
struct Report {
  int run = 0;
  std::vector<Point> points;
  std::vector<Line> lines;
  int64_t plot_iter = -1;  ///< none
  std::string plot;
};

/// One thing a client asks for.
struct Step {
  enum Kind { kPut, kDelete, kReport, kDropRun, kDropLines, kUpload, kRemoveFile } kind = kPut;
  int collection = 0;
  int id = 0;                   ///< of the document, the run or the file
  std::string text;             ///< of the document
  std::vector<Report> reports;  ///< in one batch
  std::string content;          ///< of the file
  bool sync = false;            ///< the client waits for its answer before the next step
  bool fold = false;            ///< the event store folds afterwards

  bool OfFiles() const { return kind == kUpload || kind == kRemoveFile; }
  bool HasLines() const;
};

inline constexpr int kDocuments = 60;  ///< per collection
inline constexpr int kRuns = 12;
inline constexpr int kFiles = 25;

std::string RunId(int run);
std::string DocumentId(int collection, int id);
std::string FilePath(int file);

/// The same steps for the same seed.
std::vector<Step> MakeSteps(int count, uint64_t seed);

/// Text per object, by a name for people: documents and runs.
using Objects = std::map<std::string, std::string>;

class Expected {
 public:
  void Apply(const Step& step);
  const Objects& objects() const { return objects_; }
  const std::map<std::string, std::string>& files() const { return files_; }

 private:
  struct Series {
    std::map<int64_t, Point> by_iter;
    int64_t count = 0;
    Point first{}, last{};
    int64_t min = 0, max = 0;
  };
  struct Run {
    std::map<int, Series> series;
    std::map<std::pair<int64_t, int>, std::string> lines;  ///< by time and order of arrival
    int next_line = 0;
    std::map<int64_t, std::string> plots;
  };
  void Describe(int run);

  Objects objects_;
  std::map<int, Run> runs_;
  std::map<std::string, std::string> files_;
};

/// Names what differs, at most a few; empty when nothing does.
std::string Difference(const Objects& found, const Objects& wanted);

}  // namespace furrow::powercut
