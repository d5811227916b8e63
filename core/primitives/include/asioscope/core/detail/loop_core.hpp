// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/counting_executor.hpp"
#include "asioscope/core/detail/loop_accounts.hpp"
#include "asioscope/core/detail/loop_reports.hpp"
#include "asioscope/core/detail/loop_rules.hpp"
#include "asioscope/core/detail/loop_supervisor.hpp"
#include "asioscope/core/detail/loop_threads.hpp"
#include "asioscope/core/resource.hpp"
#include "asioscope/core/task_monitor.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asioscope::core::detail {

/// What an event loop is made of. All of it is inline: what makes an `io_context` must be compiled
/// in the program, whose hooks Asio's scheduler carries, and not in a library.
class loop_core final : public resource, public loop_accounts, private supervised {
 public:
  using executor_type = counting_executor<boost::asio::io_context::executor_type>;
  using monitor = basic_task_monitor<executor_type>;

  loop_core(event_loop_options&& options, std::string&& name)
      : resource(resource_kind::event_loop, std::move(name)),
        loop_accounts(options),
        options_(std::move(options)),
        reports_(options_, this->name()),
        context_(concurrency_hint(options_)),
        tasks_(executor(), monitor_options(), this->name()),
        plan_(options_.drain_for) {
    list();
  }

  ~loop_core() {
    unlist();
    stop();
    for (std::thread& each : threads_)
      each.join();
    supervisor_.reset();
  }

  boost::asio::io_context& context() noexcept { return context_; }
  executor_type executor() noexcept { return {context_.get_executor(), *this}; }
  monitor& tasks() noexcept { return tasks_; }
  const event_loop_options& options() const noexcept { return options_; }

