// SPDX-License-Identifier: BSL-1.0
// What a program may say of itself, for its reports and traces. Link asioscope::autostart.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <asioscope/recorder/annotate.hpp>

#include <string>

namespace asio = boost::asio;

struct order {
  std::string number;
  std::string trace_id;
};

asio::awaitable<void> pay() {
  asio::steady_timer bank(co_await asio::this_coro::executor, std::chrono::milliseconds{100});
  co_await bank.async_wait(asio::use_awaitable);
}

asio::awaitable<void> check_out(order what) {
  asioscope::set_trace_id(what.trace_id);  // of this task, and of those it spawns from now on
  {
    const asioscope::scope paying("pay");  // open until the end of the block
    co_await pay();
  }
  asioscope::message("paid: order " + what.number);  // in the trace, while somebody watches
}

int main() {
  asio::io_context loop;
  asio::co_spawn(loop, check_out({"17", "4bf92f3577b34da6a3ce929d0e0e4736"}), asio::detached);
  loop.run();
}
