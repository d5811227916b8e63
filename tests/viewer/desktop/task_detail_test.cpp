// SPDX-License-Identifier: BSL-1.0
#include "messages.hpp"
#include "shell_fixture.hpp"
#include "views/task_strip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace asioscope::viewer {
namespace {

using test::headless_ui;
using test::ms;
using test::second;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int escape = 256;
constexpr std::uint64_t subject = 9'001;

// The shop, with one task that has done everything a task can do.
class task_details : public shell_fixture {
 protected:
  task_details() {
    shop.trace();
    pass(20);
    const std::int64_t now_ns = state.current()->time().monotonic_ns;
    begun_ns = now_ns - 900 * ms;
    schema::frame news = shop.step();
    news.sites.push_back({60, schema::site_kind::task, "checkout", ""});
    news.sites.push_back({61, schema::site_kind::task, "pay", ""});
    news.tasks = {task(subject, 60, 1)};
    for (std::uint64_t id = subject + 1; id <= subject + 12; ++id)
      news.tasks.push_back(task(id, 61, subject));
    news.tasks.push_back(task(subject + 20, 61, subject));
    news.tasks.back().state = schema::task_state::failed;
    news.tasks.back().ended_ns = now_ns;
    news.places = {{71, "shop::checkout", "/src/checkout.cpp", 41},
                   {72, "shop::pay", "pay.cpp", 7}};
    news.await_chains = {{subject, "async_wait", {72, 71}, {"order"}, "4bf9"}};
    schema::resource_info pool;
    pool.id = 9;
    pool.kind = "semaphore";
    pool.name = "till";
    pool.waiting = 2;
    pool.waiters = {{subject + 1, now_ns - 800 * ms}, {subject, now_ns - 700 * ms}};
    pool.holders = {{subject + 2, now_ns - 850 * ms}};
    news.resources = {pool};
    news.messages = {
        {1, now_ns - 500 * ms, 1, static_cast<std::uint32_t>(subject), "card declined"},
        {1, now_ns - 400 * ms, 1, 7, "of another"}};
    schema::report slow;
    slow.id = 700;
    slow.kind = schema::report_kind::slow;
    slow.time_ns = now_ns - 600 * ms;
    slow.site = 2;
    slow.task = subject;
    slow.duration_ns = 5'000'000;
    news.reports.push_back(slow);
    schema::event run;
    run.loop = 1;
    run.site = 2;
    run.task = static_cast<std::uint32_t>(subject);
    run.flags = schema::run_flag_delay;
    news.events = {{77, {}}};
    for (int i = 0; i < 10; ++i) {
      run.time_ns = begun_ns + (10 + 20 * i) * ms;
      run.duration_ns = static_cast<std::uint64_t>((1 + i) * ms);
      run.delay_ns = static_cast<std::uint64_t>(2 * ms);
      news.events[0].events.push_back(run);
    }
    EXPECT_EQ(state.fold(news), "");
    ++now.revision;
  }

  schema::task_info task(std::uint64_t id, std::uint32_t site, std::uint64_t parent) const {
    schema::task_info result;
    result.id = id;
    result.loop = 1;
    result.site = site;
    result.parent = parent;
    result.state = schema::task_state::suspended;
    result.spawned_ns = begun_ns;
    result.suspended_since_ns = begun_ns + 300 * ms;
    result.runs = 10;
    result.busy_ns = 55'000'000;
    result.scheduled_ns = 20'000'000;
    result.longest_ns = 10'000'000;
    return result;
  }

  // Opens the tasks with that one chosen, as a click elsewhere does.
  void open(headless_ui& ui) {
    ui.type("4", content);
    ui.press(70, true, content);
    ui.type("checkout", content);
    ASSERT_EQ(window.tasks().shown().size(), 1U);
    ui.click(headless_ui::row(0), content);
    ASSERT_TRUE(window.tasks().table().has_selection);
    ui.show(content, 10);
    ASSERT_FALSE(window.tasks().is_searching());
  }

  void reopen(headless_ui& ui) {
    ui.type("4", content);
    while (window.current() != panel::overview)
      ui.press(escape, false, content);
    open(ui);
  }

