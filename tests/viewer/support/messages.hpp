// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/message.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>

namespace asioscope::test {

inline constexpr std::int64_t ms = 1'000'000;
inline constexpr std::int64_t second = 1'000 * ms;

/// A greeting of the program "shop" with this pid and start.
schema::hello greeting(std::uint32_t pid = 100, std::int64_t started_s = 1'000);

/// An empty frame at this monotonic time; the wall clock is 2,000 s ahead of it.
schema::frame frame_at(std::int64_t monotonic_ns);
/// The same, as a whole snapshot in one frame.
schema::frame snapshot_at(std::int64_t monotonic_ns);

schema::loop_info named_loop(std::uint32_t id, const std::string& name);
schema::site_info named_site(std::uint32_t id, const std::string& name,
                             const std::string& operation = "post");
schema::site_info named_task(std::uint32_t id, const std::string& name);

schema::histogram durations(std::initializer_list<std::int64_t> nanoseconds);
/// `count` times `nanoseconds`.
schema::histogram repeated(std::uint64_t count, std::int64_t nanoseconds);

/// Cumulative figures of a site after `runs` runs of `run_ns` each, queued for `delay_ns` each.
schema::site_statistics site_after(std::uint32_t loop, std::uint32_t site, std::uint64_t runs,
                                   std::int64_t run_ns, std::int64_t delay_ns = 1'000);

/// Cumulative figures of the tasks of one name, all zero.
schema::task_statistics tasks_of(std::uint32_t loop, std::uint32_t site);

schema::task_info live_task(std::uint64_t id, std::int64_t spawned_ns = 1);
schema::task_info ended_task(std::uint64_t id, std::int64_t ended_ns,
                             schema::task_state state = schema::task_state::done);

schema::report stall_report(std::uint64_t id, std::int64_t time_ns, std::uint64_t duration_ns,
                            bool ongoing);

}  // namespace asioscope::test
