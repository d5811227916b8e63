// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/site.hpp"

#include "figures.hpp"

#include "asioscope/recorder/cells.hpp"
#include "asioscope/recorder/loop.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

/// Visible, so that its name can be looked up.
namespace shop {
[[gnu::noinline]] void serve_customer() { asm volatile(""); }
[[gnu::noinline]] void take_order() { asm volatile("nop"); }
}  // namespace shop

namespace {

using namespace asioscope::recorder;
using asioscope::schema::site_kind;

TEST(site, of_the_same_name_and_operation_is_the_same) {
  const site_id a = register_site(site_kind::handler, "same", "post");
  EXPECT_NE(a, other_site);
  EXPECT_EQ(register_site(site_kind::handler, "same", "post"), a);
  EXPECT_NE(register_site(site_kind::task, "same", "post"), a);
  EXPECT_EQ(figures().site_name(a), "same");
  EXPECT_EQ(figures().site(a)->operation, "post");
}

TEST(site, of_the_same_name_and_another_operation_shows_its_operation) {
  const site_id a = register_site(site_kind::handler, "both", "async_wait");
  const site_id b = register_site(site_kind::handler, "both", "async_read");
  EXPECT_NE(a, b);
  const figures now;
  EXPECT_EQ(now.site_name(a), "both");
  EXPECT_EQ(now.site_name(b), "both [async_read]");
}

TEST(site, names_are_unique_within_their_kind) {
  for (const char* operation : {"x", "y", "z"})
    register_site(site_kind::handler, "thrice", operation);
  std::set<std::pair<site_kind, std::string>> names;
  for (const auto& s : figures().all().sites)
    EXPECT_TRUE(names.emplace(s.kind, s.name).second) << s.name;
}

TEST(site, of_a_piece_of_code_is_called_as_the_function) {
  const auto* const code = reinterpret_cast<const void*>(&shop::serve_customer);
  const site_id a = register_code_site(site_kind::handler, code, "fallback", "execute");
  EXPECT_EQ(register_code_site(site_kind::handler, code, "fallback", "execute"), a);
  EXPECT_EQ(site_of_code(site_kind::handler, code, "fallback", "execute"), a);
  EXPECT_EQ(site_of_code(site_kind::handler, code, "fallback", "execute"), a);
  EXPECT_NE(site_of_code(site_kind::task, code, "fallback", ""), a);
  EXPECT_NE(std::string(figures().site_name(a)).find("serve_customer"), std::string::npos)
      << figures().site_name(a);
}

TEST(site, of_code_without_a_symbol_is_called_as_the_fallback) {
  static const int data = 0;
  const site_id a = register_code_site(site_kind::handler, &data, "no symbol here", "execute");
  EXPECT_NE(a, other_site);
  EXPECT_FALSE(figures().site_name(a).empty());
}

TEST(site, found_by_two_ways_is_shown_once_with_all_figures) {
  const site_id by_name = register_site(site_kind::handler, "shop::take_order", "execute");
  const auto* const code = reinterpret_cast<const void*>(&shop::take_order);
  const site_id by_code = register_code_site(site_kind::handler, code, "fallback", "execute");
  EXPECT_NE(by_name, by_code);
  static const int key = 0;
  loop_record& loop = loop_of_context(&key);
  set_loop_name(&key, "two ways");
  thread_state& thread = this_thread();
  count_unrun(thread, loop.id, by_name);
  count_unrun(thread, loop.id, by_code);
  const figures now;
  EXPECT_EQ(now.handlers("two ways", "shop::take_order").unrun, 2U);
  EXPECT_EQ(now.site(by_code), nullptr);
  loop_gone(&key);
}

TEST(site, anchor_registers_once) {
  static int made = 0;
  static constinit site_anchor anchor{[]() noexcept {
    ++made;
    return register_site(site_kind::handler, "anchored", "post");
  }};
  const site_id a = anchor.get();
  EXPECT_EQ(anchor.get(), a);
  EXPECT_EQ(made, 1);
}

TEST(site, of_a_task_and_of_its_runs_have_the_same_name) {
  const site_id task = site_of_task_name("GET /items");
  EXPECT_EQ(site_of_task_name("GET /items"), task);
  EXPECT_NE(site_of_task_name("GET /item"), task);
  const site_id runs = handler_site_of_task(task);
  EXPECT_EQ(handler_site_of_task(task), runs);
  const figures now;
  EXPECT_EQ(now.site_name(task), "GET /items");
  EXPECT_EQ(now.site_name(runs), "GET /items");
  EXPECT_EQ(now.site(task)->kind, site_kind::task);
  EXPECT_EQ(now.site(runs)->kind, site_kind::handler);
}

TEST(site, cache_of_task_names_survives_more_names_than_it_holds) {
  std::vector<site_id> ids;
  for (int i = 0; i < 500; ++i)
    ids.push_back(site_of_task_name("name " + std::to_string(i)));
  EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), 500U);
  for (std::size_t i = 0; i < 500; ++i) {
    ASSERT_EQ(site_of_task_name("name " + std::to_string(i)), ids[i]);
    ASSERT_EQ(handler_site_of_task(ids[i]), handler_site_of_task(ids[i]));
  }
}

TEST(site, registered_by_many_threads_at_once_is_one) {
  std::vector<site_id> ids(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < ids.size(); ++i)
    threads.emplace_back([&ids, i] {
      for (int n = 0; n < 200; ++n)
        ids[i] = register_site(site_kind::handler, "raced", "post");
    });
  for (auto& t : threads)
    t.join();
  EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), 1U);
}

// Last: the table stays full.
TEST(site_table, when_full_gives_the_common_site_and_counts) {
  const std::uint64_t before = figures().all().self.site_overflow;
  EXPECT_EQ(before, 0U);
  site_id last = 1;
  for (int i = 0; last != other_site; ++i) {
    ASSERT_LE(i, static_cast<int>(max_sites));
    last = register_site(site_kind::handler, "filler " + std::to_string(i), "post");
  }
  EXPECT_EQ(register_site(site_kind::handler, "one too many", "post"), other_site);
  EXPECT_EQ(site_of_task_name("a task too many"), other_site);
  const figures now;
  EXPECT_EQ(now.all().self.site_overflow, 3U);
  EXPECT_LE(now.all().sites.size(), max_sites);
  EXPECT_EQ(now.site_name(other_site), "_other");
  EXPECT_NE(register_site(site_kind::handler, "same", "post"), other_site);
}

}  // namespace
