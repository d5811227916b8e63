// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/config_error.hpp"
#include "asioscope/core/detail/initiate_wait.hpp"
#include "asioscope/core/detail/waiting_state.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace asioscope::core {

template <class Executor, class Sync, class Clock>
class basic_permit;

namespace detail {

template <class Executor, class Sync, class Clock>
class semaphore_state final
    : public waiting_state<semaphore_state<Executor, Sync, Clock>, Executor, Sync, Clock> {
 public:
  using permit = basic_permit<Executor, Sync, Clock>;

  struct acquire_wait : waiter<permit> {
    explicit acquire_wait(std::size_t count) noexcept : wanted(count) {}
    std::size_t wanted;

   protected:
    ~acquire_wait() = default;
  };

  using initiate_acquire = initiate_wait<semaphore_state, acquire_wait, permit>;

  semaphore_state(const Executor& executor, resource_kind kind, std::size_t permits,
                  std::string name)
      : semaphore_state::waiting_state(executor, kind, std::move(name)), limit_(permits) {
    require_config(permits > 0, "semaphore.permits", "must be greater than 0");
    this->list();
  }

  ~semaphore_state() override { this->unlist(); }

  permit try_acquire(std::size_t count) noexcept {
    const std::lock_guard lock(this->mutex_);
    if (this->closed_ || !waiting_.empty() || !there_are(count)) return {};
    return take(count, state_ptr<semaphore_state>(this));
  }

  /// Inlined where the results go on to be posted: what is written in small pieces and read as one
  /// right after, the processor has to wait for.
  [[gnu::always_inline]] std::optional<std::tuple<error_code, permit>> attempt(
      state_ptr<semaphore_state>& self, std::size_t count) {
    std::optional<std::tuple<error_code, permit>> results;
    const std::lock_guard lock(this->mutex_);
    if (this->closed_)
      results.emplace(errc::closed, permit());
    else if (count > limit_)
      results.emplace(errc::too_much, permit());
    else if (waiting_.empty() && there_are(count))
      results.emplace(error_code(), take(count, std::move(self)));
    return results;
  }

  void add(acquire_wait& request) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (this->closed_) {
      request.fail(errc::closed);
      settled.add(request, wait_outcome::closed);
    } else if (request.wanted > limit_) {  // since the attempt
      request.fail(errc::too_much);
      settled.add(request, wait_outcome::closed);
    } else {
      this->queue(request, waiting_, settled);
      proceed(settled);
    }
  }

  void release(std::size_t count) noexcept {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    taken_ -= count;
    if (!waiting_.empty()) proceed(settled);
  }

  void forget(std::size_t count) noexcept {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    taken_ -= count;
    limit_ -= count;
    refuse_impossible(settled);
  }

  void resize(std::size_t permits) {
    require_config(permits > 0, "semaphore.permits", "must be greater than 0");
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    limit_ = permits;
    refuse_impossible(settled);
    proceed(settled);
  }

  void close() {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    this->closed_ = true;
    this->end_all(errc::closed, wait_outcome::closed, settled);
  }

  std::size_t limit() const {
    const std::lock_guard lock(this->mutex_);
    return limit_;
  }

  std::size_t available() const {
    const std::lock_guard lock(this->mutex_);
    return limit_ - std::min(limit_, taken_);
  }

  std::size_t waiting() const {
    const std::lock_guard lock(this->mutex_);
    return waiting_.size();
  }

  void describe(resource_description& description) const override {
    const std::lock_guard lock(this->mutex_);
    description.gauge("limit", static_cast<double>(limit_));
    description.gauge("in_use", static_cast<double>(taken_));
    description.total("acquired", static_cast<double>(acquired_));
    this->describe_waiters(description);
  }

 private:
  friend typename semaphore_state::waiting_state;

  auto lists() noexcept { return std::tie(waiting_); }

  bool there_are(std::size_t count) const noexcept {
    return taken_ <= limit_ && count <= limit_ - taken_;
  }

  permit take(std::size_t count, state_ptr<semaphore_state>&& owner) noexcept {
    taken_ += count;
    ++acquired_;
    return permit(std::move(owner), count);
  }

  void proceed(settled_waiters& settled) noexcept {
    while (!waiting_.empty() && there_are(waiting_.front().wanted)) {
      acquire_wait& first = waiting_.pop_front();
      first.settle({}, take(first.wanted, state_ptr<semaphore_state>(this)));
      settled.add(first, wait_outcome::granted);
    }
  }

  /// Who wants more than there are now would wait for ever, and all behind it.
  void refuse_impossible(settled_waiters& settled) noexcept {
    for (auto each = waiting_.begin(); each != waiting_.end();) {
      auto& request = const_cast<acquire_wait&>(*each++);
      if (request.wanted <= limit_) continue;
      waiting_.remove(request);
      request.fail(errc::too_much);
      settled.add(request, wait_outcome::closed);
    }
  }

  std::size_t limit_;
  std::size_t taken_ = 0;
  std::uint64_t acquired_ = 0;
  wait_list<acquire_wait> waiting_;
};

}  // namespace detail

}  // namespace asioscope::core
