// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/queue_state.hpp"
#include "asioscope/core/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace asioscope::core {

/// Hands items from those who have them to those who want them, so many of them on the way.
///
/// First in, first out, and so are those who wait: an item goes to the one who has waited for it
/// longest, and the room that it leaves to the one who has waited longest to push. With a capacity
/// of 0 a push is over when the item has been taken: a rendezvous.
///
/// After `close` no item comes in, but those inside still go out.
///
/// Thread safety: any thread, unless `Sync` is `null_mutex`. Handlers are never invoked from within
/// a member function. Items are moved under a lock: their move constructor must not throw and not
/// use the queue.
/// Cancellation: terminal, partial and total end the wait with `operation_aborted`. A pop that
/// ended with an error has taken nothing. A push that ended with an error has given nothing away,
/// and its item is destroyed with the operation.
/// Lifetime: the destructor ends all waits with `operation_aborted`; waits that are left when the
/// execution context is destroyed are destroyed with it, and so are the items.
/// Source: the semantics of closing of Python's asyncio.Queue.shutdown and of Go's channels, the
/// rendezvous of Go's, cancellation without loss as in Trio's memory channels.
template <class T, class Executor = boost::asio::any_io_executor, class Sync = std::mutex,
          class Clock = std::chrono::steady_clock>
class basic_async_queue {
  using state = detail::queue_state<T, Executor, Sync, Clock>;

 public:
  using value_type = T;
  using executor_type = Executor;
  using clock_type = Clock;
  using push_signature = void(error_code);
  using pop_signature = void(error_code, T);

  template <class Other>
  struct rebind_executor {
    using other = basic_async_queue<T, Other, Sync, Clock>;
  };

  /// \param capacity of items; those of waiting pushes are not counted
  /// \param name     under which it is seen (resource.hpp); empty: not at all
  basic_async_queue(const Executor& executor, std::size_t capacity, std::string name = {})
      : state_(new state(executor, capacity, std::move(name))) {}

  template <class Context>
  requires std::is_convertible_v<Context&, boost::asio::execution_context&> basic_async_queue(
      Context& context, std::size_t capacity, std::string name = {})
      : basic_async_queue(Executor(context.get_executor()), capacity, std::move(name)) {}

  basic_async_queue(basic_async_queue&&) noexcept = default;
  basic_async_queue& operator=(basic_async_queue&& other) noexcept {
    if (state_ != nullptr) state_->cancel_all();
    state_ = std::move(other.state_);
    return *this;
  }
  ~basic_async_queue() {
    if (state_ != nullptr) state_->cancel_all();
  }

  executor_type get_executor() const noexcept { return state_->executor(); }

  /// False: it is closed, or there is no room; then the item is what it was.
  bool try_push(T&& item) { return state_->try_push(item); }
  bool try_push(const T& item) {
    T copy(item);
    return state_->try_push(copy);
  }

  /// The oldest item, if there is one: also of those who wait to push.
  std::optional<T> try_pop() noexcept { return state_->try_pop(); }

  /// Waits for room. Errors: `closed`, `operation_aborted`.
  template <boost::asio::completion_token_for<push_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_push(T item, Token&& token = {}) {
    return async_push_until(std::move(item), detail::never<Clock>, std::forward<Token>(token));
  }

  /// Until then, or with the error `timed_out`.
  template <boost::asio::completion_token_for<push_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_push_until(T item, typename Clock::time_point deadline, Token&& token = {}) {
    return boost::asio::async_initiate<Token, push_signature>(typename state::initiate_push(state_),
                                                              token, deadline, std::move(item));
  }

  template <boost::asio::completion_token_for<push_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_push_for(T item, typename Clock::duration timeout, Token&& token = {}) {
    return async_push_until(std::move(item), detail::after<Clock>(timeout),
                            std::forward<Token>(token));
  }

  /// Waits for an item. Errors: `closed` when there are none left, `operation_aborted`.
  template <boost::asio::completion_token_for<pop_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_pop(Token&& token = {}) {
    return async_pop_until(detail::never<Clock>, std::forward<Token>(token));
  }

  /// Until then, or with the error `timed_out`.
  template <boost::asio::completion_token_for<pop_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_pop_until(typename Clock::time_point deadline, Token&& token = {}) {
    return boost::asio::async_initiate<Token, pop_signature>(typename state::initiate_pop(state_),
                                                             token, deadline);
  }

  template <boost::asio::completion_token_for<pop_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_pop_for(typename Clock::duration timeout, Token&& token = {}) {
    return async_pop_until(detail::after<Clock>(timeout), std::forward<Token>(token));
  }

  /// All waits end with `operation_aborted`; the items stay.
  void cancel() { state_->cancel_all(); }

  /// From now on pushes fail with `closed`, those that wait, too; pops do when the last item has
  /// been taken. May be called again.
  void close() { state_->close(); }
  bool is_closed() const { return state_->is_closed(); }

  std::size_t capacity() const noexcept { return state_->capacity(); }
  std::size_t size() const { return state_->size(); }
  bool empty() const { return size() == 0; }
  std::size_t waiting_to_push() const { return state_->waiting_to_push(); }
  std::size_t waiting_to_pop() const { return state_->waiting_to_pop(); }

 private:
  detail::state_ptr<state> state_;
};

template <class T>
using async_queue = basic_async_queue<T>;

}  // namespace asioscope::core
