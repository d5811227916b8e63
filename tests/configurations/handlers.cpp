// SPDX-License-Identifier: BSL-1.0
// Callbacks on every kind of loop.
#include "scenario.hpp"

#include "asioscope/instrumentation/instrumented_executor.hpp"
#include "asioscope/recorder/recorder.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_context.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using configurations::tally;
using namespace std::chrono_literals;

namespace {

template <class Target>
void post_some(tally& t, Target&& target, int n = 100) {
  for (int i = 0; i < n; ++i)
    asio::post(target, t.handler());
}

void run_on_threads(asio::io_context& loop, int n) {
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([&] { loop.run(); });
  for (auto& each : threads)
    each.join();
}

}  // namespace

CONFIGURATIONS_SCENARIO(one_thread) {
  asio::io_context loop(1);
  post_some(t, loop);
  t.check_now("queued");
  asio::post(loop, t.handler([&] {
    asio::defer(loop, t.handler());
    asio::post(loop, t.handler());
  }));
  loop.run();
  t.check_now("after run");
  post_some(t, loop, 10);
  loop.restart();
  t.expect(loop.run_one() == 1 && loop.poll_one() == 1 && loop.poll() == 8, "run_one and poll");
}

CONFIGURATIONS_SCENARIO(four_threads) {
  asio::io_context loop;
  for (int i = 0; i < 1000; ++i)
    asio::post(loop, t.handler([&] { asio::post(loop, t.handler()); }));
  run_on_threads(loop, 4);
  t.check_now("after run");
}

CONFIGURATIONS_SCENARIO(thread_pool) {
  asio::thread_pool pool(3);
  for (int i = 0; i < 500; ++i)
    asio::post(pool, t.handler([&] { asio::post(pool, t.handler()); }));
  pool.join();
  t.check_now("after join");
}

CONFIGURATIONS_SCENARIO(system_executor) {
  std::latch done(200);
  for (int i = 0; i < 200; ++i)
    asio::post(asio::system_executor(), t.handler([&] { done.count_down(); }));
  done.wait();
  auto& context = static_cast<asio::system_context&>(
      asio::query(asio::system_executor(), asio::execution::context));
  context.stop();
  context.join();
  t.loops_left = 1;
}

CONFIGURATIONS_SCENARIO(strand) {
  asio::io_context loop;
  const auto strand = asio::make_strand(loop);
  post_some(t, strand);
  t.check_now("queued");
  for (int i = 0; i < 100; ++i)
    asio::post(strand, t.handler([&] { asio::post(strand, t.handler()); }));
  run_on_threads(loop, 2);
  t.check_now("after run");
}

CONFIGURATIONS_SCENARIO(strand_over_any_io_executor) {
  asio::io_context loop;
  const auto strand = asio::make_strand(asio::any_io_executor(loop.get_executor()));
  post_some(t, strand);
  loop.run();
  t.check_now("after run");
  post_some(t, strand);
  t.check_now("queued");
  loop.restart();
  loop.run();
}

CONFIGURATIONS_SCENARIO(any_io_executor) {
  asio::io_context loop;
  post_some(t, asio::any_io_executor(loop.get_executor()));
  t.check_now("queued");
  loop.run();
}

CONFIGURATIONS_SCENARIO(bound_to_a_strand) {
  asio::io_context loop;
  const auto strand = asio::make_strand(loop);
  asio::steady_timer timer(loop);
  for (int i = 0; i < 10; ++i) {
    timer.expires_after(100us);
    timer.async_wait(asio::bind_executor(strand, t.handler()));
    asio::post(loop, asio::bind_executor(strand, t.handler()));
    loop.restart();
    loop.run();
  }
  t.check_now("after run");
}

