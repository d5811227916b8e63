// SPDX-License-Identifier: BSL-1.0
#include <boost/asio.hpp>

#include <asioscope/core/pipeline.hpp>

#include <iostream>
#include <optional>
#include <ranges>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asioscope::core;

asio::awaitable<std::optional<std::string>> fetch(int page) {
  if (page % 3 == 0) co_return std::nullopt;  // dropped
  asio::steady_timer work(co_await asio::this_coro::executor, 10ms);
  co_await work.async_wait(asio::use_awaitable);
  co_return "page " + std::to_string(page);
}

asio::awaitable<std::size_t> measure(std::string text) { co_return text.size(); }

asio::awaitable<void> first_ten() {
  const auto plan = make_pipeline<int>()
                        .add_stage(fetch, {.concurrency = 8})  // in order all the same
                        .add_stage(measure);
  auto sizes =
      plan.process_stream(co_await asio::this_coro::executor, std::views::iota(0), "pages");
  for (int i = 0; i < 10; ++i)
    std::cout << (co_await sizes.async_next(asio::use_awaitable)).value() << '\n';
}  // what is on the way is cancelled

int main() {
  asio::io_context loop;
  asio::co_spawn(loop, first_ten(), asio::detached);
  loop.run();
}
