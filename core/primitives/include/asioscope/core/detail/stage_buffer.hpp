// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/queue_state.hpp"

#include <boost/asio/async_result.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace asioscope::core::detail {

/// What a stage has made and the next has not yet taken. A stage that found it full goes on when
/// half of it is free: to be woken for each item costs more than the item.
template <class T, class Executor, class Sync>
class stage_buffer {
  using state = queue_state<std::optional<T>, Executor, Sync, std::chrono::steady_clock>;

 public:
  stage_buffer(const Executor& executor, std::size_t capacity)
      : state_(
            new state(executor, capacity, std::string(), std::max<std::size_t>(capacity / 2, 1))) {}
  stage_buffer(const stage_buffer&) = delete;
  stage_buffer& operator=(const stage_buffer&) = delete;
  ~stage_buffer() { state_->cancel_all(); }

  /// False: the item is what it was.
  bool try_push(std::optional<T>& item) { return state_->try_push(item); }

  /// Of the item; nothing: there is none now.
  std::optional<std::optional<T>> try_pop() noexcept { return state_->try_pop(); }

  template <class Token>
  auto async_push(std::optional<T>&& item, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        typename state::initiate_push(state_), token, never<std::chrono::steady_clock>,
        std::move(item));
  }

  template <class Token>
  auto async_pop(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::optional<T>)>(
        initiate_pop(), token, never<std::chrono::steady_clock>);
  }

  /// Begins `async_pop`.
  auto initiate_pop() const { return typename state::initiate_pop(state_); }

  void close() { state_->close(); }
  std::size_t size() const { return state_->size(); }

 private:
  state_ptr<state> state_;
};

}  // namespace asioscope::core::detail
