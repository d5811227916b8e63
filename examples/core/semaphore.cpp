// SPDX-License-Identifier: BSL-1.0
#include <boost/asio.hpp>

#include <asioscope/core/semaphore.hpp>

#include <iostream>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asioscope::core::semaphore;

asio::awaitable<void> download(semaphore& connections, int file) {
  const auto permit = co_await connections.async_acquire(asio::use_awaitable);
  asio::steady_timer work(co_await asio::this_coro::executor, 10ms);
  co_await work.async_wait(asio::use_awaitable);
  std::cout << "file " << file << ", " << connections.waiting() << " wait\n";
}  // the permit goes back, and to the next in line

int main() {
  asio::io_context loop;
  semaphore connections(loop, 4, "connections");
  for (int file = 0; file < 10; ++file)
    asio::co_spawn(loop, download(connections, file), asio::detached);
  loop.run();
}
