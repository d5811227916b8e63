// SPDX-License-Identifier: BSL-1.0
#include "shell_fixture.hpp"
#include "views/keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

namespace asioscope::viewer {
namespace {

using test::headless_ui;

constexpr int escape = 256;
constexpr int key_f = 70;
constexpr int key_space = 32;

class views : public shell_fixture {};

TEST_F(views, every_panel_draws_at_every_size) {
  for (const auto& [width, height, scale] :
       {std::tuple(640.0F, 400.0F, 1.0F), std::tuple(1024.0F, 640.0F, 1.0F),
        std::tuple(1600.0F, 1000.0F, 1.5F), std::tuple(3840.0F, 2160.0F, 2.0F)}) {
    headless_ui ui(width, height, scale);
    for (const char key : {'1', '2', '3', '4', '5', '6', '7'}) {
      ui.type(std::string(1, key), content);
      SCOPED_TRACE(std::string(1, key) + " at " + std::to_string(width));
      expect_sound_picture();
      EXPECT_EQ(window.current(), panels[static_cast<std::size_t>(key - '1')].which);
    }
  }
}

TEST_F(views, a_program_that_said_nothing_and_no_program_at_all_draw_too) {
  headless_ui ui(1024, 640);
  state.disconnected();
  ASSERT_EQ(state.fold(shop.greeting(1)), "");
  for (const char* key : {"1", "2", "3", "4", "5", "6", "7"}) {
    ui.type(key, content);
    EXPECT_GT(ImGui::GetDrawData()->TotalVtxCount, 200);
  }
  with_program = false;
  for (const auto phase :
       {connection_status::phase::searching, connection_status::phase::connecting,
        connection_status::phase::refused, connection_status::phase::lost}) {
    now.connection.now = phase;
    ui.show(content);
    EXPECT_GT(ImGui::GetDrawData()->TotalVtxCount, 200);
  }
}

TEST_F(views, a_recording_that_is_being_read_says_how_far) {
  headless_ui ui(1024, 640);
  now.connection.wanted = parse_target("/tmp/night.asioscope");
  now.connection.now = connection_status::phase::reading;
  now.connection.read_share = 0.43;
  with_program = false;
  EXPECT_THAT(ui.read(content), testing::AllOf(testing::HasSubstr("Reading /tmp/night.asioscope"),
                                               testing::HasSubstr("43 %")));
  // Another moment of one that is shown.
  with_program = true;
  now.connection.now = connection_status::phase::replaying;
  EXPECT_THAT(ui.read(content), testing::HasSubstr("reading 43 %"));
  now.connection.read_share.reset();
  EXPECT_THAT(ui.read(content), testing::Not(testing::HasSubstr("reading")));
}

TEST_F(views, failures_show_what_failed_where_and_lead_to_it) {
  headless_ui ui(1600, 1000);
  ui.type("6", content);
  const std::vector<failure_row>& rows = window.failures().shown();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].what.type, "std::runtime_error");
  EXPECT_EQ(rows[0].name, state.current()->site_name(rows[0].what.where.second));
  ui.click(headless_ui::row(0), content);
  ASSERT_TRUE(window.failures().table().has_selection);
  // The selection stays with its subject while new ones come.
  const std::uint64_t before = rows[0].what.count;
  pass(700);
  ui.show(content);
  EXPECT_EQ(rows[0].what.count, before + 1);
  EXPECT_EQ(window.failures().table().selected, rows[0].id());
  ui.press(escape, false, content);
  EXPECT_FALSE(window.failures().table().has_selection);
  ui.press(key_f, true, content);
  ui.type("warehouse", content);
  EXPECT_EQ(rows.size(), 1U) << "what it said counts";
  ui.type("x", content);
  EXPECT_TRUE(rows.empty());
  ui.press(escape, false, content);
  EXPECT_EQ(rows.size(), 1U);
  expect_sound_picture();
}

