// SPDX-License-Identifier: BSL-1.0
#include <boost/asio.hpp>

#include <asioscope/core/async_for_each.hpp>
#include <asioscope/core/task_pool.hpp>

#include <iostream>
#include <stdexcept>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asioscope::core;

asio::awaitable<int> size_of_page(int page) {
  asio::steady_timer work(co_await asio::this_coro::executor, 10ms);
  co_await work.async_wait(asio::use_awaitable);
  if (page == 3) throw std::runtime_error("no such page");
  co_return page * 100;
}

asio::awaitable<void> print_size(int page) { std::cout << co_await size_of_page(page) << '\n'; }

asio::awaitable<void> fetch_all() {
  task_pool<int> pool(co_await asio::this_coro::executor, {.concurrency = 4, .timeout = 1s},
                      "pages");
  for (int page = 0; page < 10; ++page)
    co_await pool.async_submit(size_of_page(page), asio::use_awaitable);  // waits while four run
  for (auto& [id, sequence, result] : co_await pool.async_gather(asio::use_awaitable))
    if (result)
      std::cout << id << ": " << result.value() << '\n';
    else
      std::cout << id << ": " << result.error().message() << '\n';

  const std::vector<int> pages{0, 1, 2};
  co_await async_for_each(pages, 2, print_size);
}

int main() {
  asio::io_context loop;
  asio::co_spawn(loop, fetch_all(), asio::detached);
  loop.run();
}
