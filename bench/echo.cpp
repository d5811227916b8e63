// SPDX-License-Identifier: BSL-1.0
#include "echo.hpp"

#include "observed.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

namespace bench {

namespace {

constexpr int connections = 64;
constexpr int message_bytes = 32;

class session : public std::enable_shared_from_this<session> {
 public:
  session(asio::ip::tcp::socket socket, std::uint64_t& ran)
      : socket_(std::move(socket)), ran_(ran) {}

  void read() {
    socket_.async_read_some(asio::buffer(data_),
                            observed("echo.read", [self = shared_from_this()](
                                                      boost::system::error_code ec, std::size_t n) {
                              ++self->ran_;
                              if (!ec) self->write(n);
                            }));
  }

 private:
  void write(std::size_t n) {
    asio::async_write(
        socket_, asio::buffer(data_, n),
        observed("echo.write", [self = shared_from_this()](boost::system::error_code ec, auto) {
          ++self->ran_;
          if (!ec) self->read();
        }));
  }

  asio::ip::tcp::socket socket_;
  std::uint64_t& ran_;
  char data_[2 * message_bytes];
};

void accept(asio::ip::tcp::acceptor& acceptor, std::uint64_t& ran) {
  acceptor.async_accept(
      observed("echo.accept", [&](boost::system::error_code ec, asio::ip::tcp::socket socket) {
        ++ran;
        if (ec) return;
        socket.set_option(asio::ip::tcp::no_delay(true));
        std::make_shared<session>(std::move(socket), ran)->read();
        accept(acceptor, ran);
      }));
}

pid_t start_client(std::string program, std::uint16_t port, long requests) {
  std::string workload = "echo_client";
  std::string to = std::to_string(port);
  std::string how_many = std::to_string(requests);
  char* arguments[] = {program.data(), workload.data(), to.data(), how_many.data(), nullptr};
  pid_t pid = 0;
  if (posix_spawn(&pid, program.c_str(), nullptr, nullptr, arguments, environ) != 0) {
    std::perror(program.c_str());
    std::exit(1);
  }
  return pid;
}

}  // namespace

outcome echo(const std::string& client, long requests) {
  asio::io_context io(1);
  asio::ip::tcp::acceptor acceptor(observed_executor(io.get_executor()),
                                   {asio::ip::address_v4::loopback(), 0});
  std::uint64_t ran = 0;
  accept(acceptor, ran);
  const pid_t pid = start_client(client, acceptor.local_endpoint().port(), requests);
  std::atomic<bool> failed{false};
  std::thread waiter([&] {
    int status = 0;
    waitpid(pid, &status, 0);
    failed = status != 0;
    asio::post(observed_executor(io.get_executor()), observed("echo.stop", [&] {
                 ++ran;
                 io.stop();
               }));
  });
  const double ns = time_of(requests, [&] { io.run(); });
  waiter.join();
  if (failed) std::exit(1);
  return {ns, ran};
}

void echo_client(std::uint16_t port, long requests) {
  asio::io_context io(1);
  std::vector<asio::ip::tcp::socket> sockets;
  for (int i = 0; i < connections; ++i) {
    sockets.emplace_back(io).connect({asio::ip::address_v4::loopback(), port});
    sockets.back().set_option(asio::ip::tcp::no_delay(true));
  }
  char data[message_bytes] = {};
  for (long done = 0; done < requests; done += connections) {
    for (auto& s : sockets)
      asio::write(s, asio::buffer(data));
    for (auto& s : sockets)
      asio::read(s, asio::buffer(data));
  }
}

}  // namespace bench
