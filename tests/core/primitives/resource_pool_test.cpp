// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/resource_pool.hpp"

#include "asioscope/core/with_resource.hpp"
#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace asioscope::core;
using namespace asioscope::test_kit;
using namespace std::chrono_literals;
using asio::awaitable;
using asio::use_awaitable;
constexpr auto no_throw = asio::as_tuple(use_awaitable);

/// What the pool's factory has done, and is to do.
struct workshop {
  int made = 0;
  int alive = 0;
  int most_alive = 0;
  int making = 0;
  int most_making = 0;
  std::chrono::nanoseconds takes{};
  std::vector<std::string> failures;  ///< of the next ones, in turn; "" is none
};

class thing {
 public:
  explicit thing(workshop& from) : from_(&from), number(from.made++) {
    from_->most_alive = std::max(from_->most_alive, ++from_->alive);
  }
  thing(thing&& other) noexcept
      : from_(std::exchange(other.from_, nullptr)), number(other.number) {}
  thing& operator=(thing&&) = delete;
  ~thing() {
    if (from_ != nullptr) --from_->alive;
  }

 private:
  workshop* from_;

 public:
  int number;
  bool good = true;
  int before = 0;
  int after = 0;
};

using thing_pool = basic_resource_pool<thing, asio::any_io_executor, std::mutex, virtual_clock>;
using hooks = thing_pool::hooks;

awaitable<thing> make(workshop& in) {
  struct count {
    workshop& in;
    explicit count(workshop& where) : in(where) {
      in.most_making = std::max(in.most_making, ++in.making);
    }
    ~count() { --in.making; }
  };
  const count counted(in);
  std::string failure;
  if (!in.failures.empty()) {
    failure = in.failures.front();
    in.failures.erase(in.failures.begin());
  }
  if (in.takes.count() != 0) co_await sleep_for(in.takes);
  if (failure == "refused")
    throw boost::system::system_error(
        asio::error::make_error_code(asio::error::connection_refused));
  if (!failure.empty()) throw std::runtime_error(failure);
  co_return thing(in);
}

hooks made_by(workshop& in) {
  hooks result;
  result.create = [&in] { return make(in); };
  return result;
}

/// An acquire that runs on its own, and is given up with this.
class request {
 public:
  std::optional<error_code> error;
  thing_pool::pooled got;

  request() = default;
  request(const request&) = delete;
  request& operator=(const request&) = delete;
  ~request() {
    cancel();
    *link_ = nullptr;
  }

  void start(thing_pool& pool) {
    pool.async_acquire(asio::bind_cancellation_slot(
        signal_->slot(),
        [signal = signal_, link = link_](error_code result, thing_pool::pooled what) {
          if (*link == nullptr) return;
          (*link)->error = result;
          (*link)->got = std::move(what);
        }));
  }
  void cancel(asio::cancellation_type type = asio::cancellation_type::total) {
    signal_->emit(type);
  }
  bool waits() const { return !error.has_value(); }

 private:
  std::shared_ptr<asio::cancellation_signal> signal_ =
      std::make_shared<asio::cancellation_signal>();
  std::shared_ptr<request*> link_ = std::make_shared<request*>(this);
};

// --- to borrow

ASYNC_TEST(resource_pool, makes_nothing_before_it_is_used) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.min_size = 2});
  co_await yield(10);
  EXPECT_EQ(shop.made, 0);
  auto mine = co_await pool.async_acquire(use_awaitable);
  EXPECT_EQ(mine->number, 0);
  co_await yield(10);
  EXPECT_EQ(shop.made, 2) << "from the first use on there are min_size";
  mine.release();
  co_await pool.async_close(use_awaitable);
}

ASYNC_TEST(resource_pool, gives_the_same_again) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop));
  for (int i = 0; i < 5; ++i) {
    const auto mine = co_await pool.async_acquire(use_awaitable);
    EXPECT_EQ(mine->number, 0);
  }
  EXPECT_EQ(shop.made, 1);
  EXPECT_EQ(pool.stats().acquired, 5U);
  EXPECT_EQ(pool.stats().idle, 1U);
}

// fact a1: get_connection_multiple_requests
ASYNC_TEST(resource_pool, five_requests_for_two) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 2});
  request requests[5];
  for (request& each : requests)
    each.start(pool);
  co_await yield(10);
  EXPECT_EQ(shop.made, 2);
  EXPECT_EQ(pool.stats().waiting, 3U);
  EXPECT_FALSE(requests[0].waits() || requests[1].waits());
  requests[3].cancel(asio::cancellation_type::total);
  EXPECT_EQ(pool.stats().waiting, 2U);
  requests[0].got.release();
  co_await yield(2);
  EXPECT_FALSE(requests[2].waits());
  EXPECT_TRUE(requests[4].waits());
  EXPECT_EQ(requests[2].got->number, 0);
  requests[1].got.release();
  co_await yield(2);
  EXPECT_FALSE(requests[4].waits());
  EXPECT_EQ(requests[4].got->number, 1);
  EXPECT_EQ(requests[3].error, asio::error::operation_aborted);
  EXPECT_EQ(shop.made, 2);
}

