// SPDX-License-Identifier: BSL-1.0
#include "asioscope/test_kit/run.hpp"

#include "leftovers.hpp"
#include "wall_clock_limit.hpp"

#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/schedules.hpp"
#include "asioscope/test_kit/shuffling_executor.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <exception>
#include <optional>
#include <string>

namespace asioscope::test_kit {

namespace {

namespace asio = boost::asio;
using real_clock = std::chrono::steady_clock;

std::string running_test() {
  const testing::TestInfo* const test = testing::UnitTest::GetInstance()->current_test_info();
  return test == nullptr ? "a test" : std::string(test->test_suite_name()) + "." + test->name();
}

std::string text_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

/// The outcome of a body: nothing yet, null, or what it threw.
using outcome = std::optional<std::exception_ptr>;

void spawn(loop& in, const test_body& body, std::uint64_t shuffle, outcome& result) {
  asio::any_io_executor executor = in.context().get_executor();
  if (shuffle != 0) executor = shuffling_executor<>(in.context().get_executor(), shuffle);
  asio::co_spawn(
      executor, [&body]() -> asio::awaitable<void> { co_await body(); },
      [&result](std::exception_ptr error) { result = std::move(error); });
}

/// Runs until the body is done. False: it never will be; the test has failed.
bool run_until_done(loop& in, const outcome& result, std::chrono::seconds limit) {
  const auto end = real_clock::now() + limit;
  while (!result.has_value()) {
    const step_result step = in.step();
    if (step == step_result::stuck || (step == step_result::finished && !result.has_value())) {
      ADD_FAILURE() << "deadlock: the test waits for something that cannot happen any more.\n"
                    << leftovers().waiting();
      return false;
    }
    if (real_clock::now() > end) {
      ADD_FAILURE() << "the test is not done after " << limit.count() << " s.\n"
                    << leftovers().waiting();
      return false;
    }
  }
  return true;
}

/// False: the body can never be done.
bool run_once(const test_body& body, const run_options& options) {
  outcome result;
  {
    loop in(options.patience, options.stuck_after);
    spawn(in, body, options.shuffle, result);
    if (!run_until_done(in, result, options.wall_limit)) return false;
    in.run_ready();
    if (!options.may_leave_work && in.step() != step_result::finished)
      ADD_FAILURE() << "work is left when the test is done: cancel it, or wait for it.\n"
                    << leftovers().waiting();
  }
  if (*result != nullptr) ADD_FAILURE() << "the test threw: " << text_of(*result);
  return true;
}

void run_watched(const test_body& body, const run_options& options) {
  virtual_clock::reset();
  const leftovers kept;
  // What never came to its end has not cleaned up.
  if (!run_once(body, options)) return;
  if (const std::string left = kept.alive(); !left.empty())
    ADD_FAILURE() << "these outlive the test:\n" << left;
}

/// Later than our own limit, which can say more.
std::chrono::seconds last_resort(const run_options& options) {
  return options.wall_limit + std::chrono::seconds(5);
}

}  // namespace

void run(const test_body& body, const run_options& options) {
  const wall_clock_limit limit(last_resort(options), running_test());
  run_watched(body, options);
}

void run_shuffled(const test_body& body, std::size_t times) {
  run_options options;
  wall_clock_limit limit(last_resort(options), running_test());
  for_each_schedule(times, [&](std::uint64_t seed) {
    options.shuffle = seed;
    const testing::ScopedTrace trace(__FILE__, __LINE__,
                                     "run_options::shuffle = " + std::to_string(seed));
    limit.begin_again();
    run_watched(body, options);
  });
}

std::size_t tear_down_everywhere(const test_body& body, std::size_t most) {
  std::size_t points = 0;
  wall_clock_limit limit(std::chrono::seconds(60), running_test());
  for (bool finished = false; !finished && points < most; ++points) {
    virtual_clock::reset();
    limit.begin_again();
    const leftovers kept;
    outcome result;
    {
      loop in;
      spawn(in, body, 0, result);
      for (std::size_t ran = 0; ran < points && !finished;) {
        const step_result step = in.step();
        if (step == step_result::ran) ++ran;
        if (step == step_result::stuck) {
          ADD_FAILURE() << "deadlock after " << ran << " handlers.\n" << leftovers().waiting();
          return points;
        }
        finished = step == step_result::finished;
      }
    }
    if (result.has_value() && *result != nullptr) {
      ADD_FAILURE() << "the body threw: " << text_of(*result);
      return points;
    }
    if (const std::string left = kept.alive(); !left.empty()) {
      ADD_FAILURE() << "destroyed after " << points << " handlers, these are left:\n" << left;
      return points;
    }
  }
  return points;
}

asio::awaitable<void> sleep_for(std::chrono::nanoseconds time) {
  asio::basic_waitable_timer<virtual_clock> timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> yield(std::size_t times) {
  for (; times > 0; --times)
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

void async_fixture::run_in_loop(const test_body& test) {
  run([&] { return whole(test); }, options());
}

asio::awaitable<void> async_fixture::whole(const test_body& test) {
  std::exception_ptr failure;
  bool set_up = false;
  try {
    co_await before_set_up();
    co_await async_set_up();
    set_up = true;
    if (!HasFatalFailure() && !IsSkipped()) co_await test();
  } catch (...) {
    failure = std::current_exception();
  }
  const auto clean_up = [](const test_body& each) -> asio::awaitable<void> {
    try {
      co_await each();
    } catch (...) {
      ADD_FAILURE() << "the clean-up threw: " << text_of(std::current_exception());
    }
  };
  while (!at_end_.empty()) {
    const test_body last = std::move(at_end_.back());
    at_end_.pop_back();
    co_await clean_up(last);
  }
  if (set_up) co_await clean_up([this] { return async_tear_down(); });
  co_await clean_up([this] { return after_tear_down(); });
  if (failure != nullptr) std::rethrow_exception(failure);
}

}  // namespace asioscope::test_kit
