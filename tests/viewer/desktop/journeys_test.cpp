// SPDX-License-Identifier: BSL-1.0
// What somebody does who has read nothing: looks at what is said to be wrong, clicks it, reads on.
#include "shell_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace asioscope::viewer {
namespace {

using test::headless_ui;
using testing::HasSubstr;

constexpr std::int64_t second = 1'000'000'000;

class journeys : public shell_fixture {
 protected:
  // Clicks the finding that says this.
  void follow(const std::string& finding) {
    ui.show(content);
    ASSERT_THAT(ui.read(content), HasSubstr(finding));
    // The findings are the lines of the card at the top.
    const float em = ImGui::GetFontSize();
    for (float y = em * 6; y < em * 20; y += em * 0.7F) {
      ui.click({300, y}, content);
      if (window.current() == panel::overview) continue;
      if (ui.read(content).find(sought) != std::string::npos) return;
      ui.type("1", content);
    }
    FAIL() << finding << " leads nowhere where one could read " << sought;
  }

  std::string sought;  // what is to be found out
  headless_ui ui{1280, 800};
};

TEST_F(journeys, which_function_blocks_the_loop_and_in_which_line) {
  pass(900);
  sought = "block.cpp:18";
  follow("Loop main was blocked");
  const std::string text = ui.read(content);
  EXPECT_THAT(text, HasSubstr("shop::sick::busy_wait"));
  EXPECT_THAT(text, HasSubstr("Cause: on CPU"));
  EXPECT_THAT(text, HasSubstr("shop::router::dispatch(std::string_view)"));
}

TEST_F(journeys, who_holds_the_pool_that_all_wait_for) {
  schema::frame news;
  news.time = state.current()->time();
  schema::resource_info pool;
  pool.id = 9;
  pool.kind = "resource_pool";
  pool.name = "sessions";
  pool.figures = {{"max", 1, false}, {"in_use", 1, false}};
  pool.waiting = 1;
  pool.holders = {{4'242, news.time.monotonic_ns - 7 * second}};
  pool.waiters = {{4'243, news.time.monotonic_ns - 6 * second}};
  schema::task_info task;
  task.loop = 1;
  task.state = schema::task_state::suspended;
  task.spawned_ns = news.time.monotonic_ns - 8 * second;
  task.suspended_since_ns = task.spawned_ns + 1'000;
  for (const auto& [id, site] : {std::pair(4'242U, 24U), std::pair(4'243U, 21U)}) {
    task.id = id;
    task.site = site;
    news.tasks.push_back(task);
  }
  news.resources = {pool};
  news.places = {{1, "shop::write_report", "shop/report.cpp", 77}};
  news.await_chains = {{4'242, "async_wait", {1}, {}, {}}};
  ASSERT_EQ(state.fold(news), "");
  sought = "Held by";
  follow("resource_pool sessions is exhausted");
  const std::string text = ui.read(content);
  EXPECT_THAT(text, HasSubstr("GET /report 4242, 7.00 s"));
  EXPECT_THAT(text, HasSubstr("GET /items 4243, 6.00 s"));
  // And what does it do meanwhile?
  bool found = false;
  for (float y = 400; y < 700 && !found; y += 10) {
    ui.click({150, y}, content);
    found = window.current() == panel::tasks;
  }
  ASSERT_TRUE(found);
  EXPECT_THAT(ui.read(content), HasSubstr("report.cpp:77"));
}

TEST_F(journeys, what_leaks_where_it_waits_and_who_started_it) {
  schema::frame news;
  schema::task_statistics figures;
  figures.loop = 1;
  figures.site = 60;
  news.sites = {{60, schema::site_kind::task, "deliver", ""}};
  news.places = {{1, "shop::wait_for_godot", "shop/sick.cpp", 71}};
  for (std::uint64_t id = 9'001; id < 9'021; ++id) {
    pass(20);
    news.time = state.current()->time();
    ++figures.spawned;
    news.task_stats = {figures};
    schema::task_info task;
    task.id = id;
    task.loop = 1;
    task.site = 60;
    task.parent = 1;
    task.state = schema::task_state::suspended;
    task.spawned_ns = news.time.monotonic_ns;
    task.suspended_since_ns = task.spawned_ns + 1'000;
    task.runs = 1;
    news.tasks = {task};
    news.await_chains = {{id, "async_wait", {1}, {}, {}}};
    ASSERT_EQ(state.fold(news), "");
  }
  sought = "Started by";
  follow("tasks deliver live and none has ever ended");
  const std::string text = ui.read(content);
  EXPECT_THAT(text, HasSubstr("shop::wait_for_godot"));
  EXPECT_THAT(text, HasSubstr("sick.cpp:71"));
  EXPECT_THAT(text, HasSubstr("restock 1"));
  EXPECT_EQ(window.tasks().table().selected, 9'001U);
}

}  // namespace
}  // namespace asioscope::viewer
