// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/event_loop.hpp"

#include "asioscope/core/loop_owned.hpp"
#include "asioscope/core/semaphore.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <future>
#include <latch>
#include <mutex>
#include <set>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace asioscope::core {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::use_awaitable;
using testing::HasSubstr;

asio::awaitable<void> sleep_for(std::chrono::nanoseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(use_awaitable);
}

/// Does not end when it is cancelled.
asio::awaitable<void> stubborn() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await sleep_for(1h);
}

void spin(std::chrono::nanoseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

/// What was reported, from whichever thread.
template <class T>
class reports {
 public:
  void add(T report) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(report));
  }
  std::vector<T> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  std::size_t size() const { return all().size(); }

 private:
  mutable std::mutex mutex_;
  std::vector<T> all_;
};

error_code thrown_by(const std::function<void()>& function) {
  try {
    function();
  } catch (const boost::system::system_error& error) {
    return error.code();
  }
  return {};
}

double attribute(const std::string& loop, std::string_view name) {
  for (const auto& each : describe_resources())
    if (each.name == loop && each.kind == resource_kind::event_loop)
      for (const auto& one : each.attributes)
        if (one.name == name) return one.value;
  ADD_FAILURE() << "no attribute " << name;
  return -1;
}

// Running

TEST(event_loop, runs_until_no_work_is_left) {
  event_loop loop;
  EXPECT_EQ(loop.state(), loop_state::ready);
  int ran = 0;
  asio::post(loop.get_executor(), [&] {
    ++ran;
    EXPECT_EQ(loop.state(), loop_state::running);
    EXPECT_TRUE(loop.runs_here());
    EXPECT_EQ(loop.threads().size(), 1U);
  });
  EXPECT_EQ(loop.run().end, loop_end::finished);
  EXPECT_EQ(ran, 1);
  EXPECT_FALSE(loop.runs_here());
  EXPECT_EQ(loop.state(), loop_state::ready);
  EXPECT_EQ(loop.counts().handlers, 1U);
  asio::post(loop.get_executor(), [&] { ++ran; });  // and again
  EXPECT_EQ(loop.run().end, loop_end::finished);
  EXPECT_EQ(ran, 2);
}

TEST(event_loop, runs_on_so_many_threads) {
  event_loop loop({.threads = 3}, "web");
  std::latch all(3);
  std::mutex mutex;
  std::set<std::string> names;
  for (int i = 0; i < 3; ++i)
    asio::post(loop.get_executor(), [&] {
      all.arrive_and_wait();  // needs three threads
      const std::lock_guard lock(mutex);
      names.insert(detail::current_thread_name());
    });
  const std::string own = detail::current_thread_name();
  loop.run();
  EXPECT_EQ(names, (std::set<std::string>{own, "web-1", "web-2"}));
  EXPECT_EQ(detail::current_thread_name(), own);
}

TEST(event_loop, runs_on_threads_of_its_own_with_or_without_work) {
  event_loop loop({.threads = 2, .thread_name = "worker"});
  loop.start();
  const std::string name = asio::post(loop.get_executor(), asio::use_future([&] {
                                        EXPECT_TRUE(loop.runs_here());
                                        return detail::current_thread_name();
                                      }))
                               .get();
  EXPECT_THAT(name, testing::StartsWith("worker-"));
  loop.stop();
  EXPECT_EQ(loop.join().end, loop_end::stopped);
  EXPECT_EQ(loop.join().end, loop_end::stopped);
}

TEST(event_loop, goes_on_after_a_stop_with_what_was_left) {
  event_loop loop;
  int ran = 0;
  asio::post(loop.get_executor(), [&] {
    ++ran;
    loop.stop();
    loop.stop();
  });
  asio::post(loop.get_executor(), [&] { ++ran; });
  loop.stop();  // it does not run: nothing
  EXPECT_EQ(loop.run().end, loop_end::stopped);
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(loop.run().end, loop_end::finished);
  EXPECT_EQ(ran, 2);
  loop.start();
  asio::post(loop.get_executor(), asio::use_future([&] { ++ran; })).get();
  loop.stop();
  loop.join();
  EXPECT_EQ(ran, 3);
}

TEST(event_loop, says_when_it_is_used_wrongly) {
  event_loop loop({.threads = 2});
  EXPECT_EQ(thrown_by([&] { loop.join(); }), errc::not_running);
  loop.start();
  EXPECT_EQ(thrown_by([&] { loop.run(); }), boost::system::errc::operation_in_progress);
  EXPECT_EQ(thrown_by([&] { loop.start(); }), boost::system::errc::operation_in_progress);
  asio::post(loop.get_executor(), asio::use_future([&] {
               const auto deadlock = boost::system::errc::resource_deadlock_would_occur;
               EXPECT_EQ(thrown_by([&] { loop.run(); }), deadlock);
               EXPECT_EQ(thrown_by([&] { loop.join(); }), deadlock);
             }))
      .get();
  loop.shutdown();
  loop.join();
  EXPECT_EQ(thrown_by([&] { loop.run(); }), errc::closed);
  EXPECT_EQ(thrown_by([&] { loop.start(); }), errc::closed);
}

