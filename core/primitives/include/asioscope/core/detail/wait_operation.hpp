// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/deadline_timer.hpp"
#include "asioscope/core/detail/handler_work.hpp"
#include "asioscope/core/detail/shared_state.hpp"
#include "asioscope/core/detail/waiter.hpp"

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

template <class Handler>
using handler_allocator =
    boost::asio::associated_allocator_t<std::decay_t<Handler>,
                                        boost::asio::recycling_allocator<void>>;

template <class Handler>
handler_allocator<Handler> allocator_of(const Handler& handler) {
  return boost::asio::get_associated_allocator(handler, boost::asio::recycling_allocator<void>());
}

template <class Operation>
struct delete_operation {
  void operator()(Operation* operation) const noexcept { Operation::destroy(operation); }
};

template <class Operation>
using operation_ptr = std::unique_ptr<Operation, delete_operation<Operation>>;

/// What is posted when a wait is over.
template <class Operation>
class delivery {
 public:
  using allocator_type = typename Operation::allocator_type;

  explicit delivery(Operation* operation) noexcept : operation_(operation) {}

  allocator_type get_allocator() const noexcept { return operation_->get_allocator(); }

  void operator()() { Operation::deliver(std::move(operation_)); }

 private:
  operation_ptr<Operation> operation_;
};

/// A waiter with the handler of its user. `Node` derives from `waiter<Values…>` and holds what the
/// primitive wants to know of it; `State` is a `waiting_state`.
///
/// The handler is bound to nothing but its own associated executor, which is kept working. The
/// memory, from the handler's allocator, is given back before the handler is invoked.
template <class Node, class State, class Handler, class... Values>
class wait_operation final : public Node {
 public:
  using executor_type = boost::asio::associated_executor_t<Handler, typename State::executor_type>;
  using allocator_type = handler_allocator<Handler>;

  template <class... NodeArguments>
  static operation_ptr<wait_operation> make(state_ptr<State> state, Handler&& handler,
                                            NodeArguments&&... arguments) {
    memory allocator(allocator_of(handler));
    auto* const place = std::allocator_traits<memory>::allocate(allocator, 1);
    try {
      return operation_ptr<wait_operation>(new (place) wait_operation(
          std::move(state), std::move(handler), std::forward<NodeArguments>(arguments)...));
    } catch (...) {
      std::allocator_traits<memory>::deallocate(allocator, place, 1);
      throw;
    }
  }

  static void destroy(wait_operation* operation) noexcept {
    operation->leave_others();
    memory allocator(operation->get_allocator());
    operation->~wait_operation();
    std::allocator_traits<memory>::deallocate(allocator, operation, 1);
  }

  static void deliver(operation_ptr<wait_operation> operation) {
    Handler handler(std::move(operation->handler_));
    auto results = std::move(*operation->results_);
    operation->leave_others();
    operation.reset();
    std::apply(std::move(handler), std::move(results));
  }

  allocator_type get_allocator() const noexcept { return allocator_; }

  /// From now on the user may cancel it: with any type, as nothing has happened before it is
  /// granted. Emitting from elsewhere than the handler's executor is a race, as everywhere in Asio.
  void listen_for_cancellation() {
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected()) canceller_ = &slot.template emplace<canceller>(*this);
  }

  /// Lets it wait no longer than that.
  void wait_until(typename State::clock_type::time_point when) {
    deadline_ = deadline_timer<typename State::clock_type, typename State::executor_type>::start(
        state_->executor(), when,
        [state = state_](deadline& passed) { state->template expire<Node>(passed); });
    this->set_deadline(deadline_.get());
  }

  void settle(error_code error, Values... values) noexcept override {
    results_.emplace(error, std::move(values)...);
  }

  void post() noexcept override {
    if constexpr (never_blocks_on_demand<executor_type>) {
      work_.post(nullptr, memory_, delivery<wait_operation>(this));
    } else {
      const auto io_executor = state_->executor();
      work_.post(io_executor, memory_, delivery<wait_operation>(this));
    }
  }

  void drop() noexcept override { destroy(this); }

 private:
  /// Lives in the slot. Of the two, operation and slot, either may be gone first: a signal need not
  /// outlive an operation that is destroyed with its context.
  class canceller {
   public:
    explicit canceller(wait_operation& operation) noexcept : operation_(&operation) {}
    canceller(const canceller&) = delete;
    canceller& operator=(const canceller&) = delete;
    ~canceller() {
      if (operation_ != nullptr) operation_->canceller_ = nullptr;
    }

    void operator()(boost::asio::cancellation_type type) {
      if (operation_ == nullptr || type == boost::asio::cancellation_type::none) return;
      // Keeps the state: the operation may hold the last of it.
      const state_ptr<State> state = operation_->state_;
      state->cancel(static_cast<Node&>(*operation_));
    }

    void forget() noexcept { operation_ = nullptr; }

   private:
    wait_operation* operation_;
  };

  using memory =
      typename std::allocator_traits<allocator_type>::template rebind_alloc<wait_operation>;

  template <class... NodeArguments>
  wait_operation(state_ptr<State> state, Handler&& handler, NodeArguments&&... arguments)
      : Node(std::forward<NodeArguments>(arguments)...),
        state_(std::move(state)),
        handler_(std::move(handler)),
        allocator_(allocator_of(handler_)),
        work_(boost::asio::get_associated_executor(handler_, state_->executor())) {}

  ~wait_operation() = default;

  /// What could still come back to it.
  void leave_others() noexcept {
    if (canceller_ != nullptr) std::exchange(canceller_, nullptr)->forget();
    if (deadline_ != nullptr) deadline_->stop();
  }

  state_ptr<State> state_;
  Handler handler_;
  allocator_type allocator_;
  handler_work<executor_type> work_;
  in_place_memory memory_;
  canceller* canceller_ = nullptr;
  std::shared_ptr<deadline> deadline_;
  std::optional<std::tuple<error_code, Values...>> results_;
};

}  // namespace asioscope::core::detail