  loop_state state() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }

  loop_report run() {
    begin(false);
    launch(1);
    work(0, false);
    return join();
  }

  void start() {
    begin(true);
    launch(0);
  }

  loop_report join() {
    if (thread_here() != nullptr) throw_deadlock("join of a loop in its own thread");
    std::vector<std::thread> ended;
    std::unique_lock lock(mutex_);
    if (supervisor_thread_ == std::this_thread::get_id())
      throw_deadlock("join of a loop in its own callback");
    if (!was_begun_) throw boost::system::system_error(errc::not_running, "event_loop::join");
    ended_.wait(lock, [this] { return active_ == 0 && !ending_; });
    ended.swap(threads_);
    loop_report report = report_;
    lock.unlock();
    for (std::thread& each : ended)
      each.join();
    return report;
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      if (active_ == 0) return;
      stop_requested_ = true;
    }
    context_.stop();
  }

  void shut_down(nanoseconds within, call_site where) {
    // Before tasks are cancelled by the supervisor.
    tasks_.close();
    shutdown_plan::step step{};
    {
      const std::lock_guard lock(mutex_);
      step = plan_.request(now(), within);
      if (step == shutdown_plan::step::begin) shut_down_from_ = where;
      if (active_ > 0)
        supervise();
      else
        state_ = loop_state::closed;
    }
    perform(step);
    const std::lock_guard lock(mutex_);
    if (supervisor_ != nullptr) supervisor_->wake();
  }

  bool check_owner(call_site where) {
    if (!debug() || thread_here() != nullptr) return true;
    {
      const std::lock_guard lock(mutex_);
      if (active_ == 0) return true;
    }
    misused("what belongs to the loop was used elsewhere", where);
    return false;
  }

  void describe(resource_description& description) const override {
    const auto threads = this->threads();
    const auto pinned = std::count_if(threads.begin(), threads.end(), [](const auto& each) {
      return each.info.cpu.has_value() && !each.info.pin_error;
    });
    const event_loop_counts sums = counts();
    description.state = to_string(state());
    description.gauge("threads", static_cast<double>(threads.size()));
    description.gauge("pinned", static_cast<double>(pinned));
    description.gauge("tasks", static_cast<double>(tasks_.counts().running));
    description.total("handlers", static_cast<double>(sums.handlers));
    description.total("slow_callbacks", static_cast<double>(sums.slow_callbacks));
    description.total("stuck", static_cast<double>(sums.stuck));
    description.total("exceptions", static_cast<double>(sums.exceptions));
    description.total("cancellations", static_cast<double>(sums.cancellations));
    description.total("misuses", static_cast<double>(sums.misuses));
  }

  event_loop_counts counts() const {
    event_loop_counts result = reports_.counts();
    result.handlers = handlers();
    return result;
  }

 private:
  using work_guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

  [[noreturn]] static void throw_deadlock(const char* what) {
    throw boost::system::system_error(
        make_error_code(boost::system::errc::resource_deadlock_would_occur), what);
  }

  task_monitor_options monitor_options() {
    task_monitor_options result = options_.tasks;
    result.on_failure = [this, also = std::move(result.on_failure)](
                            const ended_task& task, const std::exception_ptr& error) {
      // What somebody waits for is theirs.
      if (!task.awaited) leaving_exception(error, task.task);
      if (also != nullptr) also(task, error);
    };
    return result;
  }

  // A run: it begins, has threads, and ends when the last of them leaves.

  void begin(bool keep_running) {
    if (thread_here() != nullptr) throw_deadlock("run of a loop in its own thread");
    const std::lock_guard lock(mutex_);
    if (active_ > 0 || ending_)
      throw boost::system::system_error(make_error_code(boost::system::errc::operation_in_progress),
                                        "event_loop::run");
    if (state_ == loop_state::closed)
      throw boost::system::system_error(errc::closed, "event_loop::run");
    for (std::thread& each : threads_)
      each.join();
    threads_.clear();
    context_.restart();
    if (debug() || !options_.signals.empty()) supervise();
    if (keep_running) work_.emplace(context_.get_executor());
    state_ = loop_state::running;
    was_begun_ = true;
    stop_requested_ = false;
    gave_up_ = false;
    report_ = {};
    active_ = options_.threads;
  }

  void launch(std::size_t first) {
    for (std::size_t number = first; number < options_.threads; ++number) {
      try {
        const std::lock_guard lock(mutex_);
        threads_.emplace_back([this, number] { work(number, true); });
      } catch (...) {
        stop();
        // With those that were not made leaves the caller, if it was to be one.
        for (std::size_t missing = options_.threads - number + first; missing > 0; --missing)
          leave_run();
        throw;
      }
    }
  }

  void work(std::size_t number, bool own) {
    loop_thread self;
    std::optional<cpu_pin> pin;
    if (!options_.cpus.empty()) {
      self.cpu = options_.cpus[number % options_.cpus.size()];
      self.pin_error = pin.emplace(*self.cpu).error();
      if (self.pin_error) happened("pin_failed", static_cast<std::int64_t>(*self.cpu));
    }
    if (own)
      name_current_thread(
          thread_name(options_.thread_name.empty() ? base_name() : options_.thread_name, number));
    enter(self, current_thread_name());
    for (;;) {
      try {
        context_.run();
        break;
      } catch (...) {
        leaving_exception(std::current_exception(), std::nullopt);
      }
    }
    leave(self);
    leave_run();
  }

  std::string base_name() const { return name().empty() ? "loop" : name(); }

  void leave_run() {
    std::unique_ptr<loop_supervisor> supervisor;
    {
      const std::lock_guard lock(mutex_);
      if (--active_ > 0) return;
      ending_ = true;
      work_.reset();
      supervisor = std::move(supervisor_);
    }
    // It may be about to say who did not finish.
    supervisor.reset();
    auto unfinished = tasks_.running();
    const std::lock_guard lock(mutex_);
    supervisor_thread_ = {};
    if (!gave_up_) {
      report_.unfinished = std::move(unfinished);
      report_.end = !plan_.has_begun() ? (stop_requested_ ? loop_end::stopped : loop_end::finished)
                                       : (stop_requested_ ? loop_end::forced : loop_end::shut_down);
    }
    if (report_.failure != nullptr) report_.end = loop_end::failed;
    state_ = plan_.has_begun() ? loop_state::closed : loop_state::ready;
    ending_ = false;
    ended_.notify_all();
  }

  // A shutdown, step by step, by whoever takes it: the caller, or the supervisor.

  /// Under the lock.
  void supervise() {
    if (supervisor_ != nullptr) return;
    supervisor_ =
        std::make_unique<loop_supervisor>(static_cast<supervised&>(*this), options_.signals);
    supervisor_thread_ = supervisor_->id();
  }

  void signal_came(loop_supervisor& supervisor, int signal) noexcept override {
    happened("signal", signal);
    shutdown_plan::step step{};
    bool forced = false;
    {
      const std::lock_guard lock(mutex_);
      step = plan_.signal(now(), options_.shutdown_within);
      forced = plan_.was_forced();
    }
    if (forced) supervisor.give_back_signals();
    reports_.call("a shutdown", [&] { perform(step); });
  }

  nanoseconds look() noexcept override {
    for (;;) {
      shutdown_plan::step step{};
      std::optional<nanoseconds> next;
      {
        const std::lock_guard lock(mutex_);
        step = plan_.at(now());
        next = plan_.next();
      }
      if (step != shutdown_plan::step::none) {
        reports_.call("a shutdown", [&] { perform(step); });
        continue;
      }
      const nanoseconds until_next = next.has_value() ? *next - now() : nanoseconds::max();
      return std::min(std::max(until_next, nanoseconds(0)), watch());
    }
  }

  /// For handlers that do not return. Returns when to look again.
  nanoseconds watch() noexcept {
    if (!debug()) return nanoseconds::max();
    reports_.call("the watch", [&] {
      bool blocked = false;
      for (const thread_view& each : threads(true)) {
        blocked = blocked || each.info.running_time > slow_after();
        if (!each.stuck_is_due) continue;
        happened("stuck", each.info.running_time.count());
        reports_.slow(stuck_callback(each));
      }
      if (blocked) tasks_.report_slow();  // its timer is
    });
    const nanoseconds step =
        options_.stuck_after.count() == 0 ? std::chrono::seconds(1) : options_.stuck_after / 4;
    return std::clamp<nanoseconds>(step, std::chrono::milliseconds(5), std::chrono::seconds(1));
  }

  void perform(shutdown_plan::step step) {
    switch (step) {
      case shutdown_plan::step::none:
        return;
      case shutdown_plan::step::begin:
        return begin_shutdown();
      case shutdown_plan::step::cancel:
        tasks_.cancel_all(shut_down_from_);
        return;
      case shutdown_plan::step::stop:
        return give_up();
    }
  }

  void begin_shutdown() {
    happened("shutdown");
    tasks_.close();
    if (options_.on_shutdown != nullptr)
      boost::asio::post(executor(), [this] { reports_.call("on_shutdown", options_.on_shutdown); });
    const std::lock_guard lock(mutex_);
    if (active_ > 0) state_ = loop_state::stopping;
    work_.reset();
  }

  void give_up() {
    loop_report report = unfinished();
    reports_.unfinished(report);
    {
      const std::lock_guard lock(mutex_);
      report.failure = report_.failure;
      report_ = std::move(report);
      gave_up_ = true;
    }
    context_.stop();
  }

  loop_report unfinished() {
    loop_report report;
    {
      const std::lock_guard lock(mutex_);
      report.end = plan_.was_forced() ? loop_end::forced : loop_end::timed_out;
    }
    report.unfinished = tasks_.running();
    for (const thread_view& each : threads())
      if (each.info.running_time > slow_after()) report.stuck.push_back(stuck_callback(each));
    for (const resource_description& each : describe_resources())
      if (each.waiting > 0)
        report.waiting.push_back(std::string(to_string(each.kind)) + " \"" + each.name +
                                 "\": " + std::to_string(each.waiting) + " waiting");
    return report;
  }

  // Reports

  slow_callback stuck_callback(const thread_view& thread) const {
    return {thread.info.running_time, true, thread.info.name, task_of(thread.monitor, thread.task),
            0};
  }

  void leaving_exception(const std::exception_ptr& error, std::optional<task_info> task) noexcept {
    const loop_thread* const thread = thread_here();
    if (!reports_.exception(error,
                            {thread == nullptr ? std::string() : thread->name, std::move(task)}))
      return;
    happened("exception");
    if (options_.exceptions == after_exception::go_on) return;
    {
      const std::lock_guard lock(mutex_);
      if (report_.failure == nullptr) report_.failure = error;
    }
    context_.stop();
  }

  void was_slow(loop_thread& self, nanoseconds time) noexcept override {
    happened("slow", time.count());
    constexpr auto order = std::memory_order_relaxed;
    reports_.slow({time, false, self.name,
                   task_of(self.latest->monitor.load(order), self.latest->id.load(order)), 0});
  }

  void ran_elsewhere() noexcept override {
    if (options_.threads == 1) misused("a handler of the loop runs elsewhere", {});
  }

  void misused(const char* what, call_site where) noexcept {
    happened("misused");
    reports_.misuse(what, where);
  }

  std::optional<task_info> task_of(const void* of, task_id id) const {
    if (id == 0 || of != tasks_.identity()) return std::nullopt;
    return tasks_.find(id);
  }

  const event_loop_options options_;
  loop_reports reports_;
  boost::asio::io_context context_;
  monitor tasks_;

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  loop_state state_ = loop_state::ready;
  std::size_t active_ = 0;  ///< threads that run, or are about to
  bool ending_ = false;     ///< the last has left
  bool was_begun_ = false;
  bool stop_requested_ = false;
  bool gave_up_ = false;  ///< at the end of a shutdown: the report is made
  shutdown_plan plan_;
  call_site shut_down_from_;
  loop_report report_;
  std::optional<work_guard> work_;
  std::vector<std::thread> threads_;
  std::unique_ptr<loop_supervisor> supervisor_;
  std::thread::id supervisor_thread_;
};

}  // namespace asioscope::core::detail
