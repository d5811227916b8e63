// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/async_queue.hpp"

#include "asioscope/test_kit/schedules.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {
namespace asio = boost::asio;
using namespace asioscope::core;
using namespace std::chrono_literals;
using asio::experimental::channel;
using asioscope::test_kit::virtual_clock;

using manual_queue = basic_async_queue<int, asio::any_io_executor, std::mutex, virtual_clock>;
using local_queue = basic_async_queue<int, asio::io_context::executor_type, null_mutex>;

/// What the handlers of a test were given, in order.
struct record {
  std::vector<std::pair<error_code, int>> popped;
  std::vector<error_code> pushed;

  auto pop() {
    return [this](error_code error, int item) { popped.emplace_back(error, item); };
  }
  auto push() {
    return [this](error_code error) { pushed.push_back(error); };
  }
};

using popped = std::pair<error_code, int>;

void poll(asio::io_context& loop) {
  loop.restart();
  loop.poll();
}

TEST(async_queue, first_in_is_first_out) {
  asio::io_context loop;
  async_queue<int> queue(loop, 3);
  record seen;
  for (const int item : {1, 2, 3})
    queue.async_push(item, seen.push());
  for (int i = 0; i < 3; ++i)
    queue.async_pop(seen.pop());
  loop.run();
  EXPECT_EQ(seen.popped, (std::vector<popped>{{{}, 1}, {{}, 2}, {{}, 3}}));
  EXPECT_EQ(seen.pushed, std::vector<error_code>(3));
}

TEST(async_queue, who_waits_longest_is_served_first) {  // R1
  asio::io_context loop;
  async_queue<int> queue(loop, 8);
  std::vector<std::pair<int, int>> served;
  for (int who = 0; who < 3; ++who)
    queue.async_pop([&, who](error_code, int item) { served.emplace_back(who, item); });
  EXPECT_EQ(queue.waiting_to_pop(), 3U);
  for (const int item : {10, 11, 12})
    EXPECT_TRUE(queue.try_push(item));
  EXPECT_EQ(queue.size(), 0U);
  loop.run();
  EXPECT_EQ(served, (std::vector<std::pair<int, int>>{{0, 10}, {1, 11}, {2, 12}}));
}

TEST(async_queue, an_item_pushed_for_one_who_waits_cannot_be_taken_by_another) {  // R2
  asio::io_context loop;
  async_queue<int> queue(loop, 8);
  record seen;
  queue.async_pop(seen.pop());
  EXPECT_TRUE(queue.try_push(1));
  EXPECT_EQ(queue.try_pop(), std::nullopt);
  loop.run();
  EXPECT_EQ(seen.popped, (std::vector<popped>{{{}, 1}}));
}

TEST(async_queue, room_made_for_one_who_waits_cannot_be_taken_by_another) {  // R2
  asio::io_context loop;
  async_queue<int> queue(loop, 1);
  record seen;
  EXPECT_TRUE(queue.try_push(1));
  queue.async_push(2, seen.push());
  EXPECT_EQ(queue.waiting_to_push(), 1U);
  EXPECT_EQ(queue.try_pop(), 1);
  EXPECT_FALSE(queue.try_push(3));
  EXPECT_EQ(queue.waiting_to_push(), 0U);
  loop.run();
  EXPECT_EQ(seen.pushed, std::vector<error_code>(1));
  EXPECT_EQ(queue.try_pop(), 2);
  EXPECT_EQ(queue.try_pop(), std::nullopt);
}

