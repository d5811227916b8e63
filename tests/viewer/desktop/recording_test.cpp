// SPDX-License-Identifier: BSL-1.0
#include "connection/recording.hpp"

#include "synthetic_shop.hpp"

#include "asioscope/schema/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

namespace asioscope::viewer {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto all = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t step_ns = test::synthetic_shop::step_ns;
constexpr int steps = 400;

class recordings : public testing::Test {
 protected:
  recordings() {
    std::string name = (std::filesystem::temp_directory_path() / "asioscope-test-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    path = (folder_ / "shop.asioscope").string();
    test::synthetic_shop shop;
    shop.trace();
    schema::encode(shop.greeting(4'711), bytes);
    schema::encode(shop.snapshot(), bytes);
    begin_ns = shop.snapshot().time.monotonic_ns;
    for (int step = 1; step <= steps; ++step) {
      schema::encode(shop.step(), bytes);
      if (step == steps / 2) handlers_at_half = shop.handlers();
    }
    handlers = shop.handlers();
  }
  ~recordings() override { std::filesystem::remove_all(folder_); }

  replayed show(const std::string& what, std::int64_t until_ns = all) {
    std::ofstream(path, std::ios::binary) << what;
    return replay(path, until_ns, 1'000'000, [](double) { return false; });
  }

  std::string path;
  std::string bytes;
  std::int64_t begin_ns = 0;
  std::uint64_t handlers = 0;
  std::uint64_t handlers_at_half = 0;

 private:
  std::filesystem::path folder_;
};

TEST_F(recordings, show_what_the_program_said) {
  const replayed found = show(bytes);
  EXPECT_EQ(found.error, "");
  EXPECT_EQ(found.extent.flaw, "");
  EXPECT_EQ(found.extent.begin_ns, begin_ns);
  EXPECT_EQ(found.extent.end_ns, begin_ns + steps * step_ns);
  ASSERT_NE(found.state.current(), nullptr);
  EXPECT_EQ(found.state.current()->identity().program, "shop");
  EXPECT_EQ(found.state.current()->sum().handlers, handlers);
  EXPECT_GT(found.state.current()->trace().events(), 1'000U);
}

TEST_F(recordings, show_it_as_it_was_at_any_moment) {
  const replayed half = show(bytes, begin_ns + steps / 2 * step_ns);
  EXPECT_EQ(half.error, "");
  EXPECT_EQ(half.state.current()->time().monotonic_ns, begin_ns + steps / 2 * step_ns);
  EXPECT_EQ(half.state.current()->sum().handlers, handlers_at_half);
  const replayed before = show(bytes, 0);
  EXPECT_EQ(before.error, "");
  EXPECT_TRUE(before.state.current()->complete()) << "the snapshot is shown in any case";
  EXPECT_EQ(before.state.current()->time().monotonic_ns, begin_ns);
}

TEST_F(recordings, that_end_in_the_middle_show_what_there_is) {
  const replayed found = show(bytes.substr(0, bytes.size() - 5));
  EXPECT_EQ(found.error, "");
  EXPECT_THAT(found.extent.flaw, HasSubstr("in the middle of a message"));
  EXPECT_EQ(found.extent.end_ns, begin_ns + (steps - 1) * step_ns);
}

TEST_F(recordings, that_are_damaged_show_what_comes_before) {
  std::string damaged = bytes;
  for (std::size_t index = damaged.size() / 2; index < damaged.size() / 2 + 64; ++index)
    damaged[index] = '\xFF';
  const replayed found = show(damaged);
  EXPECT_EQ(found.error, "");
  EXPECT_THAT(found.extent.flaw, HasSubstr("cannot be read any further"));
  EXPECT_GT(found.extent.end_ns, begin_ns);
  EXPECT_LT(found.extent.end_ns, begin_ns + steps * step_ns);
}

TEST_F(recordings, that_are_none_are_refused_with_a_reason) {
  EXPECT_THAT(show("").error, HasSubstr("empty"));
  EXPECT_THAT(show("PNG, or something else that is none").error, testing::Not(IsEmpty()));
  std::string only_greeting;
  schema::encode(test::synthetic_shop().greeting(1), only_greeting);
  EXPECT_THAT(show(only_greeting).error, HasSubstr("no state of a program"));
  const replayed absent = replay("/nowhere/at.all", all, 1'000, [](double) { return false; });
  EXPECT_THAT(absent.error, HasSubstr("cannot open"));
}

TEST_F(recordings, stop_when_they_are_no_longer_wanted) {
  std::ofstream(path, std::ios::binary) << bytes;
  const replayed found = replay(path, all, 1'000, [](double) { return true; });
  EXPECT_TRUE(found.was_cancelled);
}

TEST_F(recordings, say_how_far_they_have_been_read) {
  while (bytes.size() < 3'000'000)
    bytes += bytes.substr(bytes.size() / 2);
  std::ofstream(path, std::ios::binary) << bytes;
  std::vector<double> shares;
  const replayed found = replay(path, all, 1'000, [&](double share) {
    shares.push_back(share);
    return shares.size() == 8;
  });
  EXPECT_TRUE(found.was_cancelled || !found.extent.flaw.empty());
  ASSERT_GE(shares.size(), 1U);
  EXPECT_EQ(shares.front(), 0);
  EXPECT_TRUE(std::ranges::is_sorted(shares));
  EXPECT_LT(shares.back(), 1);
}

}  // namespace
}  // namespace asioscope::viewer
