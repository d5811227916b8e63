// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/sync.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <mutex>
#include <thread>

namespace asioscope::core::detail {

/// Something with waiting operations, which must be gone before their execution context is.
class context_member : public boost::intrusive::list_base_hook<> {
 public:
  /// Destroys the handlers of all that wait, without invoking them; nothing waits from now on.
  virtual void shut_down() noexcept = 0;

 protected:
  explicit context_member(bool (*keep)(context_member&) noexcept) noexcept : keep_(keep) {}
  ~context_member() = default;

  /// What `keep` took.
  virtual void let_go() noexcept = 0;

  bool context_is_gone() const noexcept { return context_is_gone_.load(std::memory_order_acquire); }

 private:
  friend class context_service;

  /// Becomes an owner of the member, unless another thread is just destroying it. Not virtual: that
  /// thread may have got to the base already.
  bool (*const keep_)(context_member&) noexcept;
  std::atomic<bool> context_is_gone_{false};
};

/// Does for the primitives what Asio's own services do for sockets and timers.
class context_service : public boost::asio::execution_context::service {
 public:
  using key_type = context_service;
  inline static boost::asio::execution_context::id id;

  explicit context_service(boost::asio::execution_context& context) : service(context) {}

  void add(context_member& member) {
    const std::lock_guard lock(mutex_);
    members_.push_back(member);
  }

  void remove(context_member& member) noexcept {
    const std::lock_guard lock(mutex_);
    members_.erase(members_.iterator_to(member));
  }

 private:
  void shutdown() noexcept override {
    while (context_member* const member = next()) {
      member->shut_down();
      member->let_go();
    }
  }

  context_member* next() noexcept {
    std::unique_lock lock(mutex_);
    // One that is being destroyed on another thread will say so, and needs this service until then.
    while (!members_.empty() && !keep(members_.front())) {
      lock.unlock();
      std::this_thread::yield();
      lock.lock();
    }
    if (members_.empty()) return nullptr;
    context_member& first = members_.front();
    members_.pop_front();
    first.context_is_gone_.store(true, std::memory_order_release);
    return &first;
  }

  static bool keep(context_member& member) noexcept { return member.keep_(member); }

  std::mutex mutex_;
  boost::intrusive::list<context_member> members_;
};

/// What a primitive, its waiting operations and what they were given own together. Lives until the
/// last of them is gone.
template <class Executor, class Sync>
class shared_state : public context_member {
 public:
  shared_state(const shared_state&) = delete;
  shared_state& operator=(const shared_state&) = delete;

  const Executor& executor() const noexcept { return executor_; }

  /// Nobody uses it but the one who asks.
  bool has_one_owner() const noexcept { return owners_.is_one(); }

 protected:
  explicit shared_state(const Executor& executor)
      : context_member(&keep),
        executor_(executor),
        service_(&boost::asio::use_service<context_service>(
            boost::asio::query(executor, boost::asio::execution::context))) {
    service_->add(*this);
  }

  virtual ~shared_state() {
    if (!context_is_gone()) service_->remove(*this);
  }

  mutable Sync mutex_;

 private:
  friend void intrusive_ptr_add_ref(shared_state* state) noexcept { state->owners_.add(); }
  friend void intrusive_ptr_release(shared_state* state) noexcept {
    if (state->owners_.remove()) delete state;
  }

  static bool keep(context_member& member) noexcept {
    return static_cast<shared_state&>(member).owners_.add_if_any();
  }
  void let_go() noexcept override { intrusive_ptr_release(this); }

  owner_count<Sync> owners_;
  Executor executor_;
  context_service* service_;
};

template <class State>
using state_ptr = boost::intrusive_ptr<State>;

}  // namespace asioscope::core::detail
