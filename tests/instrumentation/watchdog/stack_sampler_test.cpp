// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/stack_sampler.hpp"

#include "fake_handler.hpp"

#include "asioscope/watchdog/symboliser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <coroutine>
#include <csignal>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace shop {

std::atomic<bool> enough{false};

[[gnu::noinline]] void count_stock() {
  while (!enough) {
  }
  asm volatile("");
}

[[gnu::noinline]] void handle_order() {
  count_stock();
  asm volatile("");
}

/// Inlined wherever it is used: a frame of its own all the same.
[[gnu::always_inline]] inline void check_prices() {
  while (!enough) {
  }
}

[[gnu::noinline]] void open_shop() {
  check_prices();
  asm volatile("");
}

/// A coroutine that does nothing until it is resumed.
struct lazy {
  struct promise_type {
    lazy get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  std::coroutine_handle<promise_type> handle;
};

lazy browse(std::string catalogue) {
  co_await std::suspend_always{};
  while (!enough && !catalogue.empty()) {
  }
  co_return;
}

[[gnu::noinline]] int wait_for_delivery() {
  const int result = usleep(150'000);
  asm volatile("");
  return result;
}

[[gnu::noinline]] int close_shop() {
  const int result = wait_for_delivery();
  asm volatile("");
  return result;
}

struct undoing {
  ~undoing() { count_stock(); }
};

}  // namespace shop

namespace {

using namespace asioscope;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

/// A thread that runs `body` as a handler, until it is destroyed.
class handler_thread {
 public:
  explicit handler_thread(void (*body)()) {
    shop::enough = false;
    thread_ = std::thread([this, body] {
      const test::running_handler handler("test");
      state_ = &recorder::this_thread();
      body();
    });
    while (state_ == nullptr)
      std::this_thread::yield();
  }
  ~handler_thread() { join(); }
  void join() {
    shop::enough = true;
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] recorder::thread_state& state() const { return *state_; }
  [[nodiscard]] std::uint64_t sequence() const { return state().run.sequence.load(); }
  [[nodiscard]] recorder::ticks begin() const { return state().run.begin.load(); }

  watchdog::stack_sample sample(watchdog::stack_sampler& sampler) const {
    return sampler.take(&state(), state().os_id, sequence(), begin());
  }

