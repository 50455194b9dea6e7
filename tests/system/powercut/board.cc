// SPDX-License-Identifier: Apache-2.0
#include "system/powercut/board.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <new>
#include <thread>

namespace furrow::powercut {
namespace {

constexpr int kProcessesMax = 64;
constexpr size_t kSlots = 1 << 20;  // many times what a run of 2,000 steps sees
constexpr int kShown = 20;
constexpr auto kTellEvery = std::chrono::seconds(30);

}  // namespace

struct Board::Shared {
  std::atomic<size_t> turn{0}, done{0};
  std::atomic<bool> ended{false};
  std::atomic<int> passed{0}, failed{0}, skipped{0};
  std::atomic<uint64_t> slowest_us{0};
  std::array<std::array<char, 200>, kProcessesMax> doing{};
  std::array<std::atomic<uint64_t>, kSlots> seen{};
};

Board::Board() {
  void* const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  shared_ = new (memory) Shared();
}
Board::~Board() { ::munmap(shared_, sizeof(Shared)); }

void Board::Run(int processes, size_t total, const std::function<void(int)>& work) {
  shared_->turn = shared_->done = 0;
  shared_->ended = false;
  std::map<pid_t, int> running;
  std::fflush(stdout);
  for (int i = 0; i < processes && i < kProcessesMax; ++i) {
    const pid_t child = ::fork();
    if (child < 0) std::abort();
    if (child == 0) {
      work(i);
      std::fflush(stdout);
      ::_exit(0);
    }
    running[child] = i;
  }
  const auto began = std::chrono::steady_clock::now();
  auto tell = began + kTellEvery;
  while (!running.empty()) {
    int status = 0;
    const pid_t child = ::waitpid(-1, &status, WNOHANG);
    if (child > 0 && running.contains(child)) {
      if (status != 0) Count(shared_->doing[static_cast<size_t>(running[child])].data(), "CRASHED");
      running.erase(child);
      continue;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto now = std::chrono::steady_clock::now();
    if (now < tell) continue;
    tell = now + kTellEvery;
    const size_t done = shared_->done;
    if (total != 0 && done != 0) {
      const double left = std::chrono::duration<double>(now - began).count() /
                          static_cast<double>(done) * static_cast<double>(total - done);
      std::printf("%zu of %zu, %d failed, %.0f min left\n", done, total, failed(), left / 60);
    } else {
      std::printf("%zu done, %d failed\n", done, failed());
    }
    std::fflush(stdout);
  }
  if (total != 0 && shared_->done < total) {
    Count("the processes", std::to_string(total - shared_->done) + " turns were never taken");
  }
}

size_t Board::NextTurn() { return shared_->turn++; }
void Board::End() { shared_->ended = true; }
bool Board::ended() const { return shared_->ended; }

bool Board::FirstToSee(uint64_t key) {
  if (key == 0) key = 1;
  for (size_t tried = 0, at = key % kSlots; tried < kSlots; ++tried, at = (at + 1) % kSlots) {
    uint64_t found = 0;
    if (shared_->seen[at].compare_exchange_strong(found, key)) return true;
    if (found == key) return false;
  }
  return true;
}

void Board::Tell(int number, const std::string& what) {
  auto& doing = shared_->doing[static_cast<size_t>(number)];
  std::snprintf(doing.data(), doing.size(), "%s", what.c_str());
}

void Board::Count(const std::string& what, const std::string& wrong) {
  ++shared_->done;
  if (wrong.empty()) {
    ++shared_->passed;
  } else if (++shared_->failed <= kShown) {
    std::printf("%s: %s\n", what.c_str(), wrong.substr(0, 900).c_str());
    std::fflush(stdout);
  }
}

void Board::Skip() {
  ++shared_->done;
  ++shared_->skipped;
}

void Board::Took(double seconds) {
  const auto us = static_cast<uint64_t>(seconds * 1e6);
  uint64_t before = shared_->slowest_us;
  while (before < us && !shared_->slowest_us.compare_exchange_weak(before, us)) {
  }
}

int Board::passed() const { return shared_->passed; }
int Board::failed() const { return shared_->failed; }
int Board::skipped() const { return shared_->skipped; }
double Board::slowest() const { return static_cast<double>(shared_->slowest_us) / 1e6; }

}  // namespace furrow::powercut
