// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/wait_traits.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace asioscope::test_kit {

/// A steady clock that stands still until the test moves it, or until nothing else can happen.
/// One for the whole process.
/// Thread safety: any thread.
struct virtual_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<virtual_clock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept;
  static void advance(duration by) noexcept;
  /// As at the beginning of each test. Not while a timer waits.
  static void reset() noexcept;
};

namespace detail {
/// Asio asks how long it may sleep until the earliest timer of this clock: this long, and it must
/// not sleep at all.
virtual_clock::duration note_wait(virtual_clock::duration remaining) noexcept;
/// The shortest that was noted since the last call; nothing: no timer waits.
std::optional<virtual_clock::duration> take_noted_wait() noexcept;
}  // namespace detail

}  // namespace asioscope::test_kit

template <>
struct boost::asio::wait_traits<asioscope::test_kit::virtual_clock> {
  static auto to_wait_duration(const asioscope::test_kit::virtual_clock::duration& remaining) {
    return asioscope::test_kit::detail::note_wait(remaining);
  }
  static auto to_wait_duration(const asioscope::test_kit::virtual_clock::time_point& when) {
    return to_wait_duration(when - asioscope::test_kit::virtual_clock::now());
  }
};

namespace asioscope::test_kit {
using virtual_timer = boost::asio::basic_waitable_timer<virtual_clock>;
}
