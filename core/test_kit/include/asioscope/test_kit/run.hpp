// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/test_kit/loop.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace asioscope::test_kit {

using test_body = std::function<boost::asio::awaitable<void>()>;

struct run_options {
  /// Of real time; then the test, or, if a handler does not return, the program is ended.
  std::chrono::seconds wall_limit{30};
  /// See `loop`.
  std::chrono::nanoseconds patience{0};
  std::chrono::nanoseconds stuck_after{std::chrono::seconds(1)};
  /// 0: in their order. Else handlers that are ready at the same time run in an order that this
  /// number decides.
  std::uint64_t shuffle = 0;
  /// Work may be left when the body is done; it is destroyed.
  bool may_leave_work = false;
};

/// Runs the body in a loop of its own under the virtual clock, as the test does that calls it.
///
/// The test fails when the body throws, when it can never go on (with a list of who waits where),
/// when it leaves work, and when a primitive, a permit or a handle outlives it.
void run(const test_body& body, const run_options& options = {});

/// The same in so many orders; the failure says which number for `shuffle` repeats it
/// (schedules.hpp).
void run_shuffled(const test_body& body, std::size_t times);

/// Ends the loop at every point where it can end: after no handler, after one, after two… and
/// destroys it with all that waits. What is wrong with that the sanitizers say.
/// \returns at how many points
std::size_t tear_down_everywhere(const test_body& body, std::size_t most = 10'000);

/// Lets virtual time pass for the coroutine.
boost::asio::awaitable<void> sleep_for(std::chrono::nanoseconds time);

/// Lets all others run that are ready.
boost::asio::awaitable<void> yield(std::size_t times = 1);

}  // namespace asioscope::test_kit
