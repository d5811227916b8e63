// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

namespace asioscope::recorder {

/// A ring of 32-byte events that overwrites the oldest.
///
/// The writer never looks at a reader: no full check, no drop path, no waiting. A reader finds out
/// by index that it was lapped. Any number of readers; one writer, always the same thread.
///
/// `Index` is 64 bits wide; tests use 8, so that it wraps often.
template <class Index = std::uint64_t>
class event_ring {
 public:
  using words = std::array<std::uint64_t, 4>;

  /// `capacity`: a power of two, at most half the range of Index. One slot of it is always being
  /// written. The memory is not touched: pages come into being as they are written, or by
  /// prefault().
  explicit event_ring(std::size_t capacity)
      : mask_(capacity - 1), slots_(static_cast<words*>(std::calloc(capacity, sizeof(words)))) {
    if (slots_ == nullptr) throw std::bad_alloc();
  }

  /// Touches all pages, so that no put() has to wait for one. Before the ring is used only.
  void prefault() noexcept {
    constexpr std::size_t page = 4096 / sizeof(words);
    for (std::size_t i = 0; i < capacity(); i += page)
      std::atomic_ref(slots_.get()[i][0]).store(0, std::memory_order_relaxed);
  }

  [[nodiscard]] std::size_t capacity() const noexcept { return mask_ + 1; }

  /// Writer only.
  void put(const words& event) noexcept {
    const Index head = head_.load(std::memory_order_relaxed);
    words& slot = slots_.get()[head & mask_];
    // Release: a reader that sees one of these words also sees the head stored before it, and with
    // it that the event which stood here is gone. Not a loop, which g++ -O2 would go through.
    const auto store = [&](std::size_t i) {
      std::atomic_ref(slot[i]).store(event[i], std::memory_order_release);
    };
    store(0);
    store(1);
    store(2);
    store(3);
    // Release: publishes the words to readers.
    head_.store(static_cast<Index>(head + 1), std::memory_order_release);
  }

  /// Index of the next event to be written.
  [[nodiscard]] Index head() const noexcept { return head_.load(std::memory_order_acquire); }

  struct result {
    Index first = 0;  ///< index of the first event appended
    Index lost =
        0;  ///< events between the wanted index and `first`, overwritten before they were read
  };

  /// Appends the events from index `from` on, at most `limit`, to `out`. The next call continues at
  /// `first + number appended`.
  result read(Index from, std::size_t limit, std::vector<words>& out) const {
    const Index head = this->head();
    Index first = oldest_kept(from, head);
    Index last = head;
    if (static_cast<Index>(last - first) > limit) last = static_cast<Index>(first + limit);
    const std::size_t start = out.size();
    for (Index i = first; i != last; ++i) {
      words& slot = slots_.get()[i & mask_];
      words event;
      for (std::size_t w = 0; w < 4; ++w)
        event[w] = std::atomic_ref(slot[w]).load(std::memory_order_acquire);
      out.push_back(event);
    }
    // What the writer overtook meanwhile may be torn.
    const Index intact = oldest_kept(first, this->head());
    Index torn = static_cast<Index>(intact - first);
    const auto copied = static_cast<Index>(last - first);
    if (torn > copied) torn = copied;
    out.erase(out.begin() + static_cast<std::ptrdiff_t>(start),
              out.begin() + static_cast<std::ptrdiff_t>(start) + static_cast<std::ptrdiff_t>(torn));
    first = static_cast<Index>(first + torn);
    return {first, static_cast<Index>(first - from)};
  }

 private:
  struct release_memory {
    void operator()(words* memory) const noexcept { std::free(memory); }
  };

  /// Index i is intact while i + capacity > head: the slot at `head` is the one being written.
  [[nodiscard]] Index oldest_kept(Index from, Index head) const noexcept {
    const auto behind = static_cast<Index>(head - from);
    return behind <= mask_ ? from : static_cast<Index>(head - mask_);
  }

  std::size_t mask_;
  std::unique_ptr<words, release_memory> slots_;
  alignas(64) std::atomic<Index> head_{0};
};

}  // namespace asioscope::recorder
