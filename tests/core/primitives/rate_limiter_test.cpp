// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/rate_limiter.hpp"

#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/loop.hpp"
#include "asioscope/test_kit/schedules.hpp"
#include "asioscope/test_kit/tracking_executor.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory_resource>
#include <random>
#include <thread>

namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asioscope::core;
using asioscope::test_kit::loop;
using asioscope::test_kit::sleep_for;
using asioscope::test_kit::tracking_executor;
using asioscope::test_kit::virtual_clock;
using std::chrono::nanoseconds;

using limiter = basic_rate_limiter<asio::any_io_executor, std::mutex, virtual_clock>;
constexpr auto tick = 100ms;

/// A loop of its own under the virtual clock, whose beginning is tick 0.
class rate_limiter_test : public testing::Test {
 protected:
  rate_limiter_test() { virtual_clock::reset(); }

  static nanoseconds now() { return virtual_clock::now() - start(); }
  static virtual_clock::time_point start() {
    static const virtual_clock::time_point at = [] {
      virtual_clock::reset();
      return virtual_clock::now();
    }();
    return at;
  }

  void to_tick(int which) { loop_.run_for(which * tick - now()); }

  /// Notes, when it is granted or refused, who it was and when.
  auto note(std::string who) {
    return [this, who = std::move(who)](error_code error) {
      std::string line = who + '@' + std::to_string(now() / tick);
      if (error) line += ' ' + error.message();
      log_.push_back(std::move(line));
    };
  }

