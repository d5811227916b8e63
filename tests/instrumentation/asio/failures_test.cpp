// SPDX-License-Identifier: BSL-1.0
// What is recorded of exceptions, by the hooks and by the executor alike.
#include "figures.hpp"

#include "asioscope/instrumentation/co_spawn.hpp"
#include "asioscope/instrumentation/instrumented_executor.hpp"
#include "asioscope/instrumentation/name_loop.hpp"
#include "asioscope/recorder/note.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace recorder = asioscope::recorder;
using asioscope::schema::report_kind;
using testing::ElementsAre;
using testing::IsEmpty;

/// A context whose loop is watched in the way that this program is built for.
struct watched_context : asio::io_context {
  explicit watched_context(const char* name) { asioscope::name_loop(*this, name); }
#if defined(ASIOSCOPE_HOOKS)
  auto executor() { return get_executor(); }
#else
  auto executor() { return asioscope::instrument(get_executor()); }
#endif
};

std::vector<recorder::note> failures() {
  auto notes = recorder::take_notes();
  std::erase_if(notes, [](const auto& note) { return note.kind != report_kind::failure; });
  return notes;
}

std::string said(const recorder::note& note) {
  return note.text.empty() ? note.message : note.message + ": " + note.text;
}

std::vector<std::string> messages() {
  std::vector<std::string> result;
  for (auto& note : failures())
    result.push_back(said(note));
  return result;
}

std::uint64_t failed(std::string_view loop) { return figures().handlers(loop).failed; }

class failures_test : public testing::Test {
 protected:
  failures_test() { recorder::take_notes(); }
};

struct own_error : std::exception {
  const char* what() const noexcept override { return "of its own kind"; }
};
struct no_standard_error {};
struct among_others : no_standard_error, own_error {};

template <class Exception>
void post_throw(watched_context& context, Exception exception) {
  asio::post(context.executor(), [exception] { throw exception; });
  EXPECT_ANY_THROW(context.run());
  context.restart();
}

TEST_F(failures_test, type_and_text_of_an_exception_that_leaves_a_queued_handler) {
  watched_context c("queued");
  post_throw(c, std::runtime_error("boom"));
  EXPECT_THAT(messages(), ElementsAre("std::runtime_error: boom"));
  EXPECT_EQ(failed("queued"), 1U);
}

TEST_F(failures_test, whatever_is_thrown) {
  watched_context c("whatever");
  post_throw(c, own_error());
  post_throw(c, among_others());
  post_throw(c, no_standard_error());
  post_throw(c, 42);
  post_throw(c, "text");
  EXPECT_THAT(messages(),
              ElementsAre("(anonymous namespace)::own_error: of its own kind",
                          "(anonymous namespace)::among_others: of its own kind",
                          "(anonymous namespace)::no_standard_error", "int", "char const*"));
  EXPECT_EQ(failed("whatever"), 5U);
}

TEST_F(failures_test, a_long_text_is_cut) {
  watched_context c("long text");
  post_throw(c, std::runtime_error(std::string(2000, 'x')));
  EXPECT_THAT(messages(), ElementsAre("std::runtime_error: " + std::string(512, 'x')));
}

TEST_F(failures_test, what_is_caught_within_the_handler_is_no_failure) {
  watched_context c("caught inside");
  asio::post(c.executor(), [] {
    try {
      throw std::runtime_error("within");
    } catch (const std::exception&) {
    }
  });
  c.run();
  EXPECT_THAT(messages(), IsEmpty());
  EXPECT_EQ(failed("caught inside"), 0U);
}

TEST_F(failures_test, one_report_for_an_exception_from_an_inline_dispatch) {
  watched_context c("inline");
  const auto executor = c.executor();
  asio::post(executor, [executor] {
    asio::dispatch(executor, [] { throw std::logic_error("deep inside"); });
  });
  EXPECT_THROW(c.run(), std::logic_error);
  EXPECT_THAT(messages(), ElementsAre("std::logic_error: deep inside"));
  EXPECT_EQ(failed("inline"), 1U);
}

TEST_F(failures_test, an_exception_through_two_runs_is_counted_at_the_inner_one) {
  watched_context outer("outer run");
  watched_context inner("inner run");
  asio::post(inner.executor(), [] { throw std::runtime_error("through both"); });
  asio::post(outer.executor(), [&] { inner.poll(); });
  EXPECT_THROW(outer.run(), std::runtime_error);
  const auto notes = failures();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(said(notes[0]), "std::runtime_error: through both");
  EXPECT_EQ(notes[0].loop, figures().find_loop("inner run")->id);
  EXPECT_EQ(failed("inner run"), 1U);
  EXPECT_EQ(failed("outer run"), 0U);
}

