// SPDX-License-Identifier: BSL-1.0
#include "views/timeline.hpp"

#include "platform/colors.hpp"
#include "shell_fixture.hpp"
#include "widgets/slice_row.hpp"

#include "asioscope/model/causes.hpp"
#include "asioscope/model/units.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asioscope::viewer {
namespace {

using test::headless_ui;
using testing::HasSubstr;
using testing::Not;

constexpr int escape = 256;
constexpr std::int64_t ms = 1'000'000;

class timeline : public shell_fixture {
 protected:
  timeline() {
    shop.trace();
    pass(200);
    now.revision = 1;
  }

  const timeline_view& view() const { return window.timeline(); }
  const model::trace_store& trace() const { return state.current()->trace(); }

  void mouse(float x, float y) {
    ImGui::GetIO().MousePos = {x, y};
    ui.draw(content);
  }
  void press(int button, bool down) {
    ImGui::GetIO().MouseDown[button] = down;
    ui.draw(content);
  }

  // Where on the screen a moment is: the lanes fill the window but for the labels and the edges.
  float x_of(std::int64_t moment_ns) {
    const float label = timeline_lanes::label_width();
    const ImGuiStyle& style = ImGui::GetStyle();
    const float left = style.WindowPadding.x + label;
    const float right =
        ImGui::GetIO().DisplaySize.x - style.WindowPadding.x - style.ScrollbarSize - 2;
    return time_axis{left, right, view().range()}.x(moment_ns);
  }

  // Clicks the lanes from top to bottom at this moment until a slice of this site is chosen.
  bool click_at(std::int64_t moment_ns, std::uint32_t site) {
    for (float y = 160; y < 700; y += 4) {
      ui.click({x_of(moment_ns), y}, content);
      if (view().chosen() && view().chosen()->what.site == site) return true;
    }
    return false;
  }