// R1, R2
ASYNC_TEST(resource_pool, hands_over_to_the_first_in_line_before_anybody_else_comes) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 1});
  auto mine = co_await pool.async_acquire(use_awaitable);
  request first;
  request second;
  first.start(pool);
  second.start(pool);
  mine.release();
  EXPECT_FALSE(pool.try_acquire()) << "it belongs to the first already";
  request late;
  late.start(pool);
  co_await yield(5);
  EXPECT_FALSE(first.waits());
  EXPECT_TRUE(second.waits());
  first.got.release();
  co_await yield(5);
  EXPECT_FALSE(second.waits());
  EXPECT_TRUE(late.waits());
}

ASYNC_TEST(resource_pool, tries_without_waiting) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop));
  EXPECT_FALSE(pool.try_acquire());
  co_await pool.async_acquire(use_awaitable);
  auto mine = pool.try_acquire();
  CO_ASSERT_TRUE(mine);
  EXPECT_FALSE(pool.try_acquire());
  mine.release();
  EXPECT_FALSE(mine);
  mine.release();  // nothing is given back twice
  EXPECT_EQ(pool.stats().idle, 1U);
  EXPECT_EQ(pool.stats().in_use, 0U);
}

ASYNC_TEST(resource_pool, waits_until_the_deadline) {  // R8, R10
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 1});
  const auto mine = co_await pool.async_acquire(use_awaitable);
  const auto began = virtual_clock::now();
  const auto [error, none] = co_await pool.async_acquire_for(3s, no_throw);
  EXPECT_EQ(error, errc::timed_out);
  EXPECT_FALSE(none);
  EXPECT_EQ(virtual_clock::now() - began, 3s);
  EXPECT_EQ(pool.stats().waiting, 0U);
}

// R3, R5, fact a3
ASYNC_TEST(resource_pool, a_cancelled_wait_takes_nothing) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 1});
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    auto mine = co_await pool.async_acquire(use_awaitable);
    request waiting;
    waiting.start(pool);
    waiting.cancel(type);
    waiting.cancel(type);
    mine.release();
    co_await yield(5);
    EXPECT_EQ(waiting.error, asio::error::operation_aborted);
    EXPECT_EQ(pool.stats().idle, 1U);
  }
  EXPECT_EQ(pool.stats().acquired, 3U);
}

// R4: what was granted before the cancellation came is given back by the result
ASYNC_TEST(resource_pool, a_result_that_nobody_looks_at_gives_it_back) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 1});
  auto mine = co_await pool.async_acquire(use_awaitable);
  asio::cancellation_signal signal;
  std::optional<error_code> result;
  pool.async_acquire(asio::bind_cancellation_slot(
      signal.slot(), [&](error_code error, const thing_pool::pooled&) { result = error; }));
  mine.release();
  signal.emit(asio::cancellation_type::total);
  co_await yield(2);
  EXPECT_EQ(result, error_code());
  EXPECT_EQ(pool.stats().idle, 1U);
}

// --- to make

// case 14
ASYNC_TEST(resource_pool, cancelling_the_wait_does_not_cancel_what_is_made_for_it) {
  workshop shop;
  shop.takes = 1s;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 1});
  request waiting;
  waiting.start(pool);
  co_await sleep_for(500ms);
  waiting.cancel(asio::cancellation_type::terminal);
  co_await yield(2);
  EXPECT_EQ(waiting.error, asio::error::operation_aborted) << "at once";
  EXPECT_EQ(shop.making, 1);
  co_await sleep_for(600ms);
  EXPECT_EQ(shop.alive, 1);
  EXPECT_EQ(pool.stats().idle, 1U) << "nobody waits: kept";

  auto mine = pool.try_acquire();
  CO_ASSERT_TRUE(mine);
  mine.discard();
  request first;
  request second;
  first.start(pool);
  second.start(pool);
  co_await sleep_for(500ms);
  first.cancel(asio::cancellation_type::total);
  co_await sleep_for(600ms);
  EXPECT_EQ(second.error, error_code()) << "the next in line gets it";
  EXPECT_EQ(shop.made, 2);
  EXPECT_EQ(shop.most_alive, 1);
}

// fact: puddle, a failed constructor
ASYNC_TEST(resource_pool, a_failure_goes_to_the_one_it_was_made_for) {
  workshop shop;
  shop.takes = 1s;
  shop.failures = {"refused"};
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 2});
  request first;
  request second;
  first.start(pool);
  second.start(pool);
  co_await sleep_for(2s);
  EXPECT_EQ(first.error, error_code(asio::error::connection_refused));
  EXPECT_EQ(second.error, error_code());
  EXPECT_EQ(pool.stats().create_failures, 1U);
  EXPECT_EQ(pool.stats().total, 1U) << "its place is free again";
}