TEST(event_loop, several_may_wait_for_its_end) {
  event_loop loop;
  loop.start();
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i)
    others.emplace_back([&] { EXPECT_EQ(loop.join().end, loop_end::stopped); });
  loop.stop();
  for (auto& each : others)
    each.join();
}

TEST(event_loop, stops_and_destroys_what_is_left_when_it_is_destroyed) {  // X2, X9
  const auto held = std::make_shared<int>(0);
  {
    event_loop loop({.threads = 2});
    loop.start();
    std::promise<void> begun;
    loop.spawn("waits", [&, held]() -> asio::awaitable<void> {
      begun.set_value();
      co_await sleep_for(1h);
    });
    asio::co_spawn(
        loop.get_executor(), [held] { return stubborn(); }, asio::detached);
    begun.get_future().get();
    loop.async_spawn("awaited", stubborn(), [held](const outcome<>&) { ADD_FAILURE(); });
    EXPECT_GT(held.use_count(), 1);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(event_loop, is_destroyed_without_having_run) {  // X2
  const auto held = std::make_shared<int>(0);
  {
    event_loop loop;
    loop.spawn("never", [held]() -> asio::awaitable<void> { co_return; });
    asio::post(loop.get_executor(), [held] {});
  }
  EXPECT_EQ(held.use_count(), 1);
}

/// Something of everything that a loop does; the loop may be gone at any point.
void fill(event_loop& loop, std::atomic<int>& handlers) {
  loop.spawn("fails", []() -> asio::awaitable<void> {
    co_await asio::post(co_await asio::this_coro::executor, use_awaitable);
    throw std::runtime_error("bad");
  });
  const task_id id = loop.spawn("cancelled", sleep_for(1h));
  loop.async_spawn("awaited", sleep_for(0s), [&](const outcome<>&) { ++handlers; });
  asio::post(loop.get_executor(), [&, id] { loop.tasks().cancel(id); });
  asio::post(loop.get_executor(), [] { throw std::runtime_error("bad"); });
  loop.tasks().async_join([&](error_code) { ++handlers; });
}

TEST(event_loop, may_be_destroyed_after_any_handler) {  // X5
  int points = 0;
  for (bool finished = false; !finished; ++points) {
    std::atomic<int> handlers{0};
    event_loop loop({.on_exception = [](const auto&, const auto&) {}});
    fill(loop, handlers);
    for (int ran = 0; ran < points && !finished; ++ran) {
      try {
        finished = loop.context().run_one() == 0;
      } catch (const std::runtime_error&) {
      }
    }
    if (finished) {
      EXPECT_EQ(handlers, 2);
    }
  }
  EXPECT_GT(points, 10);
}

TEST(event_loop, gives_results_to_every_kind_of_token) {  // X7
  event_loop loop;
  loop.start();
  const auto seven = []() -> asio::awaitable<int> { co_return 7; };
  EXPECT_EQ(loop.async_spawn("future", seven, asio::use_future).get().value(), 7);
  std::promise<int> called;
  loop.async_spawn("callback", seven,
                   [&](const outcome<int>& ended) { called.set_value(ended.value()); });
  EXPECT_EQ(called.get_future().get(), 7);
  std::promise<int> deferred;
  loop.async_spawn("deferred", seven, asio::deferred)(
      [&](const outcome<int>& ended) { deferred.set_value(ended.value()); });
  EXPECT_EQ(deferred.get_future().get(), 7);
  const auto outer = [&]() -> asio::awaitable<int> {
    co_return (co_await loop.async_spawn("inner", seven, use_awaitable)).value();
  };
  EXPECT_EQ(loop.async_spawn("outer", outer, asio::use_future).get().value(), 7);
  loop.shutdown();
  loop.join();
}

TEST(event_loop, gives_results_where_the_handler_belongs) {  // X1
  event_loop loop;
  event_loop elsewhere;
  bool there = false;
  loop.async_spawn("task", sleep_for(0s),
                   asio::bind_executor(elsewhere.get_executor(), [&](const outcome<>&) {
                     there = elsewhere.runs_here() && !loop.runs_here();
                   }));
  loop.run();
  EXPECT_FALSE(there);
  elsewhere.run();
  EXPECT_TRUE(there);
}

TEST(event_loop, one_loop_may_run_within_another) {
  event_loop outer({.debug = true, .on_misuse = [](const auto&) { ADD_FAILURE(); }});
  event_loop inner({.debug = true, .on_misuse = [](const auto&) { ADD_FAILURE(); }});
  asio::post(outer.get_executor(), [&] {
    asio::post(inner.get_executor(), [&] {
      EXPECT_TRUE(inner.runs_here());
      EXPECT_TRUE(outer.runs_here());
    });
    inner.run();
    EXPECT_FALSE(inner.runs_here());
  });
  outer.run();
  EXPECT_EQ(outer.counts().handlers, 1U);
  EXPECT_EQ(inner.counts().handlers, 1U);
}

// As the rest of Asio uses it

TEST(event_loop, its_executor_goes_wherever_executors_go) {
  event_loop loop({.debug = true});
  const auto executor = loop.get_executor();
  static_assert(asio::execution::is_executor<event_loop::executor_type>::value);
  EXPECT_EQ(&asio::query(executor, asio::execution::context), &loop.context());
  EXPECT_EQ(executor, loop.get_executor());
  const asio::any_io_executor any = executor;
  EXPECT_EQ(any, asio::any_io_executor(loop.get_executor()));
  int ran = 0;
  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>,
                             event_loop::executor_type>
      timer(executor, 1ms);
  timer.async_wait([&](error_code) { ++ran; });
  auto strand = asio::make_strand(executor);
  asio::post(strand, [&] { ++ran; });
  asio::post(any, [&] { asio::dispatch(any, [&] { ++ran; }); });
  asio::steady_timer bound(loop.context(), 1ms);
  bound.async_wait(asio::bind_executor(executor, [&](error_code) { ++ran; }));
  loop.run();
  EXPECT_EQ(ran, 4);
  EXPECT_EQ(loop.counts().misuses, 0U);
}

TEST(event_loop, serves_sockets) {
  using asio::ip::tcp;
  event_loop loop({.threads = 2});
  tcp::acceptor acceptor(loop.get_executor(), {asio::ip::address_v4::loopback(), 0});
  const auto end = acceptor.local_endpoint();
  loop.spawn("server", [&]() -> asio::awaitable<void> {
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    char byte = 0;
    co_await asio::async_read(socket, asio::buffer(&byte, 1), use_awaitable);
    ++byte;
    co_await asio::async_write(socket, asio::buffer(&byte, 1), use_awaitable);
  });
  char answer = 0;
  loop.spawn("client", [&]() -> asio::awaitable<void> {
    tcp::socket socket(co_await asio::this_coro::executor);
    co_await socket.async_connect(end, use_awaitable);
    co_await asio::async_write(socket, asio::buffer("a", 1), use_awaitable);
    co_await asio::async_read(socket, asio::buffer(&answer, 1), use_awaitable);
  });
  EXPECT_EQ(loop.run().end, loop_end::finished);
  EXPECT_EQ(answer, 'b');
  EXPECT_EQ(loop.tasks().counts().succeeded, 2U);
}

TEST(event_loop, says_what_it_waits_with) {
#if defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT)
  EXPECT_EQ(event_loop::backend(), "io_uring");
#elif defined(__linux__)
  EXPECT_EQ(event_loop::backend(), "epoll");
#endif
}

TEST(event_loop, threads_run_on_the_cpus_that_were_chosen) {
  const auto allowed = detail::allowed_cpus();
  if (allowed.empty()) GTEST_SKIP() << "this system cannot tell";
  event_loop loop({.threads = 2, .cpus = {allowed.back()}}, "pinned");
  std::latch all(2);
  for (int i = 0; i < 2; ++i)
    asio::post(loop.get_executor(), [&] {
      all.arrive_and_wait();
      EXPECT_EQ(detail::allowed_cpus(), std::vector{allowed.back()});
      for (const auto& thread : loop.threads()) {
        EXPECT_EQ(thread.cpu, allowed.back());
        EXPECT_FALSE(thread.pin_error);
      }
      EXPECT_EQ(attribute("pinned", "pinned"), 2);
    });
  loop.run();
  EXPECT_EQ(detail::allowed_cpus(), allowed);  // the caller is free again
}

TEST(event_loop, a_thread_that_cannot_be_pinned_runs_where_it_may) {
  const detail::cpu_pin pin(1'000);
  EXPECT_TRUE(pin.error());
  EXPECT_FALSE(detail::allowed_cpus().empty());
}

// Exceptions

TEST(event_loop, goes_on_after_an_exception) {
  reports<std::string> heard;
  event_loop loop(
      {.on_exception = [&](const std::exception_ptr& error, const loop_exception& where) {
        EXPECT_FALSE(where.task.has_value());
        heard.add(text_of(error));
      }});
  int ran = 0;
  asio::post(loop.get_executor(), [&] { throw std::runtime_error("posted"); });
  asio::post(loop.context(), [&] { throw 7; });
  asio::co_spawn(
      loop.get_executor(), []() -> asio::awaitable<void> { throw std::logic_error("spawned"); },
      [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
      });
  asio::post(loop.get_executor(), [&] { ++ran; });
  EXPECT_EQ(loop.run().end, loop_end::finished);
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(heard.all(),
            (std::vector<std::string>{"posted", "something that is no std::exception", "spawned"}));
  EXPECT_EQ(loop.counts().exceptions, 3U);
}

TEST(event_loop, ignores_cancellations) {
  event_loop loop({.on_exception = [](const auto&, const auto&) { ADD_FAILURE(); }});
  const auto aborted = make_error_code(asio::error::operation_aborted);
  asio::post(loop.get_executor(), [&] { throw boost::system::system_error(aborted); });
  asio::post(loop.get_executor(), [&] { throw std::system_error(std::error_code(aborted)); });
  asio::post(loop.get_executor(), [&] { throw aborted; });  // NOLINT(misc-throw-by-value*)
  asio::post(loop.get_executor(), [&] { throw std::error_code(aborted); });  // NOLINT
  loop.spawn("cancelled", [&]() -> asio::awaitable<void> {
    throw boost::system::system_error(aborted);
    co_return;
  });
  EXPECT_EQ(loop.run().end, loop_end::finished);
  EXPECT_EQ(loop.counts().exceptions, 0U);
  EXPECT_EQ(loop.counts().cancellations, 4U);
  EXPECT_EQ(loop.tasks().counts().cancelled, 1U);
}

TEST(event_loop, only_cancellations_are_ignored) {
  std::atomic<int> heard{0};
  event_loop loop({.on_exception = [&](const auto&, const auto&) { ++heard; }});
  asio::post(loop.get_executor(), [] { throw boost::system::system_error(errc::closed); });
  asio::post(loop.get_executor(), [] { throw boost::system::system_error(errc::timed_out); });
  asio::post(loop.get_executor(), [] { throw make_error_code(errc::full); });  // NOLINT
  loop.run();
  EXPECT_EQ(heard, 3);
}

TEST(event_loop, hears_once_of_a_task_that_fails) {
  reports<std::string> heard;
  std::atomic<int> also{0};
  event_loop loop(
      {.tasks = {.on_failure = [&](const auto&, const auto&) { ++also; }},
       .on_exception = [&](const std::exception_ptr& error, const loop_exception& where) {
         ASSERT_TRUE(where.task.has_value());
         heard.add(where.task->name + ": " + text_of(error));
       }});
  const auto fail = []() -> asio::awaitable<void> {
    co_await sleep_for(1ms);
    throw std::runtime_error("no such page");
  };
  loop.spawn("fetch", fail);
  // Whoever waits for it has it.
  loop.async_spawn("awaited", fail, [](const outcome<>& ended) { EXPECT_FALSE(ended); });
  loop.run();
  EXPECT_EQ(heard.all(), std::vector<std::string>{"fetch: no such page"});
  EXPECT_EQ(also, 2);
  EXPECT_EQ(loop.counts().exceptions, 1U);
}

TEST(event_loop, survives_a_handler_of_exceptions_that_throws) {
  testing::internal::CaptureStderr();
  event_loop loop(
      {.on_exception = [](const auto&, const auto&) { throw std::runtime_error("worse"); }},
      "guarded");
  int ran = 0;
  asio::post(loop.get_executor(), [] { throw std::runtime_error("bad"); });
  asio::post(loop.get_executor(), [&] { ++ran; });
  EXPECT_EQ(loop.run().end, loop_end::finished);
  EXPECT_EQ(ran, 1);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("event loop \"guarded\": on_exception threw: worse\n"));
  EXPECT_THAT(said, HasSubstr(": bad\n"));  // it is not lost
}

TEST(event_loop, says_what_nobody_handles) {
  testing::internal::CaptureStderr();
  event_loop loop({}, "talks");
  asio::post(loop.get_executor(), [] { throw std::runtime_error("bad"); });
  loop.spawn("fetch", []() -> asio::awaitable<void> {
    throw std::runtime_error("no such page");
    co_return;
  });
  loop.run();
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("event loop \"talks\": exception in thread "));
  EXPECT_THAT(said, HasSubstr("task \"fetch\" (1), ended, for 0."));
  EXPECT_THAT(said, HasSubstr(": no such page\n"));
}

TEST(event_loop, is_stopped_by_an_exception_if_wanted) {
  for (const std::size_t threads : {1U, 3U}) {
    std::atomic<int> heard{0};
    event_loop loop({.threads = threads,
                     .exceptions = after_exception::stop,
                     .on_exception = [&](const auto&, const auto&) { ++heard; }});
    asio::steady_timer never(loop.get_executor(), 1h);
    never.async_wait([](error_code) {});
    loop.spawn("waits", sleep_for(1h));
    asio::post(loop.get_executor(), [] { throw std::runtime_error("bad"); });
    const loop_report report = loop.run();
    EXPECT_EQ(report.end, loop_end::failed);
    EXPECT_EQ(text_of(report.failure), "bad");
    ASSERT_EQ(report.unfinished.size(), 1U);
    EXPECT_EQ(report.unfinished[0].name, "waits");
    EXPECT_EQ(heard, 1);
    EXPECT_EQ(loop.state(), loop_state::ready);
  }
}

// Debug mode

TEST(event_loop, reports_slow_callbacks) {
  reports<slow_callback> slow;
  event_loop loop({.debug = true,
                   .slow_after = 200ms,  // a busy machine is none of ours
                   .on_slow = [&](const slow_callback& each) { slow.add(each); }},
                  "slow");
  asio::post(loop.get_executor(), [] {});
  asio::post(loop.get_executor(), [] { spin(250ms); });
  loop.spawn("parse", []() -> asio::awaitable<void> {
    co_await sleep_for(1ms);
    spin(250ms);
    co_await sleep_for(1ms);
  });
  loop.run();
  ASSERT_EQ(slow.size(), 2U);
  const auto all = slow.all();
  EXPECT_GE(all[0].time, 250ms);
  EXPECT_FALSE(all[0].still_runs);
  EXPECT_FALSE(all[0].task.has_value());
  EXPECT_EQ(all[0].thread, detail::current_thread_name());
  ASSERT_TRUE(all[1].task.has_value());
  EXPECT_EQ(all[1].task->name, "parse");
  EXPECT_EQ(loop.counts().slow_callbacks, 2U);
  EXPECT_EQ(attribute("slow", "slow_callbacks"), 2);
}

TEST(event_loop, reports_no_more_than_so_many_slow_callbacks) {  // fact d1: seastar, 10 stalls: 5
  std::atomic<int> heard{0};
  event_loop loop({.debug = true, .slow_after = 1ms, .on_slow = [&](const auto&) { ++heard; }});
  for (int i = 0; i < 10; ++i)
    asio::post(loop.get_executor(), [] { spin(2ms); });
  loop.run();
  EXPECT_EQ(heard, 5);
  EXPECT_EQ(loop.counts().slow_callbacks, 10U);
}

// fact d2: seastar, cooperative spin: 0 reports
TEST(event_loop, many_short_handlers_are_not_slow) {
  event_loop loop({.debug = true, .slow_after = 10s});
  loop.spawn("polite", []() -> asio::awaitable<void> {
    for (int i = 0; i < 2'000; ++i) {
      spin(20us);
      co_await asio::post(co_await asio::this_coro::executor, use_awaitable);
    }
  });
  const auto began = std::chrono::steady_clock::now();
  loop.run();
  EXPECT_GE(std::chrono::steady_clock::now() - began, 40ms);
  EXPECT_EQ(loop.counts().slow_callbacks, 0U);
}

TEST(event_loop, measures_nothing_unless_in_debug_mode) {
  event_loop loop({.slow_after = 1ns, .on_slow = [](const auto&) { ADD_FAILURE(); }});
  asio::post(loop.get_executor(), [&] {
    spin(1ms);
    EXPECT_EQ(loop.threads().at(0).running_time, 0ns);
  });
  loop.run();
  EXPECT_EQ(loop.counts().slow_callbacks, 0U);
}

TEST(event_loop, reports_a_handler_that_does_not_return_while_it_runs) {
  reports<slow_callback> slow;
  std::atomic<bool> stuck{false};
  event_loop loop({.debug = true,
                   .slow_after = 5ms,
                   .stuck_after = 20ms,
                   .tasks = {.slow_after = 1ms},
                   .on_slow =
                       [&](const slow_callback& each) {
                         slow.add(each);
                         stuck = stuck || each.still_runs;
                       }},
                  "stuck");
  loop.spawn("hangs", [&]() -> asio::awaitable<void> {
    while (!stuck)
      std::this_thread::yield();
    // So that what else is slow is noticed although the loop is blocked.
    while (loop.tasks().counts().slow == 0)
      std::this_thread::yield();
    co_return;
  });
  loop.run();
  const auto all = slow.all();
  const auto first =
      std::find_if(all.begin(), all.end(), [](const auto& each) { return each.still_runs; });
  ASSERT_NE(first, all.end());
  EXPECT_GE(first->time, 20ms);
  EXPECT_EQ(first->task.value().name, "hangs");
  EXPECT_FALSE(all.back().still_runs);
  EXPECT_GE(loop.counts().stuck, 1U);
  EXPECT_GE(attribute("stuck", "stuck"), 1);
}

TEST(event_loop, may_be_used_within_its_callbacks) {  // R6: no lock is held
  event_loop* self = nullptr;
  std::atomic<int> called{0};
  const auto use = [&] {
    ++called;
    (void)self->counts();
    (void)self->threads();
    (void)self->state();
    (void)self->tasks().running();
    (void)describe_resources();
    self->shutdown();
    self->spawn("refused", sleep_for(1h));
  };
  event_loop loop({.shutdown_within = 500ms,
                   .debug = true,
                   .slow_after = 1ms,
                   .on_exception = [&](const auto&, const auto&) { use(); },
                   .on_slow = [&](const auto&) { use(); },
                   .on_misuse = [&](const auto&) { use(); },
                   .on_shutdown = use,
                   .on_unfinished = [&](const auto&) { use(); }},
                  "used");
  self = &loop;
  loop.start();
  loop.spawn("stubborn", stubborn());
  loop.check_owner();  // shuts it down
  asio::post(loop.get_executor(), [] {
    spin(2ms);
    throw std::runtime_error("bad");
  });
  EXPECT_EQ(loop.join().end, loop_end::timed_out);
  EXPECT_GE(called, 5);
}

TEST(event_loop, survives_what_its_reports_throw) {
  testing::internal::CaptureStderr();
  event_loop loop({.debug = true, .slow_after = 1ms, .on_slow = [](const auto&) {
                     throw std::runtime_error("worse");
                   }});
  asio::post(loop.get_executor(), [] { spin(2ms); });
  loop.run();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("on_slow threw: worse\n"));
}