TEST(async_queue, a_full_queue_leaves_the_item_to_its_owner) {
  asio::io_context loop;
  async_queue<std::unique_ptr<int>> queue(loop, 1);
  EXPECT_TRUE(queue.try_push(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  EXPECT_FALSE(queue.try_push(std::move(second)));
  ASSERT_NE(second, nullptr);
  queue.close();
  EXPECT_FALSE(queue.try_push(std::move(second)));
  ASSERT_NE(second, nullptr);
}

TEST(async_queue, it_grows_to_its_capacity_and_no_further) {
  asio::io_context loop;
  async_queue<int> queue(loop, 50);
  int next = 0;
  while (queue.try_push(next))
    ++next;
  EXPECT_EQ(next, 50);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(queue.try_pop(), i);
  while (queue.try_push(next))
    ++next;
  EXPECT_EQ(next, 70);
  for (int i = 20; i < 70; ++i)
    EXPECT_EQ(queue.try_pop(), i);
}

TEST(async_queue, a_queue_without_capacity_is_a_rendezvous) {
  asio::io_context loop;
  async_queue<int> queue(loop, 0);
  record seen;
  EXPECT_FALSE(queue.try_push(1));
  queue.async_push(1, seen.push());
  queue.async_push(2, seen.push());
  poll(loop);
  EXPECT_TRUE(seen.pushed.empty());
  EXPECT_EQ(queue.try_pop(), 1);
  poll(loop);
  EXPECT_EQ(seen.pushed.size(), 1U);
  queue.async_pop(seen.pop());
  queue.async_pop(seen.pop());
  EXPECT_TRUE(queue.try_push(3));
  poll(loop);
  EXPECT_EQ(seen.pushed.size(), 2U);
  EXPECT_EQ(seen.popped, (std::vector<popped>{{{}, 2}, {{}, 3}}));
}

TEST(async_queue, close_fails_pushes_at_once_and_lets_the_items_out) {  // R7, H2, H3
  asio::io_context loop;
  async_queue<int> queue(loop, 2);
  record seen;
  for (const int item : {1, 2, 3})
    queue.async_push(item, seen.push());
  poll(loop);
  EXPECT_EQ(seen.pushed.size(), 2U);
  queue.close();
  queue.close();
  EXPECT_TRUE(queue.is_closed());
  queue.async_push(4, seen.push());
  for (int i = 0; i < 4; ++i)
    queue.async_pop(seen.pop());
  poll(loop);
  EXPECT_EQ(seen.pushed, (std::vector<error_code>{{}, {}, errc::closed, errc::closed}));
  EXPECT_EQ(seen.popped,
            (std::vector<popped>{{{}, 1}, {{}, 2}, {errc::closed, 0}, {errc::closed, 0}}));
  EXPECT_EQ(queue.try_pop(), std::nullopt);
}

TEST(async_queue, close_ends_the_wait_for_an_item) {  // R7, R10
  asio::io_context loop;
  async_queue<int> queue(loop, 2);
  record seen;
  queue.async_pop(seen.pop());
  queue.close();
  EXPECT_TRUE(seen.popped.empty());
  loop.run();
  EXPECT_EQ(seen.popped, (std::vector<popped>{{errc::closed, 0}}));
}

TEST(async_queue, cancel_ends_the_waits_and_keeps_the_items) {
  asio::io_context loop;
  async_queue<int> queue(loop, 1);
  record seen;
  queue.async_push(1, seen.push());
  queue.async_push(2, seen.push());
  queue.cancel();
  loop.run();
  EXPECT_EQ(seen.pushed, (std::vector<error_code>{{}, asio::error::operation_aborted}));
  EXPECT_EQ(queue.try_pop(), 1);
  EXPECT_EQ(queue.try_pop(), std::nullopt);
}

class async_queue_cancellation : public testing::TestWithParam<asio::cancellation_type> {};

TEST_P(async_queue_cancellation, ends_a_pop_that_then_has_taken_nothing) {  // R3, R4, X6
  asio::io_context loop;
  async_queue<int> queue(loop, 1);
  record seen;
  asio::cancellation_signal signal;
  queue.async_pop(asio::bind_cancellation_slot(signal.slot(), seen.pop()));
  queue.async_pop(seen.pop());
  signal.emit(GetParam());
  EXPECT_TRUE(queue.try_push(7));
  loop.run();
  EXPECT_EQ(seen.popped, (std::vector<popped>{{asio::error::operation_aborted, 0}, {{}, 7}}));
}

TEST_P(async_queue_cancellation, ends_a_push_that_then_has_given_nothing) {  // R3, R4, X6
  asio::io_context loop;
  async_queue<std::shared_ptr<int>> queue(loop, 1);
  EXPECT_TRUE(queue.try_push(nullptr));
  record seen;
  asio::cancellation_signal signal;
  auto item = std::make_shared<int>(1);
  queue.async_push(item, asio::bind_cancellation_slot(signal.slot(), seen.push()));
  EXPECT_EQ(item.use_count(), 2);
  signal.emit(GetParam());
  loop.run();
  EXPECT_EQ(seen.pushed, std::vector<error_code>{asio::error::operation_aborted});
  EXPECT_EQ(item.use_count(), 1);
  EXPECT_EQ(queue.try_pop(), nullptr);
  EXPECT_EQ(queue.try_pop(), std::nullopt);
}

TEST_P(async_queue_cancellation, comes_too_late_for_an_item_that_was_handed_over) {  // R4
  asio::io_context loop;
  async_queue<int> queue(loop, 1);
  record seen;
  asio::cancellation_signal signal;
  queue.async_pop(asio::bind_cancellation_slot(signal.slot(), seen.pop()));
  EXPECT_TRUE(queue.try_push(7));
  signal.emit(GetParam());
  loop.run();
  EXPECT_EQ(seen.popped, (std::vector<popped>{{{}, 7}}));
}

INSTANTIATE_TEST_SUITE_P(all, async_queue_cancellation,
                         testing::Values(asio::cancellation_type::terminal,
                                         asio::cancellation_type::partial,
                                         asio::cancellation_type::total));

TEST(async_queue, a_pop_waits_no_longer_than_its_deadline) {  // R8
  asio::io_context loop;
  manual_queue queue(loop, 1);
  record seen;
  queue.async_pop_for(10ms, seen.pop());
  poll(loop);
  virtual_clock::advance(10ms);
  loop.run();
  EXPECT_EQ(seen.popped, (std::vector<popped>{{errc::timed_out, 0}}));
  EXPECT_TRUE(queue.try_push(1));
  EXPECT_EQ(queue.try_pop(), 1);
}

TEST(async_queue, a_push_waits_no_longer_than_its_deadline) {
  asio::io_context loop;
  manual_queue queue(loop, 1);
  record seen;
  EXPECT_TRUE(queue.try_push(1));
  queue.async_push_for(2, 10ms, seen.push());
  queue.async_push_until(3, virtual_clock::now() + 20ms, seen.push());
  poll(loop);
  virtual_clock::advance(10ms);
  while (seen.pushed.empty())
    poll(loop);
  EXPECT_EQ(queue.try_pop(), 1);
  loop.run();
  EXPECT_EQ(seen.pushed, (std::vector<error_code>{errc::timed_out, {}}));
  EXPECT_EQ(queue.try_pop(), 3);
}

TEST(async_queue, a_deadline_that_has_passed_lets_one_take_what_is_there) {
  asio::io_context loop;
  manual_queue queue(loop, 1);
  record seen;
  EXPECT_TRUE(queue.try_push(1));
  queue.async_pop_for(-1s, seen.pop());
  queue.async_pop_for(-1s, seen.pop());
  loop.run();
  EXPECT_EQ(seen.popped, (std::vector<popped>{{{}, 1}, {errc::timed_out, 0}}));
}

TEST(async_queue, handlers_run_on_their_executor_and_never_at_once) {  // X1
  asio::io_context loop;
  asio::io_context other;
  async_queue<int> queue(loop, 1);
  record seen;
  const auto there = other.get_executor();
  queue.async_push(1, asio::bind_executor(there, seen.push()));
  queue.async_push(2, asio::bind_executor(there, seen.push()));
  queue.async_pop(asio::bind_executor(there, seen.pop()));
  queue.async_pop(asio::bind_executor(there, seen.pop()));
  queue.async_pop(asio::bind_executor(there, seen.pop()));
  queue.close();
  loop.run();
  EXPECT_TRUE(seen.popped.empty());
  EXPECT_TRUE(seen.pushed.empty());
  other.run();
  EXPECT_EQ(seen.popped, (std::vector<popped>{{{}, 1}, {{}, 2}, {errc::closed, 0}}));
  EXPECT_EQ(seen.pushed.size(), 2U);
}

template <class T>
struct counting_allocator {
  using value_type = T;
  explicit counting_allocator(int& counter) : allocations(&counter) {}
  template <class U>
  counting_allocator(const counting_allocator<U>& other) : allocations(other.allocations) {}
  T* allocate(std::size_t count) {
    ++*allocations;
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* place, std::size_t count) { std::allocator<T>().deallocate(place, count); }
  friend bool operator==(const counting_allocator& a, const counting_allocator& b) {
    return a.allocations == b.allocations;
  }
  int* allocations;
};

TEST(async_queue, waits_are_kept_in_memory_of_the_handlers_allocator) {  // X8
  asio::io_context loop;
  async_queue<int> queue(loop, 1);
  record seen;
  int allocations = 0;
  queue.async_pop(asio::bind_allocator(counting_allocator<void>(allocations), seen.pop()));
  EXPECT_GE(allocations, 1);
  queue.close();
  loop.run();
  EXPECT_EQ(seen.popped.size(), 1U);
}

TEST(async_queue, its_destructor_ends_the_waits) {  // X9
  asio::io_context loop;
  record seen;
  {
    async_queue<int> queue(loop, 1);
    queue.async_pop(seen.pop());
    async_queue<int> full(loop, 0);
    full.async_push(1, seen.push());
  }
  loop.run();
  EXPECT_EQ(seen.popped, (std::vector<popped>{{asio::error::operation_aborted, 0}}));
  EXPECT_EQ(seen.pushed, std::vector<error_code>{asio::error::operation_aborted});
}

TEST(async_queue, a_context_that_goes_destroys_handlers_and_items) {  // X2
  auto item = std::make_shared<int>(1);
  auto loop = std::make_unique<asio::io_context>();
  async_queue<std::shared_ptr<int>> full(*loop, 1);
  async_queue<std::shared_ptr<int>> empty(*loop, 1);
  bool invoked = false;
  EXPECT_TRUE(full.try_push(item));
  full.async_push(item, [item, &invoked](error_code) { invoked = true; });
  empty.async_pop([item, &invoked](error_code, const auto&) { invoked = true; });
  EXPECT_EQ(item.use_count(), 5);
  loop.reset();
  EXPECT_EQ(item.use_count(), 1);
  EXPECT_FALSE(invoked);
  EXPECT_EQ(full.size(), 0U);
}

TEST(async_queue, works_with_every_kind_of_token) {  // X7
  asio::io_context loop;
  async_queue<int> queue(loop, 4);
  std::future<void> pushed = queue.async_push(1, asio::use_future);
  queue.async_push(2, asio::deferred)([](error_code error) { EXPECT_FALSE(error); });
  std::future<int> taken = queue.async_pop(asio::use_future);
  asio::co_spawn(
      loop,
      [&]() -> asio::awaitable<void> {
        EXPECT_EQ(co_await queue.async_pop(asio::use_awaitable), 2);
        co_await queue.async_push(3, asio::use_awaitable);
        const auto [error, item] = co_await queue.async_pop(asio::as_tuple(asio::use_awaitable));
        EXPECT_FALSE(error);
        EXPECT_EQ(item, 3);
        const auto [late, none] = co_await queue.async_pop_for(1ns, asio::as_tuple(asio::deferred));
        EXPECT_EQ(late, errc::timed_out);
        EXPECT_EQ(none, 0);
      },
      [](const std::exception_ptr& error) { EXPECT_EQ(error, nullptr); });
  loop.run();
  pushed.get();
  EXPECT_EQ(taken.get(), 1);
}

TEST(async_queue, has_a_default_token_when_its_executor_has_one) {
  asio::io_context loop;
  using executor = asio::use_awaitable_t<>::executor_with_default<asio::any_io_executor>;
  async_queue<int>::rebind_executor<executor>::other queue(executor(loop.get_executor()), 1);
  asio::co_spawn(
      loop,
      [&]() -> asio::awaitable<void> {
        co_await queue.async_push(0);
        EXPECT_EQ(co_await queue.async_pop(), 0);
      },
      [](const std::exception_ptr& error) { EXPECT_EQ(error, nullptr); });
  loop.run();
}

TEST(async_queue, is_seen_when_it_has_a_name) {
  asio::io_context loop;
  async_queue<int> queue(loop, 2, "orders");
  for (const int item : {1, 2})
    EXPECT_TRUE(queue.try_push(item));
  queue.async_push(3, [](error_code) {});
  EXPECT_EQ(queue.try_pop(), 1);
  queue.async_push(4, [](error_code) {});
  const auto all = describe_resources();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].name, "orders");
  EXPECT_EQ(all[0].kind, resource_kind::queue);
  EXPECT_EQ(all[0].state, "open");
  EXPECT_EQ(all[0].waiters.size(), 1U);
  const auto value = [&](std::string_view name) {
    for (const auto& each : all[0].attributes)
      if (each.name == name) return each.value;
    return -1.0;
  };
  EXPECT_EQ(value("capacity"), 2);
  EXPECT_EQ(value("depth"), 2);
  EXPECT_EQ(value("waiting_to_push"), 1);
  EXPECT_EQ(value("pushed"), 3);
  EXPECT_EQ(value("popped"), 1);
}

