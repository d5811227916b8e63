// SPDX-License-Identifier: BSL-1.0
#include "headless.hpp"
#include "redraw.hpp"

#include <gtest/gtest.h>

namespace asioscope::viewer {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// Pictures drawn in ten seconds when the stream brings news every `news_every` and the user does
// nothing.
int pictures_in_ten_seconds(std::chrono::milliseconds news_every) {
  redraw_rhythm rhythm;
  clock::time_point now{100s};
  int pictures = 0;
  for (int elapsed = 0; elapsed < 10'000; ++elapsed, now += 1ms) {
    const auto revision =
        news_every == 0ms ? 0U : static_cast<std::uint64_t>(elapsed / news_every.count());
    if (!rhythm.is_due(revision, now)) continue;
    rhythm.note_drawn(revision, now);
    ++pictures;
  }
  return pictures;
}

TEST(redraw_rhythm, four_times_a_second_for_news_every_other_second_for_the_clock) {
  EXPECT_NEAR(pictures_in_ten_seconds(50ms), 40, 8);
  EXPECT_NEAR(pictures_in_ten_seconds(0ms), 8, 2);
}

TEST(redraw_rhythm, input_is_answered_at_once_and_settles) {
  redraw_rhythm rhythm;
  clock::time_point now{100s};
  for (int picture = 0; picture < 10; ++picture)
    rhythm.note_drawn(0, now);
  EXPECT_FALSE(rhythm.is_due(0, now + 20ms));
  rhythm.note_input();
  EXPECT_TRUE(rhythm.is_due(0, now + 20ms));
  EXPECT_LE(rhythm.timeout(0, now), 0.017);
  for (int picture = 0; picture < 4; ++picture)
    rhythm.note_drawn(0, now);
  EXPECT_FALSE(rhythm.is_due(0, now + 20ms));
  EXPECT_GT(rhythm.timeout(0, now), 0.9);
}

using phase = connection_status::phase;

TEST(errand_clock, counts_from_the_first_whole_snapshot) {
  using verdict = errand_clock::verdict;
  const clock::time_point start{100s};
  errand_clock errand(2, start);
  EXPECT_EQ(errand.ask(false, phase::live, start + 1s), verdict::wait);
  EXPECT_EQ(errand.ask(true, phase::live, start + 2s), verdict::wait);
  EXPECT_EQ(errand.ask(true, phase::live, start + 3900ms), verdict::wait);
  // A program that ended meanwhile has said what it had to say.
  EXPECT_EQ(errand.ask(true, phase::refused, start + 4s), verdict::write);
}

TEST(errand_clock, waits_for_the_end_of_a_file_however_long_it_is) {
  using verdict = errand_clock::verdict;
  const clock::time_point start{100s};
  errand_clock errand(2, start);
  EXPECT_EQ(errand.ask(true, phase::reading, start + 1s), verdict::wait);
  EXPECT_EQ(errand.ask(true, phase::reading, start + 600s), verdict::wait);
  EXPECT_EQ(errand.ask(true, phase::replaying, start + 601s), verdict::wait) << "from now on";
  EXPECT_EQ(errand.ask(true, phase::replaying, start + 603s), verdict::write);
}

TEST(errand_clock, gives_up_when_nobody_is_there_or_cannot_be_understood) {
  using verdict = errand_clock::verdict;
  const clock::time_point start{100s};
  errand_clock errand(0.5, start);
  EXPECT_EQ(errand.ask(false, phase::live, start + 2900ms), verdict::wait);
  EXPECT_EQ(errand.ask(false, phase::live, start + 3s), verdict::give_up);
  errand_clock patient(10, start);
  EXPECT_EQ(patient.ask(false, phase::live, start + 9s), verdict::wait);
  EXPECT_EQ(patient.ask(false, phase::refused, start + 9s), verdict::give_up);
}

}  // namespace
}  // namespace asioscope::viewer
