// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/test_kit/loop.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/query.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <memory>

namespace asioscope::test_kit {

namespace detail {

class stall_watch;

struct place {
  const char* file;
  int line;
};

inline const boost::asio::execution_context& context_of(loop& in) noexcept { return in.context(); }
inline const boost::asio::execution_context& context_of(
    const boost::asio::execution_context& in) noexcept {
  return in;
}
template <class Executor>
requires boost::asio::can_query_v<const Executor&, boost::asio::execution::context_t>
const boost::asio::execution_context& context_of(const Executor& executor) noexcept {
  return boost::asio::query(executor, boost::asio::execution::context);
}

}  // namespace detail

/// The test fails, with the stack of the code, when the thread that has made this blocks for longer
/// than the limit before this goes. Each handler that a loop of the kit runs on it counts for
/// itself; outside of loops, all between this and its end counts as one.
///
/// Blocking is using the CPU, or sleeping, waiting for a lock or in any other system call: not
/// standing in line for the CPU on a machine that has others to run, nor being stopped by a
/// debugger or a signal. It is watched from another thread, while it lasts: what is shorter than
/// the limit is never reported, what is longer than one and a half times the limit always, unless
/// the watcher itself does not get to run.
///
/// Uses the signal SIGRTMIN + 5, for the stack. Lines are found with addr2line, if there is one.
class no_blocking_scope {
 public:
  explicit no_blocking_scope(std::chrono::nanoseconds limit = std::chrono::milliseconds(5),
                             const char* file = __builtin_FILE(), int line = __builtin_LINE());
  no_blocking_scope(const no_blocking_scope&) = delete;
  no_blocking_scope& operator=(const no_blocking_scope&) = delete;
  ~no_blocking_scope();

 private:
  std::unique_ptr<detail::stall_watch> watch_;
};

/// The same for all handlers of one loop, on whatever threads: what EXPECT_NO_STALL makes.
class no_stall_scope {
 public:
  template <class Loop>
  no_stall_scope(Loop&& loop, std::chrono::nanoseconds limit, testing::TestPartResult::Type how,
                 detail::place where)
      : no_stall_scope(&detail::context_of(loop), limit, how, where) {}
  no_stall_scope(const no_stall_scope&) = delete;
  no_stall_scope& operator=(const no_stall_scope&) = delete;
  ~no_stall_scope();

 private:
  no_stall_scope(const boost::asio::execution_context* context, std::chrono::nanoseconds limit,
                 testing::TestPartResult::Type how, detail::place where);

  std::unique_ptr<detail::stall_watch> watch_;
};

/// Like `context.run()`, for loops that are not of the kit: so that one knows where a handler ends.
std::size_t run_watched(boost::asio::io_context& context);

}  // namespace asioscope::test_kit

#define ASIOSCOPE_NO_STALL_(loop, limit, how)                                                \
  const ::asioscope::test_kit::no_stall_scope GTEST_CONCAT_TOKEN_(no_stall_from_, __LINE__)( \
      loop, limit, ::testing::TestPartResult::how, {__FILE__, __LINE__})

/// ASSERT_NO_STALL(loop, 5ms): from here to the end of the block no handler of the loop may block
/// it for longer. The loop: a `loop`, an `io_context` that `run_watched` runs, or an executor of
/// either.
#define EXPECT_NO_STALL(loop, limit) ASIOSCOPE_NO_STALL_(loop, limit, kNonFatalFailure)
#define ASSERT_NO_STALL(loop, limit) ASIOSCOPE_NO_STALL_(loop, limit, kFatalFailure)