ASYNC_TEST(resource_pool, those_in_line_behind_a_failure_are_served_by_the_next_attempt) {
  workshop shop;
  shop.failures = {"refused"};
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 1});
  request first;
  request second;
  first.start(pool);
  second.start(pool);
  co_await yield(10);
  EXPECT_FALSE(first.waits());
  EXPECT_TRUE(second.waits());
  EXPECT_EQ(shop.made, 0);
  co_await sleep_for(11ms);
  CO_ASSERT_EQ(second.error, error_code());
  EXPECT_EQ(second.got->number, 0);
}

ASYNC_TEST(resource_pool, every_one_that_waits_hears_of_its_own_failure) {
  workshop shop;
  shop.takes = 10ms;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 2});
  auto held = co_await pool.async_acquire(use_awaitable);
  shop.failures = {"", "no"};
  shop.takes = 1s;
  // What is made for the second goes to the first when the first's own comes back from elsewhere.
  request first;
  request second;
  first.start(pool);
  second.start(pool);
  co_await sleep_for(1100ms);
  EXPECT_EQ(first.error, error_code());
  EXPECT_TRUE(second.waits());
  held.discard();
  co_await sleep_for(1100ms);
  EXPECT_EQ(second.error, errc::create_failed);
}

ASYNC_TEST(resource_pool, an_exception_without_a_code_is_kept) {
  workshop shop;
  shop.failures = {"out of clay"};
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop));
  EXPECT_EQ(pool.last_failure(), nullptr);
  const auto [error, none] = co_await pool.async_acquire(no_throw);
  EXPECT_EQ(error, errc::create_failed);
  try {
    std::rethrow_exception(pool.last_failure());
  } catch (const std::runtime_error& failure) {
    EXPECT_STREQ(failure.what(), "out of clay");
  }
}

ASYNC_TEST(resource_pool, a_factory_may_throw_before_it_is_a_coroutine) {
  hooks what;
  what.create = []() -> awaitable<thing> { throw std::runtime_error("at once"); };
  thing_pool pool(co_await asio::this_coro::executor, what);
  const auto [error, none] = co_await pool.async_acquire(no_throw);
  EXPECT_EQ(error, errc::create_failed);
}

ASYNC_TEST(resource_pool, pauses_longer_after_each_failure) {
  workshop shop;
  std::vector<std::chrono::nanoseconds> attempts;
  const auto began = virtual_clock::now();
  hooks what;
  what.create = [&]() -> awaitable<thing> {
    attempts.push_back(virtual_clock::now() - began);
    if (attempts.size() < 5) throw std::runtime_error("not yet");
    co_return thing(shop);
  };
  thing_pool pool(co_await asio::this_coro::executor, what, {.max_size = 1});
  for (int i = 0; i < 5; ++i) {
    const auto [error, got] = co_await pool.async_acquire(no_throw);
    EXPECT_EQ(!error, i == 4);
  }
  EXPECT_EQ(attempts, (std::vector<std::chrono::nanoseconds>{0ms, 10ms, 30ms, 70ms, 150ms}));
}

ASYNC_TEST(resource_pool, never_makes_more_than_there_may_be_nor_too_many_at_a_time) {
  workshop shop;
  shop.takes = 1s;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop),
                  {.max_size = 4, .max_creating = 2});
  std::vector<request> requests(10);
  for (request& each : requests)
    each.start(pool);
  co_await sleep_for(1500ms);
  EXPECT_EQ(pool.stats().in_use, 2U);
  co_await sleep_for(1500ms);
  EXPECT_EQ(pool.stats().in_use, 4U);
  EXPECT_EQ(shop.most_making, 2);
  for (request& each : requests) {
    CO_ASSERT_FALSE(each.waits());
    each.got.release();
    co_await yield(3);
  }
  EXPECT_EQ(shop.most_alive, 4);
}

ASYNC_TEST(resource_pool, making_one_may_not_take_longer_than_that) {
  workshop shop;
  shop.takes = 1h;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.create_timeout = 20s});
  const auto began = virtual_clock::now();
  const auto [error, none] = co_await pool.async_acquire(no_throw);
  EXPECT_EQ(error, errc::timed_out);
  EXPECT_EQ(virtual_clock::now() - began, 20s);
  EXPECT_EQ(shop.making, 0) << "cancelled";
}

ASYNC_TEST(resource_pool, warms_up) {
  workshop shop;
  shop.takes = 1s;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.min_size = 3});
  co_await pool.async_warm_up(use_awaitable);
  EXPECT_EQ(pool.stats().idle, 3U);
  co_await pool.async_warm_up(use_awaitable);
  EXPECT_EQ(shop.made, 3);
}

// fact: a failed initialisation wakes all who wait for it, and may be tried again
ASYNC_TEST(resource_pool, warming_up_fails_with_what_failed) {
  workshop shop;
  shop.failures = {"refused", "refused"};
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.min_size = 2});
  std::vector<error_code> results;
  for (int i = 0; i < 2; ++i)
    pool.async_warm_up([&](error_code error) { results.push_back(error); });
  co_await yield(10);
  EXPECT_EQ(results, (std::vector<error_code>(2, asio::error::connection_refused)));
  co_await pool.async_warm_up(use_awaitable);
  EXPECT_EQ(pool.stats().idle, 2U);
}

