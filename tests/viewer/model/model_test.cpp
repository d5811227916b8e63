// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/model.hpp"

#include "messages.hpp"

#include "asioscope/model/dump.hpp"
#include "asioscope/schema/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace asioscope::model {
namespace {

using test::frame_at;
using test::greeting;
using test::ms;
using test::second;
using test::site_after;
using test::snapshot_at;

constexpr std::int64_t start = 50 * second;

schema::frame busy_snapshot(std::uint64_t runs) {
  schema::frame frame = snapshot_at(start);
  frame.loops = {test::named_loop(1, "main")};
  frame.sites = {test::named_site(3, "on_read")};
  frame.site_stats = {site_after(1, 3, runs, 1'000)};
  frame.tasks = {test::live_task(1)};
  frame.reports = {test::stall_report(1, start - second, 300'000'000, false)};
  return frame;
}

TEST(model, wants_a_greeting_first) {
  model state;
  EXPECT_THAT(state.fold(snapshot_at(start)), testing::HasSubstr("did not greet"));
  EXPECT_EQ(state.current(), nullptr);
  EXPECT_EQ(state.fold(greeting()), "");
  EXPECT_NE(state.current(), nullptr);
  EXPECT_THAT(state.fold(greeting()), testing::HasSubstr("twice"));
}

TEST(model, refuses_another_version_in_words_and_keeps_what_it_has) {
  model state;
  ASSERT_EQ(state.fold(greeting()), "");
  ASSERT_EQ(state.fold(busy_snapshot(10)), "");
  state.disconnected();
  schema::hello newer = greeting();
  const auto ours = std::to_string(newer.version);
  const auto theirs = std::to_string(++newer.version);
  EXPECT_THAT(state.fold(newer), testing::AllOf(testing::HasSubstr("version " + theirs),
                                                testing::HasSubstr("viewer version " + ours),
                                                testing::HasSubstr("is newer than this viewer")));
  schema::hello older = greeting();
  older.version = 0;
  EXPECT_THAT(state.fold(older), testing::HasSubstr("is older than this viewer"));
  EXPECT_EQ(state.current()->sum().handlers, 10U);
  EXPECT_NE(state.fold(frame_at(start + second)), "");
}

TEST(model, the_same_process_goes_on) {
  model state;
  ASSERT_EQ(state.fold(greeting()), "");
  ASSERT_EQ(state.fold(busy_snapshot(10)), "");
  ASSERT_EQ(state.fold(frame_at(start + second)), "");
  state.disconnected();
  EXPECT_EQ(state.current()->sum().handlers, 10U);  // still there to look at
  ASSERT_EQ(state.fold(greeting()), "");
  schema::frame again = snapshot_at(start + 5 * second);
  again.site_stats = {site_after(1, 3, 50, 1'000)};
  ASSERT_EQ(state.fold(again), "");
  EXPECT_EQ(state.beginnings(), 1U);
  EXPECT_EQ(state.current()->sum().handlers, 50U);
  EXPECT_EQ(state.current()->loops().at(1).samples().size(), 2U);
  EXPECT_DOUBLE_EQ(state.current()->loops().at(1).samples().back().handlers_per_second, 10);
}

TEST(model, a_restarted_program_begins_anew_and_nothing_of_the_old_one_stays) {
  for (const schema::hello& next : {greeting(101, 1'000), greeting(100, 1'001)}) {
    model state;
    ASSERT_EQ(state.fold(greeting(100, 1'000)), "");
    ASSERT_EQ(state.fold(busy_snapshot(1'000)), "");
    ASSERT_EQ(state.fold(frame_at(start + second)), "");
    state.disconnected();
    ASSERT_EQ(state.fold(next), "");
    EXPECT_EQ(state.beginnings(), 2U);
    EXPECT_FALSE(state.current()->complete());
    EXPECT_TRUE(state.current()->loops().empty());
    EXPECT_TRUE(state.current()->sites().empty());
    EXPECT_EQ(state.current()->tasks().live(), 0U);
    EXPECT_EQ(state.current()->reports().size(), 0U);
    ASSERT_EQ(state.fold(busy_snapshot(5)), "");
    EXPECT_EQ(state.current()->sum().handlers, 5U);
    EXPECT_TRUE(state.current()->loops().at(1).samples().empty());
  }
}

TEST(model, a_farewell_belongs_to_its_connection) {
  model state;
  ASSERT_EQ(state.fold(greeting()), "");
  EXPECT_EQ(state.fold(schema::goodbye{.reason = "the program ends"}), "");
  EXPECT_EQ(state.farewell(), "the program ends");
  state.disconnected();
  EXPECT_EQ(state.farewell(), "");
  // Whoever has no place for a viewer says so instead of greeting.
  EXPECT_EQ(state.fold(schema::goodbye{.reason = "8 viewers are connected already"}), "");
  EXPECT_EQ(state.farewell(), "8 viewers are connected already");
}

TEST(model, a_request_in_the_wrong_direction_is_ignored) {
  model state;
  ASSERT_EQ(state.fold(greeting()), "");
  EXPECT_EQ(state.fold(schema::request{.trace = true}), "");
}

std::string dumped(const model& state) {
  std::ostringstream out;
  dump_json(*state.current(), out);
  return out.str();
}

TEST(model, bytes_one_by_one_say_the_same_as_messages) {
  std::vector<schema::message> messages = {greeting(), busy_snapshot(1'000)};
  for (int step = 1; step <= 30; ++step) {
    schema::frame frame = frame_at(start + step * 50 * ms);
    frame.site_stats = {site_after(1, 3, 1'000 + static_cast<std::uint64_t>(step), 1'000)};
    messages.emplace_back(frame);
  }
  model direct;
  std::string bytes;
  for (const schema::message& each : messages) {
    ASSERT_EQ(direct.fold(each), "");
    schema::encode(each, bytes);
  }
  model fed;
  schema::decoder decoder;
  for (const char byte : bytes) {
    decoder.feed(std::string_view(&byte, 1));
    while (const auto message = decoder.next())
      ASSERT_EQ(fed.fold(*message), "");
    ASSERT_EQ(decoder.error(), "");
  }
  EXPECT_EQ(fed.current()->sum().handlers, 1'030U);
  EXPECT_EQ(dumped(fed), dumped(direct));
}

}  // namespace
}  // namespace asioscope::model
