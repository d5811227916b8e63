// SPDX-License-Identifier: BSL-1.0
#include "views/range_filter.hpp"

#include "events.hpp"
#include "messages.hpp"
#include "shell_fixture.hpp"
#include "views/failures.hpp"
#include "views/stalls.hpp"
#include "views/tasks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

namespace asioscope::viewer {
namespace {

using test::headless_ui;
using testing::HasSubstr;
using testing::Not;

constexpr int escape = 256;
constexpr std::int64_t ms = 1'000'000;
constexpr const char* cross = "  ×";

class range_filters : public shell_fixture {
 protected:
  range_filters() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    shop.trace();
    pass(350);  // a failure, and a stall
    now.revision = 1;
  }

  const model::program& program() const { return *state.current(); }
  stretch last(std::int64_t begin_ms, std::int64_t end_ms) const {
    const std::int64_t end = program().time().monotonic_ns;
    return {end - begin_ms * ms, end - end_ms * ms};
  }

  // Measures a part of the timeline with the mouse.
  void measure() {
    ui.type("2", content);
    ui.type("a", content);
    ImGuiIO& io = ImGui::GetIO();
    io.MousePos = {600, 400};
    ui.draw(content);
    io.MouseDown[0] = true;
    ui.draw(content);
    io.MousePos = {900, 400};
    ui.draw(content);
    io.MouseDown[0] = false;
    ui.show(content);
    ASSERT_TRUE(window.timeline().measured());
  }

