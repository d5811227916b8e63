// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/config_error.hpp"
#include "asioscope/core/detail/initiate_wait.hpp"
#include "asioscope/core/detail/pool_task.hpp"
#include "asioscope/core/detail/waiting_state.hpp"
#include "asioscope/core/task_pool_options.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace asioscope::core::detail {

template <class T, class Id, class Executor, class Sync, class Clock>
class task_pool_state final
    : public waiting_state<task_pool_state<T, Id, Executor, Sync, Clock>, Executor, Sync, Clock> {
 public:
  using task = pool_task<T, Id, Executor, Sync, Clock>;
  using task_ptr = std::shared_ptr<task>;
  using result = task_result<T, Id>;

  struct submit_wait : waiter<Id> {
    explicit submit_wait(task_ptr&& what) noexcept : submitted(std::move(what)) {}
    task_ptr submitted;

   protected:
    ~submit_wait() = default;
  };

  struct next_wait : waiter<std::optional<result>> {
   protected:
    ~next_wait() = default;
  };

  struct gather_wait : waiter<std::vector<result>> {
    explicit gather_wait(all_of_them) noexcept {}

   protected:
    ~gather_wait() = default;
  };

  using initiate_submit = initiate_wait<task_pool_state, submit_wait, Id>;
  using initiate_next = initiate_wait<task_pool_state, next_wait, std::optional<result>>;
  using initiate_gather = initiate_wait<task_pool_state, gather_wait, std::vector<result>>;

  task_pool_state(const Executor& executor, const task_pool_options& options, std::string name)
      : task_pool_state::waiting_state(executor, resource_kind::task_pool, std::move(name)),
        options_(options) {
    require_config(options.concurrency > 0, "task_pool.concurrency", "must be greater than 0");
    require_config(options.max_results > 0, "task_pool.max_results", "must be greater than 0");
    require_config(options.timeout.count() >= 0, "task_pool.timeout", "must not be negative");
    this->list();
  }

  ~task_pool_state() override { this->unlist(); }

  bool try_submit(task_ptr& submitted) {
    const auto taken = attempt(submitted);
    return taken.has_value() && !std::get<0>(*taken);
  }

  std::optional<std::tuple<error_code, Id>> attempt(task_ptr& submitted) {
    later todo(*this);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    const error_code refused = refusal(*submitted);
    if (refused) return std::tuple(refused, submitted->id);
    if (!submitters_.empty() || !has_room()) return std::nullopt;
    accept(submitted);
    advance(settled, todo);
    return std::tuple(error_code(), submitted->id);
  }

  std::optional<std::tuple<error_code, std::optional<result>>> attempt() {
    later todo(*this);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (!next_waits_.empty() || !(head_is_there() || is_idle())) return std::nullopt;
    std::tuple<error_code, std::optional<result>> next(error_code(), take_next());
    advance(settled, todo);
    return next;
  }

  std::optional<std::tuple<error_code, std::vector<result>>> attempt(all_of_them) {
    const std::lock_guard lock(this->mutex_);
    if (!is_idle()) return std::nullopt;
    return std::tuple(error_code(), take_all());
  }

  void add(submit_wait& request) { wait_for(request, submitters_); }
  void add(next_wait& request) { wait_for(request, next_waits_); }
  void add(gather_wait& request) { wait_for(request, gather_waits_); }

  std::optional<result> try_next() {
    later todo(*this);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (!next_waits_.empty()) return std::nullopt;
    std::optional<result> next = take_next();
    advance(settled, todo);
    return next;
  }

  /// On the executor of the task, when it has ended.
  void finished(const task_ptr& which, outcome<T>&& what) {
    const error_code error = what.error();
    {
      later todo(*this);
      settled_waiters settled(*this);
      const std::lock_guard lock(this->mutex_);
      --running_;
      store(*which, std::move(what), todo);
      if (options_.cancel_on_error && error && error != boost::asio::error::operation_aborted)
        give_up(settled, todo);
      advance(settled, todo);
    }
    if (error == boost::asio::error::operation_aborted)
      this->happened("cancelled");
    else if (error)
      this->happened(error == errc::timed_out ? "timed_out" : "failed");
  }

  bool cancel_task(const Id& id) {
    later todo(*this);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    const auto found = tasks_.find(id);
    if (found == tasks_.end()) return false;
    const task_ptr which = found->second.lock();
    if (which != nullptr) stop(which, todo);
    advance(settled, todo);
    return true;
  }

  void cancel_tasks() {
    later todo(*this);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    stop_all(todo);
    advance(settled, todo);
  }

  /// The pool is gone.
  void abandon() {
    later todo(*this);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    this->closed_ = true;
    this->end_all(boost::asio::error::operation_aborted, wait_outcome::cancelled, settled);
    stop_all(todo);
  }

  void close() {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    this->closed_ = true;
    this->end_all_of(submitters_, errc::closed, wait_outcome::closed, settled);
    serve(settled);
  }

  void pause(bool paused) {
    later todo(*this);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    paused_ = paused;
    advance(settled, todo);
  }

  void resize(std::size_t concurrency) {
    require_config(concurrency > 0, "task_pool.concurrency", "must be greater than 0");
    later todo(*this);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    options_.concurrency = concurrency;
    advance(settled, todo);
  }

  task_pool_counts counts() const {
    const std::lock_guard lock(this->mutex_);
    return {options_.concurrency, running_, queued_.size(), submitters_.size(),
            results_.size(),      dropped_, paused_};
  }

  std::chrono::nanoseconds timeout() const noexcept { return options_.timeout; }

  void describe(resource_description& description) const override {
    const std::lock_guard lock(this->mutex_);
    description.state = this->closed_ ? "closed" : paused_ ? "paused" : "open";
    description.gauge("limit", static_cast<double>(options_.concurrency));
    description.gauge("in_use", static_cast<double>(running_));
    description.gauge("queued", static_cast<double>(queued_.size()));
    description.gauge("results", static_cast<double>(results_.size()));
    description.total("submitted", static_cast<double>(last_sequence_));
    description.total("succeeded", static_cast<double>(succeeded_));
    description.total("failed", static_cast<double>(failed_));
    description.total("cancelled", static_cast<double>(cancelled_));
    description.total("results_dropped", static_cast<double>(dropped_));
    this->describe_waiters(description);
  }

 private:
  friend typename task_pool_state::waiting_state;

  /// What is done when the lock is free again: functions of the user are started and destroyed.
  struct later {
    explicit later(task_pool_state& pool) noexcept : state(&pool) {}
    later(const later&) = delete;
    later& operator=(const later&) = delete;
    ~later() {
      for (const task_ptr& each : start)
        each->start(state);
      for (const task_ptr& each : cancel)
        each->cancel();
    }
    state_ptr<task_pool_state> state;
    std::vector<task_ptr> start;
    std::vector<task_ptr> cancel;
    std::vector<task_ptr> destroy;
    std::optional<result> lost;
  };

  auto lists() noexcept { return std::tie(submitters_, next_waits_, gather_waits_); }

  /// What is queued has nowhere to run; results can still be taken.
  void shut_down() noexcept override {
    const state_ptr<task_pool_state> self(this);
    task_pool_state::waiting_state::shut_down();
    decltype(queued_) left;  // destroyed without the lock
    const std::lock_guard lock(this->mutex_);
    left.swap(queued_);
  }

  /// The last that waited to submit may have left: then the pool is idle.
  void proceed(settled_waiters& settled) noexcept { serve(settled); }

  template <class Node>
  void wait_for(Node& request, wait_list<Node>& list) {
    later todo(*this);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    this->queue(request, list, settled);
    advance(settled, todo);
  }

  error_code refusal(const task& submitted) const {
    if (this->closed_) return errc::closed;
    if (given_up_) return errc::rejected;
    const bool chosen = submitted.has_id || !std::is_integral_v<Id>;
    if (chosen && tasks_.contains(submitted.id)) return errc::duplicate;
    return {};
  }

  bool has_room() const noexcept {
    const std::size_t unfinished = running_ + queued_.size();
    if (unfinished >= options_.concurrency && unfinished - options_.concurrency >= options_.queued)
      return false;
    return options_.drop_oldest || unfinished + results_.size() < options_.max_results;
  }

  bool is_idle() const noexcept { return running_ == 0 && queued_.empty() && submitters_.empty(); }

  bool head_is_there() const noexcept {
    return !results_.empty() &&
           (options_.order == result_order::completion || results_.begin()->first == next_result_);
  }

  void accept(const task_ptr& submitted) {
    submitted->sequence = ++last_sequence_;
    if constexpr (std::is_integral_v<Id>)
      if (!submitted->has_id) {
        do
          submitted->id = ++last_id_;
        while (tasks_.contains(submitted->id));
      }
    tasks_.emplace(submitted->id, submitted);
    queued_.emplace(std::pair(-std::int64_t{submitted->priority}, submitted->sequence), submitted);
  }

  void advance(settled_waiters& settled, later& todo) noexcept {
    do {
      while (!paused_ && running_ < options_.concurrency && !queued_.empty()) {
        todo.start.push_back(std::move(queued_.begin()->second));
        todo.start.back()->prepare(this->executor());
        queued_.erase(queued_.begin());
        ++running_;
      }
    } while (admit(settled));
    serve(settled);
  }

  /// Whether somebody who waited to submit has.
  bool admit(settled_waiters& settled) noexcept {
    if (submitters_.empty()) return false;
    submit_wait& first = submitters_.front();
    const error_code refused = refusal(*first.submitted);
    if (!refused && !has_room()) return false;
    submitters_.pop_front();
    if (!refused) accept(first.submitted);
    first.settle(refused, first.submitted->id);
    settled.add(first, refused ? wait_outcome::closed : wait_outcome::granted);
    return true;
  }

  void serve(settled_waiters& settled) noexcept {
    while (!next_waits_.empty() && (head_is_there() || is_idle())) {
      next_wait& first = next_waits_.pop_front();
      first.settle({}, take_next());
      settled.add(first, wait_outcome::granted);
    }
    while (!gather_waits_.empty() && is_idle()) {
      gather_wait& first = gather_waits_.pop_front();
      first.settle({}, take_all());
      settled.add(first, wait_outcome::granted);
    }
  }

  std::optional<result> take_next() noexcept {
    if (!head_is_there()) return std::nullopt;
    auto first = results_.extract(results_.begin());
    next_result_ = first.key() + 1;
    return std::move(first.mapped());
  }

  std::vector<result> take_all() noexcept {
    std::vector<result> all;
    all.reserve(results_.size());
    for (auto& each : results_)
      all.push_back(std::move(each.second));
    results_.clear();
    next_result_ = last_sequence_ + 1;
    given_up_ = false;
    return all;
  }

  void store(task& which, outcome<T>&& what, later& todo) {
    tasks_.erase(which.id);
    if (what.has_value())
      ++succeeded_;
    else if (what.is_cancelled())
      ++cancelled_;
    else
      ++failed_;
    const std::uint64_t key =
        options_.order == result_order::submission ? which.sequence : ++completed_;
    results_.emplace(key, result{which.id, which.sequence, std::move(what)});
    if (!options_.drop_oldest || results_.size() <= options_.max_results) return;
    auto oldest = results_.extract(results_.begin());
    next_result_ = std::max(next_result_, oldest.key() + 1);
    todo.lost.emplace(std::move(oldest.mapped()));
    ++dropped_;
  }

  void stop(const task_ptr& which, later& todo) {
    const auto place = queued_.find({-std::int64_t{which->priority}, which->sequence});
    if (place == queued_.end()) {
      todo.cancel.push_back(which);
      return;
    }
    todo.destroy.push_back(which);
    queued_.erase(place);
    store(*which, error_code(boost::asio::error::operation_aborted), todo);
  }

  void stop_all(later& todo) {
    std::vector<task_ptr> all;
    for (const auto& each : tasks_)
      if (task_ptr which = each.second.lock(); which != nullptr) all.push_back(std::move(which));
    std::sort(all.begin(), all.end(),
              [](const task_ptr& a, const task_ptr& b) { return a->sequence < b->sequence; });
    for (const task_ptr& each : all)
      stop(each, todo);
  }

  void give_up(settled_waiters& settled, later& todo) {
    given_up_ = true;
    this->end_all_of(submitters_, errc::rejected, wait_outcome::closed, settled);
    stop_all(todo);
  }

  task_pool_options options_;
  bool paused_ = false;
  bool given_up_ = false;  ///< after an error, until all results have been taken
  std::size_t running_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t last_id_ = 0;
  std::uint64_t completed_ = 0;
  std::uint64_t next_result_ = 1;
  std::uint64_t succeeded_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t cancelled_ = 0;
  std::uint64_t dropped_ = 0;
  std::map<Id, std::weak_ptr<task>> tasks_;
  std::map<std::pair<std::int64_t, std::uint64_t>, task_ptr> queued_;
  std::map<std::uint64_t, result> results_;
  wait_list<submit_wait> submitters_;
  wait_list<next_wait> next_waits_;
  wait_list<gather_wait> gather_waits_;
};

}  // namespace asioscope::core::detail
