// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/call_site.hpp"
#include "asioscope/core/detail/pool_rules.hpp"
#include "asioscope/core/resource.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>

namespace asioscope::core::detail {

enum class pool_entry_state : std::uint8_t {
  creating,
  checking,
  resetting,
  idle,
  borrowed,
  ending
};

/// Who has it.
struct pool_loan {
  call_site site;
  resource_wait holder;
  std::chrono::nanoseconds since{};
  bool reported = false;  ///< as leaked
};

/// A place in a pool, with a resource in it as soon as that is made. Under the pool's lock, but for
/// the resource itself, which belongs to whoever the state says.
template <class T, class Executor>
struct pool_entry : boost::intrusive::list_base_hook<> {
  explicit pool_entry(pool_entry_state first) noexcept : state(first) {}

  std::optional<T> value;
  pool_entry_state state;
  bool keeps_idle = false;  ///< it was validated for its own sake: it is not fresher than before
  bool cancelled = false;   ///< its hook is not to go on
  /// Where its hook runs, from when that can be cancelled until it ends. No longer: a strand must
  /// not outlive its context, which a borrowed resource may.
  std::optional<Executor> executor;
  pool_stamps stamps;
  std::chrono::nanoseconds hook_ends_at{};
  std::uint64_t made_for = 0;  ///< the ticket of the one who waits and hears of failure; 0: nobody
  pool_loan loan;
  /// Of the running hook, and never of another: an emission that is on its way may be late.
  std::shared_ptr<boost::asio::cancellation_signal> signal;
  pool_entry* next_job = nullptr;
  typename std::list<pool_entry>::iterator self;
};

}  // namespace asioscope::core::detail