  // One view of which nothing else is drawn, keeping to this stretch.
  template <class View>
  std::string shown(View& view, const stretch& range) {
    navigation where;
    where.range.set(range);
    const auto draw_it = [&] {
      where.range.look_at(program());
      ImGui::SetNextWindowSize({1'500, 900});
      ImGui::Begin("view");
      if constexpr (requires { view.draw(program(), 1, where); })
        view.draw(program(), 1, where);
      else
        view.draw(program(), where);
      ImGui::End();
    };
    ui.show(draw_it);
    return ui.read(draw_it);
  }

  headless_ui ui{1600, 1000};
};

TEST_F(range_filters, say_when_in_local_time) {
  // The wall clock of the shop is 1,699,999,001 s ahead.
  const std::int64_t begin = 1'000'000'000'000;
  EXPECT_EQ(range_text(program(), {begin, begin + 360 * ms}), "22:13:21.000–22:13:21.360 (360 ms)");
  EXPECT_EQ(range_text(program(), {begin + 1'500, begin + 2'500}),
            "22:13:21.000001–22:13:21.000002 (1.00 µs)");
  EXPECT_THAT(range_text(program(), {begin - 1, begin}), HasSubstr("22:13:20.999999–"));
}

TEST_F(range_filters, are_set_by_a_key_and_said_in_each_view_that_keeps_to_them) {
  measure();
  EXPECT_THAT(ui.read(content), Not(HasSubstr(cross)));
  EXPECT_THAT(ui.read(content), HasSubstr("[ Only this range ]"));
  const stretch range = *window.timeline().measured();
  ui.type("r", content);
  const std::string chip = range_text(program(), range) + cross;
  for (const char* key : {"2", "3", "4", "5", "6"}) {
    ui.type(key, content);
    EXPECT_THAT(ui.read(content), HasSubstr(chip)) << key;
  }
  for (const char* key : {"1", "7"}) {
    ui.type(key, content);
    EXPECT_THAT(ui.read(content), Not(HasSubstr(cross))) << key;
  }
  ui.type("3", content);
  const auto expected = model::figures_of(program().trace(), range.begin_ns, range.end_ns);
  ASSERT_TRUE(expected.is_whole);
  ASSERT_EQ(window.handlers().shown().size(), expected.handlers.size());
  ASSERT_GT(expected.handlers.size(), 3U);
  for (const handler_row& row : window.handlers().shown()) {
    const auto& handler = expected.handlers.at(row.key);
    EXPECT_EQ(row.count, handler.figures.run.count());
    EXPECT_DOUBLE_EQ(row.p99, model::run_quantile_seconds(handler.figures, 0.99));
    EXPECT_NEAR(row.busy * static_cast<double>(range.end_ns - range.begin_ns),
                static_cast<double>(handler.busy_ns), 1);
    EXPECT_NEAR(row.rate * static_cast<double>(range.end_ns - range.begin_ns) / 1e9,
                static_cast<double>(row.count), 1e-6);
  }
  expect_sound_picture();
  ui.type("r", content);
  EXPECT_THAT(ui.read(content), Not(HasSubstr(cross))) << "again: all";
  EXPECT_EQ(window.handlers().shown().size(), program().sites().size());
}

TEST_F(range_filters, end_with_escape_after_its_other_meanings) {
  measure();
  ui.type("r", content);
  ui.press(escape, false, content);
  EXPECT_FALSE(window.timeline().measured());
  EXPECT_THAT(ui.read(content), HasSubstr(cross));
  ui.type("3", content);
  ui.click(headless_ui::row(0), content);
  ASSERT_TRUE(window.handlers().table().has_selection);
  ui.press(escape, false, content);
  EXPECT_FALSE(window.handlers().table().has_selection);
  EXPECT_THAT(ui.read(content), HasSubstr(cross));
  ui.press(escape, false, content);
  EXPECT_THAT(ui.read(content), Not(HasSubstr(cross)));
  EXPECT_EQ(window.current(), panel::handlers);
  ui.press(escape, false, content);
  EXPECT_EQ(window.current(), panel::overview);
}

TEST_F(range_filters, end_with_a_click_on_the_cross) {
  measure();
  ui.type("r", content);
  ui.type("3", content);
  ui.click({60, 92}, content);
  EXPECT_THAT(ui.read(content), Not(HasSubstr(cross)));
  EXPECT_EQ(window.current(), panel::handlers);
}

TEST_F(range_filters, are_of_one_program) {
  measure();
  ui.type("r", content);
  ASSERT_THAT(ui.read(content), HasSubstr(cross));
  schema::hello other = shop.greeting(4'712);
  other.started_realtime_ns += 5;
  state.disconnected();
  ASSERT_EQ(state.fold(other), "");
  ASSERT_EQ(state.fold(shop.snapshot()), "");
  ui.show(content);
  EXPECT_THAT(ui.read(content), Not(HasSubstr(cross)));
}

TEST_F(range_filters, say_when_the_trace_does_not_tell_all) {
  range_filter range;
  range.set(last(2'000, 1'000));
  range.look_at(program());
  EXPECT_EQ(range.lacks(), "");
  ASSERT_NE(range.figures(), nullptr);
  range.set(last(60'000, 1'000));
  range.look_at(program());
  EXPECT_THAT(range.lacks(), HasSubstr("Not all of it")) << "before the trace begins";
  schema::frame news;
  news.time = program().time();
  news.tracing = true;
  schema::report report = test::stall_report(900'000, last(1'500, 0).begin_ns, 0, true);
  news.reports = {report};
  ASSERT_EQ(state.fold(news), "");
  range.set(last(2'000, 1'000));
  range.look_at(program());
  EXPECT_THAT(range.lacks(), HasSubstr("still goes on"));
  // It has ended: its run is told.
  news.reports[0].ongoing = false;
  schema::event run =
      test::run_event(news.reports[0].time_ns, static_cast<std::uint64_t>(1'500 * ms));
  run.site = 7;
  news.events = {{.thread = 9, .events = {run}}};
  ASSERT_EQ(state.fold(news), "");
  ASSERT_FALSE(range.figures()->handlers.contains({1, 7}));
  range.look_at(program());
  pass(30);
  range.look_at(program());
  EXPECT_EQ(range.lacks(), "");
  EXPECT_TRUE(range.figures()->handlers.contains({1, 7}));
  news.events.clear();
  news.reports.clear();
  news.time = program().time();
  news.gaps = {{1, 5, last(1'600, 0).begin_ns, last(1'500, 0).begin_ns}};
  ASSERT_EQ(state.fold(news), "");
  range.set(last(2'000, 1'000));
  range.look_at(program());
  EXPECT_THAT(range.lacks(), HasSubstr("Not all of it"));
  EXPECT_TRUE(range.clear());
  EXPECT_EQ(range.figures(), nullptr);
  EXPECT_FALSE(range.clear());
}

TEST_F(range_filters, look_again_as_long_as_more_may_come) {
  range_filter range;
  const std::int64_t end = program().time().monotonic_ns;
  range.set({end - 500 * ms, end + 100 * ms});
  const auto runs = [&] {
    range.look_at(program());
    std::uint64_t sum = 0;
    for (const auto& [key, handler] : range.figures()->handlers)
      sum += handler.figures.run.count();
    return sum;
  };
  const std::uint64_t before = runs();
  pass(2);
  const std::uint64_t after = runs();
  EXPECT_GT(after, before);
  pass(40);
  EXPECT_EQ(runs(), after);
}

TEST_F(range_filters, leave_the_tasks_that_ran_or_waited_then) {
  const stretch range = last(1'000, 900);
  const auto expected = model::figures_of(program().trace(), range.begin_ns, range.end_ns).tasks;
  tasks_view view;
  shown(view, range);
  std::set<std::uint32_t> listed;
  for (const task_row& row : view.shown()) {
    EXPECT_TRUE(expected.contains(static_cast<std::uint32_t>(row.id))) << row.id;
    listed.insert(static_cast<std::uint32_t>(row.id));
  }
  // Those that have been forgotten meanwhile cannot be listed.
  EXPECT_GT(listed.size(), 3U);
  for (const std::uint32_t task : expected) {
    // The shop lets tasks run a moment before it spawns them.
    const schema::task_info* known = program().tasks().find(task);
    EXPECT_EQ(listed.contains(task), known != nullptr && known->spawned_ns < range.end_ns) << task;
  }
  EXPECT_LT(view.shown().size(), program().tasks().live() + program().tasks().ended());
  tasks_view nobody;
  EXPECT_THAT(shown(nobody, {1, 2}), HasSubstr("No task that is still known ran or waited"));
}

TEST_F(range_filters, leave_by_name_the_tasks_that_ended_then) {
  measure();
  const stretch range = *window.timeline().measured();
  ui.type("4", content);
  const task_names_view& names = window.tasks().names();
  for (float x = 300; x < 600 && names.shown().empty(); x += 10)
    ui.click({x, 92}, content);
  const std::size_t all = names.shown().size();
  ASSERT_GT(all, 0U);
  EXPECT_THAT(ui.read(content), HasSubstr("Age p50"));
  ui.type("2", content);
  ui.type("r", content);
  ui.type("4", content);
  const auto expected = model::figures_of(program().trace(), range.begin_ns, range.end_ns);
  ASSERT_GT(expected.ended_tasks.size(), 1U);
  ASSERT_EQ(names.shown().size(), expected.ended_tasks.size());
  for (const task_name_row& row : names.shown()) {
    const schema::task_statistics& ended = expected.ended_tasks.at(row.key);
    EXPECT_EQ(row.ended, ended.finished);
    EXPECT_EQ(row.cancelled, ended.cancelled);
    EXPECT_EQ(row.p99, ended.duration.quantile_seconds(0.99));
    EXPECT_NEAR(row.rate * static_cast<double>(range.end_ns - range.begin_ns) / 1e9,
                static_cast<double>(row.ended), 1e-6);
  }
  EXPECT_THAT(ui.read(content), Not(HasSubstr("Age p50"))) << "of those that live now";
  ui.click({300, 175}, content);
  ASSERT_TRUE(names.table().has_selection);
  EXPECT_THAT(ui.read(content), HasSubstr("[ List them ]"));
  expect_sound_picture();
  ui.type("r", content);
  EXPECT_EQ(names.shown().size(), all);
  EXPECT_TRUE(names.table().has_selection) << "the same name";
}

TEST_F(range_filters, leave_the_reports_of_that_time) {
  const auto& reports = program().reports().by_id();
  const auto stall = std::ranges::find_if(
      reports, [](const auto& each) { return each.second.kind == schema::report_kind::stall; });
  ASSERT_NE(stall, reports.end());
  const std::int64_t begin = stall->second.time_ns;
  const std::int64_t end = begin + static_cast<std::int64_t>(stall->second.duration_ns);
  stalls_view view;
  shown(view, {begin + ms, begin + 2 * ms});
  ASSERT_EQ(view.shown().size(), 1U);
  EXPECT_EQ(view.shown()[0].report->id, stall->first);
  EXPECT_THAT(shown(view, {begin - 10 * ms, begin}), HasSubstr("Only those of a stretch of time"));
  EXPECT_TRUE(view.shown().empty());
  shown(view, {end + 1, end + ms});
  EXPECT_TRUE(view.shown().empty());
}

TEST_F(range_filters, leave_the_failures_of_that_time) {
  const auto& reports = program().reports().by_id();
  const auto failed = std::ranges::find_if(reports, [&](const auto& each) {
    return each.second.kind == schema::report_kind::failure &&
           each.second.time_ns > program().trace().begin_ns();
  });
  ASSERT_NE(failed, reports.end());
  const std::int64_t at = failed->second.time_ns;
  failures_view view;
  shown(view, {at - ms, at + ms});
  ASSERT_EQ(view.shown().size(), 1U);
  EXPECT_EQ(view.shown()[0].what.count, 1U);
  ASSERT_EQ(view.shown()[0].what.reports.size(), 1U);
  EXPECT_EQ(view.shown()[0].what.reports[0]->id, failed->first);
  EXPECT_THAT(shown(view, {at + ms, at + 2 * ms}), HasSubstr("Nothing failed in this stretch"));
  EXPECT_TRUE(view.shown().empty());
}

TEST(failure_rows, of_a_stretch_count_what_the_trace_tells) {
  model::program program(test::greeting());
  schema::frame frame = test::snapshot_at(10'000'000);
  frame.tracing = true;
  for (const std::uint32_t site : {3U, 4U}) {
    schema::site_statistics& figures =
        frame.site_stats.emplace_back(test::site_after(1, site, 9, 5));
    figures.failed = 7;
    figures.errors = 7;
    figures.error_categories = {{"system", 4}};
    if (site == 4) figures.error_categories.push_back({"misc", 3});
  }
  schema::event_batch batch{1, {}};
  for (std::int64_t at = 1'000; at < 7'000; at += 1'000) {
    schema::event run = test::run_event(at, 10, at < 4'000 ? 3 : 4);
    run.flags = schema::run_flag_error;
    if (at == 2'000 || at == 3'000) run.flags |= schema::run_flag_exception;
    batch.events.push_back(run);
  }
  frame.events = {batch};
  program.fold(frame);
  range_filter range;
  range.set({1'500, 4'500});
  range.look_at(program);
  const auto rows = failure_rows(program, range);
  const auto find = [&](model::failure::kind of, std::uint32_t site, std::string_view type) {
    const auto found = std::ranges::find_if(rows, [&](const failure_row& row) {
      return row.what.of == of && row.what.where.second == site &&
             (type.empty() || row.what.type == type);
    });
    return found == rows.end() ? nullptr : &*found;
  };
  using kind = model::failure::kind;
  ASSERT_NE(find(kind::handler, 3, ""), nullptr);
  EXPECT_EQ(find(kind::handler, 3, "")->what.count, 2U);
  EXPECT_EQ(find(kind::handler, 4, ""), nullptr) << "failed, but not then";
  ASSERT_NE(find(kind::error_code, 3, "system"), nullptr);
  EXPECT_EQ(find(kind::error_code, 3, "system")->what.count, 2U);
  ASSERT_NE(find(kind::error_code, 4, "misc"), nullptr);
  EXPECT_FALSE(find(kind::error_code, 4, "misc")->is_count_known);
  EXPECT_FALSE(find(kind::error_code, 3, "system")->what.lately);
}

}  // namespace
}  // namespace asioscope::viewer
