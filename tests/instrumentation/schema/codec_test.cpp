// SPDX-License-Identifier: BSL-1.0
#include "asioscope/schema/codec.hpp"

#include "random_message.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace asioscope::schema {
namespace {

std::string encoded(const message& value) {
  std::string bytes;
  encode(value, bytes);
  return bytes;
}

/// Feeds `bytes` in pieces of `step` and returns all messages.
std::vector<message> decode_all(decoder& reader, std::string_view bytes, std::size_t step) {
  std::vector<message> result;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    reader.feed(bytes.substr(at, step));
    while (auto each = reader.next())
      result.push_back(std::move(*each));
  }
  return result;
}

TEST(codec, every_message_comes_back_as_it_was) {
  testing::random_message source{20261122};
  for (int round = 0; round < 2000; ++round) {
    const message original = source.next();
    const std::string bytes = encoded(original);
    decoder reader;
    reader.feed(bytes);
    const auto copy = reader.next();
    ASSERT_TRUE(copy.has_value()) << "round " << round << ": " << reader.error();
    ASSERT_TRUE(*copy == original) << "round " << round;
    EXPECT_FALSE(reader.next().has_value());
    EXPECT_EQ(reader.error(), "");
  }
}

TEST(codec, defaults_come_back_as_they_were) {
  const std::vector<message> originals{hello{}, frame{}, goodbye{}, request{}};
  for (const message& original : originals) {
    decoder reader;
    reader.feed(encoded(original));
    const auto copy = reader.next();
    ASSERT_TRUE(copy.has_value()) << reader.error();
    EXPECT_TRUE(*copy == original);
  }
}

TEST(codec, how_the_bytes_are_cut_does_not_matter) {
  testing::random_message source{7};
  std::vector<message> originals;
  std::string bytes;
  for (int i = 0; i < 30; ++i) {
    originals.push_back(source.next());
    encode(originals.back(), bytes);
  }
  for (const std::size_t step :
       {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{4096}, bytes.size()}) {
    decoder reader;
    EXPECT_TRUE(decode_all(reader, bytes, step) == originals) << step;
    EXPECT_EQ(reader.error(), "");
  }
}

TEST(codec, the_bytes_of_a_message_can_be_had_as_they_came) {
  testing::random_message source{9};
  std::string bytes;
  std::vector<std::string> parts;
  for (int round = 0; round < 200; ++round) {
    parts.push_back(encoded(source.next()));
    bytes += parts.back();
  }
  decoder reader;
  std::size_t found = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 1'000) {
    reader.feed(std::string_view(bytes).substr(at, 1'000));
    while (reader.next())
      ASSERT_EQ(reader.last_bytes(), parts.at(found++));
  }
  EXPECT_EQ(found, parts.size());
  reader.feed("\n\x01?");
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.last_bytes(), "") << "none after an error";
}

TEST(codec, an_event_keeps_every_member_whatever_its_kind) {
  frame original;
  event_batch batch{3, {}};
  for (int kind = 0; kind <= 4; ++kind) {
    for (int flags = 0; flags <= 255; ++flags) {
      batch.events.push_back({static_cast<event_kind>(kind), static_cast<std::uint8_t>(flags), 1, 2,
                              -5, ~std::uint64_t{0}, 1, 0xFFFFFFFF, 0x80000000});
    }
  }
  original.events.push_back(batch);
  decoder reader;
  reader.feed(encoded(original));
  const auto copy = reader.next();
  ASSERT_TRUE(copy.has_value()) << reader.error();
  EXPECT_EQ(std::get<frame>(*copy).events, original.events);
}

TEST(codec, more_shapes_than_the_writer_remembers_still_come_back) {
  frame original;
  event_batch batch{1, {}};
  for (std::uint32_t round = 0; round < 3; ++round) {
    for (std::uint32_t site = 0; site < 5'000; ++site) {
      event each;
      each.site = site;
      each.time_ns = site;
      batch.events.push_back(each);
    }
  }
  original.events.push_back(batch);
  decoder reader;
  reader.feed(encoded(original));
  const auto copy = reader.next();
  ASSERT_TRUE(copy.has_value()) << reader.error();
  EXPECT_EQ(std::get<frame>(*copy).events, original.events);
}

