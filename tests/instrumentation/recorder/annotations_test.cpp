// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/annotations.hpp"

#include "figures.hpp"

#include "asioscope/recorder/annotate.hpp"
#include "asioscope/recorder/note.hpp"
#include "asioscope/recorder/recorder.hpp"
#include "asioscope/recorder/redaction.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace asioscope::recorder;
namespace schema = asioscope::schema;
using testing::ElementsAre;
using testing::IsEmpty;

loop_record& loop_named(const char* name) {
  set_loop_name(name, name);
  return loop_of_context(name);
}

/// A run that goes on as long as this lives.
class open_run {
 public:
  explicit open_run(loop_record& loop, task_ref task = {}) {
    run_start start;
    start.cells = &this_thread().cells_of(loop);
    this_thread().last_end = 0;
    this_thread().begin_run(start);
    this_thread().charge(task);
  }
  ~open_run() { this_thread().end_run(); }
  open_run(const open_run&) = delete;
  open_run& operator=(const open_run&) = delete;
};

/// As the watchdog asks: by thread and run.
annotations of_this_run() {
  thread_state& t = this_thread();
  return annotations_of(t.id, t.run.sequence.load());
}

TEST(scope, is_seen_as_long_as_it_is_open) {
  const open_run run(loop_named("scopes"));
  EXPECT_THAT(of_this_run().scopes, IsEmpty());
  {
    const asioscope::scope outer("checkout");
    EXPECT_THAT(of_this_run().scopes, ElementsAre("checkout"));
    {
      const asioscope::scope inner("pay");
      EXPECT_THAT(of_this_run().scopes, ElementsAre("checkout", "pay"));
    }
    EXPECT_THAT(of_this_run().scopes, ElementsAre("checkout"));
  }
  EXPECT_THAT(of_this_run().scopes, IsEmpty());
}

