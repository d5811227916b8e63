// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "measure.hpp"
#include "observed.hpp"

#include <algorithm>
#include <vector>

/// Coroutines that do nothing. Each resumption by the loop is a handler's run; co_spawn adds one at
/// the end of a coroutine that has not waited for anything.
namespace bench {

inline asio::awaitable<int> child(int value) { co_return value; }

inline outcome coroutine_child(long operations) {
  asio::io_context io(1);
  asio::co_spawn(
      io,
      [operations]() -> asio::awaitable<void> {
        int sum = 0;
        for (long i = 0; i < operations; ++i)
          sum += co_await child(i & 1);
        asm volatile("" ::"r"(sum));
      },
      asio::detached);
  return {time_of(operations, [&] { io.run(); }), 2};
}

template <class Token>
outcome coroutine_post(Token token, long operations) {
  asio::io_context io(1);
  asio::co_spawn(
      io,
      [token, operations]() -> asio::awaitable<void> {
        for (long i = 0; i < operations; ++i)
          co_await asio::post(token);
      },
      asio::detached);
  return {time_of(operations, [&] { io.run(); }), static_cast<std::uint64_t>(operations) + 1};
}

inline outcome coroutine_spawn(long operations) {
  asio::io_context io(1);
  constexpr long at_once = 100;
  std::uint64_t ran = 0;
  const double ns = time_of(operations, [&] {
    for (long left = operations; left > 0; left -= at_once) {
      for (long i = 0; i < std::min(at_once, left); ++i)
        asio::co_spawn(
            io,
            [&ran]() -> asio::awaitable<void> {
              ++ran;
              co_return;
            },
            asio::detached);
      io.run();
      io.restart();
    }
  });
  return {ns, 2 * ran};
}

}  // namespace bench
