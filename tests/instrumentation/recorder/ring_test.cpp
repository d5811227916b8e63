// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/ring.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <random>
#include <thread>
#include <vector>

namespace {

using asioscope::recorder::event_ring;
using small_ring = event_ring<std::uint8_t>;
using words = small_ring::words;

/// An event that shows when it was torn: all words follow from its number.
words numbered(std::uint64_t n) { return {n, n * 3, ~n, n * n + 7}; }
bool intact(const words& w) { return w == numbered(w[0]); }

/// A reader of a ring, and beside it a plain deque that tells what it must find.
struct reader_model {
  std::uint8_t next = 0;
  std::deque<std::uint64_t> unread;

  void read(const small_ring& ring, std::size_t limit) {
    std::vector<words> out{numbered(99)};  // is appended to
    const auto got = ring.read(next, limit, out);
    // The slot at the head is always being written: capacity - 1 are kept.
    const std::size_t kept = ring.capacity() - 1;
    const std::size_t lost = unread.size() > kept ? unread.size() - kept : 0;
    ASSERT_EQ(got.lost, lost);
    ASSERT_EQ(got.first, static_cast<std::uint8_t>(next + lost));
    unread.erase(unread.begin(), unread.begin() + static_cast<std::ptrdiff_t>(lost));
    const std::size_t expected = std::min(limit, unread.size());
    ASSERT_EQ(out.size(), expected + 1);
    ASSERT_EQ(out[0], numbered(99));
    for (std::size_t i = 0; i < expected; ++i) {
      ASSERT_EQ(out[i + 1], numbered(unread.front()));
      unread.pop_front();
    }
    next = static_cast<std::uint8_t>(got.first + expected);
  }
};

class small_index_ring : public testing::TestWithParam<std::size_t> {};

TEST_P(small_index_ring, matches_a_deque_with_exact_gaps) {
  small_ring ring(GetParam());
  std::minstd_rand random(static_cast<unsigned>(GetParam()));
  reader_model eager;
  reader_model late;
  std::uint64_t n = 0;
  for (int step = 0; step < 5'000; ++step) {
    // Up to 120 between two looks: an index of 8 bits tells gaps up to 255, and the late reader
    // looks half as often.
    for (auto k = random() % 120; k > 0; --k) {
      ring.put(numbered(n));
      eager.unread.push_back(n);
      late.unread.push_back(n);
      ++n;
      ASSERT_EQ(ring.head(), static_cast<std::uint8_t>(n));
    }
    eager.read(ring, random() % 8 == 0 ? random() % 10 : 1000);
    while (eager.unread.size() > 100)
      eager.read(ring, 1000);
    if (step % 2 == 1) late.read(ring, 1000);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(capacities, small_index_ring, testing::Values(2, 4, 16, 64, 128));

TEST(ring, of_capacity_one_less_than_it_holds_is_read_completely) {
  event_ring<> ring(8);
  for (std::uint64_t n = 0; n < 7; ++n)
    ring.put(numbered(n));
  std::vector<words> out;
  const auto got = ring.read(0, 100, out);
  EXPECT_EQ(got.lost, 0U);
  ASSERT_EQ(out.size(), 7U);
  ring.put(numbered(7));
  out.clear();
  EXPECT_EQ(ring.read(0, 100, out).lost, 1U);
  EXPECT_EQ(out.size(), 7U);
}

TEST(ring, prefault_leaves_it_empty) {
  event_ring<> ring(1024);
  ring.prefault();
  std::vector<words> out;
  ring.read(0, 100, out);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(ring.head(), 0U);
}

TEST(ring, keeps_two_readers_apart) {
  event_ring<> ring(16);
  for (std::uint64_t n = 0; n < 10; ++n)
    ring.put(numbered(n));
  std::vector<words> a;
  std::vector<words> b;
  EXPECT_EQ(ring.read(0, 4, a).first, 0U);
  EXPECT_EQ(ring.read(0, 100, b).first, 0U);
  EXPECT_EQ(a.size(), 4U);
  EXPECT_EQ(b.size(), 10U);
}

/// A writer at full speed and readers that come late: what they read is intact and in order, and
/// with what they lost it is all that was written.
template <class Index>
void race(std::size_t capacity, std::uint64_t total, unsigned pause_every) {
  event_ring<Index> ring(capacity);
  std::atomic<bool> done{false};
  std::atomic<bool> reader_gone{false};
  std::atomic<std::uint64_t> read_total{0};
  const auto reader = [&](std::size_t limit) {
    std::vector<words> out;
    Index next = 0;
    std::uint64_t number = 0;  // of the next event, without wrapping
    for (bool last = false; !last;) {
      last = done.load(std::memory_order_acquire);
      for (bool more = true; more;) {
        out.clear();
        const auto got = ring.read(next, limit, out);
        number += got.lost;
        for (const words& w : out) {
          ASSERT_TRUE(intact(w)) << w[0];
          ASSERT_EQ(w[0], number);
          ++number;
        }
        next = static_cast<Index>(got.first + out.size());
        more = out.size() == limit;
      }
      read_total.store(number, std::memory_order_release);
    }
    EXPECT_EQ(number, total);
  };
  std::thread a([&] {
    reader(1000);
    reader_gone = true;
  });
  for (std::uint64_t n = 0; n < total; ++n) {
    // With 8 bits the reader must not be a whole turn of the index behind, or it could not tell.
    if constexpr (sizeof(Index) == 1)
      while (!reader_gone && n - read_total.load(std::memory_order_acquire) > 200)
        std::this_thread::yield();
    ring.put(numbered(n));
    if (n % pause_every == 0) std::this_thread::yield();
  }
  done.store(true, std::memory_order_release);
  a.join();
}

TEST(ring, read_and_lost_are_all_that_was_written_while_both_run) {
  race<std::uint64_t>(64, 100'000, 500);
}
TEST(ring, with_wrapping_indices_read_and_lost_are_all_that_was_written) {
  race<std::uint8_t>(16, 10'000, 50);
}

}  // namespace
