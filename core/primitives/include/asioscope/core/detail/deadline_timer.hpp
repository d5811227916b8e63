// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/waiter.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace asioscope::core::detail {

/// A deadline as Asio's timer keeps it.
template <class Clock, class Executor>
class deadline_timer final : public deadline {
 public:
  deadline_timer(const Executor& executor, typename Clock::time_point when)
      : timer_(executor, when) {}

  /// `passed(deadline&)` is called on the executor when it has passed.
  template <class Function>
  static std::shared_ptr<deadline> start(const Executor& executor, typename Clock::time_point when,
                                         Function passed) {
    auto self = std::allocate_shared<deadline_timer>(boost::asio::recycling_allocator<void>(),
                                                     executor, when);
    self->timer_.async_wait(
        [self, passed = std::move(passed)](const boost::system::error_code& error) {
          if (!error) passed(*self);
        });
    return self;
  }

  void stop() noexcept override {
    try {
      timer_.cancel();
    } catch (...) {  // then it runs out, and finds nobody
    }
  }

 private:
  boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Executor> timer_;
};

/// The moment after so much time; the last there is when that would be later still.
template <class Clock>
typename Clock::time_point after(typename Clock::duration timeout) {
  const auto now = Clock::now();
  const auto most = Clock::time_point::max() - now;
  return timeout < most ? now + timeout : Clock::time_point::max();
}

}  // namespace asioscope::core::detail
