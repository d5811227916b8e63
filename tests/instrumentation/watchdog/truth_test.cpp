// SPDX-License-Identifier: BSL-1.0
// Sick programs on real loops: who blocks, and why, must be told as it is.
#include "asioscope/recorder/recorder.hpp"
#include "asioscope/watchdog/watch.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <resolv.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sick {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Several times the threshold, so that a thread that has to share its processor is seen often
/// enough.
constexpr auto threshold = 100ms;
constexpr auto sick_time = 450ms;

std::mutex ledger_mutex;
std::array<int, 2> orders{-1, -1};

[[gnu::noinline]] void compute_prices() {
  const auto end = clock::now() + sick_time;
  while (clock::now() < end) {
  }
}

[[gnu::noinline]] void nap() {
  std::this_thread::sleep_for(sick_time);
  asm volatile("");
}

[[gnu::noinline]] void book_order() {
  const std::lock_guard lock(ledger_mutex);
  asm volatile("");
}

[[gnu::noinline]] void read_orders() {
  char byte = 0;
  static_cast<void>(!read(orders[0], &byte, 1));
  asm volatile("");
}

/// Of a name server that never answers.
[[gnu::noinline]] void find_supplier() {
  addrinfo* found = nullptr;
  if (getaddrinfo("supplier.example", nullptr, nullptr, &found) == 0) freeaddrinfo(found);
  asm volatile("");
}

[[gnu::noinline]] void validate_everything() {
  const auto end = clock::now() + sick_time;
  for (int thrown = 0; thrown < 100'000 || clock::now() < end; ++thrown) {
    try {
      throw std::runtime_error("not valid");
    } catch (const std::runtime_error&) {
    }
  }
}

[[gnu::noinline]] void weigh_leaf() {
  const auto end = clock::now() + sick_time;
  while (clock::now() < end) {
  }
}

[[gnu::noinline]] void walk_tree(int depth) {
  if (depth == 0)
    weigh_leaf();
  else
    walk_tree(depth - 1);
  asm volatile("");
}

asio::awaitable<void> serve_customer() {
  co_await asio::post(asio::use_awaitable);
  const auto end = clock::now() + sick_time;
  while (clock::now() < end) {
  }
}

[[gnu::noinline]] void update_ledger() {
  const auto end = clock::now() + sick_time;
  while (clock::now() < end) {
  }
}

[[gnu::noinline]] void render_report() {
  const auto end = clock::now() + sick_time;
  while (clock::now() < end) {
  }
}

[[gnu::noinline]] void refuse_signals() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const auto end = clock::now() + sick_time;
  while (clock::now() < end) {
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void run_on_loop(void (*handler)()) {
  asio::io_context loop;
  asio::post(loop, handler);
  loop.run();
}

void wait_for_mutex() {
  std::unique_lock lock(ledger_mutex);
  std::thread loop([] { run_on_loop(book_order); });
  std::this_thread::sleep_for(sick_time);
  lock.unlock();
  loop.join();
}

void wait_for_pipe() {
  ASSERT_EQ(pipe(orders.data()), 0);
  std::thread loop([] { run_on_loop(read_orders); });
  std::this_thread::sleep_for(sick_time);
  ASSERT_EQ(write(orders[1], "", 1), 1);
  loop.join();
  close(orders[0]);
  close(orders[1]);
}

void wait_for_name() {
  const int silent = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(silent, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size), 0);
  res_init();
  _res.nscount = 1;
  _res.nsaddr_list[0] = address;
  _res.retrans = 1;
  _res.retry = 1;
  run_on_loop(find_supplier);
  close(silent);
}

void run_coroutine() {
  asio::io_context loop;
  asio::co_spawn(loop, serve_customer(), asio::detached);
  loop.run();
}

void run_on_strand() {
  asio::io_context loop;
  auto strand = asio::make_strand(loop);
  asio::post(strand, [] { update_ledger(); });
  loop.run();
}

void run_on_pool() {
  asio::thread_pool pool(2);
  asio::post(pool, [] { render_report(); });
  pool.join();
}

}  // namespace sick

