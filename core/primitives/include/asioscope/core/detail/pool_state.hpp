// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/deadline_timer.hpp"
#include "asioscope/core/detail/initiate_wait.hpp"
#include "asioscope/core/detail/pool_book.hpp"
#include "asioscope/core/detail/pool_hook.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>

namespace asioscope::core::detail {

/// The pool around its book: takes the time and the lock, runs the hooks, keeps the timer.
template <class T, class Executor, class Sync, class Clock>
class pool_state final
    : public pool_book<pool_state<T, Executor, Sync, Clock>, T, Executor, Sync, Clock> {
  using book = pool_book<pool_state, T, Executor, Sync, Clock>;
  using typename book::later;

 public:
  using typename book::acquire_wait;
  using typename book::close_wait;
  using typename book::entry;
  using typename book::nanoseconds;
  using typename book::pooled;
  using typename book::warm_up_wait;

  using initiate_acquire = initiate_wait<pool_state, acquire_wait, pooled>;
  using initiate_warm_up = initiate_wait<pool_state, warm_up_wait>;
  using initiate_close = initiate_wait<pool_state, close_wait>;

  pool_state(const Executor& executor, pool_hooks<T, Executor> hooks, const pool_options& options,
             std::string name)
      : book(executor, options, std::move(hooks), std::move(name)),
        random_(std::random_device{}()) {
    this->list();
  }

  ~pool_state() override { this->unlist(); }

  const pool_hooks<T, Executor>& hooks() const noexcept { return this->hooks_; }

  pooled try_acquire(call_site site) noexcept {
    const resource_wait holder = caller();
    return with_lock([&](nanoseconds time, later& after) {
      return this->borrow_now(site, holder, time, after);
    });
  }

  std::optional<std::tuple<error_code, pooled>> attempt(call_site site) {
    if (pooled ready = try_acquire(site)) return std::tuple(error_code(), std::move(ready));
    if (this->is_closed()) return std::tuple(error_code(errc::closed), pooled());
    return std::nullopt;
  }

  std::optional<std::tuple<error_code>> attempt(pool_warm_up) noexcept { return std::nullopt; }

  std::optional<std::tuple<error_code>> attempt(pool_close) {
    close();
    const std::lock_guard lock(this->mutex_);
    if (!this->all_.empty()) return std::nullopt;
    return std::tuple(error_code());
  }

  template <class Request>
  void add(Request& request) noexcept {
    with_lock([&](nanoseconds time, later& after) { this->enter(request, time, after); });
  }

  void give_back(entry& from, pool_return how) noexcept {
    // What was taken is destroyed here: it is the user's.
    if (how == pool_return::taken) from.value.reset();
    with_lock([&](nanoseconds time, later& after) { this->returned(from, how, time, after); });
  }

  void close() { stop_lending(errc::closed, wait_outcome::closed); }

  /// The pool itself is gone.
  void abandon() {
    stop_lending(boost::asio::error::operation_aborted, wait_outcome::cancelled);
    this->cancel_all();
  }

  void evict() {
    with_lock([this](nanoseconds time, later& after) { this->evict_all(time, after); });
  }

  pool_stats stats() const {
    const std::lock_guard lock(this->mutex_);
    return this->current_stats();
  }

  std::exception_ptr last_failure() const {
    const std::lock_guard lock(this->mutex_);
    return this->failure_;
  }

  void describe(resource_description& description) const override {
    const std::lock_guard lock(this->mutex_);
    this->describe_book(description);
  }

  // --- for the hooks, as they run

  void finished(entry& which, bool good, const std::exception_ptr& failure) noexcept {
    if (which.state == pool_entry_state::ending) which.value.reset();
    with_lock([&](nanoseconds time, later& after) {
      const double random = std::uniform_real_distribution<>()(random_);
      this->hook_ended(which, good, failure, time, random, after);
    });
  }

  void forget(entry& which) noexcept {
    std::list<entry> left;
    const std::lock_guard lock(this->mutex_);
    this->hook_lost(which, left);
  }

 private:
  friend book;
  friend later;
  friend typename book::waiting_state;

  /// What follows is done when the lock is free again.
  template <class Function>
  auto with_lock(Function function) noexcept {
    later after(*this);
    const auto time = std::chrono::duration_cast<nanoseconds>(Clock::now().time_since_epoch());
    const std::lock_guard lock(this->mutex_);
    return function(time, after);
  }

  auto lists() noexcept { return std::tie(this->waiting_, this->warming_, this->closing_); }

  /// Nobody gets anything sooner because another has left.
  void proceed(settled_waiters&) noexcept {}

  pooled hand_out(entry& what) noexcept { return pooled(state_ptr<pool_state>(this), what); }

  resource_wait caller() const noexcept {
    if (this->id() == 0) return {};
    observer* const listener = current_observer();
    return {listener == nullptr ? 0 : listener->current_task(), std::chrono::steady_clock::now()};
  }

  void stop_lending(error_code why, wait_outcome outcome) {
    std::shared_ptr<deadline> timer;
    with_lock([&](nanoseconds time, later& after) {
      if (this->closed_) return;
      timer.swap(timer_);
      this->end_use(why, outcome, time, after);
    });
    if (timer != nullptr) timer->stop();
  }

  void shut_down() noexcept override {
    const state_ptr<pool_state> self(this);
    book::shut_down();
    std::list<entry> left;
    std::shared_ptr<deadline> timer;
    const std::lock_guard lock(this->mutex_);
    timer.swap(timer_);
    this->drop_idle(left);
  }

  void report(const pool_leak& leak) noexcept {
    this->happened("leaked", leak.held.count());
    if (hooks().on_leak == nullptr) return;
    boost::asio::post(this->executor(),
                      [self = state_ptr<pool_state>(this), leak] { self->hooks().on_leak(leak); });
  }

  void start(entry& which) noexcept {
    if (which.state == pool_entry_state::ending &&
        (hooks().dispose == nullptr || !which.value.has_value() || this->context_is_gone())) {
      finished(which, true, nullptr);
      return;
    }
    auto signal = which.signal;
    const auto slot = signal->slot();
    const Executor executor = hook_executor(this->executor());
    boost::asio::co_spawn(
        executor, resource_pool_hook(state_ptr<pool_state>(this), which, which.state),
        boost::asio::bind_cancellation_slot(slot, [signal](const std::exception_ptr&) {}));
    started(which, signal, executor);
  }

  /// A cancellation that came before it could be, is now.
  void started(entry& which, const std::shared_ptr<boost::asio::cancellation_signal>& signal,
               const Executor& executor) noexcept {
    later after(*this);
    const std::lock_guard lock(this->mutex_);
    for (entry& each : this->all_) {  // it may be over already, and gone
      if (&each != &which || each.signal != signal) continue;
      each.executor = executor;
      if (each.cancelled) after.cancelled.emplace_back(executor, signal);
    }
  }

  void arm() {
    nanoseconds when{};
    std::uint64_t number = 0;
    {
      const std::lock_guard lock(this->mutex_);
      if (this->closed_) return;
      when = this->look_at_;
      number = ++last_timer_;
    }
    const typename Clock::time_point deadline_at(std::chrono::ceil<typename Clock::duration>(when));
    auto timer = deadline_timer<Clock, Executor>::start(
        this->executor(), deadline_at,
        [self = state_ptr<pool_state>(this), number](deadline&) { self->look(number); });
    {
      const std::lock_guard lock(this->mutex_);
      if (!this->closed_ && last_timer_ == number) timer.swap(timer_);
    }
    if (timer != nullptr) timer->stop();
  }

  /// The timer that is not the last has been replaced by another.
  void look(std::uint64_t timer) {
    with_lock([&](nanoseconds time, later& after) {
      if (!this->closed_ && timer == last_timer_) this->look_around(time, after);
    });
  }

  std::minstd_rand random_;
  std::uint64_t last_timer_ = 0;
  std::shared_ptr<deadline> timer_;
};

}  // namespace asioscope::core::detail