  // Clicks all over the detail until one leads where it should; comes back from where others lead.
  bool click_until(headless_ui& ui, float left, float right, const std::function<bool()>& is_true) {
    for (float y = 640; y < 1'070; y += 7) {
      for (float x = left; x < right; x += 50) {
        ui.click({x, y}, content);
        if (is_true()) return true;
        const bool is_still_here =
            window.current() == panel::tasks && window.tasks().shown().size() == 1 &&
            window.tasks().table().has_selection && window.tasks().table().selected == subject;
        if (is_still_here) continue;
        reopen(ui);
      }
    }
    return false;
  }

  std::int64_t begun_ns = 0;
};

TEST_F(task_details, say_all_that_is_known) {
  headless_ui ui(1920, 1080);
  open(ui);
  const std::string text = ui.read(content);
  for (const char* each : {"suspended",
                           "10 runs",
                           "idle",
                           "shop::checkout",
                           "awaits in checkout.cpp:41",
                           "shop::pay",
                           "awaits in pay.cpp:7",
                           "semaphore till",
                           "place 2 of 2",
                           "It is held by",
                           "pay 9003",
                           "in scope order, trace 4bf9",
                           "Started by",
                           "restock 1",
                           "Started 12 that live, 1 that ended lately",
                           "and 5 more",
                           "card declined",
                           "slow, ",
                           "Its longest run took 10.0 ms",
                           "Its whole life is in the trace: 10 runs",
                           "on a thread",
                           "queued",
                           "p99.9"})
    EXPECT_THAT(text, HasSubstr(each));
  EXPECT_THAT(text, Not(HasSubstr("of another")));
  const model::task_history& history = window.tasks().detail().history();
  EXPECT_EQ(history.task, subject);
  EXPECT_EQ(history.run.count(), 10U);
  EXPECT_EQ(history.delay.count(), 10U);
  EXPECT_GT(history.waits_since_ns, begun_ns) << "it still waits";
  EXPECT_THAT(text, HasSubstr("for a resource"));
  EXPECT_EQ(window.tasks().detail().children().size(), 13U);
  expect_sound_picture();
}

TEST_F(task_details, fit_into_small_windows_too) {
  for (const auto& [width, height, scale] :
       {std::tuple(640.0F, 400.0F, 1.0F), std::tuple(1024.0F, 640.0F, 1.0F),
        std::tuple(3840.0F, 2160.0F, 2.0F)}) {
    headless_ui ui(width, height, scale);
    open(ui);
    expect_sound_picture();
    EXPECT_THAT(ui.read(content), HasSubstr("shop::checkout"));
    ui.press(escape, false, content);
    ui.press(escape, false, content);
  }
}

TEST_F(task_details, follow_what_happens) {
  headless_ui ui(1920, 1080);
  open(ui);
  schema::frame news = shop.step();
  schema::event run;
  run.site = 2;
  run.task = static_cast<std::uint32_t>(subject);
  run.time_ns = news.time.monotonic_ns - 5 * ms;
  run.duration_ns = static_cast<std::uint64_t>(ms);
  news.events = {{78, {run}}};
  news.tasks = {task(subject, 60, 1), task(subject + 30, 61, subject)};
  news.tasks[0].runs = 11;
  ASSERT_EQ(state.fold(news), "");
  ++now.revision;
  ui.show(content, 5);
  EXPECT_EQ(window.tasks().detail().history().runs, 11U);
  EXPECT_EQ(window.tasks().detail().children().size(), 14U);
}

TEST_F(task_details, the_strip_leads_to_the_timeline) {
  headless_ui ui(1920, 1080);
  open(ui);
  const auto is_timeline = [&] { return window.current() == panel::timeline; };
  ASSERT_TRUE(click_until(ui, 1'000, 1'900, is_timeline));
  const time_range& range = window.timeline().range();
  EXPECT_LE(range.begin_ns, begun_ns + 1'000 * ms);
  EXPECT_GE(range.end_ns(), begun_ns - 100 * ms);
  EXPECT_FALSE(range.follows);
}

TEST_F(task_details, a_message_leads_to_its_moment_and_a_report_to_its_stack) {
  headless_ui ui(1920, 1080);
  open(ui);
  EXPECT_TRUE(click_until(ui, 50, 900, [&] { return window.current() == panel::timeline; }));
  reopen(ui);
  EXPECT_TRUE(click_until(ui, 50, 900, [&] { return window.current() == panel::stalls; }));
}

TEST_F(task_details, lead_to_who_started_it_and_list_what_it_started) {
  headless_ui ui(1920, 1080);
  open(ui);
  const auto leads_to = [&](std::uint64_t task) {
    return [this, task] { return window.tasks().table().selected == task; };
  };
  ASSERT_TRUE(click_until(ui, 50, 900, leads_to(1))) << "who started it";
  reopen(ui);
  ASSERT_TRUE(click_until(ui, 50, 900, leads_to(subject + 12))) << "the latest that it started";
  ui.show(content, 5);
  EXPECT_THAT(ui.read(content), HasSubstr("It started no task"));
}

TEST_F(task_details, without_a_trace_offer_to_record) {
  headless_ui ui(1920, 1080);
  model::model silent;
  test::synthetic_shop other;
  EXPECT_EQ(silent.fold(other.greeting(1)), "");
  EXPECT_EQ(silent.fold(other.snapshot()), "");
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(silent.fold(other.step()), "");
  now.program = silent.current();
  wishes last;
  const auto show = [&] { last = window.draw(now, false); };
  ui.type("4", show);
  ui.click(headless_ui::row(0), show);
  ASSERT_TRUE(window.tasks().table().has_selection);
  EXPECT_THAT(ui.read(show), AllOf(HasSubstr("while events are recorded"), HasSubstr("Record")));
  EXPECT_FALSE(last.trace);
  for (float y = 600; y < 1'070 && !last.trace; y += 7)
    for (float x = 960; x < 1'900 && !last.trace; x += 25)
      ui.click({x, y}, show);
  EXPECT_TRUE(last.trace);
}

TEST(coverage_text, says_what_is_not_known) {
  schema::task_info task = test::live_task(7, 100 * second);
  task.runs = 50;
  model::task_history history;
  history.task = 7;
  history.begin_ns = 90 * second;
  history.end_ns = 120 * second;
  history.runs = 50;
  EXPECT_EQ(coverage_text(task, history), "Its whole life is in the trace: 50 runs");
  history.runs = 12;
  EXPECT_EQ(coverage_text(task, history), "Its whole life is in the trace: 12 of its 50 runs");
  history.untraced = {{101 * second, 102 * second}};
  EXPECT_EQ(coverage_text(task, history),
            "Its life is in the trace, with holes: 12 of its 50 runs");
  history.begin_ns = 110 * second;
  EXPECT_EQ(coverage_text(task, history),
            "The last 10.0 s of it are in the trace: 12 of its 50 runs");
  history.drawn_from_ns = 115 * second;
  EXPECT_THAT(coverage_text(task, history), HasSubstr("; the latest 0 are drawn"));
}

TEST(moment_text, has_words_for_all) {
  const model::program program{test::greeting()};
  using what = model::task_moment::what;
  const auto text = [&](what kind) {
    model::task_moment moment;
    moment.kind = kind;
    moment.begin_ns = second;
    moment.end_ns = second + 20 * ms;
    moment.thread = 3;
    moment.lost = 4;
    moment.source.site = 5;
    moment.source.flags =
        schema::run_flag_slow | schema::run_flag_exception | schema::run_flag_delay;
    moment.source.delay_ns = 7'000;
    return moment_text(program, moment);
  };
  EXPECT_EQ(text(what::run),
            "On a thread for 20.0 ms: site 5 on thread 3; it had waited for 7.00 µs; slow; left by "
            "an exception");
  EXPECT_EQ(text(what::queued), "Queued for 20.0 ms: ready, and waiting for a thread");
  EXPECT_THAT(text(what::resource), HasSubstr("site 5 for 20.0 ms"));
  EXPECT_EQ(text(what::idle), "Idle for 20.0 ms");
  EXPECT_THAT(text(what::lost), HasSubstr("4 events of thread 3 were lost"));
  EXPECT_THAT(text(what::untraced), HasSubstr("Not recorded"));
  EXPECT_THAT(text(what::unknown), HasSubstr("Not known"));
}

}  // namespace
}  // namespace asioscope::viewer
