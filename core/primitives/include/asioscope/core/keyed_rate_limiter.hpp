// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/keyed_limiters.hpp"
#include "asioscope/core/rate_limiter.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

namespace asioscope::core {

/// A rate limiter for each key: each client, each host. So many keys at most; one whose bucket is
/// full and for whom nobody waits is forgotten when a new one needs the room, which loses nothing.
/// When there is none to forget, the new key is refused with `full`: nobody gets a fresh bucket by
/// making others be forgotten.
///
/// Thread safety, cancellation, errors: as `basic_rate_limiter`, and `full`.
/// Lifetime: its destructor ends all waits with `operation_aborted`.
template <class Key, class Executor = boost::asio::any_io_executor, class Sync = std::mutex,
          class Clock = std::chrono::steady_clock, class Hash = std::hash<Key>>
class basic_keyed_rate_limiter {
  using state = detail::keyed_limiters<Key, Executor, Sync, Clock, Hash>;

 public:
  using executor_type = Executor;
  using clock_type = Clock;
  using key_type = Key;
  using acquire_signature = void(error_code);

  template <class Other>
  struct rebind_executor {
    using other = basic_keyed_rate_limiter<Key, Other, Sync, Clock, Hash>;
  };

  /// \param options  of each key
  /// \param max_keys how many are remembered: at least 1
  /// \throws config_error
  basic_keyed_rate_limiter(const Executor& executor, const rate_limiter_options& options,
                           std::size_t max_keys, std::string name = {})
      : state_(std::make_shared<state>(executor, options, max_keys, std::move(name))) {}

  template <class Context>
  requires std::is_convertible_v<Context&, boost::asio::execution_context&>
  basic_keyed_rate_limiter(Context& context, const rate_limiter_options& options,
                           std::size_t max_keys, std::string name = {})
      : basic_keyed_rate_limiter(Executor(context.get_executor()), options, max_keys,
                                 std::move(name)) {}

  basic_keyed_rate_limiter(basic_keyed_rate_limiter&&) noexcept = default;
  basic_keyed_rate_limiter& operator=(basic_keyed_rate_limiter&& other) noexcept {
    if (state_ != nullptr) state_->cancel_all();
    state_ = std::move(other.state_);
    return *this;
  }
  ~basic_keyed_rate_limiter() {
    if (state_ != nullptr) state_->cancel_all();
  }

  executor_type get_executor() const noexcept { return state_->executor(); }

  bool try_acquire(const Key& key, std::uint64_t count = 1) {
    return state_->try_acquire(key, count);
  }

  template <boost::asio::completion_token_for<acquire_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_acquire(Key key, std::uint64_t count, Token&& token = {}) {
    return async_acquire_until(std::move(key), count, detail::never<Clock>,
                               std::forward<Token>(token));
  }

  template <boost::asio::completion_token_for<acquire_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_acquire(Key key, Token&& token = {}) {
    return async_acquire(std::move(key), 1, std::forward<Token>(token));
  }

  /// Only if that is possible until then; otherwise `timed_out` without waiting.
  template <boost::asio::completion_token_for<acquire_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_acquire_until(Key key, std::uint64_t count, typename Clock::time_point deadline,
                           Token&& token = {}) {
    return boost::asio::async_initiate<Token, acquire_signature>(
        typename state::initiate_acquire(state_), token, std::move(key), count, deadline);
  }

  template <boost::asio::completion_token_for<acquire_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_acquire_for(Key key, std::uint64_t count, typename Clock::duration timeout,
                         Token&& token = {}) {
    return async_acquire_until(std::move(key), count, detail::after<Clock>(timeout),
                               std::forward<Token>(token));
  }

  /// How long one who comes now would wait for this key; the maximum: for ever.
  std::chrono::nanoseconds retry_after(const Key& key, std::uint64_t count = 1) const {
    return state_->retry_after(key, count);
  }

  /// Waits of others end with `operation_aborted`.
  void cancel() { state_->cancel_all(); }

  /// From now on nobody gets any, with any key. May be called again.
  void close() { state_->close(); }
  bool is_closed() const { return state_->is_closed(); }

  /// How many are remembered.
  std::size_t keys() const { return state_->keys(); }

 private:
  std::shared_ptr<state> state_;
};

template <class Key>
using keyed_rate_limiter = basic_keyed_rate_limiter<Key>;

}  // namespace asioscope::core