TEST(codec, bytes_that_are_not_utf8_are_replaced) {
  const std::pair<const char*, const char*> cases[] = {
      {"plain", "plain"},
      {"\xFF", "\xEF\xBF\xBD"},
      {"a\x80z", "a\xEF\xBF\xBDz"},
      {"\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},                                  // overlong
      {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},                  // a surrogate
      {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},  // > U+10FFFF
      {"\xE2\x86", "\xEF\xBF\xBD\xEF\xBF\xBD"},                                  // cut short
      {"\xF0\x9F\x90\x8C", "\xF0\x9F\x90\x8C"},
      {"\xEF\xBF\xBD", "\xEF\xBF\xBD"},
  };
  for (const auto& [given, expected] : cases) {
    decoder reader;
    reader.feed(encoded(goodbye{given}));
    const auto copy = reader.next();
    ASSERT_TRUE(copy.has_value()) << reader.error();
    EXPECT_EQ(std::get<goodbye>(*copy).reason, expected);
  }
}

TEST(codec, encoding_appends) {
  std::string bytes = "before";
  encode(request{true}, bytes);
  EXPECT_EQ(bytes, "before" + encoded(request{true}));
}

/// An observed program as it is: timers and sockets, a handful of sites, runs of microseconds,
/// posts from runs.
TEST(codec, an_event_of_a_realistic_trace_takes_at_most_twelve_bytes) {
  std::mt19937_64 random{42};
  const auto between = [&](std::uint64_t low, std::uint64_t high) {
    // Log-uniform, as durations are.
    const double u = std::uniform_real_distribution<>{std::log(static_cast<double>(low)),
                                                      std::log(static_cast<double>(high))}(random);
    return static_cast<std::uint64_t>(std::exp(u));
  };
  std::int64_t now = 3'600'000'000'000;
  std::uint32_t operation = 1'000'000;
  std::size_t bytes = 0;
  std::size_t events = 0;
  for (int batches = 0; batches < 50; ++batches) {  // one frame's worth of one thread each
    frame sent;
    event_batch batch{1, {}};
    for (int runs = 0; runs < 400; ++runs) {
      if (random() % 3 == 0) now += static_cast<std::int64_t>(between(1'000, 1'000'000));  // idle
      event run;
      run.flags = run_flag_delay;
      if (random() % 50 == 0) run.flags |= run_flag_cancelled;
      run.loop = 1;
      run.site = 1 + static_cast<std::uint32_t>(random() % 40);
      run.time_ns = now;
      run.duration_ns = between(300, 100'000);
      run.delay_ns = between(200, 1'000'000);
      run.task = run.site % 2 == 0 ? 50'000 + static_cast<std::uint32_t>(random() % 2'000) : 0;
      run.operation = operation - static_cast<std::uint32_t>(random() % 500);
      if (random() % 2 == 0) {
        event created;
        created.kind = event_kind::created;
        created.loop = 1;
        created.site = run.site;
        created.time_ns = now + static_cast<std::int64_t>(run.duration_ns / 2);
        created.task = run.task;
        created.operation = ++operation;
        batch.events.push_back(created);
      }
      batch.events.push_back(run);
      now += static_cast<std::int64_t>(run.duration_ns) + static_cast<std::int64_t>(random() % 200);
    }
    events += batch.events.size();
    sent.events.push_back(std::move(batch));
    bytes += encoded(sent).size();
  }
  const double each = static_cast<double>(bytes) / static_cast<double>(events);
  RecordProperty("bytes_per_event", std::to_string(each));
  EXPECT_LE(each, 12.0);
  EXPECT_GT(each, 4.0);  // or else the trace above is not realistic
}

TEST(codec, a_task_takes_few_bytes) {
  frame sent;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    task_info each;
    each.id = 1'000'000 + i;
    each.site = 1 + i % 20;
    each.loop = 1;
    each.parent = i % 4 == 0 ? each.id - 1 : 0;
    each.state = task_state::suspended;
    each.spawned_ns = 3'600'000'000'000 + i * 50'000LL;
    each.runs = i % 50;
    each.busy_ns = i % 50 * 10'000;
    each.longest_ns = 20'000;
    sent.tasks.push_back(each);
  }
  EXPECT_LE(encoded(sent).size(), 10'000U * 18);
}

}  // namespace
}  // namespace asioscope::schema
