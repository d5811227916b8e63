// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/detail/task_list.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>

namespace asioscope::core::detail {
namespace {
using namespace std::chrono_literals;

task_record_ptr added(task_list& tasks, std::chrono::nanoseconds now) {
  auto record = std::make_shared<task_record>();
  tasks.add(record, now);
  return record;
}

std::vector<task_id> ids(const std::vector<task_record_ptr>& records) {
  std::vector<task_id> all;
  for (const auto& each : records)
    all.push_back(each->id);
  return all;
}

task_end success() { return task_end(nullptr); }

TEST(task_list, finds_those_that_run) {
  task_list tasks({});
  const auto first = added(tasks, 1s);
  const auto second = added(tasks, 2s);
  EXPECT_EQ(tasks.find(second->id), second);
  EXPECT_EQ(tasks.find(0), nullptr);
  tasks.end(*first, success(), 3s);
  EXPECT_EQ(tasks.find(first->id), nullptr);
  EXPECT_EQ(tasks.running().size(), 1U);
  EXPECT_EQ(tasks.history().size(), 1U);
  EXPECT_TRUE(tasks.end(*first, success(), 4s).empty());  // once
  EXPECT_EQ(tasks.counts().succeeded, 1U);
}

TEST(task_list, reports_slow_ones_after_ever_longer_times) {
  task_list tasks({.slow_after = 5s});
  EXPECT_FALSE(tasks.next_slow().has_value());
  const auto task = added(tasks, 100s);
  std::vector<int> when;
  for (auto now = 100s; now < 300s; ++now)
    if (!tasks.take_slow(now).empty()) when.push_back(static_cast<int>(now.count()) - 100);
  EXPECT_EQ(when, (std::vector{5, 10, 20, 40, 80, 160}));
  EXPECT_EQ(task->reports, 6U);
  EXPECT_EQ(tasks.counts().slow, 1U);  // it is one task
  tasks.end(*task, success(), 301s);
  EXPECT_FALSE(tasks.next_slow().has_value());
}

TEST(task_list, a_late_look_reports_once) {
  task_list tasks({.slow_after = 5s});
  const auto task = added(tasks, 0s);
  EXPECT_EQ(tasks.take_slow(79s).size(), 1U);
  EXPECT_EQ(task->reports, 1U);
  EXPECT_EQ(tasks.next_slow(), 80s);
}

TEST(task_list, is_never_done_with_a_task_that_never_ends) {
  task_list tasks({.slow_after = std::chrono::hours(24 * 365)});
  const auto task = added(tasks, std::chrono::hours(1'000));
  for (int i = 0; i < 100 && tasks.next_slow().has_value(); ++i)
    EXPECT_EQ(tasks.take_slow(*tasks.next_slow()).size(), 1U);
  // 2^8 years and more are more than there are.
  EXPECT_FALSE(tasks.next_slow().has_value());
  EXPECT_EQ(task->reports, 9U);
  tasks.end(*task, success(), std::chrono::nanoseconds::max());
}

TEST(task_list, a_time_longer_than_there_is_is_never) {
  task_list tasks({.slow_after = std::chrono::nanoseconds::max()});
  added(tasks, 1s);
  EXPECT_FALSE(tasks.next_slow().has_value());
}

TEST(task_list, knows_how_a_task_ended) {
  EXPECT_EQ(success().outcome, task_outcome::succeeded);
  const task_end failed(std::make_exception_ptr(std::runtime_error("bad")));
  EXPECT_EQ(failed.outcome, task_outcome::failed);
  EXPECT_EQ(failed.error, errc::failed);
  EXPECT_EQ(failed.what, "bad");
  const task_end code(std::make_exception_ptr(boost::system::system_error(errc::timed_out)));
  EXPECT_EQ(code.outcome, task_outcome::failed);
  EXPECT_EQ(code.error, errc::timed_out);
  const task_end cancelled(
      std::make_exception_ptr(boost::system::system_error(boost::asio::error::operation_aborted)));
  EXPECT_EQ(cancelled.outcome, task_outcome::cancelled);
  EXPECT_EQ(task_end(std::make_exception_ptr(7)).outcome, task_outcome::failed);
}

TEST(task_list, says_who_asked_first) {
  task_list tasks({});
  const auto task = added(tasks, 0s);
  EXPECT_TRUE(tasks.request_end(*task, {{"a.cpp", 1}, 7, {}}));
  EXPECT_FALSE(tasks.request_end(*task, {{"b.cpp", 2}, 8, {}}));
  EXPECT_EQ(task->cancelled_by->task, 7U);
}

TEST(task_list, agrees_with_a_simple_model_whatever_happens) {
  std::minstd_rand random(1);
  for (int round = 0; round < 200; ++round) {
    task_list tasks({.slow_after = 10ns, .history = 5});
    std::map<task_id, std::pair<task_record_ptr, std::int64_t>> model;  // record, next report
    std::chrono::nanoseconds now(1);
    std::size_t ended = 0;
    for (int step = 0; step < 200; ++step) {
      now += std::chrono::nanoseconds(random() % 5);
      switch (random() % 3) {
        case 0: {
          const auto record = added(tasks, now);
          model[record->id] = {record, now.count() + 10};
          break;
        }
        case 1:
          if (!model.empty()) {
            const auto which =
                std::next(model.begin(), static_cast<std::ptrdiff_t>(random() % model.size()));
            tasks.end(*which->second.first, success(), now);
            model.erase(which);
            ++ended;
          }
          break;
        default: {
          std::vector<task_id> expected;
          for (auto& [id, task] : model) {
            if (task.second > now.count()) continue;
            expected.push_back(id);
            const std::int64_t created = task.first->created.count();
            while (task.second <= now.count())
              task.second = created + (task.second - created) * 2;
          }
          auto slow = ids(tasks.take_slow(now));
          std::sort(slow.begin(), slow.end());
          ASSERT_EQ(slow, expected);
        }
      }
      ASSERT_EQ(tasks.running().size(), model.size());
      ASSERT_EQ(tasks.counts().running, model.size());
      ASSERT_EQ(tasks.history().size(), std::min<std::size_t>(ended, 5));
      std::optional<std::chrono::nanoseconds> next;
      for (const auto& [id, task] : model)
        if (!next.has_value() || task.second < next->count())
          next = std::chrono::nanoseconds(task.second);
      ASSERT_EQ(tasks.next_slow(), next);
    }
  }
}

}  // namespace
}  // namespace asioscope::core::detail