  // Goes to where this run can be clicked, and clicks it.
  void choose(std::uint32_t thread, const model::slice& run) {
    ui.type("a", content);
    while (x_of(run.begin_ns) < 250 || x_of(run.begin_ns) > 1'500)
      ui.type(x_of(run.begin_ns) < 250 ? "a" : "d", content);
    while (view().range().span_ns > 20 * ms) {
      mouse(x_of(run.begin_ns + 1), 400);
      ImGui::GetIO().MouseWheel = 1;
      ui.draw(content);
    }
    ASSERT_TRUE(click_at(run.begin_ns + static_cast<std::int64_t>(run.duration_ns / 2), run.site));
    ASSERT_EQ(view().chosen()->what.begin_ns, run.begin_ns);
    ASSERT_EQ(view().chosen()->thread, thread);
  }

  // A run of the database in the middle of what is known, that the main loop posted.
  model::slice posted_run() {
    const model::slice_track& track = trace().lanes().at(2).depths[0];
    for (std::size_t index = track.size() / 2; index < track.size(); ++index) {
      const auto by = model::cause_of(trace(), track[index]);
      if (by && by->run && track[index].duration_ns > 800'000) return track[index];
    }
    ADD_FAILURE() << "the shop posts nothing";
    return {};
  }

  // Clicks what explains itself with these words. False when nothing does.
  bool click_what_says(std::string_view words, float top) {
    for (float y = top; y < 990; y += 7) {
      for (float x = 20; x < 1'580; x += 18) {
        mouse(x, y);
        if (ui.read(content).find(words) == std::string::npos) continue;
        ui.click({x, y}, content);
        return true;
      }
    }
    return false;
  }

  static bool is_drawn(ImVec2 at, ImVec4 color) {
    const ImDrawData& data = *ImGui::GetDrawData();
    const ImU32 packed = colors::packed(color);
    for (int list = 0; list < data.CmdListsCount; ++list)
      for (const ImDrawVert& vertex : data.CmdLists[list]->VtxBuffer)
        if (vertex.col == packed && std::hypot(vertex.pos.x - at.x, vertex.pos.y - at.y) < 1.5F)
          return true;
    return false;
  }

  headless_ui ui{1600, 1000};
};

TEST_F(timeline, asks_for_the_trace_when_it_is_opened_and_not_before) {
  bool asked = false;
  const auto look = [&] {
    now.program = state.current();
    asked = window.draw(now, false).trace;
  };
  ui.show(look);
  EXPECT_FALSE(asked);
  ui.type("2", look);
  EXPECT_EQ(window.current(), panel::timeline);
  EXPECT_TRUE(asked);
  ui.type("1", look);
  EXPECT_TRUE(asked) << "it goes on while something else is looked at";
}

TEST_F(timeline, does_not_ask_again_when_it_was_told_not_to_record) {
  ui.type("2", content);
  bool asked = true;
  const auto look = [&] {
    now.program = state.current();
    asked = window.draw(now, false).trace;
  };
  for (float x = 290; x < 330 && asked; x += 5)
    ui.click({x, 92}, look);
  ASSERT_FALSE(asked);
  ui.type("3", look);
  ui.click(headless_ui::row(0), look);
  for (float x = 40; x < 780 && window.current() != panel::timeline; x += 15)
    ui.click({x, 900}, look);
  ASSERT_EQ(window.current(), panel::timeline);
  EXPECT_FALSE(asked);
}

TEST_F(timeline, follows_and_stands_still) {
  ui.type("2", content);
  EXPECT_EQ(view().range().end_ns(), state.current()->time().monotonic_ns);
  pass(10);
  ui.show(content);
  EXPECT_EQ(view().range().end_ns(), state.current()->time().monotonic_ns);
  ui.type("a", content);
  const std::int64_t end = view().range().end_ns();
  EXPECT_LT(end, state.current()->time().monotonic_ns);
  pass(10);
  ui.show(content);
  EXPECT_EQ(view().range().end_ns(), end);
  ui.type("f", content);
  EXPECT_EQ(view().range().end_ns(), state.current()->time().monotonic_ns);
  expect_sound_picture();
}

TEST_F(timeline, zooms_by_wheel_and_keys) {
  ui.type("2", content);
  const std::int64_t usual = view().range().span_ns;
  ui.type("w", content);
  EXPECT_EQ(view().range().span_ns, usual / 2);
  ui.type("s", content);
  EXPECT_EQ(view().range().span_ns, usual);
  ui.type("a", content);  // no longer follows
  mouse(800, 400);
  const time_range before = view().range();
  ImGui::GetIO().MouseWheel = 1;
  ui.draw(content);
  EXPECT_LT(view().range().span_ns, before.span_ns);
  EXPECT_GT(view().range().begin_ns, before.begin_ns);
  EXPECT_LT(view().range().end_ns(), before.end_ns());
}

TEST_F(timeline, a_drag_with_the_right_button_moves) {
  ui.type("2", content);
  mouse(800, 400);
  press(1, true);
  const std::int64_t begin = view().range().begin_ns;
  mouse(900, 400);
  press(1, false);
  EXPECT_LT(view().range().begin_ns, begin);
  EXPECT_FALSE(view().range().follows);
  EXPECT_FALSE(view().measured());
}

TEST_F(timeline, a_drag_measures_and_says_what_ran) {
  ui.type("2", content);
  ui.type("a", content);
  mouse(600, 400);
  press(0, true);
  mouse(900, 400);
  press(0, false);
  ui.show(content);
  ASSERT_TRUE(view().measured());
  const auto [begin, end] = *view().measured();
  const double per_pixel = static_cast<double>(end - begin) / 300;
  EXPECT_NEAR(per_pixel, static_cast<double>(view().range().span_ns) / 1'370, per_pixel / 10);
  const model::range_summary expected = model::summary_of(trace(), begin, end);
  EXPECT_GT(expected.runs, 100U);
  EXPECT_EQ(view().summary().runs, expected.runs);
  EXPECT_EQ(view().summary().busy_ns, expected.busy_ns);
  expect_sound_picture();
  ui.press(escape, false, content);
  EXPECT_FALSE(view().measured());
  EXPECT_EQ(window.current(), panel::timeline);
  ui.press(escape, false, content);
  EXPECT_EQ(window.current(), panel::overview);
}

TEST_F(timeline, what_is_to_come_is_not_measured) {
  ui.type("2", content);
  const std::int64_t latest = state.current()->time().monotonic_ns;
  for (int i = 0; i < 4; ++i)
    ui.type("d", content);  // half of it is to come
  const auto drag = [&](float from, float to) {
    mouse(from, 400);
    press(0, true);
    mouse(to, 400);
    press(0, false);
    ui.show(content);
  };
  ASSERT_LT(x_of(latest), 1'100);
  drag(x_of(latest) - 200, x_of(latest) + 300);
  ASSERT_TRUE(view().measured());
  EXPECT_EQ(view().measured()->end_ns, latest);
  EXPECT_LT(view().measured()->begin_ns, latest);
  drag(x_of(latest) + 100, x_of(latest) + 300);
  EXPECT_FALSE(view().measured());
}

TEST_F(timeline, a_click_chooses_a_run_and_says_what_delayed_it) {
  ui.type("2", content);
  // The run of the database that waited longest.
  const model::slice_track& track = trace().lanes().at(2).depths[0];
  std::size_t chosen = track.size() / 2;
  for (std::size_t index = chosen; index < track.size(); ++index)
    if (track[index].delay_ns > track[chosen].delay_ns) chosen = index;
  const model::slice late = track[chosen];
  choose(2, late);
  const model::range_summary expected = model::delayers_of(trace(), 2, late);
  EXPECT_EQ(view().summary().runs, expected.runs);
  EXPECT_EQ(view().summary().busy_ns, expected.busy_ns);
  expect_sound_picture();
  ui.press(escape, false, content);
  EXPECT_FALSE(view().chosen());
}

TEST_F(timeline, an_arrow_leads_from_who_posted_it_to_the_chosen_run) {
  ui.type("2", content);
  const model::slice run = posted_run();
  EXPECT_TRUE(view().lanes().arrows().empty()) << "of all runs they would hide everything";
  choose(2, run);
  const model::cause by = *model::cause_of(trace(), run);
  const auto is_of_the_cause = [&](const cause_arrow& each) {
    return std::abs(each.from.x - x_of(by.created_ns)) < 1 &&
           std::abs(each.to.x - x_of(run.begin_ns)) < 1;
  };
  const std::vector<cause_arrow> arrows = view().lanes().arrows();
  ASSERT_EQ(std::ranges::count_if(arrows, is_of_the_cause), 1);
  const cause_arrow arrow = *std::ranges::find_if(arrows, is_of_the_cause);
  EXPECT_LT(arrow.from.y, arrow.to.y) << "from the first thread down to the second";
  ui.show(content);
  EXPECT_TRUE(is_drawn(arrow.to, colors::faded(colors::strong, 0.95F)));
  EXPECT_FALSE(is_drawn({arrow.to.x, arrow.to.y + 40}, colors::faded(colors::strong, 0.95F)));
  expect_sound_picture();
  const std::string said = ui.read(content);
  EXPECT_THAT(said, HasSubstr("Posted by"));
  EXPECT_THAT(
      said,
      HasSubstr("on shop (4711), " +
                model::duration_text_ns(static_cast<std::uint64_t>(run.begin_ns - by.created_ns)) +
                " before it began"));
  ui.press(escape, false, content);
  EXPECT_TRUE(view().lanes().arrows().empty());
}

TEST_F(timeline, who_posted_it_and_what_it_posted_can_be_gone_to) {
  ui.type("2", content);
  const model::slice run = posted_run();
  choose(2, run);
  const model::cause by = *model::cause_of(trace(), run);
  ASSERT_TRUE(click_what_says("Click to go there", 600));
  ASSERT_TRUE(view().chosen());
  EXPECT_EQ(view().chosen()->what.begin_ns, by.run->begin_ns);
  EXPECT_EQ(view().chosen()->thread, 1U);
  EXPECT_LE(view().range().begin_ns, by.run->begin_ns);
  EXPECT_GE(view().range().end_ns(), by.run->end_ns());
  // There it is among what that one started.
  const model::effects started = view().causes().effects();
  EXPECT_TRUE(std::ranges::any_of(started.first, [&](const model::effect& each) {
    return each.run && each.run->what.begin_ns == run.begin_ns;
  }));
  EXPECT_THAT(ui.read(content),
              HasSubstr("Started " + model::plural(started.count, "operation", "operations")));
  EXPECT_GE(view().lanes().arrows().size(), started.first.size());
  ASSERT_TRUE(click_what_says("after that", 600));
  EXPECT_EQ(view().chosen()->what, started.first.front().run->what);
}

TEST_F(timeline, the_run_under_the_mouse_has_arrows_too) {
  ui.type("2", content);
  const model::slice run = posted_run();
  choose(2, run);
  const float x = x_of(run.begin_ns) + 3;
  const float y = view().lanes().arrows().back().to.y;
  ui.press(escape, false, content);
  ASSERT_TRUE(view().lanes().arrows().empty());
  mouse(x, y);
  EXPECT_FALSE(view().lanes().arrows().empty());
  EXPECT_THAT(ui.read(content), HasSubstr("posted by"));
  mouse(x, 20);
  EXPECT_TRUE(view().lanes().arrows().empty());
}

TEST_F(timeline, of_what_is_not_known_nothing_is_drawn_and_that_is_said) {
  ui.type("2", content);
  // What was ready before the first event.
  const model::slice first = trace().lanes().at(1).depths[0].front();
  ASSERT_FALSE(model::cause_of(trace(), first));
  choose(1, first);
  EXPECT_THAT(ui.read(content), HasSubstr("Who posted it is not in the trace"));
  EXPECT_THAT(ui.read(content), Not(HasSubstr("Posted by")));
}

TEST_F(timeline, shows_the_tasks_of_the_stretch_when_they_are_few_enough) {
  ui.type("2", content);
  const model::task_lanes& tasks = view().lanes().tasks();
  EXPECT_FALSE(tasks.is_too_much);
  EXPECT_GT(tasks.lanes.size(), 10U);
  EXPECT_LE(tasks.lanes.size(), tasks.tasks);
  pass(9'000);
  for (int i = 0; i < 12; ++i)
    ui.type("s", content);
  EXPECT_TRUE(view().lanes().tasks().is_too_much);
  expect_sound_picture();
}

TEST_F(timeline, draws_no_more_than_the_pixels_ask_for) {
  ui.type("2", content);
  pass(3'000);
  for (int zoom = 0; zoom < 4; ++zoom) {
    ui.show(content);
    // Of two threads: who waits, runs, scopes, messages.
    const auto lanes = static_cast<int>(2 * 4 + view().lanes().tasks().lanes.size());
    EXPECT_LT(ImGui::GetDrawData()->TotalVtxCount, 4 * 1'600 * lanes) << zoom;
    for (int i = 0; i < 2; ++i)
      ui.type("s", content);
  }
}

TEST_F(timeline, a_gap_and_a_stall_that_goes_on_are_shown) {
  ui.type("2", content);
  ui.show(content);
  const auto picture = [&] {
    ui.show(content);
    return ImGui::GetDrawData()->TotalVtxCount;
  };
  schema::frame news;
  news.time = state.current()->time();
  news.tracing = true;
  // One that is long over: the head says how many were lost, the lane has nothing to show.
  news.gaps = {{1, 500, 1, 2}};
  ASSERT_EQ(state.fold(news), "");
  const int before = picture();
  news.gaps = {{1, 5, news.time.monotonic_ns - 2'000 * ms, news.time.monotonic_ns - 1'000 * ms}};
  ASSERT_EQ(state.fold(news), "");
  const int with_gap = picture();
  EXPECT_GT(with_gap, before);
  news.gaps.clear();
  schema::report report;
  report.id = 900'000;
  report.kind = schema::report_kind::stall;
  report.thread = 1;
  report.time_ns = news.time.monotonic_ns - 500 * ms;
  report.ongoing = true;
  report.culprit = "shop::sick::busy_wait";
  report.thread = 99;  // one without a lane: the banner is all there is
  news.reports = {report};
  ASSERT_EQ(state.fold(news), "");
  const int with_banner = picture();
  news.reports[0].thread = 1;
  ASSERT_EQ(state.fold(news), "");
  EXPECT_GT(picture(), with_banner);
}

TEST_F(timeline, a_stall_leads_to_its_moment) {
  pass(400);
  ui.type("5", content);
  bool found = false;
  for (float y = 60; y < 600 && !found; y += 6) {
    for (float x = 500; x < 1'500 && !found; x += 40) {
      ui.click({x, y}, content);
      found = window.current() == panel::timeline;
      if (!found && window.current() != panel::stalls) ui.type("5", content);
    }
  }
  ASSERT_TRUE(found);
  EXPECT_FALSE(view().range().follows);
  const auto& reports = state.current()->reports().by_id();
  EXPECT_TRUE(std::ranges::any_of(reports, [&](const auto& each) {
    return each.second.time_ns >= view().range().begin_ns &&
           each.second.time_ns <= view().range().end_ns();
  }));
}

TEST_F(timeline, a_click_on_a_bar_of_a_histogram_leads_to_such_a_run) {
  ui.type("3", content);
  ui.click(headless_ui::row(0), content);
  const model::program::key key = window.handlers().table().selected;
  bool found = false;
  for (float x = 40; x < 780 && !found; x += 15) {
    ui.click({x, 900}, content);
    found = window.current() == panel::timeline;
  }
  ASSERT_TRUE(found);
  ASSERT_TRUE(view().chosen());
  EXPECT_EQ(view().chosen()->what.site, key.second);
  EXPECT_EQ(view().chosen()->what.loop, key.first);
  EXPECT_GE(view().chosen()->what.begin_ns, view().range().begin_ns);
  EXPECT_LE(view().chosen()->what.end_ns(), view().range().end_ns());
}

TEST_F(timeline, a_filter_takes_the_colour_from_what_does_not_match) {
  ui.type("2", content);
  ui.type("a", content);
  for (int i = 0; i < 7; ++i)
    ui.type("w", content);
  const auto faded = [] {
    int count = 0;
    const ImDrawData& data = *ImGui::GetDrawData();
    for (int list = 0; list < data.CmdListsCount; ++list)
      for (const ImDrawVert& vertex : data.CmdLists[list]->VtxBuffer)
        count += (vertex.col >> IM_COL32_A_SHIFT) == 51 ? 1 : 0;  // a fifth
    return count;
  };
  EXPECT_EQ(faded(), 0);
  ui.press(70, true, content);
  ui.type("query", content);
  EXPECT_GT(faded(), 0);
}

slice_look plain_look() {
  return {.color = [](const model::slice&) { return ImVec4(); },
          .edge = [](const model::slice&) { return ImVec4(); },
          .label = [](const model::slice&) { return std::string(); },
          .folded = {1, 1, 1, 1}};
}

TEST(draw_slices, folds_what_is_smaller_than_a_pixel_and_loses_nothing) {
  headless_ui ui(800, 600);
  model::slice_track track;
  constexpr int count = 300'000;
  for (int index = 0; index < count; ++index) {
    model::slice each;
    each.begin_ns = index * 10;
    each.duration_ns = 5;
    track.push(each);
  }
  // Few to a pixel, many, very many: whole blocks of them.
  for (const std::int64_t span : {3'000LL * 10, 60'000LL * 10, 1LL * count * 10}) {
    const time_axis axis{0, 100, {.begin_ns = 350, .span_ns = span, .follows = false}};
    const slice_look look = plain_look();
    const auto per_pixel = static_cast<double>(span) / 10 / 100;
    ui.draw([&] {
      for (float x = 0; x < 90; x += 10) {
        const slice_hit hit =
            draw_slices(*ImGui::GetForegroundDrawList(), axis, 0, 10, track, look, {x + 0.5F, 5});
        const auto folded = static_cast<double>(hit.folded);
        // A block more or less, where there are many.
        EXPECT_NEAR(folded, per_pixel, std::max(2.0, per_pixel / 10)) << span;
        EXPECT_EQ(hit.folded_ns, hit.folded * 5);
      }
    });
  }
}

TEST(draw_slices, what_is_in_the_pixel_of_the_mouse_goes_before_its_neighbours) {
  headless_ui ui(800, 600);
  // A hundred nanoseconds to a pixel: small ones in each of the first eight, none in 8 to 11, a
  // wide one from 12 to 19, a small one in 20.
  model::slice_track track;
  const auto add = [&](std::int64_t begin, std::uint64_t duration) {
    model::slice each;
    each.begin_ns = begin;
    each.duration_ns = duration;
    track.push(each);
  };
  for (std::int64_t pixel = 0; pixel < 8; ++pixel)
    add(pixel * 100 + 20, 60);
  add(1'200, 800);
  add(2'020, 60);
  const time_axis axis{0, 100, {.begin_ns = 0, .span_ns = 10'000, .follows = false}};
  const auto hit_at = [&](float x) -> std::int64_t {
    slice_hit hit;
    ui.draw([&] {
      hit = draw_slices(*ImGui::GetForegroundDrawList(), axis, 0, 10, track, plain_look(), {x, 5});
    });
    return hit.one == nullptr ? -1 : hit.one->begin_ns;
  };
  for (std::int64_t pixel = 0; pixel < 8; ++pixel) {
    for (const float within : {0.0F, 0.4F, 0.6F, 0.95F}) {
      EXPECT_EQ(hit_at(static_cast<float>(pixel) + within), pixel * 100 + 20) << within;
    }
  }
  EXPECT_EQ(hit_at(8.5F), 720) << "next to one";
  EXPECT_EQ(hit_at(9.5F), -1);
  EXPECT_EQ(hit_at(11.5F), -1) << "a wide one is met in itself only";
  EXPECT_EQ(hit_at(12.5F), 1'200);
  EXPECT_EQ(hit_at(19.9F), 1'200);
  EXPECT_EQ(hit_at(20.0F), 2'020);
  EXPECT_EQ(hit_at(21.9F), 2'020);
}

TEST(name_in, keeps_what_tells_most) {
  headless_ui ui(800, 600);
  ui.draw([] {
    const std::string name = "shop::session::read_request";
    EXPECT_EQ(name_in(name, 1'000), name);
    EXPECT_EQ(name_in(name, 135), "session::read_request");
    EXPECT_EQ(name_in(name, 100), "read_request");
    EXPECT_EQ(name_in(name, 50).substr(0, 4), "read");
    EXPECT_EQ(name_in(name, 10), "");
    EXPECT_EQ(name_in("make<shop::order>", 60).substr(0, 4), "make");
  });
}

}  // namespace
}  // namespace asioscope::viewer