TEST_F(views, handlers_are_sorted_by_the_column_that_is_clicked) {
  headless_ui ui(1600, 1000);
  ui.type("3", content);
  const std::vector<handler_row>& rows = window.handlers().shown();
  const auto is_sorted = [&](auto field, bool falling) {
    return std::ranges::is_sorted(rows, [&](const handler_row& left, const handler_row& right) {
      return falling ? left.*field > right.*field : left.*field < right.*field;
    });
  };
  EXPECT_EQ(rows.size(), 8U);
  EXPECT_TRUE(is_sorted(&handler_row::busy, true));
  const auto click = [&](int column) { ui.click(headless_ui::heading(column), content); };
  click(1);
  EXPECT_TRUE(is_sorted(&handler_row::count, true));
  click(1);
  EXPECT_TRUE(is_sorted(&handler_row::count, false));
  click(6);
  EXPECT_TRUE(is_sorted(&handler_row::p99, true));
  click(0);
  EXPECT_TRUE(is_sorted(&handler_row::name, false));
}

TEST_F(views, a_filter_leaves_what_matches_and_esc_brings_all_back) {
  headless_ui ui(1280, 800);
  ui.type("3", content);
  ui.press(key_f, true, content);
  ui.type("Session, -timeout", content);
  std::set<std::string> names;
  for (const handler_row& row : window.handlers().shown())
    names.insert(row.name);
  EXPECT_EQ(names, (std::set<std::string>{"shop::session::read_request",
                                          "shop::session::write_response"}));
  // Digits go into the field, not to the panels.
  ui.type(" 2", content);
  EXPECT_EQ(window.current(), panel::handlers);
  EXPECT_EQ(window.handlers().shown().size(), 0U);
  ui.press(escape, false, content);
  EXPECT_EQ(window.handlers().shown().size(), 8U);
}

TEST_F(views, a_selection_stays_on_its_task_when_the_order_changes) {
  headless_ui ui(1280, 800);
  ui.type("4", content);
  ui.click(headless_ui::row(3), content);
  ASSERT_TRUE(window.tasks().table().has_selection);
  const std::uint64_t selected = window.tasks().table().selected;
  EXPECT_EQ(selected, window.tasks().shown()[3].id);
  pass(20);
  ui.click(headless_ui::heading(6), content);
  EXPECT_EQ(window.tasks().table().selected, selected);
  EXPECT_TRUE(window.tasks().table().has_selection);
  ui.press(escape, false, content);
  EXPECT_FALSE(window.tasks().table().has_selection);
  EXPECT_EQ(window.current(), panel::tasks);
  ui.press(escape, false, content);
  EXPECT_EQ(window.current(), panel::overview);
}

TEST_F(views, a_click_on_a_handler_shows_its_histogram) {
  headless_ui ui(1280, 800);
  ui.type("3", content);
  ImGui::GetIO().MousePos = {-1, -1};
  ui.show(content);
  const int before = ImGui::GetDrawData()->TotalVtxCount;
  ui.click(headless_ui::row(0), content);
  ASSERT_TRUE(window.handlers().table().has_selection);
  EXPECT_EQ(window.handlers().table().selected, window.handlers().shown()[0].key);
  EXPECT_GT(ImGui::GetDrawData()->TotalVtxCount, before + 200);
  expect_sound_picture();
}

TEST_F(views, space_pauses_and_goes_on) {
  headless_ui ui(1280, 800);
  ui.show(content);
  ui.press(key_space, false, content);
  EXPECT_TRUE(paused);
  ui.press(key_space, false, content);
  EXPECT_FALSE(paused);
  ui.press(81, true, content);
  EXPECT_TRUE(quit);
}

TEST_F(views, help_opens_and_closes) {
  headless_ui ui(1024, 640);
  ui.show(content);
  ui.type("?", content);
  EXPECT_TRUE(window.help_is_open());
  expect_sound_picture();
  ui.press(escape, false, content);
  EXPECT_FALSE(window.help_is_open());
  EXPECT_EQ(window.current(), panel::overview);
}

TEST_F(views, every_command_has_exactly_one_key) {
  std::set<command> commands;
  for (const key_binding& each : key_bindings) {
    EXPECT_TRUE(commands.insert(each.does).second) << each.keys;
    EXPECT_NE(each.code == 0, each.character == 0) << each.keys;
  }
  EXPECT_EQ(commands.size(), static_cast<std::size_t>(command::quit) + 1);
}

