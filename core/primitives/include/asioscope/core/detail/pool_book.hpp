// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/config_error.hpp"
#include "asioscope/core/detail/pool_effects.hpp"
#include "asioscope/core/detail/pool_entry.hpp"
#include "asioscope/core/detail/pool_hook.hpp"
#include "asioscope/core/detail/pool_rules.hpp"
#include "asioscope/core/detail/pool_waits.hpp"
#include "asioscope/core/detail/waiting_state.hpp"
#include "asioscope/core/pool_options.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <list>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

namespace asioscope::core {

template <class T, class Executor, class Sync, class Clock>
class basic_pooled;

namespace detail {

/// What a pool has, who waits for it, and what is to become of it: everything that is done under
/// the pool's lock, at a time that is told. What follows from it for the world outside is left in
/// `later`. `Derived` is the pool_state around it, which has `hand_out(entry&)`.
template <class Derived, class T, class Executor, class Sync, class Clock>
class pool_book : public waiting_state<Derived, Executor, Sync, Clock> {
 public:
  using pooled = basic_pooled<T, Executor, Sync, Clock>;
  using entry = pool_entry<T, Executor>;
  using later = pool_effects<Derived, entry, Executor>;
  using nanoseconds = std::chrono::nanoseconds;

  using acquire_wait = pool_acquire_wait<pooled>;
  using warm_up_wait = pool_warm_up_wait;
  using close_wait = pool_close_wait;

 protected:
  pool_book(const Executor& executor, const pool_options& options, pool_hooks<T, Executor> hooks,
            std::string name)
      : pool_book::waiting_state(executor, resource_kind::resource_pool, std::move(name)),
        rules_(options),
        hooks_(std::move(hooks)) {
    require_config(hooks_.create != nullptr, "pool.create", "is needed");
    require_config(options.keepalive.count() == 0 || hooks_.validate != nullptr, "pool.keepalive",
                   "needs validate");
  }

  // --- what happens

  pooled borrow_now(call_site site, const resource_wait& holder, nanoseconds time,
                    later& after) noexcept {
    if (this->closed_ || !waiting_.empty()) return {};
    return take_idle(site, holder, time, after);
  }

  void enter(acquire_wait& request, nanoseconds time, later& after) noexcept {
    if (refuse_if_closed(request, after)) return;
    request.ticket = ++last_ticket_;
    this->queue(request, waiting_, after.settled);
    go_on(time, after);
  }

  void enter(warm_up_wait& request, nanoseconds time, later& after) noexcept {
    if (refuse_if_closed(request, after)) return;
    this->queue(request, warming_, after.settled);
    go_on(time, after);
  }

  void enter(close_wait& request, nanoseconds time, later& after) noexcept {
    this->queue(request, closing_, after.settled);
    go_on(time, after);
  }

  void returned(entry& from, pool_return how, nanoseconds time, later& after) noexcept {
    --borrowed_;
    if (from.loan.reported) {
      --leaked_;
      after.tell("unleaked");
    }
    if (how != pool_return::unused) from.stamps.used = from.stamps.proven = time;
    if (how == pool_return::broken) ++broken_;
    if (how == pool_return::broken || how == pool_return::taken) {
      end(from, after);
    } else if (how == pool_return::used && hooks_.reset != nullptr && !is_over(from, time)) {
      begin(from, pool_entry_state::resetting, time, after);
    } else {
      offer(from, time, after);
    }
    go_on(time, after);
  }

  /// \param random uniform in [0, 1)
  void hook_ended(entry& which, bool good, const std::exception_ptr& failure, nanoseconds time,
                  double random, later& after) noexcept {
    which.signal.reset();
    which.executor.reset();
    if (which.state == pool_entry_state::ending) {
      --ending_;
      all_.erase(which.self);
    } else if (which.state == pool_entry_state::creating) {
      --pending_;
      --creating_;
      if (good) {
        ++created_;
        rules_.creation_succeeded();
        rules_.made(which.stamps, time, random);
        // The first in line gets it, and that may be another.
        if (acquire_wait* const waiting = waits_for(which)) waiting->has_creation = false;
        offer_proven(which, time, after);
      } else {
        fail_creation(which, failure, time, after);
        all_.erase(which.self);
      }
    } else {
      --pending_;
      which.stamps.proven = time;
      if (!good) {
        ++broken_;
        end(which, after);
      } else if (which.state == pool_entry_state::checking) {
        offer_proven(which, time, after);
      } else {
        offer(which, time, after);
      }
    }
    go_on(time, after);
  }

