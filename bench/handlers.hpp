// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "measure.hpp"
#include "observed.hpp"

#include <atomic>
#include <chrono>
#include <thread>
#include <type_traits>
#include <vector>

/// Handlers that do nothing: what Asio, and whoever observes it, does for each.
namespace bench {

inline constexpr int in_flight = 64;

/// A handler that does nothing but post itself again.
template <class Executor, class Count>
struct reposting {
  Executor executor;
  Count* left;
  void operator()() const {
    if (--*left > 0) asio::post(executor, observed("bench.reposting", reposting{executor, left}));
  }
};

template <class Executor, class Count>
void start_reposting(const Executor& executor, Count& left) {
  for (int i = 0; i < in_flight; ++i)
    asio::post(executor, observed("bench.reposting", reposting<Executor, Count>{executor, &left}));
}

template <class Executor>
outcome reposting_on(asio::io_context& io, const Executor& executor, long operations) {
  long left = operations;
  start_reposting(executor, left);
  const double ns = time_of(operations, [&] { io.run(); });
  return {ns, static_cast<std::uint64_t>(operations - left)};
}

inline outcome handlers(int concurrency_hint, long operations) {
  asio::io_context io(concurrency_hint);
  return reposting_on(io, observed_executor(io.get_executor()), operations);
}

inline outcome strand(long operations) {
  asio::io_context io(1);
  return reposting_on(io, observed_executor(asio::make_strand(io.get_executor())), operations);
}

inline outcome two_threads(long operations) {
  asio::io_context io;
  std::atomic<long> left = operations;
  start_reposting(observed_executor(io.get_executor()), left);
  const auto run = [&] {
    std::thread other([&] { io.run(); });
    io.run();
    other.join();
  };
  const double ns = time_of(operations, run, CLOCK_PROCESS_CPUTIME_ID);
  return {ns, static_cast<std::uint64_t>(operations - left)};
}

/// One reposting handler while a socket is armed: the loop turns through its reactor for each.
inline outcome armed_socket(long operations) {
  asio::io_context io;
  const auto executor = observed_executor(io.get_executor());
  asio::ip::udp::socket socket(io, {asio::ip::address_v4::loopback(), 0});
  char byte = 0;
  socket.async_receive(asio::buffer(&byte, 1), [](auto, auto) {});
  struct step {
    std::decay_t<decltype(executor)> on;
    long* left;
    asio::io_context* loop;
    void operator()() const {
      if (--*left > 0)
        asio::post(on, observed("bench.step", *this));
      else
        loop->stop();
    }
  };
  long left = operations;
  asio::post(executor, observed("bench.step", step{executor, &left, &io}));
  const double ns = time_of(operations, [&] { io.run(); });
  return {ns, static_cast<std::uint64_t>(operations - left)};
}

/// A thousand handlers at a time, posted while the loop does not run.
inline outcome batch_posts(long operations) {
  asio::io_context io(1);
  const auto executor = observed_executor(io.get_executor());
  constexpr long batch = 1'000;
  std::uint64_t ran = 0;
  const double ns = time_of(operations, [&] {
    for (long left = operations; left > 0; left -= batch) {
      for (long i = 0; i < std::min(batch, left); ++i)
        asio::post(executor, observed("bench.batch", [&ran] { ++ran; }));
      io.run();
      io.restart();
    }
  });
  return {ns, ran};
}

/// One thread posts, another runs the loop: CPU time of both.
inline outcome cross_thread_posts(long operations) {
  asio::io_context io;
  const auto executor = observed_executor(io.get_executor());
  std::uint64_t ran = 0;
  const auto run = [&] {
    auto work = asio::make_work_guard(io);
    std::thread loop([&] { io.run(); });
    for (long i = 0; i < operations; ++i)
      asio::post(executor, observed("bench.cross_thread", [&ran] { ++ran; }));
    work.reset();
    loop.join();
  };
  const double ns = time_of(operations, run, CLOCK_PROCESS_CPUTIME_ID);
  return {ns, ran};
}

/// A thousand timers that are set again whenever they expire, after up to 100 µs.
inline outcome timer_storm(long operations) {
  asio::io_context io(1);
  struct set {
    asio::steady_timer* of;
    long* left;
    std::uint64_t* ran;
    void operator()(boost::system::error_code) const {
      ++*ran;
      arm();
    }
    void arm() const {
      if (--*left < 0) return;
      of->expires_after(std::chrono::microseconds(*left % 100));
      of->async_wait(observed("bench.timer", *this));
    }
  };
  long left = operations;
  std::uint64_t ran = 0;
  std::vector<asio::steady_timer> timers;
  for (int i = 0; i < 1'000; ++i)
    timers.emplace_back(observed_executor(io.get_executor()));
  for (asio::steady_timer& t : timers)
    set{&t, &left, &ran}.arm();
  const double ns = time_of(operations, [&] { io.run(); });
  return {ns, ran};
}

}  // namespace bench
