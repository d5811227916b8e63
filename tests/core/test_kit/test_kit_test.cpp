// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/semaphore.hpp"
#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/free_port.hpp"
#include "asioscope/test_kit/schedules.hpp"
#include "asioscope/test_kit/shuffling_executor.hpp"
#include "asioscope/test_kit/tracking_executor.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace asioscope;
using namespace asioscope::test_kit;
using namespace std::chrono_literals;

// --- the clock
// -------------------------------------------------------------------------------------

ASYNC_TEST(virtual_clock, passes_hours_in_no_time) {
  const auto began = virtual_clock::now();
  const auto really = std::chrono::steady_clock::now();
  co_await sleep_for(5h);
  EXPECT_EQ(virtual_clock::now() - began, 5h);
  EXPECT_LT(std::chrono::steady_clock::now() - really, 10s);
}

ASYNC_TEST(virtual_clock, stops_at_each_deadline_in_turn) {
  std::vector<int> order;
  const auto began = virtual_clock::now();
  const auto after = [&](std::chrono::seconds time) -> asio::awaitable<void> {
    co_await sleep_for(time);
    EXPECT_EQ(virtual_clock::now() - began, time);
    order.push_back(static_cast<int>(time.count()));
  };
  using namespace asio::experimental::awaitable_operators;
  co_await (after(3s) && after(1s) && after(2s));
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

ASYNC_TEST(virtual_clock, stands_still_while_anything_is_ready) {
  const auto began = virtual_clock::now();
  virtual_timer timer(co_await asio::this_coro::executor, 1ns);
  bool fired = false;
  timer.async_wait([&](const auto&) { fired = true; });
  for (int i = 0; i < 1'000; ++i)
    co_await yield();
  EXPECT_FALSE(fired);
  EXPECT_EQ(virtual_clock::now(), began);
  co_await sleep_for(1ns);
  EXPECT_TRUE(fired);
}

TEST(loop, runs_for_exactly_as_long_as_it_is_told) {
  virtual_clock::reset();
  loop in;
  std::vector<std::chrono::nanoseconds> fired;
  const auto began = virtual_clock::now();
  asio::co_spawn(
      in.context(),
      [&]() -> asio::awaitable<void> {
        for (;;) {
          co_await sleep_for(10ms);
          fired.push_back(virtual_clock::now() - began);
        }
      },
      asio::detached);
  in.run_for(35ms);
  EXPECT_EQ(virtual_clock::now() - began, 35ms);
  EXPECT_EQ(fired, (std::vector<std::chrono::nanoseconds>{10ms, 20ms, 30ms}));
}

// --- what fails a test
// -----------------------------------------------------------------------------

// EXPECT_NONFATAL_FAILURE runs its statement in a function that sees only static things.

TEST(run, says_what_a_test_threw) {
  EXPECT_NONFATAL_FAILURE(run([]() -> asio::awaitable<void> {
                            co_await yield();
                            throw std::runtime_error("unheard of");
                          }),
                          "the test threw: unheard of");
}

TEST(run, says_what_a_body_threw_before_it_was_a_coroutine) {
  EXPECT_NONFATAL_FAILURE(
      run([]() -> asio::awaitable<void> { throw std::runtime_error("at once"); }), "at once");
}

TEST(run, names_those_who_wait_in_a_deadlock) {
  EXPECT_NONFATAL_FAILURE(
      run(
          []() -> asio::awaitable<void> {
            core::semaphore tables(co_await asio::this_coro::executor, 1, "tables");
            const auto mine = co_await tables.async_acquire(asio::use_awaitable);
            co_await tables.async_acquire(asio::use_awaitable);
          },
          {.stuck_after = 10ms}),
      "semaphore \"tables\", 1 waiting, limit 1, in_use 1");
}

TEST(run, names_those_without_a_name_too) {
  EXPECT_NONFATAL_FAILURE(run(
                              []() -> asio::awaitable<void> {
                                core::semaphore one(co_await asio::this_coro::executor, 1);
                                const auto mine = one.try_acquire();
                                co_await one.async_acquire(asio::use_awaitable);
                              },
                              {.stuck_after = 10ms}),
                          "semaphore without a name, 1 waiting");
}

TEST(run, finds_work_that_is_left) {
  EXPECT_NONFATAL_FAILURE(run([]() -> asio::awaitable<void> {
                            asio::co_spawn(co_await asio::this_coro::executor, sleep_for(1h),
                                           asio::detached);
                          }),
                          "work is left when the test is done");
}

TEST(run, lets_work_be_left_when_told_so) {
  run(
      []() -> asio::awaitable<void> {
        asio::co_spawn(co_await asio::this_coro::executor, sleep_for(1h), asio::detached);
      },
      {.may_leave_work = true});
}

TEST(run, finds_permits_that_are_left) {
  static core::semaphore::permit lost;
  EXPECT_NONFATAL_FAILURE(run([]() -> asio::awaitable<void> {
                            core::semaphore doors(co_await asio::this_coro::executor, 4, "doors");
                            lost = doors.try_acquire(3);
                            co_return;
                          }),
                          "semaphore \"doors\", limit 4, in_use 3");
  lost.release();
}

TEST(run, ends_a_test_that_never_ends) {
  EXPECT_NONFATAL_FAILURE(run(
                              []() -> asio::awaitable<void> {
                                for (;;)
                                  co_await yield();
                              },
                              {.wall_limit = 0s, .may_leave_work = true}),
                          "not done after 0 s");
}

TEST(run, waits_for_other_threads) {
  run([]() -> asio::awaitable<void> {
    bool arrived = false;
    std::thread other;
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
        [&](auto handler) {
          other = std::thread([&arrived, handler = std::move(handler)]() mutable {
            std::this_thread::sleep_for(20ms);  // longer than the loop is idle at first
            arrived = true;
            asio::post(std::move(handler));
          });
        },
        asio::use_awaitable);
    other.join();
    EXPECT_TRUE(arrived);
  });
}

// --- fixtures
// --------------------------------------------------------------------------------------

class fixture : public async_fixture {
 protected:
  asio::awaitable<void> async_set_up() override {
    co_await sleep_for(1s);
    log.emplace_back("set up");
    at_end([this]() -> asio::awaitable<void> {
      co_await sleep_for(1s);
      log.emplace_back("first");
    });
    at_end([this]() -> asio::awaitable<void> {
      log.emplace_back("second");
      co_return;
    });
  }
  asio::awaitable<void> async_tear_down() override {
    co_await sleep_for(1s);
    log.emplace_back("torn down");
  }
  ~fixture() override {
    EXPECT_EQ(log, (std::vector<std::string>{"set up", "test", "second", "first", "torn down"}));
  }

  std::vector<std::string> log;
};

ASYNC_TEST_F(fixture, is_torn_down_in_reverse) {
  CO_ASSERT_EQ(log, std::vector<std::string>{"set up"});
  co_await sleep_for(1s);
  log.emplace_back("test");
}

class by_hand : public async_fixture {
 public:
  using async_fixture::run_in_loop;
  std::vector<std::string> log;

 protected:
  asio::awaitable<void> async_set_up() override {
    at_end([this]() -> asio::awaitable<void> {
      log.emplace_back("end");
      co_return;
    });
    if (fails) throw std::runtime_error("no set-up");
    co_return;
  }
  asio::awaitable<void> async_tear_down() override {
    log.emplace_back("torn down");
    co_return;
  }
  void TestBody() override {}

 public:
  bool fails = false;
};

TEST(fixtures, are_torn_down_when_the_test_throws) {
  static by_hand test;
  EXPECT_NONFATAL_FAILURE(test.run_in_loop([]() -> asio::awaitable<void> {
    throw std::runtime_error("in the test");
    co_return;
  }),
                          "in the test");
  EXPECT_EQ(test.log, (std::vector<std::string>{"end", "torn down"}));
}

TEST(fixtures, clean_up_what_was_set_up_when_that_throws) {
  static by_hand test;
  test.fails = true;
  EXPECT_NONFATAL_FAILURE(test.run_in_loop([]() -> asio::awaitable<void> { co_return; }),
                          "no set-up");
  EXPECT_EQ(test.log, std::vector<std::string>{"end"});
}

ASYNC_TEST(co_assert, goes_on_when_it_holds) {
  const std::unique_ptr<int> five = std::make_unique<int>(5);
  CO_ASSERT_NE(five, nullptr) << "not seen";
  CO_ASSERT_EQ(*five, 5);
  CO_ASSERT_TRUE(*five > 4);
  CO_ASSERT_FALSE(*five < 4);
  CO_ASSERT_GE(*five, 5);
  co_return;
}

TEST(co_assert, ends_the_coroutine_when_it_does_not) {
  static bool went_on = false;
  EXPECT_FATAL_FAILURE(run([]() -> asio::awaitable<void> {
                         CO_ASSERT_EQ(1, 2) << "of course";
                         went_on = true;
                       }),
                       "of course");
  EXPECT_FALSE(went_on);
}

// --- orders and ends
// -------------------------------------------------------------------------------

/// The environment variable that says which schedules, for a while.
class wanted_schedules {
 public:
  explicit wanted_schedules(const char* those) { set(those); }
  wanted_schedules(const wanted_schedules&) = delete;
  wanted_schedules& operator=(const wanted_schedules&) = delete;
  ~wanted_schedules() { set(before_.has_value() ? before_->c_str() : nullptr); }

 private:
  static constexpr const char* name = "ASIOSCOPE_SCHEDULES";

  static std::optional<std::string> get() {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  }
  static void set(const char* value) {
    value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  }

  std::optional<std::string> before_ = get();
};

TEST(run_shuffled, tries_all_orders_of_three) {
  const wanted_schedules usual(nullptr);
  std::set<std::string> orders;
  run_shuffled(
      [&]() -> asio::awaitable<void> {
        std::string order;
        const auto executor = co_await asio::this_coro::executor;
        for (const char c : {'a', 'b', 'c'})
          asio::post(executor, [&order, c] { order += c; });
        while (order.size() < 3)
          co_await yield();
        orders.insert(order);
      },
      200);
  EXPECT_EQ(orders.size(), 6U);
}

std::vector<std::uint64_t> schedules_for(const char* wanted) {
  const wanted_schedules those(wanted);
  std::vector<std::uint64_t> tried;
  for_each_schedule(3, [&](std::uint64_t seed) { tried.push_back(seed); });
  return tried;
}

TEST(for_each_schedule, tries_those_that_are_wanted) {
  using numbers = std::vector<std::uint64_t>;
  EXPECT_EQ(schedules_for(nullptr), (numbers{1, 2, 3}));
  EXPECT_EQ(schedules_for("5"), (numbers{1, 2, 3, 4, 5}));
  EXPECT_EQ(schedules_for("7-8"), (numbers{7, 8}));
  EXPECT_EQ(schedules_for("77-77"), numbers{77});
}

TEST(for_each_schedule, refuses_what_it_does_not_understand) {
  for (const char* const wrong : {"", "many", "0", "8-7", "0-3", "1-", "-3", "1e6", "3 "})
    EXPECT_NONFATAL_FAILURE(schedules_for(wrong),
                            std::string("neither a number nor a range: ") + wrong);
}

TEST(for_each_schedule, says_which_failed) {
  const wanted_schedules some("70-80");
  EXPECT_NONFATAL_FAILURE(for_each_schedule(9, [](std::uint64_t seed) { EXPECT_NE(seed, 77U); }),
                          "schedule 77: ASIOSCOPE_SCHEDULES=77-77 repeats it");
}

TEST(run_shuffled, says_which_order_failed) {
  const wanted_schedules one("77-77");
  EXPECT_NONFATAL_FAILURE(
      run_shuffled([]() -> asio::awaitable<void> { throw std::runtime_error("caught"); }, 200),
      "run_options::shuffle = 77");
}

TEST(tear_down_everywhere, ends_at_each_point) {
  std::vector<int> reached;
  const std::size_t points = tear_down_everywhere([&]() -> asio::awaitable<void> {
    reached.push_back(0);
    core::semaphore one(co_await asio::this_coro::executor, 1);
    for (int i = 0; i < 3; ++i) {
      const auto permit = co_await one.async_acquire(asio::use_awaitable);
      ++reached.back();
    }
  });
  EXPECT_GE(points, 4U);
  EXPECT_EQ(std::set<int>(reached.begin(), reached.end()), (std::set{0, 1, 2, 3}));
}

TEST(tear_down_everywhere, finds_what_a_handler_left) {
  static std::vector<core::semaphore::permit> lost;
  EXPECT_NONFATAL_FAILURE(tear_down_everywhere([]() -> asio::awaitable<void> {
                            core::semaphore one(co_await asio::this_coro::executor, 1, "one");
                            lost.push_back(one.try_acquire());
                            co_await yield();
                            lost.clear();
                          }),
                          "semaphore \"one\"");
  lost.clear();
}

// --- executors and ports
// ---------------------------------------------------------------------------

TEST(tracking_executor, knows_what_ran_through_it) {
  asio::io_context context;
  const tracking_executor<> tracked(context.get_executor());
  asio::post(tracked, [] { EXPECT_TRUE(tracking_executor<>::runs_here()); });
  asio::post(context, [] { EXPECT_FALSE(tracking_executor<>::runs_here()); });
  EXPECT_EQ(tracked.record().executed, 1U);
  EXPECT_EQ(tracked.record().finished, 0U);
  context.run();
  EXPECT_EQ(tracked.record().finished, 1U);
}

TEST(free_port, can_be_listened_on) {
  asio::io_context context;
  const asio::ip::tcp::endpoint here(asio::ip::address_v4::loopback(), free_port());
  EXPECT_NO_THROW(asio::ip::tcp::acceptor(context, here));
}

}  // namespace
