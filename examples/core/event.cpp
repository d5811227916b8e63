// SPDX-License-Identifier: BSL-1.0
#include <boost/asio.hpp>

#include <asioscope/core/event.hpp>
#include <asioscope/core/wait_group.hpp>

#include <iostream>

namespace asio = boost::asio;
using asioscope::core::event;
using asioscope::core::wait_group;

asio::awaitable<void> worker(event& configured, wait_group::member at_work) {
  co_await configured.async_wait(asio::use_awaitable);
  std::cout << "at work\n";
  at_work.leave();  // or when it is destroyed
}

asio::awaitable<void> supervise(event& configured, wait_group& workers) {
  configured.set();
  co_await workers.async_wait(asio::use_awaitable);
  std::cout << "all done\n";
}

int main() {
  asio::io_context loop;
  event configured(loop);
  wait_group workers(loop);
  for (int i = 0; i < 3; ++i)
    asio::co_spawn(loop, worker(configured, workers.join()), asio::detached);
  asio::co_spawn(loop, supervise(configured, workers), asio::detached);
  loop.run();
}
