// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

/// What many programs have written for themselves: each handler is given a name and wrapped, and
/// the wrapper keeps counts and times in a map behind a mutex. The scheme of Ray's
/// instrumented_io_context, with fewer locks. For comparison only.
namespace bench::mutex_and_map {

using clock = std::chrono::steady_clock;

struct stats {
  std::uint64_t queued = 0;
  std::uint64_t running = 0;
  std::uint64_t finished = 0;
  clock::duration queue_time{};
  clock::duration run_time{};
  clock::duration longest_run{};
};

class registry {
 public:
  void on_queued(const std::string& name) {
    const std::lock_guard lock(mutex_);
    ++by_name_[name].queued;
  }
  void on_begin(const std::string& name, clock::duration waited) {
    const std::lock_guard lock(mutex_);
    stats& s = by_name_[name];
    --s.queued;
    ++s.running;
    s.queue_time += waited;
  }
  void on_end(const std::string& name, clock::duration ran) {
    const std::lock_guard lock(mutex_);
    stats& s = by_name_[name];
    --s.running;
    ++s.finished;
    s.run_time += ran;
    if (ran > s.longest_run) s.longest_run = ran;
  }

  std::uint64_t finished() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t sum = 0;
    for (const auto& [name, s] : by_name_)
      sum += s.finished;
    return sum;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, stats> by_name_;
};

inline registry& handlers() {
  static registry all;
  return all;
}

template <class Handler>
auto wrap(std::string name, Handler handler) {
  handlers().on_queued(name);
  return [name = std::move(name), queued = clock::now(),
          handler = std::move(handler)](auto&&... results) mutable {
    const auto begin = clock::now();
    handlers().on_begin(name, begin - queued);
    handler(std::forward<decltype(results)>(results)...);
    handlers().on_end(name, clock::now() - begin);
  };
}

}  // namespace bench::mutex_and_map
