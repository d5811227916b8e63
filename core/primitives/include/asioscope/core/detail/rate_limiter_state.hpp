// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/config_error.hpp"
#include "asioscope/core/detail/initiate_wait.hpp"
#include "asioscope/core/detail/token_bucket.hpp"
#include "asioscope/core/detail/waiting_state.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace asioscope::core {

/// So many per period, and up to `burst` at once after a quiet time.
struct rate_limiter_options {
  std::uint64_t rate = 1;
  std::chrono::nanoseconds period = std::chrono::seconds(1);
  /// Nothing: as many as `rate`.
  std::optional<std::uint64_t> burst = std::nullopt;
  /// So many may wait; who comes then gets `full`.
  std::size_t queue_limit = std::numeric_limits<std::size_t>::max();
};

namespace detail {

inline void check_rate(std::uint64_t rate, std::chrono::nanoseconds period) {
  require_config(rate > 0 && rate <= token_bucket::most, "rate_limiter.rate",
                 "must be greater than 0 and at most 10^12");
  require_config(period.count() > 0, "rate_limiter.period", "must be greater than 0");
}

inline void check_burst(std::uint64_t burst) {
  require_config(burst > 0 && burst <= token_bucket::most, "rate_limiter.burst",
                 "must be greater than 0 and at most 10^12");
}

inline rate_limiter_options checked(const rate_limiter_options& options) {
  check_rate(options.rate, options.period);
  if (options.burst.has_value()) check_burst(*options.burst);
  return options;
}

template <class Executor, class Sync, class Clock>
class rate_limiter_state final
    : public waiting_state<rate_limiter_state<Executor, Sync, Clock>, Executor, Sync, Clock> {
 public:
  using nanoseconds = std::chrono::nanoseconds;
  using time_point = typename Clock::time_point;

  struct acquire_wait : waiter<> {
    acquire_wait(std::uint64_t count, time_point deadline) noexcept
        : wanted(count), latest(deadline) {}
    std::uint64_t weight() const noexcept { return wanted; }

    std::uint64_t wanted;
    time_point latest;
    nanoseconds since{};

   protected:
    ~acquire_wait() = default;
  };

  /// A place in the line without a handler. The line and the one who reserved own it together.
  class reserved_place final : public acquire_wait {
   public:
    using acquire_wait::acquire_wait;

    error_code outcome() const noexcept { return outcome_; }
    void settle(error_code outcome) noexcept override { outcome_ = outcome; }
    void post() noexcept override { release(); }
    void drop() noexcept override {
      outcome_ = errc::closed;
      release();
    }

    void release() noexcept {
      if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

   private:
    error_code outcome_;
    std::atomic<int> owners_{2};  ///< acq_rel: the last sees what the other has written
  };

  using initiate_acquire = initiate_wait<rate_limiter_state, acquire_wait>;

  rate_limiter_state(const Executor& executor, const rate_limiter_options& options,
                     std::string name)
      : rate_limiter_state::waiting_state(executor, resource_kind::rate_limiter, std::move(name)),
        bucket_(checked(options).rate, options.period, options.burst.value_or(options.rate), now()),
        queue_limit_(options.queue_limit) {
    this->list();
  }

  ~rate_limiter_state() override { this->unlist(); }

  bool try_acquire(std::uint64_t count) {
    std::optional<bool> taken;
    {
      const std::lock_guard lock(this->mutex_);
      if (waiting_.empty() && !this->closed_ && count <= bucket_.burst()) taken = take_now(count);
    }
    if (!taken.has_value()) return !std::get<error_code>(*attempt(count, time_point::min()));
    if (!*taken) this->happened("rejected", static_cast<std::int64_t>(count));
    return *taken;
  }

  std::optional<std::tuple<error_code>> attempt(std::uint64_t count, time_point latest) {
    std::optional<error_code> outcome;
    {
      settled_waiters settled(*this);
      const std::lock_guard lock(this->mutex_);
      outcome = admit(count, latest, settled);
    }
    if (!outcome.has_value()) return std::nullopt;
    if (*outcome) this->happened("rejected", static_cast<std::int64_t>(count));
    return std::tuple(*outcome);
  }

  /// The same again: much may have happened since the attempt.
  void add(acquire_wait& request) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (const std::optional outcome = admit(request.wanted, request.latest, settled)) {
      request.settle(*outcome);
      settled.add(request, *outcome ? wait_outcome::closed : wait_outcome::granted);
    } else {
      request.since = now();
      this->queue(request, waiting_, settled);
      serve(request.since, settled);
    }
  }

  /// The caller owns it, too.
  reserved_place* reserve(std::uint64_t count, time_point latest) {
    auto* const place = new reserved_place(count, latest);
    place->set_wait(begin_wait(*this));
    add(*place);
    return place;
  }

  error_code outcome_of(const reserved_place& place) const {
    const std::lock_guard lock(this->mutex_);
    return place.outcome();
  }

  nanoseconds delay_of(const reserved_place& place) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    serve(now(), settled);
    if (!place.queued()) return nanoseconds::zero();
    std::uint64_t tokens = 0;
    for (const acquire_wait& each : waiting_) {
      tokens += each.wanted;
      if (&each == &place) break;
    }
    return bucket_.until(tokens);
  }