TEST(event_loop, reports_what_is_used_in_a_wrong_thread) {
  reports<loop_misuse> misuses;
  event_loop loop({.debug = true, .on_misuse = [&](const loop_misuse& each) { misuses.add(each); }},
                  "owner");
  loop_owned<std::vector<int>> numbers(loop);
  numbers.get().push_back(1);  // it does not run yet
  loop.start();
  asio::post(loop.get_executor(), asio::use_future([&] { numbers.get().push_back(2); })).get();
  EXPECT_EQ(misuses.size(), 0U);
  const int line = __LINE__ + 1;
  numbers.get();
  numbers->push_back(3);
  ASSERT_EQ(misuses.size(), 2U);
  EXPECT_EQ(misuses.all()[0].location.line, line);
  EXPECT_EQ(misuses.all()[0].thread, detail::current_thread_name());
  EXPECT_EQ(misuses.all()[1].location.line, 0);
  loop.stop();
  loop.join();
  EXPECT_EQ(numbers->size(), 3U);  // it runs no longer
  EXPECT_EQ(loop.counts().misuses, 2U);
}

TEST(event_loop, reports_when_its_context_is_run_by_a_stranger) {
  reports<loop_misuse> misuses;
  event_loop loop(
      {.debug = true, .on_misuse = [&](const loop_misuse& each) { misuses.add(each); }});
  int ran = 0;
  asio::post(loop.get_executor(), [&] { ++ran; });
  loop.context().poll();
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(misuses.size(), 1U);
}