  loop loop_;
  std::vector<std::string> log_;
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(rate_limiter_test, gives_what_the_bucket_has) {  // fact b1
  limiter ten(loop_.context(), {.rate = 10, .burst = 3});
  EXPECT_TRUE(ten.try_acquire(2));
  EXPECT_FALSE(ten.try_acquire(2));
  EXPECT_TRUE(ten.try_acquire());
  EXPECT_FALSE(ten.try_acquire());
  to_tick(1);
  EXPECT_FALSE(ten.try_acquire(4));
  to_tick(2);
  EXPECT_TRUE(ten.try_acquire());
  to_tick(3);
  EXPECT_TRUE(ten.try_acquire());
  to_tick(4);
  EXPECT_TRUE(ten.try_acquire());
  EXPECT_TRUE(ten.try_acquire());
  EXPECT_FALSE(ten.try_acquire());
  to_tick(9);
  EXPECT_TRUE(ten.try_acquire(3));
  EXPECT_TRUE(ten.try_acquire(0));
  EXPECT_EQ(ten.granted(), 8U);
  EXPECT_EQ(ten.rejected(), 4U);
}

TEST_F(rate_limiter_test, never_completes_inline) {  // X1
  limiter one(loop_.context(), {.rate = 1});
  one.async_acquire(note("a"));
  one.async_acquire(2, note("too much"));
  EXPECT_THAT(log_, IsEmpty());
  loop_.run_ready();
  EXPECT_THAT(log_, ElementsAre("a@0", "too much@0 more than there can ever be"));
}

TEST_F(rate_limiter_test, serves_first_come_first_served) {  // R2, R1
  limiter ten(loop_.context(), {.rate = 10, .burst = 4});
  ten.async_acquire(4, note("a"));
  ten.async_acquire(3, note("b"));
  ten.async_acquire(1, note("c"));
  ten.async_acquire(2, note("d"));
  to_tick(1);
  EXPECT_FALSE(ten.try_acquire()) << "there is one, but others wait";  // R1
  loop_.run();
  EXPECT_THAT(log_, ElementsAre("a@0", "b@3", "c@4", "d@6"));
  EXPECT_EQ(now(), 6 * tick);
  EXPECT_EQ(ten.waited(), (3 + 4 + 6) * tick);
}

TEST_F(rate_limiter_test, refuses_at_once_what_can_never_be) {  // R10, case 8
  limiter ten(loop_.context(), {.rate = 10, .burst = 2});
  EXPECT_FALSE(ten.try_acquire(3));
  EXPECT_EQ(ten.retry_after(3), nanoseconds::max());
  EXPECT_EQ(ten.reserve(3).error(), errc::too_much);
  ten.async_acquire(2, note("a"));
  ten.async_acquire(1, note("b"));
  ten.async_acquire(3, note("three"));
  loop_.run();
  EXPECT_THAT(log_, ElementsAre("a@0", "three@0 more than there can ever be", "b@1"));
}

TEST_F(rate_limiter_test, refuses_at_once_what_would_be_too_late_and_takes_nothing) {  // case 10
  limiter ten(loop_.context(), {.rate = 10, .burst = 2});
  ASSERT_TRUE(ten.try_acquire(2));
  ten.async_acquire_for(2, tick, note("two"));
  EXPECT_EQ(ten.retry_after(2), 2 * tick);
  ten.async_acquire_for(1, tick, note("one"));
  loop_.run_ready();
  EXPECT_THAT(log_, ElementsAre("two@0 the deadline passed"));
  ten.async_acquire_for(1, tick, note("behind it"));  // fact b5: 2→t0, 1→t1, 1 refused
  loop_.run();
  EXPECT_THAT(log_,
              ElementsAre("two@0 the deadline passed", "behind it@0 the deadline passed", "one@1"));
}

TEST_F(rate_limiter_test, has_deadlines_that_have_already_passed) {
  limiter ten(loop_.context(), {.rate = 10, .burst = 1});
  ten.async_acquire_until(1, virtual_clock::now() - 1s, note("there is one"));
  ten.async_acquire_until(1, virtual_clock::now() - 1s, note("there is none"));
  loop_.run();
  EXPECT_THAT(log_, ElementsAre("there is one@0", "there is none@0 the deadline passed"));
}

TEST_F(rate_limiter_test, refuses_who_would_be_one_too_many_in_the_line) {  // R10
  limiter ten(loop_.context(), {.rate = 10, .burst = 1, .queue_limit = 1});
  for (const char* who : {"a", "b", "c"})
    ten.async_acquire(note(who));
  loop_.run();
  EXPECT_THAT(log_, ElementsAre("a@0", "c@0 no room", "b@1"));
}

TEST_F(rate_limiter_test, gives_a_cancelled_waiters_place_to_those_behind) {  // R3, fact b11
  limiter three(loop_.context(), {.rate = 3, .period = 3s});
  ASSERT_TRUE(three.try_acquire());
  asio::cancellation_signal cancel;
  three.async_acquire(3, asio::bind_cancellation_slot(cancel.slot(), note("a")));
  three.async_acquire(3, note("b"));
  cancel.emit(asio::cancellation_type::total);
  loop_.run();
  EXPECT_THAT(log_, ElementsAre("a@0 Operation canceled", "b@10"));
}

TEST_F(rate_limiter_test, can_be_cancelled_with_each_type) {  // X6
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    limiter one(loop_.context(), {.rate = 1});
    ASSERT_TRUE(one.try_acquire());
    asio::cancellation_signal cancel;
    error_code got;
    one.async_acquire(
        asio::bind_cancellation_slot(cancel.slot(), [&](error_code error) { got = error; }));
    cancel.emit(type);
    EXPECT_FALSE(got);
    loop_.run_ready();
    EXPECT_EQ(got, asio::error::operation_aborted);
    EXPECT_EQ(one.waiting(), 0U);
  }
  EXPECT_EQ(now(), 0s) << "a timer was left";
}

TEST_F(rate_limiter_test, lets_a_grant_win_that_came_before_the_cancellation) {  // R4
  limiter one(loop_.context(), {.rate = 1});
  asio::cancellation_signal cancel;
  one.async_acquire(note("a"));
  one.async_acquire(asio::bind_cancellation_slot(cancel.slot(), note("b")));
  loop_.run_ready();
  virtual_clock::advance(1s);
  EXPECT_EQ(one.available(), 0U);
  EXPECT_FALSE(one.try_acquire());  // serves the one who waits
  cancel.emit(asio::cancellation_type::total);
  loop_.run();
  EXPECT_THAT(log_, ElementsAre("a@0", "b@10"));
}

