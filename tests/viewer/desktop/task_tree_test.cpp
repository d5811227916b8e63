// SPDX-License-Identifier: BSL-1.0
#include "views/task_tree.hpp"

#include "messages.hpp"
#include "shell_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace asioscope::viewer {
namespace {

using test::headless_ui;
using test::second;
using testing::ElementsAre;
using testing::IsEmpty;

task_question by_id() {
  task_question question;
  question.comes_first = [](const task_row& left, const task_row& right) {
    return left.id < right.id;
  };
  return question;
}

// Of (id, parent); names are "even" and "odd".
model::program program_of(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& tasks) {
  model::program result(test::greeting());
  schema::frame frame = test::snapshot_at(100 * second);
  frame.sites = {test::named_task(1, "odd"), test::named_task(2, "even")};
  for (const auto& [id, parent] : tasks) {
    frame.tasks.push_back(test::live_task(id, second));
    frame.tasks.back().parent = parent;
    frame.tasks.back().site = id % 2 == 0 ? 2 : 1;
  }
  result.fold(frame);
  return result;
}

std::vector<task_row> tree_of(const model::program& program, task_question question,
                              open_nodes open) {
  task_tree_search search;
  search.begin(std::move(question), std::move(open));
  while (!search.step(program)) {
  }
  EXPECT_FALSE(search.is_going_on());
  return search.take();
}

open_nodes all_open() {
  open_nodes result;
  result.set_all(true);
  return result;
}

// "1+2", further in for each level; a star: does not pass the filter.
std::vector<std::string> lines(const std::vector<task_row>& rows) {
  std::vector<std::string> result;
  for (const task_row& row : rows) {
    std::string line(row.tree.depth, ' ');
    line += std::to_string(row.id);
    if (row.tree.below != 0) line += "+" + std::to_string(row.tree.below);
    if (!row.tree.is_match) line += "*";
    result.push_back(line);
  }
  return result;
}

// 1 has 2 and 3, 3 has 4, 4 has 5; 6 is alone; 8 was spawned by one that is gone.
model::program family() {
  return program_of({{6, 0}, {5, 4}, {4, 3}, {3, 1}, {2, 1}, {1, 0}, {8, 7}});
}

TEST(task_tree, is_closed_at_first_and_counts_what_is_below) {
  EXPECT_THAT(lines(tree_of(family(), by_id(), {})), ElementsAre("1+4", "6", "8"));
}

TEST(task_tree, shows_what_is_opened) {
  open_nodes open;
  open.toggle(1);
  EXPECT_THAT(lines(tree_of(family(), by_id(), open)), ElementsAre("1+4", " 2", " 3+2", "6", "8"));
  open.toggle(4);
  EXPECT_THAT(lines(tree_of(family(), by_id(), open)), ElementsAre("1+4", " 2", " 3+2", "6", "8"))
      << "3, above it, is closed";
  open.open(3);
  open.open(3);
  EXPECT_THAT(lines(tree_of(family(), by_id(), open)),
              ElementsAre("1+4", " 2", " 3+2", "  4+1", "   5", "6", "8"));
  EXPECT_EQ(lines(tree_of(family(), by_id(), all_open())), lines(tree_of(family(), by_id(), open)));
  open = all_open();
  open.toggle(3);
  EXPECT_THAT(lines(tree_of(family(), by_id(), open)), ElementsAre("1+4", " 2", " 3+2", "6", "8"));
}

TEST(task_tree, orders_siblings) {
  task_question question = by_id();
  question.comes_first = [](const task_row& left, const task_row& right) {
    return left.id > right.id;
  };
  EXPECT_THAT(lines(tree_of(family(), std::move(question), all_open())),
              ElementsAre("8", "6", "1+4", " 3+2", "  4+1", "   5", " 2"));
}

TEST(task_tree, with_a_filter_shows_what_matches_and_what_is_above_it) {
  task_question question = by_id();
  question.filter = text_filter("name:odd", task_fields);
  EXPECT_THAT(lines(tree_of(family(), question, all_open())),
              ElementsAre("1+2", " 3+1", "  4+1*", "   5"));
  question.filter = text_filter("id:4", task_fields);
  EXPECT_THAT(lines(tree_of(family(), question, all_open())), ElementsAre("1+1*", " 3+1*", "  4"));
  question.filter = text_filter("none", task_fields);
  EXPECT_THAT(tree_of(family(), question, all_open()), IsEmpty());
}

TEST(task_tree, of_a_range_shows_what_was_there_and_what_is_above_it) {
  task_question question = by_id();
  question.is_wanted = [](const schema::task_info& task) { return task.id == 4 || task.id == 8; };
  EXPECT_THAT(lines(tree_of(family(), question, all_open())),
              ElementsAre("1+1*", " 3+1*", "  4", "8"));
}

TEST(task_tree, what_is_left_out_makes_roots_of_what_it_spawned) {
  model::program program = family();
  schema::frame frame = test::frame_at(100 * second);
  frame.tasks = {test::ended_task(3, 90 * second)};
  frame.tasks[0].parent = 1;
  program.fold(frame);
  task_question question = by_id();
  EXPECT_THAT(lines(tree_of(program, question, all_open())),
              ElementsAre("1+4", " 2", " 3+2", "  4+1", "   5", "6", "8"));
  question.ended = false;
  EXPECT_THAT(lines(tree_of(program, question, all_open())),
              ElementsAre("1+1", " 2", "4+1", " 5", "6", "8"));
  question.ended = true;
  question.live = false;
  EXPECT_THAT(lines(tree_of(program, question, all_open())), ElementsAre("3"));
}

TEST(task_tree, survives_circles_and_depth) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> tasks = {{1, 1}, {2, 3}, {3, 2}};
  for (std::uint64_t id = 1'000; id < 2'000; ++id)
    tasks.emplace_back(id, id == 1'000 ? 0 : id - 1);
  const std::vector<task_row> rows = tree_of(program_of(tasks), by_id(), all_open());
  // The deepest of the chain are too deep, the two in a circle have no root.
  ASSERT_EQ(rows.size(), 2 + task_tree_search::most_levels);
  EXPECT_EQ(rows[0].id, 1U);
  EXPECT_EQ(rows[1].tree.below, task_tree_search::most_levels);
}

TEST(task_tree, of_many_takes_portions_and_shows_those_nearest_to_the_root) {
  std::mt19937_64 random(9);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> tasks;
  constexpr std::uint64_t count = 60'000;
  for (std::uint64_t id = 1; id <= count; ++id)
    tasks.emplace_back(id, id < 4'000 ? 0 : 1 + random() % (id - 1));
  const model::program program = program_of(tasks);
  task_tree_search search;
  search.begin(by_id(), all_open());
  while (!search.step(program)) {
  }
  EXPECT_GT(search.steps(), 3U);
  EXPECT_EQ(search.visible(), count);
  const std::vector<task_row> rows = search.take();
  ASSERT_EQ(rows.size(), task_tree_search::most_rows);
  std::map<std::uint64_t, std::uint64_t> below;
  std::map<std::uint64_t, std::uint32_t> depth;
  for (const auto& [id, parent] : tasks)
    depth[id] = parent == 0 ? 0 : depth[parent] + 1;
  for (const auto& task : tasks)
    for (std::uint64_t above = task.second; above != 0; above = tasks[above - 1].second)
      ++below[above];
  // Each is right, comes after the one above it, and none that is nearer is missing.
  std::set<std::uint64_t> seen;
  std::uint32_t deepest = 0;
  for (const task_row& row : rows) {
    ASSERT_EQ(row.tree.below, below[row.id]);
    ASSERT_EQ(row.tree.depth, depth[row.id]);
    if (row.parent != 0) {
      ASSERT_TRUE(seen.contains(row.parent));
    }
    ASSERT_TRUE(seen.insert(row.id).second);
    deepest = std::max(deepest, row.tree.depth);
  }
  for (const auto& [id, level] : depth) {
    if (level < deepest) {
      ASSERT_TRUE(seen.contains(id)) << level;
    }
  }
}

class tree_view : public shell_fixture {
 protected:
  // Of the synthetic shop, whose reports are spawned by task 1.
  void open_tree(headless_ui& ui) {
    ui.type("4", content);
    for (float x = 350; x < 800 && !window.tasks().is_tree(); x += 10)
      ui.click({x, 92}, content);
    ASSERT_TRUE(window.tasks().is_tree());
    ui.show(content, 5);
  }
  [[nodiscard]] std::size_t of_depth(std::uint32_t depth) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        window.tasks().shown(), [depth](const task_row& row) { return row.tree.depth == depth; }));
  }
};