// --- to keep

// fact a5: (id, before, after)
ASYNC_TEST(resource_pool, hooks_run_before_and_after_each_use) {
  workshop shop;
  hooks what = made_by(shop);
  what.validate = [](thing& each) -> awaitable<bool> {
    ++each.before;
    co_return true;
  };
  what.reset = [](thing& each) -> awaitable<bool> { co_return ++each.after < 3; };
  thing_pool pool(co_await asio::this_coro::executor, what,
                  {.max_size = 1, .validation_bypass = 0s});
  std::vector<std::vector<int>> seen;
  for (int i = 0; i < 5; ++i) {
    const auto mine = co_await pool.async_acquire(use_awaitable);
    seen.push_back({mine->number, mine->before, mine->after});
  }
  EXPECT_EQ(seen,
            (std::vector<std::vector<int>>{{0, 0, 0}, {0, 1, 1}, {0, 2, 2}, {1, 0, 0}, {1, 1, 1}}));
  co_await pool.async_close(use_awaitable);
}

ASYNC_TEST(resource_pool, validates_only_what_was_not_used_just_now) {
  workshop shop;
  hooks what = made_by(shop);
  int validated = 0;
  what.validate = [&](thing& each) -> awaitable<bool> {
    ++validated;
    co_return each.good;
  };
  thing_pool pool(co_await asio::this_coro::executor, what, {.validation_bypass = 500ms});
  co_await pool.async_acquire(use_awaitable);
  co_await sleep_for(499ms);
  co_await pool.async_acquire(use_awaitable);
  EXPECT_EQ(validated, 0);
  co_await sleep_for(500ms);
  EXPECT_FALSE(pool.try_acquire());
  {
    const auto mine = co_await pool.async_acquire(use_awaitable);
    EXPECT_EQ(validated, 1);
    EXPECT_EQ(mine->number, 0);
    mine->good = false;
  }
  co_await sleep_for(1s);
  auto mine = co_await pool.async_acquire(use_awaitable);
  EXPECT_EQ(validated, 2);
  EXPECT_EQ(mine->number, 1) << "the bad one is never given to anybody";
  EXPECT_EQ(shop.alive, 1);
  EXPECT_EQ(pool.stats().broken, 1U);
  mine.release();
  co_await pool.async_close(use_awaitable);
}

// fact: bb8 test_broken_connections_dont_starve_pool
ASYNC_TEST(resource_pool, broken_ones_are_replaced_for_those_who_wait) {
  workshop shop;
  hooks what = made_by(shop);
  what.reset = [](thing&) -> awaitable<bool> {
    throw std::runtime_error("broken");
    co_return true;
  };
  thing_pool pool(co_await asio::this_coro::executor, what, {.max_size = 2});
  std::vector<request> requests(9);
  for (request& each : requests)
    each.start(pool);
  for (request& each : requests) {
    co_await yield(20);
    CO_ASSERT_FALSE(each.waits());
    EXPECT_EQ(each.error, error_code());
    each.got.release();
  }
  co_await yield(20);
  EXPECT_EQ(shop.made, 9);
  EXPECT_EQ(shop.most_alive, 2);
  co_await pool.async_close(use_awaitable);
}

ASYNC_TEST(resource_pool, what_was_not_used_is_not_reset) {
  workshop shop;
  hooks what = made_by(shop);
  int reset = 0;
  what.reset = [&](thing&) -> awaitable<bool> {
    ++reset;
    co_return true;
  };
  thing_pool pool(co_await asio::this_coro::executor, what);
  auto mine = co_await pool.async_acquire(use_awaitable);
  mine.release_unused();
  EXPECT_EQ(pool.stats().idle, 1U);
  EXPECT_EQ(reset, 0);
  mine = pool.try_acquire();
  mine.release();
  EXPECT_EQ(pool.stats().idle, 0U) << "being reset";
  co_await yield(5);
  EXPECT_EQ(reset, 1);
  EXPECT_EQ(pool.stats().idle, 1U);
}

ASYNC_TEST(resource_pool, a_detached_one_belongs_to_the_user) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 1});
  auto mine = co_await pool.async_acquire(use_awaitable);
  {
    const thing taken = mine.detach();
    EXPECT_FALSE(mine);
    EXPECT_EQ(taken.number, 0);
    EXPECT_EQ(pool.stats().total, 0U);
    const auto other = co_await pool.async_acquire(use_awaitable);
    EXPECT_EQ(other->number, 1);
    EXPECT_EQ(shop.alive, 2);
  }
  EXPECT_EQ(shop.alive, 1);
}

