// SPDX-License-Identifier: BSL-1.0
#include <boost/asio.hpp>

#include <asioscope/core/rate_limited.hpp>
#include <asioscope/core/rate_limiter.hpp>

#include <iostream>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asioscope::core::rate_limited;
using asioscope::core::rate_limiter;

asio::awaitable<void> call(rate_limiter& api, int request) {
  const auto [error] =
      co_await api.async_acquire_for(1, 200ms, asio::as_tuple(asio::use_awaitable));
  if (error)
    std::cout << "request " << request << ": " << error.message() << ", come back in "
              << api.retry_after() / 1ms << " ms\n";
  else
    std::cout << "request " << request << " is sent\n";
}

asio::awaitable<int> twice(int value) { co_return 2 * value; }

asio::awaitable<void> wrapped() {
  const auto slowly = rate_limited(twice, 2, 100ms);
  for (int i = 0; i < 4; ++i)
    std::cout << co_await slowly(i) << '\n';
}

int main() {
  asio::io_context loop;
  rate_limiter api(loop, {.rate = 10, .period = 1s, .burst = 2}, "api");
  for (int request = 0; request < 6; ++request)
    asio::co_spawn(loop, call(api, request), asio::detached);
  asio::co_spawn(loop, wrapped(), asio::detached);
  loop.run();
}
