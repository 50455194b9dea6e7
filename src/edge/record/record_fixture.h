// SPDX-License-Identifier: Apache-2.0
// For tests of the log: a folder of its own, a short drive, everything that a log says.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "edge/record/log_encoder.h"
#include "edge/record/log_file.h"
#include "edge/record/log_reader.h"

namespace furrow::edge {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = std::filesystem::temp_directory_path() / "furrow-record-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::string Slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void Spill(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// Everything there is in a log, damage included.
struct Content {
  std::vector<Record> records;
  std::vector<std::string> damage;
  std::optional<TornEnd> torn;
  bool closed = false;

  template <typename T>
  std::vector<T> Of() const {
    std::vector<T> found;
    for (const Record& record : records) {
      if (const T* one = std::get_if<T>(&record)) found.push_back(*one);
    }
    return found;
  }
};

inline Content ReadLog(const std::string& path) {
  Content content;
  auto log = LogReader::Open(path);
  if (!log.ok()) {
    content.damage.push_back(log.status().message());
    return content;
  }
  Record record;
  while (true) {
    const auto more = log->Next(record);
    if (!more.ok()) {
      content.damage.push_back(more.status().message());
      if (!log->Resume()) break;
    } else if (!*more) {
      break;
    } else {
      content.records.push_back(record);
    }
  }
  content.torn = log->torn();
  content.closed = log->closed();
  return content;
}

/// A millisecond of a drive at 6 m/s: a tick, every tenth time a pose, now and then a command.
inline void RecordMillisecond(LogEncoder& encoder, int64_t ms) {
  const Nanos now = 5 * kSecond + ms * kMillisecond;
  if (ms % 10 == 0) encoder.Pose({now, 6000 * ms, 6'000'000, 1000, 0});
  encoder.Tick(now);
  if (ms % 25 == 0) {
    encoder.Command({static_cast<int32_t>(ms / 50 % 72), ms % 50 == 0, now + 300'000});
  }
}

}  // namespace furrow::edge