  /// It leaves the line, if its time has not come.
  void leave_line(reserved_place& place) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    serve(now(), settled);
    if (!place.queued()) return;
    waiting_.remove(place);
    place.fail(boost::asio::error::operation_aborted);
    settled.add(place, wait_outcome::cancelled);
    serve(now(), settled);
  }

  /// As if it had never been.
  void undo(reserved_place& place) {
    leave_line(place);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (place.outcome()) return;
    place.fail(boost::asio::error::operation_aborted);
    --granted_;
    bucket_.give_back(place.wanted);
    serve(now(), settled);
  }

  void proceed(settled_waiters& settled) noexcept { serve(now(), settled); }

  void set_rate(std::uint64_t rate, nanoseconds period) {
    check_rate(rate, period);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    const nanoseconds moment = now();
    serve(moment, settled);
    bucket_.set_rate(rate, period);
    refuse_impossible(moment, settled);
    serve(moment, settled);
  }

  void set_burst(std::uint64_t burst) {
    check_burst(burst);
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    const nanoseconds moment = now();
    serve(moment, settled);
    bucket_.set_burst(burst);
    refuse_impossible(moment, settled);
    serve(moment, settled);
  }

  void drain() {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    const nanoseconds moment = now();
    serve(moment, settled);
    bucket_.drain();
    refuse_impossible(moment, settled);
    serve(moment, settled);
  }

  void cancel_all() {
    rate_limiter_state::waiting_state::cancel_all();
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    serve(now(), settled);
  }

  void close() {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    this->closed_ = true;
    this->end_all(errc::closed, wait_outcome::closed, settled);
    serve(now(), settled);
  }

  /// For one more who comes now.
  nanoseconds retry_after(std::uint64_t count) const {
    const std::lock_guard lock(this->mutex_);
    return count > bucket_.burst() ? nanoseconds::max()
                                   : at_this_moment().until(waiting_.weight() + count);
  }

  std::uint64_t available() const {
    const std::lock_guard lock(this->mutex_);
    return at_this_moment().available(waiting_.weight());
  }

  /// Full, and nobody waits: as good as new.
  bool is_idle() const {
    const std::lock_guard lock(this->mutex_);
    return waiting_.empty() && at_this_moment().has(bucket_.burst());
  }

  token_bucket bucket() const {
    const std::lock_guard lock(this->mutex_);
    return bucket_;
  }

  std::size_t waiting() const {
    const std::lock_guard lock(this->mutex_);
    return waiting_.size();
  }

  std::uint64_t granted() const {
    const std::lock_guard lock(this->mutex_);
    return granted_;
  }

  std::uint64_t rejected() const {
    const std::lock_guard lock(this->mutex_);
    return rejected_;
  }

  nanoseconds waited() const {
    const std::lock_guard lock(this->mutex_);
    return waited_;
  }

  void describe(resource_description& description) const override {
    const std::lock_guard lock(this->mutex_);
    const std::chrono::duration<double> period = bucket_.period();
    const std::chrono::duration<double> waited = waited_;
    description.gauge("rate", static_cast<double>(bucket_.rate()) / period.count());
    description.gauge("burst", static_cast<double>(bucket_.burst()));
    description.gauge("available",
                      static_cast<double>(at_this_moment().available(waiting_.weight())));
    description.total("acquired", static_cast<double>(granted_));
    description.total("rejected", static_cast<double>(rejected_));
    description.total("waited_seconds", waited.count());
    this->describe_waiters(description);
  }

 private:
  friend typename rate_limiter_state::waiting_state;

  static nanoseconds now() noexcept {
    return std::chrono::duration_cast<nanoseconds>(Clock::now().time_since_epoch());
  }

  static time_point moment_after(nanoseconds from, nanoseconds wait) noexcept {
    constexpr nanoseconds last =
        std::chrono::duration_cast<nanoseconds>(time_point::max().time_since_epoch());
    if (from.count() > 0 && wait >= last - from) return time_point::max();
    return time_point(std::chrono::ceil<typename Clock::duration>(from + wait));
  }

  auto lists() noexcept { return std::tie(waiting_); }

  token_bucket at_this_moment() const noexcept {
    token_bucket bucket = bucket_;
    bucket.advance(now());
    if (waiting_.empty()) bucket.spill();
    return bucket;
  }

  /// Under the lock, where the clock is read, too: it does not go back from one to the next.
  /// Takes the tokens, or tells why not; nothing: one has to wait.
  std::optional<error_code> admit(std::uint64_t count, time_point latest,
                                  settled_waiters& settled) noexcept {
    if (this->closed_) return refuse(errc::closed);
    if (count > bucket_.burst()) return refuse(errc::too_much);
    const nanoseconds moment = now();
    serve(moment, settled);
    if (count == 0 || (waiting_.empty() && bucket_.has(count))) {
      bucket_.take(count);
      ++granted_;
      return error_code();
    }
    if (too_late(moment, waiting_.weight() + count, latest)) return refuse(errc::timed_out);
    if (waiting_.size() >= queue_limit_) return refuse(errc::full);
    return std::nullopt;
  }

  /// Where nobody waits, so that there is nobody to serve, and no timer. Under the lock.
  bool take_now(std::uint64_t count) noexcept {
    bucket_.advance(now());
    bucket_.spill();
    const bool there = bucket_.has(count);
    if (there) bucket_.take(count);
    ++(there ? granted_ : rejected_);
    return there;
  }

  error_code refuse(errc why) noexcept {
    ++rejected_;
    return why;
  }

  bool too_late(nanoseconds moment, std::uint64_t tokens, time_point latest) const noexcept {
    return latest != time_point::max() && moment_after(moment, bucket_.until(tokens)) > latest;
  }

  /// Those whose time has come are served as if somebody had looked at that very moment: what a
  /// late timer costs is not taken from those who wait.
  void serve(nanoseconds moment, settled_waiters& settled) noexcept {
    bucket_.advance(moment);
    while (!waiting_.empty() && bucket_.has(waiting_.front().wanted)) {
      acquire_wait& first = waiting_.pop_front();
      bucket_.take(first.wanted);
      ++granted_;
      waited_ += moment - first.since;
      first.settle({});
      settled.add(first, wait_outcome::granted);
    }
    if (waiting_.empty()) bucket_.spill();
    set_timer(moment);
  }

  /// Who wants more than there can be now, or will not make it any more, does not wait for it.
  void refuse_impossible(nanoseconds moment, settled_waiters& settled) noexcept {
    std::uint64_t tokens = 0;
    for (auto each = waiting_.begin(); each != waiting_.end();) {
      auto& request = const_cast<acquire_wait&>(*each++);
      const bool too_much = request.wanted > bucket_.burst();
      if (!too_much && !too_late(moment, tokens + request.wanted, request.latest)) {
        tokens += request.wanted;
        continue;
      }
      waiting_.remove(request);
      ++rejected_;
      request.fail(too_much ? errc::too_much : errc::timed_out);
      settled.add(request, too_much ? wait_outcome::closed : wait_outcome::timed_out);
    }
  }

  /// One timer, for the first in line.
  void set_timer(nanoseconds moment) noexcept {
    const time_point due = waiting_.empty()
                               ? never<Clock>
                               : moment_after(moment, bucket_.until(waiting_.front().wanted));
    if (due == due_) return;
    due_ = due;
    if (const std::shared_ptr<deadline> running = timer_.lock()) running->stop();
    timer_.reset();
    if (due == never<Clock>) return;
    timer_ = deadline_timer<Clock, Executor>::start(
        this->executor(), due, [self = state_ptr<rate_limiter_state>(this), due](deadline&) {
          self->look_at_the_line(due);
        });
  }

  void look_at_the_line(time_point due) {
    settled_waiters settled(*this);
    const std::lock_guard lock(this->mutex_);
    if (due_ == due) due_ = never<Clock>;
    serve(now(), settled);
  }

  token_bucket bucket_;
  std::size_t queue_limit_;
  std::uint64_t granted_ = 0;
  std::uint64_t rejected_ = 0;
  nanoseconds waited_{};
  wait_list<acquire_wait> waiting_;
  time_point due_ = never<Clock>;
  /// Its handler owns it, and goes with the execution context.
  std::weak_ptr<deadline> timer_;
};

}  // namespace detail

}  // namespace asioscope::core
