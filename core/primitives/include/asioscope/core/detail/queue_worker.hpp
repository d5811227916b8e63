// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/queue_processor_state.hpp"
#include "asioscope/core/detail/uncancelled.hpp"
#include "asioscope/core/outcome.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace asioscope::core::detail {

/// One worker of a queue processor: takes items until there are no more to be taken.
template <class T, class Executor, class Sync, class Clock>
class queue_worker {
 public:
  using state = queue_processor_state<T, Executor, Sync, Clock>;
  using job = typename state::job;
  using fate = typename state::fate;

  static boost::asio::awaitable<void> run(state_ptr<state> processor) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    for (;;) {
      auto token = as_result<boost::asio::any_io_executor>;
      auto [error, taken] =
          co_await boost::asio::async_initiate<decltype(token)&,
                                               void(error_code, std::optional<job>)>(
              typename state::initiate_take(processor), token, never<Clock>, take_job());
      if (!taken.has_value()) co_return;
      const fate what = co_await process(*processor, *taken);
      processor->done(*taken, what);
    }
  }

 private:
  static boost::asio::awaitable<fate> process(state& processor, job& which) {
    for (unsigned attempt = 1;; ++attempt) {
      if (processor.is_aborting()) co_return fate::unprocessed;
      const std::exception_ptr error = co_await try_once(processor, which.item);
      if (error == nullptr) co_return fate::processed;
      if (code_of(error) == boost::asio::error::operation_aborted) {
        processor.tell("interrupted");
        co_return fate::interrupted;
      }
      guarded([&] { processor.processor().on_error(which.item, error, attempt); });
      if (attempt == processor.options().max_attempts) {
        processor.tell("failed");
        guarded([&] { processor.processor().dead_letter(std::move(which.item), error); });
        co_return fate::failed;
      }
      if (!processor.may_try_again()) co_return fate::unprocessed;
      processor.tell("retried");
      co_await sleep(processor, attempt);
      if (!processor.may_try_again()) co_return fate::unprocessed;
    }
  }

  /// Null: it was processed.
  static boost::asio::awaitable<std::exception_ptr> try_once(state& processor, T& item) {
    std::exception_ptr thrown;
    // The item before may have changed what its coroutine, which is the worker's, listens to.
    co_await boost::asio::this_coro::reset_cancellation_state(
        boost::asio::enable_terminal_cancellation());
    co_await boost::asio::this_coro::throw_if_cancelled(true);
    try {
      co_await processor.processor().process_item(item);
    } catch (...) {
      thrown = std::current_exception();
    }
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    co_return thrown;
  }

  static boost::asio::awaitable<void> sleep(state& processor, unsigned attempt) {
    const queue_processor_options& options = processor.options();
    if (options.retry_delay.count() == 0) co_return;
    auto delay = options.retry_delay;
    for (unsigned i = 1; i < attempt && delay < options.max_retry_delay; ++i)
      delay = delay > options.max_retry_delay / 2 ? options.max_retry_delay : delay * 2;
    boost::asio::basic_waitable_timer<Clock> timer(
        co_await boost::asio::this_coro::executor,
        after<Clock>(std::chrono::ceil<typename Clock::duration>(delay)));
    co_await timer.async_wait(as_result<boost::asio::any_io_executor>);
  }

  template <class Function>
  static void guarded(const Function& function) noexcept {
    try {
      function();
    } catch (...) {  // as documented
    }
  }
};

template <class T, class Executor, class Sync, class Clock>
void queue_processor_state<T, Executor, Sync, Clock>::run_worker(
    const std::shared_ptr<coroutine>& worker) {
  const state_ptr<queue_processor_state> self(this);
  worker->start([self] { return queue_worker<T, Executor, Sync, Clock>::run(self); },
                [self] { self->worker_ended(); });
}

}  // namespace asioscope::core::detail
