// SPDX-License-Identifier: BSL-1.0
#include "widgets/heat_map.hpp"

#include "headless_ui.hpp"

#include "asioscope/model/lag_history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace asioscope::viewer {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t bands = model::lag_column::octaves;

class heat_maps : public testing::Test {
 protected:
  heat_maps() : ui(800, 400) {
    for (int second = 0; second < 60; ++second)
      columns.push_back({-60.0 + second, -59.0 + second, counts, 1e-3, 20e-3});
    counts.at(15) = 900;  // up to 1.95 ms
    counts.at(20) = 100;  // up to 62.5 ms
  }

  void draw() {
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize({800, 400});
    ImGui::Begin("test");
    heat_map({.id = "lag",
              .title = "Lag",
              .help = "late",
              .mark = "a stall began here",
              .color = colors::lag,
              .band_end = &model::octave_end_seconds},
             columns, marks, view, {700, 300});
    ImGui::End();
  }
  std::function<void()> content = [this] { draw(); };

  // Rectangles of the colour of the map, with the strength of each.
  struct cell {
    ImVec2 low;
    ImVec2 high;
    unsigned strength;
  };
  [[nodiscard]] std::vector<cell> cells() {
    ui.show(content);
    std::vector<cell> result;
    const ImU32 wanted = colors::packed(colors::lag) & 0xFFFFFFU;
    const ImDrawData& data = *ImGui::GetDrawData();
    for (int list = 0; list < data.CmdListsCount; ++list) {
      const ImVector<ImDrawVert>& all = data.CmdLists[list]->VtxBuffer;
      for (int at = 0; at + 3 < all.Size; ++at) {
        const auto same = [&](int next) { return all[at + next].col == all[at].col; };
        const bool is_box =
            all[at].pos.x == all[at + 3].pos.x && all[at].pos.y == all[at + 1].pos.y &&
            all[at + 1].pos.x == all[at + 2].pos.x && all[at + 2].pos.y == all[at + 3].pos.y;
        if ((all[at].col & 0xFFFFFFU) != wanted || !same(1) || !same(2) || !same(3) || !is_box)
          continue;
        if (all[at].uv.x != all[at + 2].uv.x) continue;  // a letter
        result.push_back({all[at].pos, all[at + 2].pos, all[at].col >> 24U});
        at += 3;
      }
    }
    return result;
  }

  test::headless_ui ui;
  time_view view;
  std::array<std::uint32_t, bands> counts{};
  std::vector<heat_column> columns;
  std::vector<double> marks;
};

TEST_F(heat_maps, draw_a_cell_for_each_band_that_has_something_stronger_when_it_has_more) {
  const std::vector<cell> drawn = cells();
  ASSERT_EQ(drawn.size(), 120U);
  for (std::size_t at = 0; at < drawn.size(); at += 2) {
    EXPECT_GT(drawn[at].low.y, drawn[at + 1].high.y) << "longer is higher";
    EXPECT_GT(drawn[at].strength, drawn[at + 1].strength + 20);
    EXPECT_GE(drawn[at + 1].strength, 30U) << "little is to be seen too";
  }
}

TEST_F(heat_maps, draw_nothing_where_nothing_was_due) {
  static constexpr std::array<std::uint32_t, bands> none{};
  for (std::size_t at = 10; at < 20; ++at)
    columns[at].counts = none;
  EXPECT_EQ(cells().size(), 100U);
}

TEST_F(heat_maps, fold_what_is_below_the_scale_into_its_lowest_row) {
  counts.fill(0);
  for (std::size_t band = 0; band < 5; ++band)
    counts.at(band) = 10;
  const std::vector<cell> drawn = cells();
  ASSERT_EQ(drawn.size(), 60U);
  EXPECT_GT(drawn[0].strength, 150U) << "they are all there is";
}

TEST_F(heat_maps, hold_what_takes_longer_than_any_band) {
  counts.at(bands - 1) = 1;
  const std::vector<cell> drawn = cells();
  EXPECT_EQ(drawn.size(), 180U);
  for (const cell& each : drawn)
    EXPECT_GE(each.low.y, 40) << "within the plot";
}

TEST_F(heat_maps, say_what_is_under_the_mouse) {
  EXPECT_THAT(ui.read(content), Not(HasSubstr("observations")));
  ImGui::GetIO().MousePos = {400, 200};
  marks = {-27.5};
  for (heat_column& each : columns)
    each.p99 = 30e-3;
  ui.show(content);
  EXPECT_THAT(ui.read(content), AllOf(HasSubstr("p50 1.00 ms   p99 30.0 ms"),
                                      HasSubstr("1,000 observations"), HasSubstr(" s ago")));
  ui.show(content);
  counts.fill(0);
  EXPECT_THAT(ui.read(content), HasSubstr("nothing was due"));
}

TEST_F(heat_maps, mark_stalls) {
  const auto reds = [this] {
    ui.show(content);
    int count = 0;
    const ImDrawData& data = *ImGui::GetDrawData();
    for (int list = 0; list < data.CmdListsCount; ++list)
      for (const ImDrawVert& each : data.CmdLists[list]->VtxBuffer)
        count += (each.col & 0xFFFFFFU) == (colors::packed(colors::critical) & 0xFFFFFFU) ? 1 : 0;
    return count;
  };
  EXPECT_EQ(reds(), 0);
  marks = {-30};
  EXPECT_GT(reds(), 0);
  marks = {-90};
  EXPECT_EQ(reds(), 0) << "not in view";
}

TEST_F(heat_maps, can_be_empty) {
  columns.clear();
  EXPECT_TRUE(cells().empty());
}

}  // namespace
}  // namespace asioscope::viewer
