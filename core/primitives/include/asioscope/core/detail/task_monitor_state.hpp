// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/monitored_task.hpp"
#include "asioscope/core/detail/task_list.hpp"
#include "asioscope/core/detail/waiting_state.hpp"
#include "asioscope/core/task_monitor_options.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace asioscope::core::detail {

template <class Executor, class Sync, class Clock>
class task_monitor_state final
    : public waiting_state<task_monitor_state<Executor, Sync, Clock>, Executor, Sync, Clock> {
 public:
  using coroutine_executor_type = coroutine_executor<Executor, Sync>;
  using nanoseconds = std::chrono::nanoseconds;

  struct join_wait : waiter<> {
   protected:
    ~join_wait() = default;
  };

  using initiate_join = initiate_wait<task_monitor_state, join_wait>;

  task_monitor_state(const Executor& executor, task_monitor_options options, std::string name)
      : task_monitor_state::waiting_state(executor, resource_kind::task_monitor, std::move(name)),
        options_(std::move(options)),
        tasks_(options_) {
    this->list();
  }

  ~task_monitor_state() override { this->unlist(); }

  coroutine_executor_type make_executor() const {
    return make_coroutine_executor<Executor, Sync>(this->executor());
  }

  /// 0: the monitor is closed; nothing was done.
  template <class Function, class Handler>
  task_id spawn(std::string&& name, Function function, Handler&& handler, call_site where) {
    using task = monitored_task<Function, std::decay_t<Handler>, task_monitor_state>;
    auto record = std::make_shared<task_record>();
    record->name = std::move(name);
    record->monitor = this;
    record->location = where;
    record->created_at = std::chrono::system_clock::now();
    record->measured = options_.measure_runs;
    record->awaited = !std::is_same_v<std::decay_t<Handler>, no_handler>;
    if (options_.stacks) record->stack = call_stack::here();
    record->parent = calling_task();
    const auto made = std::make_shared<task>(state_ptr<task_monitor_state>(this), record,
                                             std::move(function), std::forward<Handler>(handler));
    record->coroutine = made;
    if (!add(record)) {
      made->refuse();
      return 0;
    }
    if constexpr (!std::is_same_v<std::decay_t<Handler>, no_handler>)
      made->listen_for_cancellation();
    made->start();
    return record->id;
  }

  void ended(task_record& record, const std::exception_ptr& thrown) {
    const task_end how(thrown);
    finish(record, how);
    if (how.outcome != task_outcome::succeeded)
      this->happened(to_string(how.outcome).data(), static_cast<std::int64_t>(record.id));
    if (how.outcome == task_outcome::failed && options_.on_failure != nullptr)
      guarded([&] { options_.on_failure(describe_ended(record), thrown); });
    reported();
  }

  /// By its execution context, before it had ended.
  void destroyed(task_record& record) noexcept {
    task_end how(nullptr);
    how.outcome = task_outcome::destroyed;
    guarded([&] {
      finish(record, how);
      reported();
    });
  }

  bool cancel_task(task_id id, call_site where) {
    const task_canceller by = canceller(where);
    std::shared_ptr<cancellable> coroutine;
    {
      const std::lock_guard lock(this->mutex_);
      const task_record_ptr record = tasks_.find(id);
      if (record == nullptr) return false;
      tasks_.request_end(*record, by);
      coroutine = record->coroutine.lock();
    }
    if (coroutine != nullptr) coroutine->cancel();
    return true;
  }

  std::size_t cancel_tasks(call_site where) {
    const task_canceller by = canceller(where);
    std::vector<std::shared_ptr<cancellable>> coroutines;
    {
      const std::lock_guard lock(this->mutex_);
      coroutines.reserve(tasks_.running().size());
      for (const auto& [id, record] : tasks_.running()) {
        tasks_.request_end(*record, by);
        if (auto coroutine = record->coroutine.lock(); coroutine != nullptr)
          coroutines.push_back(std::move(coroutine));
      }
    }
    for (const auto& each : coroutines)
      each->cancel();
    return coroutines.size();
  }

  std::vector<task_info> running() const {
    std::vector<snapshot> all;
    {
      const std::lock_guard lock(this->mutex_);
      all.reserve(tasks_.running().size());
      for (const auto& [id, record] : tasks_.running())
        all.emplace_back(record, record->cancelled_by);
    }
    return describe_running(all, now());
  }

  std::vector<ended_task> history() const {
    std::vector<task_record_ptr> all;
    {
      const std::lock_guard lock(this->mutex_);
      all.assign(tasks_.history().begin(), tasks_.history().end());
    }
    std::vector<ended_task> result;
    result.reserve(all.size());
    for (const task_record_ptr& each : all)
      result.push_back(describe_ended(*each));
    return result;
  }

  std::optional<task_info> find(task_id id) const {
    snapshot found;
    task_record_ptr ended;
    {
      const std::lock_guard lock(this->mutex_);
      if ((found.first = tasks_.find(id)) != nullptr)
        found.second = found.first->cancelled_by;
      else
        ended = tasks_.find_ended(id);
    }
    if (found.first != nullptr) return describe_task(*found.first, found.second, now(), false);
    if (ended != nullptr) return describe_ended(*ended).task;
    return std::nullopt;
  }

  task_monitor_counts counts() const {
    const std::lock_guard lock(this->mutex_);
    return tasks_.counts();
  }

  std::size_t report_slow() {
    std::vector<slow_task> slow;
    {
      const std::lock_guard lock(this->mutex_);
      collect_slow(now(), slow);
      set_timer();
    }
    report(slow);
    return slow.size();
  }

  std::optional<std::tuple<error_code>> attempt() {
    if (calling_task() != 0)
      return std::tuple(
          error_code(make_error_code(boost::system::errc::resource_deadlock_would_occur)));
    const std::lock_guard lock(this->mutex_);
    if (is_idle()) return std::tuple(error_code());
    return std::nullopt;
  }

  void add(join_wait& request) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    this->queue(request, joining_, settled);
    proceed(settled);
  }

  /// Tasks that run go on.
  void close() {
    const std::lock_guard lock(this->mutex_);
    this->closed_ = true;
  }

  /// The monitor is gone.
  void abandon() {
    {
      settled_waiters settled(*this);
      const std::lock_guard lock(this->mutex_);
      this->closed_ = true;
      this->end_all(boost::asio::error::operation_aborted, wait_outcome::cancelled, settled);
    }
    cancel_tasks({});
  }

  void describe(resource_description& description) const override {
    const nanoseconds moment = now();
    const auto steady_now = std::chrono::steady_clock::now();
    const std::lock_guard lock(this->mutex_);
    const task_monitor_counts counts = tasks_.counts();
    const auto ended = counts.succeeded + counts.failed + counts.cancelled + counts.destroyed;
    const auto& running = tasks_.running();
    const nanoseconds oldest =
        running.empty() ? nanoseconds(0) : moment - running.begin()->second->created;
    for (const auto& [id, record] : running) {
      if (description.holders.size() == resource_description::most_named) break;
      const nanoseconds age = moment - record->created;
      description.is_held_by(
          {record->observed_as.load(std::memory_order_relaxed),
           steady_now - std::chrono::duration_cast<std::chrono::steady_clock::duration>(age)});
    }
    description.state = this->closed_ ? "closed" : "open";
    description.gauge("running", static_cast<double>(counts.running));
    description.gauge("oldest_seconds", std::chrono::duration<double>(oldest).count());
    description.total("finished", static_cast<double>(ended));
    description.total("failed", static_cast<double>(counts.failed));
    description.total("cancelled", static_cast<double>(counts.cancelled));
    description.total("destroyed", static_cast<double>(counts.destroyed));
    description.total("slow", static_cast<double>(counts.slow));
    this->describe_waiters(description);
  }

 private:
  friend typename task_monitor_state::waiting_state;

  using snapshot = std::pair<task_record_ptr, std::optional<task_canceller>>;
  struct slow_task {
    snapshot task;
    unsigned times;
  };

  static nanoseconds now() noexcept {
    return std::chrono::duration_cast<nanoseconds>(Clock::now().time_since_epoch());
  }

  template <class Function>
  static void guarded(const Function& function) noexcept {
    try {
      function();
    } catch (...) {  // a report must not end what is reported, nor the loop
    }
  }

  auto lists() noexcept { return std::tie(joining_); }

  bool is_idle() const noexcept { return tasks_.running().empty() && reporting_ == 0; }

  void proceed(settled_waiters& settled) noexcept {
    while (is_idle() && !joining_.empty()) {
      join_wait& first = joining_.pop_front();
      first.settle({});
      settled.add(first, wait_outcome::granted);
    }
  }

  /// Of this monitor; 0: the caller is none.
  task_id calling_task() const noexcept {
    const task_record* const record = current_task_record;
    return record != nullptr && record->monitor == this ? record->id : 0;
  }

  task_canceller canceller(call_site where) const {
    return {where, calling_task(), options_.stacks ? call_stack::here() : call_stack()};
  }

  bool add(const task_record_ptr& record) {
    std::vector<slow_task> slow;
    {
      const std::lock_guard lock(this->mutex_);
      if (this->closed_) return false;
      const nanoseconds moment = now();
      tasks_.add(record, moment);
      collect_slow(moment, slow);
      set_timer();
    }
    report(slow);
    return true;
  }

  void finish(task_record& record, const task_end& how) {
    std::vector<slow_task> slow;
    std::vector<task_record_ptr> dropped;
    {
      const std::lock_guard lock(this->mutex_);
      const nanoseconds moment = now();
      // It may be one that nobody could report in time, for it has blocked the loop.
      collect_slow(moment, slow);
      dropped = tasks_.end(record, how, moment);
      ++reporting_;
      set_timer();
    }
    report(slow);
  }

  /// Whoever waits for the last to end has heard of all failures then.
  void reported() {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    --reporting_;
    proceed(settled);
  }

  void collect_slow(nanoseconds moment, std::vector<slow_task>& slow) {
    for (task_record_ptr& each : tasks_.take_slow(moment)) {
      const unsigned times = each->reports;
      auto cancelled_by = each->cancelled_by;
      slow.push_back({{std::move(each), std::move(cancelled_by)}, times});
    }
  }

  void report(const std::vector<slow_task>& slow) {
    for (const auto& [task, times] : slow) {
      const task_info info = describe_task(*task.first, task.second, now(), false);
      this->happened("slow", static_cast<std::int64_t>(info.id));
      if (options_.on_slow != nullptr) guarded([&, many = times] { options_.on_slow(info, many); });
    }
  }

  static std::vector<task_info> describe_running(const std::vector<snapshot>& all,
                                                 nanoseconds moment) {
    std::vector<task_info> result;
    result.reserve(all.size());
    for (const auto& [record, cancelled_by] : all)
      result.push_back(describe_task(*record, cancelled_by, moment, false));
    return result;
  }

  /// What has ended changes no more.
  static ended_task describe_ended(const task_record& record) {
    return {describe_task(record, record.cancelled_by, record.ended, true), record.outcome,
            record.error, record.what, record.awaited};
  }

  /// One timer, for the first that will be slow; none when nothing runs, for it keeps the loop
  /// running. Under the lock.
  void set_timer() {
    const std::optional<nanoseconds> next = tasks_.next_slow();
    if (next == due_) return;
    // One that runs out too early finds nothing to report, and is cheaper than a new one.
    if (next.has_value() && due_.has_value() && *due_ <= *next && !timer_.expired()) return;
    due_ = next;
    if (const std::shared_ptr<deadline> running = timer_.lock()) running->stop();
    timer_.reset();
    if (!next.has_value() || this->context_is_gone()) return;
    timer_ = deadline_timer<Clock, Executor>::start(
        this->executor(),
        typename Clock::time_point(std::chrono::ceil<typename Clock::duration>(*next)),
        [self = state_ptr<task_monitor_state>(this), due = *next](deadline&) { self->look(due); });
  }

  void look(nanoseconds due) {
    {
      const std::lock_guard lock(this->mutex_);
      if (due_ == due) due_.reset();
    }
    report_slow();
  }

  const task_monitor_options options_;
  task_list tasks_;
  std::size_t reporting_ = 0;  ///< those that have ended, whose reports are not done
  wait_list<join_wait> joining_;
  std::optional<nanoseconds> due_;
  /// Its handler owns it, and goes with the execution context.
  std::weak_ptr<deadline> timer_;
};

}  // namespace asioscope::core::detail