TEST_F(rate_limiter_test, serves_as_if_no_timer_were_ever_late) {
  limiter ten(loop_.context(), {.rate = 10, .burst = 1});
  for (const char* who : {"a", "b", "c", "d"})
    ten.async_acquire(note(who));
  virtual_clock::advance(2 * tick + tick / 2);  // the loop was busy
  loop_.run();
  EXPECT_THAT(log_, ElementsAre("a@2", "b@2", "c@2", "d@3"));
  EXPECT_EQ(now(), 3 * tick);
}

TEST_F(rate_limiter_test, does_not_mint_while_it_is_idle) {
  limiter ten(loop_.context(), {.rate = 10, .burst = 1});
  ten.async_acquire(note("a"));
  ten.async_acquire(note("b"));
  loop_.run();
  virtual_clock::advance(1h);
  EXPECT_TRUE(ten.try_acquire());
  EXPECT_FALSE(ten.try_acquire());
}

TEST_F(rate_limiter_test, reservations_say_how_long) {  // fact b2
  limiter ten(loop_.context(), {.rate = 10, .burst = 2});
  const auto a = ten.reserve(2);
  EXPECT_EQ(a.delay(), 0s);
  const auto b = ten.reserve(2);
  EXPECT_EQ(b.delay(), 2 * tick);
  to_tick(3);
  const auto c = ten.reserve(2);
  EXPECT_EQ(now() + c.delay(), 4 * tick);
  EXPECT_EQ(b.delay(), 0s);
}

TEST_F(rate_limiter_test,
       a_cancelled_reservation_is_as_if_it_had_never_been) {  // fact b3
  limiter ten(loop_.context(), {.rate = 10, .burst = 2});
  const auto a = ten.reserve(2);
  auto b = ten.reserve(2);
  EXPECT_EQ(b.delay(), 2 * tick);
  to_tick(1);
  b.cancel();
  EXPECT_FALSE(b);
  const auto c = ten.reserve(2);
  EXPECT_EQ(now() + c.delay(), 2 * tick);
}

TEST_F(rate_limiter_test, refunds_exactly_when_several_are_cancelled) {  // fact b4
  limiter ten(loop_.context(), {.rate = 10, .burst = 4});
  const auto first = ten.reserve(4);
  auto a = ten.reserve(3);
  const auto one = ten.reserve(1);
  auto c = ten.reserve(1);
  EXPECT_EQ(a.delay(), 3 * tick);
  EXPECT_EQ(one.delay(), 4 * tick);
  EXPECT_EQ(c.delay(), 5 * tick);
  to_tick(1);
  c.cancel();
  a.cancel();
  EXPECT_EQ(one.delay(), 0s) << "it moves up";
  const auto last = ten.reserve(3);
  EXPECT_EQ(now() + last.delay(), 4 * tick) << "Go gives back less, and says tick 5";
}

TEST_F(rate_limiter_test,
       a_reservation_that_goes_too_early_was_never_there_and_one_in_time_is_used) {  // R5
  limiter ten(loop_.context(), {.rate = 10, .burst = 2});
  { const auto used = ten.reserve(2); }
  EXPECT_EQ(ten.available(), 0U);
  { const auto early = ten.reserve(2); }
  EXPECT_EQ(ten.waiting(), 0U);
  EXPECT_EQ(ten.retry_after(), tick);
}

