// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/semaphore.hpp"

#include "asioscope/core/mutex.hpp"
#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/schedules.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace asioscope::core;
using namespace std::chrono_literals;

/// Those that wait for permits, by a name, and what they got.
class customers {
 public:
  explicit customers(semaphore& from) : from_(from) {}

  void ask(const std::string& who, std::size_t count) {
    from_.async_acquire(
        count, asio::bind_cancellation_slot(
                   signals_[who].slot(), [this, who](error_code error, semaphore::permit permit) {
                     if (error)
                       failed[who] = error;
                     else
                       got[who] = std::move(permit);
                     order += who;
                   }));
  }
  void cancel(const std::string& who) { signals_[who].emit(asio::cancellation_type::total); }

  std::map<std::string, semaphore::permit> got;
  std::map<std::string, error_code> failed;
  std::string order;

 private:
  semaphore& from_;
  std::map<std::string, asio::cancellation_signal> signals_;
};

struct semaphore_of_5 : testing::Test {
  asio::io_context loop;
  semaphore five{loop, 5, "five"};
  customers who{five};
  semaphore::permit held = five.try_acquire(5);
};

// case 1 (tokio: poll_acquire_many_unavailable)
TEST_F(semaphore_of_5, serves_a_big_request_before_a_small_one_that_came_later) {
  held.split(4).release();
  who.ask("A", 5);
  who.ask("B", 3);
  loop.poll();
  EXPECT_EQ(who.order, "");
  held.release();
  loop.poll();
  EXPECT_EQ(who.order, "A");
  EXPECT_EQ(five.available(), 0U);
  semaphore::permit a = std::move(who.got["A"]);
  a.split(1).release();
  loop.poll();
  EXPECT_EQ(who.order, "A");
  a.split(2).release();
  loop.poll();
  EXPECT_EQ(who.order, "AB");
}

// R1: golang/sync TryAcquire needs an empty line
TEST_F(semaphore_of_5, lets_nobody_past_those_who_wait) {
  held.split(2).release();
  who.ask("A", 3);
  EXPECT_EQ(five.available(), 2U);
  EXPECT_FALSE(five.try_acquire(1));
  who.ask("B", 1);
  loop.poll();
  EXPECT_EQ(who.order, "");
}

// R2
TEST_F(semaphore_of_5, hands_over_before_a_newcomer_can_take_it) {
  who.ask("A", 1);
  held.split(1).release();
  EXPECT_FALSE(five.try_acquire());  // although A's handler has not run
  EXPECT_EQ(five.available(), 0U);
  loop.poll();
  EXPECT_EQ(who.order, "A");
}

// R3: golang/sync, "if we're at the front and there're extra tokens left, notify other waiters"
TEST_F(semaphore_of_5, looks_again_when_the_first_in_line_leaves) {
  held.split(2).release();
  who.ask("A", 4);
  who.ask("B", 1);
  who.ask("C", 1);
  who.ask("D", 1);
  who.cancel("A");
  loop.poll();
  EXPECT_EQ(who.failed["A"], asio::error::operation_aborted);
  EXPECT_TRUE(who.got["B"]);
  EXPECT_TRUE(who.got["C"]);
  EXPECT_EQ(who.got.count("D"), 0U);
  EXPECT_EQ(five.waiting(), 1U);
}

// R3, with a deadline: failsafe's bulkhead loses one permit for each (issue 393)
TEST_F(semaphore_of_5, loses_nothing_to_timeouts) {
  for (int i = 0; i < 10; ++i)
    five.async_acquire_for(1, 1ms, [&](error_code error, const semaphore::permit& permit) {
      EXPECT_EQ(error, errc::timed_out);
      EXPECT_FALSE(permit);
    });
  loop.run();
  held.release();
  EXPECT_EQ(five.available(), 5U);
  EXPECT_TRUE(five.try_acquire(5));
}

// R4, case 4 (golang/sync TestWeightedAcquireCanceled)
TEST_F(semaphore_of_5, gives_nothing_to_one_who_cancelled_before) {
  who.ask("A", 5);
  who.cancel("A");
  held.release();
  EXPECT_TRUE(five.try_acquire(5));
  loop.poll();
  EXPECT_EQ(who.failed["A"], asio::error::operation_aborted);
}

