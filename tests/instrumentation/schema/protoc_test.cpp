// SPDX-License-Identifier: BSL-1.0
// The stream as others see it: stream.proto and protobuf's own compiler must be able to read what
// we write.
#include "protoc.hpp"

#include "random_message.hpp"

#include "asioscope/schema/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace asioscope::schema {
namespace {

using ::testing::HasSubstr;
using testing::protoc_decode;

TEST(protoc, reads_every_kind_of_message) {
  std::string bytes;
  hello first;
  first.program = "shop";
  first.pid = 4711;
  encode(first, bytes);
  encode(request{true}, bytes);

  frame sent;
  sent.time = {1'000, 2'000};
  sent.snapshot = true;
  sent.loops.push_back({1, "main \xE2\x86\x92 loop", true});
  site_statistics stats;
  stats.loop = 1;
  stats.site = 12;
  stats.run.record(1'000'000'000);
  sent.site_stats.push_back(stats);
  task_info task;
  task.id = 100;
  task.parent = 98;
  task.state = task_state::suspended;
  task.spawned_ns = 5'000;
  sent.tasks.push_back(task);
  sent.places.push_back({1, "shop::session", "session.cpp", 88});
  sent.await_chains.push_back({100, "async_receive", {1, 7}, {"pay"}, "4bf92f"});
  resource_info pool;
  pool.kind = "resource_pool";
  pool.figures.push_back({"in_use", 3.5, false});
  pool.waiters.push_back({100, 77});
  pool.occurrences.push_back({"leaked", 6});
  sent.resources.push_back(pool);
  report stall;
  stall.kind = report_kind::stall;
  stall.culprit = "burn_cpu()";
  stall.stack.push_back({0x1234, "burn_cpu()", "shop.cpp", 42, "shop", false});
  stall.cause = "in system call read";
  stall.samples = 7;
  stall.stack_count = 4;
  stall.other_stacks.push_back({stall.stack, 3});
  sent.reports.push_back(stall);
  event run;
  run.flags = run_flag_delay;
  run.site = 12;
  run.time_ns = 70;
  run.duration_ns = 300;
  sent.events.push_back({2, {run}});
  sent.gaps.push_back({2, 17, 1, 2});
  encode(sent, bytes);
  encode(goodbye{"enough"}, bytes);

  const std::string text = protoc_decode(bytes);
  EXPECT_THAT(text, HasSubstr("magic: \"asioscope\""));
  EXPECT_THAT(text, HasSubstr("program: \"shop\""));
  EXPECT_THAT(text, HasSubstr("pid: 4711"));
  EXPECT_THAT(text, HasSubstr("trace: true"));
  EXPECT_THAT(text, HasSubstr("snapshot: true"));
  EXPECT_THAT(text, HasSubstr("name: \"main \\342\\206\\222 loop\""));
  EXPECT_THAT(text,
              HasSubstr("run {\n        index: 96\n        count: 1\n        sum_ns: 1000000000"));
  EXPECT_THAT(text, HasSubstr("id: 100\n      site: 0\n      loop: 0\n      state: 10\n"));
  EXPECT_THAT(text, HasSubstr("parent: 2\n"));
  EXPECT_THAT(text, HasSubstr("kind: \"resource_pool\""));
  EXPECT_THAT(text, HasSubstr("name: \"in_use\"\n        value: 3.5"));
  EXPECT_THAT(text, HasSubstr("task: 100\n        since_ns: 77"));
  EXPECT_THAT(text, HasSubstr("what: \"leaked\"\n        count: 6"));
  EXPECT_THAT(text, HasSubstr("kind: REPORT_STALL"));
  EXPECT_THAT(text, HasSubstr("function: \"burn_cpu()\""));
  EXPECT_THAT(text, HasSubstr("cause: \"in system call read\""));
  EXPECT_THAT(text, HasSubstr("samples: 7"));
  EXPECT_THAT(text, HasSubstr("stack_count: 4"));
  EXPECT_THAT(text, HasSubstr("other_stacks {"));
  EXPECT_THAT(text, HasSubstr("shape_flags: 32"));
  EXPECT_THAT(text, HasSubstr("time_ns: 70"));
  EXPECT_THAT(text, HasSubstr("duration_ns: 300"));
  EXPECT_THAT(text, HasSubstr("count: 17"));
  EXPECT_THAT(text, HasSubstr("reason: \"enough\""));
}

TEST(protoc, knows_every_field_we_write) {
  std::string bytes;
  testing::random_message source{1};
  for (int i = 0; i < 50; ++i)
    encode(source.next(), bytes);
  encode(goodbye{"a name that is not UTF-8: \xFF"}, bytes);
  const std::string text = protoc_decode(bytes);
  ASSERT_THAT(text, HasSubstr("message {"));
  // What is not in the .proto is printed by number.
  EXPECT_THAT(text, ::testing::Not(::testing::ContainsRegex("\n *[0-9]+(:| \\{)")));
}

TEST(protoc, refuses_what_is_not_a_stream) { EXPECT_EQ(protoc_decode("GET / HTTP/1.1"), ""); }

}  // namespace
}  // namespace asioscope::schema
