// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>

namespace asioscope::test_kit {

/// What `loop::step` has done.
enum class step_result {
  ran,       ///< a handler
  advanced,  ///< the virtual clock, to the next deadline
  finished,  ///< nothing: there is no more work
  stuck,     ///< nothing: there is work, but nothing that could ever make it go on
};

/// A loop under the virtual clock: time passes only when nothing can run.
/// Thread safety: none; what other threads post is waited for.
class loop {
 public:
  /// \param patience how long something real, a socket or another thread, may take (real time)
  ///                 before the clock moves on without it
  /// \param stuck_after how long nothing may happen (real time) before the loop counts as stuck
  explicit loop(std::chrono::nanoseconds patience = {},
                std::chrono::nanoseconds stuck_after = std::chrono::seconds(1));

  boost::asio::io_context& context() noexcept { return context_; }

  /// Runs one handler, or waits, or lets time pass.
  step_result step();

  /// Runs all that is ready, at this moment of the clock. Returns how many handlers.
  std::size_t run_ready();

  /// Runs until no work is left.
  step_result run();

  /// Runs until so much virtual time has passed, and all that is ready then.
  void run_for(std::chrono::nanoseconds time);

 private:
  boost::asio::io_context context_;
  std::chrono::nanoseconds patience_;
  std::chrono::nanoseconds stuck_after_;
};

}  // namespace asioscope::test_kit
