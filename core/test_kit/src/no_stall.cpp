// SPDX-License-Identifier: BSL-1.0
#include "asioscope/test_kit/no_stall.hpp"

#include "stall_watch.hpp"
#include "watched_thread.hpp"

#include <thread>

namespace asioscope::test_kit {

no_blocking_scope::no_blocking_scope(std::chrono::nanoseconds limit, const char* file, int line)
    : watch_(std::make_unique<detail::stall_watch>(
          nullptr, limit, testing::TestPartResult::kNonFatalFailure, detail::place{file, line})) {}

no_blocking_scope::~no_blocking_scope() = default;

no_stall_scope::no_stall_scope(const boost::asio::execution_context* context,
                               std::chrono::nanoseconds limit, testing::TestPartResult::Type how,
                               detail::place where)
    : watch_(std::make_unique<detail::stall_watch>(context, limit, how, where)) {}

no_stall_scope::~no_stall_scope() = default;

std::size_t run_watched(boost::asio::io_context& context) {
  std::size_t handlers = 0;
  for (;;) {
    {
      const detail::run_mark mark(&context);
      const std::size_t ran = context.poll_one();
      handlers += ran;
      if (ran != 0) continue;
    }
    if (context.stopped()) return handlers;
    // Waiting inside of Asio would run a handler unmarked.
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

}  // namespace asioscope::test_kit
