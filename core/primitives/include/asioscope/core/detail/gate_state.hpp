// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/initiate_wait.hpp"
#include "asioscope/core/detail/waiting_state.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace asioscope::core::detail {

/// Open when nothing keeps it shut: what events, latches and wait groups have in common.
template <class Executor, class Sync, class Clock>
class gate_state final
    : public waiting_state<gate_state<Executor, Sync, Clock>, Executor, Sync, Clock> {
 public:
  struct gate_wait : waiter<> {
   protected:
    ~gate_wait() = default;
  };

  using initiate = initiate_wait<gate_state, gate_wait>;

  gate_state(const Executor& executor, resource_kind kind, std::size_t count, std::string name)
      : gate_state::waiting_state(executor, kind, std::move(name)), count_(count) {
    this->list();
  }

  ~gate_state() override { this->unlist(); }

  bool is_open() const {
    const std::lock_guard lock(this->mutex_);
    return count_ == 0;
  }

  /// What keeps it shut.
  std::size_t count() const {
    const std::lock_guard lock(this->mutex_);
    return count_;
  }

  std::size_t waiting() const {
    const std::lock_guard lock(this->mutex_);
    return waiting_.size();
  }

  void set(std::size_t count) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    count_ = count;
    proceed(settled);
  }

  void raise(std::size_t by) {
    const std::lock_guard lock(this->mutex_);
    count_ += by;
  }

  /// False: there was not so much.
  bool lower(std::size_t by) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (by > count_) return false;
    count_ -= by;
    proceed(settled);
    return true;
  }

  std::optional<std::tuple<error_code>> attempt() {
    const std::lock_guard lock(this->mutex_);
    if (this->closed_) return std::tuple(error_code(errc::closed));
    if (count_ == 0) return std::tuple(error_code());
    return std::nullopt;
  }

  void add(gate_wait& request) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (this->closed_) {
      request.fail(errc::closed);
      settled.add(request, wait_outcome::closed);
    } else {
      this->queue(request, waiting_, settled);
      proceed(settled);
    }
  }

  void describe(resource_description& description) const override {
    const std::lock_guard lock(this->mutex_);
    description.gauge("count", static_cast<double>(count_));
    this->describe_waiters(description);
  }

 private:
  friend typename gate_state::waiting_state;

  auto lists() noexcept { return std::tie(waiting_); }

  void proceed(settled_waiters& settled) noexcept {
    while (count_ == 0 && !waiting_.empty()) {
      gate_wait& first = waiting_.pop_front();
      first.settle({});
      settled.add(first, wait_outcome::granted);
    }
  }

  std::size_t count_;
  wait_list<gate_wait> waiting_;
};

/// What events, latches and wait groups are like from outside.
template <class Executor, class Sync, class Clock>
class gate {
 public:
  using executor_type = Executor;
  using clock_type = Clock;
  using wait_signature = void(error_code);

  gate(gate&&) noexcept = default;
  gate& operator=(gate&& other) noexcept {
    if (state_ != nullptr) state_->cancel_all();
    state_ = std::move(other.state_);
    return *this;
  }

  executor_type get_executor() const noexcept { return state_->executor(); }

  /// Waits until it is open; at once, if it is. Errors: `operation_aborted`.
  template <boost::asio::completion_token_for<wait_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_wait(Token&& token = {}) {
    return async_wait_until(never<Clock>, std::forward<Token>(token));
  }

  /// Until then, or with the error `timed_out`.
  template <boost::asio::completion_token_for<wait_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_wait_until(typename Clock::time_point deadline, Token&& token = {}) {
    return boost::asio::async_initiate<Token, wait_signature>(typename state::initiate(state_),
                                                              token, deadline);
  }

  template <boost::asio::completion_token_for<wait_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_wait_for(typename Clock::duration timeout, Token&& token = {}) {
    return async_wait_until(after<Clock>(timeout), std::forward<Token>(token));
  }

  /// All waits end with `operation_aborted`.
  void cancel() { state_->cancel_all(); }

  std::size_t waiting() const { return state_->waiting(); }

 protected:
  using state = gate_state<Executor, Sync, Clock>;

  gate(const Executor& executor, resource_kind kind, std::size_t count, std::string name)
      : state_(new state(executor, kind, count, std::move(name))) {}
  ~gate() {
    if (state_ != nullptr) state_->cancel_all();
  }

  state_ptr<state> state_;
};

}  // namespace asioscope::core::detail
