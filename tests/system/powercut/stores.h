// SPDX-License-Identifier: Apache-2.0
// The real stores on one directory, driven by steps and read out as text.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/status.h"
#include "base/time.h"
#include "store/blobs/blobs.h"
#include "store/docs/docs.h"
#include "store/events/events.h"
#include "store/kv/engine.h"
#include "system/powercut/expected.h"

namespace furrow::powercut {

/// Moves only when told.
class StepClock final : public Clock {
 public:
  Micros Now() const override { return 1'780'000'000'000'000 + step_ * 10'000; }
  std::chrono::steady_clock::time_point Steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::hours(1)) +
           std::chrono::milliseconds(step_ * 10);
  }
  void Set(int64_t step) { step_ = step; }

 private:
  int64_t step_ = 0;
};

struct Stores {
  Stores() = default;
  Stores(Stores&&) = default;
  /// Closes what was open, the engine last: the others write to it until then.
  Stores& operator=(Stores&& other) noexcept;

  /// Small memory tables and a short log, so that a short run fills many of them.
  static Result<Stores> Open(const std::string& dir, const Clock& clock,
                             uint64_t reserve_bytes = 0);

  /// As the server does it, the answer aside: visible on return. `repeat`: it was known already.
  Status Do(const Step& step, size_t number, bool* repeat = nullptr);
  /// Everything but the files.
  Result<Objects> Read() const;
  /// Every file there is, checked whole.
  Result<std::map<std::string, std::string>> ReadFiles() const;

  std::unique_ptr<store::Engine> engine;
  std::unique_ptr<docs::Store> docs;
  std::unique_ptr<events::Store> events;
  std::unique_ptr<blobs::Store> blobs;
};

}  // namespace furrow::powercut