TEST_F(tree_view, opens_and_closes_with_a_click) {
  headless_ui ui(1280, 800);
  open_tree(ui);
  const std::vector<task_row>& rows = window.tasks().shown();
  EXPECT_EQ(of_depth(1), 0U);
  const auto parent = std::ranges::find(rows, 1U, &task_row::id);
  ASSERT_NE(parent, rows.end());
  const std::uint64_t below = parent->tree.below;
  EXPECT_GT(below, 3U);
  const auto place = static_cast<int>(parent - rows.begin());
  const auto click_triangle = [&] {
    const ImGuiTable& table = *headless_ui::table();
    ui.click({table.Columns[2].WorkMinX + 6, headless_ui::row(place).y}, content);
    ui.show(content, 5);
  };
  click_triangle();
  EXPECT_TRUE(window.tasks().open().has(1));
  EXPECT_EQ(of_depth(1), below);
  EXPECT_FALSE(window.tasks().table().has_selection) << "that was no click on the row";
  EXPECT_EQ(rows[static_cast<std::size_t>(place) + 1].parent, 1U);
  expect_sound_picture();
  click_triangle();
  EXPECT_EQ(of_depth(1), 0U);
}

TEST_F(tree_view, keeps_its_shape_when_another_column_is_chosen) {
  headless_ui ui(1280, 800);
  open_tree(ui);
  ui.press(70, true, content);
  ui.type("report", content);
  ui.show(content, 5);
  EXPECT_GT(of_depth(1), 3U) << "what is found is to be seen";
  for (const int column : {4, 4, 8, 2}) {
    ui.click(headless_ui::heading(column), content);
    ui.show(content, 5);
    std::set<std::uint64_t> seen = {0};
    for (const task_row& row : window.tasks().shown()) {
      EXPECT_TRUE(row.tree.depth == 0 || seen.contains(row.parent));
      seen.insert(row.id);
    }
  }
  // The other rows are gone, but for those above.
  for (const task_row& row : window.tasks().shown())
    EXPECT_EQ(row.tree.is_match, row.name == "GET /report");
}

