// SPDX-License-Identifier: Apache-2.0
// A queue of byte strings between two threads: one reserves and publishes, the other looks and
// releases. Memory is taken, and touched, once in the constructor; neither side ever waits.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

namespace furrow::edge {

class ByteRing {
 public:
  /// Room for `capacity` bytes, rounded up to a multiple of 8. A string takes 8 bytes more than it
  /// has, rounded up alike.
  explicit ByteRing(size_t capacity)
      : capacity_(RoundUp(capacity)), bytes_(std::make_unique<std::byte[]>(capacity_)) {}

  // The producer's thread:

  /// Whether a string of `size` bytes could ever be taken.
  bool Fits(size_t size) const { return size <= capacity_ / 2 && Need(size) <= capacity_ / 2; }

  /// Where to write `size` bytes, in one piece; null when there is no room.
  std::byte* Reserve(size_t size) {
    if (!Fits(size)) return nullptr;
    const size_t need = Need(size);
    const uint64_t tail = tail_.load(std::memory_order_relaxed);
    const size_t at = tail % capacity_;
    // A string that would reach over the end begins at the front; what is left there is skipped.
    const size_t skip = at + need <= capacity_ ? 0 : capacity_ - at;
    if (tail + skip + need - head_seen_ > capacity_) {
      head_seen_ = head_.load(std::memory_order_acquire);
      if (tail + skip + need - head_seen_ > capacity_) return nullptr;
    }
    if (skip > 0) WriteHead(at, kSkip);
    WriteHead((at + skip) % capacity_, size);
    reserved_ = tail + skip + need;
    return bytes_.get() + (at + skip) % capacity_ + kHead;
  }
  /// Gives what was reserved last to the consumer.
  void Publish() { tail_.store(reserved_, std::memory_order_release); }

  // The consumer's thread:

  /// The oldest string, until Release; an empty span with a null pointer when there is none.
  std::span<const std::byte> Front() {
    while (true) {
      const uint64_t head = head_.load(std::memory_order_relaxed);
      if (head == tail_.load(std::memory_order_acquire)) return {};
      const size_t at = head % capacity_;
      uint64_t size = 0;
      std::memcpy(&size, bytes_.get() + at, kHead);
      if (size != kSkip) return {bytes_.get() + at + kHead, size};
      head_.store(head + capacity_ - at, std::memory_order_release);
    }
  }
  /// Gives the room of Front() back.
  void Release() {
    const size_t size = Front().size();
    head_.store(head_.load(std::memory_order_relaxed) + Need(size), std::memory_order_release);
  }

  /// Bytes in use, from either thread; the other may have changed it since.
  size_t used() const {
    const uint64_t head = head_.load(std::memory_order_acquire);
    return tail_.load(std::memory_order_acquire) - head;
  }
  size_t capacity() const { return capacity_; }

 private:
  static constexpr size_t kHead = 8;
  static constexpr uint64_t kSkip = UINT64_MAX;
  static size_t RoundUp(size_t size) { return (size + 7) & ~size_t{7}; }
  static size_t Need(size_t size) { return kHead + RoundUp(size); }
  void WriteHead(size_t at, uint64_t value) { std::memcpy(bytes_.get() + at, &value, kHead); }

  const size_t capacity_;
  const std::unique_ptr<std::byte[]> bytes_;
  // Apart, so that the two threads do not fight for a cache line.
  alignas(64) std::atomic<uint64_t> head_{0};
  alignas(64) std::atomic<uint64_t> tail_{0};
  uint64_t reserved_ = 0;   // the producer's
  uint64_t head_seen_ = 0;  // the producer's: head_ when it last looked
};

}  // namespace furrow::edge
