// SPDX-License-Identifier: BSL-1.0
#include <boost/asio.hpp>

#include <asioscope/core/task_monitor.hpp>

#include <iostream>
#include <stdexcept>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asioscope::core;

asio::awaitable<void> work_for(std::chrono::milliseconds time) {
  asio::steady_timer work(co_await asio::this_coro::executor, time);
  co_await work.async_wait(asio::use_awaitable);
  if (time == 20ms) throw std::runtime_error("no such page");
}

void print_slow(const task_info& task, unsigned /*times*/) {
  std::cout << "slow: " << to_string(task) << '\n';
}

void print_failure(const ended_task& ended, const std::exception_ptr& /*error*/) {
  std::cout << ended.task.name << " failed: " << ended.what << '\n';
}

asio::awaitable<void> watch() {
  task_monitor tasks(co_await asio::this_coro::executor,
                     {.slow_after = 30ms, .on_slow = print_slow, .on_failure = print_failure},
                     "service");
  tasks.spawn("fetch", work_for(20ms));
  const task_id forever = tasks.spawn("sync", work_for(1h));
  const auto result = co_await tasks.async_spawn("store", work_for(40ms), asio::use_awaitable);
  if (result) std::cout << "stored\n";

  for (const task_info& task : tasks.running())
    std::cout << to_string(task) << '\n';
  tasks.cancel(forever);
  co_await tasks.async_join(asio::use_awaitable);
  for (const ended_task& ended : tasks.history())
    std::cout << ended.task.name << ": " << to_string(ended.outcome) << '\n';
}

int main() {
  asio::io_context loop;
  asio::co_spawn(loop, watch(), asio::detached);
  loop.run();
}
