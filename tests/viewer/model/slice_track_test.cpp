// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/slice_track.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace asioscope::model {
namespace {

slice run(std::int64_t begin_ns, std::uint64_t duration_ns) {
  slice result;
  result.begin_ns = begin_ns;
  result.duration_ns = duration_ns;
  return result;
}

// `count` runs of 6 ns, one every 10 ns.
slice_track track_of(std::size_t count) {
  slice_track track;
  for (std::size_t index = 0; index < count; ++index)
    track.push(run(static_cast<std::int64_t>(index) * 10, 6));
  return track;
}

constexpr std::size_t several_chunks = slice_track::chunk_size * 3 + 17;

TEST(slice_track, finds_what_ends_after_a_moment) {
  const slice_track track = track_of(several_chunks);
  ASSERT_EQ(track.size(), several_chunks);
  for (std::size_t index = 0; index < several_chunks; index += 7) {
    const auto end = static_cast<std::int64_t>(index) * 10 + 6;
    for (const std::size_t from : {std::size_t{0}, index / 2, index}) {
      EXPECT_EQ(track.first_ending_after(end - 1, from), index);
      EXPECT_EQ(track.first_ending_after(end, from), index + 1) << "it has ended then";
    }
  }
  EXPECT_EQ(track.first_ending_after(-5), 0U);
  EXPECT_EQ(track.first_ending_after(std::int64_t{1} << 40), several_chunks);
  EXPECT_EQ(track.first_ending_after(0, several_chunks), several_chunks);
  EXPECT_EQ(slice_track().first_ending_after(0), 0U);
}

TEST(slice_track, adds_up) {
  const slice_track track = track_of(several_chunks);
  EXPECT_EQ(track.sum_ns(0, several_chunks), several_chunks * 6);
  EXPECT_EQ(track.sum_ns(1'000, 1'100), 600U);
  EXPECT_EQ(track.sum_ns(5, 5), 0U);
}

TEST(slice_track, forgets_the_oldest_and_still_adds_up) {
  slice_track track = track_of(several_chunks);
  EXPECT_EQ(track.drop_oldest(), slice_track::chunk_size);
  ASSERT_EQ(track.size(), several_chunks - slice_track::chunk_size);
  EXPECT_EQ(track.front().begin_ns, static_cast<std::int64_t>(slice_track::chunk_size) * 10);
  EXPECT_EQ(track.sum_ns(0, 100), 600U);
  slice_track small = track_of(3);
  EXPECT_EQ(small.drop_oldest(), 3U) << "all there is";
  EXPECT_TRUE(small.empty());
  EXPECT_EQ(small.drop_oldest(), 0U);
}

TEST(slice_track, knows_its_blocks) {
  constexpr std::size_t block = slice_track::block_size;
  const auto check = [](const slice_track& track) {
    const std::size_t whole = track.size() / block;
    for (std::size_t index = 0; index < whole; ++index) {
      const std::int64_t end = track[(index + 1) * block - 1].end_ns();
      for (const std::size_t from : {std::size_t{0}, index / 2, index}) {
        EXPECT_EQ(track.first_block_ending_after(end - 1, from), index);
        EXPECT_EQ(track.first_block_ending_after(end, from), index + 1);
      }
      EXPECT_EQ(track.sum_of_blocks_ns(index / 3, index),
                track.sum_ns(index / 3 * block, index * block));
    }
    EXPECT_EQ(track.first_block_ending_after(std::int64_t{1} << 40, 0), whole);
  };
  slice_track track = track_of(several_chunks);
  check(track);
  for (std::size_t more = 0; more < 3 * block; ++more) {
    track.pop_back();
    check(track);
  }
  track.drop_oldest();
  check(track);
  track.push(run(1 << 30, 3));
  check(track);
  slice_track few = track_of(2 * block + 1);
  few.drop_oldest();
  check(few);
  EXPECT_EQ(few.first_block_ending_after(0, 0), 0U);
}

TEST(slice_track, takes_back_what_was_pushed_last_also_from_a_full_chunk) {
  slice_track track = track_of(slice_track::chunk_size + 1);
  for (std::size_t left = track.size(); left > 0; --left) {
    EXPECT_EQ(track.back().begin_ns, static_cast<std::int64_t>(left - 1) * 10);
    track.pop_back();
    EXPECT_EQ(track.size(), left - 1);
  }
  EXPECT_TRUE(track.empty());
}

TEST(slice_track, a_copy_stays_what_it_was) {
  slice_track track = track_of(slice_track::chunk_size);
  const slice_track copy = track;
  track.pop_back();
  track.push(run(50'000, 1));
  track.drop_oldest();
  ASSERT_EQ(copy.size(), slice_track::chunk_size);
  EXPECT_EQ(copy.back().begin_ns, static_cast<std::int64_t>(slice_track::chunk_size - 1) * 10);
}

}  // namespace
}  // namespace asioscope::model