TEST(event_loop, checks_nothing_unless_in_debug_mode) {
  event_loop loop({.on_misuse = [](const auto&) { ADD_FAILURE(); }});
  loop.start();
  loop_owned<int> number(loop, 3);
  EXPECT_EQ(*number, 3);
  EXPECT_TRUE(loop.check_owner());
  loop.stop();
  loop.join();
}

// Shutdown

TEST(event_loop, a_shutdown_cancels_the_tasks_and_ends_when_they_have) {  // R7
  reports<std::string> steps;
  event_loop loop({.threads = 2, .on_shutdown = [&] { steps.add("on_shutdown"); }});
  loop.start();
  std::promise<void> begun;
  loop.spawn("cleans up", [&]() -> asio::awaitable<void> {
    begun.set_value();
    try {
      co_await sleep_for(1h);
    } catch (const boost::system::system_error&) {
    }
    co_await asio::this_coro::reset_cancellation_state();
    co_await sleep_for(1ms);
    steps.add("clean");
  });
  begun.get_future().get();
  const int line = __LINE__ + 1;
  loop.shutdown();
  loop.shutdown();
  const loop_report report = loop.join();
  EXPECT_EQ(report.end, loop_end::shut_down);
  EXPECT_TRUE(report.unfinished.empty());
  EXPECT_THAT(steps.all(), testing::UnorderedElementsAre("on_shutdown", "clean"));
  EXPECT_EQ(loop.tasks().history().at(0).task.cancelled_by.value().location.line, line);
  EXPECT_EQ(loop.state(), loop_state::closed);
  EXPECT_EQ(loop.spawn("late", sleep_for(1h)), 0U);  // R10
}