// X4: what experimental::channel of this Boost does, and the queue does not.

using test_channel = channel<void(error_code, int)>;

TEST(async_queue, h1_after_a_cancelled_pop_there_is_room) {  // X4
  asio::io_context loop;
  test_channel other(loop, 1);
  async_queue<int> queue(loop, 1);
  record seen;
  other.async_receive(seen.pop());
  other.cancel();
  queue.async_pop(seen.pop());
  queue.cancel();
  loop.run();
  EXPECT_EQ(seen.popped.size(), 2U);
  EXPECT_FALSE(other.try_send(error_code(), 1)) << "the channel has been mended";
  EXPECT_TRUE(queue.try_push(1));
}

TEST(async_queue, h2_items_survive_close) {  // X4
  asio::io_context loop;
  test_channel other(loop, 1);
  async_queue<int> queue(loop, 1);
  EXPECT_TRUE(other.try_send(error_code(), 1));
  other.close();
  EXPECT_TRUE(queue.try_push(1));
  queue.close();
  EXPECT_FALSE(other.try_receive([](error_code error, int) { EXPECT_TRUE(error); }))
      << "the channel has been mended";
  EXPECT_EQ(queue.try_pop(), 1);
}

TEST(async_queue, h3_close_ends_the_wait_for_room) {  // X4
  asio::io_context loop;
  test_channel other(loop, 0);
  async_queue<int> queue(loop, 0);
  record sent;
  record seen;
  other.async_send(error_code(), 1, sent.push());
  other.close();
  queue.async_push(1, seen.push());
  queue.close();
  poll(loop);
  EXPECT_TRUE(sent.pushed.empty()) << "the channel has been mended";
  EXPECT_EQ(seen.pushed, std::vector<error_code>{errc::closed});
}