TEST_F(rate_limiter_test, a_reservation_that_is_due_can_still_be_given_back) {
  limiter ten(loop_.context(), {.rate = 10, .burst = 2});
  auto due = ten.reserve(2);
  ten.async_acquire(note("waits"));
  loop_.run_ready();
  EXPECT_THAT(log_, IsEmpty());
  due.cancel();
  due.cancel();
  loop_.run_ready();
  EXPECT_THAT(log_, ElementsAre("waits@0"));
  EXPECT_EQ(ten.available(), 1U);
  EXPECT_EQ(ten.granted(), 1U);
}

TEST_F(rate_limiter_test, reservations_and_waiters_stand_in_one_line) {
  limiter ten(loop_.context(), {.rate = 10, .burst = 2});
  ASSERT_TRUE(ten.try_acquire(2));
  ten.async_acquire(note("a"));
  auto reserved = ten.reserve(2);
  ten.async_acquire(note("b"));
  EXPECT_EQ(reserved.delay(), 3 * tick);
  EXPECT_EQ(ten.retry_after(), 5 * tick);
  to_tick(2);
  reserved = {};
  loop_.run();
  EXPECT_THAT(log_, ElementsAre("a@1", "b@2"));
}

TEST_F(rate_limiter_test, reserves_only_within_a_limit) {  // fact b5
  limiter ten(loop_.context(), {.rate = 10, .burst = 2});
  const auto a = ten.reserve_for(2, tick);
  const auto b = ten.reserve_for(1, tick);
  const auto c = ten.reserve_for(1, tick);
  EXPECT_TRUE(a && b);
  EXPECT_EQ(c.error(), errc::timed_out);
  EXPECT_EQ(c.delay(), 0s);
  EXPECT_EQ(ten.retry_after(), 2 * tick) << "nothing was taken";
  EXPECT_EQ(limiter::reservation().error(), errc::not_running);
}

TEST_F(rate_limiter_test, promises_hold_for_ten_bursts_to_come) {  // fact b8
  limiter ten(loop_.context(), {.rate = 10});
  ASSERT_TRUE(ten.try_acquire(10));
  std::vector<limiter::reservation> borrowed;
  for (int i = 1; i <= 10; ++i)
    EXPECT_EQ(borrowed.emplace_back(ten.reserve(10)).delay(), i * 1s);
  virtual_clock::advance(10s);
  for (const auto& each : borrowed)
    EXPECT_EQ(each.delay(), 0s);
  EXPECT_FALSE(ten.try_acquire());
}

TEST_F(rate_limiter_test, sees_all_of_a_crowd_through) {  // fact b10
  limiter five(loop_.context(), {.rate = 5, .period = 10s});
  int done = 0;
  for (int i = 0; i < 10; ++i)
    five.async_acquire([&](error_code) { ++done; });
  loop_.run_ready();
  EXPECT_EQ(done, 5);
  to_tick(30);
  EXPECT_EQ(done, 6);
  to_tick(70);
  EXPECT_EQ(done, 8);
  to_tick(110);
  EXPECT_EQ(done, 10);
}

TEST_F(rate_limiter_test, becomes_faster_and_slower_while_some_wait) {
  limiter ten(loop_.context(), {.rate = 10, .burst = 2});
  ASSERT_TRUE(ten.try_acquire(2));
  ten.async_acquire(2, note("a"));
  ten.async_acquire(2, note("b"));
  ten.async_acquire_for(2, 8 * tick, note("c"));
  to_tick(1);
  ten.set_rate(20, 1s);  // the head timer is set again
  to_tick(2);
  EXPECT_THAT(log_, ElementsAre("a@1"));
  ten.set_rate(2, 1s);  // one is there, of b's two; c would be too late
  loop_.run();
  EXPECT_THAT(log_, ElementsAre("a@1", "c@2 the deadline passed", "b@7"));
}

TEST_F(rate_limiter_test, a_smaller_burst_refuses_who_waits_for_more) {
  limiter ten(loop_.context(), {.rate = 10, .burst = 3});
  ASSERT_TRUE(ten.try_acquire(3));
  ten.async_acquire(3, note("three"));
  ten.async_acquire(2, note("two"));
  ten.set_burst(2);
  EXPECT_EQ(ten.burst(), 2U);
  loop_.run();
  EXPECT_THAT(log_, ElementsAre("three@0 more than there can ever be", "two@2"));
}

