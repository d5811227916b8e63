// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/pipeline_run.hpp"
#include "asioscope/core/detail/pipeline_source.hpp"
#include "asioscope/core/detail/stage_buffer.hpp"
#include "asioscope/core/detail/stage_plan.hpp"
#include "asioscope/core/detail/uncancelled.hpp"
#include "asioscope/core/semaphore.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

/// A stage at work: so many of `work`, each a coroutine of its own.
template <class Plan, class Input, class Executor, class Sync>
class pipeline_stage
    : public std::enable_shared_from_this<pipeline_stage<Plan, Input, Executor, Sync>> {
 public:
  using in = typename Plan::input;
  using out = typename Plan::output;
  using run = pipeline_run<Executor, Sync>;
  using buffer = stage_buffer<out, Executor, Sync>;

  static constexpr bool is_first = !is_buffer<Input>;

  pipeline_stage(std::shared_ptr<run> pipeline, std::size_t index, Plan plan, Input input)
      : pipeline_(std::move(pipeline)),
        index_(index),
        plan_(std::move(plan)),
        input_(std::move(input)),
        output_(std::make_shared<buffer>(pipeline_->executor(), plan_.options.buffer)),
        live_(plan_.options.concurrency),
        in_order_(plan_.options.order == stage_order::input && live_ > 1),
        turn_(pipeline_->executor(), 1),
        window_(pipeline_->executor(), live_ + plan_.options.reorder),
        counters_(std::make_shared<stage_counters>(live_ == 1)) {}

  const std::shared_ptr<buffer>& output() const noexcept { return output_; }

  /// Also when the stage has ended.
  std::function<stage_counts()> counts() const {
    return [counters = counters_, output = output_] {
      stage_counts now = counters->now();
      now.buffered = output->size();
      return now;
    };
  }

  static boost::asio::awaitable<void> work(std::shared_ptr<pipeline_stage> self,
                                           std::shared_ptr<bool> pulling) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    std::exception_ptr error;
    try {
      co_await self->work_on(*pulling);
    } catch (...) {
      error = std::current_exception();
    }
    if (error != nullptr && code_of(error) != boost::asio::error::operation_aborted)
      self->pipeline_->fail(error);
  }

  void worker_ended() {
    if (--live_ == 0) output_->close();
  }

 private:
  using permit = typename basic_semaphore<Executor, Sync>::permit;

  struct taken_item {
    std::optional<in> item;
    std::uint64_t number = 0;
    permit place;  ///< in the window
  };

  struct made {
    std::optional<out> item;
    permit place;
  };

  static constexpr auto as_tuple = as_result<boost::asio::any_io_executor>;

  /// What happens to each item happens here, and not in coroutines of its own: those would cost
  /// more than most stages.
  boost::asio::awaitable<void> work_on(bool& pulling) {
    while (!pipeline_->is_aborted()) {
      taken_item taken;
      if (!take_at_once(taken)) co_await take(taken, pulling);
      if (!taken.item.has_value()) co_return;
      std::optional<in> kept = copy_for_dead_letter(*taken.item);
      std::optional<out> result;
      std::exception_ptr error;
      if constexpr (Plan::calls_coroutines) {
        // Whoever stopped the source meant that, not this item; and the item before may have
        // changed what its coroutine, which is this one, listens to.
        co_await boost::asio::this_coro::reset_cancellation_state(
            boost::asio::enable_terminal_cancellation());
        if (is_too_late()) co_return;
        co_await boost::asio::this_coro::throw_if_cancelled(true);
        try {
          result = co_await call(*taken.item);
        } catch (...) {
          error = std::current_exception();
        }
        co_await boost::asio::this_coro::throw_if_cancelled(false);
      } else {
        if (is_too_late()) co_return;
        try {
          result = call(*taken.item);
        } catch (...) {
          error = std::current_exception();
        }
      }
      if (error != nullptr)
        failed(kept.has_value() ? *kept : *taken.item, error);
      else
        counters_->count(result.has_value() ? counters_->out : counters_->filtered);
      if (in_order_) {
        // Not within the expression that waits: g++ 12 would destroy it twice.
        made one{std::move(result), std::move(taken.place)};
        co_await pass_in_order(taken.number, std::move(one));
      } else if (result.has_value() && !pass_at_once(result)) {
        co_await output_->async_push(std::move(result), as_tuple);
      }
    }
  }

  auto call(in& item) {
    return std::invoke(plan_.function,
                       static_cast<stage_argument<decltype(plan_.function), in>>(item));
  }

  std::optional<in> copy_for_dead_letter(const in& item) const {
    if constexpr (std::is_copy_constructible_v<in>)
      if (plan_.dead_letter != nullptr) return item;
    return std::nullopt;
  }

  bool is_too_late() {
    if (!pipeline_->is_aborted()) return false;
    counters_->count(counters_->cancelled);
    return true;
  }

  bool has_turns() const noexcept {
    return plan_.options.concurrency > 1 && (in_order_ || is_first);
  }

  /// The next item and its number, if nothing has to be waited for: one worker at a time where
  /// there are numbers, or a source.
  bool take_at_once(taken_item& taken) {
    if (in_order_ && !(taken.place = window_.try_acquire())) return false;
    permit turn;
    if (has_turns() && !(turn = turn_.try_acquire())) return false;
    if constexpr (!is_first) {
      std::optional<std::optional<in>> ready = input_.buffer->try_pop();
      if (!ready.has_value()) return false;
      taken.item = std::move(*ready);
    } else if constexpr (Input::must_wait) {
      return false;
    } else {
      if (pipeline_->is_finishing()) return true;
      taken.item = input_.next();
      if (!taken.item.has_value()) pipeline_->finish();
    }
    count(taken);
    return true;
  }

  boost::asio::awaitable<void> take(taken_item& taken, bool& pulling) {
    permit turn;
    if (in_order_ && !taken.place)
      taken.place = std::get<1>(co_await window_.async_acquire(as_tuple));
    if (in_order_ && !taken.place) co_return;
    if (has_turns()) turn = std::get<1>(co_await turn_.async_acquire(as_tuple));
    if ((has_turns() && !turn) || pipeline_->is_aborted()) co_return;
    if constexpr (!is_first) {
      taken.item = std::get<1>(co_await input_.buffer->async_pop(as_tuple));
    } else {
      if (pipeline_->is_finishing()) co_return;
      if constexpr (Input::must_wait)
        co_await pull(taken, pulling);
      else
        taken.item = input_.next();
      if (!taken.item.has_value()) pipeline_->finish();  // it is not asked again
    }
    count(taken);
  }

  boost::asio::awaitable<void> pull(taken_item& taken, bool& pulling) {
    std::exception_ptr error;
    pulling = true;
    co_await boost::asio::this_coro::throw_if_cancelled(true);
    try {
      taken.item = co_await input_.next();
    } catch (...) {
      error = std::current_exception();
    }
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    pulling = false;
    if (error != nullptr) std::rethrow_exception(error);
  }

  void count(taken_item& taken) noexcept {
    if (!taken.item.has_value()) return;
    counters_->count(counters_->in);
    if (in_order_) taken.number = last_number_++;
  }

  void failed(in& item, const std::exception_ptr& error) {
    if (code_of(error) == boost::asio::error::operation_aborted) {
      counters_->count(counters_->cancelled);
      return;
    }
    counters_->count(counters_->failed);
    if (const auto& tell = pipeline_->options().on_error; tell != nullptr) tell(index_, error);
    if (plan_.dead_letter != nullptr)
      plan_.dead_letter(std::move(item), error);
    else if (pipeline_->options().on_exception == error_policy::fail_fast)
      pipeline_->fail(error);
  }

  bool pass_at_once(std::optional<out>& item) {
    return pipeline_->is_aborted() || output_->try_push(item);
  }

  /// Passes on what has its turn, unless another worker does: then that one will.
  boost::asio::awaitable<void> pass_in_order(std::uint64_t number, made one) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.emplace(number, std::move(one));
      if (std::exchange(passing_, true)) co_return;
    }
    for (;;) {
      made next;
      {
        const std::lock_guard lock(mutex_);
        auto found = waiting_.extract(next_number_);
        if (found.empty()) {
          passing_ = false;
          co_return;
        }
        ++next_number_;
        next = std::move(found.mapped());
      }
      if (next.item.has_value() && !pass_at_once(next.item))
        co_await output_->async_push(std::move(next.item), as_tuple);
    }
  }

  const std::shared_ptr<run> pipeline_;
  const std::size_t index_;
  Plan plan_;
  Input input_;
  const std::shared_ptr<buffer> output_;
  std::atomic<std::size_t> live_;
  const bool in_order_;
  basic_semaphore<Executor, Sync> turn_;
  basic_semaphore<Executor, Sync> window_;
  std::atomic<std::uint64_t> last_number_{0};  ///< one at a time, where the order counts
  const std::shared_ptr<stage_counters> counters_;
  Sync mutex_;
  std::uint64_t next_number_ = 0;
  bool passing_ = false;
  std::map<std::uint64_t, made> waiting_;
};

}  // namespace asioscope::core::detail