TEST_F(tree_view, opens_what_is_above_a_task_that_a_link_leads_to) {
  headless_ui ui(1280, 800);
  open_tree(ui);
  // The child's own page leads to its parent and back.
  for (const task_row& row : window.tasks().shown())
    ASSERT_EQ(row.tree.depth, 0U);
  ui.click(headless_ui::row(0), content);
  ASSERT_TRUE(window.tasks().table().has_selection);
  ASSERT_EQ(window.tasks().table().selected, 1U);
  ui.show(content, 5);
  ASSERT_FALSE(window.tasks().detail().children().empty());
  bool found = false;
  for (float y = 450; y < 790 && !found; y += 8) {
    for (float x = 50; x < 900 && !found; x += 40) {
      ui.click({x, y}, content);
      const schema::task_info* const selected =
          state.current()->tasks().find(window.tasks().table().selected);
      found = selected != nullptr && selected->parent == 1;
      if (found || window.tasks().table().selected == 1) continue;
      ui.click(headless_ui::row(0), content);  // another row was met
      ui.show(content, 5);
    }
  }
  ASSERT_TRUE(found);
  ui.show(content, 5);
  EXPECT_TRUE(window.tasks().is_tree());
  EXPECT_TRUE(window.tasks().open().has(1));
  const std::uint64_t selected = window.tasks().table().selected;
  EXPECT_TRUE(std::ranges::any_of(window.tasks().shown(),
                                  [&](const task_row& row) { return row.id == selected; }));
}

}  // namespace
}  // namespace asioscope::viewer