// fact a4: bb8 test_max_lifetime
ASYNC_TEST(resource_pool, lives_end_but_not_of_those_in_use) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop),
                  {.max_size = 5, .max_lifetime = 1s});
  std::vector<request> requests(5);
  for (request& each : requests)
    each.start(pool);
  co_await yield(20);
  for (int i = 1; i < 5; ++i)
    requests[static_cast<std::size_t>(i)].got.release();
  co_await sleep_for(900ms);
  EXPECT_EQ(shop.alive, 5);
  co_await sleep_for(1100ms);
  EXPECT_EQ(shop.alive, 1);
  requests[0].got.release();
  EXPECT_EQ(shop.alive, 0);
}

ASYNC_TEST(resource_pool, lives_do_not_end_all_at_once) {
  workshop shop;
  thing_pool pool(
      co_await asio::this_coro::executor, made_by(shop),
      {.min_size = 20, .max_size = 20, .max_lifetime = 1000s, .lifetime_variance = 0.5});
  co_await pool.async_warm_up(use_awaitable);
  std::set<int> made;
  for (int i = 0; i < 50; ++i) {
    co_await sleep_for(10s);
    made.insert(shop.made);
  }
  EXPECT_EQ(shop.alive, 20) << "replaced";
  co_await sleep_for(500s);
  EXPECT_GE(shop.made, 40);
  shop.made = 0;
  for (int i = 0; i < 50; ++i) {
    co_await sleep_for(10s);
    made.insert(shop.made);
  }
  EXPECT_GT(made.size(), 5U);
}

ASYNC_TEST(resource_pool, idle_ones_end_but_for_the_least_there_shall_be) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop),
                  {.min_size = 2, .max_size = 5, .idle_timeout = 10s, .max_lifetime = 0s});
  {
    std::vector<request> requests(5);
    for (request& each : requests)
      each.start(pool);
    co_await yield(20);
  }
  EXPECT_EQ(pool.stats().idle, 5U);
  co_await sleep_for(9s);
  co_await pool.async_acquire(use_awaitable);
  EXPECT_EQ(shop.alive, 5);
  co_await sleep_for(1s);
  EXPECT_EQ(shop.alive, 2);
  co_await sleep_for(100h);
  EXPECT_EQ(shop.alive, 2);
  EXPECT_EQ(shop.made, 5);
}

ASYNC_TEST(resource_pool, idle_ones_are_kept_alive_and_still_end) {
  workshop shop;
  hooks what = made_by(shop);
  std::vector<std::chrono::nanoseconds> validated;
  const auto began = virtual_clock::now();
  what.validate = [&](thing&) -> awaitable<bool> {
    validated.push_back(virtual_clock::now() - began);
    co_return true;
  };
  thing_pool pool(co_await asio::this_coro::executor, what,
                  {.idle_timeout = 100s, .max_lifetime = 0s, .keepalive = 30s});
  co_await pool.async_acquire(use_awaitable);
  co_await sleep_for(1000s);
  EXPECT_EQ(validated, (std::vector<std::chrono::nanoseconds>{30s, 60s, 90s}));
  EXPECT_EQ(shop.alive, 0);
}

// fact a2
ASYNC_TEST(resource_pool, evicted_ones_end_when_they_come_back) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 5});
  std::vector<request> requests(5);
  for (request& each : requests)
    each.start(pool);
  co_await yield(20);
  requests[4].got.release();
  pool.evict();
  EXPECT_EQ(shop.alive, 4) << "the idle one at once";
  EXPECT_EQ(pool.stats().total, 4U);
  for (request& each : requests)
    each.got.release();
  EXPECT_EQ(pool.stats().total, 0U);
  EXPECT_EQ(shop.alive, 0);
  const auto fresh = co_await pool.async_acquire(use_awaitable);
  EXPECT_EQ(fresh->number, 5);
}

ASYNC_TEST(resource_pool, what_was_being_made_when_all_were_evicted_is_not_kept) {
  workshop shop;
  shop.takes = 1s;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 1});
  request waiting;
  waiting.start(pool);
  co_await sleep_for(500ms);
  pool.evict();
  co_await sleep_for(2s);
  EXPECT_EQ(waiting.error, error_code());
  EXPECT_EQ(waiting.got->number, 1);
  waiting.got.release();
  co_await pool.async_close(use_awaitable);
}

// fact: HikariCP's leak task
ASYNC_TEST(resource_pool, says_who_has_not_given_back) {
  workshop shop;
  hooks what = made_by(shop);
  std::vector<pool_leak> leaks;
  what.on_leak = [&](const pool_leak& leak) { leaks.push_back(leak); };
  thing_pool pool(co_await asio::this_coro::executor, what, {.leak_after = 2s}, "things");
  auto brief = co_await pool.async_acquire(use_awaitable);
  const int line = __LINE__ + 1;
  auto mine = co_await pool.async_acquire(use_awaitable);
  co_await sleep_for(1s);
  brief.release();
  co_await sleep_for(5s);
  CO_ASSERT_EQ(leaks.size(), 1U);
  EXPECT_EQ(leaks[0].borrowed_at.line, line);
  EXPECT_TRUE(std::string(leaks[0].borrowed_at.file).ends_with("resource_pool_test.cpp"));
  EXPECT_EQ(leaks[0].held, 2s);
  EXPECT_EQ(pool.stats().leaked, 1U);
  mine.release();
  EXPECT_EQ(pool.stats().leaked, 0U);
}