  /// The coroutine of its hook has been destroyed with the context: out of the book.
  void hook_lost(entry& which, std::list<entry>& left) noexcept {
    if (which.state == pool_entry_state::ending) {
      --ending_;
    } else {
      if (which.state == pool_entry_state::creating) --creating_;
      --pending_;
    }
    left.splice(left.end(), all_, which.self);
  }

  void evict_all(nanoseconds time, later& after) noexcept {
    ++generation_;
    end_idle(after);
    go_on(time, after);
  }

  void end_use(error_code why, wait_outcome outcome, nanoseconds time, later& after) noexcept {
    this->closed_ = true;
    this->end_all_of(waiting_, why, outcome, after.settled);
    this->end_all_of(warming_, why, outcome, after.settled);
    end_idle(after);
    for (entry& each : all_)
      if (each.state != pool_entry_state::borrowed && each.state != pool_entry_state::ending)
        cancel_hook(each, after);
    go_on(time, after);
  }

  /// Idle ones, out of the book.
  void drop_idle(std::list<entry>& left) noexcept {
    while (!idle_.empty()) {
      entry& first = idle_.front();
      idle_.pop_front();
      left.splice(left.end(), all_, first.self);
    }
  }

  /// It is time to.
  void look_around(nanoseconds time, later& after) noexcept {
    look_at_ = pool_rules::never;
    for (auto each = all_.begin(); each != all_.end(); ++each)
      look_after(*each, time, after);
    go_on(time, after);
  }

  void describe_book(resource_description& description) const {
    const pool_stats stats = current_stats();
    if (this->closed_) description.state = "closed";
    description.gauge("max", static_cast<double>(rules_.options().max_size));
    description.gauge("min", static_cast<double>(rules_.options().min_size));
    description.gauge("total", static_cast<double>(stats.total));
    description.gauge("idle", static_cast<double>(stats.idle));
    description.gauge("in_use", static_cast<double>(stats.in_use));
    description.gauge("creating", static_cast<double>(stats.creating));
    description.gauge("leaked", static_cast<double>(stats.leaked));
    description.total("acquired", static_cast<double>(stats.acquired));
    description.total("created", static_cast<double>(stats.created));
    description.total("create_failures", static_cast<double>(stats.create_failures));
    description.total("broken", static_cast<double>(stats.broken));
    this->describe_waiters(description);
    for (const entry& each : all_)
      if (each.state == pool_entry_state::borrowed) description.is_held_by(each.loan.holder);
  }

  // --- what is so

  pool_stats current_stats() const noexcept {
    return {all_.size(), idle_.size(), borrowed_, creating_, waiting_.size(),
            leaked_,     acquired_,    created_,  failed_,   broken_};
  }

  pool_counts counts() const noexcept {
    return {all_.size(), ending_, creating_, pending_, waiting_.size()};
  }

  std::size_t live() const noexcept { return all_.size() - ending_; }

  bool is_over(const entry& which, nanoseconds time) const noexcept {
    return this->closed_ || rules_.is_over(which.stamps, time, generation_);
  }

  bool must_validate(const entry& which, nanoseconds time) const noexcept {
    return hooks_.validate != nullptr && rules_.must_validate(which.stamps, time);
  }

  pool_rules rules_;
  const pool_hooks<T, Executor> hooks_;
  wait_list<acquire_wait> waiting_;
  wait_list<warm_up_wait> warming_;
  wait_list<close_wait> closing_;
  std::list<entry> all_;
  boost::intrusive::list<entry> idle_;  ///< the freshest first
  std::size_t borrowed_ = 0;
  std::size_t creating_ = 0;
  std::size_t pending_ = 0;
  std::size_t ending_ = 0;
  std::size_t leaked_ = 0;
  std::uint64_t last_ticket_ = 0;
  std::uint64_t generation_ = 0;
  std::uint64_t acquired_ = 0;
  std::uint64_t created_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t broken_ = 0;
  bool in_use_ = false;  ///< nothing is made before somebody wants something
  std::exception_ptr failure_;
  nanoseconds look_at_ = pool_rules::never;

