// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/config_error.hpp"
#include "asioscope/core/detail/initiate_wait.hpp"
#include "asioscope/core/detail/item_waits.hpp"
#include "asioscope/core/detail/spawned.hpp"
#include "asioscope/core/detail/waiting_state.hpp"
#include "asioscope/core/queue_processor_options.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace asioscope::core::detail {

struct begin_processing {};
struct take_job {};

/// Who has which item. What workers do with one is in queue_worker.hpp.
template <class T, class Executor, class Sync, class Clock>
class queue_processor_state final
    : public waiting_state<queue_processor_state<T, Executor, Sync, Clock>, Executor, Sync, Clock> {
 public:
  using time_point = typename Clock::time_point;
  using report = stop_report<T>;
  using coroutine = spawned<coroutine_executor<Executor, Sync>>;

  struct job {
    T item;
    time_point accepted;
  };

  struct push_wait : waiter<> {
    explicit push_wait(T&& pushed) noexcept : item(std::move(pushed)) {}
    T item;

   protected:
    ~push_wait() = default;
  };

  struct take_wait : waiter<std::optional<job>> {
    explicit take_wait(take_job) noexcept {}

   protected:
    ~take_wait() = default;
  };

  struct start_wait : waiter<> {
    explicit start_wait(begin_processing) noexcept {}

   protected:
    ~start_wait() = default;
  };

  struct stop_wait : waiter<report> {
    stop_wait(stop_mode, time_point) noexcept {}

   protected:
    ~stop_wait() = default;
  };

  using initiate_push = initiate_wait<queue_processor_state, push_wait>;
  using initiate_take = initiate_wait<queue_processor_state, take_wait, std::optional<job>>;
  using initiate_start = initiate_wait<queue_processor_state, start_wait>;
  using initiate_stop = initiate_wait<queue_processor_state, stop_wait, report>;

  queue_processor_state(const Executor& executor, const queue_processor_options& options,
                        std::shared_ptr<item_processor<T>> processor, std::string name)
      : queue_processor_state::waiting_state(executor, resource_kind::queue_processor,
                                             std::move(name)),
        options_(options),
        processor_(std::move(processor)) {
    require_config(options.workers > 0, "queue_processor.workers", "must be greater than 0");
    require_config(options.capacity > 0, "queue_processor.capacity", "must be greater than 0");
    require_config(options.max_attempts > 0, "queue_processor.max_attempts",
                   "must be greater than 0");
    require_config(options.retry_delay.count() >= 0, "queue_processor.retry_delay",
                   "must not be negative");
    require_config(options.max_retry_delay >= options.retry_delay,
                   "queue_processor.max_retry_delay", "must not be less than retry_delay");
    require_config(processor_ != nullptr, "queue_processor.processor", "must be there");
    this->list();
  }

  ~queue_processor_state() override { this->unlist(); }

  const queue_processor_options& options() const noexcept { return options_; }
  item_processor<T>& processor() const noexcept { return *processor_; }

  bool try_push(T& item) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    return is_open() && pushers_.empty() && give(item, settled);
  }

  std::optional<std::tuple<error_code>> attempt(T& item) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (!is_open()) return std::tuple(error_code(errc::not_running));
    if (pushers_.empty() && give(item, settled)) return std::tuple(error_code());
    return std::nullopt;
  }

  void add(push_wait& request) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (is_open()) {
      this->queue(request, pushers_, settled);
      hand_out(settled);
    } else {
      request.fail(errc::not_running);
      settled.add(request, wait_outcome::closed);
    }
  }

  std::optional<std::tuple<error_code, std::optional<job>>> attempt(take_job) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (workers_may_leave()) return std::tuple(error_code(), std::optional<job>());
    if (paused_ || items_.empty()) return std::nullopt;
    std::tuple<error_code, std::optional<job>> taken(error_code(), take());
    hand_out(settled);
    return taken;
  }

  void add(take_wait& request) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    this->queue(request, idle_, settled);
    hand_out(settled);
  }

  std::optional<std::tuple<error_code>> attempt(begin_processing) {
    later todo(*this);
    const std::lock_guard lock(this->mutex_);
    if (phase_ == phase::stopping) return std::nullopt;
    begin(todo);
    return std::tuple(error_code());
  }

  void add(start_wait& request) {
    later todo(*this);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    this->queue(request, starters_, settled);
    if (phase_ != phase::stopping) start_those_who_wait(settled, todo);
  }

  std::optional<std::tuple<error_code, report>> attempt(stop_mode mode, time_point deadline) {
    std::shared_ptr<detail::deadline> limit;
    if (deadline != never<Clock>)
      limit = deadline_timer<Clock, Executor>::start(
          this->executor(), deadline,
          [self = state_ptr<queue_processor_state>(this)](detail::deadline&) { self->too_late(); });
    later todo(*this);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (phase_ == phase::running || phase_ == phase::stopping) {
      if (limit != nullptr) limits_.push_back(limit);
      stop(mode, settled, todo);
      return std::nullopt;
    }
    if (limit != nullptr) limit->stop();
    phase_ = phase::stopped;
    this->end_all_of(pushers_, errc::not_running, wait_outcome::closed, settled);
    put_aside_pending();
    return std::tuple(error_code(), take_report());
  }

  void add(stop_wait& request) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (phase_ == phase::stopping) {
      this->queue(request, stoppers_, settled);
    } else {  // it has been stopped in the meantime
      request.settle({}, take_report());
      settled.add(request, wait_outcome::granted);
    }
  }

  /// A worker is gone.
  void worker_ended() {
    later todo(*this);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (--live_workers_ == 0 && phase_ == phase::stopping) end(settled, todo);
  }

  enum class fate : std::uint8_t { processed, failed, unprocessed, interrupted };

  void done(job& which, fate what) {
    const std::lock_guard lock(this->mutex_);
    --in_flight_;
    switch (what) {
      case fate::processed:
        ++processed_;
        break;
      case fate::failed:
        ++failed_;
        break;
      case fate::unprocessed:
        report_.unprocessed.push_back(std::move(which.item));
        break;
      case fate::interrupted:
        report_.interrupted.push_back(std::move(which.item));
        break;
    }
  }

  /// Whether another attempt is worth while.
  bool may_try_again() const {
    const std::lock_guard lock(this->mutex_);
    return phase_ == phase::running || (phase_ == phase::stopping && mode_ == stop_mode::drain);
  }

  bool is_aborting() const {
    const std::lock_guard lock(this->mutex_);
    return phase_ == phase::stopping && mode_ == stop_mode::abort;
  }

  void tell(const char* what) const noexcept { this->happened(what); }

  void pause(bool paused) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    paused_ = paused && phase_ != phase::stopping;
    hand_out(settled);
  }

  /// The processor is gone.
  void abandon() {
    later todo(*this);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    stop_limits();
    const error_code aborted = boost::asio::error::operation_aborted;
    this->end_all_of(starters_, aborted, wait_outcome::cancelled, settled);
    this->end_all_of(stoppers_, aborted, wait_outcome::cancelled, settled);
    this->end_all_of(pushers_, aborted, wait_outcome::cancelled, settled);
    if (phase_ == phase::running || phase_ == phase::stopping)
      stop(stop_mode::abort, settled, todo);
    else
      phase_ = phase::stopped;
  }

  bool is_running() const {
    const std::lock_guard lock(this->mutex_);
    return phase_ == phase::running;
  }

  std::size_t pending() const {
    const std::lock_guard lock(this->mutex_);
    return items_.size();
  }

  std::size_t in_flight() const {
    const std::lock_guard lock(this->mutex_);
    return in_flight_;
  }

  void describe(resource_description& description) const override {
    const std::lock_guard lock(this->mutex_);
    static constexpr const char* names[] = {"not_started", "running", "stopping", "stopped"};
    description.state = paused_ ? "paused" : names[static_cast<std::size_t>(phase_)];
    description.gauge("capacity", static_cast<double>(options_.capacity));
    description.gauge("depth", static_cast<double>(items_.size()));
    description.gauge("peak_depth", static_cast<double>(peak_));
    description.gauge("oldest_item_age_seconds", items_.empty() ? 0.0 : age(items_.front()));
    description.gauge("workers", static_cast<double>(live_workers_));
    description.gauge("in_use", static_cast<double>(in_flight_));
    description.total("accepted", static_cast<double>(accepted_));
    description.total("processed", static_cast<double>(processed_));
    description.total("failed", static_cast<double>(failed_));
    description.wait_for_it(pushers_);
  }

 private:
  friend typename queue_processor_state::waiting_state;

  enum class phase : std::uint8_t { not_started, running, stopping, stopped };

  /// Workers are started and cancelled when the lock is free again.
  struct later {
    explicit later(queue_processor_state& processor) noexcept : state(&processor) {}
    later(const later&) = delete;
    later& operator=(const later&) = delete;
    ~later() {
      for (const auto& each : start)
        state->run_worker(each);
      for (const auto& each : cancel)
        if (const auto worker = each.lock(); worker != nullptr) worker->cancel();
    }
    state_ptr<queue_processor_state> state;
    std::vector<std::shared_ptr<coroutine>> start;
    std::vector<std::weak_ptr<coroutine>> cancel;
  };

  auto lists() noexcept { return std::tie(pushers_, idle_, starters_, stoppers_); }
  void proceed(settled_waiters&) noexcept {}

  /// What is queued has nowhere to be processed.
  void shut_down() noexcept override {
    const state_ptr<queue_processor_state> self(this);
    queue_processor_state::waiting_state::shut_down();
    std::deque<job> left;  // destroyed without the lock
    const std::lock_guard lock(this->mutex_);
    left.swap(items_);
  }

  void run_worker(const std::shared_ptr<coroutine>& worker);

  static double age(const job& which) {
    return std::chrono::duration<double>(Clock::now() - which.accepted).count();
  }

  bool is_open() const noexcept { return phase_ == phase::not_started || phase_ == phase::running; }

  bool workers_may_leave() const noexcept {
    return phase_ == phase::stopped ||
           (phase_ == phase::stopping && (mode_ != stop_mode::drain || items_.empty()));
  }

  bool give(T& item, settled_waiters& settled) {
    if (items_.size() >= options_.capacity) return false;
    items_.push_back(job{std::move(item), Clock::now()});
    ++accepted_;
    peak_ = std::max(peak_, items_.size());
    hand_out(settled);
    return true;
  }

  std::optional<job> take() noexcept {
    std::optional<job> first(std::move(items_.front()));
    items_.pop_front();
    if (item_waits::wanted(*this)) {
      using wanted = std::chrono::steady_clock::duration;
      waits_.add(*this, std::chrono::duration_cast<wanted>(Clock::now() - first->accepted));
    }
    ++in_flight_;
    return first;
  }

  void hand_out(settled_waiters& settled) noexcept {
    for (;;) {
      while (!pushers_.empty() && items_.size() < options_.capacity) {
        push_wait& first = pushers_.pop_front();
        items_.push_back(job{std::move(first.item), Clock::now()});
        ++accepted_;
        peak_ = std::max(peak_, items_.size());
        first.settle({});
        settled.add(first, wait_outcome::granted);
      }
      if (idle_.empty()) return;
      const bool leave = workers_may_leave();
      if (!leave && (paused_ || items_.empty())) return;
      take_wait& first = idle_.pop_front();
      first.settle({}, leave ? std::nullopt : take());
      settled.add(first, wait_outcome::granted);
    }
  }

  void begin(later& todo) {
    if (phase_ == phase::running) return;
    phase_ = phase::running;
    report_ = report();
    before_ = {processed_, failed_};
    workers_.clear();
    for (std::size_t i = 0; i < options_.workers; ++i) {
      todo.start.push_back(
          std::make_shared<coroutine>(make_coroutine_executor<Executor, Sync>(this->executor())));
      workers_.push_back(todo.start.back());
    }
    live_workers_ = options_.workers;
  }

  void stop(stop_mode mode, settled_waiters& settled, later& todo) {
    mode_ = phase_ == phase::stopping ? std::max(mode_, mode) : mode;
    phase_ = phase::stopping;
    paused_ = false;
    this->end_all_of(pushers_, errc::not_running, wait_outcome::closed, settled);
    if (mode_ != stop_mode::drain) put_aside_pending();
    if (mode_ == stop_mode::abort) todo.cancel = workers_;
    hand_out(settled);
  }

  void too_late() {
    later todo(*this);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (phase_ != phase::stopping) return;
    report_.deadline_passed = true;
    stop(stop_mode::abort, settled, todo);
  }

  void put_aside_pending() {
    for (job& each : items_)
      report_.unprocessed.push_back(std::move(each.item));
    items_.clear();
  }

  void end(settled_waiters& settled, later& todo) {
    phase_ = phase::stopped;
    stop_limits();
    while (!stoppers_.empty()) {
      stop_wait& first = stoppers_.pop_front();
      first.settle({}, take_report());
      settled.add(first, wait_outcome::granted);
    }
    start_those_who_wait(settled, todo);
  }

  void start_those_who_wait(settled_waiters& settled, later& todo) {
    while (!starters_.empty()) {
      begin(todo);
      start_wait& first = starters_.pop_front();
      first.settle({});
      settled.add(first, wait_outcome::granted);
    }
  }

  void stop_limits() noexcept {
    for (const auto& each : limits_)
      if (const auto limit = each.lock(); limit != nullptr) limit->stop();
    limits_.clear();
  }

  /// The items go to the first who asks, the figures to all.
  report take_report() noexcept {
    report taken;
    taken.processed = processed_ - before_.processed;
    taken.failed = failed_ - before_.failed;
    taken.deadline_passed = report_.deadline_passed;
    taken.unprocessed = std::exchange(report_.unprocessed, {});
    taken.interrupted = std::exchange(report_.interrupted, {});
    return taken;
  }

  const queue_processor_options options_;
  const std::shared_ptr<item_processor<T>> processor_;
  phase phase_ = phase::not_started;
  stop_mode mode_ = stop_mode::drain;  ///< of stopping
  bool paused_ = false;
  std::deque<job> items_;
  std::size_t peak_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t live_workers_ = 0;
  item_waits waits_;
  std::uint64_t accepted_ = 0;
  std::uint64_t processed_ = 0;
  std::uint64_t failed_ = 0;
  struct {
    std::uint64_t processed = 0;
    std::uint64_t failed = 0;
  } before_;  ///< the start
  report report_;
  std::vector<std::weak_ptr<coroutine>> workers_;
  std::vector<std::weak_ptr<detail::deadline>> limits_;  ///< timers must not outlive a context
  wait_list<push_wait> pushers_;
  wait_list<take_wait> idle_;
  wait_list<start_wait> starters_;
  wait_list<stop_wait> stoppers_;
};

}  // namespace asioscope::core::detail