// --- to close

// case 16, R7
ASYNC_TEST(resource_pool, closing_takes_until_all_are_back_and_destroyed) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 4});
  std::vector<request> requests(5);
  for (request& each : requests)
    each.start(pool);
  co_await yield(20);
  std::optional<error_code> closed;
  pool.async_close([&](error_code error) { closed = error; });
  co_await yield(2);
  EXPECT_EQ(requests[4].error, errc::closed) << "at once";
  const auto [error, none] = co_await pool.async_acquire(no_throw);
  EXPECT_EQ(error, errc::closed);
  EXPECT_FALSE(pool.try_acquire());
  for (int i = 0; i < 4; ++i) {
    co_await yield(5);
    EXPECT_FALSE(closed.has_value());
    EXPECT_EQ(shop.alive, 4 - i);
    requests[static_cast<std::size_t>(i)].got.release();
  }
  EXPECT_EQ(shop.alive, 0);
  EXPECT_FALSE(closed.has_value()) << "never from within";
  co_await yield(2);
  EXPECT_EQ(closed, error_code());
  co_await pool.async_close(use_awaitable);
  pool.close();
}

ASYNC_TEST(resource_pool, closing_waits_only_as_long_as_it_is_told) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop));
  auto mine = co_await pool.async_acquire(use_awaitable);
  const auto [error] = co_await pool.async_close_for(10s, no_throw);
  EXPECT_EQ(error, errc::timed_out);
  EXPECT_EQ(mine->number, 0);
  mine.release();
  co_await pool.async_close(use_awaitable);
}

ASYNC_TEST(resource_pool, closing_does_not_wait_for_what_is_being_made) {
  workshop shop;
  shop.takes = 1h;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.create_timeout = 0s});
  request waiting;
  waiting.start(pool);
  co_await sleep_for(1s);
  const auto began = virtual_clock::now();
  co_await pool.async_close(use_awaitable);
  EXPECT_EQ(waiting.error, errc::closed);
  EXPECT_EQ(virtual_clock::now(), began);
  EXPECT_EQ(shop.making, 0);
}

ASYNC_TEST(resource_pool, closing_before_a_creation_has_begun_ends_it_too) {
  workshop shop;
  shop.takes = 1h;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.create_timeout = 0s});
  request waiting;
  waiting.start(pool);
  co_await pool.async_close(use_awaitable);
  EXPECT_EQ(waiting.error, errc::closed);
  EXPECT_EQ(shop.making, 0);
}

ASYNC_TEST(resource_pool, closing_waits_for_the_last_rites) {
  workshop shop;
  hooks what = made_by(shop);
  what.dispose = [](thing) -> awaitable<void> { co_await sleep_for(3s); };
  thing_pool pool(co_await asio::this_coro::executor, what);
  co_await pool.async_acquire(use_awaitable);
  const auto began = virtual_clock::now();
  co_await pool.async_close(use_awaitable);
  EXPECT_EQ(virtual_clock::now() - began, 3s);
  EXPECT_EQ(shop.alive, 0);
}

ASYNC_TEST(resource_pool, those_out_may_outlive_it) {
  workshop shop;
  thing_pool::pooled mine;
  thing_pool::pooled other;
  request waiting;
  {
    thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 2});
    mine = co_await pool.async_acquire(use_awaitable);
    other = co_await pool.async_acquire(use_awaitable);
    waiting.start(pool);
  }
  EXPECT_EQ(shop.alive, 2);
  co_await yield(2);
  EXPECT_EQ(waiting.error, asio::error::operation_aborted);
  EXPECT_EQ(mine->number, 0);
  mine.release();
  EXPECT_EQ(shop.alive, 1);
  other = {};
  EXPECT_EQ(shop.alive, 0);
}

ASYNC_TEST(resource_pool, idle_ones_end_with_it) {
  workshop shop;
  {
    thing_pool pool(co_await asio::this_coro::executor, made_by(shop));
    co_await pool.async_acquire(use_awaitable);
    EXPECT_EQ(shop.alive, 1);
  }
  EXPECT_EQ(shop.alive, 0);
}

// --- within Asio

// X1
TEST(resource_pool, completes_on_the_handlers_executor_and_never_inline) {
  workshop shop;
  asio::io_context loop;
  asio::thread_pool elsewhere(1);
  resource_pool<thing> pool(loop, {.create = [&] { return make(shop); }});
  std::promise<std::thread::id> where;
  for (int i = 0; i < 2; ++i) {  // one that waits, and one that does not have to
    where = {};
    pool.async_acquire(asio::bind_executor(
        elsewhere, [&](error_code error, const resource_pool<thing>::pooled& got) {
          EXPECT_FALSE(error);
          EXPECT_TRUE(got);
          where.set_value(std::this_thread::get_id());
        }));
    loop.restart();
    if (i == 0) loop.run_for(100ms);
    EXPECT_NE(where.get_future().get(), std::this_thread::get_id());
    // The handle was given back on the other thread; wait until it was.
    while (pool.stats().idle == 0)
      std::this_thread::yield();
  }
}