TEST(event_loop, tasks_may_end_by_themselves_if_there_is_time) {
  event_loop loop({.drain_for = 1h, .shutdown_within = 2h});
  loop.start();
  loop.spawn("ends", sleep_for(20ms));
  loop.shutdown();
  EXPECT_EQ(loop.join().end, loop_end::shut_down);
  EXPECT_EQ(loop.tasks().counts().succeeded, 1U);
  EXPECT_EQ(loop.tasks().counts().cancelled, 0U);
}

TEST(event_loop, a_shutdown_says_who_did_not_finish) {
  reports<loop_report> late;
  event_loop loop({.shutdown_within = 30ms,
                   .on_unfinished = [&](const loop_report& report) { late.add(report); }},
                  "late");
  loop.start();
  semaphore connections(loop.context(), 1, "connections");
  const auto taken = connections.try_acquire();
  const int line = __LINE__ + 1;
  loop.spawn("stubborn", stubborn());
  loop.spawn("obedient", sleep_for(1h));
  connections.async_acquire([](error_code, const auto&) {});
  asio::post(loop.get_executor(), asio::use_future).get();
  loop.shutdown();
  const loop_report report = loop.join();
  EXPECT_EQ(report.end, loop_end::timed_out);
  ASSERT_EQ(report.unfinished.size(), 1U);
  EXPECT_EQ(report.unfinished[0].name, "stubborn");
  EXPECT_EQ(report.unfinished[0].location.line, line);
  EXPECT_THAT(report.waiting, testing::Contains("semaphore \"connections\": 1 waiting"));
  EXPECT_EQ(late.size(), 1U);
  EXPECT_THAT(to_string(report), HasSubstr("task \"stubborn\" (1), suspended, for "));
  EXPECT_EQ(loop.tasks().counts().cancelled, 1U);
}

