// SPDX-License-Identifier: BSL-1.0
// Processes and sessions: forked children, daemons, a session that comes late and goes early.
#include "scenario.hpp"

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/session/session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

namespace asio = boost::asio;
using configurations::tally;
using namespace std::chrono_literals;

namespace {

void post_some(tally& t, asio::io_context& loop, int n = 10) {
  for (int i = 0; i < n; ++i)
    asio::post(loop, t.handler());
}

/// In a child process: leaves with what it made of its tally.
template <class Work>
bool a_child_can(asio::io_context& loop, Work work) {
  loop.notify_fork(asio::execution_context::fork_prepare);
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    loop.notify_fork(asio::execution_context::fork_child);
    _exit(work() ? 0 : 1);
  }
  loop.notify_fork(asio::execution_context::fork_parent);
  int status = -1;
  return waitpid(child, &status, 0) == child && status == 0;
}

asioscope::session::options quiet_options() {
  asioscope::session::options options;
  options.metrics_address = "127.0.0.1:0";
  options.live = false;
  options.quiet = true;
  options.use_environment = false;
  return options;
}

}  // namespace

CONFIGURATIONS_SCENARIO(fork) {
  asio::io_context loop;
  asio::steady_timer timer(loop, 1ms);
  post_some(t, loop);
  timer.async_wait(t.handler());
  const auto run_all = [&] {
    loop.restart();
    loop.run();
    post_some(t, loop);
    loop.restart();
    loop.run();
    t.check_now("after fork");
    return t.problems.empty() && t.ran == t.created;
  };
  t.expect(a_child_can(loop, run_all), "the child does what the parent does");
  run_all();
}

CONFIGURATIONS_SCENARIO(fork_in_a_session) {
  const asioscope::session session(quiet_options());
  asio::io_context loop;
  post_some(t, loop);
  const auto child = [&] {
    loop.run();
    // Nothing is recorded in a child unless it asks for it.
    if (configurations::hooked && asioscope::recorder::take_snapshot().site_stats.size() != 0)
      return false;
    const asioscope::session own(quiet_options());
    post_some(t, loop);
    loop.restart();
    return loop.run() == 10 && t.ran == 20 && !own.metrics_url().empty();
  };
  t.expect(a_child_can(loop, child), "the child can have a session of its own");
  loop.run();
}

CONFIGURATIONS_SCENARIO(daemon) {
  asio::io_context loop;
  post_some(t, loop);
  loop.run_one();
  loop.notify_fork(asio::execution_context::fork_prepare);
  if (daemon(1, 1) != 0) t.expect(false, "daemon");
  loop.notify_fork(asio::execution_context::fork_child);
  const asioscope::session session(quiet_options());
  loop.run();
  post_some(t, loop);
  loop.restart();
  loop.run();
}

CONFIGURATIONS_SCENARIO(session_late_and_short) {
  asio::io_context loop;
  post_some(t, loop);
  loop.poll_one();
  {
    asioscope::session session(quiet_options());
    t.expect(!session.metrics_url().empty(), "metrics are served");
    loop.poll_one();
    post_some(t, loop);
    t.check_now("in the session");
    session.stop();
    loop.poll_one();
  }
  post_some(t, loop);
  t.check_now("after the session");
  loop.run();
}
