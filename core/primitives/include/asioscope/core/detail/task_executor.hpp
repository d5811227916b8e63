// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/task_record.hpp"

#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

/// While it lives the calling thread runs the task.
template <class Clock>
class task_run {
 public:
  explicit task_run(task_record& record) noexcept
      : record_(record), outer_(std::exchange(current_task_record, &record)) {
    if (outer_ == &record_) return;  // a part of the run that goes on below
    record_.is_running.store(true, std::memory_order_relaxed);
    latest_task_here.monitor.store(record_.monitor, std::memory_order_relaxed);
    latest_task_here.id.store(record_.id, std::memory_order_relaxed);
    if (record_.measured) began_ = Clock::now();
  }
  task_run(const task_run&) = delete;
  task_run& operator=(const task_run&) = delete;

  ~task_run() {
    current_task_record = outer_;
    if (outer_ == &record_) return;
    constexpr auto order = std::memory_order_relaxed;
    record_.is_running.store(false, order);
    // Before that it was only on its way.
    if (record_.has_begun.load(order)) record_.runs.store(record_.runs.load(order) + 1, order);
    if (record_.measured) add(Clock::now() - began_);
  }

 private:
  void add(std::chrono::nanoseconds time) noexcept {
    constexpr auto order = std::memory_order_relaxed;
    record_.busy.store(record_.busy.load(order) + time.count(), order);
    record_.longest.store(std::max(record_.longest.load(order), std::int64_t{time.count()}), order);
  }

  task_record& record_;
  task_record* outer_;
  typename Clock::time_point began_{};
};

/// Where a task runs, made once; its executors are pointers to it.
template <class Inner, class Clock>
struct task_home : boost::intrusive_ref_counter<task_home<Inner, Clock>> {
  using never_blocking = std::decay_t<decltype(boost::asio::require(
      std::declval<const Inner&>(), boost::asio::execution::blocking.never))>;

  task_home(Inner executor, std::shared_ptr<task_record> of)
      : inner(std::move(executor)),
        never(boost::asio::require(inner, boost::asio::execution::blocking.never)),
        record(std::move(of)) {}

  Inner inner;
  never_blocking never;
  std::shared_ptr<task_record> record;
};

/// Keeps the execution context at work.
template <class Inner>
struct task_work : boost::intrusive_ref_counter<task_work<Inner>> {
  using tracked = std::decay_t<decltype(boost::asio::prefer(
      std::declval<const Inner&>(), boost::asio::execution::outstanding_work.tracked))>;

  explicit task_work(const Inner& inner)
      : executor(boost::asio::prefer(inner, boost::asio::execution::outstanding_work.tracked)) {}

  tracked executor;
};

/// A part of a task, and whose it is.
template <class Function, class Inner, class Clock>
class task_step {
 public:
  using home = task_home<Inner, Clock>;

  template <class Given>
  task_step(boost::intrusive_ptr<const home> where, Given&& function)
      : home_(std::move(where)), function_(std::forward<Given>(function)) {}

  void operator()() {
    const task_run<Clock> run(*home_->record);
    std::move(function_)();
  }

 private:
  boost::intrusive_ptr<const home> home_;
  Function function_;
};

/// The executor of a monitored task: passes everything on, and knows when the task is resumed. So
/// small that `any_io_executor` needs no memory for it, whatever is below.
template <class Inner, class Clock>
class task_executor {
  using home = task_home<Inner, Clock>;
  using blocking = boost::asio::execution::blocking_t;
  using outstanding_work = boost::asio::execution::outstanding_work_t;

 public:
  task_executor(Inner inner, std::shared_ptr<task_record> record)
      : home_(new home(std::move(inner), std::move(record))) {}
  /// Boost does not promise that its pointers throw nothing, which executors must.
  task_executor(const task_executor& other) noexcept
      : home_(other.home_), work_(other.work_), never_blocks_(other.never_blocks_) {}
  task_executor(task_executor&&) noexcept = default;
  task_executor& operator=(const task_executor&) = delete;
  task_executor& operator=(task_executor&&) = delete;
  ~task_executor() = default;

  template <class Function>
  void execute(Function&& function) const {
    task_step<std::decay_t<Function>, Inner, Clock> step(home_, std::forward<Function>(function));
    if (never_blocks_)
      home_->never.execute(std::move(step));
    else
      home_->inner.execute(std::move(step));
  }

  auto& query(boost::asio::execution::context_t property) const noexcept {
    return boost::asio::query(home_->inner, property);
  }
  blocking query(blocking) const noexcept {
    return never_blocks_ ? blocking(blocking::never) : blocking(blocking::possibly);
  }
  outstanding_work query(outstanding_work) const noexcept {
    return work_ != nullptr ? outstanding_work(outstanding_work::tracked)
                            : outstanding_work(outstanding_work::untracked);
  }

  task_executor require(blocking::never_t) const { return with(true, work_); }
  task_executor require(blocking::possibly_t) const { return with(false, work_); }
  task_executor require(outstanding_work::tracked_t) const {
    return with(never_blocks_, work_ != nullptr ? work_ : new task_work<Inner>(home_->inner));
  }
  task_executor require(outstanding_work::untracked_t) const {
    return with(never_blocks_, nullptr);
  }

  friend bool operator==(const task_executor& a, const task_executor& b) noexcept {
    return a.home_ == b.home_;
  }
  friend bool operator!=(const task_executor& a, const task_executor& b) noexcept {
    return !(a == b);
  }

 private:
  using work_ptr = boost::intrusive_ptr<task_work<Inner>>;

  task_executor with(bool never_blocks, work_ptr work) const {
    task_executor result(*this);
    result.never_blocks_ = never_blocks;
    result.work_ = std::move(work);
    return result;
  }

  boost::intrusive_ptr<const home> home_;
  work_ptr work_;
  bool never_blocks_ = false;
};

/// Where the coroutines of a type of awaitable can run: with their runs known, if it takes any
/// executor; else on the plain one.
template <class Inner, class Clock, class AwaitableExecutor>
using executor_for_task =
    std::conditional_t<std::is_convertible_v<task_executor<Inner, Clock>, AwaitableExecutor>,
                       task_executor<Inner, Clock>, Inner>;

}  // namespace asioscope::core::detail