TEST(event_loop, a_shutdown_says_when_work_without_a_name_is_left) {
  testing::internal::CaptureStderr();
  event_loop loop({.shutdown_within = 10ms}, "timers");
  asio::steady_timer timer(loop.get_executor(), 1h);
  timer.async_wait([](error_code) {});
  asio::post(loop.get_executor(), [&] { loop.shutdown(); });  // from within, too
  EXPECT_EQ(loop.run().end, loop_end::timed_out);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("shut down, but not in time\n  work that has no name"));
}

TEST(event_loop, a_shutdown_says_which_handler_does_not_return) {
  std::promise<void> said;
  reports<loop_report> late;
  event_loop loop({.shutdown_within = 20ms,
                   .debug = true,
                   .slow_after = 1ms,
                   .on_slow = [](const auto&) {},
                   .on_unfinished =
                       [&](const loop_report& report) {
                         late.add(report);
                         said.set_value();
                       }},
                  "blocked");
  loop.start();
  std::promise<void> begun;
  loop.spawn("hangs", [&]() -> asio::awaitable<void> {
    begun.set_value();
    said.get_future().get();  // the deadline is kept although the loop is blocked
    co_return;
  });
  begun.get_future().get();
  loop.shutdown();
  EXPECT_EQ(loop.join().end, loop_end::timed_out);
  const loop_report report = late.all().at(0);
  ASSERT_EQ(report.stuck.size(), 1U);
  EXPECT_GE(report.stuck[0].time, 20ms);
  EXPECT_EQ(report.stuck[0].task.value().name, "hangs");
  EXPECT_EQ(report.unfinished.at(0).state, task_state::running);
}