CONFIGURATIONS_SCENARIO(timers) {
  asio::io_context loop;
  asio::steady_timer quick(loop, 1ms);
  asio::steady_timer never(loop, 1h);
  for (int i = 0; i < 10; ++i) {
    quick.async_wait(t.handler());
    never.async_wait(t.handler(
        [&](error_code error) { t.expect(error == asio::error::operation_aborted, "aborted"); }));
  }
  t.check_now("waiting");
  quick.async_wait(t.handler([&](error_code) { never.cancel(); }));
  loop.run();
  t.check_now("after run");
}

CONFIGURATIONS_SCENARIO(channel) {
  asio::io_context loop;
  asio::experimental::channel<void(error_code, int)> channel(loop, 4);
  int received = 0;
  std::function<void()> receive = [&] {
    channel.async_receive(t.handler([&](error_code error, int) {
      received += error ? 0 : 1;
      if (received < 50) receive();
    }));
  };
  for (int i = 0; i < 50; ++i)
    channel.async_send(error_code(), i, t.handler());
  receive();
  loop.run();
  t.expect(received == 50, "50 received");
}

CONFIGURATIONS_SCENARIO(sockets) {
  asio::io_context loop;
  tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  tcp::socket client(loop);
  tcp::socket server(loop);
  char sent = 0;
  char received = 0;
  int rounds = 0;
  std::function<void()> send = [&] {
    client.async_send(asio::buffer(&sent, 1), t.handler([&](error_code, std::size_t) {
      server.async_receive(asio::buffer(&received, 1),
                           t.handler([&](error_code error, std::size_t n) {
                             t.expect(!error && n == 1, "one byte arrives");
                             if (++rounds < 50) send();
                           }));
    }));
  };
  acceptor.async_accept(server, t.handler());
  client.async_connect(acceptor.local_endpoint(), t.handler([&](error_code) { send(); }));
  loop.run();
  t.check_now("after the exchange");
  loop.restart();
  server.async_receive(asio::buffer(&received, 1), t.handler([&](error_code error, std::size_t) {
    t.expect(error == asio::error::eof, "the end is seen");
  }));
  t.check_now("waiting for the peer");
  asio::post(loop, t.handler([&] { client.close(); }));
  loop.run();
}

CONFIGURATIONS_SCENARIO(exceptions) {
  asio::io_context loop;
  for (int i = 0; i < 10; ++i)
    asio::post(loop, t.handler([&] {
      ++t.threw;
      throw std::runtime_error("on purpose");
    }));
  post_some(t, loop, 10);
  for (int caught = 0; caught < 10;) {
    try {
      loop.run();
      break;
    } catch (const std::runtime_error&) {
      ++caught;
    }
  }
  loop.run();
  t.expect(t.threw == 10, "each exception leaves run()");
}

CONFIGURATIONS_SCENARIO(destroyed_with_work_pending) {
  {
    asio::io_context loop;
    const auto strand = asio::make_strand(loop);
    asio::steady_timer timer(loop, 1h);
    for (int i = 0; i < 10; ++i) {
      asio::post(loop, t.handler());
      asio::post(strand, t.handler());
      timer.async_wait(t.handler());
    }
    t.check_now("queued");
    loop.poll_one();
  }
  t.expect(t.dropped == 29, "what did not run is dropped");
}

CONFIGURATIONS_SCENARIO(loop_that_lives_on) {
  auto& loop = *new asio::io_context;
  post_some(t, loop, 10);
  loop.poll_one();
  t.loops_left = 1;
}

CONFIGURATIONS_SCENARIO(loops_come_and_go) {
  for (int i = 0; i < 300; ++i) {
    asio::io_context loop;
    post_some(t, loop, 3);
    loop.poll_one();
  }
}

CONFIGURATIONS_SCENARIO(threads_come_and_go) {
  asio::io_context loop;
  for (int i = 0; i < 50; ++i) {
    std::thread([&] { post_some(t, loop, 4); }).join();
    std::thread([&] {
      loop.restart();
      loop.run_one();
      loop.poll_one();
      loop.poll_one();
    }).join();
  }
  t.check_now("queued");
  loop.restart();
  loop.run();
}