TEST_F(rate_limiter_test, can_be_emptied) {
  limiter ten(loop_.context(), {.rate = 10});
  ten.drain();
  EXPECT_EQ(ten.available(), 0U);
  EXPECT_EQ(ten.retry_after(), tick);
}

TEST_F(rate_limiter_test, closes_for_all) {  // R7
  limiter ten(loop_.context(), {.rate = 10, .burst = 1});
  const auto due = ten.reserve();
  const auto waits = ten.reserve();
  ten.async_acquire(note("a"));
  ten.close();
  ten.close();
  EXPECT_TRUE(ten.is_closed());
  EXPECT_FALSE(ten.try_acquire());
  EXPECT_TRUE(due);
  EXPECT_EQ(waits.error(), errc::closed);
  ten.async_acquire(note("b"));
  loop_.run();
  EXPECT_THAT(log_, ElementsAre("a@0 closed", "b@0 closed"));
  EXPECT_EQ(now(), 0s) << "a timer was left";
}

TEST_F(rate_limiter_test, ends_all_waits_when_it_goes) {  // X9
  limiter::reservation waits;
  {
    limiter ten(loop_.context(), {.rate = 10, .burst = 1});
    ASSERT_TRUE(ten.try_acquire());
    ten.async_acquire(note("a"));
    waits = ten.reserve();
  }
  EXPECT_EQ(waits.error(), asio::error::operation_aborted);
  loop_.run();
  EXPECT_THAT(log_, ElementsAre("a@0 Operation canceled"));
  EXPECT_EQ(now(), 0s) << "a timer was left";
}

TEST_F(rate_limiter_test, lets_its_context_go_first) {  // X2
  auto context = std::make_unique<asio::io_context>();
  auto destroyed = std::make_shared<int>();
  const std::weak_ptr<int> seen = destroyed;
  limiter ten(*context, {.rate = 10, .burst = 1});
  ASSERT_TRUE(ten.try_acquire());
  ten.async_acquire([alive = std::move(destroyed)](error_code) { FAIL(); });
  context.reset();
  EXPECT_TRUE(seen.expired());
  EXPECT_TRUE(ten.is_closed());
  EXPECT_FALSE(ten.try_acquire());
}

TEST_F(rate_limiter_test, completes_on_the_handlers_executor) {  // X1
  const tracking_executor<> tracked(loop_.context().get_executor());
  limiter ten(loop_.context(), {.rate = 10, .burst = 1});
  int there = 0;
  for (int i = 0; i < 2; ++i)
    ten.async_acquire(asio::bind_executor(
        tracked, [&](error_code) { there += tracking_executor<>::runs_here(); }));
  loop_.run();
  EXPECT_EQ(there, 2);
}

TEST_F(rate_limiter_test, uses_the_handlers_allocator) {  // X8
  struct : std::pmr::memory_resource {
    void* do_allocate(std::size_t size, std::size_t) override {
      ++allocated;
      return ::operator new(size);
    }
    void do_deallocate(void* at, std::size_t, std::size_t) override { ::operator delete(at); }
    bool do_is_equal(const memory_resource& other) const noexcept override {
      return this == &other;
    }
    int allocated = 0;
  } memory;
  limiter ten(loop_.context(), {.rate = 10, .burst = 1});
  ASSERT_TRUE(ten.try_acquire());
  ten.async_acquire(
      asio::bind_allocator(std::pmr::polymorphic_allocator<char>(&memory), note("a")));
  EXPECT_EQ(memory.allocated, 1);
  loop_.run();
  EXPECT_THAT(log_, ElementsAre("a@1"));
}