ASYNC_TEST(resource_pool, completes_after_the_initiator_even_when_there_is_one) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop));
  co_await pool.async_acquire(use_awaitable);
  request immediate;
  immediate.start(pool);
  EXPECT_TRUE(immediate.waits());
  EXPECT_EQ(pool.stats().in_use, 1U);
  co_await yield();
  EXPECT_EQ(immediate.error, error_code());
}

// X7
TEST(resource_pool, works_with_every_kind_of_token) {
  workshop shop;
  asio::io_context loop;
  resource_pool<thing> pool(loop, {.create = [&] { return make(shop); }}, {.max_lifetime = 0s});
  auto future = pool.async_acquire(asio::use_future);
  loop.run_for(50ms);
  EXPECT_EQ(future.get()->number, 0);
  int done = 0;
  auto deferred = pool.async_acquire(asio::deferred);
  std::move(deferred)([&](error_code, const auto&) { ++done; });
  pool.async_warm_up([&](error_code) { ++done; });
  asio::co_spawn(
      loop,
      [&]() -> awaitable<void> {
        const auto plain = co_await pool.async_acquire(use_awaitable);
        const auto [error, other] = co_await pool.async_acquire_for(1s, no_throw);
        EXPECT_FALSE(error);
        ++done;
      },
      asio::detached);
  loop.restart();
  loop.run_for(50ms);
  EXPECT_EQ(done, 3);
  auto closed = pool.async_close(asio::use_future);
  loop.restart();
  loop.run_for(50ms);
  closed.get();
}

using single_threaded =
    basic_resource_pool<int, asio::io_context::executor_type, null_mutex, virtual_clock>;

TEST(resource_pool, works_with_other_executors_and_without_a_mutex) {
  virtual_clock::reset();
  asio::io_context loop;
  using to_await = asio::use_awaitable_t<asio::io_context::executor_type>;
  single_threaded::hooks what;
  what.create = []() -> awaitable<int, asio::io_context::executor_type> { co_return 42; };
  single_threaded pool(loop, what);
  int got = 0;
  asio::co_spawn(
      loop,
      [&]() -> awaitable<void, asio::io_context::executor_type> {
        const auto mine = co_await pool.async_acquire(to_await());
        got = *mine;
        pool.close();
      },
      asio::detached);
  loop.run();
  EXPECT_EQ(got, 42);
}

// X2
TEST(resource_pool, ends_with_its_context) {
  workshop shop;
  std::optional<resource_pool<thing>> pool;
  resource_pool<thing>::pooled mine;
  bool invoked = false;
  {
    asio::io_context loop;
    hooks what;
    pool.emplace(loop, resource_pool<thing>::hooks{.create = [&] { return make(shop); }},
                 pool_options{.max_size = 2});
    auto first = pool->async_acquire(asio::use_future);
    auto second = pool->async_acquire(asio::use_future);
    loop.run_for(20ms);
    mine = first.get();
    second.get();
    EXPECT_EQ(pool->stats().idle, 1U);
    auto other = pool->try_acquire();
    pool->async_acquire([&, other = std::move(other)](error_code, const auto&) { invoked = true; });
    pool->async_close([&](error_code) { invoked = true; });
  }
  EXPECT_FALSE(invoked);
  EXPECT_EQ(shop.alive, 1);
  EXPECT_EQ(pool->stats().in_use, 1U);
  mine.release();
  EXPECT_EQ(shop.alive, 0);
  EXPECT_TRUE(pool->is_closed());
}

// X5
TEST(resource_pool, may_end_at_every_point) {
  workshop shop;
  tear_down_everywhere([&]() -> awaitable<void> {
    shop = {};
    shop.failures = {"no"};
    hooks what = made_by(shop);
    what.validate = [](thing&) -> awaitable<bool> {
      co_await yield();
      co_return true;
    };
    what.reset = [](thing&) -> awaitable<bool> {
      co_await yield();
      co_return true;
    };
    what.dispose = [](thing) -> awaitable<void> { co_await yield(); };
    thing_pool pool(co_await asio::this_coro::executor, what,
                    {.max_size = 2, .validation_bypass = 0s, .keepalive = 1s, .leak_after = 1s});
    std::vector<request> requests(4);
    for (request& each : requests)
      each.start(pool);
    co_await sleep_for(50ms);
    requests[1].got.release();
    requests[2].cancel(asio::cancellation_type::total);
    co_await sleep_for(2s);
    requests.clear();
    pool.evict();
    co_await pool.async_acquire(use_awaitable);
    co_await sleep_for(2s);
    co_await pool.async_close(use_awaitable);
  });
}

