// SPDX-License-Identifier: BSL-1.0
#include "clock.hpp"

#include "locks.hpp"

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <deque>
#include <mutex>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace asioscope::recorder {

constinit tick_scale scale;
constinit std::array<bucket_octave, 64> bucket_octaves{};

namespace {

constexpr std::int64_t calibration_ns = 2'000'000;

constexpr std::size_t anchors_kept = 64;  // about a minute: more than any ring holds

std::deque<clock_anchor>& anchors() {
  static auto* const kept =
      new std::deque<clock_anchor>;  // never destroyed: read until the very end
  return *kept;
}

std::int64_t read(clockid_t clock) noexcept {
  timespec t;
  clock_gettime(clock, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

bool tsc_is_invariant() noexcept {
#if defined(__x86_64__)
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & (1U << 8)) != 0;
#else
  return false;
#endif
}

/// Several tries; the one whose two tick reads were closest together was disturbed least.
clock_anchor read_anchor(int tries = 8) noexcept {
  clock_anchor best;
  ticks narrowest = ~ticks{0};
  for (int i = 0; i < tries; ++i) {
    const ticks before = now_ticks();
    const std::int64_t monotonic = read(CLOCK_MONOTONIC);
    const ticks after = now_ticks();
    if (after - before < narrowest) {
      narrowest = after - before;
      best = {before + (after - before) / 2, monotonic, read(CLOCK_REALTIME)};
    }
  }
  return best;
}

/// The last of the durations from `first` to `last` for which `holds`, which is true up to some
/// duration and false from there on; true for the first.
template <class Predicate>
ticks last_for_which(ticks first, ticks last, Predicate holds) {
  while (first < last) {
    const ticks middle = first + (last - first) / 2 + 1;
    if (holds(middle))
      first = middle;
    else
      last = middle - 1;
  }
  return first;
}

/// `multiplier`: 2^-40 s per tick, times 2^32.
void fill_buckets(std::uint64_t multiplier) noexcept {
  const auto bucket = [&](ticks d) {
    // More than an hour at any clock rate; below it the product fits.
    constexpr ticks fits = ticks{1} << 45;
    return d >= fits ? schema::bucket_count - 1
                     : schema::bucket_of_fixed_point(
                           static_cast<std::uint64_t>((wide{d} * multiplier) >> 32));
  };
  for (unsigned k = 0; k < bucket_octaves.size(); ++k) {
    const ticks first = k == 0 ? 0 : ticks{1} << k;
    const ticks last = ~ticks{0} >> (63U - k);
    bucket_octave& octave = bucket_octaves[k];
    octave.lowest = bucket(first);
    for (std::size_t i = 0; i < octave.last.size(); ++i)
      octave.last[i] =
          last_for_which(first, last, [&](ticks d) { return bucket(d) <= octave.lowest + i; });
  }
}

void set_scale(double ticks_per_second) noexcept {
  constexpr double two_to_32 = 4294967296.0;
  constexpr double two_to_40 = 1099511627776.0;
  scale.nanosecond_multiplier = static_cast<std::uint64_t>(1e9 / ticks_per_second * two_to_32);
  fill_buckets(static_cast<std::uint64_t>(two_to_40 / ticks_per_second * two_to_32));
}

void calibrate() noexcept {
  scale.use_tsc = tsc_is_invariant();
  if (!scale.use_tsc) {
    set_scale(1e9);
    return;
  }
  const clock_anchor first = read_anchor();
  clock_anchor last = first;
  while (last.monotonic_ns - first.monotonic_ns < calibration_ns)
    last = read_anchor();
  const double rate = static_cast<double>(last.at - first.at) * 1e9 /
                      static_cast<double>(last.monotonic_ns - first.monotonic_ns);
  // A counter that does not count in the range of real processors is not to be trusted.
  if (rate > 1e8 && rate < 2e10) {
    set_scale(rate);
  } else {
    scale.use_tsc = false;
    set_scale(1e9);
  }
}

}  // namespace

void initialise_clock() {
  static std::once_flag once;
  std::call_once(once, [] {
    calibrate();
    take_clock_reading();
    // Unless set_thresholds came first.
    ticks unset = ~ticks{0};
    const auto slow = static_cast<std::uint64_t>(current_thresholds().slow.count());
    detail::slow_threshold.compare_exchange_strong(unset, to_ticks(slow),
                                                   std::memory_order_relaxed);
  });
}

void take_clock_reading() {
  const clock_anchor reading = read_anchor();
  const std::lock_guard lock(lock_of(shared::clock));
  auto& kept = anchors();
  kept.push_back(reading);
  // The first one stays: it carries what is older than the window.
  if (kept.size() > anchors_kept) kept.erase(kept.begin() + 1);
}

tick_converter current_converter() {
  initialise_clock();
  const std::lock_guard lock(lock_of(shared::clock));
  return tick_converter({anchors().begin(), anchors().end()});
}

std::int64_t tick_converter::operator()(ticks t) const noexcept {
  const auto after =
      std::upper_bound(anchors_.begin(), anchors_.end(), t,
                       [](ticks value, const clock_anchor& a) { return value < a.at; });
  const clock_anchor& base = after == anchors_.begin() ? *after : *(after - 1);
  const double offset =
      t >= base.at ? static_cast<double>(t - base.at) : -static_cast<double>(base.at - t);
  // The rate measured around the moment, where the readings are far enough apart to tell one.
  constexpr std::int64_t far_enough = 100'000'000;
  const clock_anchor* low = &base;
  const clock_anchor* high = after == anchors_.end() ? &base : &*after;
  if (after == anchors_.end() && anchors_.size() > 1) low = &anchors_[anchors_.size() - 2];
  const std::int64_t span = high->monotonic_ns - low->monotonic_ns;
  const double rate = span >= far_enough
                          ? static_cast<double>(span) / static_cast<double>(high->at - low->at)
                          : static_cast<double>(scale.nanosecond_multiplier) / 4294967296.0;
  return base.monotonic_ns + static_cast<std::int64_t>(offset * rate);
}

std::int64_t to_monotonic(ticks t) { return current_converter()(t); }

stamp thread_state::stamp_of(std::int64_t monotonic_ns) noexcept {
  // The kernel's clock is read anew when the last reading is old. The first reading of the process
  // gives the rate: the longer the process runs, the better it is known.
  static const clock_anchor start = read_anchor();
  constexpr ticks old = ticks{1} << 25;  // about 10 ms
  const ticks now = now_ticks();
  if (now - anchor_ticks > old) {
    const clock_anchor reading = read_anchor(2);
    anchor_ticks = reading.at;
    anchor_ns = reading.monotonic_ns;
  }
  // A timer of another clock shows by being far away.
  constexpr std::int64_t plausible = std::int64_t{5} * 365 * 24 * 3600 * 1'000'000'000;
  if (monotonic_ns > anchor_ns + plausible || monotonic_ns < anchor_ns - plausible)
    return unknown_stamp;
  const std::int64_t ahead = monotonic_ns - anchor_ns;
  const std::int64_t baseline_ns = anchor_ns - start.monotonic_ns;
  const bool measured = baseline_ns > calibration_ns;
  // Reading two clocks together is good to about this; spread over the baseline it is the error of
  // the rate. A lateness that could be wrong by more than 100 µs is no lateness.
  constexpr std::int64_t reading_error_ns = 60;
  const double error = std::abs(static_cast<double>(ahead)) *
                       static_cast<double>(reading_error_ns) /
                       static_cast<double>(measured ? baseline_ns : calibration_ns);
  if (error > 100'000) return unknown_stamp;
  const double rate =
      measured ? static_cast<double>(anchor_ticks - start.at) / static_cast<double>(baseline_ns)
               : 4294967296.0 / static_cast<double>(scale.nanosecond_multiplier);
  const auto distance = static_cast<std::int64_t>(static_cast<double>(ahead) * rate);
  return proper_stamp(anchor_ticks + static_cast<ticks>(distance));
}

schema::clock_reading read_clock() noexcept {
  return {read(CLOCK_MONOTONIC), read(CLOCK_REALTIME)};
}

std::string clock_description() {
  initialise_clock();
  if (!scale.use_tsc)
    return tsc_is_invariant() ? "steady_clock (tsc rate implausible)"
                              : "steady_clock (no invariant tsc)";
  const double gigahertz = 4294967296.0 / static_cast<double>(scale.nanosecond_multiplier);
  std::string text = std::to_string(gigahertz);
  return "tsc " + text.substr(0, text.find('.') + 4) + " GHz";
}

}  // namespace asioscope::recorder