CONFIGURATIONS_SCENARIO(instrumented_executor) {
  t.recorded = true;
  asio::io_context loop;
  const auto executor = asioscope::instrument(loop);
  post_some(t, executor);
  t.check_now("queued");
  asio::post(executor, t.handler([&] { asio::post(executor, t.handler()); }));
  loop.run();
  t.check_now("after run");
  post_some(t, executor, 10);  // destroyed with the loop
}

CONFIGURATIONS_SCENARIO(instrumented_any_io_executor) {
  asio::io_context loop;
  const auto executor = asioscope::instrument(asio::any_io_executor(loop.get_executor()));
  post_some(t, executor);
  t.check_now("queued");
  asio::post(executor, t.handler([&] {
    asio::post(executor, t.handler());
    asio::post(asio::any_io_executor(loop.get_executor()), t.handler());
  }));
  loop.run();
  t.check_now("after run");
  post_some(t, executor, 10);
}

CONFIGURATIONS_SCENARIO(instrumented_strand) {
  t.recorded = true;
  asio::io_context loop;
  const auto executor = asioscope::instrument(asio::make_strand(loop));
  post_some(t, executor);
  t.check_now("queued");
  loop.run();
  t.check_now("after run");
  const auto over_any =
      asioscope::instrument(asio::make_strand(asio::any_io_executor(loop.get_executor())));
  post_some(t, over_any);
  loop.restart();
  loop.run();
  t.check_now("after the second run");
  asio::steady_timer timer(loop);
  timer.expires_after(1ms);
  timer.async_wait(asio::bind_executor(executor, t.handler()));
  timer.async_wait(asio::bind_executor(over_any, t.handler()));
  loop.restart();
  loop.run();
  t.check_now("after timers");
}

#if defined(BOOST_ASIO_CUSTOM_HANDLER_TRACKING)
CONFIGURATIONS_SCENARIO(mode_switched_while_running) {
  using asioscope::recorder::mode;
  using asioscope::recorder::set_mode;
  asio::io_context loop;
  tally unseen;
  // Created while off, run while on: run, and never pending. The other way round: never run.
  const auto created_and_run = [&](mode first, mode second, tally& as) {
    set_mode(first);
    post_some(as, loop, 10);
    set_mode(second);
    loop.restart();
    loop.run();
    t.check_now("after run");
  };
  created_and_run(mode::metrics, mode::metrics, t);
  created_and_run(mode::metrics, mode::off, unseen);
  created_and_run(mode::off, mode::off, unseen);
  created_and_run(mode::off, mode::metrics, t);
  created_and_run(mode::trace, mode::metrics, t);
  created_and_run(mode::metrics, mode::trace, t);

  // From a thread of its own, as fast as it can, while two threads run handlers.
  const auto before = unseen.ran.load();
  std::atomic<bool> done{false};
  std::thread switcher([&] {
    while (!done)
      for (const mode each : {mode::off, mode::metrics, mode::trace})
        set_mode(each);
  });
  for (int i = 0; i < 2000; ++i)
    asio::post(loop, unseen.handler([&] { asio::post(loop, unseen.handler()); }));
  loop.restart();
  run_on_threads(loop, 2);
  done = true;
  switcher.join();
  set_mode(mode::metrics);
  t.expect(unseen.ran == before + 4000, "every handler ran");
  std::uint64_t runs = 0;
  const auto now = asioscope::recorder::take_snapshot();
  for (const auto& site : now.site_stats)
    runs += site.run.count();
  t.expect(runs >= t.ran && runs <= t.ran + 4000, "no run is counted twice");
  // Which of them began while something was recorded, only the recorder knows.
  t.created += runs - t.ran;
  t.ran = runs;
  t.check_now("after the switching");
  post_some(t, loop);
  loop.restart();
  loop.run();
}
#endif
