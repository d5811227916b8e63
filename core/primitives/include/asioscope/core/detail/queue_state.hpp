// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/initiate_wait.hpp"
#include "asioscope/core/detail/item_waits.hpp"
#include "asioscope/core/detail/waiting_state.hpp"

#include <boost/circular_buffer.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

/// Between any two calls: who waits to pop finds no item, who waits to push finds no room, and
/// only in a queue without capacity may somebody wait to push while there is no item.
template <class T, class Executor, class Sync, class Clock>
class queue_state final
    : public waiting_state<queue_state<T, Executor, Sync, Clock>, Executor, Sync, Clock> {
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "a queue moves its items where an exception would lose one");
  static_assert(std::is_default_constructible_v<T>,
                "a handler is given an item with an error, too: use std::optional or a pointer");

 public:
  struct pop_wait : waiter<T> {
   protected:
    ~pop_wait() = default;
  };

  struct push_wait : waiter<> {
    explicit push_wait(T&& pushed) noexcept : item(std::move(pushed)) {}
    T item;

   protected:
    ~push_wait() = default;
  };

  using initiate_pop = initiate_wait<queue_state, pop_wait, T>;
  using initiate_push = initiate_wait<queue_state, push_wait>;

  /// \param refill who waits to push is let in when there is room for so many: above 1, those who
  ///               push and pop in turn are not woken for each item
  queue_state(const Executor& executor, std::size_t capacity, std::string name,
              std::size_t refill = 1)
      : queue_state::waiting_state(executor, resource_kind::queue, std::move(name)),
        capacity_(capacity),
        refill_(refill) {
    this->list();
  }

  ~queue_state() override { this->unlist(); }

  bool try_push(T& item) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    return !this->closed_ && give(item, settled);
  }

  std::optional<T> try_pop() noexcept {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    return take(settled);
  }

  std::optional<std::tuple<error_code>> attempt(T& item) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (this->closed_) return std::tuple(error_code(errc::closed));
    if (give(item, settled)) return std::tuple(error_code());
    return std::nullopt;
  }

  std::optional<std::tuple<error_code, T>> attempt() {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (std::optional<T> item = take(settled); item.has_value())
      return std::tuple<error_code, T>(error_code(), std::move(*item));
    if (this->closed_) return std::tuple<error_code, T>(errc::closed, T());
    return std::nullopt;
  }

  void add(push_wait& request) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (this->closed_) {
      request.fail(errc::closed);
      settled.add(request, wait_outcome::closed);
    } else if (give(request.item, settled)) {
      request.settle({});
      settled.add(request, wait_outcome::granted);
    } else {
      this->queue(request, pushers_, settled);
    }
  }

  void add(pop_wait& request) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (std::optional<T> item = take(settled); item.has_value()) {
      request.settle({}, std::move(*item));
      settled.add(request, wait_outcome::granted);
    } else if (this->closed_) {
      request.fail(errc::closed);
      settled.add(request, wait_outcome::closed);
    } else {
      this->queue(request, poppers_, settled);
    }
  }

  void close() {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    this->closed_ = true;
    this->end_all(errc::closed, wait_outcome::closed, settled);
  }

  std::size_t capacity() const noexcept { return capacity_; }

  std::size_t size() const {
    const std::lock_guard lock(this->mutex_);
    return items_.size();
  }

  std::size_t waiting_to_push() const {
    const std::lock_guard lock(this->mutex_);
    return pushers_.size();
  }

  std::size_t waiting_to_pop() const {
    const std::lock_guard lock(this->mutex_);
    return poppers_.size();
  }

  void describe(resource_description& description) const override {
    const std::lock_guard lock(this->mutex_);
    description.state = this->closed_ ? "closed" : "open";
    description.gauge("capacity", static_cast<double>(capacity_));
    description.gauge("depth", static_cast<double>(items_.size()));
    description.gauge("oldest_item_age_seconds", since_.empty() ? 0.0 : age_of_first());
    description.gauge("waiting_to_push", static_cast<double>(pushers_.size()));
    description.gauge("waiting_to_pop", static_cast<double>(poppers_.size()));
    description.total("pushed", static_cast<double>(popped_ + items_.size()));
    description.total("popped", static_cast<double>(popped_));
    this->describe_waiters(description);
  }

 private:
  friend typename queue_state::waiting_state;

  using clock = std::chrono::steady_clock;  // as for those who wait
  static constexpr clock::time_point not_known{};

  auto lists() noexcept { return std::tie(poppers_, pushers_); }

  void shut_down() noexcept override {
    const state_ptr<queue_state> self(this);
    queue_state::waiting_state::shut_down();
    boost::circular_buffer<T> left;  // destroyed without the lock
    const std::lock_guard lock(this->mutex_);
    left.swap(items_);
    since_.clear();
  }

  /// Who leaves makes nothing possible for those who stay.
  void proceed(settled_waiters&) noexcept {}

  /// False: there is no room, and the item is still there.
  bool give(T& item, settled_waiters& settled) {
    if (!poppers_.empty()) {
      ++popped_;
      pop_wait& first = poppers_.pop_front();
      first.settle({}, std::move(item));
      settled.add(first, wait_outcome::granted);
      return true;
    }
    if (!pushers_.empty() || items_.size() == capacity_) return false;
    grow();
    put(std::move(item));
    return true;
  }

  std::optional<T> take(settled_waiters& settled) noexcept {
    std::optional<T> item;
    if (!items_.empty()) {
      item.emplace(std::move(items_.front()));
      items_.pop_front();
      book_wait();
    }
    if (!pushers_.empty()) let_in(item, settled);
    if (item.has_value()) ++popped_;
    return item;
  }

  void let_in(std::optional<T>& item, settled_waiters& settled) noexcept {
    if (!item.has_value()) item.emplace(take_from_first(settled));
    if (capacity_ - items_.size() < refill_) return;
    while (!pushers_.empty() && items_.size() < capacity_)
      put(take_from_first(settled));  // where there is room now
  }

  T take_from_first(settled_waiters& settled) noexcept {
    push_wait& first = pushers_.pop_front();
    T item(std::move(first.item));
    first.settle({});
    settled.add(first, wait_outcome::granted);
    return item;
  }

  /// By doubling, so that a queue that is never full does not take the memory of a full one.
  void grow() {
    if (!items_.full()) return;
    constexpr std::size_t first_items = 16;
    const std::size_t wanted = std::max(first_items, 2 * items_.capacity());
    items_.set_capacity(std::min(capacity_, wanted));
    if (this->id() != 0) since_.set_capacity(items_.capacity());
  }

  void put(T&& item) noexcept {
    items_.push_back(std::move(item));
    if (this->id() != 0) since_.push_back(item_waits::wanted(*this) ? clock::now() : not_known);
  }

  /// Of the item that has been taken.
  void book_wait() noexcept {
    if (this->id() == 0) return;
    if (since_.front() != not_known) waits_.add(*this, clock::now() - since_.front());
    since_.pop_front();
  }

  double age_of_first() const {
    if (since_.front() == not_known) return 0;
    return std::chrono::duration<double>(clock::now() - since_.front()).count();
  }

  std::size_t capacity_;
  std::size_t refill_;
  std::uint64_t popped_ = 0;
  boost::circular_buffer<T> items_;
  boost::circular_buffer<clock::time_point> since_;  // of each item; of a named queue only
  item_waits waits_;
  wait_list<pop_wait> poppers_;
  wait_list<push_wait> pushers_;
};

}  // namespace asioscope::core::detail
