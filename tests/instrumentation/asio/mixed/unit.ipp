// SPDX-License-Identifier: BSL-1.0
// Included by both units: the same types, hence the same templates of Asio, of which the linker
// keeps one.
#include "unit.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>

namespace asio = boost::asio;

/// With names, so that both units instantiate the same templates.
struct count_up {
  int* n;
  void operator()() const { ++*n; }
  void operator()(const boost::system::error_code&) const { ++*n; }
  void operator()(std::exception_ptr) const { ++*n; }
};
struct thrower {
  void operator()() const { throw 1; }
};
struct holder {
  std::shared_ptr<int> token;
  void operator()() const {}
  void operator()(const boost::system::error_code&) const {}
};

inline asio::awaitable<void> naps(int n) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int i = 0; i < n; ++i) {
    timer.expires_after(std::chrono::microseconds(100));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

namespace {

int run_posts(int n) {
  asio::io_context c;
  auto strand = asio::make_strand(c);
  int ran = 0;
  for (int i = 0; i < n; ++i) {
    asio::post(c, count_up{&ran});
    asio::post(strand, count_up{&ran});
  }
  c.run();
  return ran;
}

int run_timers(int n) {
  asio::io_context c;
  asio::steady_timer timer(c);
  int ran = 0;
  for (int i = 0; i < n; ++i) {
    timer.expires_after(std::chrono::microseconds(100));
    timer.async_wait(count_up{&ran});
    c.restart();
    c.run();
  }
  return ran;
}

int run_coroutines(int n) {
  asio::io_context c;
  int ended = 0;
  for (int i = 0; i < n; ++i)
    asio::co_spawn(c, naps(3), count_up{&ended});
  c.run();
  return ended;
}

int run_exceptions(int n) {
  asio::io_context c;
  int caught = 0;
  for (int i = 0; i < n; ++i)
    asio::post(c, thrower());
  while (caught < n)
    try {
      c.run();
      break;
    } catch (int) {
      ++caught;
    }
  return caught;
}

bool run_leftovers() {
  const auto token = std::make_shared<int>(0);
  {
    asio::io_context c;
    asio::steady_timer timer(c, std::chrono::hours(1));
    timer.async_wait(holder{token});
    asio::post(c, holder{token});
    int ended = 0;
    asio::co_spawn(c, naps(1000), count_up{&ended});
    c.poll();
    asio::post(c, holder{token});
  }
  return token.use_count() == 1;
}

}  // namespace