TEST(async_queue, h4_a_pop_that_may_time_out_loses_no_item) {  // X4
  using namespace asio::experimental::awaitable_operators;
  asio::io_context loop;
  // The race, decided so that both have happened when the coroutine goes on: the channel's item
  // is received and thrown away, as the timer was first.
  test_channel other(loop, 1);
  asio::basic_waitable_timer<virtual_clock> timer(loop, virtual_clock::now() + 1ms);
  bool received = true;
  asio::co_spawn(
      loop,
      [&]() -> asio::awaitable<void> {
        const auto result = co_await (timer.async_wait(asio::use_awaitable) ||
                                      other.async_receive(asio::use_awaitable));
        received = result.index() == 1;
      },
      asio::detached);
  timer.async_wait([&](error_code) { EXPECT_TRUE(other.try_send(error_code(), 1)); });
  poll(loop);
  virtual_clock::advance(1ms);
  loop.run();
  const bool kept = other.try_receive([](error_code, int) {});
  EXPECT_FALSE(received || kept) << "nothing is lost here any more";

  // Ours, for all orders of item and deadline.
  std::mt19937 random(4);
  for (int round = 0; round < 300; ++round) {
    loop.restart();
    manual_queue queue(loop, 1);
    record seen;
    queue.async_pop_for(1ms, seen.pop());
    for (unsigned step = 0; step < 6; ++step)
      switch (random() % 3) {
        case 0:
          loop.poll_one();
          break;
        case 1:
          virtual_clock::advance(1ms);
          break;
        default:
          if (queue.size() == 0 && queue.waiting_to_pop() == 1) {
            EXPECT_TRUE(queue.try_push(round));
          }
      }
    virtual_clock::advance(1ms);
    loop.restart();
    loop.run();
    ASSERT_EQ(seen.popped.size(), 1U);
    const bool given = !seen.popped[0].first;
    EXPECT_EQ(queue.try_pop(), std::nullopt);
    EXPECT_EQ(seen.popped[0].first, given ? error_code() : make_error_code(errc::timed_out));
    EXPECT_EQ(seen.popped[0].second, given ? round : 0);
  }
}

