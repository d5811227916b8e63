// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/snapshot_writer.hpp"

#include "messages.hpp"
#include "synthetic_shop.hpp"

#include "asioscope/model/dump.hpp"
#include "asioscope/model/model.hpp"
#include "asioscope/schema/codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace asioscope::model {
namespace {

const program& after(model& state, int steps) {
  test::synthetic_shop shop;
  EXPECT_EQ(state.fold(shop.greeting(4'711)), "");
  EXPECT_EQ(state.fold(shop.snapshot()), "");
  for (int step = 0; step < steps; ++step)
    EXPECT_EQ(state.fold(shop.step()), "");
  return *state.current();
}

std::vector<std::string> written(const program& state) {
  std::vector<std::string> messages;
  write_snapshot(state, [&](std::string_view bytes) {
    messages.emplace_back(bytes);
    return true;
  });
  return messages;
}

model read_back(const std::vector<std::string>& messages) {
  model result;
  schema::decoder decoder;
  for (const std::string& each : messages) {
    decoder.feed(each);
    while (const auto message = decoder.next())
      EXPECT_EQ(result.fold(*message), "");
  }
  EXPECT_EQ(decoder.error(), "");
  EXPECT_TRUE(decoder.is_between_messages());
  return result;
}

TEST(write_snapshot, tells_somebody_who_comes_late_all_that_is_known) {
  model state;
  const program& original = after(state, 900);
  const model copied = read_back(written(original));
  const program& copy = *copied.current();

  EXPECT_EQ(copy.identity(), original.identity());
  EXPECT_EQ(copy.time(), original.time());
  EXPECT_TRUE(copy.complete());
  EXPECT_EQ(copy.sum(), original.sum());
  EXPECT_EQ(copy.self(), original.self());
  ASSERT_EQ(copy.loops().size(), original.loops().size());
  for (const auto& [id, each] : original.loops()) {
    EXPECT_EQ(copy.loops().at(id).info(), each.info());
    EXPECT_EQ(copy.loops().at(id).statistics(), each.statistics());
  }
  EXPECT_EQ(copy.site_names(), original.site_names());
  ASSERT_EQ(copy.sites().size(), original.sites().size());
  for (const auto& [where, each] : original.sites())
    EXPECT_EQ(copy.sites().at(where).statistics(), each.statistics());
  ASSERT_EQ(copy.task_names().size(), original.task_names().size());
  for (const auto& [where, each] : original.task_names())
    EXPECT_EQ(copy.task_names().at(where).statistics(), each.statistics());
  ASSERT_EQ(copy.threads().size(), original.threads().size());
  for (const auto& [id, each] : original.threads()) {
    EXPECT_EQ(copy.threads().at(id).info, each.info);
    EXPECT_EQ(copy.threads().at(id).statistics, each.statistics);
  }
  EXPECT_GT(original.tasks().live(), 0U);
  EXPECT_EQ(copy.tasks().live(), original.tasks().live());
  EXPECT_EQ(copy.tasks().ended(), original.tasks().ended());
  original.tasks().for_each_live([&](const schema::task_info& each) {
    ASSERT_NE(copy.tasks().find(each.id), nullptr);
    EXPECT_EQ(*copy.tasks().find(each.id), each);
    EXPECT_EQ(copy.wait_text(each.id), original.wait_text(each.id));
  });
  EXPECT_EQ(copy.awaits().places(), original.awaits().places());
  EXPECT_EQ(copy.awaits().chains(), original.awaits().chains());
  EXPECT_GT(original.resources().by_id().size(), 0U);
  ASSERT_EQ(copy.resources().by_id().size(), original.resources().by_id().size());
  for (const auto& [id, each] : original.resources().by_id())
    EXPECT_EQ(copy.resources().by_id().at(id).info(), each.info());
  EXPECT_GT(original.reports().size(), 0U);
  EXPECT_EQ(copy.reports().by_id(), original.reports().by_id());
}

TEST(write_snapshot, is_cut_into_messages_and_ends_with_the_last_only) {
  schema::frame frame = test::snapshot_at(test::second);
  for (std::uint64_t id = 1; id <= 10'000; ++id) {
    schema::task_info task;
    task.id = id;
    task.state = schema::task_state::suspended;
    frame.tasks.push_back(task);
  }
  program state{schema::hello{}};
  state.fold(frame);
  const std::vector<std::string> messages = written(state);
  ASSERT_GE(messages.size(), 5U);
  std::size_t tasks = 0;
  for (const std::string& each : messages) {
    EXPECT_LT(each.size(), schema::max_message_bytes / 16);
    schema::decoder decoder;
    decoder.feed(each);
    const auto message = decoder.next();
    ASSERT_TRUE(message);
    const auto* const part = std::get_if<schema::frame>(&*message);
    ASSERT_EQ(part == nullptr, &each == &messages.front());
    if (part == nullptr) continue;
    EXPECT_TRUE(part->snapshot);
    EXPECT_EQ(part->snapshot_end, &each == &messages.back());
    tasks += part->tasks.size();
  }
  EXPECT_EQ(tasks, 10'000U);
}

TEST(write_snapshot, stops_when_nobody_listens_any_more) {
  model state;
  int calls = 0;
  write_snapshot(after(state, 10), [&](std::string_view) { return ++calls < 1; });
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace asioscope::model