TEST_F(rate_limiter_test, takes_every_completion_token) {  // X7
  limiter ten(loop_.context(), {.rate = 10, .burst = 1});
  auto future = ten.async_acquire(asio::use_future);
  auto later = ten.async_acquire(asio::deferred);
  asio::co_spawn(
      loop_.context(),
      [&]() -> asio::awaitable<void> {
        co_await ten.async_acquire(asio::use_awaitable);
        const auto [error] =
            co_await ten.async_acquire_for(1, 1ns, asio::as_tuple(asio::use_awaitable));
        EXPECT_EQ(error, errc::timed_out);
        co_await ten.async_acquire(1, asio::deferred);
      },
      [](const std::exception_ptr& failed) { EXPECT_FALSE(failed); });
  std::move(later)(note("deferred"));
  loop_.run();
  EXPECT_EQ(future.wait_for(20s), std::future_status::ready);
  EXPECT_EQ(ten.granted(), 4U);
  using by_default = asio::use_awaitable_t<>::executor_with_default<asio::any_io_executor>;
  limiter::rebind_executor<by_default>::other mine(by_default(loop_.context().get_executor()),
                                                   {.rate = 1});
  asio::co_spawn(
      loop_.context(), [&]() -> asio::awaitable<void> { co_await mine.async_acquire(); },
      asio::detached);
  loop_.context().restart();
  loop_.run();
  EXPECT_EQ(mine.granted(), 1U);
}

TEST_F(rate_limiter_test, says_which_option_is_wrong) {  // R9
  const auto wrong = [&](const rate_limiter_options& options) -> std::string {
    try {
      const limiter refused(loop_.context(), options);
    } catch (const config_error& error) {
      return error.field();
    }
    return "";
  };
  EXPECT_EQ(wrong({.rate = 0}), "rate_limiter.rate");
  EXPECT_EQ(wrong({.rate = ~std::uint64_t{0}}), "rate_limiter.rate");
  EXPECT_EQ(wrong({.period = 0s}), "rate_limiter.period");
  EXPECT_EQ(wrong({.period = -1s}), "rate_limiter.period");
  EXPECT_EQ(wrong({.burst = 0}), "rate_limiter.burst");
  EXPECT_EQ(wrong({.burst = ~std::uint64_t{0}}), "rate_limiter.burst");
  limiter fine(loop_.context(), {});
  EXPECT_THROW(fine.set_rate(0, 1s), config_error);
  EXPECT_THROW(fine.set_rate(1, 0s), config_error);
  EXPECT_THROW(fine.set_burst(0), config_error);
}

TEST_F(rate_limiter_test, is_listed_with_its_figures) {
  limiter ten(loop_.context(), {.rate = 10, .burst = 2}, "api");
  ASSERT_TRUE(ten.try_acquire(2));
  ASSERT_FALSE(ten.try_acquire());
  ten.async_acquire(note("a"));
  const auto reserved = ten.reserve();
  const auto all = describe_resources();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].name, "api");
  EXPECT_EQ(all[0].kind, resource_kind::rate_limiter);
  EXPECT_EQ(all[0].waiters.size(), 2U);
  std::vector<std::pair<std::string, double>> figures;
  for (const auto& each : all[0].attributes)
    figures.emplace_back(each.name, each.value);
  using pair = std::pair<std::string, double>;
  EXPECT_THAT(figures,
              ElementsAre(pair("rate", 10), pair("burst", 2), pair("available", 0),
                          pair("acquired", 1), pair("rejected", 1), pair("waited_seconds", 0)));
}

