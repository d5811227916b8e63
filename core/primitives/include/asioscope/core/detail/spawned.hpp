// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/post_to.hpp"
#include "asioscope/core/sync.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

/// Where the coroutines of a primitive run: each on a strand of its own, for only there may it be
/// cancelled; on the executor itself, when the mutex says that one thread, or strand, uses it.
template <class Executor, class Sync>
using coroutine_executor =
    std::conditional_t<std::is_same_v<Sync, null_mutex> ||
                           std::is_same_v<Executor, boost::asio::any_io_executor>,
                       Executor, boost::asio::strand<Executor>>;

template <class Executor, class Sync>
coroutine_executor<Executor, Sync> make_coroutine_executor(const Executor& executor) {
  if constexpr (std::is_same_v<Sync, null_mutex>) {
    return executor;
  } else {
    // A strand of the loop itself fits into `any_io_executor` without memory from the heap.
    if constexpr (std::is_same_v<Executor, boost::asio::any_io_executor>)
      if (const loop_executor* const loop = loop_behind(executor)) return loop_strand(*loop);
    return boost::asio::strand<Executor>(executor);
  }
}

/// A coroutine that may be cancelled from any thread, before, while and after it runs. All that
/// happens to it happens on its executor: Asio's co_spawn must be cancelled nowhere else.
template <class Executor>
class spawned : public std::enable_shared_from_this<spawned<Executor>> {
 public:
  explicit spawned(const Executor& executor) : executor_(executor) {}
  spawned(const spawned&) = delete;
  spawned& operator=(const spawned&) = delete;

  const Executor& executor() const noexcept { return executor_; }

  /// `function()` is an `awaitable<void>` that does not throw; `ended()` is called after it, or
  /// instead of it when it was cancelled before. Once.
  template <class Function, class Ended>
  void start(Function function, Ended ended) {
    boost::asio::post(executor_, [self = this->shared_from_this(), function = std::move(function),
                                  ended = std::move(ended)]() mutable {
      if (std::exchange(self->begun_, true)) return;
      if (self->cancelled_) {
        ended();
        return;
      }
      boost::asio::co_spawn(self->executor_, std::move(function),
                            completion<Ended>(self, std::move(ended)));
    });
  }

  /// Asks it to end.
  void cancel() {
    boost::asio::post(executor_, [self = this->shared_from_this()] { self->cancel_here(); });
  }

  /// The same if, on its executor, the condition holds.
  template <class Condition>
  void cancel_if(Condition condition) {
    boost::asio::post(executor_, [self = this->shared_from_this(), condition] {
      if (condition()) self->cancel_here();
    });
  }

  /// The same, from its executor; not from itself.
  void cancel_here() {
    cancelled_ = true;
    if (begun_ && !ended_) signal_.emit(boost::asio::cancellation_type::terminal);
  }

 private:
  /// Not Asio's binder of a slot: with that, co_spawn sends cancellation round by the executor,
  /// with a pointer to what may be gone by then.
  template <class Ended>
  class completion {
   public:
    using cancellation_slot_type = boost::asio::cancellation_slot;

    completion(std::shared_ptr<spawned> self, Ended&& ended)
        : self_(std::move(self)), ended_(std::move(ended)) {}

    cancellation_slot_type get_cancellation_slot() const noexcept { return self_->signal_.slot(); }

    void operator()(const std::exception_ptr&) {
      self_->ended_ = true;
      ended_();
    }

   private:
    std::shared_ptr<spawned> self_;
    Ended ended_;
  };

  Executor executor_;
  boost::asio::cancellation_signal signal_;
  bool begun_ = false;
  bool cancelled_ = false;
  bool ended_ = false;
};

}  // namespace asioscope::core::detail
