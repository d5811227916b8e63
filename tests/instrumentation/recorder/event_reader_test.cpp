// SPDX-License-Identifier: BSL-1.0
#include "figures.hpp"
#include "recorded_run.hpp"

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

namespace {

using namespace asioscope::recorder;
namespace schema = asioscope::schema;

loop_record& loop_named(const char* name) {
  set_loop_name(name, name);
  return loop_of_context(name);
}

struct collected : schema::trace {
  explicit collected(event_reader& reader, std::size_t limit = 100'000) {
    reader.read(*this, limit);
  }

  [[nodiscard]] std::vector<schema::event> of_site(site_id site) const {
    std::vector<schema::event> found;
    for (const auto& b : batches)
      for (const auto& e : b.events)
        if (e.site == site) found.push_back(e);
    return found;
  }
  [[nodiscard]] std::uint64_t events() const {
    std::uint64_t n = 0;
    for (const auto& b : batches)
      n += b.events.size();
    return n;
  }
  [[nodiscard]] std::uint64_t lost() const {
    std::uint64_t n = 0;
    for (const auto& g : gaps)
      n += g.count;
    return n;
  }
};

TEST(mode, is_trace_while_somebody_asks_and_off_means_off) {
  set_mode(mode::metrics);
  EXPECT_EQ(current_mode(), mode::metrics);
  {
    const trace_request one;
    EXPECT_EQ(current_mode(), mode::trace);
    {
      const trace_request two;
      EXPECT_EQ(current_mode(), mode::trace);
      set_mode(mode::off);
      EXPECT_EQ(current_mode(), mode::off);
      set_mode(mode::metrics);
    }
    EXPECT_EQ(current_mode(), mode::trace);
  }
  EXPECT_EQ(current_mode(), mode::metrics);
  set_mode(mode::trace);
  EXPECT_EQ(current_mode(), mode::trace);
  set_mode(mode::metrics);
}

TEST(event_reader, sees_runs_as_they_were) {
  loop_record& loop = loop_named("seen");
  const site_id site = register_site(schema::site_kind::handler, "seen", "post");
  const trace_request request;
  event_reader reader;
  thread_state& t = this_thread();
  run_start start;
  start.cells = &t.cells_of(loop);
  start.site = site;
  start.flags = schema::run_flag_error;
  start.operation = 77;
  start.ready_known = true;
  const std::int64_t before = read_clock().monotonic_ns;
  start.ready = to_stamp(now_ticks() - to_ticks(5'000'000));
  const task_ref task = spawn_task(loop, site_of_task_name("seen"));
  t.last_end = 0;
  t.begin_run(start);
  t.charge(task);
  for (const ticks end = now_ticks() + to_ticks(1'000'000); now_ticks() < end;)
    continue;
  t.end_run();
  const ticks spawned = now_ticks() - to_ticks(7'000'000);
  end_task(task, loop, site_of_task_name("seen"), spawned, schema::task_state::cancelled);
  const std::int64_t after = read_clock().monotonic_ns;
  const collected got(reader);
  const auto runs = got.of_site(site);
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].kind, schema::event_kind::run);
  EXPECT_EQ(runs[0].loop, loop.id);
  EXPECT_TRUE((runs[0].flags & schema::run_flag_error) != 0);
  EXPECT_TRUE((runs[0].flags & schema::run_flag_delay) != 0);
  EXPECT_EQ(runs[0].operation, 77U);
  EXPECT_EQ(runs[0].task, static_cast<std::uint32_t>(task.id));
  EXPECT_GE(runs[0].duration_ns, 1'000'000U - 1'000U);
  EXPECT_GE(runs[0].delay_ns, 5'000'000U - 1'000U);
  EXPECT_GE(runs[0].time_ns, before - 100'000);
  EXPECT_LE(runs[0].time_ns, after + 100'000);
  const auto of_task = got.of_site(site_of_task_name("seen"));
  ASSERT_EQ(of_task.size(), 2U);
  EXPECT_EQ(of_task[0].kind, schema::event_kind::task_begin);
  EXPECT_EQ(of_task[1].kind, schema::event_kind::task_end);
  EXPECT_EQ(of_task[1].flags, static_cast<std::uint8_t>(schema::task_state::cancelled));
  EXPECT_EQ(of_task[1].task, static_cast<std::uint32_t>(task.id));
  EXPECT_EQ(of_task[1].duration_ns, 0U) << "a moment";
  EXPECT_GE(of_task[1].delay_ns, 7'000'000U - 1'000U) << "from its spawn on";
  EXPECT_LE(of_task[1].delay_ns, 8'000'000'000U);
}

TEST(event_reader, sees_nothing_without_a_trace) {
  loop_record& loop = loop_named("quiet");
  event_reader reader;
  record_runs(loop, 100);
  EXPECT_EQ(collected(reader).events(), 0U);
  EXPECT_EQ(figures().handlers("quiet").run.count(), 100U);
}

TEST(event_reader, several_see_everything_each_from_its_creation) {
  loop_record& loop = loop_named("several");
  const site_id site = register_site(schema::site_kind::handler, "several", "post");
  const trace_request request;
  event_reader early;
  record_runs(loop, 10, site);
  event_reader late;
  record_runs(loop, 5, site);
  EXPECT_EQ(collected(early).of_site(site).size(), 15U);
  EXPECT_EQ(collected(late).of_site(site).size(), 5U);
  EXPECT_EQ(collected(early).of_site(site).size(), 0U);
  event_reader moved = std::move(late);
  record_runs(loop, 2, site);
  EXPECT_EQ(collected(moved).of_site(site).size(), 2U);
}

TEST(event_reader, reads_in_portions) {
  loop_record& loop = loop_named("portions");
  const site_id site = register_site(schema::site_kind::handler, "portions", "post");
  const trace_request request;
  event_reader reader;
  record_runs(loop, 1000, site);
  std::size_t total = 0;
  for (int i = 0; i < 10; ++i) {
    const collected part(reader, 100);
    EXPECT_LE(part.events(), 110U);
    EXPECT_EQ(part.lost(), 0U);
    total += part.of_site(site).size();
  }
  EXPECT_EQ(total, 1000U);
}

TEST(event_reader, that_comes_too_late_gets_an_exact_gap) {
  loop_record& loop = loop_named("lapped");
  const site_id site = register_site(schema::site_kind::handler, "lapped", "post");
  const trace_request request;
  event_reader reader;
  record_runs(loop, 10, site);
  const collected first(reader);
  ASSERT_EQ(first.events(), 10U);
  const std::uint64_t lost_before = figures().all().self.events_lost;
  constexpr unsigned many = 300'000;  // more than a ring holds
  record_runs(loop, many, site);
  std::uint64_t read = 0;
  std::uint64_t lost = 0;
  for (;;) {
    const collected part(reader);
    if (part.events() == 0) break;
    for (const auto& gap : part.gaps) {
      EXPECT_EQ(gap.thread, this_thread().id);
      EXPECT_EQ(gap.from_ns, first.batches.back().events.back().time_ns);
      EXPECT_EQ(gap.to_ns, part.batches.front().events.front().time_ns);
    }
    read += part.events();
    lost += part.lost();
  }
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(read + lost, many);
  EXPECT_EQ(figures().all().self.events_lost - lost_before, lost);
}

TEST(event_reader, sees_the_events_of_threads_that_ended) {
  loop_record& loop = loop_named("ended");
  const site_id site = register_site(schema::site_kind::handler, "ended", "post");
  const trace_request request;
  event_reader reader;
  std::thread([&] { record_runs(loop, 7, site); }).join();
  EXPECT_EQ(collected(reader).of_site(site).size(), 7U);
  EXPECT_EQ(collected(reader).of_site(site).size(), 0U);
  event_reader newcomer;
  EXPECT_EQ(collected(newcomer).of_site(site).size(), 0U) << "that was before its time";
}

TEST(event_reader, read_and_lost_are_all_events_however_many_threads_end) {
  loop_record& loop = loop_named("many ended");
  const site_id site = register_site(schema::site_kind::handler, "many ended", "post");
  const trace_request request;
  event_reader reader;
  static_cast<void>(collected(reader));
  for (int i = 0; i < 40; ++i)
    std::thread([&] { record_runs(loop, 3, site); }).join();
  const collected got(reader);
  EXPECT_EQ(got.events() + got.lost(), 120U);
}

TEST(event_reader, loses_nothing_while_several_threads_write) {
  loop_record& loop = loop_named("concurrent");
  const site_id site = register_site(schema::site_kind::handler, "concurrent", "post");
  const trace_request request;
  event_reader reader;
  std::atomic<int> running{3};
  std::vector<std::thread> writers;
  for (int k = 0; k < 3; ++k)
    writers.emplace_back([&] {
      record_runs(loop, 20'000, site);
      --running;
    });
  std::uint64_t read = 0;
  std::uint64_t lost = 0;
  const auto read_once = [&] {
    const collected part(reader);
    for (const auto& b : part.batches)
      for (const auto& e : b.events) {
        ASSERT_EQ(e.site, site);
        ASSERT_EQ(e.kind, schema::event_kind::run);
        ++read;
      }
    lost += part.lost();
  };
  while (running > 0)
    read_once();
  for (auto& w : writers)
    w.join();
  read_once();  // a thread that ended while the others were read comes with the next call
  EXPECT_EQ(read + lost, 60'000U);
}

TEST(event_reader, left_behind_by_nobody_frees_the_rings_of_ended_threads) {
  loop_record& loop = loop_named("freed");
  const trace_request request;
  std::thread([&] { record_runs(loop, 7); }).join();
  const event_reader reader;
  EXPECT_GE(figures().all().self.events, 7U) << "counted all the same";
}

}  // namespace