TEST_F(failures_test, caught_between_two_runs_and_thrown_on_is_still_one) {
  watched_context outer("outer rethrow");
  watched_context inner("inner rethrow");
  asio::post(inner.executor(), [] { throw std::runtime_error("thrown on"); });
  asio::post(outer.executor(), [&] {
    try {
      inner.poll();
    } catch (...) {
      throw;
    }
  });
  EXPECT_THROW(outer.run(), std::runtime_error);
  EXPECT_THAT(messages(), ElementsAre("std::runtime_error: thrown on"));
  EXPECT_EQ(failed("outer rethrow"), 0U);
}

TEST_F(failures_test, another_exception_after_one_that_was_caught_is_another_one) {
  watched_context outer("outer other");
  watched_context inner("inner other");
  asio::post(inner.executor(), [] { throw std::runtime_error("first"); });
  const void* first = nullptr;
  const void* second = nullptr;
  asio::post(outer.executor(), [&] {
    try {
      inner.poll();
    } catch (const std::exception& e) {
      first = &e;
    }
    // Most likely at the same address.
    throw std::runtime_error("second");
  });
  try {
    outer.run();
  } catch (const std::exception& e) {
    second = &e;
  }
  EXPECT_NE(second, nullptr);
  RecordProperty("same address", first == second);
  EXPECT_THAT(messages(), ElementsAre("std::runtime_error: first", "std::runtime_error: second"));
  EXPECT_EQ(failed("inner other"), 1U);
  EXPECT_EQ(failed("outer other"), 1U);
}

TEST_F(failures_test, every_one_of_many) {
  watched_context c("many");
  for (int i = 0; i < 100; ++i)
    post_throw(c, std::runtime_error("again"));
  EXPECT_EQ(messages().size(), 100U);
  EXPECT_EQ(failed("many"), 100U);
}

TEST_F(failures_test, thrown_again_from_an_exception_ptr) {
  watched_context c("kept");
  for (int i = 0; i < 3; ++i) {
    asio::post(c.executor(), [] {
      std::exception_ptr kept;
      try {
        throw std::runtime_error("kept");
      } catch (...) {
        kept = std::current_exception();
      }
      std::rethrow_exception(kept);
    });
    EXPECT_THROW(c.run(), std::runtime_error);
    c.restart();
    asio::post(c.executor(),
               [] { std::rethrow_exception(std::make_exception_ptr(std::logic_error("made"))); });
    EXPECT_THROW(c.run(), std::logic_error);
    c.restart();
  }
  EXPECT_EQ(messages().size(), 6U);
  EXPECT_EQ(failed("kept"), 6U);
}

// A handler that ends its thread is no failure. The sanitizers do not survive such threads.
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
TEST_F(failures_test, the_end_of_a_cancelled_thread_is_none) {
  watched_context c("cancelled thread");
  asio::post(c.executor(), [] { pthread_exit(nullptr); });
  std::thread([&] { c.run(); }).join();
  EXPECT_THAT(messages(), IsEmpty());
  EXPECT_EQ(failed("cancelled thread"), 0U);
}
#endif

asio::awaitable<void> fail_at_once() {
  throw std::runtime_error("at once");
  co_return;
}

asio::awaitable<void> fail_later() {
  co_await asio::post(asio::use_awaitable);
  throw std::runtime_error("later");
}

/// Fails with an exception that Asio makes and never throws by itself.
asio::awaitable<void> fail_with_error_code() {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
  asio::post(timer.get_executor(), [&] { timer.cancel(); });
  boost::system::error_code ec;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  co_await asio::async_initiate<decltype(asio::use_awaitable)&, void(boost::system::error_code)>(
      [](auto handler) {
        asio::post(asio::append(std::move(handler),
                                boost::system::error_code(asio::error::host_not_found)));
      },
      asio::use_awaitable);
}

template <class Coroutine>
void spawn_and_throw_on(watched_context& context, Coroutine coroutine) {
  asioscope::co_spawn(context.executor(), "thrower", coroutine, [](const std::exception_ptr& e) {
    if (e) std::rethrow_exception(e);
  });
  EXPECT_ANY_THROW(context.run());
  context.restart();
  context.run();
  context.restart();
}