 private:
  template <class Request>
  bool refuse_if_closed(Request& request, later& after) noexcept {
    if (this->closed_) {
      request.fail(errc::closed);
      after.settled.add(request, wait_outcome::closed);
    } else {
      in_use_ = true;
    }
    return this->closed_;
  }

  pooled take_idle(call_site site, const resource_wait& holder, nanoseconds time,
                   later& after) noexcept {
    if (idle_.empty()) return {};
    entry& first = idle_.front();
    if (is_over(first, time) || must_validate(first, time)) return {};
    idle_.pop_front();
    return lend(first, site, holder, time, after);
  }

  pooled lend(entry& to, call_site site, const resource_wait& holder, nanoseconds time,
              later& after) noexcept {
    to.state = pool_entry_state::borrowed;
    to.loan = {site, holder, time};
    ++borrowed_;
    ++acquired_;
    look_at(add_timeout(time, rules_.options().leak_after), after);
    return derived().hand_out(to);
  }

  void grant(entry& to, nanoseconds time, later& after) noexcept {
    acquire_wait& first = waiting_.pop_front();
    const resource_wait holder{first.wait().task, this->id() == 0
                                                      ? std::chrono::steady_clock::time_point()
                                                      : std::chrono::steady_clock::now()};
    first.settle({}, lend(to, first.site, holder, time, after));
    after.settled.add(first, wait_outcome::granted);
  }

  /// One that nobody has.
  void offer(entry& ready, nanoseconds time, later& after) noexcept {
    if (is_over(ready, time)) {
      end(ready, after);
    } else if (waiting_.empty()) {
      ready.state = pool_entry_state::idle;
      ready.keeps_idle ? idle_.push_back(ready) : idle_.push_front(ready);
      look_at(rules_.next_look(ready.stamps, live()), after);
    } else if (must_validate(ready, time)) {
      begin(ready, pool_entry_state::checking, time, after);
    } else {
      grant(ready, time, after);
    }
    ready.keeps_idle = false;
  }

  void begin(entry& which, pool_entry_state what, nanoseconds time, later& after) noexcept {
    const pool_options& options = rules_.options();
    const bool creating = what == pool_entry_state::creating;
    which.state = what;
    which.hook_ends_at =
        add_timeout(time, creating ? options.create_timeout : options.check_timeout);
    if (creating) ++creating_;
    ++pending_;
    look_at(which.hook_ends_at, after);
    prepare(which);
    after.run(which);
  }

  void prepare(entry& which) noexcept {
    which.cancelled = false;
    which.signal = std::make_shared<boost::asio::cancellation_signal>();
  }

  void end(entry& which, later& after) noexcept {
    which.state = pool_entry_state::ending;
    ++ending_;
    prepare(which);
    after.run(which);
  }

  void end_idle(later& after) noexcept {
    while (!idle_.empty()) {
      entry& first = idle_.front();
      idle_.pop_front();
      end(first, after);
    }
  }

  void cancel_hook(entry& which, later& after) noexcept {
    if (std::exchange(which.cancelled, true) || !which.executor.has_value()) return;
    after.cancelled.emplace_back(*which.executor, which.signal);
  }

  template <class Predicate>
  acquire_wait* find_waiting(const Predicate& predicate) noexcept {
    for (const acquire_wait& each : waiting_)
      if (predicate(each)) return const_cast<acquire_wait*>(&each);
    return nullptr;
  }

  acquire_wait* waits_for(const entry& which) noexcept {
    return find_waiting([&](const acquire_wait& each) { return each.ticket == which.made_for; });
  }

  void create_one(nanoseconds time, later& after) noexcept {
    entry& one = all_.emplace_front(pool_entry_state::creating);
    one.self = all_.begin();
    one.stamps.generation = generation_;
    const auto has_none = [](const acquire_wait& each) { return !each.has_creation; };
    if (acquire_wait* const waiting = find_waiting(has_none)) {
      waiting->has_creation = true;
      one.made_for = waiting->ticket;
    }
    begin(one, pool_entry_state::creating, time, after);
  }

