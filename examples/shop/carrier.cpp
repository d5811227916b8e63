// SPDX-License-Identifier: BSL-1.0
#include "carrier.hpp"

#include "asioscope/instrumentation/co_spawn.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fcntl.h>

#include <string>
#include <utility>

namespace shop {
namespace {

constexpr std::size_t longest_line = 256;
constexpr auto or_error = asio::as_tuple(asio::use_awaitable);

// Asio opens sockets without it, and a child that somebody starts would keep them.
void close_on_exec(int descriptor) { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

}  // namespace

carrier::carrier(asio::io_context& loop)
    : acceptor_(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  close_on_exec(acceptor_.native_handle());
}

asio::awaitable<void> carrier::serve() {
  const auto executor = acceptor_.get_executor();
  while (acceptor_.is_open()) {
    auto [error, caller] = co_await acceptor_.async_accept(or_error);
    if (error) continue;
    close_on_exec(caller.native_handle());
    asioscope::co_spawn(executor, "carrier", answer(std::move(caller)), asio::detached);
  }
}

asio::awaitable<void> carrier::answer(tcp::socket caller) {
  std::string line;
  const auto [error, size] = co_await asio::async_read_until(
      caller, asio::dynamic_buffer(line, longest_line), '\n', or_error);
  if (error || std::chrono::steady_clock::now() < well_again_) co_return;
  co_await asio::async_write(caller, asio::buffer(std::string_view("fetched\n")), or_error);
}

asio::awaitable<void> call_carrier(tcp::endpoint where, std::string_view what) {
  tcp::socket connection(co_await asio::this_coro::executor, where.protocol());
  close_on_exec(connection.native_handle());
  co_await connection.async_connect(where, asio::use_awaitable);
  const std::string line = std::string(what) + '\n';
  co_await asio::async_write(connection, asio::buffer(line), asio::use_awaitable);
  std::string answer;
  co_await asio::async_read_until(connection, asio::dynamic_buffer(answer, longest_line), '\n',
                                  asio::use_awaitable);
}

}  // namespace shop