namespace {

using namespace asioscope;
using namespace std::chrono_literals;

struct row {
  const char* program;
  std::function<void()> run;
  const char* culprit;
  const char* cause;
  const char* message = "";  // a part of it
};

const std::vector<row> rows{
    {"spin", [] { sick::run_on_loop(sick::compute_prices); }, "sick::compute_prices", "on CPU"},
    {"sleep", [] { sick::run_on_loop(sick::nap); }, "sick::nap", "in system call clock_nanosleep"},
    {"mutex of another thread", sick::wait_for_mutex, "sick::book_order", "waiting for a mutex",
     ", which waits in sick::wait_for_mutex"},
    {"blocking read", sick::wait_for_pipe, "sick::read_orders", "in system call read"},
    {"DNS", sick::wait_for_name, "sick::find_supplier", "in system call poll"},
    {"100,000 exceptions", [] { sick::run_on_loop(sick::validate_everything); },
     "sick::validate_everything", "on CPU"},
    {"deep recursion", [] { sick::run_on_loop([] { sick::walk_tree(10'000); }); },
     "sick::weigh_leaf", "on CPU"},
    {"coroutine", sick::run_coroutine, "sick::serve_customer", "on CPU"},
    {"strand", sick::run_on_strand, "sick::update_ledger", "on CPU"},
    {"thread pool", sick::run_on_pool, "sick::render_report", "on CPU"},
    // Nobody can make a running thread that blocks every signal say where it is.
    {"all signals blocked", [] { sick::run_on_loop(sick::refuse_signals); }, "", "on CPU",
     "the thread blocks signal"},
};

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// The stall of one run of a sick program, when it is over.
schema::report stall_of(const row& sick_program) {
  auto seen = recorder::reports_since(0).sequence;
  sick_program.run();
  schema::report found;
  const auto give_up = std::chrono::steady_clock::now() + 5s;
  while (std::chrono::steady_clock::now() < give_up) {
    for (const auto& report : recorder::reports_since(seen).reports) {
      if (report.kind == schema::report_kind::stall) found = report;
    }
    if (found.id != 0 && !found.ongoing) break;
    std::this_thread::sleep_for(5ms);
  }
  return found;
}

TEST(truth, is_told_of_every_sick_program) {
  recorder::set_mode(recorder::mode::metrics);
  recorder::set_thresholds({.slow = 50ms, .stall = sick::threshold});
  const watchdog::watch watch;
  static_cast<void>(stall_of(rows.front()));  // the first stack reads the symbols, which takes long
  constexpr std::uint32_t least_samples = 2;
  // Less what a virtual machine stood still meanwhile.
  constexpr std::uint64_t least_duration_ns = 250'000'000;
  std::printf("%-24s %-28s %-32s %s\n", "program", "innermost function", "cause",
              "samples with it / all / tries");
  for (const auto& each : rows) {
    SCOPED_TRACE(each.program);
    schema::report found;
    // A machine that has other things to do may keep the processor from the thread for most of a
    // try: then "descheduled" is the truth. Or from the watchdog, which then sees little.
    int tries = 0;
    bool starved = false;
    do {
      const auto begin = sick::clock::now();
      const auto used = processor_seconds();
      found = stall_of(each);
      const std::chrono::duration<double> took = sick::clock::now() - begin;
      starved = (processor_seconds() - used) / took.count() < 0.75;
      ++tries;
    } while (tries < 10 &&
             (found.culprit != each.culprit || found.cause != each.cause ||
              found.samples < least_samples || found.duration_ns < least_duration_ns));
    std::printf("%-24s %-28s %-32s %u / %u / %d\n", each.program,
                found.culprit.empty() ? "(unknown)" : found.culprit.c_str(), found.cause.c_str(),
                found.stack_count, found.samples, tries);
    const bool needs_processor = std::string_view(each.cause) == "on CPU";
    if (!needs_processor || !starved) {
      EXPECT_EQ(found.culprit, each.culprit) << found.message;
      EXPECT_EQ(found.cause, each.cause);
    } else {
      EXPECT_THAT(found.culprit, testing::AnyOf(each.culprit, "")) << found.message;
      EXPECT_THAT(found.cause, testing::AnyOf(each.cause, "descheduled"));
    }
    EXPECT_NE(found.message.find(each.message), std::string::npos) << found.message;
    EXPECT_FALSE(found.ongoing);
    EXPECT_GE(found.samples, least_samples);
    EXPECT_GE(found.duration_ns, least_duration_ns);
  }
}

/// Run by the test below, in a copy of this program without symbols.
TEST(truth, DISABLED_without_symbols) {
  recorder::set_mode(recorder::mode::metrics);
  recorder::set_thresholds({.slow = 50ms, .stall = sick::threshold});
  const watchdog::watch watch;
  const auto found = stall_of(rows.front());
  EXPECT_EQ(found.culprit, "");
  EXPECT_TRUE(std::any_of(found.stack.begin(), found.stack.end(), [](const auto& frame) {
    return frame.module.ends_with("-stripped") && frame.address != 0 && frame.function.empty();
  }));
}

TEST(truth, is_told_of_a_program_without_symbols_by_addresses) {
  std::array<char, 4096> path{};
  ASSERT_GT(readlink("/proc/self/exe", path.data(), path.size() - 1), 0);
  const auto command = std::string("'") + path.data() +
                       "-stripped' --gtest_also_run_disabled_tests "
                       "--gtest_filter=truth.DISABLED_without_symbols > /dev/null";
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

}  // namespace
