// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/loop.hpp"

#include "figures.hpp"
#include "recorded_run.hpp"

#include "asioscope/recorder/thread_state.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>

namespace {

using namespace asioscope::recorder;

/// Stands for an execution context: its address counts.
struct context {
  context() = default;
  explicit context(std::string_view name) {
    loop_of_context(this);
    set_loop_name(this, name);
  }
  context(const context&) = delete;
  context& operator=(const context&) = delete;
  ~context() { loop_gone(this); }
  [[nodiscard]] loop_record& loop() const { return loop_of_context(this); }
  char address = 0;
};

TEST(loop, without_a_name_gets_one_with_a_number) {
  context a;
  context b;
  const loop_id first = a.loop().id;
  EXPECT_NE(b.loop().id, first);
  EXPECT_EQ(&a.loop(), find_loop(&a));
  EXPECT_FALSE(loop_is_named(&a));
  const figures now;
  EXPECT_EQ(now.find_loop("loop")->id, a.loop().id);
  EXPECT_EQ(now.find_loop("loop-2")->id, b.loop().id);
}

TEST(loop, named_twice_alike_gets_a_number) {
  context a("server");
  context b("server");
  EXPECT_TRUE(loop_is_named(&a));
  const figures now;
  EXPECT_EQ(now.find_loop("server")->id, a.loop().id);
  EXPECT_EQ(now.find_loop("server-2")->id, b.loop().id);
  set_loop_name(&a, "server");
  EXPECT_EQ(figures().find_loop("server")->id, a.loop().id);
  set_loop_name(&a, "");
  EXPECT_EQ(figures().find_loop("server")->id, a.loop().id);
}

TEST(loop, is_found_by_its_scheduler_too) {
  context a("aliased");
  char scheduler = 0;
  add_loop_alias(&a, &scheduler);
  EXPECT_EQ(find_loop(&scheduler), &a.loop());
  EXPECT_EQ(&this_thread().cells_of(&scheduler), &this_thread().cells_of(&a));
}

TEST(loop, that_dies_is_gone_and_forgotten_by_address) {
  char scheduler = 0;
  std::optional<context> a;
  a.emplace("mortal");
  const void* const address = &*a;
  add_loop_alias(address, &scheduler);
  EXPECT_FALSE(figures().find_loop("mortal")->gone);
  a.reset();
  ASSERT_NE(figures().find_loop("mortal"), nullptr);
  EXPECT_TRUE(figures().find_loop("mortal")->gone);
  EXPECT_EQ(find_loop(address), nullptr);
  EXPECT_EQ(find_loop(&scheduler), nullptr);
}

TEST(loop, that_takes_the_name_of_one_that_is_gone_continues_its_figures) {
  loop_id former = 0;
  {
    context a("heir");
    former = a.loop().id;
    record_runs(a.loop(), 3);
    EXPECT_EQ(figures().handlers("heir").run.count(), 3U);
  }
  EXPECT_EQ(figures().handlers("heir").run.count(), 3U);
  context b("heir");
  EXPECT_EQ(b.loop().id, former);
  record_runs(b.loop(), 4);
  const figures now;
  EXPECT_EQ(now.handlers("heir").run.count(), 7U);
  EXPECT_FALSE(now.find_loop("heir")->gone);
}

TEST(loop, that_gets_a_name_does_not_inherit_from_loops_without_one) {
  {
    const context unnamed;
    record_runs(unnamed.loop(), 3);
  }
  const context unnamed;
  static_cast<void>(unnamed.loop());
  set_loop_name(&unnamed, "newcomer");
  EXPECT_EQ(figures().handlers("newcomer").run.count(), 0U);
  record_runs(unnamed.loop(), 2);
  EXPECT_EQ(figures().handlers("newcomer").run.count(), 2U);
}

TEST(loop, cells_found_by_address_are_never_those_of_a_former_loop) {
  alignas(context) unsigned char place[sizeof(context)];
  auto* a = new (place) context("first at this address");
  loop_cells& old = this_thread().cells_of(static_cast<const void*>(a));
  const loop_id id = old.loop;
  a->~context();
  a = new (place) context("second at this address");
  EXPECT_NE(this_thread().cells_of(static_cast<const void*>(a)).loop, id);
  a->~context();
}

TEST(loop, created_and_destroyed_1000_times_does_not_grow_the_table) {
  { const context first("round"); }
  {
    const context unnamed;
    static_cast<void>(unnamed.loop());
  }
  const std::size_t before = figures().all().loops.size();
  for (int i = 0; i < 1000; ++i) {
    const context named("round");
    const context unnamed;
    record_runs(named.loop(), 1);
    record_runs(unnamed.loop(), 1);
  }
  EXPECT_LE(figures().all().loops.size(), before + 1);
  EXPECT_EQ(figures().handlers("round").run.count(), 1000U);
}

struct counting_probe {
  loop_record* loop = nullptr;
  int woken = 0;
  static void wake(void* self) noexcept { ++static_cast<counting_probe*>(self)->woken; }
};

TEST(probe, wakes_a_loop_and_measures_until_it_comes) {
  context a("probed");
  counting_probe probe;
  set_loop_probe(&a, {&counting_probe::wake, &probe, false});
  counting_probe second;
  set_loop_probe(&a, {&counting_probe::wake, &second, false});
  probe_idle_loops(0);
  EXPECT_EQ(probe.woken, 1);
  EXPECT_EQ(second.woken, 0);
  probe_idle_loops(0);
  EXPECT_EQ(probe.woken, 1) << "one at a time";
  EXPECT_EQ(figures().loop("probed").lag.count(), 0U);
  probe_arrived(a.loop());
  EXPECT_EQ(figures().loop("probed").lag.count(), 1U);
  probe_arrived(a.loop());
  EXPECT_EQ(figures().loop("probed").lag.count(), 1U) << "nobody sent it";
  probe_idle_loops(0);
  EXPECT_EQ(probe.woken, 2);
}

TEST(probe, of_a_reactor_wakes_only_a_loop_that_has_waited_long_enough) {
  context a("waiting");
  counting_probe probe;
  set_loop_probe(&a, {&counting_probe::wake, &probe, true});
  probe_idle_loops(0);
  EXPECT_EQ(probe.woken, 0) << "it does not wait";
  const ticks second = to_ticks(1'000'000'000U);  // not more than the machine has been up
  a.loop().waiting_since.store(now_ticks());
  probe_idle_loops(second);
  EXPECT_EQ(probe.woken, 0) << "it has just begun to wait";
  a.loop().waiting_since.store(now_ticks() - 2 * second);
  probe_idle_loops(second);
  EXPECT_EQ(probe.woken, 1);
}

TEST(probe, goes_with_the_loop_and_with_its_name) {
  counting_probe probe;
  {
    const context a("probe goes");
    set_loop_probe(&a, {&counting_probe::wake, &probe, false});
  }
  probe_idle_loops(0);
  EXPECT_EQ(probe.woken, 0);
  context b;
  set_loop_probe((static_cast<void>(b.loop()), &b), {&counting_probe::wake, &probe, false});
  set_loop_name(&b, "probe goes");
  probe_idle_loops(0);
  EXPECT_EQ(probe.woken, 1);
}

// Last: the table stays full of loops that have names.
TEST(loop_table, when_full_gives_the_common_loop) {
  std::deque<context> many;
  for (int i = 0; i < 400; ++i)
    many.emplace_back("crowd " + std::to_string(i));
  const context late("late");
  EXPECT_EQ(late.loop().id, other_loop);
  record_runs(late.loop(), 5);
  const figures now;
  EXPECT_LE(now.all().loops.size(), max_loops);
  EXPECT_EQ(now.handlers("_other").run.count(), 5U);
}

}  // namespace