TEST_F(views, hovering_a_plot_marks_the_same_moment_in_all) {
  headless_ui ui(1280, 800);
  ui.show(content);
  EXPECT_TRUE(std::isnan(window.overview().time().hovered));
  bool found = false;
  for (float y = 250; y < 500 && !found; y += 20) {
    ImGui::GetIO().MousePos = {400, y};
    ui.show(content);
    found = !std::isnan(window.overview().time().hovered);
  }
  ASSERT_TRUE(found);
  EXPECT_LT(window.overview().time().hovered, 0);
  EXPECT_GT(window.overview().time().hovered, -60);
  ImGui::GetIO().MouseWheel = 1;
  ui.draw(content);
  EXPECT_LT(window.overview().time().span, 60);
}

TEST_F(views, tasks_by_name_have_figures_and_lead_to_the_tasks) {
  headless_ui ui(1280, 800);
  ui.type("4", content);
  for (float x = 300; x < 600 && window.tasks().names().shown().empty(); x += 10)
    ui.click({x, 92}, content);
  const std::vector<task_name_row>& rows = window.tasks().names().shown();
  ASSERT_EQ(rows.size(), 6U);
  std::uint64_t live = 0;
  for (const task_name_row& row : rows) {
    live += row.live;
    EXPECT_LE(row.p50, row.p99);
    EXPECT_EQ(row.spawned, state.current()->task_names().at(row.key).statistics().spawned);
  }
  EXPECT_EQ(live, shop.live_tasks());
  EXPECT_GT(rows[0].rate, 0);
  ui.show(content, 3);
  std::uint64_t waiting = 0;
  for (const task_name_row& row : rows) {
    waiting += row.waiting;
    EXPECT_EQ(row.running, 0U);
    EXPECT_LE(row.p90, row.p99);
    EXPECT_LE(row.age_p50, row.age_p99);
    EXPECT_GT(row.busy_p50, 0);
  }
  EXPECT_EQ(waiting, live) << "all of the synthetic shop's are suspended";
  expect_sound_picture();
  ui.click(headless_ui::row(1), content);
  ASSERT_TRUE(window.tasks().names().table().has_selection);
  const std::string name = rows[1].name;
  expect_sound_picture();
  bool listed = false;
  for (float y = 400; y < 790 && !listed; y += 8) {
    for (float x = 100; x < 400 && !listed; x += 20) {
      ui.click({x, y}, content);
      listed = !window.tasks().shown().empty() &&
               std::ranges::all_of(window.tasks().shown(), [&](const task_row& row) {
                 return row.name == name || row.waiting.find(name) != std::string::npos;
               });
    }
  }
  EXPECT_TRUE(listed);
}

TEST(handler_rows, say_what_the_model_says) {
  test::synthetic_shop shop;
  model::model state;
  ASSERT_EQ(state.fold(shop.greeting(1)), "");
  ASSERT_EQ(state.fold(shop.snapshot()), "");
  for (int step = 0; step < 600; ++step)
    ASSERT_EQ(state.fold(shop.step()), "");
  const model::program& program = *state.current();
  std::uint64_t runs = 0;
  for (const handler_row& row : handler_rows(program, false)) {
    const schema::site_statistics& figures = program.sites().at(row.key).statistics();
    runs += row.count;
    EXPECT_EQ(row.count, figures.run.count());
    EXPECT_EQ(row.slow, figures.slow);
    EXPECT_LE(row.p50, row.p99);
    EXPECT_NEAR(row.busy * program.uptime_seconds(), static_cast<double>(figures.run.sum_ns) / 1e9,
                1e-9);
  }
  EXPECT_EQ(runs, shop.handlers());
  for (const handler_row& row : handler_rows(program, true)) {
    EXPECT_NEAR(row.rate * program.window_seconds(), static_cast<double>(row.count), 1e-6);
  }
}

