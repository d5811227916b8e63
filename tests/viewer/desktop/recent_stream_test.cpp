// SPDX-License-Identifier: BSL-1.0
#include "connection/recent_stream.hpp"

#include "synthetic_shop.hpp"

#include "asioscope/model/model.hpp"
#include "asioscope/schema/codec.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <variant>

namespace asioscope::viewer {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t always = std::numeric_limits<std::int64_t>::max();

class recent_streams : public testing::Test {
 protected:
  void begin(recent_stream& recent) {
    shop.trace();
    recent.begin(shop.greeting(4'711));
    say(recent, shop.snapshot());
  }
  void say(recent_stream& recent, const schema::frame& frame) {
    std::string bytes;
    schema::encode(frame, bytes);
    recent.take(frame, bytes);
    now = frame.time.monotonic_ns;
  }
  void pass(recent_stream& recent, std::int64_t time) {
    for (std::int64_t passed = 0; passed < time; passed += test::synthetic_shop::step_ns)
      say(recent, shop.step());
  }

  struct read_back {
    model::model state;
    std::int64_t begin_ns = 0;
    std::uint64_t frames = 0;  // after the snapshot
  };
  static read_back saved(const recent_stream& recent, std::int64_t from, std::int64_t to) {
    std::string bytes;
    recent.write(from, to, [&](std::string_view more) {
      bytes += more;
      return true;
    });
    read_back result;
    schema::decoder decoder;
    decoder.feed(bytes);
    while (const auto message = decoder.next()) {
      EXPECT_EQ(result.state.fold(*message), "");
      const auto* const frame = std::get_if<schema::frame>(&*message);
      if (frame == nullptr) continue;
      if (frame->snapshot) result.begin_ns = frame->time.monotonic_ns;
      result.frames += frame->snapshot ? 0 : 1;
    }
    EXPECT_EQ(decoder.error(), "");
    return result;
  }

  test::synthetic_shop shop;
  std::int64_t now = 0;
};

TEST_F(recent_streams, keep_all_as_long_as_there_is_room) {
  recent_stream recent;
  EXPECT_FALSE(recent.kept());
  begin(recent);
  const std::int64_t start = now;
  pass(recent, 20 * second);
  ASSERT_TRUE(recent.kept());
  EXPECT_EQ(recent.kept()->begin_ns, start);
  EXPECT_EQ(recent.kept()->end_ns, now);
  const read_back all = saved(recent, 0, always);
  EXPECT_EQ(all.begin_ns, start);
  EXPECT_EQ(all.frames, 400U);
  EXPECT_EQ(all.state.current()->sum().handlers, shop.handlers());
  EXPECT_EQ(all.state.current()->tasks().live(), shop.live_tasks());
  EXPECT_GT(all.state.current()->trace().events(), 0U);
}

TEST_F(recent_streams, forget_what_is_older_than_their_span_but_not_what_it_led_to) {
  recent_stream recent({.span_ns = 5 * second});
  begin(recent);
  pass(recent, 20 * second);
  EXPECT_EQ(recent.kept()->begin_ns, now - 5 * second - test::synthetic_shop::step_ns);
  const read_back all = saved(recent, 0, always);
  EXPECT_EQ(all.begin_ns, recent.kept()->begin_ns);
  EXPECT_EQ(all.frames, 101U);
  EXPECT_EQ(all.state.current()->time().monotonic_ns, now);
  EXPECT_EQ(all.state.current()->sum().handlers, shop.handlers());
  EXPECT_EQ(all.state.current()->sum().tasks_finished, shop.tasks_finished());
  EXPECT_EQ(all.state.current()->sum().stalls, shop.stalls());
  EXPECT_EQ(all.state.current()->tasks().live(), shop.live_tasks());
}

TEST_F(recent_streams, take_no_more_room_than_they_were_given) {
  recent_stream recent({.bytes = 20'000});
  begin(recent);
  for (int step = 0; step < 400; ++step) {
    say(recent, shop.step());
    ASSERT_LE(recent.kept()->bytes, 20'000U);
  }
  EXPECT_GT(recent.kept()->bytes, 5'000U);
  EXPECT_GT(recent.kept()->begin_ns, now - 19 * second);
  EXPECT_EQ(saved(recent, 0, always).state.current()->sum().handlers, shop.handlers());
}

TEST_F(recent_streams, write_the_stretch_that_is_asked_for) {
  recent_stream recent;
  begin(recent);
  pass(recent, 10 * second);
  const std::int64_t moment = now;
  const std::uint64_t handlers = shop.handlers();
  pass(recent, 10 * second);
  const read_back stretch = saved(recent, moment - 2 * second, moment);
  EXPECT_EQ(stretch.begin_ns, moment - 2 * second);
  EXPECT_EQ(stretch.frames, 40U);
  EXPECT_EQ(stretch.state.current()->time().monotonic_ns, moment);
  EXPECT_EQ(stretch.state.current()->sum().handlers, handlers);
  EXPECT_EQ(saved(recent, 0, always).state.current()->sum().handlers, shop.handlers())
      << "writing changes nothing";
}

TEST_F(recent_streams, are_not_there_before_the_snapshot_is) {
  recent_stream recent;
  schema::frame half = shop.snapshot();
  half.snapshot_end = false;
  say(recent, half);
  EXPECT_FALSE(recent.kept()) << "nobody greeted";
  recent.begin(shop.greeting(4'711));
  say(recent, half);
  EXPECT_FALSE(recent.kept());
  recent.write(0, always, [](std::string_view) {
    ADD_FAILURE() << "there is nothing to write";
    return true;
  });
  say(recent, shop.snapshot());
  EXPECT_TRUE(recent.kept());
}

TEST_F(recent_streams, begin_anew_with_another_connection) {
  recent_stream recent;
  begin(recent);
  pass(recent, 5 * second);
  recent.begin(shop.greeting(4'712));
  EXPECT_FALSE(recent.kept());
  say(recent, shop.snapshot());
  EXPECT_EQ(recent.kept()->begin_ns, now);
  EXPECT_EQ(recent.kept()->bytes, 0U);
  EXPECT_EQ(saved(recent, 0, always).state.current()->identity().pid, 4'712U);
}

TEST_F(recent_streams, stop_writing_when_nobody_takes_it) {
  recent_stream recent;
  begin(recent);
  pass(recent, second);
  int calls = 0;
  recent.write(0, always, [&](std::string_view) { return ++calls < 5; });
  EXPECT_EQ(calls, 5);
}

}  // namespace
}  // namespace asioscope::viewer
