// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/awaits.hpp"

#include "asioscope/model/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace asioscope::model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> functions(const await_table& table, std::uint64_t task) {
  std::vector<std::string> result;
  for (const schema::await_place* const step : table.steps(task))
    result.push_back(step->function);
  return result;
}

await_table shop() {
  await_table table;
  table.fold(schema::await_place{1, "session", "/src/session.cpp", 88});
  table.fold(schema::await_place{2, "query", "/src/db.cpp", 41});
  table.fold(schema::await_place{3, "fresh", "", 0});
  table.fold(schema::await_chain{7, "async_wait", {2, 1}, {}, {}});
  return table;
}

TEST(await_table, lists_the_outermost_coroutine_first) {
  const await_table table = shop();
  EXPECT_THAT(functions(table, 7), ElementsAre("session", "query"));
  EXPECT_EQ(table.operation(7), "async_wait");
  EXPECT_EQ(table.text(7, table.operation(7)), "async_wait in query, db.cpp:41");
}

TEST(await_table, says_what_it_knows) {
  await_table table = shop();
  EXPECT_EQ(table.text(8, table.operation(8)), "");
  EXPECT_THAT(table.steps(8), IsEmpty());
  table.fold(schema::await_chain{8, "", {3}, {}, {}});
  EXPECT_EQ(table.text(8, table.operation(8)), "fresh");
  table.fold(schema::await_chain{8, "", {99, 1}, {}, {}});  // a place that was never described
  EXPECT_THAT(functions(table, 8), ElementsAre("session"));
}

TEST(await_table, knows_the_outermost_for_certain_or_not_at_all) {
  await_table table = shop();
  ASSERT_NE(table.outermost(7), nullptr);
  EXPECT_EQ(table.outermost(7)->function, "session");
  EXPECT_EQ(table.outermost(8), nullptr);
  table.fold(schema::await_chain{8, "", {1, 99}, {}, {}});
  EXPECT_EQ(table.outermost(8), nullptr) << "it was never described";
  table.fold(schema::await_chain{8, "", std::vector<std::uint64_t>(64, 1), {}, {}});
  EXPECT_EQ(table.outermost(8), nullptr) << "there may be more than are listed";
}

TEST(annotations, say_what_there_is) {
  EXPECT_EQ(annotations_text({}, ""), "");
  EXPECT_EQ(annotations_text({"order", "pay"}, ""), "in scope order > pay");
  EXPECT_EQ(annotations_text({}, "4bf9"), "trace 4bf9");
  EXPECT_EQ(annotations_text({"pay"}, "4bf9"), "in scope pay, trace 4bf9");
}

TEST(await_table, forgets_what_ended_and_what_an_earlier_snapshot_said) {
  await_table table = shop();
  table.fold(schema::await_chain{7, "", {}, {}, {}});
  EXPECT_THAT(table.steps(7), IsEmpty());
  table = shop();
  table.forget(7);
  EXPECT_THAT(table.steps(7), IsEmpty());
  table = shop();
  table.begin_snapshot();
  EXPECT_THAT(table.steps(7), IsEmpty());
}

TEST(await_table, keeps_no_more_than_it_may) {
  await_table table;
  for (std::uint32_t i = 0; i < limits::await_places + 5; ++i)
    table.fold(schema::await_place{i + 1, "f", "", 0});
  EXPECT_EQ(table.refused(), 5U);
  for (std::uint64_t i = 0; i < limits::await_chains + 3; ++i)
    table.fold(schema::await_chain{i + 1, "", {1}, {}, {}});
  EXPECT_EQ(table.refused(), 8U);
  table.fold(schema::await_chain{1, "", std::vector<std::uint64_t>(100'000, 1), {}, {}});
  EXPECT_EQ(table.steps(1).size(), limits::stack_frames);
}

}  // namespace
}  // namespace asioscope::model
