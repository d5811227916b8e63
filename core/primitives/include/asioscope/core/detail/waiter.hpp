// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/error.hpp"
#include "asioscope/core/resource.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace asioscope::core::detail {

class waiter_base;

/// A deadline and the operation that it concerns; of those two each may be gone before the other.
/// Under the primitive's lock, but for `stop`.
class deadline {
 public:
  /// False: it has passed.
  bool concerns(waiter_base& waiter) noexcept {
    waiter_ = passed_ ? nullptr : &waiter;
    return !passed_;
  }

  void forget() noexcept { waiter_ = nullptr; }

  /// Whose wait is over because the deadline has passed; null: nobody's.
  waiter_base* pass() noexcept {
    passed_ = true;
    return std::exchange(waiter_, nullptr);
  }

  /// The timer need not run any longer.
  virtual void stop() noexcept = 0;

 protected:
  ~deadline() = default;

 private:
  waiter_base* waiter_ = nullptr;
  bool passed_ = false;
};

/// An operation that waits in a primitive. Its life, all steps but the last under the primitive's
/// lock: queued, settled, and then, without the lock, either posted to the handler's executor or
/// dropped. Each of the two ends its life.
class waiter_base : public boost::intrusive::list_base_hook<> {
 public:
  waiter_base(const waiter_base&) = delete;
  waiter_base& operator=(const waiter_base&) = delete;

  bool queued() const noexcept { return queued_; }

  /// Whose wait it is and since when; only kept for named primitives.
  const resource_wait& wait() const noexcept { return wait_; }
  void set_wait(resource_wait wait) noexcept { wait_ = wait; }

  /// Its turn has come, but it goes on: it is off its list, and its deadline concerns it still.
  void keep_deadline() noexcept {
    if (deadline_ != nullptr) deadline_->concerns(*this);
  }
  void forget_deadline() noexcept {
    if (deadline_ != nullptr) deadline_->forget();
  }

  /// Posts the handler with the results it was settled with. Out of memory ends the program.
  virtual void post() noexcept = 0;
  /// Destroys the handler.
  virtual void drop() noexcept = 0;

 protected:
  waiter_base() = default;
  ~waiter_base() = default;

  void set_deadline(deadline* limit) noexcept { deadline_ = limit; }

 private:
  template <class Node>
  friend class wait_list;
  friend class settled_waiters;

  waiter_base* next_settled_ = nullptr;
  deadline* deadline_ = nullptr;
  resource_wait wait_;
  wait_outcome outcome_ = wait_outcome::granted;
  bool queued_ = false;
};

/// With the results that its handler is given.
template <class... Values>
class waiter : public waiter_base {
 public:
  virtual void settle(error_code error, Values... values) noexcept = 0;
  void fail(error_code error) noexcept { settle(error, Values()...); }

 protected:
  ~waiter() = default;
};

/// Those whose wait is over. Made before the primitive's lock is taken, so that they are posted
/// when it is free again: a handler's executor is the user's code, and so is an observer.
class settled_waiters {
 public:
  explicit settled_waiters(const resource& primitive) noexcept : resource_(primitive.id()) {}
  settled_waiters(const settled_waiters&) = delete;
  settled_waiters& operator=(const settled_waiters&) = delete;

  ~settled_waiters() {
    if (first_ != nullptr) post_all();
  }

  void add(waiter_base& settled, wait_outcome outcome) noexcept {
    settled.outcome_ = outcome;
    *end_ = &settled;
    end_ = &settled.next_settled_;
  }

 private:
  void post_all() noexcept {
    do {
      waiter_base& each = *std::exchange(first_, first_->next_settled_);
      tell(each);
      each.post();
    } while (first_ != nullptr);
  }

  void tell(const waiter_base& each) const noexcept {
    if (resource_ == 0) return;
    if (observer* const listener = current_observer())
      listener->wait_ended(resource_, each.wait().task,
                           std::chrono::steady_clock::now() - each.wait().since, each.outcome_);
  }

  resource_id resource_;
  waiter_base* first_ = nullptr;
  waiter_base** end_ = &first_;
};

/// The waiting operations of a primitive, first come first served. Under its lock.
template <class Node>
class wait_list {
 public:
  wait_list() = default;
  wait_list(const wait_list&) = delete;
  wait_list& operator=(const wait_list&) = delete;

  bool empty() const noexcept { return nodes_.empty(); }
  std::size_t size() const noexcept { return nodes_.size(); }
  Node& front() noexcept { return nodes_.front(); }

  /// Of all of them, where a node has a weight.
  std::uint64_t weight() const noexcept { return weight_; }

  /// False: its deadline has passed, and it does not wait.
  bool push_back(Node& node) noexcept {
    waiter_base& base = node;
    if (base.deadline_ != nullptr && !base.deadline_->concerns(base)) return false;
    base.queued_ = true;
    nodes_.push_back(node);
    weight_ += weight_of(node);
    return true;
  }

  void remove(Node& node) noexcept {
    waiter_base& base = node;
    base.queued_ = false;
    base.forget_deadline();
    nodes_.erase(nodes_.iterator_to(node));
    weight_ -= weight_of(node);
  }

  Node& pop_front() noexcept {
    Node& first = nodes_.front();
    remove(first);
    return first;
  }

  auto begin() const noexcept { return nodes_.begin(); }
  auto end() const noexcept { return nodes_.end(); }

 private:
  static std::uint64_t weight_of(const Node& node) noexcept {
    if constexpr (requires { node.weight(); })
      return node.weight();
    else
      return 0;
  }

  std::uint64_t weight_ = 0;
  boost::intrusive::list<Node, boost::intrusive::base_hook<boost::intrusive::list_base_hook<>>>
      nodes_;
};

}  // namespace asioscope::core::detail
