// SPDX-License-Identifier: BSL-1.0
#include "views/stall_waiters.hpp"

#include "events.hpp"
#include "headless_ui.hpp"
#include "messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace asioscope::viewer {
namespace {

using test::headless_ui;
using test::late_run_event;
using test::ms;
using test::second;
using testing::HasSubstr;
using testing::Not;

// A loop that is blocked from 10 s for 400 ms.
class waiting : public testing::Test {
 protected:
  waiting() {
    schema::frame first = test::snapshot_at(9 * second);
    first.loops = {test::named_loop(1, "main")};
    first.sites = {test::named_site(1, "block"), test::named_site(5, "answer"),
                   test::named_site(6, "sweep")};
    program.fold(first);
  }

  void pass(std::int64_t now_ns, std::uint64_t pending, std::vector<schema::event> events = {}) {
    schema::frame frame = test::frame_at(now_ns);
    frame.tracing = true;
    schema::loop_statistics& loop = frame.loop_stats.emplace_back();
    loop.loop = 1;
    loop.threads = 1;
    loop.pending = pending;
    if (!events.empty()) frame.events = {{.thread = 1, .events = std::move(events)}};
    program.fold(frame);
  }

  static schema::event blocking() {
    return late_run_event(1, 1, 10 * second, static_cast<std::uint64_t>(400 * ms), 50'000);
  }

  std::string said(bool ongoing = false) {
    const auto draw_it = draw(ongoing);
    ui.show(draw_it);
    return ui.read(draw_it);
  }
  std::function<void()> draw(bool ongoing) {
    return [this, ongoing] {
      ImGui::SetNextWindowPos({0, 0});
      ImGui::SetNextWindowSize({800, 500});
      ImGui::Begin("report");
      view.draw(program,
                test::stall_report(1, 10 * second, static_cast<std::uint64_t>(400 * ms), ongoing),
                where);
      ImGui::End();
    };
  }

  model::program program{test::greeting()};
  headless_ui ui{800, 500};
  stall_waiters view;
  navigation where;
};

TEST_F(waiting, those_who_waited_are_listed_by_handler) {
  pass(11 * second, 0,
       {test::run_event(9 * second, 10), blocking(),
        late_run_event(1, 5, 10'400 * ms, 1'000, static_cast<std::uint64_t>(300 * ms)),
        late_run_event(1, 5, 10'401 * ms, 1'000, static_cast<std::uint64_t>(101 * ms)),
        late_run_event(1, 6, 10'402 * ms, 1'000, static_cast<std::uint64_t>(52 * ms)),
        late_run_event(1, 6, 10'900 * ms, 1'000, 20)});
  const std::string text = said();
  EXPECT_THAT(text, HasSubstr("3 handlers waited on this thread or loop, together 450 ms:"));
  EXPECT_THAT(text, Not(HasSubstr("at least")));
  EXPECT_THAT(text, Not(HasSubstr("since when they were ready")));
  EXPECT_THAT(text, HasSubstr("| answer | 2 | 400 ms |"));
  EXPECT_THAT(text, HasSubstr("| sweep | 1 | 50.0 ms |"));
  // A click leads to the one that waited longest.
  for (float y = 40; y < 120 && !where.run_to_show; y += 5)
    ui.click({100, y}, draw(false));
  ASSERT_TRUE(where.run_to_show);
  EXPECT_EQ(where.current, panel::timeline);
  EXPECT_EQ(where.run_to_show->what.begin_ns, 10'400 * ms);
}

TEST_F(waiting, nobody_is_listed_when_nobody_waited) {
  pass(11 * second, 0,
       {test::run_event(9 * second, 10), blocking(), late_run_event(1, 6, 10'900 * ms, 1'000, 20)});
  EXPECT_THAT(said(), HasSubstr("nothing that was queued for this thread or loop waited"));
  EXPECT_THAT(said(), Not(HasSubstr("answer")));
}

TEST_F(waiting, what_the_reactor_had_for_others_is_told_apart) {
  pass(11 * second, 0,
       {test::created_event(9'500 * ms, 7), test::run_event(9 * second, ms), blocking(),
        test::with_operation(late_run_event(1, 5, 10'401 * ms, 1'000, 900'000), 7)});
  const std::string text = said();
  EXPECT_THAT(text, HasSubstr("nothing that was queued"));
  EXPECT_THAT(text,
              HasSubstr("asked again, 100 µs after it, it returned 1 operation begun before"));
}

TEST_F(waiting, when_not_all_is_known_that_is_said) {
  pass(11 * second, 0,
       {test::run_event(9 * second, 10), blocking(),
        late_run_event(1, 5, 10'400 * ms, 1'000, static_cast<std::uint64_t>(300 * ms))});
  schema::frame lost = test::frame_at(11 * second);
  lost.tracing = true;
  lost.gaps = {{2, 7, 10'100 * ms, 10'200 * ms}};
  program.fold(lost);
  stall_waiters anew;
  view = anew;
  EXPECT_THAT(said(), HasSubstr("at least 1 handler waited"));
}

TEST_F(waiting, without_a_trace_it_says_how_many_and_how_to_learn_who) {
  for (const auto& [at_ms, pending] :
       {std::pair{9'500, 3}, {9'900, 5}, {10'200, 170}, {10'399, 90}, {10'800, 400}})
    pass(at_ms * ms, static_cast<std::uint64_t>(pending));
  const std::string text = said();
  EXPECT_THAT(text, HasSubstr("Up to 170 handlers waited meanwhile on loop main."));
  EXPECT_THAT(text, HasSubstr("Once the timeline has been opened"));
  EXPECT_THAT(said(true), HasSubstr("400 handlers wait on loop main now."));
  // The trace began later.
  pass(12 * second, 0, {late_run_event(1, 5, 11 * second, 1'000, 20)});
  EXPECT_THAT(said(), HasSubstr("The trace does not hold that time"));
  EXPECT_THAT(said(true), HasSubstr("known when they have run"));
}

TEST_F(waiting, of_a_stall_that_has_just_ended_more_may_come) {
  pass(10'450 * ms, 0, {test::run_event(9 * second, 10), blocking()});
  EXPECT_THAT(said(), HasSubstr("nothing that was queued"));
  pass(10'500 * ms, 0,
       {late_run_event(1, 5, 10'450 * ms, 1'000, static_cast<std::uint64_t>(300 * ms))});
  EXPECT_THAT(said(), HasSubstr("1 handler waited"));
}

}  // namespace
}  // namespace asioscope::viewer