/// X3, R3: random acquisitions, cancellations, reservations and changes of the rate: what was
/// granted is what the bucket allowed, in order.
TEST_F(rate_limiter_test, keeps_to_the_rate_in_any_order) {
  asioscope::test_kit::for_each_schedule(300, [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto any = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
    const auto begin = now();
    limiter some(loop_.context(), {.rate = 10, .burst = 5});
    std::uint64_t total = 0;
    std::vector<int> order;
    std::vector<std::unique_ptr<asio::cancellation_signal>> signals;
    std::vector<limiter::reservation> reservations;
    for (int i = 0; i < 60; ++i) {
      switch (any(5)) {
        case 0:
        case 1:
        case 2: {
          const auto count = 1 + static_cast<std::uint64_t>(any(4));
          auto& signal = *signals.emplace_back(std::make_unique<asio::cancellation_signal>());
          some.async_acquire(
              count, asio::bind_cancellation_slot(signal.slot(), [&, i, count](error_code error) {
                if (error) return;
                total += count;
                order.push_back(i);
              }));
          break;
        }
        case 3:
          if (!signals.empty())
            signals[static_cast<std::size_t>(any(static_cast<int>(signals.size()) - 1))]->emit(
                asio::cancellation_type::total);
          break;
        case 4:
          reservations.push_back(some.reserve(1));
          if (any(1) == 0) reservations.back().cancel();
          break;
        default:
          loop_.run_for(any(300) * 1ms);
          const auto seconds = std::chrono::duration<double>(now() - begin).count();
          ASSERT_LE(static_cast<double>(total), 10 * seconds + 5);
      }
    }
    loop_.run();
    ASSERT_TRUE(std::is_sorted(order.begin(), order.end()));
    ASSERT_EQ(some.waiting(), 0U);
    loop_.context().restart();
  });
}

ASYNC_TEST(rate_limiter, waits_in_a_coroutine) {
  limiter ten(co_await asio::this_coro::executor, {.rate = 10, .burst = 1});
  const auto begin = virtual_clock::now();
  for (int i = 0; i < 5; ++i)
    co_await ten.async_acquire(asio::use_awaitable);
  EXPECT_EQ(virtual_clock::now() - begin, 4 * tick);
}

TEST(rate_limiter, can_be_torn_down_everywhere) {  // X5
  asioscope::test_kit::tear_down_everywhere([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    const auto shared =
        std::make_shared<limiter>(executor, rate_limiter_options{.rate = 10, .burst = 2});
    for (int i = 0; i < 3; ++i)
      asio::co_spawn(
          executor,
          [shared]() -> asio::awaitable<void> {
            for (int j = 0; j < 3; ++j)
              co_await shared->async_acquire(2, asio::use_awaitable);
          },
          asio::detached);
    const auto reserved = shared->reserve(2);
    co_await sleep_for(reserved.delay());
  });
}

/// One call after the other, each on any thread. Callbacks: clang 16 keeps the address of a
/// thread's variables when a coroutine changes threads.
class caller : public std::enable_shared_from_this<caller> {
 public:
  caller(rate_limiter& shared, std::atomic<int>& granted, std::atomic<int>& cancelled)
      : shared_(shared), granted_(granted), cancelled_(cancelled) {}

  void call(int left) {
    if (left == 0) return;
    if (left % 3 == 0) {
      const auto reserved = shared_.reserve();
      (void)reserved.delay();
    }
    if (left % 50 == 0) shared_.cancel();
    shared_.async_acquire([self = shared_from_this(), left](error_code error) {
      ++(error ? self->cancelled_ : self->granted_);
      self->call(left - 1);
    });
  }

 private:
  rate_limiter& shared_;
  std::atomic<int>& granted_;
  std::atomic<int>& cancelled_;
};

TEST(rate_limiter, keeps_to_the_rate_for_many_threads) {  // TSan
  asio::thread_pool pool(4);
  rate_limiter shared(pool, {.rate = 20'000, .burst = 10});
  const auto begin = std::chrono::steady_clock::now();
  std::atomic<int> granted{0};
  std::atomic<int> cancelled{0};
  for (int thread = 0; thread < 4; ++thread)
    asio::post(pool, [&] { std::make_shared<caller>(shared, granted, cancelled)->call(200); });
  pool.join();
  EXPECT_EQ(granted + cancelled, 800);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_LE(granted, 20'000 * took.count() + 10);
}
}  // namespace