// R4: the other way round, the permit comes back when the handler drops it
TEST_F(semaphore_of_5, gives_to_one_who_cancels_after) {
  who.ask("A", 5);
  held.release();
  who.cancel("A");
  loop.poll();
  EXPECT_EQ(who.got["A"].count(), 5U);
  who.got.clear();
  EXPECT_EQ(five.available(), 5U);
}

TEST_F(semaphore_of_5, refuses_what_can_never_be) {  // R10
  who.ask("A", 6);
  loop.poll();
  EXPECT_EQ(who.failed["A"], errc::too_much);
  EXPECT_EQ(who.failed["A"], boost::system::errc::invalid_argument);
}

// R7
TEST_F(semaphore_of_5, fails_all_who_wait_when_it_is_closed) {
  who.ask("A", 1);
  five.close();
  five.close();
  who.ask("B", 1);
  loop.poll();
  EXPECT_EQ(who.failed["A"], errc::closed);
  EXPECT_EQ(who.failed["B"], errc::closed);
  EXPECT_NE(who.failed["A"], asio::error::operation_aborted);
  EXPECT_TRUE(five.is_closed());
  held.release();
  EXPECT_EQ(five.available(), 5U);
  EXPECT_FALSE(five.try_acquire());
}

// R9
TEST(semaphore, wants_at_least_one_permit) {
  asio::io_context loop;
  try {
    const semaphore none(loop, 0);
    FAIL();
  } catch (const config_error& error) {
    EXPECT_EQ(error.field(), "semaphore.permits");
    EXPECT_STREQ(error.what(), "semaphore.permits must be greater than 0");
  }
}

TEST_F(semaphore_of_5, lets_holders_finish_when_it_shrinks) {
  five.resize(2);
  who.ask("A", 1);
  held.split(3).release();  // two are out: as many as there may be
  loop.poll();
  EXPECT_EQ(who.order, "");
  held.split(1).release();
  loop.poll();
  EXPECT_EQ(who.order, "A");
  EXPECT_EQ(five.limit(), 2U);
}

TEST_F(semaphore_of_5, tells_those_who_want_more_than_there_is_now) {
  who.ask("A", 4);
  who.ask("B", 1);
  held.split(1).release();
  five.resize(3);
  loop.poll();
  EXPECT_EQ(who.failed["A"], errc::too_much);
  held.split(2).release();
  loop.poll();
  EXPECT_TRUE(who.got["B"]);
}

TEST_F(semaphore_of_5, gives_more_when_it_grows) {
  who.ask("A", 2);
  five.resize(7);
  loop.poll();
  EXPECT_EQ(who.got["A"].count(), 2U);
}

TEST_F(semaphore_of_5, is_smaller_when_permits_are_forgotten) {
  who.ask("A", 5);
  held.split(1).forget();
  loop.poll();
  EXPECT_EQ(who.failed["A"], errc::too_much);
  held.release();
  EXPECT_EQ(five.limit(), 4U);
  EXPECT_EQ(five.available(), 4U);
}

// R5
TEST(permit, is_given_back_once) {
  asio::io_context loop;
  semaphore two(loop, 2);
  semaphore::permit first = two.try_acquire();
  semaphore::permit second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is the question
  EXPECT_EQ(two.available(), 1U);
  second = two.try_acquire();  // the one it had is given back
  EXPECT_EQ(two.available(), 1U);
  second.release();
  second.release();
  EXPECT_EQ(two.available(), 2U);
}

TEST(permit, may_outlive_its_semaphore_and_its_loop) {
  semaphore::permit late;
  {
    asio::io_context loop;
    semaphore one(loop, 1);
    late = one.try_acquire();
  }
  EXPECT_TRUE(late);
  late.release();
}

TEST_F(semaphore_of_5, is_seen_with_those_who_wait) {
  who.ask("A", 1);
  who.ask("B", 2);
  const auto all = describe_resources();
  const auto found =
      std::find_if(all.begin(), all.end(), [](const auto& r) { return r.name == "five"; });
  ASSERT_NE(found, all.end());
  EXPECT_EQ(found->kind, resource_kind::semaphore);
  EXPECT_EQ(found->waiters.size(), 2U);
  EXPECT_LE(found->waiters[0].since, found->waiters[1].since);
  ASSERT_EQ(found->attributes.size(), 3U);
  EXPECT_STREQ(found->attributes[1].name, "in_use");
  EXPECT_EQ(found->attributes[1].value, 5.0);
}

