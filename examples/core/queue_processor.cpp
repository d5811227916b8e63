// SPDX-License-Identifier: BSL-1.0
#include <boost/asio.hpp>

#include <asioscope/core/queue_processor.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asioscope::core;

class mailer : public item_processor<std::string> {
 public:
  asio::awaitable<void> process_item(std::string& address) override {
    asio::steady_timer work(co_await asio::this_coro::executor, 10ms);
    co_await work.async_wait(asio::use_awaitable);
    std::cout << "sent to " << address << '\n';
  }
  void dead_letter(std::string&& address, const std::exception_ptr&) override {
    std::cout << "gave up on " << address << '\n';
  }
};

asio::awaitable<void> send_all() {
  queue_processor<std::string> mail(co_await asio::this_coro::executor,
                                    {.workers = 2, .max_attempts = 3, .retry_delay = 100ms},
                                    std::make_shared<mailer>(), "mail");
  co_await mail.async_start(asio::use_awaitable);
  for (int i = 0; i < 10; ++i)
    co_await mail.async_push("user" + std::to_string(i), asio::use_awaitable);
  const auto report = co_await mail.async_stop(stop_mode::drain, 5s, asio::use_awaitable);
  std::cout << report.processed << " sent, " << report.unprocessed.size() << " left\n";
}

int main() {
  asio::io_context loop;
  asio::co_spawn(loop, send_all(), asio::detached);
  loop.run();
}
