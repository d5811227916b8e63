// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/gate_state.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <mutex>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace asioscope::core {

/// Opens for good when it has been counted down so many times: `std::latch` for those who must not
/// block.
///
/// Threads, cancellation and lifetime as with `basic_semaphore`.
template <class Executor = boost::asio::any_io_executor, class Sync = std::mutex,
          class Clock = std::chrono::steady_clock>
class basic_latch : public detail::gate<Executor, Sync, Clock> {
  using base = detail::gate<Executor, Sync, Clock>;

 public:
  template <class Other>
  struct rebind_executor {
    using other = basic_latch<Other, Sync, Clock>;
  };

  /// \param count 0: it is open
  /// \param name  under which it is seen (resource.hpp); empty: not at all
  basic_latch(const Executor& executor, std::size_t count, std::string name = {})
      : base(executor, resource_kind::latch, count, std::move(name)) {}

  template <class Context>
  requires std::is_convertible_v<Context&, boost::asio::execution_context&> basic_latch(
      Context& context, std::size_t count, std::string name = {})
      : basic_latch(Executor(context.get_executor()), count, std::move(name)) {}

  /// \throws std::logic_error it has not so much to go; then nothing is counted
  void count_down(std::size_t by = 1) {
    if (!this->state_->lower(by))
      throw std::logic_error("latch: counted down more often than it was made for");
  }

  bool try_wait() const { return this->state_->is_open(); }
  std::size_t count() const { return this->state_->count(); }
};

using latch = basic_latch<>;

}  // namespace asioscope::core
