// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/causes.hpp"

#include "events.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

namespace asioscope::model {
namespace {

using test::created_event;
using test::run_event;
using test::with_operation;

constexpr std::size_t plenty = 1'000'000;

schema::event run_of(std::uint32_t operation, std::int64_t begin, std::uint64_t duration) {
  return with_operation(run_event(begin, duration), operation);
}

const slice& run_beginning(const trace_store& trace, std::uint32_t thread, std::int64_t begin) {
  for (const slice_track& track : trace.lanes().at(thread).depths)
    for (std::size_t index = 0; index < track.size(); ++index)
      if (track[index].begin_ns == begin) return track[index];
  throw std::logic_error("no such run");
}

// When the cause of the run was created, and when that which created it began; 0: unknown.
std::pair<std::int64_t, std::int64_t> cause_at(const trace_store& trace, std::uint32_t thread,
                                               std::int64_t begin) {
  const auto found = cause_of(trace, run_beginning(trace, thread, begin));
  if (!found) return {0, 0};
  return {found->created_ns, found->run ? found->run->begin_ns : 0};
}

// Thread 1 runs from 100 to 200 and posts to itself and to thread 2; all these use operation 7.
trace_store short_story() {
  trace_store trace(plenty);
  trace.fold(schema::event_batch{1,
                                 {created_event(110, 5), created_event(150, 7), run_of(9, 100, 100),
                                  run_of(5, 200, 50), created_event(310, 7), run_of(7, 300, 20)}});
  trace.fold(schema::event_batch{2, {run_of(7, 160, 30), run_of(7, 400, 10)}});
  return trace;
}
using origin = std::pair<std::int64_t, std::int64_t>;

TEST(cause_of, is_the_run_in_which_its_operation_was_created) {
  const trace_store trace = short_story();
  EXPECT_EQ(cause_at(trace, 1, 200), origin(110, 100)) << "posted to itself, runs at once";
  EXPECT_EQ(cause_at(trace, 2, 160), origin(150, 100)) << "on another thread";
  EXPECT_EQ(cause_at(trace, 2, 400), origin(310, 300)) << "the same number, used again";
  EXPECT_EQ(cause_of(trace, run_beginning(trace, 2, 400))->thread, 1U);
  EXPECT_EQ(cause_at(trace, 1, 100), origin(0, 0)) << "created before the trace began";
}

TEST(cause_of, one_creation_is_of_one_run) {
  // 300 was created while nobody listened: what is known of operation 7 has run already.
  EXPECT_EQ(cause_at(short_story(), 1, 300), origin(0, 0));
}

TEST(cause_of, a_run_that_posts_itself_again_and_again) {
  trace_store trace(plenty);
  std::vector<schema::event> events = {created_event(50, 7)};
  for (std::int64_t begin = 100; begin < 5'000; begin += 100) {
    events.push_back(created_event(begin + 10, 7));
    events.push_back(run_of(7, begin, 20));
  }
  trace.fold(schema::event_batch{1, events});
  EXPECT_EQ(cause_at(trace, 1, 100), origin(50, 0)) << "by nothing that ran";
  for (std::int64_t begin = 200; begin < 5'000; begin += 100)
    EXPECT_EQ(cause_at(trace, 1, begin), origin(begin - 90, begin - 100));
}

TEST(cause_of, a_run_within_a_run_is_nearer) {
  trace_store trace(plenty);
  trace.fold(schema::event_batch{
      1,
      {created_event(110, 1), created_event(130, 2), run_of(8, 120, 40), created_event(170, 3),
       run_of(9, 100, 100), run_of(1, 300, 5), run_of(2, 310, 5), run_of(3, 320, 5)}});
  EXPECT_EQ(cause_at(trace, 1, 300), origin(110, 100));
  EXPECT_EQ(cause_at(trace, 1, 310), origin(130, 120));
  EXPECT_EQ(cause_at(trace, 1, 320), origin(170, 100));
  const auto count = [&](std::int64_t begin) {
    return effects_of(trace, 1, run_beginning(trace, 1, begin), 10).count;
  };
  EXPECT_EQ(count(100), 2U);
  EXPECT_EQ(count(120), 1U);
}

TEST(cause_of, is_unknown_across_a_gap_on_any_thread) {
  trace_store trace = short_story();
  EXPECT_EQ(cause_at(trace, 2, 400), origin(310, 300));
  trace.fold(schema::gap{3, 4, 330, 340});
  EXPECT_EQ(cause_at(trace, 2, 400), origin(0, 0));
  EXPECT_EQ(cause_at(trace, 2, 160), origin(150, 100)) << "the gap came later";
  EXPECT_EQ(cause_at(trace, 1, 200), origin(110, 100));
}

TEST(cause_of, is_unknown_across_a_time_in_which_nothing_was_told) {
  trace_store trace(plenty);
  trace.interrupt();  // before anything: nothing is missing
  trace.fold(
      schema::event_batch{1, {created_event(100, 7), created_event(101, 8), run_of(8, 110, 5)}});
  trace.interrupt();
  trace.fold(schema::event_batch{
      1,
      {run_of(3, 90, 1'000), created_event(1'100, 9), run_of(7, 1'200, 5), run_of(9, 1'300, 5)}});
  EXPECT_EQ(cause_at(trace, 1, 1'200), origin(0, 0));
  EXPECT_EQ(cause_at(trace, 1, 1'300), origin(1'100, 0));
  EXPECT_EQ(cause_of(trace, run_beginning(trace, 1, 110))->created_ns, 101) << "all of it before";
}

TEST(cause_of, is_unknown_when_what_lies_between_was_forgotten) {
  constexpr std::size_t most = 4 * slice_track::chunk_size;
  trace_store trace(most);
  trace.fold(schema::event_batch{1, {created_event(10, 7)}});
  const auto last = static_cast<std::int64_t>(most * 10);
  for (std::int64_t begin = 100; begin < last; begin += 10)
    trace.fold(schema::event_batch{2, {run_of(5, begin, 5)}});
  trace.fold(schema::event_batch{1, {run_of(7, last, 5)}});
  EXPECT_EQ(cause_at(trace, 1, last), origin(10, 0));
  for (std::int64_t begin = last; begin < last + 20'000; begin += 10)
    trace.fold(schema::event_batch{2, {run_of(5, begin, 5)}});
  ASSERT_FALSE(trace.is_whole(10, last));
  EXPECT_EQ(cause_at(trace, 1, last), origin(0, 0));
}

TEST(cause_of, nothing_is_known_of_what_was_not_recorded) {
  trace_store trace(plenty);
  trace.fold(schema::event_batch{
      1, {created_event(100, 0), created_event(110, 7), run_of(0, 200, 10), run_of(6, 300, 10)}});
  EXPECT_EQ(cause_at(trace, 1, 200), origin(0, 0)) << "an instrumented executor gives no number";
  EXPECT_EQ(cause_at(trace, 1, 300), origin(0, 0));
  EXPECT_EQ(trace.refused(), 1U);
  slice scope = run_beginning(trace, 1, 300);
  scope.kind = schema::event_kind::span;
  scope.operation = 7;
  EXPECT_FALSE(cause_of(trace, scope));
}

TEST(cause_of, gives_up_rather_than_look_for_long) {
  trace_store trace(plenty);
  std::vector<schema::event> events = {created_event(10, 7)};
  for (std::int64_t at = 20; at < 20'000; at += 2)
    events.push_back(created_event(at, 8));
  events.push_back(run_of(7, 30'000, 5));
  trace.fold(schema::event_batch{1, events});
  const slice& run = run_beginning(trace, 1, 30'000);
  EXPECT_TRUE(cause_of(trace, run));
  EXPECT_FALSE(cause_of(trace, run, 5'000));
}

TEST(effects_of, are_listed_in_the_order_of_their_creation) {
  const trace_store trace = short_story();
  const effects found = effects_of(trace, 1, run_beginning(trace, 1, 100), 10);
  EXPECT_EQ(found.count, 2U);
  EXPECT_FALSE(found.is_part);
  ASSERT_EQ(found.first.size(), 2U);
  EXPECT_EQ(found.first[0].created_ns, 110);
  ASSERT_TRUE(found.first[0].run);
  EXPECT_EQ(found.first[0].run->thread, 1U);
  EXPECT_EQ(found.first[0].run->what.begin_ns, 200);
  ASSERT_TRUE(found.first[1].run);
  EXPECT_EQ(found.first[1].run->thread, 2U);
  EXPECT_EQ(found.first[1].run->what.begin_ns, 160);
  EXPECT_EQ(effects_of(trace, 1, run_beginning(trace, 1, 100), 1).first.size(), 1U);
  EXPECT_EQ(effects_of(trace, 1, run_beginning(trace, 1, 100), 1).count, 2U);
  EXPECT_EQ(effects_of(trace, 2, run_beginning(trace, 2, 160), 9).count, 0U);
  EXPECT_EQ(effects_of(trace, 77, run_beginning(trace, 2, 160), 9).count, 0U);
}

TEST(effects_of, what_has_not_run_is_counted_and_said_to_be_unknown) {
  trace_store trace(plenty);
  trace.fold(schema::event_batch{1,
                                 {created_event(110, 7), created_event(120, 8), run_of(9, 100, 100),
                                  created_event(210, 7), run_of(3, 200, 50), run_of(7, 300, 5)}});
  const effects found = effects_of(trace, 1, run_beginning(trace, 1, 100), 10);
  ASSERT_EQ(found.first.size(), 2U);
  EXPECT_FALSE(found.first[0].run) << "its number is used again, so it ended without running";
  EXPECT_FALSE(found.first[1].run);
  EXPECT_EQ(effects_of(trace, 1, run_beginning(trace, 1, 200), 10).first[0].run->what.begin_ns,
            300);
}

TEST(effects_of, are_at_least_so_many_when_something_was_lost_meanwhile) {
  trace_store trace = short_story();
  trace.fold(schema::gap{2, 4, 170, 180});
  const effects found = effects_of(trace, 1, run_beginning(trace, 1, 100), 10);
  EXPECT_EQ(found.count, 2U);
  EXPECT_TRUE(found.is_part);
  EXPECT_FALSE(effects_of(trace, 1, run_beginning(trace, 1, 300), 10).is_part);
}

TEST(effects_of, say_when_there_were_too_many) {
  trace_store trace(plenty);
  std::vector<schema::event> events;
  for (std::uint32_t operation = 1; operation <= 1'000; ++operation)
    events.push_back(created_event(100 + operation, operation));
  events.push_back(run_of(5'000, 100, 2'000));
  trace.fold(schema::event_batch{1, events});
  const effects found = effects_of(trace, 1, run_beginning(trace, 1, 100), 10, 300);
  EXPECT_TRUE(found.is_part);
  EXPECT_LE(found.count, 300U);
  EXPECT_EQ(effects_of(trace, 1, run_beginning(trace, 1, 100), 10).count, 1'000U);
}

// A program of some threads that post at random, told as it would be: by thread, in portions, some
// of it lost. Whatever is said must be what happened.
class random_program {
 public:
  struct made {
    std::uint32_t thread;
    std::int64_t created_ns;
  };
  struct run {
    std::uint32_t thread;
    std::int64_t begin_ns;
    std::optional<made> by;
  };

  explicit random_program(unsigned seed) : random_(seed) {}

  void go_on(int steps) {
    for (int step = 0; step < steps; ++step) {
      const std::uint32_t thread = number(threads);
      now_ns_ += 10 + number(50);
      const std::int64_t begin = now_ns_;
      std::uint32_t operation = 0;
      std::optional<made> by;
      if (!queue_.empty() && number(10) != 0) {
        const auto which = queue_.begin() + number(static_cast<std::uint32_t>(queue_.size()));
        operation = which->first;
        by = which->second;
        queue_.erase(which);
        free_.push_back(operation);  // before the handler runs, as Asio does it
      }
      const std::uint32_t posts = number(4) == 0 ? number(6) : number(2);
      for (std::uint32_t post = 0; post < posts; ++post) {
        now_ns_ += 1 + number(10);
        if (free_.empty()) free_.push_back(++numbers_);
        // The one that was freed last is taken first, as a rule.
        if (number(4) == 0)
          std::swap(free_[number(static_cast<std::uint32_t>(free_.size()))], free_.back());
        const std::uint32_t used = free_.back();
        free_.pop_back();
        queue_.emplace_back(used, made{thread, now_ns_});
        said_[thread].push_back(created_event(now_ns_, used));
      }
      now_ns_ += 1 + number(20);
      if (operation == 0) continue;  // a foreign thread posted
      said_[thread].push_back(
          run_of(operation, begin, static_cast<std::uint64_t>(now_ns_ - begin)));
      runs_.push_back({thread, begin, by});
    }
  }

  void tell(trace_store& trace, bool loses) {
    for (auto& [thread, events] : said_) {
      if (loses && events.size() > 4 && number(3) == 0) {
        const std::size_t lost = 1 + number(3);
        const std::int64_t from = told_ns_[thread];
        events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(lost));
        trace.fold(schema::gap{thread, lost, from, events.front().time_ns});
      }
      if (events.empty()) continue;
      told_ns_[thread] = events.back().time_ns;
      trace.fold(schema::event_batch{thread, events});
      events.clear();
    }
  }

  [[nodiscard]] const std::vector<run>& runs() const { return runs_; }

 private:
  static constexpr std::uint32_t threads = 4;

  std::uint32_t number(std::uint32_t below) {
    return static_cast<std::uint32_t>(random_()) % below;
  }

  std::mt19937 random_;
  std::int64_t now_ns_ = 1'000;
  std::uint32_t numbers_ = 0;
  std::vector<std::uint32_t> free_;
  std::vector<std::pair<std::uint32_t, made>> queue_;
  std::map<std::uint32_t, std::vector<schema::event>> said_;
  std::map<std::uint32_t, std::int64_t> told_ns_;
  std::vector<run> runs_;
};

struct score {
  std::size_t said = 0;
  std::size_t unsaid = 0;
};

// Compares all that is said with what happened.
score compare(const trace_store& trace, const random_program& program) {
  score result;
  std::map<std::pair<std::uint32_t, std::int64_t>, std::optional<random_program::made>> truth;
  for (const random_program::run& each : program.runs())
    truth[{each.thread, each.begin_ns}] = each.by;
  std::set<std::pair<std::int64_t, std::int64_t>> by_cause;  // created, begin
  for (const auto& [thread, lane] : trace.lanes()) {
    if (!lane.has_runs()) continue;
    const slice_track& track = lane.depths[0];
    for (std::size_t index = 0; index < track.size(); ++index) {
      const auto& by = truth.at({thread, track[index].begin_ns});
      const auto found = cause_of(trace, track[index]);
      ++(found ? result.said : result.unsaid);
      if (!found) continue;
      by_cause.insert({found->created_ns, track[index].begin_ns});
      EXPECT_TRUE(by);
      EXPECT_EQ(found->created_ns, by->created_ns);
      EXPECT_EQ(found->thread, by->thread);
      if (found->run) {
        EXPECT_LE(found->run->begin_ns, found->created_ns);
        EXPECT_GT(found->run->end_ns(), found->created_ns);
      }
    }
  }
  // The other way round it is the same.
  for (const auto& [thread, lane] : trace.lanes()) {
    if (!lane.has_runs()) continue;
    for (std::size_t index = 0; index < lane.depths[0].size(); ++index) {
      for (const effect& each : effects_of(trace, thread, lane.depths[0][index], 100).first) {
        if (!each.run) continue;
        EXPECT_TRUE(by_cause.contains({each.created_ns, each.run->what.begin_ns}));
        by_cause.erase({each.created_ns, each.run->what.begin_ns});
      }
    }
  }
  for (const auto& [created_ns, begin_ns] : by_cause) {
    const auto found = std::ranges::find(program.runs(), begin_ns, &random_program::run::begin_ns);
    const auto by = cause_of(trace, run_beginning(trace, found->thread, begin_ns));
    EXPECT_FALSE(by->run) << "of what a run created, it knows";
  }
  return result;
}

TEST(causes, of_a_random_program_are_all_known_and_right) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    random_program program(seed);
    trace_store trace(plenty);
    for (int portion = 0; portion < 10; ++portion) {
      program.go_on(50);
      program.tell(trace, false);
    }
    const score all = compare(trace, program);
    EXPECT_EQ(all.unsaid, 0U) << seed;
    EXPECT_GT(all.said, 100U) << seed;
  }
}

TEST(causes, of_a_random_program_of_which_some_is_lost_are_right_as_far_as_they_are_said) {
  score all;
  for (unsigned seed = 0; seed < 40; ++seed) {
    random_program program(seed);
    trace_store trace(plenty);
    for (int portion = 0; portion < 10; ++portion) {
      program.go_on(30);
      program.tell(trace, portion % 3 == 1);
    }
    const score each = compare(trace, program);
    all.said += each.said;
    all.unsaid += each.unsaid;
  }
  EXPECT_GT(all.said, all.unsaid);
  EXPECT_GT(all.unsaid, 100U);
}

TEST(causes,
     of_a_random_program_of_which_the_oldest_is_forgotten_are_right_as_far_as_they_are_said) {
  random_program program(5);
  trace_store trace(8 * slice_track::chunk_size);
  for (int portion = 0; portion < 100; ++portion) {
    program.go_on(250);
    program.tell(trace, false);
  }
  const score all = compare(trace, program);
  EXPECT_GT(all.said, 1'000U);
  EXPECT_GT(all.unsaid, 10U);
}

}  // namespace
}  // namespace asioscope::model