TEST(semaphore, is_seen_as_long_as_it_lives_when_it_has_a_name) {
  asio::io_context loop;
  const std::size_t before = describe_resources().size();
  {
    const semaphore named(loop, 1, "named");
    const semaphore nameless(loop, 1);
    EXPECT_EQ(describe_resources().size(), before + 1);
  }
  EXPECT_EQ(describe_resources().size(), before);
}

class listener final : public observer {
 public:
  std::uint64_t current_task() noexcept override { return 42; }
  void wait_began(resource_id, std::uint64_t task) noexcept override { waits.push_back(task); }
  void wait_ended(resource_id, std::uint64_t task, std::chrono::steady_clock::duration waited,
                  wait_outcome outcome) noexcept override {
    EXPECT_EQ(task, 42U);
    EXPECT_GE(waited.count(), 0);
    outcomes.push_back(outcome);
  }
  void happened(resource_id, const char*, std::int64_t) noexcept override {}
  void began(resource_id, resource_kind kind, std::string_view name) noexcept override {
    known.push_back(std::string(to_string(kind)) + ' ' + std::string(name));
  }
  void ended(const resource_description& last) noexcept override {
    gone.push_back(last.name + ' ' + std::to_string(last.attributes.at(2).value));
  }

  std::vector<std::uint64_t> waits;
  std::vector<wait_outcome> outcomes;
  std::vector<std::string> known;
  std::vector<std::string> gone;
};

TEST_F(semaphore_of_5, tells_the_observer_of_each_wait_and_its_end) {
  listener hears;
  install_observer(&hears);
  who.ask("A", 1);
  who.ask("B", 1);
  five.async_acquire_for(1, 0s, [](auto...) {});
  loop.run_one();
  who.cancel("B");
  held.split(1).release();
  who.ask("C", 1);
  five.close();
  install_observer(nullptr);
  EXPECT_EQ(hears.waits.size(), 4U);
  EXPECT_EQ(hears.outcomes, (std::vector{wait_outcome::timed_out, wait_outcome::cancelled,
                                         wait_outcome::granted, wait_outcome::closed}));
}

TEST(semaphore, tells_the_observer_of_its_beginning_and_how_it_ended) {
  asio::io_context loop;
  std::optional<semaphore> earlier(std::in_place, loop, 1, "earlier");
  listener hears;
  install_observer(&hears);
  {
    semaphore named(loop, 2, "named");
    const semaphore nameless(loop, 2);
    for (int i = 0; i < 3; ++i)
      EXPECT_TRUE(named.try_acquire());
  }
  install_observer(nullptr);
  EXPECT_EQ(hears.known, (std::vector<std::string>{"semaphore earlier", "semaphore named"}));
  EXPECT_EQ(hears.gone, std::vector{"named " + std::to_string(3.0)}) << "acquired 3";
}

TEST(semaphore, names_only_the_first_of_many_who_wait) {
  asio::io_context loop;
  semaphore one(loop, 1, "one");
  const auto held = one.try_acquire();
  for (int i = 0; i < 1000; ++i)
    one.async_acquire([](auto...) {});
  bool looked = false;
  const auto all = describe_resources([&] { looked = true; });
  EXPECT_TRUE(looked);
  EXPECT_EQ(all.back().waiting, 1000U);
  EXPECT_EQ(all.back().waiters.size(), resource_description::most_named);
}

