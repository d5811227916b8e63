// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/ticks.hpp"
#include "asioscope/schema/histogram.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>

/// The figures that one thread keeps: written by that thread only, read by snapshots at any time.
namespace asioscope::recorder {

struct loop_record;

/// A counter with one writer: a plain add, no read-modify-write on the bus.
class counter {
 public:
  void add(std::uint64_t n) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void raise_to(std::uint64_t n) noexcept {
    if (n > value_.load(std::memory_order_relaxed)) value_.store(n, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t get() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Durations; the sum is in ticks.
struct histogram_cells {
  counter sum;
  std::array<counter, schema::bucket_count> buckets;

  void record(ticks duration) noexcept {
    sum.add(duration);
    buckets[bucket_of(duration)].add(1);
  }
};

/// Errors by category, for the error path only. The first few categories have a place of their own.
class error_cells {
 public:
  /// Owner only.
  void add(std::string_view category, std::uint64_t n = 1) noexcept {
    category = category.substr(0, longest);
    for (entry& each : entries_) {
      if (!each.used.load(std::memory_order_relaxed)) {
        if (category == other) break;
        category.copy(each.category.data(), category.size());
        // Release: whoever sees it used sees its text.
        each.used.store(true, std::memory_order_release);
      } else if (category != each.category.data()) {
        continue;
      }
      return each.count.add(n);
    }
    others_.add(n);
  }

  /// Calls `visit(category, count)`. Any thread that keeps the owner from going away.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const entry& each : entries_)
      if (each.used.load(std::memory_order_acquire))
        visit(std::string_view(each.category.data()), each.count.get());
    if (others_.get() != 0) visit(other, others_.get());
  }

 private:
  static constexpr std::string_view other = "other";
  static constexpr std::size_t longest = 31;
  struct entry {
    std::atomic<bool> used{false};
    std::array<char, longest + 1> category{};
    counter count;
  };
  std::array<entry, 4> entries_{};
  counter others_;
};

/// One handler site on one loop. The number of runs is the number of samples in `run`.
struct handler_cells {
  counter longest;  ///< ticks
  counter slow;
  counter failed;
  counter errors;
  /// Made at the first error. Release and acquire: what is in it.
  std::atomic<error_cells*> error_categories{nullptr};
  counter cancelled;
  counter unrun;
  histogram_cells run;
  histogram_cells delay;
  counter slow_time;  ///< ticks, in the slow ones

  handler_cells() = default;
  handler_cells(const handler_cells&) = delete;
  handler_cells& operator=(const handler_cells&) = delete;
  ~handler_cells() { delete error_categories.load(std::memory_order_relaxed); }

  /// Owner only.
  [[gnu::cold]] error_cells* errors_by_category() noexcept {
    error_cells* held = error_categories.load(std::memory_order_relaxed);
    if (held == nullptr) {
      held = new (std::nothrow) error_cells;
      error_categories.store(held, std::memory_order_release);
    }
    return held;
  }
};
static_assert(sizeof(handler_cells) <= 2048);

/// The tasks of one name on one loop.
struct task_cells {
  counter spawned;
  counter finished;
  counter failed;
  counter cancelled;
  counter abandoned;
  histogram_cells duration;
};

inline constexpr std::uint32_t sites_per_page = 64;
inline constexpr std::uint32_t max_sites = 4096;

/// A table indexed by site whose entries are made at their first use. The owner makes them,
/// snapshots only look; a published entry stays until its thread is gone.
template <class Cells>
class site_table {
 public:
  site_table() = default;
  site_table(const site_table&) = delete;
  site_table& operator=(const site_table&) = delete;
  ~site_table() {
    for (auto& p : pages_) {
      page* const held = p.load(std::memory_order_relaxed);
      if (held == nullptr) continue;
      for (auto& entry : held->entries)
        delete entry.load(std::memory_order_relaxed);
      delete held;
    }
  }

  /// Owner only. Null when memory has run out.
  Cells* at(std::uint32_t site) noexcept {
    page* const p = pages_[site / sites_per_page].load(std::memory_order_relaxed);
    if (p != nullptr) [[likely]] {
      Cells* const c = p->entries[site % sites_per_page].load(std::memory_order_relaxed);
      if (c != nullptr) [[likely]]
        return c;
    }
    return make(site);
  }

  /// Calls `visit(site, cells)` for each entry. Any thread that keeps the owner from going away.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::uint32_t i = 0; i < pages_.size(); ++i) {
      // Acquire: the entry's zeroed memory is seen before its address.
      const page* const p = pages_[i].load(std::memory_order_acquire);
      if (p == nullptr) continue;
      for (std::uint32_t k = 0; k < sites_per_page; ++k) {
        const Cells* const c = p->entries[k].load(std::memory_order_acquire);
        if (c != nullptr) visit(i * sites_per_page + k, *c);
      }
    }
  }

 private:
  struct page {
    std::array<std::atomic<Cells*>, sites_per_page> entries{};
  };

  [[gnu::noinline, gnu::cold]] Cells* make(std::uint32_t site) noexcept {
    auto& slot = pages_[site / sites_per_page];
    page* p = slot.load(std::memory_order_relaxed);
    if (p == nullptr) {
      p = new (std::nothrow) page;
      if (p == nullptr) return nullptr;
      slot.store(p, std::memory_order_release);
    }
    auto* const c = new (std::nothrow) Cells;
    p->entries[site % sites_per_page].store(c, std::memory_order_release);
    return c;
  }

  std::array<std::atomic<page*>, max_sites / sites_per_page> pages_{};
};

/// One loop as one thread sees it.
struct loop_cells {
  std::uint32_t loop = 0;
  loop_record* record = nullptr;  ///< null in what threads that ended left behind
  // Posted work (index 0) and timers and I/O (index 1): what was created here and what began or was
  // destroyed here. Over all threads, created − settled is what is pending or outstanding.
  counter created[2];
  counter settled[2];
  counter idle;  ///< ticks
  counter turns;
  counter long_turns;
  counter longest_turn;  ///< ticks
  counter hops;
  counter hop_busy;       ///< ticks
  counter last_progress;  ///< ticks, a moment
  histogram_cells lag;
  histogram_cells corrected_lag;
  histogram_cells strand_wait;
  site_table<handler_cells> handlers;
  site_table<task_cells> tasks;
};

}  // namespace asioscope::recorder