/// Random operations on a queue of small capacity: each item that went in comes out once, in
/// order, or is still there.
TEST(async_queue, loses_and_doubles_nothing_in_any_order) {  // X3
  asioscope::test_kit::for_each_schedule(200, [](std::uint64_t seed) {
    std::mt19937 random(static_cast<std::uint32_t>(seed));
    std::deque<asio::cancellation_signal> signals;
    asio::io_context loop;
    manual_queue queue(loop, random() % 4);
    std::vector<int> out;
    std::vector<int> accepted;
    int pending = 0;
    for (int item = 0; item < 100; ++item) {
      auto& signal = signals.emplace_back();
      const auto deadline = virtual_clock::now() + std::chrono::milliseconds(random() % 8);
      const auto take = [&](error_code error, int got) {
        --pending;
        if (!error) out.push_back(got);
      };
      switch (random() % 5) {
        case 0:
        case 1:
          ++pending;
          queue.async_push_until(
              item, deadline,
              asio::bind_cancellation_slot(signal.slot(), [&, item](error_code error) {
                --pending;
                if (!error) accepted.push_back(item);
              }));
          break;
        case 2:
        case 3:
          ++pending;
          queue.async_pop_until(deadline, asio::bind_cancellation_slot(signal.slot(), take));
          break;
        default:
          if (queue.try_push(item)) accepted.push_back(item);
      }
      switch (random() % 4) {
        case 0:
          signals[random() % signals.size()].emit(asio::cancellation_type::total);
          break;
        case 1:
          virtual_clock::advance(1ms);
          break;
        case 2:
          loop.poll_one();
          break;
        default:
          break;
      }
    }
    virtual_clock::advance(1s);
    loop.restart();
    loop.run();
    EXPECT_EQ(pending, 0);
    while (const auto left = queue.try_pop())
      out.push_back(*left);
    EXPECT_TRUE(std::is_sorted(out.begin(), out.end()));
    std::sort(accepted.begin(), accepted.end());
    ASSERT_EQ(out, accepted);
  });
}