 private:
  std::atomic<recorder::thread_state*> state_{nullptr};
  std::thread thread_;
};

TEST(stack_sampler, takes_the_stack_of_a_busy_thread) {
  watchdog::stack_sampler sampler;
  const handler_thread busy([] { shop::handle_order(); });
  watchdog::stack_sample sample;
  for (int i = 0; i < 20 && sample.addresses.empty(); ++i)
    sample = busy.sample(sampler);
  EXPECT_THAT(sample.reason, IsEmpty());
  const auto stack = watchdog::program_symboliser().frames(sample.addresses);
  const auto culprit =
      std::find_if(stack.begin(), stack.end(), [](const auto& frame) { return !frame.internal; });
  ASSERT_LT(culprit, stack.end() - 1);
  EXPECT_EQ(culprit[0].function, "shop::count_stock");
  EXPECT_EQ(culprit[1].function, "shop::handle_order");
}

std::string culprit_in(void (*body)()) {
  watchdog::stack_sampler sampler;
  const handler_thread busy(body);
  watchdog::stack_sample sample;
  for (int i = 0; i < 20 && sample.addresses.empty(); ++i)
    sample = busy.sample(sampler);
  return watchdog::culprit_of(watchdog::program_symboliser().frames(sample.addresses));
}

TEST(stack_sampler, finds_an_inlined_function_to_be_the_culprit) {
  EXPECT_EQ(culprit_in([] { shop::open_shop(); }), "shop::check_prices");
}

TEST(stack_sampler, finds_a_resumed_coroutine_to_be_the_culprit) {
  EXPECT_EQ(culprit_in([] {
              const auto coroutine = shop::browse("spring");
              coroutine.handle.resume();
              coroutine.handle.resume();
              coroutine.handle.destroy();
            }),
            "shop::browse");
}

TEST(stack_sampler, never_gives_the_stack_of_another_run) {
  watchdog::stack_sampler sampler;
  const handler_thread busy([] { shop::handle_order(); });
  const auto& thread = busy.state();
  for (const auto& [sequence, begin] : {std::pair{busy.sequence() - 1, busy.begin()},
                                        std::pair{busy.sequence(), busy.begin() - 1}}) {
    auto sample = sampler.take(&thread, thread.os_id, sequence, begin);
    for (int i = 0; i < 20 && sample.reason.find("did not answer") != std::string::npos; ++i) {
      sample = sampler.take(&thread, thread.os_id, sequence, begin);
    }
    EXPECT_THAT(sample.addresses, IsEmpty());
    EXPECT_THAT(sample.reason, HasSubstr("ended before"));
  }
}

TEST(stack_sampler, never_gives_the_stack_of_another_thread) {
  watchdog::stack_sampler sampler;
  const handler_thread busy([] { shop::handle_order(); });
  const auto& own = recorder::this_thread();
  EXPECT_THAT(sampler.take(&own, busy.state().os_id, busy.sequence(), busy.begin()).reason,
              HasSubstr("did not answer"));
  // What was given up leaves nothing behind.
  watchdog::stack_sample sample;
  for (int i = 0; i < 20 && sample.addresses.empty(); ++i)
    sample = busy.sample(sampler);
  EXPECT_THAT(sample.reason, IsEmpty());
}

TEST(stack_sampler, takes_the_stack_of_a_thread_in_a_system_call_and_lets_it_sleep) {
  static std::atomic<int> result{-2};
  static std::atomic<std::int64_t> slept_us{0};
  watchdog::stack_sampler sampler;
  handler_thread asleep([] {
    const auto begin = std::chrono::steady_clock::now();
    result = shop::close_shop();
    slept_us = (std::chrono::steady_clock::now() - begin) / 1us;
  });
  std::this_thread::sleep_for(40ms);
  const auto sample = asleep.sample(sampler);
  EXPECT_THAT(sample.reason, IsEmpty());
  const auto stack = watchdog::program_symboliser().frames(sample.addresses);
  EXPECT_EQ(watchdog::culprit_of(stack), "shop::wait_for_delivery");
  EXPECT_TRUE(std::any_of(stack.begin(), stack.end(),
                          [](const auto& frame) { return frame.function == "shop::close_shop"; }));
  asleep.join();
  EXPECT_EQ(result, 0);
  EXPECT_GE(slept_us, 150'000);
}

TEST(stack_sampler, does_not_signal_a_thread_that_blocks_signals) {
  watchdog::stack_sampler sampler;
  const handler_thread deaf([] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    shop::handle_order();
  });
  std::this_thread::sleep_for(20ms);
  const auto sample = deaf.sample(sampler);
  EXPECT_THAT(sample.addresses, IsEmpty());
  EXPECT_THAT(sample.reason, HasSubstr("blocks signal"));
}

TEST(stack_sampler, takes_no_stack_while_an_exception_is_in_flight) {
  watchdog::stack_sampler sampler;
  const handler_thread unwinding([] {
    try {
      const shop::undoing guard;
      throw std::runtime_error("no more stock");
    } catch (const std::runtime_error&) {
    }
  });
  std::this_thread::sleep_for(20ms);
  const auto sample = unwinding.sample(sampler);
  EXPECT_THAT(sample.addresses, IsEmpty());
  EXPECT_THAT(sample.reason, HasSubstr("exception was in flight"));
}

TEST(stack_sampler, leaves_a_signal_of_the_program_alone) {
  struct sigaction theirs {};
  theirs.sa_handler = [](int) {};
  sigaction(SIGRTMIN + 5, &theirs, nullptr);
  watchdog::stack_sampler sampler(SIGRTMIN + 5);
  struct sigaction now {};
  sigaction(SIGRTMIN + 5, nullptr, &now);
  EXPECT_EQ(now.sa_handler, theirs.sa_handler);
  const handler_thread busy([] { shop::handle_order(); });
  EXPECT_THAT(busy.sample(sampler).reason, HasSubstr("in use by the program"));
}

TEST(stack_sampler, survives_a_storm_of_exceptions) {
  watchdog::stack_sampler sampler;
  handler_thread thrower([] {
    while (!shop::enough) {
      try {
        throw std::runtime_error("storm");
      } catch (const std::runtime_error&) {
      }
    }
  });
  int taken = 0;
  for (int i = 0; i < 300; ++i)
    taken += thrower.sample(sampler).addresses.empty() ? 0 : 1;
  EXPECT_GT(taken, 0);
}

}  // namespace
