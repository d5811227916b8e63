// SPDX-License-Identifier: BSL-1.0
// What suspended coroutines wait for, with asioscope::hooks.
#include "figures.hpp"

#include "asioscope/instrumentation/name_loop.hpp"
#include "asioscope/recorder/annotate.hpp"
#include "asioscope/recorder/dump_tasks.hpp"
#include "asioscope/recorder/recorder.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace chains {

namespace asio = boost::asio;
using namespace std::chrono_literals;

unsigned line_of_wait = 0;
unsigned line_of_middle = 0;

asio::awaitable<void> wait(asio::steady_timer& timer) {
  line_of_wait = __LINE__ + 1;
  co_await timer.async_wait(asio::use_awaitable);
}
asio::awaitable<void> quick() { co_return; }
asio::awaitable<void> middle(asio::steady_timer& timer) {
  co_await quick();
  line_of_middle = __LINE__ + 1;
  co_await wait(timer);
}
asio::awaitable<void> outer(asio::steady_timer& timer) { co_await middle(timer); }
asio::awaitable<void> deferring(asio::steady_timer& timer) {
  co_await timer.async_wait(asio::deferred);
}
asio::awaitable<void> receiving(asio::ip::udp::socket& socket) {
  char data[8];
  co_await socket.async_receive(asio::buffer(data), asio::use_awaitable);
}
asio::awaitable<void> either(asio::steady_timer& timer, asio::ip::udp::socket& socket) {
  using namespace asio::experimental::awaitable_operators;
  co_await (wait(timer) || receiving(socket));
}
asio::awaitable<void> throwing(asio::steady_timer& timer) {
  try {
    co_await []() -> asio::awaitable<void> {
      throw 1;
      co_return;
    }();
  } catch (int) {
  }
  co_await wait(timer);
}
asio::awaitable<void> forever_busy(std::atomic<bool>& running, const std::atomic<bool>& stop) {
  co_await quick();
  running = true;
  while (!stop)
    std::this_thread::yield();
}
asio::awaitable<void> two_lines(asio::steady_timer& first, asio::steady_timer& second) {
  co_await first.async_wait(asio::use_awaitable);
  co_await second.async_wait(asio::use_awaitable);
}
asio::awaitable<void> paying(asio::steady_timer& timer) {
  asioscope::set_trace_id("request 7");
  const asioscope::scope order("order");
  {
    const asioscope::scope stock("stock");
    co_await quick();
  }
  const asioscope::scope pay("pay");
  co_await wait(timer);
}
asio::awaitable<void> churn(int n) {
  for (int i = 0; i < n; ++i) {
    co_await quick();
    co_await [](int k) -> asio::awaitable<void> {
      if (k % 3 == 0) co_await asio::post(asio::use_awaitable);
      co_await quick();
    }(i);
  }
}

}  // namespace chains

namespace {

using namespace chains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace recorder = asioscope::recorder;
namespace schema = asioscope::schema;

schema::snapshot with_awaits() {
  auto now = recorder::take_snapshot();
  recorder::await_lister().add_to(now);
  return now;
}

struct step {
  std::string function;
  std::string file;
  unsigned line;
};

/// The chain of the live task with this name, outermost first.
struct chain {
  explicit chain(std::string_view name, const schema::snapshot& now = with_awaits()) {
    for (const auto& task : now.tasks) {
      if (!is_live(task.state)) continue;
      for (const auto& site : now.sites)
        if (site.id == task.site && site.name == name) id = task.id;
    }
    for (const auto& each : now.await_chains) {
      if (each.task != id) continue;
      operation = each.operation;
      for (const auto place : each.places) {
        const auto& found = now.places.at(place - 1);
        EXPECT_EQ(found.id, place);
        steps.insert(steps.begin(), {found.function, found.file, found.line});
      }
    }
  }
  std::uint64_t id = 0;
  std::string operation;
  std::vector<step> steps;