// X3: The properties, under random use: permits are conserved, the line is kept, nobody is lost.
TEST(semaphore, keeps_its_promises_in_any_order) {
  asioscope::test_kit::for_each_schedule(200, [](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto upto = [&](std::size_t most) {
      return std::uniform_int_distribution<std::size_t>(1, most)(random);
    };
    asio::io_context loop;
    semaphore some(loop, 8);
    std::vector<semaphore::permit> held;
    std::deque<int> line;
    std::map<int, asio::cancellation_signal> signals;
    int next = 0;
    std::size_t ended = 0;
    for (int step = 0; step < 100; ++step) {
      switch (upto(5)) {
        case 1:
        case 2: {
          const int me = next++;
          line.push_back(me);
          some.async_acquire(
              upto(8), asio::bind_cancellation_slot(
                           signals[me].slot(), [&, me](error_code error, semaphore::permit permit) {
                             ++ended;
                             if (error) {
                               std::erase(line, me);
                             } else {
                               ASSERT_EQ(line.front(), me);
                               line.pop_front();
                               held.push_back(std::move(permit));
                             }
                           }));
          break;
        }
        case 3:
          if (!held.empty()) {
            std::swap(held[upto(held.size()) - 1], held.back());
            held.pop_back();
          }
          break;
        case 4:
          // Only those at the end of the line, so that its order is still to be seen.
          if (line.size() > 1 && some.waiting() > 1)
            signals[line.back()].emit(asio::cancellation_type::total);
          loop.poll();
          loop.restart();
          break;
        default:
          loop.poll();
          loop.restart();
      }
      std::size_t out = 0;
      loop.poll();
      loop.restart();
      for (const auto& each : held)
        out += each.count();
      ASSERT_EQ(out + some.available(), 8U);
    }
    while (!line.empty()) {
      held.clear();
      loop.poll();
      loop.restart();
    }
    held.clear();
    EXPECT_EQ(ended, static_cast<std::size_t>(next));
    EXPECT_EQ(some.available(), 8U);
  });
}

// case 6 (golang/sync TestLargeAcquireDoesntStarve)
TEST(semaphore, starves_no_big_request_among_many_small_ones) {
  asio::thread_pool pool(2);
  semaphore some(pool, 2);
  std::atomic<bool> big_one_had_it{false};
  const auto small = [&]() -> asio::awaitable<void> {
    while (!big_one_had_it)
      co_await some.async_acquire(asio::use_awaitable);
  };
  asio::co_spawn(pool, small, asio::detached);
  asio::co_spawn(pool, small, asio::detached);
  some.async_acquire(2, [&](error_code error, const semaphore::permit&) {
    EXPECT_FALSE(error);
    big_one_had_it = true;
  });
  pool.join();
  EXPECT_TRUE(big_one_had_it);
}

// Deadlines, cancellation, release and close from two threads at once.
TEST(semaphore, is_for_many_threads) {
  asio::thread_pool pool(2);
  semaphore some(pool, 3, "shared");
  std::atomic<int> inside{0};
  std::atomic<int> ended{0};
  constexpr int many = 400;
  for (int i = 0; i < many; ++i)
    asio::co_spawn(
        asio::make_strand(pool),
        [&, i]() -> asio::awaitable<void> {
          for (int turn = 0; turn < 5; ++turn) {
            auto [error, permit] = co_await some.async_acquire_for(
                1, std::chrono::microseconds(i % 7 * 100), asio::as_tuple(asio::use_awaitable));
            if (error) {
              EXPECT_EQ(error, errc::timed_out);
              continue;
            }
            EXPECT_LE(++inside, 3);
            co_await asio::post(asio::use_awaitable);
            --inside;
          }
          ++ended;
        },
        asio::detached);
  pool.join();
  EXPECT_EQ(ended, many);
  EXPECT_EQ(some.available(), 3U);
}

TEST(mutex, is_held_across_suspensions_in_any_order) {
  asioscope::test_kit::run_shuffled(
      []() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        mutex alone(executor);
        int inside = 0;
        int done = 0;
        for (int i = 0; i < 5; ++i)
          asio::co_spawn(
              executor,
              [&]() -> asio::awaitable<void> {
                const auto lock = co_await alone.async_lock(asio::use_awaitable);
                EXPECT_EQ(++inside, 1);
                co_await asioscope::test_kit::yield(3);
                --inside;
                ++done;
              },
              asio::detached);
        while (done < 5)
          co_await asioscope::test_kit::yield();
        EXPECT_FALSE(alone.is_locked());
        EXPECT_TRUE(alone.try_lock());
      },
      50);
}

TEST(semaphore, needs_no_mutex_for_one_thread) {
  asio::io_context loop(1);
  basic_semaphore<asio::io_context::executor_type, null_mutex> one(loop, 1);
  int got = 0;
  auto held = one.try_acquire();
  one.async_acquire([&](error_code, const auto&) { ++got; });
  held.release();
  loop.run();
  EXPECT_EQ(got, 1);
  EXPECT_EQ(one.available(), 1U);
}

}  // namespace
