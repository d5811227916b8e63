// SPDX-License-Identifier: BSL-1.0
#include <boost/asio.hpp>

#include <asioscope/core/async_queue.hpp>

#include <iostream>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asioscope::core::async_queue;

asio::awaitable<void> produce(async_queue<int>& orders) {
  for (int order = 0; order < 20; ++order)
    co_await orders.async_push(order, asio::use_awaitable);  // waits for room
  orders.close();                                            // what is inside still comes out
}

asio::awaitable<void> consume(async_queue<int>& orders) {
  for (;;) {
    const auto [error, order] =
        co_await orders.async_pop_for(1s, asio::as_tuple(asio::use_awaitable));
    if (error)
      co_return;  // closed and empty; or nothing has come for a second, and nothing is lost
    std::cout << "order " << order << '\n';
  }
}

int main() {
  asio::io_context loop;
  async_queue<int> orders(loop, 4, "orders");
  asio::co_spawn(loop, produce(orders), asio::detached);
  asio::co_spawn(loop, consume(orders), asio::detached);
  loop.run();
}