  /// The one that it was made for, if it still waits, hears of it: others may have more luck.
  void fail_creation(const entry& which, const std::exception_ptr& failure, nanoseconds time,
                     later& after) noexcept {
    const error_code why = which.cancelled ? error_code(errc::timed_out) : creation_error(failure);
    ++failed_;
    failure_ = failure;
    rules_.creation_failed(time);
    if (acquire_wait* const waiting = waits_for(which)) {
      waiting_.remove(*waiting);
      waiting->fail(why);
      after.settled.add(*waiting, wait_outcome::closed);
    }
    this->end_all_of(warming_, why, wait_outcome::closed, after.settled);
    after.tell("create_failed");
  }

  /// Whatever is possible now.
  void go_on(nanoseconds time, later& after) noexcept {
    while (!waiting_.empty() && !idle_.empty()) {
      entry& first = idle_.front();
      if (is_over(first, time)) {
        idle_.pop_front();
        end(first, after);
      } else if (must_validate(first, time)) {
        if (waiting_.size() <= pending_) break;
        idle_.pop_front();
        begin(first, pool_entry_state::checking, time, after);
      } else {
        idle_.pop_front();
        grant(first, time, after);
      }
    }
    if (this->closed_) {
      if (all_.empty()) this->end_all_of(closing_, {}, wait_outcome::granted, after.settled);
      return;
    }
    if (!in_use_) return;
    create_wanted(time, after);
    if (live() - creating_ >= rules_.options().min_size)
      this->end_all_of(warming_, {}, wait_outcome::granted, after.settled);
  }

  void create_wanted(nanoseconds time, later& after) noexcept {
    std::size_t wanted = rules_.wanted(counts());
    if (wanted != 0 && time < rules_.creations_after()) {
      look_at(rules_.creations_after(), after);
      return;
    }
    for (; wanted != 0; --wanted)
      create_one(time, after);
  }

  /// At that time, or sooner.
  void look_at(nanoseconds time, later& after) noexcept {
    if (time >= look_at_ || this->closed_) return;
    look_at_ = time;
    after.arm = true;
  }

  void look_after(entry& which, nanoseconds time, later& after) noexcept {
    switch (which.state) {
      case pool_entry_state::creating:
      case pool_entry_state::checking:
      case pool_entry_state::resetting:
        if (time >= which.hook_ends_at)
          cancel_hook(which, after);
        else
          look_at(which.hook_ends_at, after);
        break;
      case pool_entry_state::idle:
        look_after_idle(which, time, after);
        break;
      case pool_entry_state::borrowed:
        look_after_loan(which.loan, time, after);
        break;
      case pool_entry_state::ending:
        break;
    }
  }

  void look_after_idle(entry& which, nanoseconds time, later& after) noexcept {
    const auto take_out = [&] { idle_.erase(idle_.iterator_to(which)); };
    if (is_over(which, time) || rules_.idle_too_long(which.stamps, time, live())) {
      take_out();
      end(which, after);
    } else if (rules_.keepalive_due(which.stamps, time)) {
      take_out();
      which.keeps_idle = true;
      begin(which, pool_entry_state::checking, time, after);
    } else {
      look_at(rules_.next_look(which.stamps, live()), after);
    }
  }

  void look_after_loan(pool_loan& loan, nanoseconds time, later& after) noexcept {
    const nanoseconds due = add_timeout(loan.since, rules_.options().leak_after);
    if (loan.reported) return;
    if (time < due) {
      look_at(due, after);
      return;
    }
    loan.reported = true;
    ++leaked_;
    after.leaks.push_back({loan.site, time - loan.since});
  }

  /// What has just been made or validated is good enough, however short the bypass.
  void offer_proven(entry& which, nanoseconds time, later& after) noexcept {
    if (waiting_.empty() || is_over(which, time)) {
      offer(which, time, after);
    } else {
      which.keeps_idle = false;
      grant(which, time, after);
    }
  }

  Derived& derived() noexcept { return static_cast<Derived&>(*this); }
};

}  // namespace detail

}  // namespace asioscope::core
