// SPDX-License-Identifier: BSL-1.0
#include <boost/asio.hpp>

#include <asioscope/core/retry.hpp>

#include <iostream>
#include <stdexcept>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asioscope::core;

asio::awaitable<int> fetch(int& calls) {
  if (++calls < 3) throw std::runtime_error("connection refused");
  co_return 42;
}

void tell(const failed_attempt& attempt, std::chrono::nanoseconds delay) {
  std::cout << "attempt " << attempt.number << " failed, again in " << delay / 1ms << " ms\n";
}

asio::awaitable<void> patiently() {
  const retry_policy policy({.max_attempts = 5,
                             .base_delay = 10ms,
                             .max_delay = 1s,
                             .total_time = 5s,
                             .attempt_time = 500ms,
                             .on_retry = tell},
                            "fetch");
  int calls = 0;
  std::cout << co_await retry([&] { return fetch(calls); }, policy) << '\n';

  const auto fetch_patiently = retrying(fetch, policy);
  calls = 0;
  std::cout << co_await fetch_patiently(std::ref(calls)) << '\n';
}

int main() {
  asio::io_context loop;
  asio::co_spawn(loop, patiently(), asio::detached);
  loop.run();
}
