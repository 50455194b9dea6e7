// SPDX-License-Identifier: Apache-2.0
#include "admin/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "admin/text.h"

namespace furrow::admin {
namespace {

constexpr size_t kBarWidth = 24;
constexpr std::chrono::milliseconds kBetween{100};

}  // namespace

Progress::Progress(std::string what, uint64_t total)
    : what_(std::move(what)),
      total_(total),
      shown_(::isatty(STDERR_FILENO) != 0),
      began_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::Add(uint64_t bytes) {
  done_ += bytes;
  if (!shown_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - drawn_ < kBetween) return;
  drawn_ = now;
  const double seconds = std::chrono::duration<double>(now - began_).count();
  std::fputs(("\r" + Line(what_, done_, total_, seconds) + "\033[K").c_str(), stderr);
}

std::string Progress::Line(const std::string& what, uint64_t done, uint64_t total, double seconds) {
  // More may come than was foretold: a file that grew. The bar is then simply full.
  const double part =
      total == 0 ? 1 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<size_t>(part * kBarWidth);
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  return fmt::format("{} [{}{}] {:3.0f} %  {} of {}  {}/s", what, std::string(filled, '#'),
                     std::string(kBarWidth - filled, '-'), part * 100, Bytes(done), Bytes(total),
                     Bytes(static_cast<uint64_t>(rate)));
}

}  // namespace furrow::admin