TEST(row_of_task, counts_the_run_that_goes_on) {
  test::synthetic_shop shop;
  model::program program(shop.greeting(1));
  schema::frame frame = shop.snapshot();
  frame.time.monotonic_ns = 10'000'000'000;
  schema::task_info task;
  task.id = 5;
  task.state = schema::task_state::running;
  task.spawned_ns = 4'000'000'000;
  task.run_since_ns = 9'000'000'000;
  task.busy_ns = 500'000'000;
  task.longest_ns = 300'000'000;
  frame.tasks = {task};
  program.fold(frame);
  const task_row running = row_of(program, *program.tasks().find(5));
  EXPECT_DOUBLE_EQ(running.age, 6);
  EXPECT_DOUBLE_EQ(running.busy, 1.5);
  EXPECT_DOUBLE_EQ(running.longest, 1);
  task.state = schema::task_state::done;
  task.run_since_ns = 0;
  task.ended_ns = 9'500'000'000;
  const task_row ended = row_of(program, task);
  EXPECT_DOUBLE_EQ(ended.age, 5.5);
  EXPECT_DOUBLE_EQ(ended.busy, 0.5);
}

schema::report report_of(std::uint64_t id, schema::report_kind kind, std::uint64_t duration_ns) {
  schema::report result;
  result.id = id;
  result.kind = kind;
  result.time_ns = 1'000;
  result.duration_ns = duration_ns;
  result.site = static_cast<std::uint32_t>(id);
  return result;
}

std::vector<std::uint64_t> order_of(const std::vector<schema::report>& reports,
                                    std::int64_t now_ns = 2'000) {
  std::vector<const schema::report*> pointers;
  for (const schema::report& each : reports)
    pointers.push_back(&each);
  std::vector<std::uint64_t> ids;
  for (const report_row& row : rows_of(pointers, now_ns))
    ids.push_back(row.report->id);
  return ids;
}

