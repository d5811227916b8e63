// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/gate_state.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

namespace asioscope::core {

/// Something that has happened, or has not yet. All who wait for it go on when it is set, in their
/// order, and nobody waits as long as it stays set.
///
/// Threads, cancellation and lifetime as with `basic_semaphore`.
template <class Executor = boost::asio::any_io_executor, class Sync = std::mutex,
          class Clock = std::chrono::steady_clock>
class basic_event : public detail::gate<Executor, Sync, Clock> {
  using base = detail::gate<Executor, Sync, Clock>;

 public:
  template <class Other>
  struct rebind_executor {
    using other = basic_event<Other, Sync, Clock>;
  };

  /// \param name under which it is seen (resource.hpp); empty: not at all
  explicit basic_event(const Executor& executor, bool set = false, std::string name = {})
      : base(executor, resource_kind::event, set ? 0 : 1, std::move(name)) {}

  template <class Context>
  requires std::is_convertible_v<Context&, boost::asio::execution_context&>
  explicit basic_event(Context& context, bool set = false, std::string name = {})
      : basic_event(Executor(context.get_executor()), set, std::move(name)) {}

  /// Not set.
  basic_event(const Executor& executor, const char* name) : basic_event(executor, false, name) {}
  template <class Context>
  requires std::is_convertible_v<Context&, boost::asio::execution_context&> basic_event(
      Context& context, const char* name)
      : basic_event(context, false, name) {}

  void set() { this->state_->set(0); }
  void reset() { this->state_->set(1); }
  bool is_set() const { return this->state_->is_open(); }
};

using event = basic_event<>;

}  // namespace asioscope::core
