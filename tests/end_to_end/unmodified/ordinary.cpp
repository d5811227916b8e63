// SPDX-License-Identifier: BSL-1.0
// A program that knows nothing of asioscope and uses Asio the way programs do: callbacks, sockets,
// timers, strands, a thread pool, cancellation, an exception out of run(). It says what it did,
// then lives until its input ends.
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <cstdio>
#include <istream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using error_code = boost::system::error_code;

constexpr int lines_to_echo = 50;
constexpr int ticks = 20;
constexpr int strand_posts = 1000;

class echo_session : public std::enable_shared_from_this<echo_session> {
 public:
  explicit echo_session(tcp::socket socket) : socket_(std::move(socket)) {}

  void read() {
    asio::async_read_until(socket_, asio::dynamic_buffer(buffer_), '\n',
                           [self = shared_from_this()](error_code error, std::size_t size) {
                             if (!error) self->write(size);
                           });
  }

 private:
  void write(std::size_t size) {
    asio::async_write(socket_, asio::buffer(buffer_, size),
                      [self = shared_from_this()](error_code error, std::size_t written) {
                        self->buffer_.erase(0, written);
                        if (!error) self->read();
                      });
  }

  tcp::socket socket_;
  std::string buffer_;
};

class echo_client {
 public:
  echo_client(asio::io_context& loop, const tcp::endpoint& server) : socket_(loop) {
    socket_.async_connect(server, [this](error_code error) {
      if (!error) send();
    });
  }

  [[nodiscard]] int echoed() const { return echoed_; }

 private:
  void send() {
    line_ = "line " + std::to_string(echoed_) + '\n';
    asio::async_write(socket_, asio::buffer(line_), [this](error_code error, std::size_t) {
      if (!error) receive();
    });
  }

  void receive() {
    asio::async_read_until(socket_, buffer_, '\n', [this](error_code error, std::size_t) {
      std::istream input(&buffer_);
      std::string line;
      std::getline(input, line);
      if (error || line + '\n' != line_) return;
      if (++echoed_ < lines_to_echo)
        send();
      else
        socket_.close();
    });
  }

  tcp::socket socket_;
  asio::streambuf buffer_;
  std::string line_;
  int echoed_ = 0;
};

void talk_to_itself() {
  asio::io_context loop;
  tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  acceptor.async_accept([](error_code error, tcp::socket peer) {
    if (!error) std::make_shared<echo_session>(std::move(peer))->read();
  });
  echo_client client(loop, acceptor.local_endpoint());
  const auto handlers = loop.run();
  std::printf("echoed %d lines, ended with %s handlers\n", client.echoed(),
              handlers > lines_to_echo ? "many" : "few");
}

void tick(asio::steady_timer& timer, int& ticked) {
  timer.expires_after(std::chrono::milliseconds{1});
  timer.async_wait([&timer, &ticked](error_code error) {
    if (!error && ++ticked < ticks) tick(timer, ticked);
  });
}

void wait_for_timers() {
  asio::io_context loop;
  asio::steady_timer timer(loop);
  asio::steady_timer never(loop, std::chrono::hours{1});
  int ticked = 0;
  std::string end_of_never;
  tick(timer, ticked);
  never.async_wait([&](error_code error) { end_of_never = error.message(); });
  asio::post(loop, [&never] { never.cancel(); });
  loop.run();
  std::printf("%d ticks, the long wait: %s\n", ticked, end_of_never.c_str());
}

void count_on_strand() {
  asio::thread_pool pool(4);
  const auto strand = asio::make_strand(pool);
  std::vector<int> order;  // not protected by anything but the strand
  for (int i = 0; i < strand_posts; ++i)
    asio::post(strand, [i, &order] { order.push_back(i); });
  pool.join();
  bool sorted = order.size() == strand_posts;
  for (int i = 0; sorted && i < strand_posts; ++i)
    sorted = order[static_cast<std::size_t>(i)] == i;
  std::printf("%zu on the strand, in order: %s\n", order.size(), sorted ? "yes" : "no");
}

void run_on_two_threads() {
  asio::io_context loop;
  auto strand = asio::make_strand(loop);
  int sum = 0;
  for (int i = 1; i <= 100; ++i) {
    asio::post(loop, asio::bind_executor(strand, [i, &sum] { sum += i; }));
  }
  std::thread other([&loop] { loop.run(); });
  loop.run();
  other.join();
  std::printf("two threads added up to %d\n", sum);
}

void throw_out_of_run() {
  asio::io_context loop;
  int after = 0;
  asio::post(loop, [] { throw std::runtime_error("thrown by a handler"); });
  asio::post(loop, [&loop, &after] { asio::dispatch(loop, [&after] { ++after; }); });
  try {
    loop.run();
  } catch (const std::runtime_error& error) {
    std::printf("caught: %s\n", error.what());
  }
  const auto more = loop.run();
  std::printf("%zu handler after it, %d dispatched\n", more, after);
}

void leave_work_behind() {
  asio::io_context loop;
  const auto alive = std::make_shared<int>();
  for (int i = 0; i < 10; ++i)
    asio::post(loop, [alive] { std::puts("never printed"); });
  std::printf("%ld owners of what the handlers share\n", alive.use_count());
}

}  // namespace

int main() {
  talk_to_itself();
  wait_for_timers();
  count_on_strand();
  run_on_two_threads();
  throw_out_of_run();
  leave_work_behind();
  std::puts("done");
  std::fflush(stdout);
  while (std::getchar() != EOF)
    continue;
}