TEST(async_queue, may_be_torn_down_after_any_handler) {  // X5
  for (std::size_t handlers = 0; handlers < 80; ++handlers) {
    auto loop = std::make_unique<asio::io_context>();
    async_queue<std::unique_ptr<int>> queue(*loop, 2);
    for (int i = 0; i < 2; ++i) {
      asio::co_spawn(
          *loop,
          [&]() -> asio::awaitable<void> {
            for (int item = 0; item < 10; ++item)
              co_await queue.async_push_for(std::make_unique<int>(item), 1h, asio::use_awaitable);
          },
          asio::detached);
      asio::co_spawn(
          *loop,
          [&]() -> asio::awaitable<void> {
            for (int item = 0; item < 10; ++item)
              co_await queue.async_pop_for(1h, asio::use_awaitable);
          },
          asio::detached);
    }
    for (std::size_t i = 0; i < handlers; ++i)
      loop->poll_one();
    loop.reset();
  }
}

TEST(async_queue, needs_no_mutex_on_one_thread) {
  asio::io_context loop(1);
  local_queue queue(loop, 1);
  record seen;
  queue.async_push(1, seen.push());
  queue.async_push(2, seen.push());
  queue.async_pop(seen.pop());
  queue.async_pop(seen.pop());
  loop.run();
  EXPECT_EQ(seen.popped, (std::vector<popped>{{{}, 1}, {{}, 2}}));
}

using pair_queue = async_queue<std::pair<int, int>>;

// Callbacks: clang 16 keeps the address of thread-local variables over the suspension of a
// coroutine, which then uses those of another thread.
void push_all(pair_queue& queue, int producer, int item, int end, std::atomic<int>& still_pushing) {
  if (item == end) {
    if (--still_pushing == 0) queue.close();
    return;
  }
  queue.async_push({producer, item},
                   [&queue, producer, item, end, &still_pushing](error_code error) {
                     ASSERT_FALSE(error);
                     push_all(queue, producer, item + 1, end, still_pushing);
                   });
}

void pop_all(pair_queue& queue, std::vector<std::pair<int, int>>& taken) {
  queue.async_pop_for(1h, [&queue, &taken](error_code error, std::pair<int, int> item) {
    if (error) return;
    taken.push_back(item);
    pop_all(queue, taken);
  });
}

TEST(async_queue, keeps_order_and_number_between_threads) {
  constexpr int producers = 4;
  constexpr int consumers = 4;
  constexpr int each = 3000;
  asio::thread_pool threads(4);
  pair_queue queue(threads, 3);
  std::vector<std::vector<std::pair<int, int>>> taken(consumers);
  std::atomic<int> still_pushing{producers};
  for (int producer = 0; producer < producers; ++producer)
    push_all(queue, producer, 0, each, still_pushing);
  for (auto& one : taken)
    pop_all(queue, one);
  threads.join();
  std::vector<std::vector<bool>> seen(producers, std::vector<bool>(each));
  for (const auto& one : taken) {
    std::vector<int> last(producers, -1);
    for (const auto& [producer, item] : one) {
      auto& before = last[static_cast<std::size_t>(producer)];
      EXPECT_LT(before, item);
      before = item;
      EXPECT_FALSE(seen[static_cast<std::size_t>(producer)][static_cast<std::size_t>(item)]);
      seen[static_cast<std::size_t>(producer)][static_cast<std::size_t>(item)] = true;
    }
  }
  for (const auto& one : seen)
    EXPECT_EQ(std::count(one.begin(), one.end(), true), each);
}

}  // namespace