  [[nodiscard]] std::vector<std::string> functions() const {
    std::vector<std::string> result;
    for (const auto& each : steps)
      result.push_back(each.function);
    return result;
  }
};

struct named_context : asio::io_context {
  explicit named_context(const char* name) { asioscope::name_loop(*this, name); }
};

TEST(await_chain, of_a_suspended_task_names_each_coroutine_and_its_line) {
  named_context c("suspended");
  asio::steady_timer timer(c, 1h);
  asio::co_spawn(c, outer(timer), asio::detached);
  c.poll();
  const chain now("chains::outer");
  EXPECT_THAT(now.functions(), ElementsAre("chains::outer", "chains::middle", "chains::wait"));
  ASSERT_EQ(now.steps.size(), 3U);
  EXPECT_EQ(now.steps[2].line, line_of_wait);
  EXPECT_EQ(now.steps[1].line, line_of_middle);
  EXPECT_THAT(now.steps[2].file, HasSubstr("await_chain_test.cpp"));
  EXPECT_EQ(now.operation, "async_wait");
  timer.cancel();
  c.run();
  EXPECT_EQ(chain("chains::outer").id, 0U);
}

TEST(await_chain, of_an_operation_without_an_adapter) {
  named_context c("deferring");
  asio::steady_timer timer(c, 1h);
  asio::co_spawn(c, deferring(timer), asio::detached);
  c.poll();
  const chain now("chains::deferring");
  EXPECT_THAT(now.functions(), ElementsAre("chains::deferring"));
  EXPECT_EQ(now.operation, "async_wait");
}

TEST(await_chain, forgets_a_child_that_was_left_by_an_exception) {
  named_context c("throwing");
  asio::steady_timer timer(c, 1h);
  asio::co_spawn(c, throwing(timer), asio::detached);
  c.poll();
  EXPECT_THAT(chain("chains::throwing").functions(),
              ElementsAre("chains::throwing", "chains::wait"));
}

TEST(await_chain, shows_the_branches_of_an_or_as_tasks_of_their_own) {
  named_context c("branches");
  asio::steady_timer timer(c, 1h);
  asio::ip::udp::socket socket(c, asio::ip::udp::endpoint(asio::ip::address_v4::loopback(), 0));
  asio::co_spawn(c, either(timer, socket), asio::detached);
  c.poll();
  const auto now = with_awaits();
  const chain whole("chains::either", now);
  EXPECT_THAT(whole.functions(), ElementsAre("chains::either"));
  const chain left("chains::wait", now);
  const chain right("chains::receiving", now);
  EXPECT_EQ(whole.operation, "");
  EXPECT_EQ(left.operation, "async_wait");
  EXPECT_EQ(right.operation, "async_receive");
  for (const auto& task : now.tasks)
    EXPECT_EQ(task.id == left.id || task.id == right.id, task.parent == whole.id) << task.id;

  std::ostringstream text;
  recorder::write_tasks(now, text);
  EXPECT_THAT(text.str(), HasSubstr("\n    chains::wait  (task "));
  EXPECT_THAT(text.str(), HasSubstr("\n      chains::receiving at await_chain_test.cpp:"));
  EXPECT_THAT(text.str(), HasSubstr(", waiting for async_receive, for "));
  EXPECT_THAT(text.str(), HasSubstr("\nchains::either  (task "));
  socket.close();
  timer.cancel();
  c.run();
}

TEST(await_chain, of_a_task_that_blocks_its_loop_can_be_read_meanwhile) {
  named_context c("blocked");
  std::atomic<bool> running{false};
  std::atomic<bool> stop{false};
  asio::co_spawn(c, forever_busy(running, stop), asio::detached);
  std::thread loop([&] { c.run(); });
  while (!running)
    std::this_thread::yield();
  EXPECT_THAT(chain("chains::forever_busy").functions(), ElementsAre("chains::forever_busy"));
  EXPECT_THAT(chain("chains::forever_busy").operation, IsEmpty());
  stop = true;
  loop.join();
}

TEST(await_chain, of_a_task_whose_context_dies_is_gone) {
  {
    named_context c("dies");
    asio::steady_timer timer(c, 1h);
    asio::co_spawn(c, outer(timer), asio::detached);
    c.poll();
    EXPECT_NE(chain("chains::outer").id, 0U);
  }
  EXPECT_EQ(chain("chains::outer").id, 0U);
  EXPECT_THAT(with_awaits().await_chains, IsEmpty());
}

TEST(await_chain, that_did_not_change_is_not_read_again_and_one_that_did_is) {
  named_context c("twice");
  asio::steady_timer timer(c, 1h);
  asio::co_spawn(c, outer(timer), asio::detached);
  c.poll();
  recorder::await_lister lister;
  auto first = recorder::take_snapshot();
  lister.add_to(first);
  auto second = recorder::take_snapshot();
  lister.add_to(second);
  EXPECT_EQ(first.await_chains, second.await_chains);
  EXPECT_EQ(first.places, second.places);
  timer.cancel();
  c.run();
  auto third = recorder::take_snapshot();
  lister.add_to(third);
  EXPECT_THAT(third.await_chains, IsEmpty());
}

TEST(await_chain, moves_on_with_the_lines_of_one_coroutine) {
  named_context c("lines");
  asio::steady_timer first(c, 10ms);
  asio::steady_timer second(c, 1h);
  asio::co_spawn(c, two_lines(first, second), asio::detached);
  c.poll();
  recorder::await_lister lister;
  const auto line = [&] {
    auto now = recorder::take_snapshot();
    lister.add_to(now);
    const chain found("chains::two_lines", now);
    return found.steps.empty() ? 0 : found.steps.back().line;
  };
  const auto before = line();
  ASSERT_GT(before, 0U);
  c.run_one();
  EXPECT_EQ(line(), before + 1);
  second.cancel();
  c.run();
}

TEST(await_chain, read_while_it_changes_is_whole_or_not_there) {
  asio::io_context c;
  asioscope::name_loop(c, "churn");
  std::atomic<bool> done{false};
  std::thread loop([&] {
    for (int i = 0; i < 20; ++i)
      asio::co_spawn(c, churn(5'000), asio::detached);
    c.run();
    done = true;
  });
  std::size_t seen = 0;
  recorder::await_lister lister;
  while (!done) {
    auto now = recorder::take_snapshot();
    lister.add_to(now);
    for (const auto& each : now.await_chains) {
      ++seen;
      ASSERT_FALSE(each.places.empty());
      ASSERT_LE(each.places.size(), 3U);
      EXPECT_EQ(now.places.at(each.places.back() - 1).function, "chains::churn");
    }
  }
  loop.join();
  EXPECT_GT(seen, 0U);
}

TEST(annotations, of_a_waiting_coroutine_are_told_with_its_chain) {
  asio::io_context c;
  asio::steady_timer timer(c, 1h);
  asio::co_spawn(c, paying(timer), asio::detached);
  c.poll();
  std::ostringstream text;
  asioscope::dump_tasks(text);
  EXPECT_THAT(text.str(), HasSubstr("in scope order > pay\n"));
  EXPECT_THAT(text.str(), HasSubstr("trace request 7\n"));
  EXPECT_THAT(text.str(), HasSubstr("waiting for async_wait, for "));
  timer.cancel();
  c.restart();
  c.poll();
}

}  // namespace