TEST_F(failures_test, a_task_whose_completion_handler_throws_on_fails_once) {
  watched_context c("throws on");
  spawn_and_throw_on(c, fail_at_once);
  spawn_and_throw_on(c, fail_later);
  spawn_and_throw_on(c, fail_with_error_code);
  const auto notes = failures();
  std::vector<std::string> texts;
  for (const auto& note : notes)
    texts.push_back(said(note));
  EXPECT_THAT(texts,
              ElementsAre("std::runtime_error: at once", "std::runtime_error: later",
                          testing::StartsWith("boost::system::system_error: Host not found")));
  for (const auto& note : notes)
    EXPECT_NE(note.task, 0U);
  EXPECT_EQ(figures().tasks("throws on", "thrower").failed, 3U);
  EXPECT_EQ(failed("throws on"), 0U);
}

TEST_F(failures_test, a_completion_handler_that_throws_something_else_fails_itself) {
  watched_context c("something else");
  asioscope::co_spawn(c.executor(), "thrower", fail_later,
                      [](const std::exception_ptr&) { throw std::logic_error("else"); });
  EXPECT_THROW(c.run(), std::logic_error);
  EXPECT_THAT(messages(), ElementsAre("std::runtime_error: later", "std::logic_error: else"));
  EXPECT_EQ(figures().tasks("something else", "thrower").failed, 1U);
  EXPECT_EQ(failed("something else"), 1U);
}

TEST_F(failures_test, a_detached_task_that_nobody_hears_of) {
  watched_context c("detached");
  asioscope::co_spawn(c.executor(), "lost", fail_later);
  c.run();
  const auto notes = failures();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(said(notes[0]), "std::runtime_error: later");
  EXPECT_NE(notes[0].task, 0U);
  EXPECT_EQ(failed("detached"), 0U);
}

TEST_F(failures_test, a_task_fails_and_then_the_handler_that_spawned_it) {
  watched_context c("task and handler");
  asio::post(c.executor(), [&] {
    asioscope::co_spawn(c.executor(), "first", fail_at_once);
    // Most likely at the address of the first.
    throw std::runtime_error("afterwards");
  });
  EXPECT_THROW(c.run(), std::runtime_error);
  c.restart();
  c.run();
  EXPECT_THAT(messages(), testing::UnorderedElementsAre("std::runtime_error: at once",
                                                        "std::runtime_error: afterwards"));
  EXPECT_EQ(failed("task and handler"), 1U);
}

TEST_F(failures_test, two_tasks_that_fail_in_one_run_are_two) {
  watched_context c("two tasks");
  asio::post(c.executor(), [&] {
    asioscope::co_spawn(c.executor(), "first", fail_at_once);
    asioscope::co_spawn(c.executor(), "second", fail_at_once);
  });
  c.run();
  EXPECT_EQ(messages().size(), 2U);
}

#if defined(ASIOSCOPE_HOOKS)

asio::awaitable<void> query() {
  co_await asio::post(asio::use_awaitable);
  throw std::runtime_error("no such table");
}
asio::awaitable<void> load_order() { co_await query(); }
asio::awaitable<void> handle_request() { co_await load_order(); }
asio::awaitable<void> translate() {
  try {
    co_await query();
  } catch (const std::exception&) {
    throw std::logic_error("cannot load");
  }
}
asio::awaitable<void> handle_translated() { co_await translate(); }
asio::awaitable<void> survive() {
  try {
    co_await query();
  } catch (const std::exception&) {
  }
  throw std::logic_error("afterwards");
}

std::vector<std::string> places_of(const recorder::note& note) {
  std::vector<std::string> result;
  for (const auto& place : recorder::describe(note.places))
    result.push_back(place.function);
  return result;
}

std::vector<recorder::note> failures_of(const char* name, asio::awaitable<void> coroutine) {
  watched_context c(name);
  asio::co_spawn(c, std::move(coroutine), asio::detached);
  c.run();
  return failures();
}

TEST_F(failures_test, a_task_tells_the_coroutines_that_the_exception_left) {
  const auto notes = failures_of("chain", handle_request());
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(places_of(notes[0]), ElementsAre("query", "load_order", "handle_request"));
  const auto places = recorder::describe(notes[0].places);
  EXPECT_THAT(places[0].file, testing::EndsWith("failures_test.cpp"));
  EXPECT_EQ(places[0].line + 3, places[1].line);  // the line of its co_await
  EXPECT_EQ(places[1].line + 1, places[2].line);
}

TEST_F(failures_test, an_exception_that_was_replaced_comes_from_where_it_was_replaced) {
  const auto notes = failures_of("replaced", handle_translated());
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(said(notes[0]), "std::logic_error: cannot load");
  EXPECT_THAT(places_of(notes[0]), ElementsAre("translate", "handle_translated"));
}

TEST_F(failures_test, one_that_was_caught_earlier_is_no_part_of_it) {
  const auto notes = failures_of("survivor", survive());
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(places_of(notes[0]), ElementsAre("survive"));
}

#endif

}  // namespace
