// SPDX-License-Identifier: Apache-2.0
// What the processes of one run share: whose turn it is, what was seen, what came of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace furrow::powercut {

class Board {
 public:
  /// Before the processes are made.
  Board();
  ~Board();
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  /// Runs `work` in so many processes, each with its number, and tells now and then how far they
  /// are. `total`: how many turns there are, 0 when nobody knows. A process that dies is a failure.
  void Run(int processes, size_t total, const std::function<void(int)>& work);

  // By those processes:

  /// Turns are given out once each, in order from 0.
  size_t NextTurn();
  /// There are no more turns than those taken; `NextTurn` may still give some.
  void End();
  bool ended() const;
  /// False when anybody said so of `key` before.
  bool FirstToSee(uint64_t key);
  /// What process `number` is about to do, should it die of it.
  void Tell(int number, const std::string& what);
  void Count(const std::string& what, const std::string& wrong);
  /// It needs no judging: another one was the same.
  void Skip();
  void Took(double seconds);

  int passed() const;
  int failed() const;
  int skipped() const;
  /// Of all that Took was told.
  double slowest() const;

 private:
  struct Shared;
  Shared* shared_;
};

}  // namespace furrow::powercut
