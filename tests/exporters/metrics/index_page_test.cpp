// SPDX-License-Identifier: BSL-1.0
#include "index_page.hpp"

#include "sample_snapshot.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace asioscope::metrics {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::sample_snapshot;
using testing::second;

index_facts sample_facts() {
  index_facts facts;
  facts.program = "shop";
  facts.pid = 4711;
  facts.now = sample_snapshot();
  facts.threads = {{.loop = 1, .in_run = 1ms, .site = 1}, {.loop = 1}};
  facts.process.resident_memory_bytes = 3.0 * 1024 * 1024;
  facts.process.start_time_seconds = 2'000'000'000 - 90;
  facts.stall_threshold = 25ms;
  facts.mode = "metrics";
  return facts;
}

/// The texts of the cells of the row that has the loop.
std::vector<std::string> cells_of(const std::string& page, const std::string& loop) {
  std::vector<std::string> result;
  const std::size_t begin = page.find("<tr><td><code>" + loop + "</code>");
  const std::string row =
      page.substr(std::min(begin, page.size()), page.find("</tr>", begin) - begin);
  for (std::size_t at = 0; (at = row.find("<td", at)) != std::string::npos;) {
    at = row.find('>', at) + 1;
    std::string text;
    for (const char c : row.substr(at, row.find("</td>", at) - at)) {
      if (c == '<') text += '\0';
      if (text.empty() || text.back() != '\0') text += c;
      if (c == '>') text.pop_back();
    }
    result.push_back(text);
  }
  return result;
}

TEST(index_page_test, a_row_for_each_loop_that_lives) {
  index_facts facts = sample_facts();
  facts.now.loop_stats[0].busy_ns = 1;
  facts.now.loop_stats[0].idle_ns = 3;
  const std::string page = index_page(facts);
  EXPECT_THAT(
      cells_of(page, "main"),
      ElementsAre("main", "2", "25.0 %", "7", std::to_string(facts.now.loop_stats[0].outstanding),
                  "runs on_read", "none"));
  EXPECT_THAT(page, Not(HasSubstr("pool")));
  EXPECT_THAT(page,
              AllOf(HasSubstr("<title>shop – asioscope</title>"), HasSubstr(">4711<"),
                    HasSubstr(">90.0 s<"), HasSubstr(">3.0 MiB<"), HasSubstr("asioscope 0.")));
}

TEST(index_page_test, what_a_loop_does_now) {
  index_facts facts = sample_facts();
  facts.threads = {{.loop = 1, .in_run = 1ms, .site = 1}, {.loop = 1, .in_run = 31s, .site = 2}};
  const std::string stuck = index_page(facts);
  EXPECT_EQ(cells_of(stuck, "main")[5], "in on_timer for 31.0 s");
  EXPECT_THAT(stuck, HasSubstr("<td class=\"bad\">in "));
  facts.threads = {{.loop = 1}, {.loop = 2, .in_run = 31s, .site = 2}};
  EXPECT_EQ(cells_of(index_page(facts), "main")[5], "waits");
  facts.threads = {{.loop = 1, .in_run = 31s, .site = 77}};
  EXPECT_EQ(cells_of(index_page(facts), "main")[5], "in a handler for 31.0 s");
  facts.threads.clear();
  facts.now.loop_stats[0].threads = 0;
  EXPECT_EQ(cells_of(index_page(facts), "main")[5], "nobody runs it");
}

TEST(index_page_test, the_last_stall_of_a_loop) {
  index_facts facts = sample_facts();
  schema::report old;
  old.kind = schema::report_kind::stall;
  old.loop = 1;
  old.site = 1;
  old.time_ns = 400 * second;
  old.duration_ns = 50'000'000;
  schema::report last = old;
  last.time_ns = 940 * second;
  last.duration_ns = 2'500'000'000;
  last.culprit = "shop::parse()";
  schema::report slow = last;
  slow.kind = schema::report_kind::slow;
  slow.time_ns = 990 * second;
  schema::report other = last;
  other.loop = 2;
  other.time_ns = 990 * second;
  facts.reports = {old, last, slow, other};
  EXPECT_EQ(cells_of(index_page(facts), "main")[6], "2.5 s, 60.0 s ago, in shop::parse()");
  facts.reports = {old};
  EXPECT_EQ(cells_of(index_page(facts), "main")[6], "50 ms, 10 min ago, in on_read");
  facts.reports[0].ongoing = true;
  EXPECT_EQ(cells_of(index_page(facts), "main")[6], "50 ms so far, in on_read");
}

TEST(index_page_test, no_name_gets_out_of_its_place) {
  const std::string evil = "<script>alert(\"1\")</script>&'\n\x01\xff";
  index_facts facts = sample_facts();
  facts.program = evil;
  facts.now.loops[0].name = evil;
  facts.now.sites[0].name = evil;
  schema::report stall;
  stall.kind = schema::report_kind::stall;
  stall.loop = 1;
  stall.culprit = evil;
  facts.reports = {stall};
  const std::string page = index_page(facts);
  EXPECT_THAT(page,
              AllOf(Not(HasSubstr("<script")), Not(HasSubstr("\x01")), Not(HasSubstr("\xff"))));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;"));
}

TEST(index_page_test, without_loops_it_says_so) {
  EXPECT_THAT(index_page({}), HasSubstr("No loop has run yet."));
}

}  // namespace
}  // namespace asioscope::metrics
