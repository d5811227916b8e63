// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/queue_processor.hpp"
#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <memory_resource>
#include <optional>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asioscope::core;
using asio::awaitable;
using asio::use_awaitable;
using asioscope::test_kit::virtual_clock;
using asioscope::test_kit::yield;
using processor = basic_queue_processor<int, asio::any_io_executor, std::mutex, virtual_clock>;

/// A worker for whose queue of one item others wait.
class queue_processor_push : public asioscope::test_kit::async_fixture {
 protected:
  awaitable<void> async_set_up() override {
    workers.emplace(co_await asio::this_coro::executor,
                    queue_processor_options{.workers = 1, .capacity = 1},
                    [this](int& item) -> awaitable<void> {
                      seen.push_back(item);
                      co_await asioscope::test_kit::sleep_for(1s);
                    });
    EXPECT_TRUE(workers->try_push(1));
  }
  awaitable<void> async_tear_down() override {
    co_await workers->async_stop(stop_mode::abort, use_awaitable);
    workers.reset();
  }

  std::optional<processor> workers;
  std::vector<int> seen;
};

// R2
ASYNC_TEST_F(queue_processor_push, room_goes_to_the_first_in_line_before_anybody_else) {
  int pushed = 0;
  for (int item = 2; item < 4; ++item)
    workers->async_push(item, [&](error_code error) {
      EXPECT_FALSE(error);
      ++pushed;
      EXPECT_FALSE(workers->try_push(100)) << "there is room, but somebody else's";
    });
  co_await workers->async_start(use_awaitable);
  co_await asioscope::test_kit::sleep_for(3500ms);
  EXPECT_EQ(pushed, 2);
  EXPECT_EQ(seen, (std::vector{1, 2, 3}));
}

// R4
ASYNC_TEST_F(queue_processor_push, a_cancellation_comes_too_late_for_an_item_that_was_taken) {
  asio::cancellation_signal signal;
  std::optional<error_code> ended;
  workers->async_push(
      2, asio::bind_cancellation_slot(signal.slot(), [&](error_code error) { ended = error; }));
  co_await workers->async_start(use_awaitable);
  while (workers->in_flight() == 0 && !ended.has_value())
    co_await yield();
  signal.emit(asio::cancellation_type::all);
  co_await yield(5);
  EXPECT_EQ(ended, error_code());
  EXPECT_EQ(workers->pending(), 1U);
}

// R3, X6
ASYNC_TEST_F(queue_processor_push, is_cancelled_with_each_type) {
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    asio::cancellation_signal signal;
    error_code ended;
    workers->async_push(
        2, asio::bind_cancellation_slot(signal.slot(), [&](error_code error) { ended = error; }));
    signal.emit(type);
    co_await yield();
    EXPECT_EQ(ended, asio::error::operation_aborted);
  }
  EXPECT_EQ(workers->pending(), 1U);
}

// X8
ASYNC_TEST_F(queue_processor_push, has_its_memory_from_the_handler) {
  struct : std::pmr::memory_resource {
    void* do_allocate(std::size_t size, std::size_t) override {
      ++live;
      ++allocated;
      return ::operator new(size);
    }
    void do_deallocate(void* at, std::size_t, std::size_t) override {
      --live;
      ::operator delete(at);
    }
    bool do_is_equal(const memory_resource& other) const noexcept override {
      return this == &other;
    }
    int live = 0;
    int allocated = 0;
  } memory;
  bool ended = false;
  workers->async_push(2, asio::bind_allocator(std::pmr::polymorphic_allocator<char>(&memory),
                                              [&](error_code) { ended = true; }));
  EXPECT_EQ(memory.allocated, 1);
  co_await workers->async_start(use_awaitable);
  while (!ended)
    co_await yield();
  EXPECT_EQ(memory.live, 0);
}

}  // namespace
