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

/// Counts what is under way; one can wait until nothing is. Go's sync.WaitGroup.
///
/// Threads, cancellation and lifetime as with `basic_semaphore`. A member may outlive the group.
template <class Executor = boost::asio::any_io_executor, class Sync = std::mutex,
          class Clock = std::chrono::steady_clock>
class basic_wait_group : public detail::gate<Executor, Sync, Clock> {
  using base = detail::gate<Executor, Sync, Clock>;
  using typename base::state;

 public:
  template <class Other>
  struct rebind_executor {
    using other = basic_wait_group<Other, Sync, Clock>;
  };

  /// Is under way as long as it lives.
  class member {
   public:
    member() noexcept = default;
    member(member&& other) noexcept = default;
    member& operator=(member&& other) noexcept {
      leave();
      state_ = std::move(other.state_);
      return *this;
    }
    ~member() { leave(); }

    void leave() noexcept {
      if (state_ != nullptr) state_->lower(1);
      state_.reset();
    }

   private:
    friend class basic_wait_group;
    explicit member(detail::state_ptr<state> group) noexcept : state_(std::move(group)) {
      state_->raise(1);
    }

    detail::state_ptr<state> state_;
  };

  /// \param name under which it is seen (resource.hpp); empty: not at all
  explicit basic_wait_group(const Executor& executor, std::string name = {})
      : base(executor, resource_kind::latch, 0, std::move(name)) {}

  template <class Context>
  requires std::is_convertible_v<Context&, boost::asio::execution_context&>
  explicit basic_wait_group(Context& context, std::string name = {})
      : basic_wait_group(Executor(context.get_executor()), std::move(name)) {}

  [[nodiscard]] member join() { return member(this->state_); }

  void add(std::size_t count = 1) { this->state_->raise(count); }

  /// \throws std::logic_error nothing is under way
  void done() {
    if (!this->state_->lower(1)) throw std::logic_error("wait_group: done more often than added");
  }

  std::size_t count() const { return this->state_->count(); }
};

using wait_group = basic_wait_group<>;

}  // namespace asioscope::core
