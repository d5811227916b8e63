// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/pool_entry.hpp"
#include "asioscope/core/detail/shared_state.hpp"
#include "asioscope/core/error.hpp"
#include "asioscope/core/pool_options.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

/// A hook ends in one way or the other, also when its coroutine is destroyed with the context.
template <class State, class Entry>
class hook_end {
 public:
  hook_end(state_ptr<State> pool, Entry& of) noexcept : pool_(std::move(pool)), entry_(&of) {}
  hook_end(const hook_end&) = delete;
  hook_end& operator=(const hook_end&) = delete;
  ~hook_end() {
    if (entry_ != nullptr) pool_->forget(*entry_);
  }
  void tell(bool good, const std::exception_ptr& failure) noexcept {
    pool_->finished(*std::exchange(entry_, nullptr), good, failure);
  }

 private:
  state_ptr<State> pool_;
  Entry* entry_;
};

/// Runs the hook of `pool` that makes, checks, resets or ends what is in the entry. Viewers name
/// the task after this function.
template <class State, class T, class Executor>
boost::asio::awaitable<void, Executor> resource_pool_hook(state_ptr<State> pool,
                                                          pool_entry<T, Executor>& of,
                                                          pool_entry_state what) {
  const pool_hooks<T, Executor>& hooks = pool->hooks();
  hook_end end(std::move(pool), of);
  bool good = false;
  std::exception_ptr failure;
  try {
    // Never within whoever borrows or gives back.
    co_await boost::asio::post(boost::asio::use_awaitable_t<Executor>());
    if (what == pool_entry_state::creating) {
      of.value.emplace(co_await hooks.create());
      good = true;
    } else if (what == pool_entry_state::checking) {
      good = co_await hooks.validate(*of.value);
    } else if (what == pool_entry_state::resetting) {
      good = co_await hooks.reset(*of.value);
    } else {
      T last = std::move(*of.value);
      of.value.reset();
      co_await hooks.dispose(std::move(last));
    }
  } catch (...) {
    failure = std::current_exception();
  }
  end.tell(good, failure);
}

/// Where one hook runs: on a strand of its own, if the executor can be one.
template <class Executor>
Executor hook_executor(const Executor& executor) {
  using strand = boost::asio::strand<Executor>;
  if constexpr (std::is_convertible_v<strand, Executor>)
    return Executor(strand(executor));
  else
    return executor;
}

template <class Executor>
void emit_cancellation(const Executor& executor,
                       const std::shared_ptr<boost::asio::cancellation_signal>& signal) {
  boost::asio::post(executor, [signal] { signal->emit(boost::asio::cancellation_type::terminal); });
}

/// What those hear who waited for what could not be made.
inline error_code creation_error(const std::exception_ptr& failure) noexcept {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code();
  } catch (...) {
    return errc::create_failed;
  }
}

}  // namespace asioscope::core::detail