TEST(event_loop, the_shorter_deadline_counts) {
  event_loop loop({.shutdown_within = 1h, .on_unfinished = [](const auto&) {}});
  loop.start();
  loop.spawn("stubborn", stubborn());
  asio::post(loop.get_executor(), asio::use_future).get();
  loop.shutdown();
  loop.shutdown_within(1ms);
  EXPECT_EQ(loop.join().end, loop_end::timed_out);
}

TEST(event_loop, a_stop_ends_a_shutdown) {
  event_loop loop({.shutdown_within = 1h});
  loop.start();
  loop.spawn("stubborn", stubborn());
  asio::post(loop.get_executor(), asio::use_future).get();
  loop.shutdown();
  loop.stop();
  const loop_report report = loop.join();
  EXPECT_EQ(report.end, loop_end::forced);
  EXPECT_EQ(report.unfinished.size(), 1U);
}

TEST(event_loop, one_that_does_not_run_is_shut_down_at_once) {  // R7
  event_loop loop;
  loop.spawn("never", sleep_for(1h));
  loop.shutdown();
  EXPECT_EQ(loop.state(), loop_state::closed);
  EXPECT_EQ(thrown_by([&] { loop.run(); }), errc::closed);
}

TEST(event_loop, joining_in_its_own_callbacks_is_refused) {  // R6
  std::atomic<bool> refused{false};
  event_loop* self = nullptr;
  event_loop loop({.shutdown_within = 1ms, .on_unfinished = [&](const auto&) {
                     refused = thrown_by([&] { self->join(); }) ==
                               boost::system::errc::resource_deadlock_would_occur;
                   }});
  self = &loop;
  loop.start();
  loop.spawn("stubborn", stubborn());
  loop.shutdown();
  loop.join();
  EXPECT_TRUE(refused);
}

// Signals

TEST(event_loop, a_signal_shuts_it_down) {
  for (const int signal : {SIGINT, SIGTERM}) {
    event_loop loop({.signals = {SIGINT, SIGTERM}});
    loop.start();
    loop.spawn("server", sleep_for(1h));
    asio::post(loop.get_executor(), asio::use_future).get();
    ::kill(::getpid(), signal);
    EXPECT_EQ(loop.join().end, loop_end::shut_down);
    EXPECT_EQ(loop.tasks().counts().cancelled, 1U);
  }
}

