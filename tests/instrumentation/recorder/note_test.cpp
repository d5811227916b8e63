// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/note.hpp"

#include "figures.hpp"

#include "asioscope/recorder/recorder.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace {

using namespace asioscope::recorder;
namespace schema = asioscope::schema;

std::uint64_t suppressed() { return figures().all().self.reports_suppressed; }

TEST(note, comes_out_as_it_went_in_oldest_first) {
  static_cast<void>(take_notes());
  note slow;
  slow.delay = 7;
  leave_note(std::move(slow));
  note failure;
  failure.kind = schema::report_kind::failure;
  failure.message = "what";
  leave_note(std::move(failure));
  const auto notes = take_notes();
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].kind, schema::report_kind::slow);
  EXPECT_EQ(notes[0].delay, 7U);
  EXPECT_EQ(notes[1].message, "what");
  EXPECT_TRUE(take_notes().empty());
}

TEST(note, beyond_the_bound_is_counted_as_suppressed) {
  static_cast<void>(take_notes());
  const std::uint64_t before = suppressed();
  for (int i = 0; i < 5000; ++i)
    leave_note({});
  const auto notes = take_notes();
  EXPECT_GT(notes.size(), 0U);
  EXPECT_LE(notes.size(), 1024U);
  EXPECT_EQ(suppressed() - before + notes.size(), 5000U);
}

TEST(note, of_several_threads_is_taken_or_counted) {
  static_cast<void>(take_notes());
  const std::uint64_t before = suppressed();
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> left{0};
  std::vector<std::thread> threads;
  for (int k = 0; k < 3; ++k)
    threads.emplace_back([&] {
      while (!stop) {
        leave_note({});
        ++left;
      }
    });
  std::uint64_t taken = 0;
  while (left < 20'000)
    taken += take_notes().size();
  stop = true;
  for (auto& t : threads)
    t.join();
  taken += take_notes().size();
  EXPECT_EQ(taken + suppressed() - before, left);
}

schema::report report_of(std::uint64_t id, std::string message) {
  schema::report r;
  r.id = id;
  r.message = std::move(message);
  return r;
}

TEST(report_log, hands_out_what_is_new_or_changed) {
  const std::uint64_t start = reports_since(0).sequence;
  const std::uint64_t a = publish(report_of(0, "a"));
  const std::uint64_t b = publish(report_of(0, "b"));
  EXPECT_LT(a, b);
  auto page = reports_since(start);
  ASSERT_EQ(page.reports.size(), 2U);
  EXPECT_EQ(page.reports[0].message, "a");
  EXPECT_TRUE(reports_since(page.sequence).reports.empty());
  EXPECT_EQ(publish(report_of(a, "a changed")), a);
  const auto changes = reports_since(page.sequence);
  ASSERT_EQ(changes.reports.size(), 1U);
  EXPECT_EQ(changes.reports[0].id, a);
  EXPECT_EQ(changes.reports[0].message, "a changed");
  EXPECT_EQ(reports_since(start).reports.size(), 2U) << "replaced, not added";
}

TEST(report_log, keeps_the_latest) {
  std::uint64_t last = 0;
  for (int i = 0; i < 1000; ++i)
    last = publish(report_of(0, std::to_string(i)));
  const auto page = reports_since(0);
  EXPECT_EQ(page.reports.size(), 256U);
  EXPECT_EQ(page.reports.back().id, last);
  EXPECT_EQ(page.reports.back().message, "999");
}

}  // namespace