ASYNC_TEST(resource_pool, is_listed_with_those_who_wait_and_hold) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 1}, "things");
  const auto mine = co_await pool.async_acquire(use_awaitable);
  request waiting;
  waiting.start(pool);
  bool found = false;
  for (const resource_description& each : describe_resources()) {
    if (each.name != "things") continue;
    found = true;
    EXPECT_EQ(each.kind, resource_kind::resource_pool);
    EXPECT_EQ(each.waiters.size(), 1U);
    EXPECT_EQ(each.holders.size(), 1U);
    const auto in_use = std::find_if(
        each.attributes.begin(), each.attributes.end(),
        [](const resource_attribute& figure) { return std::string(figure.name) == "in_use"; });
    CO_ASSERT_TRUE(in_use != each.attributes.end());
    EXPECT_EQ(in_use->value, 1);
  }
  EXPECT_TRUE(found);
  pool.close();
}

// R9
TEST(resource_pool, refuses_hooks_that_cannot_work) {
  asio::io_context loop;
  const auto refused = [&](const hooks& what, const pool_options& options) -> std::string {
    try {
      thing_pool(loop, what, options);
    } catch (const config_error& error) {
      return error.field();
    }
    return "nothing";
  };
  workshop shop;
  EXPECT_EQ(refused({}, {}), "pool.create");
  EXPECT_EQ(refused(made_by(shop), {.keepalive = 1s}), "pool.keepalive");
  EXPECT_EQ(refused(made_by(shop), {.max_size = 0}), "pool.max_size");
}

// --- with_resource

ASYNC_TEST(with_resource, gives_back_however_it_ends) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop), {.max_size = 1});
  const int number = co_await with_resource(pool, [&](thing& mine) -> awaitable<int> {
    EXPECT_EQ(pool.stats().in_use, 1U);
    co_await yield();
    co_return mine.number + 7;
  });
  EXPECT_EQ(number, 7);
  EXPECT_EQ(pool.stats().idle, 1U);
  bool thrown = false;
  try {
    co_await with_resource(pool, [](thing&) -> awaitable<void> {
      co_await yield();
      throw std::runtime_error("within");
    });
  } catch (const std::runtime_error&) {
    thrown = true;
  }
  EXPECT_TRUE(thrown);
  EXPECT_EQ(pool.stats().idle, 1U);

  asio::cancellation_signal signal;
  asio::co_spawn(co_await asio::this_coro::executor,
                 with_resource(pool, [](thing&) -> awaitable<void> { co_await sleep_for(1h); }),
                 asio::bind_cancellation_slot(signal.slot(), asio::detached));
  co_await yield(5);
  EXPECT_EQ(pool.stats().in_use, 1U);
  signal.emit(asio::cancellation_type::terminal);
  co_await yield(5);
  EXPECT_EQ(pool.stats().idle, 1U);
}

ASYNC_TEST(with_resource, throws_when_there_is_none) {
  workshop shop;
  thing_pool pool(co_await asio::this_coro::executor, made_by(shop));
  pool.close();
  error_code why;
  try {
    co_await with_resource(pool, [](thing&) -> awaitable<void> { co_return; });
  } catch (const boost::system::system_error& error) {
    why = error.code();
  }
  EXPECT_EQ(why, errc::closed);
}

// --- whatever the order

// X3: nothing is lost, nothing is given twice, and there are never too many
TEST(resource_pool, keeps_its_count_in_any_order) {
  run_shuffled(
      []() -> awaitable<void> {
        workshop shop;
        shop.takes = 1ms;
        shop.failures = {"", "no", "", "no"};
        hooks what = made_by(shop);
        what.reset = [](thing& each) -> awaitable<bool> {
          co_await yield();
          co_return each.number % 3 != 2;
        };
        thing_pool pool(co_await asio::this_coro::executor, what, {.max_size = 3});
        std::vector<bool> taken(1'000);
        int ended = 0;
        int users = 0;
        for (int i = 0; i < 12; ++i)
          asio::co_spawn(
              co_await asio::this_coro::executor,
              [&, i]() -> awaitable<void> {
                ++users;
                for (int k = 0; k < 5; ++k) {
                  const auto [error, mine] =
                      co_await pool.async_acquire_for(i % 3 == 0 ? 1ms : 1s, no_throw);
                  if (error) continue;
                  const auto number = static_cast<std::size_t>(mine->number);
                  EXPECT_FALSE(taken[number]);
                  taken[number] = true;
                  if (i % 2 == 0) co_await sleep_for(1ms);
                  taken[number] = false;
                }
                ++ended;
              },
              asio::detached);
        co_await sleep_for(30s);
        EXPECT_EQ(users, 12);
        EXPECT_EQ(ended, 12);
        EXPECT_LE(shop.most_alive, 3);
        EXPECT_EQ(pool.stats().in_use, 0U);
        EXPECT_EQ(pool.stats().waiting, 0U);
        EXPECT_EQ(pool.stats().idle, static_cast<std::size_t>(shop.alive));
        co_await pool.async_close(use_awaitable);
        EXPECT_EQ(shop.alive, 0);
      },
      100);
}

}  // namespace
