// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/shared_state.hpp"
#include "asioscope/core/detail/waiter.hpp"
#include "asioscope/core/error.hpp"
#include "asioscope/core/resource.hpp"

#include <boost/asio/error.hpp>

#include <mutex>
#include <string>
#include <utility>

namespace asioscope::core::detail {

/// A primitive in which operations wait. `Derived` has
///
/// - `lists()`: a tuple of references to its wait lists, each with its own type of node;
/// - `proceed(settled_waiters&)`: looks, under the lock, whether somebody's wait is over now that
///   another has left.
template <class Derived, class Executor, class Sync, class Clock>
class waiting_state : public shared_state<Executor, Sync>, public resource {
 public:
  using executor_type = Executor;
  using clock_type = Clock;

  /// The wait of one ends, if it still waits.
  template <class Node>
  void cancel(Node& request) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (request.queued())
      leave(request, boost::asio::error::operation_aborted, wait_outcome::cancelled, settled);
  }

  template <class Node>
  void expire(deadline& passed) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (waiter_base* const late = passed.pass())
      leave(static_cast<Node&>(*late), errc::timed_out, wait_outcome::timed_out, settled);
  }

  /// The waits of all end.
  void cancel_all() {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    end_all(boost::asio::error::operation_aborted, wait_outcome::cancelled, settled);
  }

  bool is_closed() const {
    const std::lock_guard lock(this->mutex_);
    return closed_;
  }

 protected:
  waiting_state(const Executor& executor, resource_kind kind, std::string name)
      : shared_state<Executor, Sync>(executor), resource(kind, std::move(name)) {}

  /// Under the lock.
  void end_all(error_code error, wait_outcome outcome, settled_waiters& settled) noexcept {
    for_each_list([&](auto& list) { end_all_of(list, error, outcome, settled); });
  }

  template <class Node>
  void end_all_of(wait_list<Node>& list, error_code error, wait_outcome outcome,
                  settled_waiters& settled) noexcept {
    while (!list.empty()) {
      Node& request = list.pop_front();
      request.fail(error);
      settled.add(request, outcome);
    }
  }

  /// Under the lock: it waits from now on, unless its deadline has passed.
  template <class Node>
  void queue(Node& request, wait_list<Node>& list, settled_waiters& settled) noexcept {
    if (list.push_back(request)) return;
    request.fail(errc::timed_out);
    settled.add(request, wait_outcome::timed_out);
  }

  void describe_waiters(resource_description& description) const {
    for_each_list([&](const auto& list) { description.wait_for_it(list); });
  }

  /// Primitives that own more than those who wait drop it, too.
  void shut_down() noexcept override {
    // One at a time: what a handler destroys may come back here.
    const state_ptr<Derived> self(&derived());
    for_each_list([&](auto& list) {
      while (waiter_base* const left = first_of(list))
        left->drop();
    });
  }

  bool closed_ = false;

 private:
  Derived& derived() noexcept { return static_cast<Derived&>(*this); }

  template <class Function>
  void for_each_list(const Function& function) const {
    std::apply([&](auto&... list) { (function(list), ...); },
               const_cast<waiting_state*>(this)->derived().lists());
  }

  template <class Node>
  void leave(Node& request, error_code error, wait_outcome outcome, settled_waiters& settled) {
    std::get<wait_list<Node>&>(derived().lists()).remove(request);
    request.fail(error);
    settled.add(request, outcome);
    derived().proceed(settled);
  }

  template <class Node>
  waiter_base* first_of(wait_list<Node>& list) noexcept {
    const std::lock_guard lock(this->mutex_);
    closed_ = true;
    return list.empty() ? nullptr : &list.pop_front();
  }
};

}  // namespace asioscope::core::detail
