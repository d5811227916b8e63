// SPDX-License-Identifier: BSL-1.0
#include "waiting_operation_test.hpp"

#include "asioscope/test_kit/run.hpp"
#include "asioscope/test_kit/tracking_executor.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace asioscope::core::tests {

using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;
using test_kit::tracking_executor;

namespace {

/// Counts what it holds, so that one can see when it is given back.
template <class T>
struct counting_allocator {
  using value_type = T;

  explicit counting_allocator(std::shared_ptr<int> live_blocks) : live(std::move(live_blocks)) {}
  template <class Other>
  counting_allocator(const counting_allocator<Other>& other) : live(other.live) {}

  T* allocate(std::size_t count) {
    ++*live;
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* where, std::size_t count) {
    --*live;
    std::allocator<T>().deallocate(where, count);
  }
  friend bool operator==(const counting_allocator& a, const counting_allocator& b) {
    return a.live == b.live;
  }

  std::shared_ptr<int> live;
};

// Not every primitive has those.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(operation_with_deadline);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(owning_operation);

constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

/// Awaits it; an error is a result as well.
asio::awaitable<void> wait_for(operation& begun) {
  co_await asio::async_initiate<decltype(awaited)&, void(error_code)>(
      [&](auto handler) { begun.start(std::move(handler)); }, awaited);
}

asio::awaitable<void> wait_until(operation& begun, virtual_clock::time_point deadline) {
  co_await asio::async_initiate<decltype(awaited)&, void(error_code)>(
      [&](auto handler) { begun.start_until(deadline, std::move(handler)); }, awaited);
}

}  // namespace

// X1
TEST_P(waiting_operation, is_never_completed_by_its_initiator) {
  asio::io_context loop;
  const auto one = GetParam()(loop.get_executor());
  asio::post(loop, [&] {  // not even where it could be dispatched
    one->satisfy();
    one->start(note());
    EXPECT_EQ(calls, 0);
  });
  loop.run();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(last, error_code());
}

// X1
TEST_P(waiting_operation, is_never_completed_by_the_one_who_satisfies_it) {
  asio::io_context loop;
  const auto one = GetParam()(loop.get_executor());
  asio::post(loop, [&] {
    one->start(note());
    one->satisfy();
    EXPECT_EQ(calls, 0);
  });
  loop.run();
  EXPECT_EQ(calls, 1);
}

// X1
TEST_P(waiting_operation, runs_where_the_handler_belongs) {
  asio::io_context loop;
  asio::io_context elsewhere;
  const tracking_executor<> tracked(elsewhere.get_executor());
  const auto one = GetParam()(loop.get_executor());
  bool ran_there = false;
  const auto handler = [&](error_code) {
    ran_there = tracking_executor<>::runs_here();
    ++calls;
  };
  one->start(asio::bind_executor(tracked, handler));  // waits
  EXPECT_EQ(elsewhere.poll(), 0U);
  elsewhere.restart();
  one->satisfy();
  loop.run();
  EXPECT_EQ(calls, 0);
  elsewhere.run();  // it has work as long as the operation waits
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(ran_there);
  one->start(asio::bind_executor(tracked, handler));  // need not
  loop.restart();
  loop.run();
  elsewhere.restart();
  elsewhere.run();
  EXPECT_EQ(calls, 2);
  EXPECT_TRUE(ran_there);
}

TEST_P(waiting_operation, keeps_the_loop_running) {
  asio::io_context loop;
  const auto one = GetParam()(loop.get_executor());
  one->start(note());
  loop.poll();
  EXPECT_FALSE(loop.stopped());
  one->satisfy();
  loop.poll();
  EXPECT_TRUE(loop.stopped());
}

// X8
TEST_P(waiting_operation, has_its_memory_from_the_handler_and_gives_it_back_first) {
  asio::io_context loop;
  const auto one = GetParam()(loop.get_executor());
  const auto live = std::make_shared<int>(0);
  int most = 0;
  // The executor that forgets its type takes no allocator along when it is posted to.
  const auto handler = [&] {
    return asio::bind_executor(
        loop.get_executor(), asio::bind_allocator(counting_allocator<char>(live), [&](error_code) {
          EXPECT_EQ(*live, 0);
          ++calls;
        }));
  };
  one->start(handler());
  most = *live;
  one->satisfy();
  loop.run();
  EXPECT_GE(most, 1);
  one->start(handler());
  EXPECT_GE(*live, 1);
  loop.restart();
  loop.run();
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(*live, 0);
}

// X6
TEST_P(waiting_operation, is_cancelled_by_each_type_of_cancellation) {
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total, asio::cancellation_type::all}) {
    asio::io_context loop;
    const auto one = GetParam()(loop.get_executor());
    asio::cancellation_signal signal;
    one->start(asio::bind_cancellation_slot(signal.slot(), note()));
    signal.emit(asio::cancellation_type::none);
    loop.poll();
    EXPECT_EQ(calls, 0);
    signal.emit(type);
    EXPECT_EQ(calls, 0);
    loop.poll();
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(last, asio::error::operation_aborted);
    EXPECT_TRUE(loop.stopped());
    signal.emit(type);  // nobody is there any more
    calls = 0;
    // R3: it has taken nothing.
    one->satisfy();
    EXPECT_EQ(one->free(), 1U);
  }
}

