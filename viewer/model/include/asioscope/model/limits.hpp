// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace asioscope::model::limits {

/// What the model keeps at most. A stream can claim anything; memory must not follow.
inline constexpr std::size_t loops = 256;
inline constexpr std::size_t sites = 16'384;
inline constexpr std::size_t threads = 4'096;
inline constexpr std::size_t site_statistics = 8'192;  ///< pairs of loop and site
inline constexpr std::size_t live_tasks = 1'000'000;
inline constexpr std::size_t ended_tasks = 1'000;
inline constexpr std::size_t notable_tasks = 250;  ///< of them: failed, or with a slow run
inline constexpr std::size_t await_places = 65'536;
inline constexpr std::size_t await_chains = 65'536;
inline constexpr std::size_t reports = 1'000;
inline constexpr std::size_t resources = 4'096;
inline constexpr std::size_t resource_figures = 64;  ///< and kinds of occurrences
inline constexpr std::size_t resource_uses = 256;    ///< waiters, and holders
inline constexpr std::size_t resource_samples = 5 * 60;
inline constexpr std::size_t lag_columns = 5 * 60;
inline constexpr std::size_t gaps = 256;
inline constexpr std::size_t interruptions = 64;
inline constexpr std::size_t messages = 1'000;
inline constexpr std::size_t trace_events = 2'000'000;  ///< unless told otherwise
inline constexpr std::size_t stack_frames = 256;
inline constexpr std::size_t scopes = 64;       ///< open at a time
inline constexpr std::size_t other_stacks = 9;  ///< of one stall
inline constexpr std::size_t name_bytes = 1'024;
inline constexpr std::size_t message_bytes = 8'192;

inline constexpr std::int64_t second_ns = 1'000'000'000;

/// Loops are sampled four times a second, for five minutes.
inline constexpr std::int64_t sample_interval_ns = second_ns / 4;
inline constexpr std::size_t samples = 5 * 60 * 4;

/// Histograms know the last 10 seconds, counters the last minute, in steps of one tick.
inline constexpr std::int64_t window_ns = 10 * second_ns;
inline constexpr std::int64_t minute_ns = 60 * second_ns;
inline constexpr std::int64_t tick_ns = second_ns;

}  // namespace asioscope::model::limits