TEST(event_loop, a_second_signal_does_not_wait) {
  event_loop* self = nullptr;
  event_loop loop({.signals = {SIGUSR1},
                   .shutdown_within = 1h,
                   .on_shutdown = [] { ::kill(::getpid(), SIGUSR1); },
                   .on_unfinished = [](const auto&) {}});
  self = &loop;
  loop.start();
  loop.spawn("stubborn", stubborn());
  asio::post(loop.get_executor(), asio::use_future).get();
  ::kill(::getpid(), SIGUSR1);
  const loop_report report = self->join();
  EXPECT_EQ(report.end, loop_end::forced);
  ASSERT_EQ(report.unfinished.size(), 1U);
  EXPECT_EQ(report.unfinished[0].name, "stubborn");
}

std::atomic<int> signals_of_the_user{0};

TEST(event_loop, signals_do_again_what_they_did_when_no_loop_wants_them) {
  signals_of_the_user = 0;
  struct sigaction own {};
  own.sa_handler = [](int) { ++signals_of_the_user; };
  struct sigaction before {};
  ::sigaction(SIGUSR2, &own, &before);
  {
    event_loop first({.signals = {SIGUSR2}});
    event_loop second({.signals = {SIGUSR2}});
    first.start();
    second.start();
    ::kill(::getpid(), SIGUSR2);
    EXPECT_EQ(first.join().end, loop_end::shut_down);  // both
    EXPECT_EQ(second.join().end, loop_end::shut_down);
  }
  EXPECT_EQ(signals_of_the_user, 0);
  ::raise(SIGUSR2);
  EXPECT_EQ(signals_of_the_user, 1);
  ::sigaction(SIGUSR2, &before, nullptr);
}

void hang_until_the_third_signal() {
  event_loop loop({.signals = {SIGTERM}, .shutdown_within = 1h, .on_unfinished = [](const auto&) {
                     ::kill(::getpid(), SIGTERM);
                   }});
  asio::post(loop.get_executor(), [] {
    for (;;)
      std::this_thread::sleep_for(1h);
  });
  loop.start();
  ::kill(::getpid(), SIGTERM);
  while (loop.state() != loop_state::stopping)
    std::this_thread::yield();
  ::kill(::getpid(), SIGTERM);
  loop.join();
}

TEST(event_loop, a_third_signal_ends_a_program_that_hangs) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(hang_until_the_third_signal(), testing::KilledBySignal(SIGTERM), "");
}

// For others

TEST(event_loop, is_seen_when_it_has_a_name) {
  event_loop loop({.threads = 2}, "seen");
  EXPECT_EQ(attribute("seen", "threads"), 0);
  loop.start();
  loop.spawn("waits", sleep_for(1h));
  asio::post(loop.get_executor(), asio::use_future).get();
  for (const auto& each : describe_resources()) {
    if (each.name == "seen" && each.kind == resource_kind::event_loop) {
      EXPECT_EQ(each.state, "running");
    }
  }
  while (loop.threads().size() < 2)
    std::this_thread::yield();
  EXPECT_EQ(attribute("seen", "threads"), 2);
  EXPECT_EQ(attribute("seen", "tasks"), 1);
  EXPECT_GE(attribute("seen", "handlers"), 2);
  EXPECT_EQ(attribute("seen", "exceptions"), 0);
  loop.shutdown();
  loop.join();
}

TEST(event_loop, is_used_from_many_threads) {
  for (int round = 0; round < 20; ++round) {
    event_loop loop({.threads = 2,
                     .debug = true,
                     .on_exception = [](const auto&, const auto&) {},
                     .on_slow = [](const auto&) {},
                     .on_unfinished = [](const auto&) {}},
                    "busy");
    loop.start();
    std::vector<std::thread> threads;
    for (int which = 0; which < 3; ++which)
      threads.emplace_back([&, which] {
        for (int i = 0; i < 30; ++i) {
          const task_id id = loop.spawn("task", [i]() -> asio::awaitable<void> {
            co_await asio::post(co_await asio::this_coro::executor, use_awaitable);
            if (i % 7 == 0) throw std::runtime_error("seven");
          });
          if (i % 3 == 0) loop.tasks().cancel(id);
          if (i % 10 == 0) describe_resources();
          asio::post(loop.get_executor(), [i] {
            if (i % 9 == 0) throw std::runtime_error("nine");
          });
        }
        if (which == 0) loop.shutdown();
      });
    const loop_report report = loop.join();
    EXPECT_EQ(report.end, loop_end::shut_down);
    for (auto& each : threads)
      each.join();
  }
}

}  // namespace
}  // namespace asioscope::core
