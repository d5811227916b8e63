// SPDX-License-Identifier: BSL-1.0
#include "capped_rows.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace asioscope::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

struct totals {
  std::uint64_t runs = 0;
  std::uint64_t slow = 0;

  static constexpr std::array members{&totals::runs, &totals::slow};
  [[nodiscard]] bool important() const { return slow > 0; }
  friend bool operator==(const totals&, const totals&) = default;
};

capped_key on_loop_0(std::string name) { return {0, std::move(name)}; }

using table = std::map<capped_key, totals>;

class capped_rows_test : public ::testing::Test {
 protected:
  table fold(const std::vector<std::pair<capped_key, totals>>& what) {
    std::vector<capped_input<totals>> input;
    for (const auto& [where, value] : what)
      input.push_back({where.first, where.second, value});
    table result;
    const capped_key* last = nullptr;
    for (const capped_row<totals>& each : rows_.fold(input)) {
      EXPECT_TRUE(last == nullptr || *last < *each.key) << "in order, none twice";
      EXPECT_EQ(each.where->at(0).value, std::to_string(each.key->first) + each.key->second);
      result.emplace(*each.key, each.totals);
      last = each.key;
    }
    return result;
  }

  int labels_made = 0;

 private:
  // Two for all, one more for what is important.
  capped_rows<totals> rows_{label_places(3, 1), [this](const capped_key& of) {
                              ++labels_made;
                              return std::make_shared<const std::vector<label>>(std::vector<label>{
                                  {"both", std::to_string(of.first) + of.second}});
                            }};
};

TEST_F(capped_rows_test, all_have_a_row_while_there_are_places) {
  EXPECT_THAT(fold({{on_loop_0("a"), {1, 0}}, {on_loop_0("b"), {2, 0}}}),
              ElementsAre(Pair(on_loop_0("a"), totals{1, 0}), Pair(on_loop_0("b"), totals{2, 0})));
}

TEST_F(capped_rows_test, the_first_to_come_have_the_places) {
  EXPECT_THAT(fold({{on_loop_0("z"), {1, 0}},
                    {on_loop_0("y"), {2, 0}},
                    {on_loop_0("a"), {4, 0}},
                    {on_loop_0("b"), {8, 0}}}),
              ElementsAre(Pair(on_loop_0("_other"), totals{12, 0}),
                          Pair(on_loop_0("y"), totals{2, 0}), Pair(on_loop_0("z"), totals{1, 0})));
}

TEST_F(capped_rows_test, places_are_kept_for_life_and_on_every_loop) {
  static_cast<void>(fold({{on_loop_0("a"), {1, 0}}, {on_loop_0("b"), {1, 0}}}));
  static_cast<void>(fold({{on_loop_0("c"), {1, 0}}}));
  EXPECT_THAT(
      fold({{{1, "c"}, {5, 0}}, {{1, "b"}, {6, 0}}, {on_loop_0("a"), {7, 0}}}),
      ElementsAre(Pair(on_loop_0("_other"), totals{1, 0}), Pair(on_loop_0("a"), totals{7, 0}),
                  Pair(capped_key(1, "_other"), totals{5, 0}),
                  Pair(capped_key(1, "b"), totals{6, 0})));
}

TEST_F(capped_rows_test, the_reserved_place_is_for_what_is_important) {
  EXPECT_THAT(
      fold({{on_loop_0("a"), {1, 0}},
            {on_loop_0("b"), {1, 0}},
            {on_loop_0("c"), {1, 0}},
            {on_loop_0("d"), {4, 1}},
            {on_loop_0("e"), {8, 1}}}),
      ElementsAre(Pair(on_loop_0("_other"), totals{9, 1}), Pair(on_loop_0("a"), totals{1, 0}),
                  Pair(on_loop_0("b"), totals{1, 0}), Pair(on_loop_0("d"), totals{4, 1})));
}

TEST_F(capped_rows_test, what_was_shown_under_other_stays_there) {
  static_cast<void>(
      fold({{on_loop_0("a"), {1, 0}}, {on_loop_0("b"), {1, 0}}, {on_loop_0("c"), {10, 0}}}));
  // Important from now on: its own row begins with what is new.
  EXPECT_THAT(
      fold({{on_loop_0("a"), {1, 0}}, {on_loop_0("b"), {1, 0}}, {on_loop_0("c"), {13, 1}}}),
      ElementsAre(Pair(on_loop_0("_other"), totals{10, 0}), Pair(on_loop_0("a"), totals{1, 0}),
                  Pair(on_loop_0("b"), totals{1, 0}), Pair(on_loop_0("c"), totals{3, 1})));
}

TEST_F(capped_rows_test, every_row_is_monotonic_and_their_sum_exact) {
  std::vector<std::pair<capped_key, totals>> input;
  for (const char* name : {"a", "b", "c", "d", "e"})
    input.push_back({on_loop_0(name), {}});
  table before;
  std::uint64_t random = 1;
  for (int round = 0; round < 200; ++round) {
    totals expected;
    for (auto& [where, value] : input) {
      random = random * 6364136223846793005ULL + 1442695040888963407ULL;
      value.runs += random >> 60;
      value.slow += round >= 50 && (random >> 50) % 64 == 0 ? 1 : 0;
      expected.runs += value.runs;
      expected.slow += value.slow;
    }
    const auto now = fold(input);
    totals sum;
    for (const auto& [where, value] : now) {
      sum.runs += value.runs;
      sum.slow += value.slow;
      EXPECT_GE(value.runs, before[where].runs) << where.second;
      EXPECT_GE(value.slow, before[where].slow) << where.second;
    }
    EXPECT_EQ(sum, expected);
    for (const auto& [where, value] : before)
      EXPECT_TRUE(now.contains(where)) << where.second;
    before = now;
  }
  EXPECT_EQ(before.size(), 4U);  // three places and _other
}

TEST_F(capped_rows_test, labels_are_made_once_for_what_stays) {
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(
        fold({{on_loop_0("a"), {1, 0}}, {on_loop_0("b"), {1, 0}}, {on_loop_0("c"), {1, 0}}}).size(),
        3U);
  EXPECT_EQ(labels_made, 3);
}

TEST_F(capped_rows_test, what_was_in_no_snapshot_for_a_while_is_what_it_was) {
  const std::vector<std::pair<capped_key, totals>> all{
      {on_loop_0("a"), {1, 0}}, {on_loop_0("b"), {2, 0}}, {on_loop_0("c"), {3, 0}}};
  const table before = fold(all);
  EXPECT_THAT(fold({}), ElementsAre(Pair(on_loop_0("_other"), totals{3, 0})));
  EXPECT_EQ(fold(all), before);
}

TEST_F(capped_rows_test, one_name_twice_is_one_row) {
  EXPECT_THAT(fold({{on_loop_0("a"), {1, 0}}, {on_loop_0("a"), {2, 1}}}),
              ElementsAre(Pair(on_loop_0("a"), totals{3, 1})));
}

TEST_F(capped_rows_test, who_is_called_other_is_one_of_the_others) {
  EXPECT_THAT(fold({{on_loop_0("_other"), {1, 1}}}),
              ElementsAre(Pair(on_loop_0("_other"), totals{1, 1})));
}

TEST(label_places_test, more_reserved_than_there_are_is_all) {
  label_places tested(2, 10);
  EXPECT_FALSE(tested.admit("a", false));
  EXPECT_TRUE(tested.admit("a", true));
  EXPECT_TRUE(tested.admit("a", false));
}

}  // namespace
}  // namespace asioscope::metrics
