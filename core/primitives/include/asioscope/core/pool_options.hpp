// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/call_site.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace asioscope::core {

/// How a pool is kept. A duration of zero switches off what it belongs to.
struct pool_options {
  std::size_t min_size = 0;      ///< so many are kept from the first use on
  std::size_t max_size = 10;     ///< there are never more
  std::size_t max_creating = 0;  ///< made at the same time; 0: as many as are wanted
  /// `pool_hooks::create` is cancelled then, and so are the other hooks, but `dispose`.
  std::chrono::nanoseconds create_timeout = std::chrono::seconds(30);
  std::chrono::nanoseconds check_timeout = std::chrono::seconds(5);
  /// Used or validated more recently than that: not validated again.
  std::chrono::nanoseconds validation_bypass = std::chrono::milliseconds(500);
  std::chrono::nanoseconds idle_timeout = std::chrono::minutes(10);  ///< never below `min_size`
  std::chrono::nanoseconds max_lifetime = std::chrono::minutes(30);  ///< those in use may finish
  /// Each lives up to this fraction shorter, so that not all end at once.
  double lifetime_variance = 0.025;
  std::chrono::nanoseconds keepalive{};  ///< so long without use: validated
  /// How long after a failed `create` the next may begin: doubled by each further one.
  std::chrono::nanoseconds first_backoff = std::chrono::milliseconds(10);
  std::chrono::nanoseconds max_backoff = std::chrono::seconds(5);
  std::chrono::nanoseconds leak_after{};  ///< borrowed for so long: reported
};

/// Somebody has not given back for longer than `pool_options::leak_after`.
struct pool_leak {
  call_site borrowed_at;
  std::chrono::nanoseconds held;
};

/// What a pool does with its resources. Exceptions count as failure. All run on the pool's
/// executor, each in a strand of its own where the executor allows it; several may run at the same
/// time when it has several threads.
template <class T, class Executor = boost::asio::any_io_executor>
struct pool_hooks {
  /// Makes one. Needed.
  std::function<boost::asio::awaitable<T, Executor>()> create;
  /// Is it still good? False: another is used.
  std::function<boost::asio::awaitable<bool, Executor>(T&)> validate = nullptr;
  /// When it has been given back, before anybody else gets it. False: it is not used again.
  std::function<boost::asio::awaitable<bool, Executor>(T&)> reset = nullptr;
  /// Its last use; without it, it is just destroyed.
  std::function<boost::asio::awaitable<void, Executor>(T)> dispose = nullptr;
  /// Told once for each borrower, on the pool's executor.
  std::function<void(const pool_leak&)> on_leak = nullptr;
};

struct pool_stats {
  std::size_t total = 0;  ///< all there are, also those being made or ended
  std::size_t idle = 0;
  std::size_t in_use = 0;
  std::size_t creating = 0;
  std::size_t waiting = 0;  ///< operations
  std::size_t leaked = 0;   ///< of those in use
  std::uint64_t acquired = 0;
  std::uint64_t created = 0;
  std::uint64_t create_failures = 0;
  std::uint64_t broken = 0;  ///< refused by `validate` or `reset`
};

}  // namespace asioscope::core