// R4
TEST_P(waiting_operation, is_not_cancelled_when_it_has_been_satisfied) {
  asio::io_context loop;
  const auto one = GetParam()(loop.get_executor());
  asio::cancellation_signal signal;
  one->start(asio::bind_cancellation_slot(signal.slot(), note()));
  one->satisfy();
  signal.emit(asio::cancellation_type::all);
  loop.run();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(last, error_code());
  signal.emit(asio::cancellation_type::all);  // nobody is there any more
  EXPECT_EQ(one->free(), 1U);
}

// R3, R8
TEST_P(operation_with_deadline, ends_at_its_deadline) {
  test_kit::loop loop;
  const auto one = GetParam()(loop.context().get_executor());
  one->start_until(virtual_clock::now() + 5s, note());
  loop.run_for(5s - 1ns);
  EXPECT_EQ(calls, 0);
  loop.run_for(1ns);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(last, errc::timed_out);
  EXPECT_EQ(last, boost::system::errc::timed_out);
  one->satisfy();
  EXPECT_EQ(one->free(), 1U);
}

TEST_P(operation_with_deadline, that_comes_after_its_deadline_still_takes_what_is_there) {
  test_kit::loop loop;
  const auto one = GetParam()(loop.context().get_executor());
  one->start_until(virtual_clock::now() - 1s, note());
  loop.run_ready();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(last, errc::timed_out);
  one->satisfy();
  one->start_until(virtual_clock::now() - 1s, note());
  loop.run_ready();
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(last, error_code());
}

TEST_P(operation_with_deadline, leaves_no_timer_when_it_is_over_before_its_deadline) {
  test_kit::loop loop;
  const auto one = GetParam()(loop.context().get_executor());
  const auto began = virtual_clock::now();
  one->start_until(began + 5s, note());
  one->satisfy();
  EXPECT_EQ(loop.run(), test_kit::step_result::finished);
  EXPECT_EQ(last, error_code());
  asio::cancellation_signal signal;
  const auto other = GetParam()(loop.context().get_executor());
  other->start_until(began + 5s, asio::bind_cancellation_slot(signal.slot(), note()));
  signal.emit(asio::cancellation_type::total);
  EXPECT_EQ(loop.run(), test_kit::step_result::finished);
  EXPECT_EQ(last, asio::error::operation_aborted);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(virtual_clock::now(), began);
}

// X9
TEST_P(waiting_operation, ends_with_its_primitive) {
  asio::io_context loop;
  const auto one = GetParam()(loop.get_executor());
  one->start(note());
  one->start(note());
  one->destroy_primitive();
  EXPECT_EQ(calls, 0);
  loop.run();
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(last, asio::error::operation_aborted);
}

// X2
TEST_P(waiting_operation, is_destroyed_with_its_context) {
  auto loop = std::make_unique<asio::io_context>();
  const auto one = GetParam()(loop->get_executor());
  const auto held = std::make_shared<int>(0);
  asio::cancellation_signal signal;
  const auto handler = [this, held](error_code) { ++calls; };
  one->start(handler);
  one->start(asio::bind_cancellation_slot(signal.slot(), handler));
  one->start_until(virtual_clock::now() + 5s, handler);
  EXPECT_EQ(held.use_count(), 5);
  loop.reset();
  EXPECT_EQ(held.use_count(), 2);
  EXPECT_EQ(calls, 0);
  signal.emit(asio::cancellation_type::all);
}

// X2: signals may be gone first, and may outlive both
TEST_P(waiting_operation, needs_no_signal_when_it_is_destroyed_with_its_context) {
  auto loop = std::make_unique<asio::io_context>();
  const auto one = GetParam()(loop->get_executor());
  {
    asio::cancellation_signal signal;
    one->start(asio::bind_cancellation_slot(signal.slot(), note()));
  }
  asio::cancellation_signal late;
  one->start(asio::bind_cancellation_slot(late.slot(), note()));
  one->satisfy();
  loop.reset();
  late.emit(asio::cancellation_type::all);
  EXPECT_EQ(calls, 0);
}

// X2, R5: satisfied, but not run any more
TEST_P(owning_operation, gives_back_what_it_was_given_when_its_context_is_destroyed) {
  auto loop = std::make_unique<asio::io_context>();
  const auto one = GetParam()(loop->get_executor());
  one->start(note());
  one->satisfy();
  loop.reset();
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(one->free(), 1U);
}

// X3, case 4
TEST_P(waiting_operation, loses_nothing_against_a_timer_in_any_order) {
  test_kit::run_shuffled(
      [make = GetParam()]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const auto one = make(executor);
        const auto satisfy = [&]() -> asio::awaitable<void> {
          co_await test_kit::sleep_for(1s);
          co_await test_kit::yield();
          one->satisfy();
        };
        co_await (satisfy() && (wait_for(*one) || test_kit::sleep_for(1s)));
        EXPECT_EQ(one->free(), 1U);
      },
      200);
}

// X5
TEST_P(waiting_operation, may_be_torn_down_at_any_point) {
  const std::size_t points =
      test_kit::tear_down_everywhere([make = GetParam()]() -> asio::awaitable<void> {
        const auto one = make(co_await asio::this_coro::executor);
        const auto satisfy = [&]() -> asio::awaitable<void> {
          co_await test_kit::sleep_for(1s);
          one->satisfy();
        };
        co_await (satisfy() && wait_for(*one) && wait_until(*one, virtual_clock::now() + 2s) &&
                  (wait_for(*one) || test_kit::yield(3)));
      });
  EXPECT_GT(points, 5U);
}

}  // namespace asioscope::core::tests
