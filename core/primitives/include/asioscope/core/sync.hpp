// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>

namespace asioscope::core {

/// The mutex of a primitive that only one thread, or one strand, uses: none.
struct null_mutex {
  void lock() noexcept {}
  bool try_lock() noexcept { return true; }
  void unlock() noexcept {}
};

namespace detail {

/// How the owners of a shared state are counted: from many threads, unless the mutex says that
/// there is only one.
template <class Sync>
class owner_count {
 public:
  void add() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  /// False: there is no owner any more, and it is about to go.
  bool add_if_any() noexcept {
    for (std::size_t now = count_.load(std::memory_order_relaxed); now != 0;)
      if (count_.compare_exchange_weak(now, now + 1, std::memory_order_relaxed)) return true;
    return false;
  }
  bool remove() noexcept { return count_.fetch_sub(1, std::memory_order_acq_rel) == 1; }
  bool is_one() const noexcept { return count_.load(std::memory_order_acquire) == 1; }

 private:
  std::atomic<std::size_t> count_{0};
};

template <>
class owner_count<null_mutex> {
 public:
  void add() noexcept { ++count_; }
  bool add_if_any() noexcept { return count_ != 0 && (++count_, true); }
  bool remove() noexcept { return --count_ == 0; }
  bool is_one() const noexcept { return count_ == 1; }

 private:
  std::size_t count_ = 0;
};

}  // namespace detail

}  // namespace asioscope::core
