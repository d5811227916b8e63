// SPDX-License-Identifier: BSL-1.0
#include "asioscope/test_kit/loop.hpp"

#include "stall_watch.hpp"
#include "watched_thread.hpp"

#include "asioscope/test_kit/real_work.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <algorithm>
#include <optional>
#include <thread>

namespace asioscope::test_kit {

namespace {

/// A handler that is ready, if there is one.
bool poll_one(boost::asio::io_context& context) {
  const detail::run_mark mark(&context);
  return context.poll_one() != 0;
}

/// A handler that gets ready within this real time.
bool run_one_for(boost::asio::io_context& context, std::chrono::nanoseconds time) {
  if (time.count() <= 0) return false;
  if (!detail::stall_watch::any()) {
    const detail::run_mark mark(&context);
    return context.run_one_for(time) != 0;
  }
  const auto end = std::chrono::steady_clock::now() + time;
  while (!poll_one(context)) {
    if (context.stopped() || std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  return true;
}

}  // namespace

loop::loop(std::chrono::nanoseconds patience, std::chrono::nanoseconds stuck_after)
    : patience_(patience), stuck_after_(stuck_after) {}

step_result loop::step() {
  context_.restart();
  detail::take_noted_wait();
  if (poll_one(context_)) return step_result::ran;
  if (context_.stopped()) return step_result::finished;
  // Nothing is ready: Asio has just asked how long it may sleep.
  const std::optional<virtual_clock::duration> until_next = detail::take_noted_wait();
  if (until_next.has_value()) {
    if (run_one_for(context_, real_work::any() ? stuck_after_ : patience_)) return step_result::ran;
    virtual_clock::advance(std::max(*until_next, virtual_clock::duration(0)));
    return step_result::advanced;
  }
  return run_one_for(context_, stuck_after_) ? step_result::ran : step_result::stuck;
}

std::size_t loop::run_ready() {
  context_.restart();
  std::size_t ran = 0;
  while (poll_one(context_))
    ++ran;
  return ran;
}

step_result loop::run() {
  for (;;) {
    const step_result result = step();
    if (result == step_result::finished || result == step_result::stuck) return result;
  }
}

void loop::run_for(std::chrono::nanoseconds time) {
  const auto end = virtual_clock::now() + time;
  for (;;) {
    detail::take_noted_wait();
    run_ready();
    const auto left = end - virtual_clock::now();
    if (left.count() <= 0) return;
    detail::take_noted_wait();
    context_.restart();
    if (poll_one(context_)) continue;
    const std::optional<virtual_clock::duration> until_next = detail::take_noted_wait();
    if (real_work::any() && run_one_for(context_, stuck_after_)) continue;
    virtual_clock::advance(std::clamp(until_next.value_or(left), virtual_clock::duration(0), left));
  }
}

}  // namespace asioscope::test_kit