TEST(scope, of_a_task_stays_open_while_it_is_suspended) {
  loop_record& loop = loop_named("suspended scopes");
  const site_id name = site_of_task_name("scoped");
  const task_ref task = spawn_task(loop, name);
  const task_ref other = spawn_task(loop, name);
  std::optional<asioscope::scope> scope;
  {
    const open_run run(loop, task);
    scope.emplace("query");
    asioscope::set_trace_id("4bf92f3577b34da6a3ce929d0e0e4736");
  }
  {
    const open_run run(loop, other);
    EXPECT_THAT(of_this_run().scopes, IsEmpty());
    EXPECT_EQ(of_this_run().trace_id, "");
  }
  EXPECT_THAT(annotations_of(task.id).scopes, ElementsAre("query"));
  EXPECT_EQ(annotations_of(task.id).trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  std::thread([&] {
    const open_run run(loop, task);
    EXPECT_THAT(of_this_run().scopes, ElementsAre("query"));
    scope.reset();
    EXPECT_THAT(of_this_run().scopes, IsEmpty());
  }).join();
  end_task(task, loop, name, now_ticks(), schema::task_state::done);
  end_task(other, loop, name, now_ticks(), schema::task_state::done);
}

TEST(scope, left_out_of_order_leaves_the_others) {
  const open_run run(loop_named("disorder"));
  std::optional<asioscope::scope> first("first");
  std::optional<asioscope::scope> second("second");
  const asioscope::scope third("third");
  second.reset();
  EXPECT_THAT(of_this_run().scopes, ElementsAre("first", "third"));
  first.reset();
  EXPECT_THAT(of_this_run().scopes, ElementsAre("third"));
}

TEST(scope, that_outlives_its_run_is_of_no_other) {
  loop_record& loop = loop_named("outlived");
  std::optional<asioscope::scope> scope;
  {
    const open_run run(loop);
    scope.emplace("left behind");
  }
  const open_run next(loop);
  const asioscope::scope mine("mine");
  EXPECT_THAT(of_this_run().scopes, ElementsAre("mine"));
  scope.reset();
  EXPECT_THAT(of_this_run().scopes, ElementsAre("mine"));
}

TEST(scope, outside_of_any_run_is_harmless) {
  const asioscope::scope scope("nowhere");
  asioscope::set_trace_id("nobody's");
  asioscope::message("to nobody");
  const open_run run(loop_named("inside"));
  EXPECT_THAT(of_this_run().scopes, IsEmpty());
}

TEST(scope, is_an_event_with_its_task_in_a_trace) {
  loop_record& loop = loop_named("spans");
  const site_id name = site_of_task_name("spanned");
  const task_ref task = spawn_task(loop, name);
  const trace_request request;
  event_reader reader;
  const std::int64_t before = read_clock().monotonic_ns;
  {
    const open_run run(loop, task);
    const asioscope::scope outer("outer");
    {
      const asioscope::scope inner("inner");
      for (const ticks until = now_ticks() + to_ticks(2'000'000); now_ticks() < until;)
        continue;
    }
  }
  schema::trace got;
  reader.read(got);
  const figures now;
  std::vector<std::string> names;
  for (const auto& batch : got.batches)
    for (const auto& event : batch.events) {
      if (event.kind != schema::event_kind::span) continue;
      names.emplace_back(now.site_name(event.site));
      EXPECT_EQ(now.site(event.site)->kind, schema::site_kind::scope);
      EXPECT_EQ(event.task, static_cast<std::uint32_t>(task.id));
      EXPECT_EQ(event.loop, loop.id);
      EXPECT_GE(event.duration_ns, 1'990'000U);
      EXPECT_GE(event.time_ns, before - 100'000);
    }
  EXPECT_THAT(names, ElementsAre("inner", "outer"));
  end_task(task, loop, name, now_ticks(), schema::task_state::done);
}

TEST(trace_id, is_inherited_by_tasks_spawned_later) {
  loop_record& loop = loop_named("heirs");
  const site_id name = site_of_task_name("heir");
  const task_ref parent = spawn_task(loop, name);
  task_ref before;
  task_ref after;
  task_ref grandchild;
  {
    const open_run run(loop, parent);
    before = spawn_task(loop, name);
    asioscope::set_trace_id("abc");
    after = spawn_task(loop, name);
  }
  {
    const open_run run(loop, after);
    grandchild = spawn_task(loop, name);
    asioscope::set_trace_id("of the child");
  }
  EXPECT_EQ(annotations_of(before.id).trace_id, "");
  EXPECT_EQ(annotations_of(parent.id).trace_id, "abc");
  EXPECT_EQ(annotations_of(after.id).trace_id, "of the child");
  EXPECT_EQ(annotations_of(grandchild.id).trace_id, "abc");
  for (const task_ref& each : {parent, before, after, grandchild})
    end_task(each, loop, name, now_ticks(), schema::task_state::done);
  const task_ref next = spawn_task(loop, name);
  EXPECT_EQ(annotations_of(next.id).trace_id, "") << "the place was another's before";
  end_task(next, loop, name, now_ticks(), schema::task_state::done);
}

TEST(trace_id, is_taken_back_replaced_and_not_cut) {
  const open_run run(loop_named("ids"));
  const std::string longest(48, 'x');
  asioscope::set_trace_id(longest);
  EXPECT_EQ(of_this_run().trace_id, longest);
  asioscope::set_trace_id("short");
  EXPECT_EQ(of_this_run().trace_id, "short");
  asioscope::set_trace_id(longest + "y");
  EXPECT_EQ(of_this_run().trace_id, "");
}

TEST(trace_id, goes_with_the_notes_of_slow_runs_and_failures) {
  static_cast<void>(take_notes());
  set_thresholds({std::chrono::nanoseconds{1}, std::chrono::seconds{1}});
  {
    const open_run run(loop_named("notes"));
    asioscope::set_trace_id("7");
    note_failure(this_thread(), "oops", "");
  }
  { const open_run run(loop_named("notes")); }
  set_thresholds({});
  const auto notes = take_notes();
  ASSERT_EQ(notes.size(), 3U);
  EXPECT_EQ(notes[0].kind, schema::report_kind::failure);
  EXPECT_EQ(notes[0].trace_id, "7");
  EXPECT_EQ(notes[1].kind, schema::report_kind::slow);
  EXPECT_EQ(notes[1].trace_id, "7");
  EXPECT_EQ(notes[2].trace_id, "");
}

TEST(message, arrives_whole_with_its_task_and_time) {
  loop_record& loop = loop_named("messages");
  const site_id name = site_of_task_name("talker");
  const task_ref task = spawn_task(loop, name);
  const trace_request request;
  event_reader reader;
  std::vector<std::string> said;
  {
    const open_run run(loop, task);
    for (const std::size_t length : {0U, 1U, 23U, 24U, 25U, 48U, 239U, 240U, 1000U}) {
      said.emplace_back(length, 'a');
      asioscope::message(said.back());
    }
  }
  said.back().resize(240);
  schema::trace got;
  reader.read(got);
  std::vector<std::string> heard;
  for (const auto& each : got.messages) {
    heard.push_back(each.text);
    EXPECT_EQ(each.task, static_cast<std::uint32_t>(task.id));
    EXPECT_EQ(each.loop, loop.id);
    EXPECT_EQ(each.thread, this_thread().id);
    EXPECT_NEAR(static_cast<double>(each.time_ns), static_cast<double>(read_clock().monotonic_ns),
                5e9);
  }
  EXPECT_EQ(heard, said);
  end_task(task, loop, name, now_ticks(), schema::task_state::done);
}

TEST(message, read_in_small_portions_is_put_together) {
  const trace_request request;
  event_reader reader;
  const std::string text = "a message that takes several entries of the ring, read one by one";
  asioscope::message(text);
  schema::trace got;
  for (int i = 0; i < 10; ++i)
    reader.read(got, 1);
  ASSERT_EQ(got.messages.size(), 1U);
  EXPECT_EQ(got.messages[0].text, text);
  EXPECT_EQ(got.messages[0].task, 0U);
}

TEST(message, of_which_the_beginning_was_overwritten_is_lost_as_a_whole) {
  const trace_request request;
  event_reader reader;
  const std::string text(240, 'z');
  for (int i = 0; i < 20'000; ++i)  // 11 entries each: more than the ring holds
    asioscope::message(text);
  schema::trace got;
  for (int i = 0; i < 4; ++i)
    reader.read(got, 1'000'000);
  ASSERT_FALSE(got.gaps.empty());
  EXPECT_GT(got.messages.size(), 10'000U);
  for (const auto& each : got.messages)
    ASSERT_EQ(each.text, text);
}

TEST(message, passes_the_redaction) {
  const trace_request request;
  event_reader reader;
  set_redaction([](std::string_view text) {
    static_cast<void>(take_snapshot());  // it may look at everything
    return "*" + std::to_string(text.size());
  });
  asioscope::message("secret");
  schema::trace got;
  reader.read(got);
  set_redaction({});
  ASSERT_EQ(got.messages.size(), 1U);
  EXPECT_EQ(got.messages[0].text, "*6");
}

TEST(message, without_a_trace_is_nothing) {
  event_reader reader;
  asioscope::message("unheard");
  schema::trace got;
  reader.read(got);
  EXPECT_TRUE(got.messages.empty());
}

TEST(annotations, are_never_torn_while_others_read_them) {
  loop_record& loop = loop_named("torn");
  std::atomic<std::uint32_t> writer{0};
  std::jthread other([&](const std::stop_token& stop) {
    writer = this_thread().id;
    while (!stop.stop_requested()) {
      const open_run run(loop);
      const asioscope::scope a("aaaaaaaaaaaaaaaa");
      asioscope::set_trace_id(std::string(40, 'a'));
      const asioscope::scope b("bbbbbbbbbbbbbbbb");
      asioscope::set_trace_id(std::string(40, 'b'));
    }
  });
  const std::set<std::string> ids{"", std::string(40, 'a'), std::string(40, 'b')};
  while (writer == 0)
    std::this_thread::yield();
  std::size_t seen = 0;
  for (int i = 0; i < 20'000 || (seen == 0 && i < 2'000'000); ++i) {
    std::uint64_t sequence = 0;
    for_each_thread([&](const thread_state& t) {
      if (t.id == writer) sequence = t.run.sequence.load();
    });
    const annotations got = annotations_of(writer, sequence);
    ASSERT_TRUE(ids.contains(got.trace_id)) << got.trace_id;
    ASSERT_LE(got.scopes.size(), 2U);
    if (!got.scopes.empty()) {
      ++seen;
      ASSERT_EQ(got.scopes[0], "aaaaaaaaaaaaaaaa");
    }
  }
  EXPECT_GT(seen, 0U);
}

}  // namespace