TEST(rows_of, put_first_what_is_to_be_looked_at_first) {
  using schema::report_kind;
  std::vector<schema::report> reports = {
      report_of(1, report_kind::slow, 900),    report_of(2, report_kind::failure, 0),
      report_of(3, report_kind::stall, 300),   report_of(4, report_kind::stall, 100),
      report_of(5, report_kind::stall, 200),   report_of(6, report_kind::slow, 950),
      report_of(7, report_kind::failure, 0),   report_of(8, report_kind::stall, 10),
      report_of(9, report_kind::stall, 1'000), report_of(10, report_kind::stall, 5)};
  reports[3].stack.emplace_back();
  reports[4].stack.emplace_back();
  reports[7].ongoing = true;  // as long as the moment says, not as the report said
  reports[9].ongoing = true;
  reports[9].time_ns = 1'500;
  EXPECT_EQ(order_of(reports), (std::vector<std::uint64_t>{8, 10, 5, 4, 9, 3, 7, 2, 6, 1}));
}

TEST(rows_of, make_one_of_equal_stalls_that_are_over) {
  using schema::report_kind;
  std::vector<schema::report> reports;
  for (std::uint64_t id = 1; id <= 5; ++id) {
    reports.push_back(report_of(id, report_kind::stall, id * 10));
    reports.back().site = 1;
    reports.back().culprit = "parse";
    reports.back().cause = "on CPU";
  }
  reports[0].ongoing = true;
  reports[1].cause = "descheduled";
  std::vector<const schema::report*> pointers;
  for (const schema::report& each : reports)
    pointers.push_back(&each);
  const std::vector<report_row> rows = rows_of(pointers, 2'000);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].report->id, 1U);
  EXPECT_EQ(rows[0].count, 1U);
  EXPECT_EQ(rows[1].report->id, 5U);
  EXPECT_EQ(rows[1].count, 3U);
  EXPECT_EQ(rows[2].report->id, 2U);
  EXPECT_EQ(order_of({report_of(1, report_kind::slow, 5), report_of(2, report_kind::slow, 5)}),
            (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(views, ctrl_c_copies_a_table_as_csv) {
  headless_ui ui(1280, 800);
  constexpr int key_c = 67;
  const auto copied = [&](const char* key) {
    ImGui::SetClipboardText("");
    ui.type(key, content);
    ui.press(key_c, true, content);
    return std::string(ImGui::GetClipboardText());
  };
  const auto lines = [](const std::string& text) { return std::ranges::count(text, '\n'); };
  const std::string handlers = copied("3");
  EXPECT_EQ(handlers.substr(0, handlers.find('\r')),
            "Handler,Count,Rate,Busy,Mean,p50,p99,Max,Wait p50,Wait p99,Slow,Failed");
  EXPECT_EQ(lines(handlers), 9);
  EXPECT_THAT(handlers, testing::HasSubstr("shop::router::dispatch(std::string_view)  ·  post,"));
  EXPECT_THAT(handlers, testing::HasSubstr("\"")) << "1,234 has to be quoted";
  const auto tasks = lines(copied("4"));
  EXPECT_EQ(tasks, static_cast<long>(window.tasks().shown().size() + 1));
  EXPECT_THAT(copied("4"), testing::HasSubstr("suspended,,GET /"));
  EXPECT_THAT(copied("6"), testing::HasSubstr("std::runtime_error,POST /orders,task,main,"));
  EXPECT_THAT(copied("7"), testing::HasSubstr("database,resource_pool,,"));
  EXPECT_EQ(copied("1"), "") << "there is no table";
  // What is typed in a filter stays a text.
  ui.type("3", content);
  ui.press(key_f, true, content);
  ui.type("abc", content);
  ImGui::SetClipboardText("");
  ui.press(key_c, true, content);
  EXPECT_THAT(std::string(ImGui::GetClipboardText()), testing::Not(testing::HasSubstr("Handler,")));
}

TEST_F(views, a_stall_that_goes_on_is_told_of_above_every_panel_and_leads_to_its_report) {
  headless_ui ui(1280, 800);
  ui.type("3", content);
  EXPECT_EQ(window.banner(), 0U);
  schema::frame news;
  news.time = state.current()->time();
  schema::report report;
  report.id = 900'000;
  report.kind = schema::report_kind::stall;
  report.loop = 1;
  report.time_ns = news.time.monotonic_ns - 500'000'000;
  report.ongoing = true;
  report.culprit = "shop::sick::busy_wait";
  news.reports = {report};
  ASSERT_EQ(state.fold(news), "");
  for (const char* key : {"1", "2", "3", "4", "6", "7"}) {
    ui.type(key, content);
    EXPECT_EQ(window.banner(), 900'000U);
    expect_sound_picture();
  }
  ui.click({640, 84}, content);
  EXPECT_EQ(window.current(), panel::stalls);
  news.reports[0].ongoing = false;
  ASSERT_EQ(state.fold(news), "");
  ui.type("1", content);
  EXPECT_EQ(window.banner(), 0U);
}

TEST_F(views, equal_stalls_are_one_line) {
  pass(1'000);
  headless_ui ui(1280, 800);
  ui.type("5", content);
  const std::vector<report_row>& rows = window.stalls().shown();
  std::size_t stalls = 0;
  std::size_t lines = 0;
  for (const report_row& row : rows) {
    if (row.report->kind != schema::report_kind::stall) continue;
    ++lines;
    stalls += row.count;
  }
  EXPECT_GT(stalls, 1U);
  EXPECT_EQ(lines, 1U);
  expect_sound_picture();
}

TEST_F(views, a_resource_shows_its_line_and_esc_closes_it) {
  headless_ui ui(1280, 800);
  ui.type("7", content);
  ASSERT_EQ(window.resources().shown().size(), 2U) << "one is gone";
  ui.click(headless_ui::heading(3), content);
  EXPECT_EQ(window.resources().shown()[0].name, "database");
  ui.click(headless_ui::row(0), content);
  ASSERT_TRUE(window.resources().table().has_selection);
  EXPECT_EQ(window.resources().table().selected, 0U);
  expect_sound_picture();
  ui.press(escape, false, content);
  EXPECT_FALSE(window.resources().table().has_selection);
  EXPECT_EQ(window.current(), panel::resources);
  ui.press(escape, false, content);
  EXPECT_EQ(window.current(), panel::overview);
}

TEST(fold_stack, folds_runs_of_internal_frames) {
  std::vector<schema::stack_frame> stack(6);
  stack[0].internal = stack[1].internal = stack[3].internal = stack[5].internal = true;
  EXPECT_EQ(fold_stack(stack),
            (std::vector<stack_fold>{
                {0, 2, true}, {2, 1, false}, {3, 1, true}, {4, 1, false}, {5, 1, true}}));
  EXPECT_TRUE(fold_stack({}).empty());
}

}  // namespace
}  // namespace asioscope::viewer
