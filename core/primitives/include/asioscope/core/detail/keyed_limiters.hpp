// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/rate_limiter_state.hpp"

#include <chrono>
#include <cstdint>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace asioscope::core::detail {

/// The limiters of a keyed one, the one used last at the end.
template <class Key, class Executor, class Sync, class Clock, class Hash>
class keyed_limiters final : public resource {
 public:
  using limiter = rate_limiter_state<Executor, Sync, Clock>;
  using time_point = typename Clock::time_point;
  using nanoseconds = std::chrono::nanoseconds;

  keyed_limiters(const Executor& executor, const rate_limiter_options& options,
                 std::size_t max_keys, std::string name)
      : resource(resource_kind::rate_limiter, std::move(name)),
        executor_(executor),
        options_(checked(options)),
        max_keys_(max_keys) {
    require_config(max_keys > 0, "keyed_rate_limiter.max_keys", "must be greater than 0");
    this->list();
  }

  ~keyed_limiters() { this->unlist(); }

  const Executor& executor() const noexcept { return executor_; }

  /// Begins `async_acquire` of the limiter of a key.
  class initiate_acquire {
   public:
    using executor_type = Executor;

    explicit initiate_acquire(std::shared_ptr<keyed_limiters> all) noexcept
        : all_(std::move(all)) {}

    executor_type get_executor() const noexcept { return all_->executor(); }

    template <class Handler>
    void operator()(Handler&& handler, const Key& key, std::uint64_t count,
                    time_point deadline) const {
      const auto [refused, of_key] = all_->find(key);
      if (refused) {
        post_completed(all_->executor(), completed<std::decay_t<Handler>, error_code>{
                                             std::forward<Handler>(handler), std::tuple(refused)});
      } else {
        const typename limiter::initiate_acquire begin(of_key);
        begin(std::forward<Handler>(handler), never<Clock>, count, deadline);
      }
    }

   private:
    std::shared_ptr<keyed_limiters> all_;
  };

  bool try_acquire(const Key& key, std::uint64_t count) {
    const auto [refused, of_key] = find(key);
    return !refused && of_key->try_acquire(count);
  }

  nanoseconds retry_after(const Key& key, std::uint64_t count) const {
    const std::lock_guard lock(mutex_);
    if (const auto found = places_.find(key); found != places_.end())
      return found->second->second->retry_after(count);
    return count > options_.burst.value_or(options_.rate) ? nanoseconds::max()
                                                          : nanoseconds::zero();
  }

  void cancel_all() {
    for (const state_ptr<limiter>& each : all())
      each->cancel_all();
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    for (const state_ptr<limiter>& each : all())
      each->close();
  }

  bool is_closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

  std::size_t keys() const {
    const std::lock_guard lock(mutex_);
    return places_.size();
  }

  void describe(resource_description& description) const override {
    std::size_t waiting = 0;
    const auto limiters = all();
    for (const state_ptr<limiter>& each : limiters)
      waiting += each->waiting();
    const std::lock_guard lock(mutex_);
    description.gauge("keys", static_cast<double>(places_.size()));
    description.gauge("max_keys", static_cast<double>(max_keys_));
    description.waiting = waiting;
    description.total("refused_keys", static_cast<double>(refused_));
  }

 private:
  using entries = std::list<std::pair<Key, state_ptr<limiter>>>;

  std::pair<error_code, state_ptr<limiter>> find(const Key& key) {
    const std::lock_guard lock(mutex_);
    if (closed_) return {errc::closed, nullptr};
    if (const auto found = places_.find(key); found != places_.end()) {
      entries_.splice(entries_.end(), entries_, found->second);
      return {error_code(), found->second->second};
    }
    if (places_.size() >= max_keys_ && !forget_one()) {
      ++refused_;
      return {errc::full, nullptr};
    }
    entries_.emplace_back(key, state_ptr<limiter>(new limiter(executor_, options_, std::string())));
    const auto place = std::prev(entries_.end());
    places_.emplace(key, place);
    return {error_code(), place->second};
  }

  /// One of those that have not been used for longest: an idle one, which nobody has found and is
  /// about to use.
  bool forget_one() {
    auto each = entries_.begin();
    for (int looked_at = 0; looked_at < 8 && each != entries_.end(); ++looked_at) {
      const auto oldest = each++;
      if (oldest->second->has_one_owner() && oldest->second->is_idle()) {
        places_.erase(oldest->first);
        entries_.erase(oldest);
        return true;
      }
      if (oldest->second->waiting() != 0) entries_.splice(entries_.end(), entries_, oldest);
    }
    return false;
  }

  std::vector<state_ptr<limiter>> all() const {
    std::vector<state_ptr<limiter>> result;
    const std::lock_guard lock(mutex_);
    for (const auto& [key, each] : entries_)
      result.push_back(each);
    return result;
  }

  Executor executor_;
  rate_limiter_options options_;
  std::size_t max_keys_;
  mutable Sync mutex_;
  entries entries_;
  std::unordered_map<Key, typename entries::iterator, Hash> places_;
  std::uint64_t refused_ = 0;
  bool closed_ = false;
};

}  // namespace asioscope::core::detail
