// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/histogram.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace asioscope::recorder {

/// Raw clock units: the processor's time stamp counter where it is invariant, else nanoseconds of
/// CLOCK_MONOTONIC.
using ticks = std::uint64_t;

/// Set once, before the first thread_state exists, hence before the first stamp is taken.
struct tick_scale {
  bool use_tsc = false;
  /// Nanoseconds per tick, times 2^32. Fixed for the life of the process: a scale that were refined
  /// later would make cumulative seconds go backwards.
  std::uint64_t nanosecond_multiplier = 0;
};
extern constinit tick_scale scale;

/// Chooses and calibrates the clock; the first call takes about 2 ms, later ones nothing.
void initialise_clock();

inline ticks now_ticks() noexcept {
#if defined(__x86_64__)
  if (scale.use_tsc) [[likely]]
    return __rdtsc();
#endif
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<ticks>(t.tv_sec) * 1'000'000'000U + static_cast<ticks>(t.tv_nsec);
}

__extension__ using wide = unsigned __int128;

/// A duration in nanoseconds.
inline std::uint64_t to_nanoseconds(ticks duration) noexcept {
  return static_cast<std::uint64_t>((wide{duration} * scale.nanosecond_multiplier) >> 32);
}

/// A duration given in nanoseconds, in ticks.
inline ticks to_ticks(std::uint64_t nanoseconds) noexcept {
  return static_cast<ticks>((wide{nanoseconds} << 32) / scale.nanosecond_multiplier);
}

/// The histogram buckets of the durations of 2^k up to 2^(k+1) ticks: four bounds lie in between.
struct bucket_octave {
  std::array<ticks, schema::buckets_per_octave> last{};  ///< the last duration of each bucket
  std::size_t lowest = 0;
};
extern constinit std::array<bucket_octave, 64> bucket_octaves;

/// The histogram bucket of a duration.
inline std::size_t bucket_of(ticks duration) noexcept {
  const bucket_octave& octave =
      bucket_octaves[63U - static_cast<unsigned>(__builtin_clzll(duration | 1))];
  return octave.lowest + std::size_t{duration > octave.last[0]} +
         std::size_t{duration > octave.last[1]} + std::size_t{duration > octave.last[2]} +
         std::size_t{duration > octave.last[3]};
}

/// Moments are kept per operation in 32 bits: units of 128 ticks (about 50 ns), which wrap after
/// some minutes.
using stamp = std::uint32_t;
inline constexpr unsigned stamp_shift = 7;
constexpr stamp to_stamp(ticks t) noexcept { return static_cast<stamp>(t >> stamp_shift); }

/// How long after `earlier` the moment `t` is; negative when before. Right within ± 2^31 units.
constexpr std::int64_t since_stamp(ticks t, stamp earlier) noexcept {
  return std::int64_t{static_cast<std::int32_t>(to_stamp(t) - earlier)} << stamp_shift;
}

/// Stamps with a meaning of their own.
inline constexpr stamp no_stamp = 0;       ///< the operation was not recorded when it was created
inline constexpr stamp unknown_stamp = 1;  ///< recorded, but when it became ready is not known
constexpr stamp proper_stamp(ticks t) noexcept {
  const stamp s = to_stamp(t);
  return s > unknown_stamp ? s : unknown_stamp + 1;
}

}  // namespace asioscope::recorder
